"""Many markers as one mobject."""

from __future__ import annotations

from typing import Any, Self

import cairo
import numpy as np
from manim import BLACK, PURE_YELLOW, WHITE, Annulus, Camera, Circle, ManimColor, Mobject, Polygon, VGroup, VMobject
from manim.utils.color import ParsableManimColor
from numpy.typing import NDArray

from manim_untangle.draw import raster
from manim_untangle.draw._manim import fade_opacity, in_pixels, sees_depth
from manim_untangle.draw.batch import Batch
from manim_untangle.draw.shapes import RING_HOLE, marker_polygon

Array = NDArray[np.float64]


class Dots(Batch):
    """Markers of one class at centres (N, 3), in scene units.

    radius: in scene units. Like the width of a stroke, it stays the same when the mobject is scaled, and does not count
    in the mobject's width, height and edges. marker: disk, ring, square, diamond, triangle, plus or cross. opacity: of
    the fill. rgbas: colours (N, 4) instead of `color`. outline, outline_width: a thin edge (in Manim's stroke unit)
    that keeps markers apart where they overlap. Later centres lie on top; in a ThreeDScene the nearest do, and all
    markers face the viewer.
    """

    def __init__(
        self,
        centres: Array,
        *,
        radius: float = 0.06,
        color: ParsableManimColor = WHITE,
        marker: str = "disk",
        opacity: float = 1.0,
        rgbas: Array | None = None,
        outline: ParsableManimColor = BLACK,
        outline_width: float = 1.0,
        **kwargs: Any,
    ) -> None:
        stroke = {"stroke_color": outline, "stroke_width": outline_width, "stroke_opacity": opacity}
        super().__init__(fill_color=color, fill_opacity=opacity, **stroke, **kwargs)
        marker_polygon(marker)
        self.radius, self.marker = radius, marker
        self.set_centres(centres)
        self.set_rgbas(rgbas)

    def set_centres(self, centres: Array) -> Self:
        """Replace the centres (N, 3). Where their number changes, `rgbas` are dropped."""
        self.replace_points(centres, "centres")
        self.shown = slice(None)  # of the centres, in their order
        return self

    def draw_at(self, placed: Array, camera: Camera, ctx: cairo.Context[Any]) -> None:
        chosen = np.arange(len(placed))[self.shown]
        shown = chosen[np.isfinite(placed[chosen, 0])]
        if sees_depth(camera):  # the farthest first; else later centres lie on top
            shown = shown[np.argsort(placed[shown, 2], kind="stable")]
        rgbas = self.point_rgbas()
        coats = [(rgbas[shown] if len(rgbas) > 1 else rgbas, self.stroke_rgbas[0], self.stroke_width)]
        if self.background_stroke_width > 0:
            coats.insert(0, (np.zeros((1, 4)), self.background_stroke_rgbas[0], self.background_stroke_width))
        factor = np.array([1, 1, 1, fade_opacity(self)])
        for fill, outline, stroke_width in coats:
            radius, width = self.radius * ctx.get_matrix().xx, in_pixels(camera, stroke_width, ctx)
            raster.fill_markers(ctx, placed[shown], radius, self.marker, fill * factor, outline * factor, width)

    def as_cubics(self) -> VGroup:
        """Return the same markers as ordinary VMobjects, for any renderer."""
        polygon = marker_polygon(self.marker)
        if polygon is not None:
            shape: VMobject = Polygon(*np.column_stack([self.radius * polygon, np.zeros(len(polygon))]))
        elif self.marker == "ring":
            shape = Annulus(inner_radius=RING_HOLE * self.radius, outer_radius=self.radius)
        else:
            shape = Circle(self.radius)
        shape.match_style(self)
        rgbas = np.broadcast_to(self.point_rgbas(), (len(self.points), 4))[self.shown]
        placed = (shape.copy().shift(centre) for centre in self.points[self.shown])
        coloured = (mob.set_fill(ManimColor(c[:3]), c[3]) for mob, c in zip(placed, rgbas, strict=True))
        return VGroup(*coloured).set_z_index(self.z_index)

    def colour(self) -> Array:
        return np.asarray(self.fill_rgbas[0])

    def set_fill(self, color: Any = None, *args: Any, **kwargs: Any) -> Self:
        super().set_fill(color, *args, **kwargs)
        if color is not None:
            self.rgbas = None
        return self

    def set_color(self, color: ParsableManimColor = PURE_YELLOW, *args: Any, **kwargs: Any) -> Self:
        """Colour the markers and leave their outline as it is."""
        return self.set_fill(color, None, *args, **kwargs)

    def align_points(self, mobject: Mobject) -> Self:
        if not isinstance(mobject, Dots) or len(mobject.points) != len(self.points):
            raise self._cannot_become(mobject, f"it takes Dots of as many centres, {len(self.points)}")
        return self.align_rgbas(mobject)

    def pointwise_become_partial(self, vmobject: VMobject, a: float, b: float) -> Self:
        """Show the markers of `vmobject` from the share a to the share b, in their order."""
        if not isinstance(vmobject, Dots):
            raise self._cannot_become(vmobject, "it can only be a part of Dots")
        first, last = np.rint(np.clip([a, b], 0, 1) * len(vmobject.points)).astype(int)
        self.shown = slice(first, last)
        return self

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        if not isinstance(mobject1, Dots) or not isinstance(mobject2, Dots):
            raise self._cannot_become(mobject2, "it takes Dots")
        super().interpolate_color(mobject1, mobject2, alpha)
        self.radius = (1 - alpha) * mobject1.radius + alpha * mobject2.radius
        model = mobject2 if alpha == 1 else mobject1
        self.marker, self.shown = model.marker, model.shown
        return self
