"""Drawing lines and markers with Cairo: the path that works everywhere, and the one that the fast path is held to."""

from __future__ import annotations

import cairo
import numpy as np
from numpy.typing import NDArray

from manim_untangle.draw.markers import RING_HOLE, marker_path, marker_polygon

Array = NDArray[np.float64]

FAR = 30_000.0  # pixels; Cairo's fixed-point coordinates end at 8 million, and its speed long before
LARGEST_SPRITE = 48.0  # pixels; larger markers are few, and their sprites would take megabytes


def stroke_lines(
    ctx: cairo.Context[cairo.ImageSurface],
    xy: Array,
    starts: NDArray[np.int64],
    width: float,
    rgbas: Array,
    closed: bool = False,
) -> None:
    """Stroke each line through xy (N, 2 or more), in pixels, on its own; rgbas (1, 4), or (N, 4): one a sample."""
    ctx.save()
    ctx.identity_matrix()
    ctx.set_line_width(width)
    ctx.set_line_join(cairo.LineJoin.ROUND)
    ctx.set_line_cap(cairo.LineCap.BUTT)
    ends = np.append(starts[1:], len(xy))
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        line = np.clip(xy[start:end, :2], -FAR, FAR).tolist()
        if len(line) < 2:
            continue
        if len(rgbas) == 1:
            _stroke(ctx, line, rgbas[0], closed)
        else:
            _stroke_in_colours(ctx, line, rgbas[start:end], closed)
    ctx.restore()


def fill_markers(
    ctx: cairo.Context[cairo.ImageSurface],
    centres: Array,
    radius: float,
    marker: str,
    rgbas: Array,
    outline: Array,
    outline_width: float,
) -> None:
    """Draw a marker at each of the centres (N, 2 or more), in pixels, later ones on top; outline: its edge's colour."""
    ctx.save()
    ctx.identity_matrix()
    ctx.set_fill_rule(cairo.FillRule.EVEN_ODD)
    ctx.set_line_width(outline_width)
    ctx.set_line_join(cairo.LineJoin.ROUND)
    polygon = marker_polygon(marker)
    corners = None if polygon is None else (radius * polygon * (1, -1)).tolist()
    colours = np.broadcast_to(rgbas, (len(centres), 4))
    for (x, y), rgba in zip(np.clip(centres[:, :2], -FAR, FAR).tolist(), colours, strict=True):
        marker_path(ctx, x, y, radius, corners, hole=RING_HOLE * radius if marker == "ring" else 0.0)
        _set_source(ctx, rgba)
        if outline_width > 0 and outline[3] > 0:
            ctx.fill_preserve()
            _set_source(ctx, outline)
            ctx.stroke()
        else:
            ctx.fill()
    ctx.restore()


def _stroke(ctx: cairo.Context[cairo.ImageSurface], line: list[list[float]], rgba: Array, closed: bool) -> None:
    _set_source(ctx, rgba)
    ctx.move_to(*line[0])
    for x, y in line[1:]:
        ctx.line_to(x, y)
    if closed:
        ctx.close_path()
    ctx.stroke()


def _stroke_in_colours(
    ctx: cairo.Context[cairo.ImageSurface], line: list[list[float]], rgbas: Array, closed: bool
) -> None:
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


def _set_source(ctx: cairo.Context[cairo.ImageSurface], rgba: Array) -> None:
    # Manim keeps RGBA in the bytes that Cairo takes for BGRA, so red and blue change places
    ctx.set_source_rgba(rgba[2], rgba[1], rgba[0], rgba[3])
