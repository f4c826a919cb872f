"""WatchedTraining: a network of the user's at moments of its training, which the user ran."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

import numpy as np

from netlib.activations import Array, activation
from netlib.errors import UntangleError
from netlib.layers import Dense
from netlib.motion.orientation import orientation, reordered
from netlib.network import Network
from netlib.training.recorded import evenly_apart, place
from netlib.training.weights_file import bad, read_tensors, write_tensors

MOST_MOMENTS = 100


@dataclass(frozen=True, eq=False)
class WatchedTraining:
    """One network at moments of its training.

    networks: (T), of the same layers. steps: (T,), how many steps of training had been made. losses: (T,), as they were
    given; NaN where none was.
    """

    networks: tuple[Network, ...]
    steps: Array
    losses: Array

    @property
    def moments(self) -> int:
        return len(self.networks)

    def at(self, moment: float) -> Network:
        """Return the network at a moment in [0, moments - 1]. Between two moments its parameters are interpolated,
        which is our choice: training did not go through these networks."""
        k, share = place(moment, self.moments)
        before, after = self.networks[k].dense, self.networks[k + 1].dense
        layers = [
            replace(
                first,
                weight=(1 - share) * first.weight + share * second.weight,
                bias=(1 - share) * first.bias + share * second.bias,
            )
            for first, second in zip(before, after, strict=True)
        ]
        return Network(tuple(layers[:-1]), layers[-1])

    @classmethod
    def of(cls, networks: Sequence[Network], steps: Sequence[int], losses: Sequence[float], points: Array) -> Self:
        """Return the training as at most MOST_MOMENTS networks, between which points (N, inputs) move about equally far
        in the last hidden layer (root mean square); the first and the last network are kept.

        All have the order and signs of neurons of the last one, oriented, so that nothing jumps. Raises UntangleError
        for fewer than two networks, or where their layers differ.
        """
        if len(networks) < 2:
            raise UntangleError("a film of training needs two moments at least. Call step() in each step of training")
        if len({(network.inputs, network.widths) for network in networks}) > 1:
            raise UntangleError("the network has other layers than when training began. Record one network at a time")
        orders = orientation(networks[-1])
        turned = [reordered(network, orders) for network in networks]
        kept = evenly_apart([network.represent(points) for network in turned], MOST_MOMENTS)
        chosen = tuple(turned[k] for k in kept)
        return cls(chosen, np.array(steps, float)[kept], np.array(losses, float)[kept])

    def save(self, path: Path, record: Mapping[str, Any]) -> Path:
        """Write the moments to a file, whole or not at all, with a record (JSON) of what is shown; return its path."""
        layers = zip(*(network.dense for network in self.networks), strict=True)
        tensors = {"steps": self.steps, "losses": self.losses}
        for k, layer in enumerate(layers):
            tensors |= {
                f"{k}.weight": np.stack([d.weight for d in layer]),
                f"{k}.bias": np.stack([d.bias for d in layer]),
            }
        names = [layer.activation.name for layer in self.networks[0].layers]
        return write_tensors(tensors, {"record": json.dumps(record), "activations": json.dumps(names)}, path)


def load_watched(path: Path) -> tuple[WatchedTraining, dict[str, Any]]:
    """Return the training in a file, and its record. Raises BadWeights where it holds none."""
    tensors, metadata = read_tensors(path, "record")
    try:
        record, names = json.loads(metadata["record"]), json.loads(metadata["activations"])
        stacked = [(tensors[f"{k}.weight"], tensors[f"{k}.bias"], activation(name)) for k, name in enumerate(names)]
        networks = []
        for moment in range(len(tensors["steps"])):
            layers = [Dense(weights[moment], biases[moment], bend) for weights, biases, bend in stacked]
            networks.append(Network(tuple(layers[:-1]), layers[-1]))
        return WatchedTraining(tuple(networks), tensors["steps"], tensors["losses"]), record
    except (KeyError, IndexError, ValueError, UntangleError):
        raise bad(path, "holds no moments of training") from None
