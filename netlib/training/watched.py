"""WatchedTraining: a network of the user's at moments of its training, which the user ran."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from netlib.activations import Array
from netlib.errors import UntangleError
from netlib.layer_tensors import packed, unpacked
from netlib.layers import dense
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
        (words, before), (_, after) = (packed(network.layers) for network in self.networks[k : k + 2])
        between = {name: (1 - share) * value + share * after[name] for name, value in before.items()}
        *hidden, readout = unpacked(words, between)
        return Network(tuple(hidden), dense(readout))

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
        moments = [packed(network.layers) for network in self.networks]
        words, names = moments[0]
        tensors = {name: np.stack([tensors[name] for _, tensors in moments]) for name in names}
        tensors |= {"steps": self.steps, "losses": self.losses}
        return write_tensors(tensors, {"record": json.dumps(record), "layers": json.dumps(words)}, path)


def load_watched(path: Path) -> tuple[WatchedTraining, dict[str, Any]]:
    """Return the training in a file, and its record. Raises BadWeights where it holds none."""
    tensors, metadata = read_tensors(path, "record")
    try:
        record, words = json.loads(metadata["record"]), json.loads(metadata["layers"])
        steps, losses, networks = tensors.pop("steps"), tensors.pop("losses"), list[Network]()
        for moment in range(len(steps)):
            *hidden, readout = unpacked(words, {name: values[moment] for name, values in tensors.items()})
            networks.append(Network(tuple(hidden), dense(readout)))
        return WatchedTraining(tuple(networks), steps, losses), record
    except (KeyError, IndexError, ValueError, TypeError, UntangleError):
        raise bad(path, "holds no moments of training") from None
