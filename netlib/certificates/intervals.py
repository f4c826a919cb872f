"""Enclosures: regions that surely contain the curved images of straight segments, by interval arithmetic.

The image of a segment under a network is a curve, and samples of a curve prove nothing about what lies between
them. Here the velocity of the curve is enclosed layer by layer, so that a decision about the whole curve (does it
avoid a point? does it stay on one side?) can be proved; where the enclosure is too wide the segment is halved.
The mean value form is that of Moore, Kearfott, Cloud, "Introduction to Interval Analysis", SIAM 2009, section 6.3.

Rounding is bounded along with the rest, layer by layer (Higham, "Accuracy and Stability of Numerical Algorithms", 2002,
section 3.1). Caveat: it is taken for granted that numpy's elementary functions are right to 4 units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from netlib.activations import Activation, Array
from netlib.errors import UntangleError
from netlib.motion.moves import Move, padded
from netlib.network import Layer, Network

# Segments shorter than this are halved no further.
SHORTEST = 1e-12
# Twice the rounding of one operation on float64; and of an elementary function.
UNIT, FUNCTION = 2.0**-52, 4 * 2.0**-52


@dataclass(frozen=True, eq=False)
class Arcs:
    """Curves c(t), t in [0, 1], one a row: c(t) lies in middle + (t - 1/2) [velocity - spread, velocity + spread].

    start, end: (N, d), both ends as the network maps them. middle, velocity, spread: (N, d). rounding: (N, d), how far
    start, end and middle may each be from the exact values.
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
        """Half the size (N, d) of the box around the middle that holds each curve, exact or rounded."""
        return (np.abs(self.velocity) + self.spread) / 2 + self.rounding

    def padded(self, inputs: int, ambient: int) -> Arcs:
        return self._mapped(lambda a: padded(a, inputs, ambient))

    def affine(self, weight: Array, bias: Array) -> Arcs:
        """Return the images under x -> W x + b."""
        sizes, unit = np.abs(weight).T, (weight.shape[1] + 2) * UNIT
        return Arcs(
            self.start @ weight.T + bias,
            self.end @ weight.T + bias,
            self.middle @ weight.T + bias,
            self.velocity @ weight.T,
            (self.spread + unit * np.abs(self.velocity)) @ sizes,
            (self.rounding + unit * (np.abs(self.middle) + self.reach)) @ sizes + unit * np.abs(bias),
        )

    def bent(self, activation: Activation) -> Arcs:
        """Return the images under the activation, applied to every coordinate."""
        lowest, highest = slope_range(activation, self.middle - self.reach, self.middle + self.reach)
        mean, half = (highest + lowest) / 2, (highest - lowest) / 2
        steepest, start, end = np.maximum(highest, -lowest), activation(self.start), activation(self.end)
        return Arcs(
            start,
            end,
            activation(self.middle),
            mean * self.velocity,
            (half + FUNCTION * steepest) * np.abs(self.velocity) + steepest * self.spread,
            steepest * self.rounding + FUNCTION * np.maximum(np.abs(start), np.abs(end)),
        )

    def through(self, layer: Layer) -> Arcs:
        """Return the images under a layer."""
        return self.affine(layer.weight, layer.bias).bent(layer.activation)

    def moved(self, move: Move, layer: Layer) -> Arcs:
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


def slope_range(activation: Activation, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the least and the greatest slope of the activation over each interval [low, high].

    Raises UntangleError where the activation does not say what its slope is.
    """
    if activation.slope is None:
        raise UntangleError(
            f"{activation}: its slope is not known, so nothing can be certified. Give Activation a slope"
        )
    left, right = activation.slope(low), activation.slope(high)
    peak = np.where((low <= 0) & (high >= 0), activation.slope(np.zeros_like(low)), left)
    return np.minimum(left, right), np.maximum(np.maximum(left, right), peak)


def through(network: Network, arcs: Arcs, depth: int | None = None) -> Arcs:
    """Return the images of arcs after the first `depth` hidden layers (all by default)."""
    for layer in network.hidden[:depth]:
        arcs = arcs.through(layer)
    return arcs


def halved(start: Array, end: Array) -> tuple[Array, Array]:
    """Return both halves of every segment: start, end (N, d) -> two arrays (2 N, d), halves next to each other."""
    middle = (start + end) / 2
    starts = np.stack([start, middle], axis=1).reshape(-1, start.shape[1])
    ends = np.stack([middle, end], axis=1).reshape(-1, start.shape[1])
    return starts, ends


def closed(points: Array) -> tuple[Array, Array]:
    """Return starts and ends (M, d) of the sides of a closed polygon with corners points (M, d)."""
    return points, np.roll(points, -1, axis=0)
