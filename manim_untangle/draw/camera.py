"""Cameras that draw batched mobjects; everything else they leave to Manim."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import Any, Self

import cairo
import numpy as np
from manim import Camera, ThreeDCamera, VMobject
from manim.typing import PixelArray
from numpy.typing import NDArray

from manim_untangle.draw import raster
from manim_untangle.draw.batched import Batch, Dots, Polylines
from manim_untangle.draw.layer_cache import LayerCache
from manim_untangle.draw.opacity_fade import fade_opacity

Array = NDArray[np.float64]


class _DrawsBatches(Camera):
    """Draws Polylines and Dots in one go, where Manim's own hook for one vectorised mobject is called."""

    def display_vectorized(self, vmobject: VMobject, ctx: cairo.Context) -> Self:
        if not isinstance(vmobject, Batch):
            self._draw_ordinary(vmobject, ctx)
        elif len(vmobject.points) and fade_opacity(vmobject) > 0:
            placed = self._placed(vmobject, ctx)
            draw = self._draw_lines if isinstance(vmobject, Polylines) else self._draw_dots
            draw(vmobject, ctx, placed)
        return self

    def _draw_ordinary(self, vmobject: VMobject, ctx: cairo.Context) -> None:
        if (veil := fade_opacity(vmobject)) == 1:
            self._draw_unveiled(vmobject, ctx)
        elif veil > 0:
            ctx.push_group()
            self._draw_unveiled(vmobject, ctx)
            ctx.pop_group_to_source()
            ctx.paint_with_alpha(veil)

    def _draw_unveiled(self, vmobject: VMobject, ctx: cairo.Context) -> None:
        super().display_vectorized(vmobject, ctx)

    def _placed(self, batch: Batch, ctx: cairo.Context) -> Array:
        """Return the batch's points (N, 3) as pixels and depth; points that are not finite as NaN."""
        finite = np.isfinite(batch.points)
        whole = finite.all()
        points = self.transform_points_pre_display(batch, batch.points if whole else np.where(finite, batch.points, 0))
        matrix = ctx.get_matrix()
        placed = points * (matrix.xx, matrix.yy, 1.0)
        placed += (matrix.x0, matrix.y0, 0.0)
        if not whole:
            placed[~finite.all(axis=1)] = np.nan
        return placed

    def _draw_lines(self, lines: Polylines, ctx: cairo.Context, placed: Array) -> None:
        width = lines.get_stroke_width() * self.cairo_line_width_multiple * ctx.get_matrix().xx
        rgbas = lines.point_rgbas() * (1, 1, 1, fade_opacity(lines))
        if width <= 0 or not (rgbas[:, 3] > 0).any():
            return
        starts = lines.starts
        if np.isnan(placed[:, 0]).any():
            placed, starts, rgbas = _split_at_gaps(placed, starts, rgbas)
        raster.stroke_lines(ctx, placed, starts, width, rgbas, lines.closed)

    def _draw_dots(self, dots: Dots, ctx: cairo.Context, placed: Array) -> None:
        veil, unit = np.array([1, 1, 1, fade_opacity(dots)]), ctx.get_matrix().xx
        rgbas, outline = dots.point_rgbas() * veil, dots.stroke_rgbas[0] * veil
        shown = np.isfinite(placed[:, 0])
        if dots.shown is not None:
            shown &= np.isin(np.arange(len(shown)), np.arange(len(shown))[dots.shown])
        order = np.flatnonzero(shown)[self._depth_order(placed[shown, 2])]
        if len(rgbas) > 1:
            rgbas = rgbas[order]
        outline_width = dots.get_stroke_width() * self.cairo_line_width_multiple * unit
        raster.fill_markers(ctx, placed[order], dots.radius * unit, dots.marker, rgbas, outline, outline_width)

    def _depth_order(self, depth: Array) -> Any:
        """Return the order in which to draw: the mobject's own. A 3-D camera draws the farthest first."""
        return slice(None)


class BatchCamera(_DrawsBatches):
    """Manim's camera, which also draws Polylines and Dots, and ordinary mobjects that stand still from their picture.

    A renderer that draws plays in any order calls `new_play` before each, for the same frames in every order.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.stills = LayerCache()
        super().__init__(*args, **kwargs)

    def new_play(self) -> None:
        """Say that another play begins."""
        self.stills.new_play()

    def display_multiple_non_background_colored_vmobjects(
        self, vmobjects: Iterable[VMobject], pixel_array: PixelArray
    ) -> None:
        ctx = self.get_cairo_context(pixel_array)
        for batched, run in itertools.groupby(vmobjects, lambda vmobject: isinstance(vmobject, Batch)):
            if batched:
                for batch in run:
                    self.display_vectorized(batch, ctx)
            else:
                self.stills.draw(run, ctx, self._draw_unveiled)


class ThreeDBatchCamera(_DrawsBatches, ThreeDCamera):
    """Manim's 3-D camera, which also draws Polylines and Dots, the dots of one mobject sorted by depth."""

    def _depth_order(self, depth: Array) -> Any:
        return np.argsort(depth, kind="stable")


def _split_at_gaps(placed: Array, starts: NDArray[np.int64], rgbas: Array) -> tuple[Array, NDArray[np.int64], Array]:
    """Leave out samples that are not finite, and end the line before each of them."""
    finite = np.isfinite(placed[:, 0])
    begins = np.zeros(len(placed) + 1, dtype=bool)
    begins[starts] = True
    begins[1:][~finite] = True
    owner = np.cumsum(begins[:-1])[finite]
    kept_starts = np.flatnonzero(np.diff(owner, prepend=0))
    return placed[finite], kept_starts, rgbas[finite] if len(rgbas) > 1 else rgbas
