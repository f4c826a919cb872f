"""Tracks: values over time as few Bézier curves, each within a tolerance of what the film has at every frame."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from manim_untangle.web.container import Arrays

Array = NDArray[np.float64]
Value = list[float] | int  # constant, or the place of a track

FIRST_LENGTH = 8  # frames that one curve is tried with first


@dataclass(frozen=True, eq=False)
class Track:
    """Segments of Bézier curves in time (docs/timeline.md): starts, spans, orders (S,), rows (sum of orders + 1, D)."""

    starts: list[int]
    spans: list[int]
    orders: list[int]
    rows: Array


def fitted(values: Array, first: int, tolerance: float | Array) -> Track:
    """Return the track of values (F, D), one row a frame from frame `first` on.

    At every frame each number is off by at most the tolerance, one number or (D,). Where values change in one frame
    only, the track jumps.
    """
    tolerance = np.broadcast_to(np.asarray(tolerance, dtype=np.float64), values.shape[1:])
    changes = np.flatnonzero((values[1:] != values[:-1]).any(axis=1)) + 1
    starts, spans, orders, rows = [0], [0], [0], [values[:1]]

    def add(start: int, span: int, controls: Array) -> None:
        if starts[-1] == start:  # it takes the place of a constant that would have no length
            for kept in (starts, spans, orders, rows):
                kept.pop()
        starts.append(start)
        spans.append(span)
        orders.append(len(controls) - 1)
        rows.append(controls)

    for stretch in np.split(changes, np.flatnonzero(np.diff(changes) > 1) + 1):
        if len(stretch) == 1:
            add(int(stretch[0]), 0, values[stretch])
        elif len(stretch):
            begin, end = int(stretch[0]) - 1, int(stretch[-1])
            while begin < end:
                length, controls = _longest(values[begin : end + 1], tolerance)
                add(begin, length, controls)
                begin += length
            if end < len(values) - 1:
                add(end, 0, values[end : end + 1])
    return Track([first + start for start in starts], spans, orders, np.vstack(rows))


def _longest(values: Array, tolerance: Array) -> tuple[int, Array]:
    """Return the longest beginning of values (F, D), F > 1, that one curve follows: its frames, and its controls."""
    most = len(values) - 1
    best, length = (1, values[:2]), min(FIRST_LENGTH, most)
    too_long = most + 1
    while best[0] < length < too_long:
        controls = _curve(values[: length + 1], tolerance)
        if controls is None:
            too_long = length
        else:
            best = (length, controls)
        length = min(2 * best[0], most) if too_long > most else (best[0] + too_long) // 2
    return best


def _curve(values: Array, tolerance: Array) -> Array | None:
    """Return the controls (2 or 4, D) of the line or cubic through values (F, D) within the tolerance; None for none.

    The curve begins and ends where the values do; the two controls between are those of least squares.
    """
    s = np.linspace(0, 1, len(values))[:, None]
    ends = values[[0, -1]]
    if (np.abs((1 - s) * ends[0] + s * ends[1] - values) <= tolerance).all():
        return np.asarray(ends)
    if len(values) < 4:
        return None
    inner = np.hstack([3 * (1 - s) ** 2 * s, 3 * (1 - s) * s**2])
    fixed = (1 - s) ** 3 * ends[0] + s**3 * ends[1]
    between = np.linalg.lstsq(inner, values - fixed, rcond=None)[0]
    if (np.abs(fixed + inner @ between - values) > tolerance).any():
        return None
    return np.vstack([ends[:1], between, ends[1:]])


class Tracks:
    """The tracks of a timeline, each once."""

    def __init__(self, arrays: Arrays) -> None:
        self.entries: list[dict[str, Any]] = []
        self._arrays = arrays
        self._known: dict[tuple[Any, ...], Value] = {}
        self._places: dict[str, int] = {}

    def value(self, values: Array | Sequence[Any], first: int, tolerance: float | Array, scale: float | None) -> Value:
        """Return values (F, D), one row a frame from frame `first` on, as a timeline has them: a constant, or a track.

        scale: to multiples of which numbers are rounded; None keeps them as floats of 32 bits.
        """
        values = np.asarray(values, dtype=np.float64)
        if len(values) == 1 or (values == values[0]).all():
            return [rounded(number, scale) for number in values[0].tolist()]
        tolerance = np.broadcast_to(np.asarray(tolerance, dtype=np.float64), values.shape[1:])
        key = (first, values.shape, values.tobytes(), tolerance.tobytes(), scale)
        if key not in self._known:  # the letters of a line fade alike
            self._known[key] = self._fitted(values, first, tolerance, scale)
        return self._known[key]

    def _fitted(self, values: Array, first: int, tolerance: Array, scale: float | None) -> Value:
        if (np.abs(values - values[0]) <= tolerance).all():
            return [rounded(number, scale) for number in values[0].tolist()]
        track = fitted(values, first, tolerance)
        add = self._arrays.add_floats(track.rows) if scale is None else self._arrays.add_rounded(track.rows, scale)
        entry = {"starts": track.starts, "spans": track.spans, "orders": track.orders, "values": add}
        key = repr(entry)
        if key not in self._places:
            self._places[key] = len(self.entries)
            self.entries.append(entry)
        return self._places[key]


@lru_cache(maxsize=4096)
def rounded(number: float, scale: float | None) -> float:
    """Return a number in as few digits as a multiple of scale needs; a whole one as an int."""
    if scale is not None:
        number = round(number / scale) * scale
    result = float(f"{number:.7g}")
    return int(result) if result == int(result) else result
