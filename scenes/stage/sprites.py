"""Sprites: the coverage of a marker at 16 x 16 places within a pixel, drawn once by Cairo and blended many times."""

from __future__ import annotations

import math
from functools import lru_cache

import cairo
import numpy as np
from numpy.typing import NDArray

from scenes.stage.markers import RING_HOLE, marker_polygon, marker_reach
from scenes.stage.raster_cairo import marker_path

PLACES = 16  # along each axis: a marker is drawn within 1/32 pixel of its true place


@lru_cache(maxsize=64)
def marker_sprites(marker: str, radius: float, outline_width: float) -> NDArray[np.uint8]:
    """Return coverage (PLACES, PLACES, h, w, 2): of the fill and of the outline, in rows and columns of pixels.

    Sprite [j, i] belongs to a centre j / PLACES below and i / PLACES right of the corner of pixel (h // 2, w // 2).
    """
    reach = math.ceil(radius * marker_reach(marker) + outline_width / 2) + 1
    side = 2 * reach + 1
    fill, outline = (_sheet(marker, radius, outline_width, side, stroked) for stroked in (False, True))
    return np.ascontiguousarray(np.stack([fill, outline], axis=-1))


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
    return rows.reshape(PLACES, side, PLACES, side).transpose(0, 2, 1, 3)
