"""Markers: their shapes in units of their radius, and sprites of them.

All shapes have about the same area, so that no class looks heavier. A sprite holds the coverage of a marker at 16 x 16
places within a pixel. Cairo draws it once, and the compiled kernels blend it many times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cairo
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
    return np.asarray(corners @ np.array([(c, s), (-s, c)]))


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


def marker_path(
    ctx: cairo.Context[cairo.ImageSurface],
    x: float,
    y: float,
    radius: float,
    corners: list[list[float]] | None,
    hole: float,
) -> None:
    """Make a marker the current path: a polygon of corners around (x, y), or a circle, with a hole if hole > 0."""
    ctx.new_path()
    if corners is None:
        ctx.arc(x, y, radius, 0, 2 * math.pi)
        ctx.close_path()
        if hole > 0:
            ctx.new_sub_path()
            ctx.arc(x, y, hole, 0, 2 * math.pi)
            ctx.close_path()
        return
    ctx.move_to(x + corners[0][0], y + corners[0][1])
    for dx, dy in corners[1:]:
        ctx.line_to(x + dx, y + dy)
    ctx.close_path()


PLACES = 16  # along each axis: a marker is drawn within 1/32 pixel of its true place


@dataclass(frozen=True, eq=False)
class Sprites:
    """A marker at PLACES x PLACES places within a pixel, row by row.

    fill, outline (PLACES^2, side, side) uint8: how far each covers a pixel. spans (PLACES^2, side, 4) int16: for each
    row of pixels, where coverage begins and ends, and where its longest stretch of plain fill does.
    """

    fill: NDArray[np.uint8]
    outline: NDArray[np.uint8]
    spans: NDArray[np.int16]

    @lru_cache(maxsize=8)  # noqa: B019, since sprites are few and stay
    def coverage(self, outline_opacity: int) -> NDArray[np.uint32]:
        """Return how far the fill shows beneath an outline of this opacity (0 to 256), and how far the outline does.

        (PLACES^2, side, side), out of 256: the fill's share in the lower half of a number, the outline's in the upper.
        """
        fill, outline = (
            (np.uint32(256) * each.astype(np.uint32) + np.uint32(127)) // np.uint32(255)
            for each in (self.fill, self.outline)
        )
        outline = _over_256(outline * np.uint32(outline_opacity))
        return _over_256(fill * (np.uint32(256) - outline)) | outline << np.uint32(16)


def _over_256(product: NDArray[np.uint32]) -> NDArray[np.uint32]:
    return (product + np.uint32(128)) >> np.uint32(8)


@lru_cache(maxsize=32)
def marker_sprites(marker: str, radius: float, outline_width: float) -> Sprites:
    """Return the sprites of a marker; radius and outline in pixels.

    Sprite PLACES * j + i belongs to a centre j / PLACES below and i / PLACES right of the upper left corner of its
    middle pixel.
    """
    reach = math.ceil(radius * marker_reach(marker) + outline_width / 2) + 1
    side = 2 * reach + 1
    fill, outline = (_sheet(marker, radius, outline_width, side, stroked) for stroked in (False, True))
    plain = (fill == 255) & (outline == 0)
    spans = np.concatenate([_longest((fill > 0) | (outline > 0), gaps=True), _longest(plain)], axis=-1)
    return Sprites(fill, outline, spans)


def _longest(wanted: NDArray[np.bool_], gaps: bool = False) -> NDArray[np.int16]:
    """Return begin and end (..., 2) of the longest stretch in each row (..., n), or of all of them with their gaps."""
    n = wanted.shape[-1]
    place = np.arange(n)
    if not gaps:
        since = place - np.maximum.accumulate(np.where(wanted, -1, place), axis=-1)
        end = since.argmax(axis=-1) + 1
        begin = end - np.maximum(since.max(axis=-1), 0)
    else:
        end = np.where(wanted, place + 1, 0).max(axis=-1)
        begin = np.where(wanted, place, n).min(axis=-1)
    return np.stack([np.minimum(begin, end), end], axis=-1).astype(np.int16)


def _sheet(marker: str, radius: float, outline_width: float, side: int, stroked: bool) -> NDArray[np.uint8]:
    extent = PLACES * side
    surface = cairo.ImageSurface(cairo.FORMAT_A8, extent, extent)
    ctx = cairo.Context(surface)
    ctx.set_fill_rule(cairo.FillRule.EVEN_ODD)
    ctx.set_line_width(outline_width)
    ctx.set_line_join(cairo.LineJoin.ROUND)
    polygon = marker_polygon(marker)
    corners = None if polygon is None else (radius * polygon * (1, -1)).tolist()
    hole = RING_HOLE * radius if marker == "ring" else 0.0
    for j in range(PLACES):
        for i in range(PLACES):
            place = (i * side + side // 2 + i / PLACES, j * side + side // 2 + j / PLACES)
            marker_path(ctx, *place, radius, corners, hole)
            if not stroked:
                ctx.fill()
            elif outline_width > 0:
                ctx.stroke()
    surface.flush()
    rows = np.frombuffer(surface.get_data(), np.uint8).reshape(extent, surface.get_stride())[:, :extent]
    return rows.reshape(PLACES, side, PLACES, side).transpose(0, 2, 1, 3).reshape(-1, side, side)
