"""Separability: is there a line (a plane) with one class on each side, how wide is the gap; which line does best?"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, QhullError

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.certificates.injectivity import solved

# Each round makes the margin more exact; in many dimensions each takes long, and a first lower bound must do.
ROUNDS, FEW_ROUNDS, LOW = 60, 1, 4
MOST_DIMENSIONS = 128


@dataclass(frozen=True, eq=False)
class Separability:
    """separable: True, False, or None where the classes touch within rounding. margin: distance from the best line
    (plane) to the nearest point, in the units of the representation, 0 where there is no such line. normal: unit vector
    (d,) from class 0 to class 1, and offset: the line is normal . x + offset = 0. shared: where not separable, a point
    (d,) in the convex hulls of both classes."""

    separable: bool | None
    margin: float
    normal: Array | None = None
    offset: float = 0.0
    shared: Array | None = None

    @property
    def certificate(self) -> Certificate:
        """Evidence for: a line (plane) has one class on each side."""
        bound = "" if self.normal is None or len(self.normal) <= LOW else "; the margin is a lower bound"
        resolution = {
            True: f"every point checked{bound}",
            False: "a point common to both hulls, in exact arithmetic",
            None: "not decided at this resolution: the classes touch within rounding, or there are too many dimensions",
        }
        return Certificate(
            self.separable,
            {"margin": self.margin},
            resolution[self.separable],
            "It is about these sample points, not about the sets that they were taken from.",
        )


def separability(points: Array, labels: Array) -> Separability:
    """Return whether a line (plane) separates class 0 from class 1 of points (N, d), with its greatest margin.

    The margin comes from linear programmes whose constraint |normal| <= 1 is cut ever more finely; inseparability from
    a common point of both hulls (Kirchberger), checked in rational arithmetic. Beyond LOW dimensions the margin is a
    lower bound; beyond MOST_DIMENSIONS nothing is decided.
    """
    if points.shape[1] > MOST_DIMENSIONS:
        return Separability(None, 0.0)
    found = separating(points, labels)
    if found is not None:
        return found
    shared = _common_point(*_corners(points, labels))
    return Separability(False if shared is not None else None, 0.0, shared=shared)


def separating(points: Array, labels: Array) -> Separability | None:
    """Return a line (plane) that was seen to separate class 0 from class 1 of points (N, d), None where none was found:
    much sooner than separability proves that there is none."""
    if points.shape[1] > MOST_DIMENSIONS:
        return None
    first, second = _corners(points, labels)
    centre = points.mean(axis=0)
    scale = float(np.abs(points - centre).max()) or 1.0
    for frame in (np.eye(len(centre)) / scale, _whitening(points - centre)):
        found = _widest_gap((first - centre) @ frame, (second - centre) @ frame)
        if found is not None:
            normal = frame @ found / np.linalg.norm(frame @ found)
            low, high = float((points[labels == 0] @ normal).max()), float((points[labels == 1] @ normal).min())
            if high - low > 1e-12 * (scale + np.abs(centre).max()):
                return Separability(True, (high - low) / 2, normal, -(low + high) / 2)
    return None


def _corners(points: Array, labels: Array) -> tuple[Array, Array]:
    first, second = (_hull_corners(points[labels == label]) for label in (0, 1))
    return first, second


def _whitening(offsets: Array) -> Array:
    """A frame (d, d) in which the points spread equally far to all sides: a gap in a crushed direction shows there."""
    _, singular, rows = np.linalg.svd(offsets, full_matrices=False)
    return np.asarray(rows.T / np.maximum(singular, singular[0] * 1e-14 + 1e-300))


def _hull_corners(points: Array) -> Array:
    """The corners of the convex hull where it is cheap to have them: all else can be left out."""
    if points.shape[1] == 1:
        return np.unique([points.min(axis=0), points.max(axis=0)], axis=0)
    try:
        return np.asarray(points[ConvexHull(points).vertices]) if points.shape[1] <= 4 else points
    except (QhullError, ValueError):
        return points


def _widest_gap(first: Array, second: Array) -> Array | None:
    """Normal (d,) of the widest gap, None where the programme finds none: maximise t with signed distance >= t."""
    d = first.shape[1]
    rows = np.block(
        [
            [first, np.ones((len(first), 1)), np.ones((len(first), 1))],
            [-second, -np.ones((len(second), 1)), np.ones((len(second), 1))],
        ]
    )
    cuts, cost = np.vstack([np.eye(d), -np.eye(d)]), np.r_[np.zeros(d + 1), -1.0]
    normal: Array | None = None
    for _ in range(ROUNDS if d <= LOW else FEW_ROUNDS):
        limits = np.hstack([cuts, np.zeros((len(cuts), 2))])
        bounds = [(None, None)] * (d + 1) + [(None, None)]
        answer = linprog(cost, np.vstack([rows, limits]), np.r_[np.zeros(len(rows)), np.ones(len(cuts))], bounds=bounds)
        if answer.status != 0 or answer.x[-1] <= 0:
            return normal
        normal = np.asarray(answer.x[:d])
        length = float(np.linalg.norm(normal))
        if length <= 1 + 1e-9:
            return normal
        cuts = np.vstack([cuts, normal / length])
    return normal


def _common_point(first: Array, second: Array) -> Array | None:
    """A point (d,) that is a convex combination of both sets, exactly; None where none is found."""
    d = first.shape[1]
    equal = np.block(
        [
            [first.T, -second.T],
            [np.ones(len(first)), np.zeros(len(second))],
            [np.zeros(len(first)), np.ones(len(second))],
        ]
    )
    # a random aim keeps the answer away from special position; it only chooses among valid answers
    aim = np.random.default_rng(0).uniform(size=equal.shape[1])
    answer = linprog(aim, A_eq=equal, b_eq=np.r_[np.zeros(d), 1, 1], method="highs-ds")
    if answer.status != 0:
        return None
    used = np.flatnonzero(answer.x > 1e-12)
    exact = solved([[Fraction(float(v)) for v in row] for row in equal[:, used]], [Fraction(0)] * d + [Fraction(1)] * 2)
    if exact is None or min(exact) < 0:
        return None
    weights = np.array([float(w) for w in exact])
    ours = used < len(first)
    return np.asarray(weights[ours] @ first[used[ours]])
