"""Lifts: the plane is raised by a feature, made by hand or added up from the units of a layer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from netlib.activations import Array
from netlib.motion.moves import Move
from netlib.network import Network

Feature = Callable[[Array], Array]


def squares(points: Array) -> Array:
    """Return x² + y² (N,) of points (N, 2)."""
    return np.asarray(np.square(points).sum(axis=1))


def lift(feature: Feature, title: str = "lift") -> Move:
    """Return the move that raises each point (x, y, z) to (x, y, z + feature(x, y)); a point of the plane has z = 0.

    feature: maps points (N, 2) to heights (N,). Such moves add up, in any order.
    """

    def at(points: Array, t: float) -> Array:
        raised = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
        raised[:, 2] += t * feature(points[:, :2])
        return raised

    return Move(title, "lift", 3, 3, at)


def lift_by_unit(network: Network, unit: int) -> Move:
    """Return the move that raises the plane by minus a unit's contribution: a bowl where the output is a hill.

    The moves of all units together raise each point by the readout's bias minus the output.
    """
    return lift(lambda points: -unit_contributions(network, points)[:, unit], f"unit {unit + 1}")


def unit_contributions(network: Network, points: Array) -> Array:
    """Return what each unit of the last hidden layer adds to a single output at points (N, d), as (N, units).

    Their sum and the readout's bias are the output.
    """
    return np.asarray(network.represent(points) * network.readout.weight[0])
