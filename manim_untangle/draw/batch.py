"""A batch: many lines, or many markers, as one mobject that any scene can move and draw quickly.

Its `points` are the samples of the lines or the centres of the markers, not Bézier handles. What Manim does through
points and colours works: shift, scale, rotate, apply_function, fade, Create, Transform between equals, groups, copies,
z_index, every camera. What needs Bézier handles raises an error that names `as_cubics`, which returns the same picture
as ordinary mobjects. The OpenGL renderer cannot draw batches: making one raises an error.
"""

from __future__ import annotations

from typing import Any, Self

import cairo
import numpy as np
from manim import Camera, Mobject, VMobject
from numpy.typing import NDArray

from manim_untangle.draw._manim import SampledMobject, fade_opacity, placed
from netlib.errors import UntangleError

Array = NDArray[np.float64]


class Batch(SampledMobject):
    """What lines and markers share: one colour for all points, or each point's own colour in `rgbas` (N, 4).

    The opacity of the mobject multiplies the opacities in `rgbas`, so that fades work.
    """

    rgbas: Array | None = None

    def draw(self, camera: Camera, ctx: cairo.Context[Any]) -> None:
        if len(self.points) and fade_opacity(self) > 0:
            self.draw_at(placed(camera, self, ctx), camera, ctx)

    def draw_at(self, placed: Array, camera: Camera, ctx: cairo.Context[Any]) -> None:
        """Draw the batch with its points at `placed` (N, 3): pixels and nearness; NaN where nothing is drawn."""
        raise NotImplementedError

    def colour(self) -> Array:
        """Return the one colour (4,) of all points: the stroke's for lines, the fill's for markers."""
        raise NotImplementedError

    def point_rgbas(self) -> Array:
        """Return the colours to draw with: (1, 4) for all, or (N, 4), one a point; not premultiplied."""
        if self.rgbas is None:
            return self.colour()[None]
        return np.asarray(self.rgbas * (1.0, 1.0, 1.0, self.colour()[3]))

    def replace_points(self, points: Array, name: str) -> None:
        """Replace the points (N, 3), called `name` in errors. Where their number changes, `rgbas` are dropped."""
        points = np.asarray(points, dtype=np.float64)
        if points.ndim != 2 or points.shape[1] != 3:
            raise ValueError(f"{name} must have shape (N, 3), not {points.shape}")
        if self.rgbas is not None and len(self.rgbas) != len(points):
            self.rgbas = None
        self.points = points

    def set_rgbas(self, rgbas: Array | None) -> Self:
        """Give each point its own colour (N, 4) in [0, 1]. None gives them one colour again."""
        if rgbas is not None and np.shape(rgbas) != (len(self.points), 4):
            raise ValueError(f"rgbas must have shape ({len(self.points)}, 4), one a point, not {np.shape(rgbas)}")
        self.rgbas = None if rgbas is None else np.array(rgbas, dtype=np.float64)
        return self

    def update_rgbas_array(self, array_name: str, color: Any = None, opacity: float | None = None) -> Self:
        super().update_rgbas_array(array_name, color, opacity)
        if len(getattr(self, array_name)) > 1:
            name = type(self).__name__
            raise UntangleError(f"{name} have no gradient and no sheen: give them one colour, or each point its rgbas")
        return self

    def get_anchors(self) -> list[Array]:
        """Return the points that bound the mobject: all of them, since none is a handle."""
        return list(self.points)

    def align_rgbas(self, vmobject: VMobject) -> Self:
        super().align_rgbas(vmobject)
        if isinstance(vmobject, Batch) and (self.rgbas is None) != (vmobject.rgbas is None):
            plain = self if self.rgbas is None else vmobject
            plain.rgbas = np.tile(np.append(plain.colour()[:3], 1.0), (len(plain.points), 1))
        return self

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        if not isinstance(mobject1, Batch) or not isinstance(mobject2, Batch):
            raise self._cannot_become(mobject2, f"it takes {type(self).__name__}")
        super().interpolate_color(mobject1, mobject2, alpha)
        first, second = mobject1.rgbas, mobject2.rgbas
        if alpha < 1 and first is not None and second is not None:
            self.rgbas = (1 - alpha) * first + alpha * second
        else:
            nearer = second if alpha == 1 else first
            self.rgbas = None if nearer is None else nearer.copy()
        return self

    def _cannot_become(self, other: Mobject, why: str) -> UntangleError:
        kinds = type(self).__name__, type(other).__name__
        return UntangleError(f"{kinds[0]} cannot turn into {kinds[1]}: {why}. Fade between them")
