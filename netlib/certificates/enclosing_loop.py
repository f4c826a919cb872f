"""Enclosing loops: a closed curve around the disk, all of it outside the region, proves that there is no way out."""

from __future__ import annotations

import numpy as np

from netlib.activations import Array
from netlib.certificates.region import Region

ANGLES, RADII, SWING = 360, 200, 4


def enclosing_loop(region: Region, centre: Array, inner: float, outer: float) -> Array | None:
    """Return a closed polygon (ANGLES, 2) around the centre, between two radii, that is proved to lie outside the
    region all along; None where none was found (there may still be one that is not seen straight from the centre)."""
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    radii = np.linspace(inner, outer, RADII)
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    points = centre + radii[:, None] * directions[:, None]
    margin = region.margin(points.reshape(-1, 2)).reshape(ANGLES, RADII)
    rings = margin.max(axis=0)
    choices = [np.full(ANGLES, rings.argmin())] if rings.min() < 0 else []
    # a circle where one will do, else the loop that stays farthest outside
    for chosen in (*choices, _deepest_loop(margin)):
        loop = points[np.arange(ANGLES), chosen]
        if margin[np.arange(ANGLES), chosen].max() < 0 and region.holds_along(loop, inside=False, loop=True):
            return np.asarray(loop)
    return None


def _deepest_loop(margin: Array) -> Array:
    """For each angle the index of a radius (ANGLES,), such that the greatest margin on the way round is least, where
    the index moves by SWING or less from each angle to the next."""
    # start where the choice of radius matters most: at the angle whose best margin is worst
    first = int(margin.min(axis=1).argmax())
    turned = np.roll(margin, -first, axis=0)
    begin = int(turned[0].argmin())
    best = np.full(RADII, np.inf)
    best[begin] = turned[0, begin]
    steps = list[Array]()
    for row in (*turned[1:], turned[0]):
        shifted = np.full((2 * SWING + 1, RADII), np.inf)
        for k, move in enumerate(range(-SWING, SWING + 1)):
            low, high = max(0, move), min(RADII, RADII + move)
            shifted[k, low:high] = best[low - move : high - move]
        steps.append(shifted.argmin(axis=0) - SWING)
        best = np.maximum(row, shifted.min(axis=0))
    index, chosen = begin, list[int]()
    for step in reversed(steps):
        chosen.append(index)
        index -= int(step[index])
    # chosen runs backwards from the closing row, which is the first angle again
    around = np.array([begin, *chosen[:0:-1]])
    return np.roll(around, first)
