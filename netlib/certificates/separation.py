"""Separation of two classes by a line (a plane): does one exist, how wide is the gap, and which line does best?

Three answers: `separability` decides whether a line exists; `best_line` is the baseline for every accuracy; `witnesses`
are a few points that show to the eye that no line exists.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, QhullError

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.certificates.injectivity import solved

# Each round makes the margin more exact. In more than LOW dimensions a round takes long, and the margin of the first
# one, a lower bound, is enough.
ROUNDS, FEW_ROUNDS, LOW = 60, 1, 4
MOST_DIMENSIONS = 128
# In the plane every line that matters is tried: n^2 log n work. For more points than this there is a seeded search.
MOST_EXACT = 2_000
STARTS, TRIALS = 8, 400
# Witnesses are looked for among so many corners of the hull, in so many dimensions; a barycentric coordinate below
# LEAST_COORDINATE counts as zero.
MOST_CORNERS, HIGHEST, LEAST_COORDINATE = 16, 4, 1e-9


@dataclass(frozen=True, eq=False)
class Separability:
    """Whether a line (plane) has one class on each side.

    separable: True, False, or None where it is not decided. margin: distance from the best line (plane) to the nearest
    point, in the units of the representation; 0 without such a line. normal: unit vector (d,) from class 0 to class 1;
    the line is normal . x + offset = 0. shared: where not separable, a point (d,) in the convex hulls of both classes.
    """

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
            "It is about these sample points, not about the sets from which they were taken.",
        )


def separability(points: Array, labels: Array) -> Separability:
    """Return whether a line (plane) separates class 0 from class 1 of points (N, d), with its greatest margin.

    The margin comes from linear programmes in which |normal| <= 1 is approximated ever more closely. That there is no
    line is proved by a common point of both hulls (Kirchberger), checked in rational arithmetic. In more than LOW
    dimensions the margin is a lower bound; in more than MOST_DIMENSIONS nothing is decided.
    """
    if points.shape[1] > MOST_DIMENSIONS:
        return Separability(None, 0.0)
    found = separating(points, labels)
    if found is not None:
        return found
    shared = _common_point(*_class_hulls(points, labels))
    return Separability(False if shared is not None else None, 0.0, shared=shared)


def separating(points: Array, labels: Array) -> Separability | None:
    """Return a line (plane) that separates class 0 from class 1 of points (N, d), or None where none was found.

    Without a line this takes less time than `separability`, which proves that there is none.
    """
    if points.shape[1] > MOST_DIMENSIONS:
        return None
    first, second = _class_hulls(points, labels)
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


def _class_hulls(points: Array, labels: Array) -> tuple[Array, Array]:
    """The points of each class that can decide: the corners of its convex hull, where these are cheap to compute."""
    first, second = (_hull_corners(points[labels == label]) for label in (0, 1))
    return first, second


def _hull_corners(points: Array) -> Array:
    if points.shape[1] == 1:
        return np.unique([points.min(axis=0), points.max(axis=0)], axis=0)
    try:
        return np.asarray(points[ConvexHull(points).vertices]) if points.shape[1] <= 4 else points
    except (QhullError, ValueError):
        return points


def _whitening(offsets: Array) -> Array:
    """A frame (d, d) in which the points are spread equally in all directions, so that a gap in a crushed direction is
    as wide as in any other."""
    _, singular, rows = np.linalg.svd(offsets, full_matrices=False)
    return np.asarray(rows.T / np.maximum(singular, singular[0] * 1e-14 + 1e-300))


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
        bounds = [(None, None)] * (d + 2)
        answer = linprog(cost, np.vstack([rows, limits]), np.r_[np.zeros(len(rows)), np.ones(len(cuts))], bounds=bounds)
        if answer.status != 0 or answer.x[-1] <= 0:
            return normal
        last, normal = normal, np.asarray(answer.x[:d])
        length = float(np.linalg.norm(normal))
        # within the solver's tolerance a further limit changes nothing
        if length <= 1 + 1e-9 or (last is not None and np.array_equal(last, normal)):
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
    # a random cost avoids degenerate answers; it only chooses among valid ones
    cost = np.random.default_rng(0).uniform(size=equal.shape[1])
    answer = linprog(cost, A_eq=equal, b_eq=np.r_[np.zeros(d), 1, 1], method="highs-ds")
    if answer.status != 0:
        return None
    used = np.flatnonzero(answer.x > 1e-12)
    exact = solved([[Fraction(float(v)) for v in row] for row in equal[:, used]], [Fraction(0)] * d + [Fraction(1)] * 2)
    if exact is None or min(exact) < 0:
        return None
    weights = np.array([float(w) for w in exact])
    ours = used < len(first)
    return np.asarray(weights[ours] @ first[used[ours]])


@dataclass(frozen=True, eq=False)
class BestLine:
    """The line (plane) normal . x + offset > 0 for class 1 with the most points right.

    accuracy: its share of points that are right, in [0, 1]. majority: share of the larger class. normal: (d,). exact:
    no other line does better; where False, a search found no better one.
    """

    accuracy: float
    majority: float
    normal: Array
    offset: float
    exact: bool

    @property
    def certificate(self) -> Certificate:
        """Evidence for: one line (plane) does better than the larger class alone."""
        return Certificate(
            holds=True if self.accuracy > self.majority else (False if self.exact else None),
            measured={"best line": self.accuracy, "majority": self.majority},
            resolution="exact: every way a line can split these points" if self.exact else "search: a lower bound",
            caveat="It is about these sample points.",
        )


def best_line(points: Array, labels: Array) -> BestLine:
    """Return the line (plane) in the space of points (N, d) that classifies labels (N,) of 0 and 1 best.

    It is exact where a line separates the classes, in one dimension, and in two up to MOST_EXACT points. Otherwise it
    comes from a seeded search: its accuracy is a lower bound, exact only where it reaches the number of points.
    """
    positive = labels == 1
    majority = float(max(positive.mean(), 1 - positive.mean()))
    bound = len(points)
    gap = separating(points, labels) if 0 < positive.sum() < len(points) else None
    if gap is not None and gap.normal is not None:
        normal = gap.normal
    elif points.shape[1] == 2 and len(points) <= MOST_EXACT:
        normal, bound = _swept(points, positive)
    else:
        normal = np.array([1.0]) if points.shape[1] == 1 else _searched(points, positive)
    right, normal, offset = _threshold(points, positive, normal)
    exact = right >= bound or points.shape[1] == 1
    return BestLine(right / len(points), majority, normal, offset, exact)


def _threshold(points: Array, positive: Array, normal: Array) -> tuple[int, Array, float]:
    """The best offset for a normal or its opposite: number of points right, that normal, offset."""
    heights = points @ normal
    order = np.argsort(heights, kind="stable")
    sorted_heights, sign = heights[order], np.where(positive[order], 1, -1)
    # if all above place k are called class 1, the positives above it and the others below it are right
    above = np.concatenate([[0], np.cumsum(-sign)]) + positive.sum()
    allowed = np.r_[True, np.diff(sorted_heights) > 0, True]
    cuts = np.r_[sorted_heights[0] - 1, (sorted_heights[1:] + sorted_heights[:-1]) / 2, sorted_heights[-1] + 1]
    up, down = np.where(allowed, above, -1), np.where(allowed, len(points) - above, -1)
    if up.max() >= down.max():
        k, sense = int(up.argmax()), 1.0
    else:
        k, sense = int(down.argmax()), -1.0
    return int(max(up.max(), down.max())), sense * normal, float(-sense * cuts[k])


def _swept(points: Array, positive: Array) -> tuple[Array, int]:
    """The normal (2,) of a best line and the number of points it has right: a line is turned around every point.

    Every split by a line is also a split by a line through one point and no other, where that point may be put on
    either side. So it is enough to count between the angles at which the turning line meets another point.
    """
    sign = np.where(positive, 1, -1)
    best, normal = -1, np.array([1.0, 0.0])
    for pivot in range(len(points)):
        offset = points - points[pivot]
        apart = np.any(offset != 0, axis=1)
        angle, votes = np.arctan2(offset[apart, 1], offset[apart, 0]), sign[apart]
        # the line at angle 0 has the points with angles in [0, pi) above it; it meets each point once in half a turn
        above, meets = (angle >= 0) & (angle < np.pi), np.mod(angle, np.pi)
        order = np.argsort(meets)
        lead = int(votes[above].sum()) + np.concatenate([[0], np.cumsum(np.where(above, -votes, votes)[order])])
        right = np.maximum(lead + (votes < 0).sum(), (votes > 0).sum() - lead)
        # the pivot and its duplicates go to the side where most of them are right
        right = right + max((sign[~apart] > 0).sum(), (sign[~apart] < 0).sum())
        places = np.concatenate([[0.0], meets[order], [np.pi]])
        right = np.where(np.diff(places) > 1e-12, right, -1)
        k = int(right.argmax())
        if right[k] > best:
            best, theta = int(right[k]), (places[k] + places[k + 1]) / 2
            normal = np.array([-np.sin(theta), np.cos(theta)])
    return normal, best


def _searched(points: Array, positive: Array) -> Array:
    """A good normal (d,): several seeded starts, each changed by small random turns that are kept where they help."""
    rng = np.random.default_rng(0)
    target = np.where(positive, 1.0, -1.0)
    least_squares = np.linalg.lstsq(np.column_stack([points, np.ones(len(points))]), target, rcond=None)[0][:-1]
    starts = [least_squares, *rng.normal(size=(STARTS, points.shape[1]))]
    best, winner = -1, starts[0]
    for start in starts:
        normal = start / max(np.linalg.norm(start), 1e-300)
        accuracy = _threshold(points, positive, normal)[0]
        for k in range(TRIALS):
            tried = normal + 0.5 * 0.985**k * rng.normal(size=normal.shape)
            tried /= np.linalg.norm(tried)
            score = _threshold(points, positive, tried)[0]
            if score >= accuracy:
                accuracy, normal = score, tried
        if accuracy > best:
            best, winner = accuracy, normal
    return np.asarray(winner)


@dataclass(frozen=True, eq=False)
class Witnesses:
    """A simplex of outer points that contains an inner one, so that no line (plane) separates them.

    corners: indices of d + 1 outer points. held: index of the inner point. simplex: the corners (d + 1, d). point: the
    inner point (d,). coordinates: its barycentric coordinates (d + 1,), all positive.
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
    """Return d + 1 of the outer points (N, d) whose simplex contains one of the inner points (M, d), deep inside a
    large simplex, so that it is easy to see (Caratheodory: in the plane a triangle is enough).

    None where no such simplex was found; a sample may have none although the curve from which it was taken has one. In
    more than HIGHEST dimensions none is looked for.
    """
    corners = _spread_corners(outer) if outer.shape[1] <= HIGHEST else np.empty(0)
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
    # a deep point in a thin triangle is as hard to see as a point near the edge of a large one
    worth = np.where(least > LEAST_COORDINATE, least * np.sqrt(volume)[:, None], -1)
    chosen, held = np.unravel_index(int(worth.argmax()), worth.shape)
    if worth[chosen, held] < 0:
        return None
    indices = simplices[chosen]
    return Witnesses(tuple(int(i) for i in indices), int(held), outer[indices], inner[held], coordinates[chosen, held])


def _spread_corners(points: Array) -> Array:
    """Indices of at most MOST_CORNERS corners of the convex hull, far apart from each other."""
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
