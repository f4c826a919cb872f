"""The ring of the data around a class inside, and the circles through it: where does the network misclassify them?

The tunnel certificates are about the same ring.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache, partial

import numpy as np

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.certificates.intervals import Arcs, Mask, Region, closed
from netlib.datasets import Dataset, Loop, circle
from netlib.errors import UntangleError
from netlib.kept import kept
from netlib.network import Network

# Samples on each circle, and the number of circles across the ring.
SAMPLES = 100_000
RADII = 8


@dataclass(frozen=True, eq=False)
class Annulus:
    """A loop of the data around a point, and the class inside it.

    centre: the point (2,). label: the class inside. inner: its points (N, 2). radius: the greatest distance of them
    from the centre. ring: the least and the greatest distance of the other points from it; a network that is right
    gives circles of these radii another class.
    """

    loop: Loop
    centre: Array
    label: int
    inner: Array
    radius: float
    ring: tuple[float, float]

    def distance(self, points: Array) -> Array:
        """Return the distance of points (..., 2) from the centre."""
        return np.asarray(np.hypot(points[..., 0] - self.centre[0], points[..., 1] - self.centre[1]))

    def contains(self, points: Array) -> Mask:
        """Return which points (..., 2) lie between the class inside and the outer edge of the ring."""
        distance = self.distance(points)
        return np.asarray((distance >= self.radius) & (distance <= self.ring[1]))


def has_annulus(data: Dataset) -> bool:
    """Return whether the data has a loop in the plane around a point."""
    return any(loop.around is not None and loop.points.shape[1] == 2 for loop in data.loops) and not data.regression


@lru_cache(maxsize=4)  # many networks are measured against one data set
def annulus(data: Dataset) -> Annulus:
    """Return the first loop of the data in the plane, and the class inside it; raise UntangleError without one."""
    if not has_annulus(data):
        raise UntangleError(f"{data.name}: no loop of this data surrounds a point, so there is nothing to escape from")
    loop = next(loop for loop in data.loops if loop.around is not None)
    assert loop.around is not None
    distance = np.linalg.norm(data.points - loop.around, axis=1)
    label = int(data.labels[distance.argmin()])
    own = data.labels == label
    inside = _inside(loop.points, data.points)
    if not (own & inside).any() or own.all():
        raise UntangleError(f"{data.name}: the loop '{loop.name}' has no class inside it that differs from the others")
    ring = float(distance[~own].min()), float(distance[~own].max())
    return Annulus(loop, loop.around, label, data.points[own & inside], float(distance[own & inside].max()), ring)


def _inside(polygon: Array, points: Array) -> Mask:
    """Whether a closed polygon (M, 2) winds around each of points (N, 2)."""
    turns = np.zeros(len(points))
    for start, end in zip(*closed(polygon), strict=True):
        a, b = start - points, end - points
        turns += np.arctan2(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0], (a * b).sum(axis=1))
    return np.abs(turns) > np.pi


@dataclass(frozen=True)
class WrongArcs:
    """The misclassified part of one circle.

    radius: in the units of the data. arcs: (start, end) angles in radians, start in [0, 2 pi), end > start, each known
    to 2 pi / samples. share: of the circle that is wrong, in [0, 1]. right: True where every point of the circle is
    proved to be right, False where a wrong point was found, None where neither.
    """

    radius: float
    arcs: tuple[tuple[float, float], ...]
    share: float
    right: bool | None
    samples: int

    @property
    def certificate(self) -> Certificate:
        """Evidence for: this circle has a wrong point."""
        return Certificate(
            holds=None if self.right is None else not self.right,
            measured={"radius": self.radius, "wrong share": self.share, "arcs": len(self.arcs)},
            resolution=f"{self.samples:,} samples on the circle",
            caveat="Arcs shorter than a sample are seen only where intervals prove the whole circle right.",
            method="proved",
        )


@kept(WrongArcs)
def wrong_arcs(
    network: Network, data: Dataset, radii: tuple[float, ...] = (), samples: int = SAMPLES
) -> tuple[WrongArcs, ...]:
    """Return the wrong arcs of circles around the class inside the data's ring: RADII circles across the ring, unless
    radii are given. Raises UntangleError where the data has no ring."""
    ring = annulus(data)
    region = Region(network, ring.label)
    chosen = radii or tuple(np.linspace(*ring.ring, RADII).tolist())
    return tuple(_wrong_on(region, ring.centre, radius, samples) for radius in chosen)


def _wrong_on(region: Region, centre: Array, radius: float, samples: int) -> WrongArcs:
    points = centre + circle(radius, samples)
    margin = region.margin(points)
    wrong = margin > 0
    # an arc begins and ends between two samples; the middle between them is taken
    turns = wrong.astype(np.int8) - np.roll(wrong, 1).astype(np.int8)
    begins, ends = (np.flatnonzero(turns == turn) for turn in (1, -1))
    if len(begins) and ends[0] < begins[0]:
        ends = np.roll(ends, -1)
    arcs: list[tuple[float, float]] = [
        ((begin - 0.5) * 2 * np.pi / samples, ((end if end > begin else end + samples) - 0.5) * 2 * np.pi / samples)
        for begin, end in zip(begins, ends, strict=True)
    ]
    if wrong.all():
        arcs = [(0.0, 2 * np.pi)]
    # the sample that is wrong by most, with bounds on rounding
    worst = points[[margin.argmax()]]
    right = False if region.contains(worst, worst) else _proved_right(region, centre, radius)
    return WrongArcs(radius, tuple(arcs), float(wrong.mean()), right, samples)


def _proved_right(region: Region, centre: Array, radius: float) -> bool | None:
    angles = np.linspace(0, 2 * np.pi, 501)[:, None]
    return region.avoids(angles[:-1], angles[1:], curve=partial(Arcs.circular, centre, radius))
