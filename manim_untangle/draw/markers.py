"""The shapes of markers, in units of their radius; of about equal area, so that no class looks heavier."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netlib.errors import unknown

Array = NDArray[np.float64]

RING_HOLE = 0.55  # inner radius of a ring


def _regular(corners: int, radius: float, first: float) -> Array:
    angle = np.pi * (first + 2 * np.arange(corners) / corners)
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


def _plus(arm: float, half_width: float) -> Array:
    quarter = np.array([(arm, -half_width), (arm, half_width), (half_width, half_width)])
    turns = [np.array([(c, s), (-s, c)]) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))]
    return np.vstack([quarter @ turn for turn in turns])


def _turned(corners: Array, angle: float) -> Array:
    c, s = np.cos(angle), np.sin(angle)
    return corners @ np.array([(c, s), (-s, c)])


def marker_polygons() -> dict[str, Array | None]:
    """Return the corners (K, 2) of every marker by name, y upwards; None where the marker is round."""
    return {
        "disk": None,
        "ring": None,
        "square": _regular(4, 1.2, 0.25),
        "diamond": _regular(4, 1.28, 0.5),
        "triangle": _regular(3, 1.42, 0.5),
        "plus": _plus(1.25, 0.4),
        "cross": _turned(_plus(1.25, 0.4), np.pi / 4),
    }


def marker_polygon(name: str) -> Array | None:
    """Return one marker's corners (K, 2), or None for a round one; raise UnknownName for a name that is none."""
    known = marker_polygons()
    if name not in known:
        raise unknown("marker", name, list(known))
    return known[name]


def marker_reach(name: str) -> float:
    """Largest distance of a marker's edge from its centre, in radii."""
    polygon = marker_polygon(name)
    return 1.0 if polygon is None else float(np.linalg.norm(polygon, axis=1).max())
