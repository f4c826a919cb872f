"""Network: a sequence of layers and a readout, as a frozen value that maps points to points, in float64."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array
from netlib.errors import UntangleError
from netlib.layers import Dense, Layer, dense

MOST_NUMBERS = 4_000_000  # of a representation at a time: 32 MB


@dataclass(frozen=True, eq=False)
class Network:
    """Hidden layers, then the readout: the affine map that is drawn as a line or plane, never as a move."""

    hidden: tuple[Layer, ...]
    readout: Dense

    def __post_init__(self) -> None:
        for before, after in itertools.pairwise(self.layers):
            if before.outputs != after.inputs:
                raise UntangleError(
                    f"layers do not fit: one gives {before.outputs} numbers, the next takes {after.inputs}"
                )

    @property
    def layers(self) -> tuple[Layer, ...]:
        return (*self.hidden, self.readout)

    @property
    def dense(self) -> tuple[Dense, ...]:
        """All layers, the readout last, where every one is dense; raises UntangleError otherwise."""
        return tuple(dense(layer, k) for k, layer in enumerate(self.layers))

    @property
    def inputs(self) -> int:
        return self.layers[0].inputs

    @property
    def widths(self) -> tuple[int, ...]:
        """Width of every hidden layer, then of the output."""
        return tuple(layer.outputs for layer in self.layers)

    def __call__(self, points: Array) -> Array:
        """Map points (N, inputs) to the readout's values (N, outputs), before any final sigmoid or softmax."""
        return self.readout(self.represent(points))

    def represent(self, points: Array, depth: int | None = None) -> Array:
        """Return the representation of points after the first `depth` hidden layers (all by default)."""
        points = np.asarray(points, dtype=np.float64)
        for layer in self.hidden[:depth]:
            points = layer(points)
        return points

    def classify(self, points: Array) -> NDArray[np.int64]:
        """Return the class of each point (N,): the sign of a single output, or the largest of several."""
        return np.asarray(self.scores(points).argmax(axis=1), dtype=np.int64)

    def scores(self, points: Array) -> Array:
        """Return every class's score (N, classes) at points (N, inputs), the largest of which is the answer.

        Works on some of the points at a time, so that wide layers do not fill the memory.
        """
        points, readout = np.asarray(points, dtype=np.float64), class_scores(self.readout)
        pieces = np.array_split(points, max(1, -(-len(points) * max(self.widths) // MOST_NUMBERS)))
        return np.vstack([readout(self.represent(piece)) for piece in pieces])

    def accuracy(self, points: Array, labels: Array) -> float:
        """Share of points (N, inputs) whose class is their label (N,), in [0, 1]."""
        return float(np.mean(self.classify(points) == labels))

    @property
    def sha256(self) -> str:
        """Digest of all layers: equal exactly when the network computes the same way."""
        digest = hashlib.sha256()
        for layer in self.layers:
            digest.update(layer.content)
        return digest.hexdigest()


def class_scores(readout: Dense) -> Dense:
    """Return a readout with one output a class, the largest of which is the answer: a single output is class 1's
    score against 0."""
    if readout.outputs > 1:
        return readout
    return Dense(np.vstack([0 * readout.weight, readout.weight]), np.append(0.0, readout.bias))
