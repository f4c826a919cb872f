"""Boxes: the images of boxes under bent affine maps, and the slopes of activations over intervals, with every rounding.

Rounding is bounded as by N. Higham, "Accuracy and Stability of Numerical Algorithms", 2002, section 3.1.
Caveat: numpy's elementary functions are assumed to be right to 4 units in the last place.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np

from netlib.activations import Activation, Array
from netlib.errors import UntangleError

# Twice the rounding of one operation on float64; and of an elementary function.
UNIT, FUNCTION = 2.0**-52, 4 * 2.0**-52
# What underflow may hide.
TINY = 1e-300


class BentAffine(Protocol):
    """x -> activation(W x + b). weight: W (out, in). bias: b (out,)."""

    @property
    def weight(self) -> Array: ...

    @property
    def bias(self) -> Array: ...

    @property
    def activation(self) -> Activation: ...


def slope_range(activation: Activation, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the least and the greatest slope of the activation over each interval [low, high], arrays of one shape.

    Raises UntangleError where the activation has no slope.
    """
    if activation.slope is None:
        raise UntangleError(f"{activation}: its slope is not known, so nothing can be proved. Give Activation a slope")
    return _range(activation.slope, activation.bends, low, high)


def image_range(activation: Activation, low: Array, high: Array) -> tuple[Array, Array]:
    """Return the least and the greatest value of the activation over each interval [low, high], arrays of one shape, up
    to rounding."""
    return _range(activation, activation.turns, low, high)


def _range(
    function: Callable[[Array], Array], between: tuple[float, ...], low: Array, high: Array
) -> tuple[Array, Array]:
    """The least and the greatest value over intervals of a function that is monotone between some places; NaN where an
    end is, of numbers too large for float64."""
    left, right = function(low), function(high)
    known = ~(np.isnan(low) | np.isnan(high))
    least, most = (np.where(known, each, np.nan) for each in (np.minimum(left, right), np.maximum(left, right)))
    for place in between:
        value, inside = function(np.full(1, place)), (low <= place) & (high >= place)
        least = np.where(inside, np.minimum(least, value), least)
        most = np.where(inside, np.maximum(most, value), most)
    return least, most


def box_image(layer: BentAffine, middle: Array, reach: Array) -> tuple[Array, Array]:
    """Return middle and reach (N, out) of boxes that contain the images of boxes (N, in) under a layer."""
    sizes, unit = np.abs(layer.weight).T, (layer.weight.shape[1] + 2) * UNIT
    furthest, image = np.abs(middle) + reach, middle @ layer.weight.T + layer.bias
    spread = (1 + unit) * (reach @ sizes) + unit * (furthest @ sizes + np.abs(layer.bias)) + TINY
    return bent_image(layer.activation, image, where_finite(spread, image))


def where_finite(reach: Array, *images: Array) -> Array:
    """Return the reach (N, d) of images (N, d), and infinity where one is not finite: a sum that overflows on its way
    may have any value, a negative one too."""
    return np.where(np.logical_and.reduce([np.isfinite(image) for image in images]), reach, np.inf)


def bent_image(activation: Activation, middle: Array, reach: Array) -> tuple[Array, Array]:
    """Return middle and reach of boxes that contain the images of boxes, all (N, d), under an activation."""
    low, high = image_range(activation, middle - reach, middle + reach)
    rounding = 2 * FUNCTION * np.maximum(np.abs(low), np.abs(high)) + activation.error
    # a ReLU that is off gives exactly 0; what is flat nowhere gives 0 only by underflow
    return (low + high) / 2, (high - low) / 2 + rounding + (0.0 if activation.flat else TINY)
