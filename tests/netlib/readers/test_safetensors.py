"""Files that the safetensors library writes, and our own weights."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import save
from safetensors.torch import save as save_torch
from torch import nn

from netlib import Dense, Network, Recipe, activation, read_network
from netlib.errors import AmbiguousFile, BadFile
from netlib.readers import network_of
from netlib.readers.files import ReadOptions
from netlib.training.recipe import save_weights

RNG = np.random.default_rng(0)
ARRAYS = {
    "net.0.weight": RNG.normal(size=(3, 2)),
    "net.0.bias": RNG.normal(size=3),
    "net.2.weight": RNG.normal(size=(1, 3)),
    "net.2.bias": RNG.normal(size=1),
}
TANH = ReadOptions.of("tanh")


def test_a_torch_model_computes_as_in_torch(agrees: Callable) -> None:
    model = nn.Sequential(nn.Linear(2, 5), nn.ELU(), nn.Linear(5, 3), nn.ELU(), nn.Linear(3, 2)).double()
    read = network_of(save_torch(model.state_dict()), ".safetensors", ReadOptions.of("elu"))
    agrees(read, lambda points: model(torch.from_numpy(points)).detach().numpy(), 2)


def test_layers_0_to_11_are_taken_by_number_and_not_by_spelling(agrees: Callable) -> None:
    model = nn.Sequential(*[nn.Linear(2, 2) for _ in range(12)]).double()
    read = network_of(save_torch(model.state_dict()), ".safetensors", ReadOptions.of("identity"))
    agrees(read, lambda points: model(torch.from_numpy(points)).detach().numpy(), 2)


def test_our_own_weights_say_their_activations(tmp_path: Path) -> None:
    layers = [Dense(RNG.normal(size=(3, 2)), RNG.normal(size=3), activation(name)) for name in ("tanh",)]
    network = Network((*layers, Dense(np.eye(3), np.ones(3), activation("relu"))), Dense(np.ones((1, 3)), np.ones(1)))
    path = save_weights(network, Recipe("spirals", (3, 3, 1)), {}, tmp_path / "own.safetensors")
    read = read_network(path)
    assert read.network.sha256 == network.sha256
    assert read.assumptions[-1] == "Activations of the hidden layers: tanh, relu, as given."


def test_bfloat16_is_read_exactly() -> None:
    weight = torch.randn(3, 2).bfloat16()
    read = network_of(save_torch({"weight": weight}), ".safetensors", ReadOptions())
    assert np.array_equal(read.network.readout.weight, weight.double().numpy())
    assert read.assumptions == ("'weight' has no bias.",)


def test_activations_are_asked_for_and_unknown_ones_in_the_metadata_refused() -> None:
    with pytest.raises(AmbiguousFile, match=r"which activation follows its hidden layers \(net\.0\)"):
        network_of(save(ARRAYS), ".safetensors", ReadOptions())
    with pytest.raises(BadFile, match="activations in its metadata that are not known"):
        network_of(save(ARRAYS, {"activations": json.dumps(["celu", "identity"])}), ".safetensors", ReadOptions())


def test_integers_and_missing_weights_are_refused_by_name() -> None:
    with pytest.raises(BadFile, match=r"'weight' holds uint8\. Save it as float32"):
        network_of(save({"weight": np.ones((2, 2), np.uint8)}), ".safetensors", TANH)
    with pytest.raises(BadFile, match="layer 'fc' has a bias and no weight"):
        network_of(save({"fc.bias": np.ones(2)}), ".safetensors", TANH)
    with pytest.raises(BadFile, match="holds 0 layers"):
        network_of(save({}), ".safetensors", TANH)
