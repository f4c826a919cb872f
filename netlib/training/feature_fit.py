"""Feature fit: how well a trained readout follows a feature made by hand, on the data and outside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.network import Network

OUTSIDE = 4_000  # points outside the data, even by area


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
    network: Network, feature: Callable[[Array], Array], points: Array, radii: tuple[float, float] = (1.0, 2.0)
) -> FeatureFit:
    """Return how well a network's first output follows feature(points (N, 2)) -> (N,), on points (N, 2) and between
    radii."""
    target = feature(points)
    scale, offset = _fitted(network(points)[:, 0], target)
    k = np.arange(OUTSIDE) + 0.5
    radius, angle = np.sqrt(np.interp(k, (0, OUTSIDE), np.square(radii))), k * np.pi * (3 - np.sqrt(5))
    far = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    inside, outside = (_r_squared(scale * network(p)[:, 0] + offset, feature(p)) for p in (points, far))
    units = tuple(float(np.corrcoef(unit, target)[0, 1] ** 2) for unit in network.represent(points).T)
    return FeatureFit(network, scale, offset, inside, outside, radii, units)


def _fitted(values: Array, target: Array) -> tuple[float, float]:
    columns = np.column_stack([values, np.ones(len(values))])
    scale, offset = np.linalg.lstsq(columns, target, rcond=None)[0]
    return float(scale), float(offset)


def _r_squared(values: Array, target: Array) -> float:
    return 1 - float(np.square(target - values).sum() / np.square(target - target.mean()).sum())
