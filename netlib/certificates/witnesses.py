"""Witnesses: a few points of one class whose hull holds a point of the other, so that no line can separate them.

In the plane three are enough (Caratheodory): a triangle that a viewer can check with the eye.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.spatial import ConvexHull, QhullError

from netlib.activations import Array
from netlib.certificates.certificate import Certificate

# A larger hull is thinned to this many corners: all simplices among them are tried.
MOST_CORNERS = 16
HIGHEST = 4
# Coordinates below this cannot be told from zero in float64.
LEAST_COORDINATE = 1e-9


@dataclass(frozen=True, eq=False)
class Witnesses:
    """A simplex of outer points that holds an inner one.

    corners: indices of d + 1 outer points; held: index of the inner point. simplex: the corners (d + 1, d); point: the
    inner point (d,); coordinates: its barycentric coordinates (d + 1,), all positive.
    """

    corners: tuple[int, ...]
    held: int
    simplex: Array
    point: Array
    coordinates: Array

    @property
    def certificate(self) -> Certificate:
        """Evidence for: no line (plane) separates the outer points from the inner ones."""
        return Certificate(
            holds=True,
            measured={"witnesses": len(self.corners), "least coordinate": float(self.coordinates.min())},
            resolution="these points, in float64",
            caveat="It is about this representation; a later layer may still separate the points.",
        )


def witnesses(outer: Array, inner: Array) -> Witnesses | None:
    """Return d + 1 of the outer points (N, d) whose simplex holds one of the inner points (M, d), chosen to be easily
    seen: the held point as deep as can be in a large simplex. None where no such simplex was found; a sample may have
    none although the curve that it was taken from has one. In more than four dimensions none is looked for."""
    corners = _corners(outer) if outer.shape[1] <= HIGHEST else np.empty(0)
    if len(corners) <= outer.shape[1]:
        return None
    simplices = np.array(list(itertools.combinations(corners, outer.shape[1] + 1)))
    edges = outer[simplices[:, 1:]] - outer[simplices[:, :1]]
    volume = np.abs(np.linalg.det(edges))
    scale = np.ptp(outer, axis=0).max() ** outer.shape[1]
    simplices, edges, volume = (a[volume > 1e-9 * scale] for a in (simplices, edges, volume))
    if not len(simplices):
        return None
    offsets = inner[None] - outer[simplices[:, :1]]
    tail = np.einsum("sij,spi->spj", np.linalg.inv(edges), offsets)
    coordinates = np.concatenate([1 - tail.sum(axis=2, keepdims=True), tail], axis=2)
    least = coordinates.min(axis=2)
    # a deep point in a thin sliver is as hard to see as a point near the edge of a large triangle
    worth = np.where(least > LEAST_COORDINATE, least * np.sqrt(volume)[:, None], -1)
    chosen, held = np.unravel_index(int(worth.argmax()), worth.shape)
    if worth[chosen, held] < 0:
        return None
    indices = simplices[chosen]
    return Witnesses(tuple(int(i) for i in indices), int(held), outer[indices], inner[held], coordinates[chosen, held])


def _corners(points: Array) -> Array:
    """Indices of MOST_CORNERS or fewer corners of the convex hull, far apart from each other."""
    try:
        hull = ConvexHull(points).vertices if points.shape[1] > 1 else np.array([points.argmin(), points.argmax()])
    except (QhullError, ValueError):
        return np.empty(0, dtype=int)
    chosen = [hull[0]]
    distance = np.linalg.norm(points[hull] - points[hull[0]], axis=1)
    while len(chosen) < min(MOST_CORNERS, len(hull)):
        chosen.append(hull[distance.argmax()])
        distance = np.minimum(distance, np.linalg.norm(points[hull] - points[chosen[-1]], axis=1))
    return np.array(chosen)
