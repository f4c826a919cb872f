"""Compiled kernels for lines and markers: they compute how far a shape covers each pixel, and blend in place.

A pixel is four bytes: red, green, blue and opacity, premultiplied. Here it is one little-endian uint32, so that one
multiplication blends two channels. A colour is packed with full opacity, and its opacity is a number of its own, from 0
to 256. All kernels are in this one file, because numba's cache of compiled code notices changes in a function's own
file only.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import uint32, uint64

LANES = uint64(0x00FF00FF00FF00FF)
HALVES = uint64(0x0080008000800080)

CAP = 0.75  # pixels beyond a butt cap that it may still partly cover
CAPPED, JOINED = -1.0, -2.0  # kinds of ends of a segment that need no disk
SMOOTH = 0.1  # sine of the sharpest turn that needs no disk; where samples are 0.1 pixel off, lines turn by half of it
MOST_RUNS = 16  # runs of a line, at most; see `_runs`
TILTS, PHASES = 64, 64  # resolution of coverage from the table: it is at most 1/128 pixel from the true place


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return numba.njit with these options as a decorator, without its cache where numba can write to no folder for it.

    Then each process compiles anew, which takes ten seconds.
    """

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(**options)(function)
        except RuntimeError:
            return numba.njit(**options | {"cache": False})(function)

    return compiled


@njit(cache=True, nogil=True)
def _spread(pixel):  # type: ignore[no-untyped-def]
    """Spread the channels of a packed pixel over 16 bits each, so that one multiplication scales all four."""
    return (uint64(pixel) | (uint64(pixel) << uint64(24))) & LANES


@njit(cache=True, nogil=True)
def _blended(below, above, opacity):  # type: ignore[no-untyped-def]
    """Return the colour `above`, spread, over the packed pixel `below`; opacity 0 to 256."""
    return _packed(above * uint64(opacity) + _spread(below) * uint64(256 - opacity))


@njit(cache=True, nogil=True)
def _packed(mixed):  # type: ignore[no-untyped-def]
    """Return the pixel whose channels, times 256, are spread over 16 bits each."""
    levels = ((mixed + HALVES) >> uint64(8)) & LANES
    return uint32(levels | (levels >> uint64(24)))


@njit(cache=True, nogil=True)
def _share_below(s, ramp, flat, level, slope):  # type: ignore[no-untyped-def]
    """Return the share of a unit pixel that lies on one side of an edge at signed distance s from its centre.

    Seen along the edge, the pixel's profile is a trapezoid: of half width `ramp`, level within `flat`.
    """
    size = min(abs(s), ramp)
    rest = max(size - flat, 0.0)
    return 0.5 + math.copysign(size * level - rest * rest * slope, s)


@njit(cache=True, nogil=True)
def stroke_profiles(half_width):  # type: ignore[no-untyped-def]
    """Return how far a long straight stroke covers the pixels of a column that it crosses, for any slope and place.

    table (TILTS + 1, PHASES, K) uint8: for |slope| i / TILTS in [0, 1] and the stroke's middle at (j + 0.5) / PHASES
    within the column's middle pixel, which is entry K // 2. ends (TILTS + 1, PHASES, 2) int16: the first and the last
    entry that is not 0, counted from the middle pixel.
    """
    reach = math.ceil((half_width + 0.71) * 1.42) + 1
    table = np.zeros((TILTS + 1, PHASES, 2 * reach + 1), np.uint8)
    ends = np.zeros((TILTS + 1, PHASES, 2), np.int16)
    for i in range(TILTS + 1):
        p = 1.0 / math.sqrt(1.0 + (i / TILTS) ** 2)
        q = max(p * i / TILTS, 1e-6)
        ramp, flat, level, slope = 0.5 * (p + q), 0.5 * (p - q), 1.0 / p, 0.5 / (p * q)
        for j in range(PHASES):
            first, last = 2 * reach + 1, -1
            for k in range(2 * reach + 1):
                d = (k - reach + 0.5 - (j + 0.5) / PHASES) * p
                cover = _share_below(half_width - d, ramp, flat, level, slope)
                cover -= _share_below(-half_width - d, ramp, flat, level, slope)
                table[i, j, k] = int(cover * 255.0 + 0.5)
                if table[i, j, k] > 0:
                    first, last = min(first, k), k
            ends[i, j, 0], ends[i, j, 1] = first - reach, last - reach
    return table, ends


@njit(cache=True, nogil=True, fastmath=True)
def stroke(  # type: ignore[no-untyped-def]
    pixels, left, across, stamps, number, xy, starts, half_width, profiles, colours, opacities, closed
):
    """Stroke every line on its own, with round joins and butt caps, into `across` columns, from column `left` on, of
    pixels (H, W) uint32. xy (N, 2) is counted from that column.

    stamps (H, W) uint16 hold, for each pixel, the line that last touched it (upper 8 bits) and how far it covered it
    (lower 8). So a line that comes back to a pixel covers it only as far as the best of its segments. Most segments are
    far from the rest of their line, and need no stamps; see `_runs`. Lines are numbered from `number` on. Returns the
    next number. colours, opacities: (1,), or one for each sample, for the segment that begins there.
    """
    height, width = pixels.shape
    flat, stamped = pixels.reshape(-1)[left:], stamps.reshape(-1)
    seen = stamped[left:]
    count, many = len(xy), len(colours) > 1
    course, boxes = np.empty((count, 4)), np.empty((MOST_RUNS, 4))
    for line in range(len(starts)):
        first = starts[line]
        size = (starts[line + 1] if line + 1 < len(starts) else count) - first
        segments = size if closed else size - 1
        if segments < 1:
            continue
        _take_course(xy, first, size, segments, half_width, closed, course)
        runs, run = _runs(xy, first, segments, closed, course, boxes), 0
        if number > 255:
            stamped[:] = 0
            number = 1
        tag = uint32(number << 8)
        if runs != 1:
            number += 1
        overhang = course[first + segments - 1, 3] if closed else CAPPED
        for k in range(segments):
            i, j, before = first + k, first + (k + 1) % size, overhang
            ux, uy, length, overhang = course[i]
            if length > 0.0:
                at = i if many else 0
                alone = runs == 1 or _is_alone(xy, i, j, half_width, boxes, runs, run)
                _segment(
                    flat, seen, height, width, across, tag, xy[i, 0], xy[i, 1], xy[j, 0], xy[j, 1], ux, uy, length,
                    before, overhang, half_width, profiles, _spread(colours[at]), opacities[at] / 255.0, alone,
                )  # fmt: skip
            run += overhang != JOINED
    return number


@njit(cache=True, nogil=True)
def _take_course(xy, first, size, segments, half_width, closed, course):  # type: ignore[no-untyped-def]
    """Write the direction, the length and the end (JOINED, CAPPED or an overhang) of each segment into `course`."""
    for k in range(segments):
        i, j = first + k, first + (k + 1) % size
        dx, dy = xy[j, 0] - xy[i, 0], xy[j, 1] - xy[i, 1]
        length = math.sqrt(dx * dx + dy * dy)
        if length < 1e-6:
            course[i, :3] = 0.0
        else:
            course[i, 0], course[i, 1], course[i, 2] = dx / length, dy / length, length
    for k in range(segments):
        i, after = first + k, first + (k + 1) % size
        capped = k == segments - 1 and not closed
        course[i, 3] = (
            CAPPED if capped else _overhang(course[i, 0], course[i, 1], course[after, 0], course[after, 1], half_width)
        )


@njit(cache=True, nogil=True)
def _runs(xy, first, segments, closed, course, boxes):  # type: ignore[no-untyped-def]
    """Return how many runs a line has, and write the box around each (left, top, right, bottom) into `boxes`.

    A run is a stretch of segments that are JOINED. All of them go the same way along the same axis, so that no two draw
    the same column. Returns 0 for a closed line, and for more than MOST_RUNS.
    """
    if closed:
        return 0
    run, begun = 0, first
    for i in range(first, first + segments):
        if course[i, 3] != JOINED:
            if run == MOST_RUNS:
                return 0
            # along a run, one coordinate always rises or always falls; the other need not
            box = boxes[run]
            box[0], box[1], box[2], box[3] = xy[begun, 0], xy[begun, 1], xy[begun, 0], xy[begun, 1]
            for j in range(begun + 1, i + 2):
                box[0], box[2] = min(box[0], xy[j, 0]), max(box[2], xy[j, 0])
                box[1], box[3] = min(box[1], xy[j, 1]), max(box[3], xy[j, 1])
            run += 1
            begun = i + 1
    return run


@njit(cache=True, nogil=True)
def _is_alone(xy, i, j, half_width, boxes, runs, run):  # type: ignore[no-untyped-def]
    """Return whether the segment from i to j of one run shares no pixel with another run of its line."""
    near = 2.0 * (half_width + CAP + 1.0)
    left, right = min(xy[i, 0], xy[j, 0]) - near, max(xy[i, 0], xy[j, 0]) + near
    top, bottom = min(xy[i, 1], xy[j, 1]) - near, max(xy[i, 1], xy[j, 1]) + near
    for other in range(runs):
        if (
            other != run
            and boxes[other, 0] <= right
            and boxes[other, 2] >= left
            and boxes[other, 1] <= bottom
            and boxes[other, 3] >= top
        ):
            return False
    return runs > 0


@njit(cache=True, nogil=True)
def _overhang(ux, uy, vx, vy, half_width):  # type: ignore[no-untyped-def]
    """Return how far two segments with directions u and v must be drawn beyond their common end to fill the join.

    Returns JOINED where they bend so little that each can draw its own columns as if it went on straight.
    """
    along, turn = ux * vx + uy * vy, abs(vx * uy - vy * ux)
    if along <= 0.0:
        return half_width + CAP
    if turn <= SMOOTH and (abs(uy) > abs(ux)) == (abs(vy) > abs(vx)):
        return JOINED
    return (half_width + CAP) * turn


@njit(cache=True, nogil=True)
def _opacity(seen, tag, covered, unit):  # type: ignore[no-untyped-def]
    """Return the opacity (0 to 256) to blend a pixel with, so that the line `tag` covers it by `covered` in all.

    seen: the pixel's stamp. Arguments are numbers, since passing arrays would take longer than the work.
    """
    share = covered * unit
    if (seen ^ tag) < uint32(256):
        had = int(seen & uint32(255))
        if covered <= had:
            return 0
        there = had * unit
        share = 256.0 * (share - there) / (256.0 - there)
    return int(share + 0.5)


@njit(cache=True, nogil=True, fastmath=True)
def _segment(  # type: ignore[no-untyped-def]
    pixels, stamps, height, width, across, tag, x0, y0, x1, y1, ux, uy, length, before, after, half_width, profiles,
    colour, unit, alone,
):  # fmt: skip
    """Blend one segment of a line: the band |d| <= half_width, -before <= t <= length + after; t along it, d across.

    The axis a, x or y, is the one along which the segment is longer; b is the other. A column holds the pixels with one
    a. Near ends that are not JOINED, coverage is computed; elsewhere it comes from the table. alone: no other segment
    of the line touches the same pixels.
    """
    steep = abs(uy) > abs(ux)
    u, v = (uy, ux) if steep else (ux, uy)
    a0, b0, a1 = (y0, x0, y1) if steep else (x0, y0, x1)
    limit_a, limit_b = (height, across) if steep else (across, height)
    step_a, step_b = (width, 1) if steep else (1, width)
    spread = (half_width + 0.5 * (abs(u) + abs(v))) * abs(v)
    low, high = (a0, a1) if u > 0.0 else (a1, a0)
    at_low, at_high = (before, after) if u > 0.0 else (after, before)
    inner_first, inner_last = math.ceil(low - 0.5), math.ceil(high - 0.5) - 1
    first, last = inner_first, inner_last
    if at_low != JOINED:
        first = math.floor(low - (CAP if at_low == CAPPED else at_low) - spread)
        inner_first = math.ceil(low + (CAP if at_low == CAPPED else 0.0) + spread - 0.5)
    if at_high != JOINED:
        last = math.floor(high + (CAP if at_high == CAPPED else at_high) + spread)
        inner_last = math.floor(high - (CAP if at_high == CAPPED else 0.0) - spread - 0.5)
    first, last = max(first, 0), min(last, limit_a - 1)
    inner_first, inner_last = min(max(inner_first, first), last + 1), min(inner_last, last)
    if inner_last < inner_first:
        inner_first, inner_last = last + 1, last
    inner = inner_last - inner_first + 1
    if last - first + 1 > inner:
        _columns_exactly(
            pixels, stamps, tag, limit_b, step_a, step_b, first, last - inner, inner_first, inner, a0, b0, u, v,
            length, before, after, half_width, colour, unit, alone,
        )  # fmt: skip
    _columns_looked_up(
        pixels, stamps, tag, limit_b, step_a, step_b, inner_first, inner_last, a0, b0, v / u, profiles, colour, unit,
        alone,
    )  # fmt: skip


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _columns_looked_up(  # type: ignore[no-untyped-def]
    pixels, stamps, tag, limit, step_a, step_b, first, last, a0, b0, tilt, profiles, colour, unit, alone
):
    table, ends = profiles
    row, side, step = int(abs(tilt) * TILTS + 0.5), table.shape[2], uint64(step_b)
    covers, spans = table.reshape(-1), ends.reshape(-1)
    for a in range(first, last + 1):
        place = b0 + (a + 0.5 - a0) * tilt
        whole = math.floor(place)
        entry = row * PHASES + int((place - whole) * PHASES)
        low, high = max(whole + spans[2 * entry], 0), min(whole + spans[2 * entry + 1], limit - 1)
        origin, at = entry * side + side // 2 - whole, uint64(a * step_a + low * step_b)
        for b in range(low, high + 1):
            covered = int(covers[uint64(origin + b)])
            opacity = int(covered * unit + 0.5) if alone else _opacity(stamps[at], tag, covered, unit)
            if opacity > 0:
                if not alone:
                    stamps[at] = tag | uint32(covered)
                pixels[at] = _blended(pixels[at], colour, opacity)
            at += step


@njit(cache=True, nogil=True, fastmath=True, inline="always")
def _columns_exactly(  # type: ignore[no-untyped-def]
    pixels, stamps, tag, limit, step_a, step_b, first, last, gap_at, gap, a0, b0, u, v, length, before, after,
    half_width, colour, unit, alone,
):  # fmt: skip
    """Blend the columns near a segment's ends, with a join's disk or a butt cap; skip `gap` columns at `gap_at`."""
    p, q = abs(u), max(abs(v), 1e-6)
    ramp, flat, level, slope = 0.5 * (p + q), 0.5 * (p - q), 1.0 / p, 0.5 / (p * q)
    half, tilt = (half_width + ramp) / p, v / u
    nearest, farthest = 0.0 if before > 0.0 else -1e9, length if after > 0.0 else 1e9
    for column in range(first, last + 1):
        a = column + gap if column >= gap_at else column
        along = a + 0.5 - a0
        middle = b0 + along * tilt
        for b in range(max(math.ceil(middle - half - 0.5), 0), min(math.floor(middle + half + 0.5), limit)):
            across = b + 0.5 - b0
            t, d = along * u + across * v, across * u - along * v
            rest = t - min(max(t, nearest), farthest)
            d = math.sqrt(d * d + rest * rest)
            cover = _share_below(half_width - d, ramp, flat, level, slope)
            cover -= _share_below(-half_width - d, ramp, flat, level, slope)
            if before == CAPPED:
                cover *= _share_below(t, ramp, flat, level, slope)
            if after == CAPPED:
                cover *= _share_below(length - t, ramp, flat, level, slope)
            covered = int(cover * 255.0 + 0.5)
            at = uint64(a * step_a + b * step_b)
            opacity = int(covered * unit + 0.5) if alone else _opacity(stamps[at], tag, covered, unit)
            if opacity > 0:
                if not alone:
                    stamps[at] = tag | uint32(covered)
                pixels[at] = _blended(pixels[at], colour, opacity)


@njit(cache=True, nogil=True)
def stamp_markers(  # type: ignore[no-untyped-def]
    pixels, left_edge, across, centres, coverage, spans, places, colours, opacities, edge
):
    """Blend a marker at every centre (N, 2), later ones on top, into `across` columns, from column `left_edge` on, of
    pixels (H, W) uint32; see shapes.py. The centres are counted from that column."""
    height, width = pixels.shape
    flat, side, many = pixels.reshape(-1)[left_edge:], coverage.shape[1], len(colours) > 1
    rim, covers = _spread(edge), coverage.reshape(-1)
    for n in range(len(centres)):
        right, down = math.floor(centres[n, 0] * places + 0.5), math.floor(centres[n, 1] * places + 0.5)
        column, row = math.floor(right / places), math.floor(down / places)
        left, top = column - side // 2, row - side // 2
        if left >= across or top >= height or left + side <= 0 or top + side <= 0:
            continue
        sprite = (down - row * places) * places + right - column * places
        colour, opacity = (colours[n], opacities[n]) if many else (colours[0], opacities[0])
        above = _spread(colour)
        for y in range(max(-top, 0), min(side, height - top)):
            span, at, base = spans[sprite, y], (top + y) * width + left, (sprite * side + y) * side
            first, last = max(span[0], -left), min(span[1], across - left)
            plain_first, plain_last = max(span[2], first), min(span[3], last)
            if opacity < 256 or plain_last <= plain_first:
                plain_first, plain_last = last, last
            for x in range(plain_first, plain_last):
                flat[uint64(at + x)] = colour
            for end in range(2):
                begin, stop = (plain_last, last) if end else (first, plain_first)
                for x in range(begin, stop):
                    both, place = covers[uint64(base + x)], uint64(at + x)
                    inner = (uint64(both & uint32(0xFFFF)) * uint64(opacity)) >> uint64(8)
                    outer = uint64(both >> uint32(16))
                    below = _spread(flat[place]) * (uint64(256) - inner - outer)
                    flat[place] = _packed(above * inner + rim * outer + below)


def compile_kernels() -> None:
    """Compile all kernels for the types with which raster.py calls them, into numba's cache.

    Drawing compiles a kernel when it first needs it. The set-up of a checkout calls this while it waits for downloads.
    """
    pixels, xy, starts = np.zeros((4, 4), np.uint32), np.zeros((2, 2)), np.zeros(1, np.int64)
    colours, opacities = np.zeros(1, np.uint32), np.zeros(1, np.int64)
    seen, profiles = np.zeros((4, 4), np.uint16), stroke_profiles(0.5)
    stroke(pixels, 0, 4, seen, 1, xy, starts, 0.5, profiles, colours, opacities, False)
    coverage, spans = np.zeros((1, 2, 2), np.uint32), np.zeros((1, 2, 4), np.int16)
    stamp_markers(pixels, 0, 4, xy, coverage, spans, 1, colours, opacities, colours[0])
