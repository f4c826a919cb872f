"""Drawing many lines and markers into the pixels behind a Cairo context: with compiled kernels, or with Cairo.

UNTANGLE_RASTER=cairo chooses Cairo, to which tests hold the kernels. Coordinates (N, 2 or more) and widths are in
pixels, y downwards; colours (4,) or (N, 4) are in [0, 1], and not premultiplied.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import cairo
import numpy as np
from numpy.typing import NDArray

from manim_untangle.draw import raster_numba as kernels
from manim_untangle.draw.shapes import PLACES, marker_path, marker_sprites

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Context: TypeAlias = "cairo.Context[cairo.ImageSurface]"

FAR = 30_000.0  # pixels; Cairo's fixed-point coordinates end at 8 million, and its speed long before
LARGEST_SPRITE = 48.0  # pixels; larger markers are few, and their sprites would take megabytes


def compiled() -> bool:
    """Whether lines and markers are drawn by the compiled kernels."""
    return os.environ.get("UNTANGLE_RASTER") != "cairo"


def stroke_lines(ctx: Context, xy: Array, starts: Indices, width: float, rgbas: Array, closed: bool = False) -> None:
    """Stroke each line through xy on its own, with round joins; rgbas (1, 4), or (N, 4): one a sample."""
    if not compiled():
        return _stroke_lines_by_cairo(ctx, xy, starts, width, rgbas, closed)
    pixels, left, top, across = _visible(ctx)
    if not across or not len(pixels):
        return
    stamps = _stamps(pixels.shape)
    xy = xy[:, :2] - (left, top)
    colours, opacities = _packed(_of_segments(rgbas, starts) if len(rgbas) > 1 else rgbas)
    stamps.next = kernels.stroke(
        *(pixels, left, across, stamps.seen, stamps.next, xy, starts, width / 2, _profiles(round(width / 2, 4))),
        *(colours, opacities, closed),
    )
    ctx.get_target().mark_dirty()


def fill_lines(ctx: Context, xy: Array, starts: Indices, rgba: Array) -> None:
    """Fill the area that all lines through xy together enclose, by the nonzero winding rule, in one colour (4,)."""
    ctx.save()
    ctx.identity_matrix()
    ctx.new_path()  # Manim leaves that of what it drew before
    for start, end in zip(starts, np.append(starts[1:], len(xy)), strict=True):
        ctx.new_sub_path()
        for x, y in np.clip(xy[start:end, :2], -FAR, FAR).tolist():
            ctx.line_to(x, y)
        ctx.close_path()
    _set_source(ctx, rgba)
    ctx.fill()
    ctx.restore()


def fill_markers(
    ctx: Context, centres: Array, radius: float, marker: str, rgbas: Array, outline: Array, outline_width: float
) -> None:
    """Draw a marker at each of the centres, later ones on top; outline: its edge's colour (4,)."""
    if not compiled() or radius > LARGEST_SPRITE:
        return _fill_markers_by_cairo(ctx, centres, radius, marker, rgbas, outline, outline_width)
    sprites = marker_sprites(marker, round(radius, 3), round(outline_width, 3) if outline[3] > 0 else 0.0)
    colours, opacities = _packed(rgbas)
    edge, edge_opacity = _packed(outline[None])
    pixels, left, top, across = _visible(ctx)
    if not across or not len(pixels):
        return
    kernels.stamp_markers(
        *(pixels, left, across, centres[:, :2] - (left, top)),
        *(sprites.coverage(int(edge_opacity[0])), sprites.spans, PLACES),
        *(colours, opacities, edge[0]),
    )
    ctx.get_target().mark_dirty()


_profiles = lru_cache(maxsize=32)(kernels.stroke_profiles)


@dataclass
class _Stamps:
    """For each pixel, the line that last touched it and how far it was covered; the number of the next line."""

    seen: NDArray[np.uint16]
    next: int = 1


@lru_cache(maxsize=8)
def _stamps(shape: tuple[int, int]) -> _Stamps:
    return _Stamps(np.zeros(shape, np.uint16))


def _visible(ctx: Context) -> tuple[NDArray[np.uint32], int, int, int]:
    """Return the rows of the context's pixels that its clip leaves visible, (h, W), four bytes each, as they are in
    memory; then the first visible column and row, and how many columns are visible."""
    surface = ctx.get_target()
    surface.flush()
    pixels = np.frombuffer(surface.get_data(), np.uint32).reshape(surface.get_height(), surface.get_stride() // 4)
    matrix = ctx.get_matrix()
    ctx.identity_matrix()
    left, top, right, bottom = (round(edge) for edge in ctx.clip_extents())
    ctx.set_matrix(matrix)
    return pixels[top:bottom], left, top, right - left


def _packed(rgbas: Array) -> tuple[NDArray[np.uint32], Indices]:
    """Return colours as opaque RGBA bytes in one uint32 each, and opacities from 0 to 256."""
    levels = np.rint(np.clip(rgbas, 0.0, 1.0) * (255, 255, 255, 256))
    parts = levels.astype(np.uint32)
    packed = parts[:, 0] | parts[:, 1] << np.uint32(8) | parts[:, 2] << np.uint32(16) | np.uint32(0xFF000000)
    return packed, levels[:, 3].astype(np.int64)


def _of_segments(rgbas: Array, starts: Indices) -> Array:
    """Return the colours (N, 4) of the segments that begin at each sample: the mean of their ends."""
    following = np.arange(1, len(rgbas) + 1)
    ends = np.append(starts[1:], len(rgbas)) - 1
    following[ends] = starts
    return (rgbas + rgbas[following]) / 2


def _stroke_lines_by_cairo(ctx: Context, xy: Array, starts: Indices, width: float, rgbas: Array, closed: bool) -> None:
    ctx.save()
    ctx.identity_matrix()
    ctx.set_line_width(width)
    ctx.set_line_join(cairo.LineJoin.ROUND)
    ctx.set_line_cap(cairo.LineCap.BUTT)
    ctx.new_path()  # Manim leaves that of what it drew before
    for start, end in zip(starts, np.append(starts[1:], len(xy)), strict=True):
        line = np.clip(xy[start:end, :2], -FAR, FAR).tolist()
        if len(line) > 1 and len(rgbas) > 1:
            _stroke_in_colours(ctx, line, rgbas[start:end], closed)
        elif len(line) > 1:
            _set_source(ctx, rgbas[0])
            for x, y in line:
                ctx.line_to(x, y)
            if closed:
                ctx.close_path()
            ctx.stroke()
    ctx.restore()


def _stroke_in_colours(ctx: Context, line: list[list[float]], rgbas: Array, closed: bool) -> None:
    """Stroke one line whose colour changes along it: opaque on a layer of its own, so that joins are not seen."""
    alpha = float(rgbas[:, 3].max())
    if alpha == 0:
        return
    ctx.push_group()
    ctx.set_line_cap(cairo.LineCap.ROUND)
    for after in [*range(1, len(line)), *([0] if closed else [])]:
        _set_source(ctx, (rgbas[after - 1] + rgbas[after]) / 2 / (1, 1, 1, alpha))
        ctx.move_to(*line[after - 1])
        ctx.line_to(*line[after])
        ctx.stroke()
    ctx.pop_group_to_source()
    ctx.paint_with_alpha(alpha)


def _fill_markers_by_cairo(
    ctx: Context, centres: Array, radius: float, marker: str, rgbas: Array, outline: Array, outline_width: float
) -> None:
    ctx.save()
    ctx.identity_matrix()
    ctx.set_fill_rule(cairo.FillRule.EVEN_ODD)
    ctx.set_line_width(outline_width)
    ctx.set_line_join(cairo.LineJoin.ROUND)
    colours = np.broadcast_to(rgbas, (len(centres), 4))
    for (x, y), rgba in zip(np.clip(centres[:, :2], -FAR, FAR).tolist(), colours, strict=True):
        marker_path(ctx, x, y, radius, marker)
        _set_source(ctx, rgba)
        if outline_width > 0 and outline[3] > 0:
            ctx.fill_preserve()
            _set_source(ctx, outline)
            ctx.stroke()
        else:
            ctx.fill()
    ctx.restore()


def _set_source(ctx: Context, rgba: Array) -> None:
    # Manim keeps RGBA in the bytes that Cairo takes for BGRA, so red and blue change places
    ctx.set_source_rgba(rgba[2], rgba[1], rgba[0], rgba[3])
