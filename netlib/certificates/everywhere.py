"""Everywhere: whether a network calls a whole box of inputs by one class, proved by interval arithmetic, in pieces.

Each piece is a middle and a reach to both sides, carried through the layers with its rounding, as in enclosure.py.
"""

from __future__ import annotations

import numpy as np

from netlib.activations import Array
from netlib.certificates.intervals import FUNCTION, UNIT
from netlib.certificates.region import Region
from netlib.network import Layer

MOST_PIECES = 20_000


def fills(region: Region, half: tuple[float, ...]) -> bool | None:
    """Return whether every point of the box [-half, half] belongs to the region: True where that is proved, False where
    a point was found that does not, None where neither comes out within MOST_PIECES pieces."""
    middle, reach, pieces = np.zeros((1, len(half))), np.array([half]), 0
    while len(middle):
        if (region.margin(middle) < 0).any():
            return False
        low = _least(region, middle, reach)
        middle, reach = middle[low <= 0], reach[low <= 0]
        pieces += 2 * len(middle)
        if pieces > MOST_PIECES:
            return None
        middle, reach = _halved(middle, reach)
    return True


def _least(region: Region, middle: Array, reach: Array) -> Array:
    """A bound (N,) from below of the region's margin on each piece."""
    for layer in (*region.network.hidden, region.rivals):
        middle, reach = _through(layer, middle, reach)
    return np.asarray((middle - reach).min(axis=1))


def _through(layer: Layer, middle: Array, reach: Array) -> tuple[Array, Array]:
    """Middle and reach of what holds the images of the pieces: activations are non-decreasing."""
    sizes, unit = np.abs(layer.weight).T, (layer.inputs + 2) * UNIT
    furthest = np.abs(middle) + reach
    spread = (1 + unit) * (reach @ sizes) + unit * (furthest @ sizes + np.abs(layer.bias))
    carried = middle @ layer.weight.T + layer.bias
    low, high = layer.activation(carried - spread), layer.activation(carried + spread)
    rounding = 2 * FUNCTION * np.maximum(np.abs(low), np.abs(high))
    return (low + high) / 2, (high - low) / 2 + rounding


def _halved(middle: Array, reach: Array) -> tuple[Array, Array]:
    """Both halves of every piece, cut across its longest side."""
    rows, longest = np.arange(len(reach)), reach.argmax(axis=1)
    half = reach.copy()
    half[rows, longest] /= 2
    step = np.zeros_like(half)
    step[rows, longest] = half[rows, longest]
    return np.vstack([middle - step, middle + step]), np.vstack([half, half])
