"""Evidence that needs network and data together: against the baselines, about areas, about the ring's points."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netlib.activations import Array
from netlib.certificates import claims
from netlib.certificates.annulus import surroundings
from netlib.certificates.best_line import best_line
from netlib.certificates.certificate import Certificate
from netlib.certificates.folds import folds
from netlib.certificates.region import MOST_NUMBERS
from netlib.datasets import Dataset
from netlib.network import Network

# Lines are looked for among this many points at most; of a larger data set a sample is taken, and said to be one.
MOST_POINTS = 2_000
LEAST_OF_A_CLASS = 20  # unless it has fewer: a rare class must not be left out by chance


def better_than_baselines(network: Network, data: Dataset) -> Certificate:
    """The network has more points right than the best single cut, and than the larger class alone."""
    accuracy = _accuracy(network, data)
    measured = {"network": accuracy, "majority": data.majority}
    if data.classes != 2:
        return Certificate(accuracy > data.majority, {**measured}, "every point", "One cut is for two classes.")
    few = few_of(data)
    found = best_line(few.points, few.labels)
    measured["best cut"] = found.accuracy
    # a search that finds no better cut proves nothing, unless the network is perfect and no cut is
    beaten: bool | None = accuracy > max(found.accuracy, data.majority)
    if beaten and not found.exact:
        beaten = True if accuracy == 1 and claims.no_line_separates(few.points, few.labels).holds else None
    return Certificate(beaten, {**measured}, _of(few, data, found.certificate.resolution), found.certificate.caveat)


def better_than_the_mean(network: Network, data: Dataset) -> Certificate:
    """A regression: the error is smaller than that of the targets' mean."""
    error = float(np.sqrt(np.mean((network(data.points)[:, 0] - data.labels) ** 2)))
    spread = float(np.std(data.labels))
    return Certificate(
        error < spread, {"error (RMS)": error, "of the mean": spread}, "every point", "These points only."
    )


def cut_separates(points: Array, few: Dataset, data: Dataset) -> Certificate:
    """One cut separates the classes of points (N, d), the images of `few` of the data."""
    found = claims.a_line_separates(points, few.labels)
    measured = dict(found.measured)
    if points.shape[1] <= 2 and found.holds is False:
        measured["best line"] = best_line(points, few.labels).accuracy
    # a cut through a sample need not separate the rest; what no cut does for a sample it does not for all
    holds = found.holds if len(few.points) == len(data.points) or found.holds is False else None
    return Certificate(holds, measured, _of(few, data, found.resolution), found.caveat)


def areas_survive(network: Network, box: float) -> Certificate:
    """No area of the square of that half side is squeezed to a line or a point."""
    found = folds(network, box)[-1]
    spacing = 2 * box / (found.nodes - 1)
    measured = {"collapsed": found.collapsed, "shrunk a millionfold": found.crushed}
    none = found.collapsed == 0 and found.crushed == 0
    return Certificate(none, {**measured}, f"grid of {spacing:.2g}", "Areas between the grid's nodes are not seen.")


def ring_surrounds_disk(network: Network, data: Dataset) -> Certificate:
    """In the last representation a few ring points have a disk point in their hull."""
    ring = surroundings(data)
    last, own = network.represent(data.points), data.labels == ring.label
    found = claims.three_witnesses(last[~own], last[own])
    if not found.holds:
        # the samples may have none where the circle between them has
        circle, centre = network.represent(ring.loop.points), network.represent(ring.centre[None])
        found = claims.three_witnesses(circle, centre)
        found = replace(found, resolution=f"{len(circle)} points of the circle, and the centre; {found.resolution}")
    return found


def few_of(data: Dataset) -> Dataset:
    """The data, or a sample of MOST_POINTS of them, with at least LEAST_OF_A_CLASS of each class that has so many."""
    if len(data.points) <= MOST_POINTS:
        return data
    order = np.random.default_rng(0).permutation(len(data.points))
    ordered, rank = data.labels[order], np.arange(len(order))
    if not data.regression:
        # the first of every class come before all others
        within = np.zeros(len(order), dtype=np.int64)
        for k in range(data.classes):
            within[ordered == k] = np.arange(int((ordered == k).sum()))
        rank = np.where(within < LEAST_OF_A_CLASS, within - len(order), rank)
    chosen = order[np.argsort(rank, kind="stable")[:MOST_POINTS]]
    return replace(data, points=data.points[chosen], labels=data.labels[chosen])


def _of(few: Dataset, data: Dataset, resolution: str) -> str:
    if len(few.points) == len(data.points):
        return resolution
    return f"{len(few.points):,} of {len(data.points):,} points; {resolution}"


def cut(points: Array) -> str:
    """Return what cuts the space of points (N, d) in two."""
    return {1: "point", 2: "straight line", 3: "plane"}.get(
        points.shape[1], f"flat cut in {points.shape[1]} dimensions"
    )


def _accuracy(network: Network, data: Dataset) -> float:
    """The accuracy, a piece at a time: wide layers on many points would fill the memory."""
    pieces = -(-len(data.points) * max(network.widths) // MOST_NUMBERS)
    points, labels = (np.array_split(part, max(pieces, 1)) for part in (data.points, data.labels))
    right = sum(int((network.classify(p) == wanted).sum()) for p, wanted in zip(points, labels, strict=True))
    return right / len(data.points)
