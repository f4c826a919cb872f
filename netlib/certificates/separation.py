"""Separation of two classes by a line (a plane): does one exist, how wide is the gap, and which line does best?

Three answers: `separability` decides whether a line exists; `best_line` is the baseline for every accuracy; `witnesses`
are a few points that show to the eye that no line exists.

Images under a network are known up to rounding. `reach` (N, d) says how far the exact ones may be from the points that
are given; what is decided is true of the exact ones. Points without a reach are taken as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linprog
from scipy.spatial import ConvexHull, QhullError

from netlib.activations import Array
from netlib.certificates.boxes import UNIT
from netlib.certificates.certificate import Certificate, Method
from netlib.certificates.injectivity import exact_rank, rational, solved
from netlib.certificates.intervals import Mask
from netlib.kept import kept

Nodes = NDArray[np.intp]

# Each round makes the margin more exact. In more than LOW dimensions a round takes long, and the margin of the first
# one, a lower bound, is enough.
ROUNDS, FEW_ROUNDS, LOW = 60, 1, 4
MOST_DIMENSIONS = 128
# More than what underflow of the products in a height may hide.
UNDERFLOW = 1e-320
# In the plane every line that matters is tried: n^2 log n work. For more points than this there is a seeded search.
MOST_EXACT = 2_000
STARTS, TRIALS = 8, 400
# Radians: between angles that are nearer to each other no line is tried.
NARROW = 1e-12
# Witnesses are looked for among so many corners of the hull, in so many dimensions; so many of the best are confirmed.
MOST_CORNERS, HIGHEST, MOST_CONFIRMED = 16, 4, 100


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
            False: "a point common to both hulls, exact or with bounds on rounding",
            None: "not decided at this resolution: the classes touch within rounding, or there are too many dimensions",
        }
        caveat = "It is about these sample points, not about the sets from which they were taken."
        # what separates a sample need not separate the set; where nothing separates a sample, nothing separates the set
        method: Method = "sampled" if self.separable else "proved"
        return Certificate(self.separable, {"margin": self.margin}, resolution[self.separable], caveat, method)


@kept(Separability)
def separability(points: Array, labels: Array, reach: Array | None = None) -> Separability:
    """Return whether a line (plane) separates class 0 from class 1 of points (N, d), with its greatest margin.

    The margin comes from linear programmes in which |normal| <= 1 is approximated ever more closely. That there is no
    line is proved by a point of both classes, or by a common point of both hulls (Kirchberger). In more than LOW
    dimensions the margin is a lower bound; in more than MOST_DIMENSIONS nothing is decided.
    """
    reach = np.zeros(points.shape) if reach is None else reach
    if points.shape[1] > MOST_DIMENSIONS or not (np.isfinite(points) & np.isfinite(reach)).all():
        return Separability(None, 0.0)
    exact = ~reach.any(axis=1)
    shared = point_of_both(points[exact], labels[exact])
    if shared is not None:
        return Separability(False, 0.0, shared=shared)
    found = separating(points, labels, reach)
    if found is not None:
        return found
    first, second = _class_hulls(points, labels)
    shared = _common_point(points[first], points[second], reach[first], reach[second])
    return Separability(False if shared is not None else None, 0.0, shared=shared)


def point_of_both(points: Array, labels: Array) -> Array | None:
    """Return a point (d,) that is among points (N, d) both with label 0 and with label 1; None without one."""
    of_both = {*map(tuple, points[labels == 0])} & {*map(tuple, points[labels == 1])}
    return np.array(min(of_both)) if of_both else None


def separating(points: Array, labels: Array, reach: Array | float = 0.0) -> Separability | None:
    """Return a line (plane) that separates class 0 from class 1 of points (N, d), or None where none was found.

    Without a line this takes less time than `separability`, which proves that there is none.
    """
    if points.shape[1] > MOST_DIMENSIONS:
        return None
    first, second = (points[corners] for corners in _class_hulls(points, labels))
    centre = points.mean(axis=0)
    scale = float(np.abs(points - centre).max()) or 1.0
    for frame in (np.eye(len(centre)) / scale, _whitening(points - centre)):
        found = _widest_gap((first - centre) @ frame, (second - centre) @ frame)
        if found is not None:
            normal = frame @ found / np.linalg.norm(frame @ found)
            heights, doubt = points @ normal, np.broadcast_to(reach, points.shape) @ np.abs(normal)
            low, high = float((heights + doubt)[labels == 0].max()), float((heights - doubt)[labels == 1].min())
            if high - low > 1e-12 * (scale + np.abs(centre).max()) + UNDERFLOW:
                return Separability(True, (high - low) / 2, normal, -(low + high) / 2)
    return None


def _class_hulls(points: Array, labels: Array) -> tuple[Nodes, Nodes]:
    """Indices of the points of each class that can decide: the corners of its convex hull, where these are cheap to
    compute."""
    first, second = (np.flatnonzero(labels == label) for label in (0, 1))
    return first[_hull_corners(points[first])], second[_hull_corners(points[second])]


def _hull_corners(points: Array) -> Nodes:
    if points.shape[1] == 1:
        return np.unique([points.argmin(), points.argmax()])
    if points.shape[1] <= 4:
        with suppress(QhullError, ValueError):
            return np.asarray(ConvexHull(points).vertices, dtype=np.intp)
    return np.arange(len(points))


def _whitening(offsets: Array) -> Array:
    """A frame (d, d) in which the points are spread equally in all directions, so that a gap in a crushed direction is
    as wide as in any other."""
    _, singular, rows = np.linalg.svd(offsets, full_matrices=False)
    return np.asarray(rows.T / np.maximum(singular, singular[0] * 1e-14 + 1e-300))


def _widest_gap(first: Array, second: Array) -> Array | None:
    """Normal (d,) of the widest gap, None where the programme finds none: maximise t with signed distance >= t."""
    d = first.shape[1]
    sides = np.repeat([1.0, -1.0], [len(first), len(second)])
    rows = np.column_stack([np.vstack([first, -second]), sides, np.abs(sides)])
    cuts, cost = np.vstack([np.eye(d), -np.eye(d)]), np.r_[np.zeros(d + 1), -1.0]
    normal: Array | None = None
    if not np.isfinite(rows).all():  # of points whose sizes float64 cannot divide by each other
        return None
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


def _common_point(first: Array, second: Array, first_reach: Array, second_reach: Array) -> Array | None:
    """A point (d,) that is proved to be a convex combination of both sets; None where none is found."""
    equal, right = _mixtures(first, second)
    # a random cost avoids degenerate answers; it only chooses among valid ones
    cost = np.random.default_rng(0).uniform(size=equal.shape[1])
    answer = linprog(cost, A_eq=equal, b_eq=right, method="highs-ds")
    if answer.status != 0:
        return None
    used = np.flatnonzero(answer.x > 1e-12)
    ours, theirs = used[used < len(first)], used[used >= len(first)] - len(first)
    weights = _common_weights(first[ours], second[theirs], first_reach[ours], second_reach[theirs])
    return None if weights is None else np.asarray(weights[: len(ours)] @ first[ours])


def _mixtures(first: Array, second: Array) -> tuple[Array, Array]:
    """Matrix and right side of the equations that say: weights (N + M,) of first (N, d) and second (M, d) give the same
    point, and add up to 1 for each."""
    ones, zeros = np.ones, np.zeros
    rows = [[first.T, -second.T], [ones(len(first)), zeros(len(second))], [zeros(len(first)), ones(len(second))]]
    return np.block(rows), np.r_[zeros(first.shape[1]), 1, 1]


def _common_weights(first: Array, second: Array, first_reach: Array, second_reach: Array) -> Array | None:
    """Weights (N + M,), none of them negative, with which first (N, d) and second (M, d) give the same point; None
    where it is not proved that there are such weights wherever the exact points are within their reach."""
    matrix, right = _mixtures(first, second)
    doubt = np.abs(_mixtures(first_reach, second_reach)[0])
    doubt[-2:] = 0
    if not doubt.any():
        exact = solved([[Fraction(float(v)) for v in row] for row in matrix], [Fraction(int(v)) for v in right])
        return None if exact is None or min(exact) < 0 else np.array([float(w) for w in exact])
    try:
        inverse = np.linalg.inv(matrix)  # which raises for a matrix that is not square, too
    except np.linalg.LinAlgError:
        return None
    # for every matrix M within reach, inverse M = 1 - G with |G| <= error, so the weights are inverse right + G weights
    unit, weights = (len(matrix) + 3) * UNIT, inverse @ right
    error = np.abs(np.eye(len(matrix)) - inverse @ matrix) + np.abs(inverse) @ (doubt + unit * np.abs(matrix))
    share = float(error.sum(axis=1).max())
    if not share < 0.5:
        return None
    off = (share / (1 - share) + unit) * np.abs(weights).max() + unit * (np.abs(inverse) @ right).max()
    return weights if weights.min() > off else None


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

    def accuracy_on(self, points: Array, labels: Array) -> float:
        """Return the share of points (N, d) that the line has on the side of their label (N,)."""
        return float((_above(points, self.normal, self.offset) == (labels == 1)).mean())

    @property
    def certificate(self) -> Certificate:
        """Evidence for: one line (plane) does better than the larger class alone."""
        holds = True if self.accuracy > self.majority else (False if self.exact else None)
        measured = {"best line": self.accuracy, "majority": self.majority}
        resolution = "all ways in which a line can split these points" if self.exact else "search: a lower bound"
        return Certificate(holds, measured, resolution, "It is about these sample points.")


@kept(BestLine)
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
    elif points.shape[1] == 1:
        normal = np.array([1.0])
        bound = _threshold(points, positive, normal)[0]
    else:
        normal = _searched(points, positive)
    _, normal, offset = _threshold(points, positive, normal)
    right = int((_above(points, normal, offset) == positive).sum())
    return BestLine(right / len(points), majority, normal, offset, exact=right >= bound)


def _above(points: Array, normal: Array, offset: float) -> Mask:
    """Whether normal . x + offset > 0 at points (N, d), decided exactly where float64 could err."""
    heights = points @ normal + offset
    unsure = np.flatnonzero(np.abs(heights) <= 1e-12 * (np.abs(points) @ np.abs(normal) + abs(offset)))
    above = np.asarray(heights > 0)
    for k in unsure:
        terms = (Fraction(float(n)) * Fraction(float(x)) for n, x in zip(normal, points[k], strict=True))
        above[k] = sum(terms, Fraction(offset)) > 0
    return above


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


def _swept(points: Array, positive: Mask) -> tuple[Array, int]:
    """The normal (2,) of a best line, and a number of points that no line exceeds: a line is turned around every point.

    Every split by a line is also a split by a line through one point and no other, where that point may be put on
    either side. So it is enough to count between the angles at which the turning line meets another point. Where it
    meets several at nearly the same angle, their order is open: then the number allows for any of them.
    """
    sign = np.where(positive, 1, -1)
    best, normal = int(max(positive.sum(), (~positive).sum())), np.array([1.0, 0.0])
    doubtful = list[tuple[int, Nodes]]()
    for pivot in range(len(points)):
        offset = points - points[pivot]
        apart = np.any(offset != 0, axis=1)
        if not apart.any():
            continue
        angle, votes = np.arctan2(offset[apart, 1], offset[apart, 0]), sign[apart]
        # the line at angle 0 has the points with angles in [0, pi) above it; it meets each point once in half a turn
        above, meets = (angle >= 0) & (angle < np.pi), np.mod(angle, np.pi)
        order = np.argsort(meets)
        crossed = np.cumsum(np.where(above, -votes, votes)[order])
        lead = int(votes[above].sum()) + np.concatenate([[0], crossed[:-1]])
        right = np.maximum(lead + (votes < 0).sum(), (votes > 0).sum() - lead)
        # the pivot and its duplicates go to the side where most of them are right
        right = right + max((sign[~apart] > 0).sum(), (sign[~apart] < 0).sum())
        # right[k] is counted between the meeting before number k and that one; before the first comes the last
        places = meets[order]
        widths = np.diff(places, prepend=places[-1] - np.pi)
        k = int(np.where(widths > NARROW, right, -1).argmax())
        if right[k] > best and widths[k] > NARROW:
            best, theta = int(right[k]), places[k] - widths[k] / 2
            normal = np.array([-np.sin(theta), np.cos(theta)])
        if widths.min() > NARROW:  # each other point is met alone
            continue
        groups = _met_together(best, np.flatnonzero(apart)[order], right, widths > NARROW)
        doubtful += [(most, np.r_[pivot, met]) for most, met in groups]
    exact = rational(points)
    # what is exactly on one line with the pivot is met at one moment, and nothing lies between
    hidden = [most for most, met in doubtful if most > best and exact_rank(exact[met[1:]] - exact[met[0]]) > 1]
    return normal, max([best, *hidden])


def _met_together(best: int, met: Nodes, right: Array, wide: Mask) -> Iterator[tuple[int, Nodes]]:
    """Groups of points (M,) that a line meets at nearly one angle as it turns, and for each group a number of points
    that no line between them exceeds; those groups only for which it is more than `best`."""
    if not wide.any():
        yield int(right.max()) + len(met), met
        return
    begins, ends = np.flatnonzero(wide & ~np.roll(wide, -1)), np.flatnonzero(wide & ~np.roll(wide, 1))
    ends = np.append(ends, ends[:1] + len(met))[np.searchsorted(ends, begins, side="right")]
    most = right[begins] + ends - begins
    for k in np.flatnonzero(most > best):
        yield int(most[k]), met[np.arange(begins[k], ends[k]) % len(met)]


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
        measured = {"witnesses": len(self.corners), "least coordinate": float(self.coordinates.min())}
        caveat = "It is about this representation; a later layer may still separate the points."
        return Certificate(True, measured, "exact, or with bounds on rounding", caveat, "proved")


@kept(Witnesses)
def witnesses(outer: Array, inner: Array, reach: tuple[Array, Array] | None = None) -> Witnesses | None:
    """Return d + 1 of the outer points (N, d) whose simplex is proved to contain one of the inner points (M, d), deep
    inside a large simplex, so that it is easy to see (Caratheodory: in the plane a triangle is enough).

    None where no such simplex was found; a sample may have none although the curve from which it was taken has one. In
    more than HIGHEST dimensions none is looked for.
    """
    hull = _hull_corners(outer)
    if outer.shape[1] > HIGHEST or len(hull) <= outer.shape[1]:
        return None
    corners, (far, near) = hull[spread_out(outer[hull], MOST_CORNERS)], reach or (0 * outer, 0 * inner)
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
    worth = (least * np.sqrt(volume)[:, None]).ravel()
    for place in np.argsort(-worth, kind="stable")[:MOST_CONFIRMED]:
        indices, held = simplices[place // len(inner)], int(place % len(inner))
        if worth[place] <= 0:
            break
        one = slice(held, held + 1)
        weights = _common_weights(outer[indices], inner[one], far[indices], near[one])
        if weights is not None and weights.min() > 0:
            return Witnesses(tuple(map(int, indices)), held, outer[indices], inner[held], weights[:-1])
    return None


def spread_out(points: Array, most: int) -> Nodes:
    """Return indices of at most so many of points (N, d), each as far as possible from those before it."""
    chosen, distance = [0], np.linalg.norm(points - points[0], axis=1)
    while len(chosen) < min(most, len(points)):
        chosen.append(int(distance.argmax()))
        distance = np.minimum(distance, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return np.array(chosen, dtype=np.intp)
