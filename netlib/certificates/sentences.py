"""Certificates of sentences that single films say, and the certificate of several sentences at once.

The docstring of each function is the sentence for which its certificate is the evidence.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial
from scipy.spatial.distance import pdist

from netlib.activations import Array, relu, sigmoid, tanh
from netlib.boundary import boundary_points
from netlib.certificates.certificate import Certificate, Measured, Method
from netlib.certificates.injectivity import nearest_float
from netlib.certificates.intervals import Region
from netlib.certificates.separation import BestLine
from netlib.datasets import Dataset
from netlib.errors import UntangleError
from netlib.layers import Dense, Layer
from netlib.motion.features import FeatureFit
from netlib.motion.moves import Move, padded
from netlib.network import Network
from netlib.training.recorded import RecordedTraining

BENT = 0.01  # how far from every straight line a curve must run, in units of space, to be called bent
CUT_ROOM = 1e-3  # around a cut in a line of inputs, where the answer is not looked at
EXACT = "exact (rational arithmetic)"


def all_hold(*certificates: Certificate) -> Certificate:
    """All of several sentences are true: False where one is false, else not decided where one is not decided."""
    verdicts = [each.holds for each in certificates]
    measured: Measured = {name: value for each in certificates for name, value in each.measured.items()}
    resolution = "; ".join(dict.fromkeys(each.resolution for each in certificates))
    caveat = " ".join(dict.fromkeys(each.caveat for each in certificates if each.caveat))
    holds = False if False in verdicts else (None if None in verdicts else True)
    decisive = [each for each in certificates if each.holds is holds]
    proved = [each.method == "proved" for each in decisive]
    method: Method = "proved" if (any(proved) if holds is False else all(proved)) else "sampled"
    return Certificate(holds, measured, resolution, caveat, method)


def best_line_is_not_enough(found: BestLine) -> Certificate:
    """No line (on a line: no cut) gets more of the points right than this one, and this one not all."""
    return replace(found.certificate, holds=found.accuracy < 1 if found.exact else None)


def sigmoid_is_half_of_tanh() -> Certificate:
    """sigmoid(z) = (1 + tanh(z / 2)) / 2 for every z.

    With u = e^(z/2), sigmoid is u^2 / (u^2 + 1) and tanh(z/2) is (u^2 - 1) / (u^2 + 1): the two sides are equal where
    two polynomials in u are. The functions that films use are compared, too.
    """
    above, below = Polynomial([0, 0, 1]), Polynomial([1, 0, 1])
    equal = bool(2 * above * below == ((below + Polynomial([-1, 0, 1])) * below).trim())
    z = np.linspace(-40, 40, 4001)
    apart = float(np.abs(sigmoid(z) - (1 + tanh(z / 2)) / 2).max())
    measured = {"greatest difference as computed": apart, "at points": len(z)}
    return Certificate(equal and apart < 1e-15, measured, "an identity of polynomials in e^(z/2)", method="proved")


def points_meet(layer: Layer, points: Array) -> Certificate:
    """The layer maps different points (N, d), no two of them alike, to one and the same."""
    before, after = pdist(points), float(np.abs(np.ptp(layer(points), axis=0)).max())
    least = float(before.min()) if len(before) else 0.0
    measured: Measured = {"points": len(points), "least distance before": least, "greatest difference after": after}
    return Certificate(least > 0 and after == 0, measured, f"{len(points)} points", "In float64.")


def below_zero_together(layer: Dense, inside: Array, outside: Array) -> Certificate:
    """Before its bend, all neurons of the layer are below 0 at every point (N, d) inside, and at none of those
    outside."""
    most, other = ((points @ layer.weight.T + layer.bias).max(axis=1) for points in (inside, outside))
    measured: Measured = {"greatest number inside": float(most.max()), "least greatest outside": float(other.min())}
    rounding = 1e-9 * max(1.0, float(np.abs(layer.weight).sum(axis=1).max()))
    holds = bool(most.max() < -rounding and other.min() > rounding)
    return Certificate(holds, measured, f"{len(inside) + len(outside)} points", "In float64.")


def order_is_kept(network: Network, data: Dataset) -> Certificate:
    """On a line: each layer keeps the order of all points, or reverses it."""
    widths = {network.inputs, *(layer.outputs for layer in network.hidden)}
    if widths != {1}:
        return Certificate(
            False, {"widths": str(network.widths)}, "exact", "It is a statement about width 1.", "proved"
        )
    verdicts = [layer.injective.holds for layer in network.hidden]
    order = np.argsort(data.points[:, 0])
    steps = np.diff(network.represent(data.points)[order, 0])
    measured = {
        "layers": len(verdicts),
        "points": len(order),
        "least step between neighbours": float(np.abs(steps).min()),
    }
    # a continuous function on a line is injective where it rises or falls everywhere, and nowhere else
    holds = False if False in verdicts else (None if None in verdicts else True)
    resolution = "each layer is injective or not, exactly: on a line that keeps or reverses the order"
    return Certificate(holds, measured, resolution, "Float64 may round points together.", "proved")


def every_point_gets(network: Network, data: Dataset, label: int) -> Certificate:
    """The network puts every point of the data in the class `label`."""
    count = int((network.classify(data.points) == label).sum())
    measured = {"points in that class": count, "points": len(data.points)}
    return Certificate(count == len(data.points), measured, "every point", "Other points may be in another class.")


def cuts_in_a_line(network: Network, cuts: int, half: float = 3.0) -> Certificate:
    """On the line of inputs the answer changes at so many places within [-half, half]."""
    places = boundary_points(network, half)
    measured = {"cuts": len(places), **{f"cut {k}": float(place) for k, place in enumerate(places, 1)}}
    ends = np.array([-half, *np.repeat(places, 2), half]).reshape(-1, 2) + CUT_ROOM * np.array([1, -1])
    ends[0, 0], ends[-1, 1] = -half, half
    labels = network.classify(ends.mean(axis=1, keepdims=True))
    pieces = zip(labels, ends[:, :1, None], ends[:, 1:, None], strict=True)
    proved = [Region(network, int(label)).contains(start, end) for label, start, end in pieces]
    alternate = all(before != after for before, after in pairwise(labels))
    holds = (True if all(proved) and alternate else None) if len(places) == cuts else False
    caveat = f"Nearer than {CUT_ROOM:g} to a cut, and beyond {half:g}, nothing was computed."
    return Certificate(holds, measured, "between the cuts proved by intervals", caveat)


def creases_on_a_line(network: Network, creases: int, half: float) -> Certificate:
    """The output over a line of inputs is straight but for so many creases, all within [-half, half]. A unit of the one
    ReLU layer makes one, unless others at the same place cancel it."""
    layer, readout = _one_relu_layer(network, inputs=1)
    places = sorted(-offset for (_, offset), _ in _creases(layer, readout))
    measured = {"creases": len(places), **{f"crease {k}": nearest_float(place) for k, place in enumerate(places, 1)}}
    holds = len(places) == creases and all(abs(place) <= Fraction(half) for place in places)
    return Certificate(holds, measured, EXACT, method="proved")


def sides_of_boundary(network: Network, sides: int, each: int | None = None) -> Certificate:
    """In the plane of inputs the boundary of a network with one ReLU layer has so many corners: where it crosses the
    lines on which a unit turns on, unless others on the same line cancel it. each: how many lie on each line, if given.
    """
    layer, readout = _one_relu_layer(network, inputs=2)
    weight, bias, heights = (_rational(each) for each in (layer.weight, layer.bias, readout.weight[0]))
    corners = list[int | None]()
    for (*direction, offset), _ in _creases(layer, readout):
        # along a crease the output is a function of one number t, straight between the other creases
        normal = np.array(direction)
        start = weight @ (-offset / (normal @ normal) * normal) + bias
        corners.append(_zeros(start, weight @ np.array([-normal[1], normal[0]]), heights, _rational(readout.bias)[0]))
    measured = {f"corners on crease {k}": "?" if found is None else found for k, found in enumerate(corners, 1)}
    alike = each is None or set(corners) == {each}
    holds = None if None in corners else alike and sum(found or 0 for found in corners) == sides
    caveat = "It counts corners; that they lie on one closed curve is another sentence."
    resolution = (
        "not decided: the boundary runs through a crossing of creases, or along one" if holds is None else EXACT
    )
    return Certificate(holds, measured, resolution, caveat, "proved")


def follows_more_than_the_class(fit: FeatureFit, feature: Callable[[Array], Array], data: Dataset) -> Certificate:
    """After the best scale and shift a learned feature follows one made by hand on the data with R^2 over 0.9, and more
    closely than a step does that only knows the class of each point."""
    found, step = fit.certificate(False), step_fit(feature, data)
    holds = fit.inside > max(0.9, step)
    return replace(found, holds=holds, measured={**found.measured, "R^2 of a step from class to class": step})


def close_on_a_cut(
    fit: FeatureFit, feature: Callable[[Array], Array], start: Array, end: Array, samples: int = 2001
) -> Certificate:
    """On the straight way between two inputs (d,) a learned feature, after the best scale and shift, differs from one
    made by hand by less than a quarter of the way that this one rises there."""
    points = start + np.linspace(0, 1, samples)[:, None] * (end - start)
    by_hand = feature(points)
    apart, rise = float(np.abs(fit(points) - by_hand).max()), float(np.ptp(by_hand))
    measured: Measured = {"largest difference": apart, "rise of the feature": rise}
    return Certificate(apart < rise / 4, measured, f"{samples} points of the cut", "It is a statement about this cut.")


def one_number_falls(network: Network, data: Dataset) -> Certificate:
    """Of the numbers that the last hidden layer gives, each counted in the direction in which the readout does, the
    least is higher at every point of class 1 than at any of class 0: in the number that lies farthest from it, every
    point of class 1 is nearer to the corner of the cube where the readout is highest than any of class 0."""
    least = (network.represent(data.points) * np.sign(network.readout.weight[0])).min(axis=1)
    inside, outside = float(least[data.labels == 1].min()), float(least[data.labels == 0].max())
    measured: Measured = {"least number of class 1": inside, "highest least number of class 0": outside}
    return Certificate(inside > outside, measured, "every point", "It is a statement about these points.")


def step_fit(feature: Callable[[Array], Array], data: Dataset) -> float:
    """Return R^2 on the data of the best step that has one value for each class, for a feature made by hand."""
    target = feature(data.points)
    means = np.array([target[data.labels == k].mean() for k in range(data.classes)])
    return 1 - float(np.square(target - means[data.labels]).sum() / np.square(target - target.mean()).sum())


def loss_falls(recording: RecordedTraining) -> Certificate:
    """The loss at the last recorded moment of a training is less than half of that at the first."""
    first, last = (float(recording.losses[k]) for k in (0, -1))
    measured = {"moments": recording.moments, "first loss": first, "last loss": last}
    return Certificate(last < first / 2, measured, "recorded moments", "In between it may rise for a while.")


def pulls(network: Network, points: Array, labels: Array, sharpness: float) -> Array:
    """Return minus the gradient (N, d) of the logistic loss on the geometric margin, by where the last hidden layer has
    each input (N, inputs) of one of two classes (N,): it points to the point's own side of the readout's line."""
    size = float(np.linalg.norm(network.readout.weight[0]))
    side = 2 * np.asarray(labels) - 1
    slope = sharpness / 2 * (1 - np.tanh(sharpness / 2 * side * network(points)[:, 0] / size))
    return np.asarray((side * slope)[:, None] * network.readout.weight[0] / size)


def loss_pulls_to_own_side(network: Network, data: Dataset, sharpness: float) -> Certificate:
    """The loss falls where any point moves, in the last hidden layer, straight to its own side of the line; and where
    one on the wrong side does so, it falls faster than for any that is right."""
    weight, side = network.readout.weight[0], 2 * data.labels - 1
    along = side * (pulls(network, data.points, data.labels, sharpness) @ weight)
    right = network.classify(data.points) == data.labels
    measured: Measured = {
        "least": float(along.min()),
        "least of a wrong point": float(along[~right].min(initial=np.inf)),
        "largest of a right point": float(along[right].max(initial=0.0)),
    }
    holds = min(along) > 0 and along[~right].min(initial=np.inf) >= along[right].max(initial=0.0)
    return Certificate(bool(holds), measured, "every point", "Training moves the weights; points follow.")


def training_widens_gap(recording: RecordedTraining, data: Dataset, moment: int) -> Certificate:
    """From a recorded moment of a training on, every point is right; at the last one the loss is lower, and the line's
    distance from the point nearest to it at least twice as large."""
    gaps = [line_gap(recording.at(k), data) for k in range(moment, recording.moments)]
    losses = [float(recording.losses[k]) for k in (moment, -1)]
    measured: Measured = {"first gap": gaps[0], "last gap": gaps[-1], "first loss": losses[0], "last loss": losses[1]}
    holds = min(gaps) > 0 and gaps[-1] > 2 * gaps[0] and losses[1] < losses[0]
    return Certificate(holds, measured, "recorded moments", "In between both may go the other way for a while.")


def line_gap(network: Network, data: Dataset) -> float:
    """Return the distance of the readout's line from the nearest of the data's points of two classes, in the last
    hidden layer; less than 0 where a point is on the wrong side of it: by how much."""
    heights = network(data.points)[:, 0] / float(np.linalg.norm(network.readout.weight[0]))
    return float(np.where(data.labels == 1, heights, -heights).min())


def is_bent(curve: Array) -> Certificate:
    """No straight line comes nearer than BENT to all points (N, 2) of a curve."""
    centred = curve - curve.mean(axis=0)
    across = np.linalg.svd(centred, full_matrices=False)[2][1]
    # no line has a smaller mean square distance, so the largest distance from any line is no smaller than its root
    off = float(np.sqrt(np.mean(np.square(centred @ across))))
    measured = {"off any straight line, root mean square": off}
    return Certificate(off > BENT, measured, f"{len(curve)} points", "A line may come near to parts of the curve.")


def arrows_become_columns(layer: Dense, moves: Sequence[Move]) -> Certificate:
    """After some moves, that to W x, the arrow to 1 on each axis of the inputs ends at a column of W."""
    arrows = np.eye(layer.inputs)
    for move in moves:
        arrows = move.at(arrows, 1.0)
    off = float(np.abs(padded(arrows, layer.outputs, layer.outputs) - layer.weight.T).max())
    measured: Measured = {"arrows": layer.inputs, "largest distance from a column": off}
    holds = off <= 1e-12 * float(np.abs(layer.weight).max())
    return Certificate(holds, measured, "in float64", "On the way there the arrows are not columns of W.")


def turns_without_mirror(layer: Dense) -> Certificate:
    """W is a stretch and a turn, without a mirror image: its determinant is positive."""
    (a, b), (c, d) = _rational(layer.weight)
    determinant = a * d - b * c
    return Certificate(determinant > 0, {"det W": nearest_float(determinant)}, EXACT, method="proved")


def _one_relu_layer(network: Network, inputs: int) -> tuple[Dense, Dense]:
    layers = network.dense
    if len(layers) != 2 or network.inputs != inputs or layers[0].activation is not relu or layers[1].outputs != 1:
        raise UntangleError(f"creases are counted for one ReLU layer on {inputs} inputs and one output")
    return layers[0], layers[1]


def _creases(layer: Dense, readout: Dense) -> list[tuple[tuple[Fraction, ...], Fraction]]:
    """The places normal . x + offset = 0 at which the output of one ReLU layer is bent: normal, whose first number that
    is not 0 is 1, with the offset; and by how much the slope across it changes there. All are exact."""
    changes = dict[tuple[Fraction, ...], Fraction]()
    rows = _rational(np.column_stack([layer.weight, layer.bias]))
    for row, height in zip(rows, _rational(readout.weight[0]), strict=True):
        size = next((entry for entry in row[:-1] if entry), None)
        if size is not None:  # a unit without a slope bends nothing
            place = tuple(row / size)
            changes[place] = changes.get(place, Fraction(0)) + abs(size) * height
    return [(place, change) for place, change in changes.items() if change]


def _rational(values: Array) -> Any:
    """The same array with exact fractions as its entries."""
    return np.array([Fraction(value) for value in np.ravel(values).tolist()], dtype=object).reshape(np.shape(values))


def _zeros(start: Any, slope: Any, heights: Any, level: Any) -> int | None:
    """The number of t at which level + heights . max(start + t slope, 0) is zero, in rational numbers; None where it is
    zero at a break of this function, or on a piece of it."""
    breaks = sorted({-s / d for s, d in zip(start, slope, strict=True) if d}) or [Fraction(0)]
    times = [breaks[0] - 1, *breaks, breaks[-1] + 1]
    first, *inner, last = [level + heights @ np.maximum(start + t * slope, 0) for t in times]
    if 0 in inner:
        return None
    between = sum((a > 0) != (b > 0) for a, b in pairwise(inner))
    return int(between + _outside(inner[0], first) + _outside(inner[-1], last))


def _outside(value: Any, farther: Any) -> bool:
    """Whether a straight line has a zero beyond a point where it has a value, on the side of a farther point."""
    return bool(value * (farther - value) < 0)
