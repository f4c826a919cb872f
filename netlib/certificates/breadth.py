"""How broad a region is across a way through it, by looking from the way to both sides."""

from __future__ import annotations

import numpy as np

from netlib.activations import Array
from netlib.certificates.region import Region

# A chord crosses a tunnel at an angle of up to about 30 degrees, so it may be this much longer than the tunnel is wide.
OBLIQUE = 1.15
MOST_SAMPLES = 3000


def breadths(region: Region, way: Array, largest: float) -> Array:
    """Return the length of the chord across a way (M, 2) at each of its points (M,), no more than twice `largest`.

    Distances are looked at in steps of a tenth: a wall thinner than that is not seen. The chord is then bisected.
    """
    along = np.gradient(way, axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(np.linalg.norm(along, axis=1), 1e-300)[:, None]
    lengths = np.r_[0.0, largest * 1.1 ** np.arange(-200.0, 1.0)]
    total = np.zeros(len(way))
    for side in (-across, across):
        probes = way[:, None] + lengths[:, None] * side[:, None]
        outside = region.margin(probes.reshape(-1, 2)).reshape(len(way), -1) <= 0
        first = np.where(outside.any(axis=1), outside.argmax(axis=1), len(lengths) - 1)
        low, high = lengths[np.maximum(first - 1, 0)], lengths[first]
        for _ in range(8):
            middle = (low + high) / 2
            inside = region.margin(way + middle[:, None] * side) > 0
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        total += high
    return total


def resampled(way: Array, spacing: float) -> Array:
    """Return points (M, 2) evenly along a way, at about that spacing, MOST_SAMPLES at most."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(way, axis=0), axis=1))])
    number = int(np.clip(length[-1] / spacing, 50, MOST_SAMPLES))
    even = np.linspace(0, length[-1], number)
    return np.column_stack([np.interp(even, length, way[:, k]) for k in range(2)])
