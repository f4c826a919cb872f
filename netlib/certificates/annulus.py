"""What the tunnel and arc certificates are about: points of one class that a loop of another class surrounds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from netlib.activations import Array
from netlib.certificates.intervals import closed
from netlib.certificates.region import Mask
from netlib.datasets import Dataset, Loop
from netlib.errors import UntangleError


@dataclass(frozen=True, eq=False)
class Surroundings:
    """A loop of the data, and the class inside it.

    loop: around a point. label: the class inside. inner: its points (N, 2). radius: greatest distance of them from the
    point. ring: least and greatest distance of the other points, between which circles should be called otherwise.
    """

    loop: Loop
    label: int
    inner: Array
    radius: float
    ring: tuple[float, float]

    @property
    def centre(self) -> Array:
        assert self.loop.around is not None
        return self.loop.around

    def distance(self, points: Array) -> Array:
        """Return the distance of points (..., 2) from the point."""
        return np.asarray(np.hypot(points[..., 0] - self.centre[0], points[..., 1] - self.centre[1]))


def surrounded(data: Dataset) -> bool:
    """Whether the data has a loop in the plane around a point."""
    return any(loop.around is not None and loop.points.shape[1] == 2 for loop in data.loops) and not data.regression


@lru_cache(maxsize=4)  # one data set is held against many networks
def surroundings(data: Dataset) -> Surroundings:
    """Return the first loop in the plane with the class inside it; raise UntangleError where the data has none."""
    if not surrounded(data):
        raise UntangleError(f"{data.name}: no loop of this data surrounds a point, so there is nothing to escape from")
    loop = next(loop for loop in data.loops if loop.around is not None)
    assert loop.around is not None
    distance = np.linalg.norm(data.points - loop.around, axis=1)
    label = int(data.labels[distance.argmin()])
    own = data.labels == label
    inside = _inside(loop.points, data.points)
    if not (own & inside).any() or own.all():
        raise UntangleError(f"{data.name}: the loop '{loop.name}' has no class inside it that differs from the others")
    return Surroundings(
        loop=loop,
        label=label,
        inner=data.points[own & inside],
        radius=float(distance[own & inside].max()),
        ring=(float(distance[~own].min()), float(distance[~own].max())),
    )


def _inside(polygon: Array, points: Array) -> Mask:
    """Whether a closed polygon (M, 2) winds around each of points (N, 2)."""
    turns = np.zeros(len(points))
    for start, end in zip(*closed(polygon), strict=True):
        a, b = start - points, end - points
        turns += np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))
    return np.abs(turns) > np.pi
