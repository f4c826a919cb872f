"""Interval arithmetic: statements about whole curves, boxes and decision regions that are proved, not sampled.

The image of a segment under a network is a curve, and samples of a curve prove nothing about the points between them.
Here bounds on the velocity of the curve are computed layer by layer. They prove statements about the whole curve (it
avoids a point, it stays on one side of a line); where the bounds are too wide, the segment is halved.
The mean value form is that of Moore, Kearfott, Cloud, "Introduction to Interval Analysis", SIAM 2009, section 6.3.

Rounding is bounded in the same way (Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1).
Caveat: numpy's elementary functions are assumed to be right to 4 units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Activation, Array
from netlib.certificates.boxes import FUNCTION, TINY, UNIT, bent_image, box_image, slope_range, where_finite
from netlib.layers import Dense, Layer, LayerNorm, Normalize, PReLU, Residual, dense
from netlib.motion.moves import Move, padded
from netlib.network import Network

Mask = NDArray[np.bool_]

# Segments shorter than this are not halved.
SHORTEST = 1e-12
# A search for a proof ends, undecided, after so many pieces of a curve or of a box.
MOST_ARCS, MOST_BOXES = 200_000, 20_000
# Wide layers are computed for so many numbers at a time, to bound the memory (8 MB).
MOST_NUMBERS = 1_000_000


@dataclass(frozen=True, eq=False)
class Arcs:
    """Curves c(t), t in [0, 1], one a row: c(t) lies in middle + (t - 1/2) [velocity - spread, velocity + spread].

    start, end: (N, d), both ends as the network maps them. middle, velocity, spread: (N, d). rounding: (N, d), the
    largest distance of start, end and middle from their exact values.
    """

    start: Array
    end: Array
    middle: Array
    velocity: Array
    spread: Array
    rounding: Array

    @classmethod
    def straight(cls, start: Array, end: Array) -> Arcs:
        """Return the straight segments from start (N, d) to end (N, d)."""
        velocity = end - start
        rounding = UNIT * np.maximum(np.abs(start), np.abs(end))
        return cls(start, end, (start + end) / 2, velocity, 2 * rounding, rounding)

    @classmethod
    def circular(cls, centre: Array, radius: float, start: Array, end: Array) -> Arcs:
        """Return the arcs of a circle in the plane between angles start and end, (N, 1) in radians."""
        first, last, middle = (
            centre + radius * np.hstack([np.cos(a), np.sin(a)]) for a in (start, end, (start + end) / 2)
        )
        outwards, turn = (middle - centre), end - start
        velocity = turn * np.column_stack([-outwards[:, 1], outwards[:, 0]])
        rounding = FUNCTION * (np.abs(centre) + radius * (1 + np.abs(end))) + np.zeros_like(velocity)
        # the tangent turns by half the angle to each side of the middle
        return cls(first, last, middle, velocity, radius * turn**2 / 2 + rounding, rounding)

    @property
    def reach(self) -> Array:
        """Half the size (N, d) of a box around the middle that contains the curve, exact or rounded."""
        return (np.abs(self.velocity) + self.spread) / 2 + self.rounding

    def padded(self, inputs: int, ambient: int) -> Arcs:
        """Return the curves in the space of a move: the first `inputs` columns, then zeros up to `ambient` columns."""
        return self._mapped(lambda a: padded(a, inputs, ambient))

    def affine(self, weight: Array, bias: Array) -> Arcs:
        """Return the images under x -> W x + b."""
        sizes, unit = np.abs(weight).T, (weight.shape[1] + 2) * UNIT
        start, end, middle = (points @ weight.T + bias for points in (self.start, self.end, self.middle))
        rounding = (self.rounding + unit * (np.abs(self.middle) + self.reach)) @ sizes + unit * np.abs(bias) + TINY
        return Arcs(
            start,
            end,
            middle,
            self.velocity @ weight.T,
            (self.spread + unit * np.abs(self.velocity)) @ sizes + TINY,
            where_finite(rounding, start, end, middle),
        )

    def bent(self, activation: Activation) -> Arcs:
        """Return the images under the activation, applied to every coordinate."""
        lowest, highest = slope_range(activation, self.middle - self.reach, self.middle + self.reach)
        # a slope or a value that underflows is not zero
        mean, half = (highest + lowest) / 2, (highest - lowest) / 2 + TINY
        steepest = np.maximum(highest, -lowest) + TINY
        start, end, middle = activation(self.start), activation(self.end), activation(self.middle)
        largest = np.maximum(np.maximum(np.abs(start), np.abs(end)), np.abs(middle))
        return Arcs(
            start,
            end,
            middle,
            mean * self.velocity,
            (half + FUNCTION * steepest) * np.abs(self.velocity) + steepest * self.spread + TINY,
            steepest * self.rounding + FUNCTION * largest + activation.error + TINY,
        )

    def through(self, layer: Dense) -> Arcs:
        """Return the images under a layer."""
        return self.affine(layer.weight, layer.bias).bent(layer.activation)

    def moved(self, move: Move, layer: Dense) -> Arcs:
        """Return the images at the end of a move of `layer`, in the move's ambient space."""
        arcs = self.padded(move.inputs, move.ambient)
        matrix = move.matrix(1.0)
        if matrix is not None:
            offset = move.at(np.zeros((1, move.inputs)), 1.0)[0]
            return arcs.affine(matrix, offset)
        bent = arcs._mapped(lambda a: a[:, : layer.outputs]).bent(layer.activation)
        return bent.padded(layer.outputs, move.ambient)

    def _mapped(self, function: Callable[[Array], Array]) -> Arcs:
        return replace(self, **{name: function(getattr(self, name)) for name in vars(self)})


def through(network: Network, arcs: Arcs, depth: int | None = None) -> Arcs:
    """Return the images of arcs after the first `depth` hidden layers (all by default)."""
    for k, layer in enumerate(network.hidden[:depth]):
        arcs = arcs.through(dense(layer, k))
    return arcs


def images(network: Network, points: Array, depth: int | None = None) -> tuple[Array, Array]:
    """Return boxes, middle and reach (N, d) each, that contain the exact images of points (N, inputs) after the first
    `depth` hidden layers (all by default). Where the reach is 0, the middle is the exact image."""
    points = np.asarray(points, dtype=np.float64)
    boxes = points, np.zeros_like(points)
    for k, layer in enumerate(network.hidden[:depth]):
        boxes = layer_image(layer, *boxes, index=k)
    return boxes


def layer_image(layer: Layer, middle: Array, reach: Array, index: int = 0) -> tuple[Array, Array]:
    """Return middle and reach (N, out) of boxes that contain the images of boxes (N, in) under a layer of any kind that
    is known here; raise UntangleError for others. index: of the layer, for the message."""
    if isinstance(layer, Residual):
        inner, off = middle, reach
        for each in layer.branch:
            inner, off = layer_image(each, inner, off, index)
        for each in layer.shortcut:
            middle, reach = layer_image(each, middle, reach, index)
        size, scale = abs(layer.scale), layer.scale
        off = reach + size * off + 4 * UNIT * (np.abs(middle) + reach + size * (np.abs(inner) + off)) + TINY
        return bent_image(layer.activation, middle + scale * inner, off)
    if isinstance(layer, LayerNorm):
        rounding, shape = (layer.inputs + 4) * UNIT, middle.shape
        middle, reach = (each.reshape(-1, layer.inputs // layer.groups) for each in (middle, reach))
        centred, off = middle, reach
        if layer.centred:
            off = reach + reach.mean(axis=1, keepdims=True)
            off = off + rounding * (np.abs(middle) + reach).max(axis=1, keepdims=True) + TINY
            centred = middle - middle.mean(axis=1, keepdims=True)
        squares = [np.square(np.maximum(np.abs(centred) - off, 0)), np.square(np.abs(centred) + off)]
        spreads = [np.sqrt(each.mean(axis=1, keepdims=True) + layer.epsilon) for each in squares]
        least, most = spreads[0] * (1 - rounding), spreads[1] * (1 + rounding) + TINY
        ends = np.stack([each / spread for each in (centred - off, centred + off) for spread in (least, most)])
        low, high = ends.min(axis=0), ends.max(axis=0)
        reach = (high - low) / 2 + 4 * UNIT * np.maximum(np.abs(low), np.abs(high)) + TINY
        reach = where_finite(reach, low, high, np.broadcast_to(most, low.shape))
        low, high, reach = (each.reshape(shape) for each in (low, high, reach))
        return box_image(Normalize(layer.gain, layer.shift, layer.activation).dense, (low + high) / 2, reach)
    if isinstance(layer, PReLU):  # it is monotone on both sides of 0
        ends = np.stack([layer(middle - reach), layer(middle + reach)])
        crosses = np.abs(middle) <= reach
        low, high = (end(ends, axis=0) for end in (np.min, np.max))
        low, high = np.where(crosses, np.minimum(low, 0), low), np.where(crosses, np.maximum(high, 0), high)
        reach = (high - low) / 2 + 4 * UNIT * np.maximum(np.abs(low), np.abs(high)) + TINY
        return (low + high) / 2, where_finite(reach, low, high)
    return box_image(dense(layer, index), middle, reach)


def halved(start: Array, end: Array) -> tuple[Array, Array]:
    """Return both halves of every segment: start, end (N, d) -> two arrays (2 N, d), halves next to each other."""
    middle = (start + end) / 2
    starts = np.stack([start, middle], axis=1).reshape(-1, start.shape[1])
    ends = np.stack([middle, end], axis=1).reshape(-1, start.shape[1])
    return starts, ends


def closed(points: Array) -> tuple[Array, Array]:
    """Return starts and ends (M, d) of the sides of a closed polygon with corners points (M, d)."""
    return points, np.roll(points, -1, axis=0)


Curve = Callable[[Array, Array], Arcs]


@dataclass(frozen=True, eq=False)
class Region:
    """The input points that `network` calls `label`."""

    network: Network
    label: int = 1

    @cached_property
    def rivals(self) -> Dense:
        """The affine map from the last representation to (label's output - another's), one row for each other class: a
        point belongs to the region where all of them are positive."""
        weight, bias = self.network.readout.weight, self.network.readout.bias
        if len(weight) == 1:
            sign = 1.0 if self.label == 1 else -1.0
            return Dense(sign * weight, sign * bias)
        others = [k for k in range(len(weight)) if k != self.label]
        return Dense(weight[self.label] - weight[others], bias[self.label] - bias[others])

    def margin(self, points: Array) -> Array:
        """Return a number (N,) for each point (N, d): positive inside the region, negative outside."""
        return in_pieces(self.network, lambda some: self.rivals(self.network.represent(some)).min(axis=1), points)

    def sides(self, arcs: Arcs) -> tuple[Mask, Mask]:
        """Return for every arc whether all of it is proved to be inside, and whether all of it is proved to be outside:
        two masks (N,). Neither is true where the bounds are too wide to tell."""
        arcs = through(self.network, arcs).affine(self.rivals.weight, self.rivals.bias)
        return _signs(arcs.middle, arcs.reach)

    def contains(self, start: Array, end: Array) -> bool | None:
        """Return True where the segments from start (N, d) to end (N, d) are proved to be inside the region, False
        where a part of one is proved to be outside, None where neither is proved with MOST_ARCS pieces."""
        return self._decided(start, end, Arcs.straight, inside=True)

    def avoids(self, start: Array, end: Array, curve: Curve = Arcs.straight) -> bool | None:
        """Return True where curves are proved to be outside the region, False where a part of one is proved to be
        inside, None where neither is proved with MOST_ARCS pieces.

        curve(start, end) makes the arcs: straight ones between points (N, d), or others between parameters (N, k).
        """
        return self._decided(start, end, curve, inside=False)

    def _decided(self, start: Array, end: Array, curve: Curve, inside: bool) -> bool | None:
        pieces = 0
        while len(start):
            sure, opposite = self.sides(curve(start, end))[:: 1 if inside else -1]
            if opposite.any():
                return False
            start, end = start[~sure], end[~sure]
            pieces += 2 * len(start)
            # halves of the shortest segments could not be told from points
            if pieces > MOST_ARCS or (len(start) and np.abs(end - start).max(axis=1).min() < SHORTEST):
                return None
            start, end = halved(start, end)
        return True

    def contains_box(self, half: tuple[float, ...]) -> bool | None:
        """Return True where every point of the box [-half, half] is proved to be in the region, False where a point of
        it is not, None where neither is found with MOST_BOXES pieces."""
        middle, reach, pieces = np.zeros((1, len(half))), np.array([half]), 0
        while len(middle):
            if self._sides_of_boxes(middle, np.zeros_like(middle))[1].any():
                return False
            sure = self._sides_of_boxes(middle, reach)[0]
            middle, reach = middle[~sure], reach[~sure]
            pieces += 2 * len(middle)
            if pieces > MOST_BOXES:
                return None
            middle, reach = _halved_boxes(middle, reach)
        return True

    def _sides_of_boxes(self, middle: Array, reach: Array) -> tuple[Mask, Mask]:
        """As `sides`, for boxes [middle - reach, middle + reach], both (N, d)."""
        for k, layer in enumerate((*self.network.hidden, self.rivals)):
            middle, reach = layer_image(layer, middle, reach, k)
        return _signs(middle, reach)


def _signs(middle: Array, reach: Array) -> tuple[Mask, Mask]:
    """Of boxes (N, k) of margins against k rivals: where all of them are surely positive, and where one is negative. Of
    numbers that are too large for float64 nothing is known."""
    finite = np.isfinite(middle) & np.isfinite(reach)
    inside, outside = finite & (middle > reach), finite & (middle < -reach)
    return np.asarray(inside.all(axis=1)), np.asarray(outside.any(axis=1))


def in_pieces(network: Network, function: Callable[[Array], Array], points: Array) -> Array:
    """Return function(points), an array (N,), computed for some of the points (N, d) at a time: the representations of
    many points in wide layers would fill the memory."""
    pieces = -(-len(points) * max(network.widths) // MOST_NUMBERS)
    return np.concatenate([function(some) for some in np.array_split(points, max(pieces, 1))])


def _halved_boxes(middle: Array, reach: Array) -> tuple[Array, Array]:
    """Both halves of every box, cut across its longest side."""
    rows, longest = np.arange(len(reach)), reach.argmax(axis=1)
    half = reach.copy()
    half[rows, longest] /= 2
    step = np.zeros_like(half)
    step[rows, longest] = half[rows, longest]
    return np.vstack([middle - step, middle + step]), np.vstack([half, half])
