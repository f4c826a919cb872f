"""Direct moves: to a matrix without its polar decomposition, to a whole network's representation, along a training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from netlib.activations import Array
from netlib.errors import UntangleError
from netlib.motion.moves import Move
from netlib.network import Network


def straight_move(weight: Array) -> Move:
    """Return the straight way from the identity to a square matrix W (n, n): (1 - t) I + t W. It keeps every eigen-line
    where it is at every t.

    Raises UntangleError where W has a real eigenvalue that is zero or negative, for then the way collapses space.
    """
    values = np.linalg.eigvals(weight)
    if (np.isreal(values) & (values.real <= 0)).any():
        raise UntangleError("the straight way to this W collapses space; take its polar decomposition")
    size = len(weight)

    def matrix(t: float) -> Array:
        return np.asarray((1 - t) * np.eye(size) + t * weight)

    return Move("W", "stretch+rotate", size, size, lambda points, t: points @ matrix(t).T, matrix)


def straight_to(network: Network) -> Move:
    """Return the move that carries each input straight to where the network's last hidden layer has it.

    The layer must be as wide as the input. Space may fold on the way.
    """
    size = network.inputs
    return Move("enter", "skip", size, size, lambda points, t: (1 - t) * points + t * network.represent(points))


def training_move(network_at: Callable[[float], Network], size: int = 2) -> Move:
    """Return the move that has each input, at t in (0, 1], where the last hidden layer of network_at(t) has it.

    As a move must, it leaves the inputs alone at t = 0. size: of the input and of the last hidden layer.
    """

    def at(points: Array, t: float) -> Array:
        return network_at(t).represent(points) if t > 0 else points

    return Move("learn", "learn", size, size, at)
