"""Shapes: cubic outlines, each once, and how a mobject's points over time are one outline that is moved, or many."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manim_untangle.web.container import Arrays
from manim_untangle.web.tracks import Tracks, Value

Array = NDArray[np.float64]
Json = dict[str, Any]

QUANTUM = 1 / 2048  # scene units: 0.02 pixel at 720p
PLACE_TOLERANCE = 8e-4
SHAPE_TOLERANCE = 1.5e-3  # scene units: an eighth of a pixel at 720p
SAME = 1e-6  # as Manim has it: curves whose ends are as near as that follow one another


class Outlines:
    """The table of outlines: cubic curves that do not change, wherever they stand."""

    def __init__(self) -> None:
        self._known: dict[bytes, int] = {}
        self._points: list[NDArray[np.int64]] = []
        self._curves: list[int] = []
        self._subpaths: list[int] = []

    def add(self, points: Array, sizes: list[int]) -> int:
        """Add the outline of points (N, 2), subpath after subpath; return its place in the table."""
        whole = np.rint(points / QUANTUM).astype(np.int64)
        key = repr(sizes).encode() + whole.tobytes()
        if key not in self._known:
            self._known[key] = len(self._subpaths)
            self._points.append(whole)
            self._curves.extend(sizes)
            self._subpaths.append(len(sizes))
        return self._known[key]

    def told(self, arrays: Arrays) -> Json:
        points = np.vstack([np.zeros((0, 2)), *self._points]) * QUANTUM
        curves, subpaths = np.array(self._curves), np.array(self._subpaths)
        return {
            "points": arrays.add_rounded(points, QUANTUM),
            "curves": arrays.add_rounded(curves),
            "subpaths": arrays.add_rounded(subpaths),
        }


def subpath_sizes(shapes: list[Array]) -> list[int]:
    """Return the number of curves of each subpath of points (4 n, k) that several shapes have: a subpath ends where it
    ends in any of them."""
    breaks = np.zeros(len(shapes[0]) // 4 - 1, dtype=bool)
    for points in shapes:
        breaks |= (np.abs(points[4:-1:4] - points[3:-4:4]) > SAME).any(axis=1)
    ends = [*(np.flatnonzero(breaks) + 1).tolist(), len(breaks) + 1]
    return [end - start for start, end in pairwise([0, *ends])]


def without_repeats(points: Array, sizes: list[int]) -> Array:
    """Return the points (1 + 3 n of each subpath) of curves (4 n): where one follows another, they share a point."""
    kept = np.ones(len(points), dtype=bool)
    kept[::4] = False
    firsts = 4 * np.cumsum([0, *sizes[:-1]])
    kept[firsts] = True
    ends = firsts + 4 * np.array(sizes) - 1
    closed = (np.abs(points[firsts] - points[ends]) <= SAME).all(axis=1)
    result = np.array(points)
    result[ends[closed]] = result[firsts[closed]]
    return result[kept]


def place_of(shapes: list[Array]) -> tuple[Array, Array] | None:
    """Return an outline (N, 2) and its places, shifts (F, 2) or affine maps (F, 6), at which it is the shapes, each
    (N, 2); None where there are no such."""
    stacked = np.stack(shapes)
    shifts = stacked[:, 0] - stacked[0, 0]
    if (np.abs(stacked - shifts[:, None] - stacked[0]) <= PLACE_TOLERANCE).all():
        return stacked[0], shifts
    middles = stacked.mean(axis=1, keepdims=True)
    spread = np.linalg.svd(stacked - middles, compute_uv=False)
    base = stacked[spread[:, -1].argmax()]
    padded = np.column_stack([base, np.ones(len(base))])
    maps = np.linalg.pinv(padded) @ stacked  # (F, 3, 2)
    if (np.abs(padded @ maps - stacked) > PLACE_TOLERANCE).any():
        return None
    return base, maps.reshape(-1, 6)


def path(
    shapes: list[Array], spread: NDArray[np.int64], begin: int, flat: bool, outlines: Outlines, tracks: Tracks
) -> Json:
    """Return the shape of an item of curves from frame `begin` on. shapes: each (4 n, 3), in the order of time; spread
    (F,): which one each frame has. flat: whether the third coordinate does not count."""
    shapes = [points[:, :2] for points in shapes] if flat else shapes
    sizes = subpath_sizes(shapes)
    shapes = [without_repeats(points, sizes) for points in shapes]
    if flat and len(shapes) == 1:
        return {"outlines": [outlines.add(shapes[0] - shapes[0][0], sizes)], "at": shapes[0][:1]}
    if flat:
        found = place_of(shapes)
        if found is not None:
            outline, places = found
            if places.shape[1] == 2:
                said: Json = {"outlines": [outlines.add(outline - outline[0], sizes)], "at": outline[:1]}
                return said | ({"place": place_value(places[spread], begin, tracks)} if places.any() else {})
            size = max(float(np.abs(outline).max()), 0.1)
            tolerance = np.array([*4 * [PLACE_TOLERANCE / size], PLACE_TOLERANCE, PLACE_TOLERANCE])
            return {
                "outlines": [outlines.add(outline, sizes)],
                "at": np.zeros((1, 2)),
                "place": tracks.value(places[spread], begin, tolerance, None),
            }
    return {**points_value(shapes, spread, begin, flat, tracks), "curves": sizes}


def place_value(places: Array, begin: int, tracks: Tracks) -> Value:
    return tracks.value(places, begin, PLACE_TOLERANCE, QUANTUM)


def points_value(shapes: list[Array], spread: NDArray[np.int64], begin: int, flat: bool, tracks: Tracks) -> Json:
    """Return the entry `points` (and `axes`) of shapes, each (N, 3), of which frame k has shape spread[k]."""
    rows = np.stack([points[:, : 2 if flat else 3].ravel() for points in shapes])
    value = tracks.value(rows[spread] if len(rows) > 1 else rows, begin, SHAPE_TOLERANCE, QUANTUM)
    return {"points": value} | ({} if flat else {"axes": 3})
