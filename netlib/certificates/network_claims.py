"""Certificates for a network that nobody looked at before: each applies to some networks, and says so of the others.

A function returns None where its question does not apply to the network, or takes too long to decide.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from netlib.activations import Array
from netlib.certificates.annulus import has_annulus
from netlib.certificates.certificate import Certificate
from netlib.certificates.claims import (
    a_hyperplane_separates,
    disk_enclosed,
    layers_are_homeomorphisms,
    one_answer_everywhere,
    tunnel_exists,
)
from netlib.datasets import Dataset
from netlib.errors import UntangleError
from netlib.layers import Dense
from netlib.network import Network, class_scores

MOST_DECIDED = 60_000  # numbers: larger representations are not searched for a separating plane
WIDEST, DEEPEST = 8, 12  # networks whose layers are looked at in exact arithmetic
WIDEST_RING = 16
DIGITS = 4  # to which points are told apart, of the largest coordinate


def points_on_one_spot(points: Array) -> Certificate:
    """All of the points (N, d) lie in one place."""
    spread, resolution = float(np.ptp(points, axis=0).max()), f"{len(points):,} points, in float64"
    return Certificate(spread == 0, {"spread of the points": spread}, resolution, "These points only.")


def neurons_dead(dead: int, width: int, points: int) -> Certificate:
    """So many of a layer's neurons are 0 at all of so many points."""
    measured = {"neurons at 0": dead, "neurons": width}
    return Certificate(dead > 0, {**measured}, f"{points:,} points", "Other inputs may wake them.")


def one_answer(network: Network, points: Array) -> Certificate:
    """Every one of the points (N, inputs) gets the same answer."""
    answers = len(np.unique(network.classify(points)))
    caveat = "Other inputs may get another answer."
    return Certificate(answers == 1, {"answers": answers}, f"{len(points):,} points", caveat)


def points_wrong(network: Network, data: Dataset) -> Certificate:
    """Such a share of the points of the data is in the wrong class."""
    wrong = int((network.classify(data.points) != data.labels).sum())
    measured = {"points in the wrong class": wrong, "points": len(data.points)}
    return Certificate(wrong > 0, measured, "every point shown", "Other points may be right or wrong.")


def decides_by_flat_cuts(readout: Dense) -> Certificate:
    """The answer changes at flat cuts of the last representation: between two classes where their scores are equal."""
    directions = _directions(readout)
    measured = {"classes": class_scores(readout).outputs, "numbers": readout.inputs, "directions": directions}
    caveat = "Of the last representation; among the inputs the boundary is bent."
    return Certificate(directions > 0, measured, "every score is a weighted sum and a constant", caveat, "proved")


def boundaries_need_more(readout: Dense, drawn: int) -> Certificate:
    """The flat cuts at which the answer changes do not all stand upright on one picture of so many dimensions."""
    directions, caveat = _directions(readout), "A picture along other directions may show some of the cuts."
    return Certificate(directions > drawn, {"directions": directions}, "rank, in float64", caveat)


def answer_is_a_weighted_sum(readout: Dense) -> Certificate:
    """In a regression the answer is a weighted sum of the last numbers and a constant; it grows along the weights and
    is the same on what is at right angles to them."""
    measured = {"numbers": readout.inputs, "length of the weights": float(np.linalg.norm(readout.weight))}
    return Certificate(bool(readout.weight.any()), measured, "exact: the last step has no bend", "", "proved")


def typical_error(network: Network, data: Dataset) -> Certificate:
    """The network is off by so much on average over the targets of a regression, and their mean by so much."""
    error = float(np.abs(network(data.points)[:, 0] - data.labels).mean())
    mean = float(np.abs(data.labels - np.mean(data.labels)).mean())
    measured = {"mean absolute error": error, "of the mean": mean}
    return Certificate(True, measured, f"{len(data.points):,} points", "Other points may be farther off.")


def one_cut_separates(sample: Dataset, data: Dataset, network: Network, depth: int) -> Certificate | None:
    """One flat cut separates two classes of the data after `depth` hidden layers; decided on a sample."""
    width = network.widths[depth - 1] if depth else network.inputs
    if data.classes != 2 or len(sample.points) * width > MOST_DECIDED:
        return None
    return _where_it_applies(lambda: a_hyperplane_separates(sample, data, network, depth))


def answer_fills(network: Network, half: tuple[float, ...]) -> Certificate | None:
    """Every input in the box [-half, half] gets the same answer."""
    return _where_it_applies(lambda: one_answer_everywhere(network, half))


def layers_keep_apart(network: Network, points: Array) -> Certificate | None:
    """No layer puts two points in one place, and points (N, inputs) that differ can still be told apart at the end: a
    layer may be injective, and still crush them together."""
    if not network.hidden or max(network.inputs, *network.widths) > WIDEST or len(network.hidden) > DEEPEST:
        return None
    if _distinct(network.represent(points)) < _distinct(points):
        return None
    return _where_it_applies(lambda: layers_are_homeomorphisms(network))


def way_out_of_ring(network: Network, data: Dataset) -> tuple[Certificate | None, Certificate | None]:
    """Of a disk inside a ring: the region called "disk" runs out through the ring; a closed curve between disk and ring
    encloses it."""
    if network.inputs != 2 or not has_annulus(data) or max(network.widths) > WIDEST_RING:
        return None, None
    claims = tunnel_exists, disk_enclosed
    first, second = (_where_it_applies(partial(claim, network, data)) for claim in claims)
    return first, second


def _directions(readout: Dense) -> int:
    """The number of directions on which the differences between the scores of classes depend."""
    weight = class_scores(readout).weight
    rows = weight - weight[0]  # exactly 0 where rows are equal
    return int(np.linalg.matrix_rank(rows / (np.abs(rows).max() or 1.0)))


def _distinct(points: Array) -> int:
    largest = float(np.abs(points).max()) or 1.0
    return len(np.unique(np.round(points / largest, DIGITS), axis=0))


def _where_it_applies(certify: Callable[[], Certificate]) -> Certificate | None:
    try:
        return certify()
    except UntangleError:
        return None
