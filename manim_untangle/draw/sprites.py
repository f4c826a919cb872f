"""Sprites: the coverage of a marker at 16 x 16 places within a pixel, drawn once by Cairo and blended many times."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cairo
import numpy as np
from numpy.typing import NDArray

from manim_untangle.draw.markers import RING_HOLE, marker_polygon, marker_reach
from manim_untangle.draw.raster_cairo import marker_path

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
        fill, outline = ((256 * each.astype(np.uint32) + 127) // 255 for each in (self.fill, self.outline))
        outline = (outline * np.uint32(outline_opacity) + 128) >> 8
        fill = (fill * (256 - outline) + 128) >> 8
        return np.asarray(fill | outline << 16)


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
