"""The best single line: the accuracy that one line in the input reaches, which is the baseline of every accuracy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.certificates.separability import separating

# In the plane every line that matters is tried: n^2 log n work. Above this many points a sample of them is.
MOST_EXACT = 2_000
STARTS, ROUNDS = 8, 400


@dataclass(frozen=True, eq=False)
class BestLine:
    """accuracy: of the line (plane) normal . x + offset > 0 for class 1, in [0, 1]. exact: no other line does better;
    otherwise it is the best that was found. majority: share of the larger class."""

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

    All are right wherever separability finds a line. Else exact in one and two dimensions up to MOST_EXACT points,
    and beyond a seeded search, which gives a lower bound.
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
    """The best offset for a normal, or for its opposite: points right, the normal taken, offset."""
    heights = points @ normal
    order = np.argsort(heights, kind="stable")
    sorted_heights, sign = heights[order], np.where(positive[order], 1, -1)
    # right if everything above place k is class 1: the positives above and the others below
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
    """The normal (2,) of a best line and how many points it has right, by turning a line around every point in turn.

    Any split by a line can be had by a line through one point and no other, just beside which that point may be put on
    either side; so it is enough to count between the angles at which a turning line meets another point.
    """
    sign = np.where(positive, 1, -1)
    best, normal = -1, np.array([1.0, 0.0])
    for pivot in range(len(points)):
        offset = points - points[pivot]
        apart = np.any(offset != 0, axis=1)
        angle, votes = np.arctan2(offset[apart, 1], offset[apart, 0]), sign[apart]
        # a line at angle 0 has above it what lies at [0, pi); it meets each point once in half a turn
        above, meets = (angle >= 0) & (angle < np.pi), np.mod(angle, np.pi)
        order = np.argsort(meets)
        lead = int(votes[above].sum()) + np.concatenate([[0], np.cumsum(np.where(above, -votes, votes)[order])])
        right = np.maximum(lead + (votes < 0).sum(), (votes > 0).sum() - lead)
        # the pivot and its doubles go to the side that suits most of them
        right = right + max((sign[~apart] > 0).sum(), (sign[~apart] < 0).sum())
        places = np.concatenate([[0.0], meets[order], [np.pi]])
        right = np.where(np.diff(places) > 1e-12, right, -1)
        k = int(right.argmax())
        if right[k] > best:
            best, theta = int(right[k]), (places[k] + places[k + 1]) / 2
            normal = np.array([-np.sin(theta), np.cos(theta)])
    return normal, best


def _searched(points: Array, positive: Array) -> Array:
    """A good normal (d,): several seeded starts, each improved by small turns that are kept where they help."""
    rng = np.random.default_rng(0)
    target = np.where(positive, 1.0, -1.0)
    least_squares = np.linalg.lstsq(np.column_stack([points, np.ones(len(points))]), target, rcond=None)[0][:-1]
    starts = [least_squares, *rng.normal(size=(STARTS, points.shape[1]))]
    best, winner = -1, starts[0]
    for start in starts:
        normal = start / max(np.linalg.norm(start), 1e-300)
        accuracy = _threshold(points, positive, normal)[0]
        for k in range(ROUNDS):
            tried = normal + 0.5 * 0.985**k * rng.normal(size=normal.shape)
            tried /= np.linalg.norm(tried)
            score = _threshold(points, positive, tried)[0]
            if score >= accuracy:
                accuracy, normal = score, tried
        if accuracy > best:
            best, winner = accuracy, normal
    return np.asarray(winner)
