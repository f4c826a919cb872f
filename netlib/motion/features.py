"""Features of the plane: it is lifted by one, made by hand or added up from the units of a layer; and how well a
trained readout follows one, on the data and outside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.datasets import sunflower
from netlib.motion.moves import Move, Step
from netlib.network import Network

Feature = Callable[[Array], Array]
OUTSIDE = 4_000  # points outside the data, even by area


def squares(points: Array) -> Array:
    """Return x² + y² (N,) of points (N, 2)."""
    return np.asarray(np.square(points).sum(axis=1))


def lift(feature: Feature, title: str = "lift", steps: tuple[Step, ...] = ()) -> Move:
    """Return the move that raises each point (x, y, z) to (x, y, z + feature(x, y)); a point of the plane has z = 0.

    feature: maps points (N, 2) to heights (N,). Such moves add up, in any order. steps: the move as data.
    """
    if feature is squares:
        steps = (_lifted(np.eye(2), np.zeros(2), "square", np.ones(2)),)

    def at(points: Array, t: float) -> Array:
        raised = points.copy()
        raised[:, 2] += t * feature(points[:, :2])
        return raised

    return Move(title, "lift", 3, 3, at, steps=steps)


def _lifted(weight: Array, bias: Array, activation: str, scale: Array) -> Step:
    """The step that raises (x, y, z) by the sum of scale (k,) times the activation of weight (k, 2) (x, y) + bias."""
    return {"kind": "lift", "weight": weight, "bias": bias, "activation": activation, "scale": scale}


def lift_by_unit(network: Network, unit: int) -> Move:
    """Return the move that raises the plane by minus a unit's contribution: a bowl where the output is a hill.

    The moves of all units together raise each point by the readout's bias minus the output.
    """
    layer, scale, one = network.dense[0], -network.readout.weight[0, unit : unit + 1], slice(unit, unit + 1)
    alone = len(network.hidden) == 1
    steps = (_lifted(layer.weight[one], layer.bias[one], layer.activation.name, scale),) if alone else ()
    return lift(lambda points: -unit_contributions(network, points)[:, unit], f"unit {unit + 1}", steps)


def unit_contributions(network: Network, points: Array) -> Array:
    """Return what each unit of the last hidden layer adds to a single output at points (N, d), as (N, units).

    Their sum and the readout's bias are the output.
    """
    return np.asarray(network.represent(points) * network.readout.weight[0])


@dataclass(frozen=True, eq=False)
class FeatureFit:
    """The readout of a network, times `scale` plus `offset`: the best fit of a feature on the data, by least squares.

    inside: R^2 on the data, at most 1, and 0 for the best constant. outside: R^2 of the same fit between `radii`;
    negative where the mean of the feature would do better. units: R^2 of each neuron of the last layer on the data,
    each with its own best fit.
    """

    network: Network
    scale: float
    offset: float
    inside: float
    outside: float
    radii: tuple[float, float]
    units: tuple[float, ...]

    def __call__(self, points: Array) -> Array:
        """Return the fitted readout (N,) at points (N, d)."""
        return np.asarray(self.scale * self.network(points)[:, 0] + self.offset)

    def certificate(self, holds: bool) -> Certificate:
        """Evidence for a sentence about these measured numbers, which holds or not."""
        measured = {
            "R^2 on the data": self.inside,
            "R^2 outside": self.outside,
            "R^2 of the best neuron": max(self.units),
        }
        resolution = f"every point of the data; {OUTSIDE} points between radius {self.radii[0]:g} and {self.radii[1]:g}"
        return Certificate(holds, measured, resolution, "Other weights of the same widths give other numbers.")


def feature_fit(
    network: Network, feature: Feature, points: Array, radii: tuple[float, float] = (1.0, 2.0)
) -> FeatureFit:
    """Return how well a network's first output follows feature(points (N, 2)) -> (N,), on points (N, 2) and between
    radii."""
    target = feature(points)
    scale, offset = np.polyfit(network(points)[:, 0], target, 1)
    far = sunflower(OUTSIDE, *radii)
    inside, outside = (_r_squared(scale * network(p)[:, 0] + offset, feature(p)) for p in (points, far))
    units = tuple(float(np.corrcoef(unit, target)[0, 1] ** 2) for unit in network.represent(points).T)
    return FeatureFit(network, float(scale), float(offset), inside, outside, radii, units)


def _r_squared(values: Array, target: Array) -> float:
    return 1 - float(np.square(target - values).sum() / np.square(target - target.mean()).sum())
