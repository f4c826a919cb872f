"""Shapes: an arrow, markers, and sprites of markers.

All markers have about the same area, so that no class looks heavier. A sprite holds how far a marker covers each pixel,
for 16 x 16 places of its centre within a pixel. Cairo draws it once, and the compiled kernels blend it many times.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Self

import cairo
import numpy as np
from manim import VMobject
from manim.utils.color import ParsableManimColor
from numpy.typing import NDArray

from netlib.errors import unknown

Array = NDArray[np.float64]

WIDTH_UNIT = 0.01  # scene units for one of Manim's units of stroke width
LONGEST_TIP = 0.4  # of the whole arrow
RING_HOLE = 0.55  # inner radius of a ring, in radii
PLACES = 16  # along each axis: a marker is drawn within 1/32 pixel of its true place


class FlatArrow(VMobject):
    """A straight arrow in the plane of the screen, from start to end, both scene points (3,).

    It is one filled outline, and so cheap enough to be laid anew in every frame; Manim's Arrow takes 2 ms. width: of
    the shaft, as a stroke's. tip: length and width of its head in scene units; a short arrow has a shorter one. An
    arrow without length is not seen.
    """

    def __init__(
        self,
        start: Array,
        end: Array,
        color: ParsableManimColor,
        width: float = 6.0,
        tip: float = 0.22,
        **kwargs: Any,
    ) -> None:
        super().__init__(color=color, fill_opacity=1.0, stroke_width=0.0, **kwargs)
        self.shaft, self.tip = width * WIDTH_UNIT, tip
        self.reach(start, end)

    def reach(self, start: Array, end: Array) -> Self:
        """Lay the arrow from start to end."""
        start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
        length = float(np.hypot(*(end - start)[:2]))
        along = (end - start) / length if length > 0 else np.zeros(3)
        across = np.array([-along[1], along[0], 0.0])
        tip = min(self.tip, LONGEST_TIP * length)
        neck, side, wing = end - tip * along, min(self.shaft, tip) / 2 * across, tip / 2 * across
        outline = [start + side, neck + side, neck + wing, end, neck - wing, neck - side, start - side, start + side]
        self.set_points_as_corners(outline)
        return self


@cache
def marker_polygons() -> dict[str, Array | None]:
    """Return the corners (K, 2) of every marker by name, in radii, y upwards; None where the marker is round."""
    arm, half_width = 1.25, 0.4
    quarter = np.array([(arm, -half_width), (arm, half_width), (half_width, half_width)])
    plus = np.vstack([_turned(quarter, c, s) for c, s in ((1, 0), (0, 1), (-1, 0), (0, -1))])
    return {
        "disk": None,
        "ring": None,
        "square": _regular(4, 1.2, 0.25),
        "diamond": _regular(4, 1.28, 0.5),
        "triangle": _regular(3, 1.42, 0.5),
        "plus": plus,
        "cross": _turned(plus, np.cos(np.pi / 4), np.sin(np.pi / 4)),
    }


def _regular(corners: int, radius: float, first: float) -> Array:
    angle = np.pi * (first + 2 * np.arange(corners) / corners)
    return radius * np.column_stack([np.cos(angle), np.sin(angle)])


def _turned(corners: Array, c: float, s: float) -> Array:
    return np.asarray(corners @ np.array([(c, s), (-s, c)]))


def marker_polygon(name: str) -> Array | None:
    """Return one marker's corners (K, 2), or None for a round one; raise UnknownName for a name that is none."""
    known = marker_polygons()
    if name not in known:
        raise unknown("marker", name, list(known))
    return known[name]


def marker_path(ctx: cairo.Context[cairo.ImageSurface], x: float, y: float, radius: float, marker: str) -> None:
    """Make a marker around (x, y) the current path, y downwards; a ring's hole counts by the even-odd rule."""
    ctx.new_path()
    corners = marker_polygon(marker)
    if corners is not None:
        for dx, dy in (radius * corners * (1, -1)).tolist():
            ctx.line_to(x + dx, y + dy)
        ctx.close_path()
        return
    for size in (radius, RING_HOLE * radius)[: 2 if marker == "ring" else 1]:
        ctx.new_sub_path()
        ctx.arc(x, y, size, 0, 2 * math.pi)
        ctx.close_path()


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
    polygon = marker_polygon(marker)
    farthest = 1.0 if polygon is None else float(np.linalg.norm(polygon, axis=1).max())
    side = 2 * math.ceil(radius * farthest + outline_width / 2) + 3
    fill, outline = (_sheet(marker, radius, outline_width, side, stroked) for stroked in (False, True))
    plain = (fill == 255) & (outline == 0)
    return Sprites(fill, outline, np.concatenate([_extent((fill > 0) | (outline > 0)), _longest_run(plain)], axis=-1))


def _extent(wanted: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Return where the wanted places of each row (..., n) begin and end (..., 2), with their gaps."""
    n = wanted.shape[-1]
    place = np.arange(n)
    begin, end = np.where(wanted, place, n).min(axis=-1), np.where(wanted, place + 1, 0).max(axis=-1)
    return np.stack([np.minimum(begin, end), end], axis=-1).astype(np.int16)


def _longest_run(wanted: NDArray[np.bool_]) -> NDArray[np.int16]:
    """Return begin and end (..., 2) of the longest run of wanted places in each row (..., n)."""
    place = np.arange(wanted.shape[-1])
    since = place - np.maximum.accumulate(np.where(wanted, -1, place), axis=-1)  # its length up to each place
    end = since.argmax(axis=-1) + 1
    return np.stack([end - since.max(axis=-1), end], axis=-1).astype(np.int16)


def _sheet(marker: str, radius: float, outline_width: float, side: int, stroked: bool) -> NDArray[np.uint8]:
    """Return how far a marker's fill, or its outline, covers each pixel at each place (PLACES^2, side, side)."""
    extent = PLACES * side
    surface = cairo.ImageSurface(cairo.FORMAT_A8, extent, extent)
    ctx = cairo.Context(surface)
    ctx.set_fill_rule(cairo.FillRule.EVEN_ODD)
    ctx.set_line_width(outline_width)
    ctx.set_line_join(cairo.LineJoin.ROUND)
    for j in range(PLACES):
        for i in range(PLACES):
            marker_path(ctx, i * side + side // 2 + i / PLACES, j * side + side // 2 + j / PLACES, radius, marker)
            if not stroked:
                ctx.fill()
            elif outline_width > 0:
                ctx.stroke()
    surface.flush()
    rows = np.frombuffer(surface.get_data(), np.uint8).reshape(extent, surface.get_stride())[:, :extent]
    return rows.reshape(PLACES, side, PLACES, side).transpose(0, 2, 1, 3).reshape(-1, side, side)
