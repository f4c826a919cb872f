"""state_dicts that torch itself saves, against torch's own forward pass; and pickles with code in them."""

from __future__ import annotations

import argparse
import collections
import io
import pickle
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from netlib import read_network
from netlib.errors import AmbiguousFile, BadFile
from netlib.readers import network_of
from netlib.readers.files import ReadOptions

TANH = ReadOptions.of("tanh")


def saved(thing: object, **options: object) -> bytes:
    file = io.BytesIO()
    torch.save(thing, file, **options)
    return file.getvalue()


def warmed(model: nn.Module, inputs: int = 2) -> nn.Module:
    """In float64, with running statistics that are not the initial ones."""
    model = model.double()
    for _ in range(3):
        model(2 * torch.randn(64, inputs, dtype=torch.float64) + 1)
    return model.eval()


def forward(model: nn.Module) -> Callable[[np.ndarray], np.ndarray]:
    return lambda points: model(torch.from_numpy(points)).detach().numpy()


@pytest.fixture(autouse=True)
def seed() -> None:
    torch.manual_seed(0)


ACTIVATIONS = [nn.Tanh, nn.Sigmoid, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.Softplus, nn.Identity]
NAMES = ["tanh", "sigmoid", "relu", "leaky_relu", "elu", "softplus", "identity"]


@pytest.mark.parametrize(("bend", "name"), [*zip(ACTIVATIONS, NAMES, strict=True)])
def test_a_sequential_computes_as_in_torch(agrees: Callable, bend: type[nn.Module], name: str) -> None:
    model = nn.Sequential(nn.Linear(2, 5), bend(), nn.Linear(5, 3), bend(), nn.Linear(3, 1)).double()
    agrees(network_of(saved(model.state_dict()), ".pt", ReadOptions.of(name)), forward(model), 2)


def test_float32_half_and_bfloat16_weights_are_read_exactly() -> None:
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        weight = torch.randn(3, 2).to(dtype)
        read = network_of(saved({"weight": weight, "bias": torch.zeros(3, dtype=dtype)}), ".pt", ReadOptions())
        assert np.array_equal(read.network.readout.weight, weight.double().numpy())


def test_transposed_and_sliced_tensors_keep_their_strides() -> None:
    whole = torch.randn(7, 9, dtype=torch.float64)
    view = whole.T[2:6, 1:4]
    read = network_of(saved({"weight": view}), ".pt", ReadOptions())
    assert np.array_equal(read.network.readout.weight, view.numpy())


@pytest.mark.parametrize(
    "layers",
    [
        [nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)],
        [nn.Linear(2, 4), nn.Tanh(), nn.BatchNorm1d(4), nn.Linear(4, 1)],
        [nn.BatchNorm1d(2), nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)],
        [nn.Linear(2, 4), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1), nn.BatchNorm1d(1, affine=False)],
        [nn.Flatten(), nn.Linear(2, 4, bias=False), nn.Tanh(), nn.Dropout(0.5), nn.Linear(4, 1)],
    ],
    ids=["before", "after", "first", "last", "dropout"],
)
def test_batch_norm_is_folded_where_the_gaps_in_the_numbers_put_it(agrees: Callable, layers: list[nn.Module]) -> None:
    model = warmed(nn.Sequential(*layers))
    agrees(network_of(saved(model.state_dict()), ".pt", TANH), forward(model), 2)


def test_where_a_batch_norm_stands_is_asked_if_the_numbers_leave_it_open(agrees: Callable) -> None:
    layers = [nn.Linear(2, 4), nn.Dropout(0.1), nn.BatchNorm1d(4), nn.Tanh(), nn.Linear(4, 1)]
    model = warmed(nn.Sequential(*layers))
    data = saved(model.state_dict())
    with pytest.raises(AmbiguousFile, match=r"where the activation stands beside '2'.*--order 0,2,tanh,4 "):
        network_of(data, ".pt", TANH)
    agrees(network_of(data, ".pt", ReadOptions.of(order="0,2,tanh,4")), forward(model), 2)


class Chain(nn.Module):
    """Layers that are defined in another order than they are used in."""

    def __init__(self, *widths: int) -> None:
        super().__init__()
        self.out = nn.Linear(widths[2], widths[3])
        self.fc2 = nn.Linear(widths[1], widths[2])
        self.fc1 = nn.Linear(widths[0], widths[1])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.out(torch.tanh(self.fc2(torch.tanh(self.fc1(x)))))


@pytest.mark.parametrize("widths", [(2, 5, 4, 1), (2, 2, 2, 1), (3, 3, 3, 2)])
def test_the_order_is_found_from_shapes_and_numbers_and_stated(agrees: Callable, widths: tuple[int, ...]) -> None:
    model = Chain(*widths).double()
    read = network_of(saved(model.state_dict()), ".pt", TANH)
    agrees(read, forward(model), widths[0])
    assert any("fc1, fc2, out" in sentence for sentence in read.assumptions)


def test_where_shapes_leave_several_orders_one_that_fits_is_proposed_and_can_be_pasted(agrees: Callable) -> None:
    model = Chain(2, 4, 3, 2).double()  # 2 -> 4 -> 3 -> 2: each layer may be the first
    with pytest.raises(AmbiguousFile, match="does not say the order of its layers") as told:
        network_of(saved(model.state_dict()), ".pt", TANH)
    order = re.search(r"--order (\S+)", str(told.value))
    assert order is not None
    assert order[1] == "fc1,fc2,out"
    agrees(network_of(saved(model.state_dict()), ".pt", ReadOptions.of("tanh", order[1])), forward(model), 2)


def test_layers_of_a_sequential_are_never_taken_in_another_order_than_that_of_their_numbers() -> None:
    words = nn.Sequential(nn.Embedding(5, 2), nn.Linear(2, 2))  # 1, then 0 would fit
    with pytest.raises(BadFile, match=r"shapes of its layers \(weight and bias\) do not fit: 0: \(5, 2\)"):
        network_of(saved(words.state_dict()), ".pt", TANH)


class Normed(nn.Module):
    """Layers whose names and shapes leave the places of their batch norms open; as in many tutorials."""

    def __init__(self) -> None:
        super().__init__()
        self.layer_1, self.layer_2, self.layer_out = nn.Linear(2, 4), nn.Linear(4, 4), nn.Linear(4, 3)
        self.norm_1, self.norm_2 = nn.BatchNorm1d(4), nn.BatchNorm1d(4)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = torch.relu(self.norm_1(self.layer_1(x)))
        return self.layer_out(torch.relu(self.norm_2(self.layer_2(x))))


class NormedAfter(Normed):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.norm_1(torch.relu(self.layer_1(x)))
        return self.layer_out(self.norm_2(torch.relu(self.layer_2(x))))


@pytest.mark.parametrize(("kind", "place"), [(Normed, 0), (NormedAfter, 1)], ids=["before", "after"])
def test_both_orders_of_norm_and_activation_are_proposed_and_each_can_be_pasted(
    agrees: Callable, kind: type[Normed], place: int
) -> None:
    model = warmed(kind())
    with pytest.raises(AmbiguousFile, match="does not say the order of its layers") as told:
        network_of(saved(model.state_dict()), ".pt", ReadOptions.of("relu"))
    orders = re.findall(r"--order ([^\s,]+(?:,[^\s,]+)*)", str(told.value))
    assert orders == ["layer_1,norm_1,relu,layer_2,norm_2,relu,layer_out",
                      "layer_1,relu,norm_1,layer_2,relu,norm_2,layer_out"]  # fmt: skip
    agrees(network_of(saved(model.state_dict()), ".pt", ReadOptions.of(order=orders[place])), forward(model), 2)


def test_an_order_that_names_other_activations_than_are_given_is_refused_and_one_that_agrees_is_read(
    agrees: Callable,
) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 2), nn.ReLU(), nn.Linear(2, 1)).double()
    data, order = saved(model.state_dict()), "0,ReLU,2,relu,4"  # names as torch writes its classes, too
    with pytest.raises(BadFile, match=r"two kinds of activations: tanh, and in the order relu, relu\. Leave out --act"):
        network_of(data, ".pt", ReadOptions.of("tanh", order))
    for given in (None, "relu", "relu,relu"):
        read = network_of(data, ".pt", ReadOptions.of(given, order))
        agrees(read, forward(model), 2)
        assert "Activations of the hidden layers: relu, relu, as the order names them." in read.assumptions


def test_no_activation_is_filled_in_where_norms_stand_between_layers() -> None:
    with pytest.raises(AmbiguousFile, match="does not say its activation, nor where its norms stand"):
        network_of(saved(Normed().state_dict()), ".pt", ReadOptions.of(None))


def test_the_order_is_asked_by_name_where_shapes_leave_two() -> None:
    model = nn.ModuleDict({"first": nn.Linear(2, 2), "second": nn.Linear(2, 2)})
    with pytest.raises(AmbiguousFile, match=r"does not say the order of its layers\. Give it: --order first,second"):
        network_of(saved(model.state_dict()), ".pt", TANH)
    read = network_of(saved(model.state_dict()), ".pt", ReadOptions.of("tanh", "second,first"))
    assert np.array_equal(read.network.readout.weight, model["first"].weight.detach().double().numpy())


def test_activations_are_asked_by_name() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    with pytest.raises(
        AmbiguousFile, match=r"which activation follows its hidden layers \(0\)\. Give it: --activation tanh"
    ):
        network_of(saved(model.state_dict()), ".pt", ReadOptions())


def test_one_activation_a_layer_may_be_given(agrees: Callable) -> None:
    model = nn.Sequential(
        nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 3), nn.ReLU(), nn.Linear(3, 1), nn.Sigmoid()
    ).double()
    read = network_of(saved(model.state_dict()), ".pt", ReadOptions.of("tanh,relu,sigmoid"))
    assert read.final == "sigmoid"
    agrees(read, forward(model), 2)
    with pytest.raises(BadFile, match="has 2 hidden layers, 4 activations were given"):
        network_of(saved(model.state_dict()), ".pt", ReadOptions.of("tanh,relu,relu,relu"))


@pytest.mark.parametrize("key", ["state_dict", "model_state_dict", "model"])
def test_a_checkpoint_is_read_by_its_usual_keys(agrees: Callable, key: str) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()
    optimiser = torch.optim.Adam(model.parameters())
    data = saved({"epoch": 3, key: model.state_dict(), "optimizer_state_dict": optimiser.state_dict()})
    agrees(network_of(data, ".pt", TANH), forward(model), 2)


@pytest.mark.parametrize("protocol", [2, 4])
def test_both_usual_protocols_of_pickle_are_read(agrees: Callable, protocol: int) -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).double()
    data = saved(collections.OrderedDict(model.named_parameters()), pickle_protocol=protocol)
    agrees(network_of(data, ".pt", TANH), forward(model), 2)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.Conv2d(1, 2, 3), "convolution"),
        (nn.LSTM(2, 3), "recurrent"),
        (nn.MultiheadAttention(4, 2), "attention"),
        (nn.PReLU(3), "norm or PReLU"),
        (nn.utils.parametrizations.weight_norm(nn.Linear(2, 2)), "reparametrised"),
    ],
)
def test_other_layers_are_refused_by_name(layer: nn.Module, words: str) -> None:
    data = saved(nn.ModuleDict({"odd": layer}).state_dict())
    with pytest.raises(BadFile, match=rf"layer 'odd.*{words}.*not supported\. Supported: dense layers"):
        network_of(data, ".pt", TANH)


@pytest.mark.parametrize(
    ("names", "words"),
    [(("gate_proj", "up_proj", "down_proj"), "gated layer"), (("q_proj", "k_proj", "v_proj"), "attention layer")],
)
def test_gates_and_attention_made_of_dense_layers_are_refused_by_their_names(names: tuple, words: str) -> None:
    shapes = {"up_proj": (2, 4), "gate_proj": (2, 4), "down_proj": (4, 2)}
    block = nn.ModuleDict({name: nn.Linear(*shapes.get(name, (2, 2)), bias=False) for name in names})
    with pytest.raises(BadFile, match=rf"layer '{names[0]}.weight' is an? {words}, which is not supported"):
        network_of(saved(block.state_dict()), ".pt", TANH)


def test_slopes_of_prelu_are_its_activations(agrees: Callable) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.PReLU(init=0.3), nn.Linear(4, 3), nn.PReLU(init=0.1), nn.Linear(3, 1))
    read = network_of(saved(model.double().state_dict()), ".pt", ReadOptions())
    agrees(read, forward(model), 2)
    said = "Its activations are the slopes of PReLU below zero (1: leaky_relu(0.3), 3: leaky_relu(0.1))."
    assert said in read.assumptions
    with pytest.raises(BadFile, match=r"which are its activations\. Leave the activation away"):
        network_of(saved(model.state_dict()), ".pt", TANH)

    shared = nn.ModuleDict({"fc1": model[0], "act": nn.PReLU(), "fc2": model[2], "fc3": model[4]}).double()
    used = nn.Sequential(*(shared[name] for name in ("fc1", "act", "fc2", "act", "fc3")))
    agrees(network_of(saved(shared.state_dict()), ".pt", ReadOptions()), forward(used), 2)
    order = ReadOptions.of(order="fc1,act,fc2,act,fc3")
    agrees(network_of(saved(shared.state_dict()), ".pt", order), forward(used), 2)


def test_slopes_of_prelu_that_are_not_one_for_each_layer_are_asked_for(agrees: Callable) -> None:
    torch.manual_seed(0)
    bends = [nn.PReLU(init=0.3), nn.ReLU(), nn.PReLU(init=0.1)]
    model = nn.Sequential(
        nn.Linear(2, 4), bends[0], nn.Linear(4, 3), bends[1], nn.Linear(3, 3), bends[2], nn.Linear(3, 1)
    )
    data = saved(model.double().state_dict())
    with pytest.raises(AmbiguousFile, match=r"--activation leaky_relu\(0\.3\),leaky_relu\(0\.1\),relu") as found:
        network_of(data, ".pt", ReadOptions())
    assert "1: leaky_relu(0.3), 5: leaky_relu(0.1)" in str(found.value)
    given = ReadOptions.of("leaky_relu:0.3,relu,leaky_relu:0.1")
    agrees(network_of(data, ".pt", given), forward(model), 2)


def test_names_of_residual_blocks_are_pointed_out(agrees: Callable) -> None:
    torch.manual_seed(0)
    layers = {"start": nn.Linear(2, 3), "blocks": nn.ModuleList([nn.Linear(3, 3)]), "end": nn.Linear(3, 1)}
    read = network_of(saved(nn.ModuleDict(layers).state_dict()), ".pt", TANH)
    assert any("By its name 'blocks.0' may be part of a residual block" in said for said in read.assumptions)
    plain = {"start": nn.Linear(2, 3), "result": nn.Linear(3, 1)}
    read = network_of(saved(nn.ModuleDict(plain).state_dict()), ".pt", TANH)
    assert not any("residual" in said for said in read.assumptions)


def test_a_norm_without_statistics_is_taken_as_a_layer_norm(agrees: Callable) -> None:
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(2, 4), nn.LayerNorm(4), nn.Tanh(), nn.Linear(4, 3)).double()
    nn.init.normal_(model[1].weight)
    nn.init.normal_(model[1].bias)
    read = network_of(saved(model.state_dict()), ".pt", TANH)
    agrees(read, forward(model), 2)
    assert any("'1' has a number for each neuron and no statistics" in said for said in read.assumptions)


def test_norms_alone_are_refused() -> None:
    data = saved(nn.ModuleDict({"a": nn.LayerNorm(3), "b": nn.LayerNorm(3)}).state_dict())
    with pytest.raises(BadFile, match="holds no dense layer"):
        network_of(data, ".pt", TANH)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_whole_models_old_files_and_programs_are_refused_with_the_cure() -> None:
    model = nn.Sequential(nn.Linear(2, 1))
    script = io.BytesIO()
    torch.jit.save(torch.jit.trace(model, torch.zeros(1, 2)), script)
    old = saved(model.state_dict(), _use_new_zipfile_serialization=False)
    for data in (saved(model), old, script.getvalue()):
        with pytest.raises(BadFile, match=r"model\.state_dict\(\)"):
            network_of(data, ".pt", TANH)


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str, ...]]:
        return (open, (str(self.path), "w"))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_a_pickle_with_code_in_it_is_refused_and_runs_nothing(tmp_path: Path, protocol: int) -> None:
    proof, file = tmp_path / "proof", tmp_path / "evil.pt"
    file.write_bytes(saved({"weight": torch.zeros(1, 1), "evil": Bomb(proof)}, pickle_protocol=protocol))
    with pytest.raises(BadFile, match=r"evil\.pt: its pickle names '_?io\.open', which is code.*Nothing was run"):
        read_network(file)
    assert not proof.exists()


def test_nan_and_infinity_are_refused_with_their_place_and_a_million_is_fine() -> None:
    weight = torch.full((2, 3), 1e6)
    assert network_of(saved({"weight": weight}), ".pt", ReadOptions()).network.readout.weight.max() == 1e6
    for value, word in ((torch.nan, "NaN"), (torch.inf, "infinity")):
        weight[1, 2] = value
        with pytest.raises(BadFile, match=rf"weight\[1, 2\] is {word}"):
            network_of(saved({"weight": weight}), ".pt", ReadOptions())


def test_tensors_that_share_a_storage_cannot_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("netlib.readers.files.MAX_NUMBERS", 300_000)
    shared = torch.zeros(1, dtype=torch.float64)
    state = {f"{k}.weight": shared.expand(400, 400) for k in range(20)}
    with pytest.raises(BadFile, match=r"more than .* numbers"):
        network_of(saved(state), ".pt", TANH)


def test_a_tensor_that_reaches_beyond_its_storage_is_refused() -> None:
    data = saved({"weight": torch.zeros(2, 2)})
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["archive/data/0"] = members["archive/data/0"][:8]
    short = io.BytesIO()
    with zipfile.ZipFile(short, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    with pytest.raises(BadFile, match="'weight' reaches beyond its storage"):
        network_of(short.getvalue(), ".pt", ReadOptions())


@pytest.mark.slow
def test_it_is_read_without_torch(tmp_path: Path) -> None:
    file = tmp_path / "net.pt"
    file.write_bytes(saved(nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1)).state_dict()))
    code = (
        "import sys, pickle; sys.modules['torch'] = None\n"
        "from netlib import read_network; pickle.load = pickle.loads = pickle.Unpickler = None\n"
        f"print(read_network({str(file)!r}, activation='tanh').network.widths)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(3, 1)"


def plain() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(2, 4), nn.Tanh(), nn.Linear(4, 1)).double()


def trained(model: nn.Module) -> torch.optim.Optimizer:
    optimiser = torch.optim.Adam(model.parameters())
    model(torch.ones(3, 2, dtype=torch.float64)).sum().backward()
    optimiser.step()
    return optimiser


def checkpoints() -> dict[str, Callable[[nn.Module], object]]:
    return {
        "loss and epoch": lambda m: {
            "epoch": 3,
            "loss": torch.tensor(0.5),
            "best": 0.9,
            "model_state_dict": m.state_dict(),
        },
        "optimiser": lambda m: {"opt": trained(m).state_dict(), "network": m.state_dict()},
        "params": lambda m: {"params": m.state_dict()},
        "net_state_dict": lambda m: {"net_state_dict": m.state_dict(), "arch": "mlp", "lr": 1e-3, "best": None},
        "deep": lambda m: {"run": {"model": [m.state_dict()]}, "history": [torch.tensor(1.0)] * 3},
        "tuple": lambda m: (m.state_dict(), {"epoch": 4}),
        "numpy": lambda m: {"acc": np.float64(0.9), "losses": np.ones(3), "state": m.state_dict()},
        "namespace": lambda m: {"args": argparse.Namespace(lr=0.1, path=Path("a")), "state": m.state_dict()},
        "beside": lambda m: {**m.state_dict(), "epoch": 4, "arch": "mlp"},
        "loss weights": lambda m: {**m.state_dict(), "criterion.weight": torch.ones(2)},
        "mask": lambda m: {**m.state_dict(), "mask": torch.ones(4, 2, dtype=torch.bool), "seen": torch.tensor(7)},
        "bytes": lambda m: {**m.state_dict(), "palette": torch.zeros(3, 3, dtype=torch.uint8)},
    }


@pytest.mark.parametrize("kind", checkpoints())
def test_the_state_dict_is_found_wherever_in_a_checkpoint_it_is(agrees: Callable, kind: str) -> None:
    model = plain()
    made = checkpoints()[kind](model)
    agrees(network_of(saved(made), ".pt", TANH), forward(model), 2)


def test_what_is_left_out_and_where_the_weights_are_is_said() -> None:
    model = plain()
    read = network_of(saved({"model": {**model.state_dict(), "epoch": 4}, "epoch": 4}), ".pt", TANH)
    assert read.assumptions[:2] == ("The weights are those in ['model'].", "Left out, as they are no tensors: epoch.")
    read = network_of(saved({**model.state_dict(), "mask": torch.ones(4, 2, dtype=torch.bool)}), ".pt", TANH)
    assert read.assumptions[0] == "Left out, as no weights of a layer: mask."


def test_of_two_networks_both_are_named_and_the_cure_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = {"generator": plain().state_dict(), "discriminator": plain().state_dict()}
    with pytest.raises(BadFile, match=r"holds 2 networks, in \['generator'\], \['discriminator'\]\. Save") as told:
        network_of(saved(both), ".pt", TANH)
    monkeypatch.chdir(tmp_path)
    torch.save(both, "both.pt")
    exec(str(told.value).partition("for example: ")[2].replace("path", "'both.pt'"), {"torch": torch})
    assert read_network("model.pt", activation="tanh").network.widths == (4, 1)


@pytest.mark.parametrize("values", [(0.5, 2.0), ([0.5, -1.0], [2.0, 3.0])])
def test_a_mean_and_a_deviation_beside_the_weights_normalise_the_inputs(agrees: Callable, values: tuple) -> None:
    class Normalising(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.layers = plain()
            for name, value in zip(("mean", "std"), values, strict=True):
                self.register_buffer(name, torch.tensor(value, dtype=torch.float64))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return self.layers((x - self.mean) / self.std)

    model = Normalising()
    read = network_of(saved(model.state_dict()), ".pt", TANH)
    agrees(read, forward(model), 2)
    assert "Inputs are normalised first, as (x - mean) / std." in read.assumptions


def test_bytes_are_no_weights() -> None:
    with pytest.raises(BadFile, match=r"'weight' holds uint8\. Save it as float32"):
        network_of(saved({"weight": torch.zeros(2, 2, dtype=torch.uint8)}), ".pt", TANH)


def test_dictionaries_that_hold_each_other_end() -> None:
    endless: dict[str, object] = {}
    endless["self"] = [endless, endless]
    with pytest.raises(BadFile, match="holds no state_dict"):
        network_of(saved(endless), ".pt", TANH)
    wide: list[object] = []
    for _ in range(60):
        wide = [wide, wide]
    with pytest.raises(BadFile, match="holds no state_dict"):
        network_of(saved(wide), ".pt", TANH)
