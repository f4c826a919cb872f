"""Many lines, or many markers, as one mobject each: moved in one numpy call and drawn in one go.

`points` hold the samples themselves (lines) or the centres (markers), not Bézier handles. What Manim does to a
mobject through its points and colours works: shift, scale, rotate, fade, Create, Transform between equals, groups,
copies, z_index. They are drawn by a BatchCamera; for a renderer that knows only cubics there is `as_cubics`.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import BLACK, WHITE, Annulus, Circle, ManimColor, Polygon, VGroup, VMobject
from manim.utils.color import ParsableManimColor
from numpy.typing import NDArray

from scenes.stage.markers import RING_HOLE, marker_polygon
from scenes.stage.samples import between, resampled

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


class Batch(VMobject):
    """What lines and markers share: one colour for all, or one for each point in `rgbas` (N, 4).

    `rgbas` hold each point's own colour and opacity; the mobject's opacity multiplies theirs, so that fades work.
    """

    rgbas: Array | None = None

    def colour(self) -> Array:
        """Return the one colour (4,) of all points: the stroke's for lines, the fill's for markers."""
        raise NotImplementedError

    def point_rgbas(self) -> Array:
        """Return the colours to draw with: (1, 4) for all, or (N, 4), one a point; not premultiplied."""
        if self.rgbas is None:
            return self.colour()[None]
        return self.rgbas * np.array([1.0, 1.0, 1.0, self.colour()[3]])

    def set_rgbas(self, rgbas: Array | None) -> Self:
        """Give each point its own colour (N, 4) in [0, 1], or None for one colour again."""
        if rgbas is not None and np.shape(rgbas) != (len(self.points), 4):
            raise ValueError(f"rgbas must have shape ({len(self.points)}, 4), one a point, not {np.shape(rgbas)}")
        self.rgbas = None if rgbas is None else np.array(rgbas, dtype=np.float64)
        return self

    def get_anchors(self) -> list[Array]:
        """Return the points that bound the mobject: all of them, for none is a handle."""
        return list(self.points)

    def align_rgbas(self, vmobject: VMobject) -> Self:
        super().align_rgbas(vmobject)
        if isinstance(vmobject, Batch) and (self.rgbas is None) != (vmobject.rgbas is None):
            plain = self if self.rgbas is None else vmobject
            plain.rgbas = np.tile(np.append(plain.colour()[:3], 1.0), (len(plain.points), 1))
        return self

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> Self:
        super().interpolate_color(mobject1, mobject2, alpha)
        first, second = getattr(mobject1, "rgbas", None), getattr(mobject2, "rgbas", None)
        if alpha < 1 and first is not None and second is not None:
            self.rgbas = (1 - alpha) * first + alpha * second
        else:
            nearer = second if alpha == 1 else first
            self.rgbas = None if nearer is None else nearer.copy()
        return self

    def _cannot_become(self, other: VMobject, why: str) -> ValueError:
        return ValueError(f"{type(self).__name__} cannot turn into {type(other).__name__}: {why}. Fade between them.")


class Polylines(Batch):
    """Lines of one style through samples (N, 3); `starts` (L,) are the offsets of each line's first sample.

    stroke_width: in Manim's unit, 0.01 of a scene unit. closed: join each line's last sample to its first.
    rgbas: colours (N, 4) of the samples, in [0, 1], instead of `color`. Every line is one stroke: where two lines of
    opacity < 1 cross they add up, as Manim's do; where a line crosses itself it does not.
    """

    def __init__(
        self,
        samples: Array,
        starts: Indices,
        *,
        color: ParsableManimColor = WHITE,
        stroke_width: float = 2.0,
        stroke_opacity: float = 1.0,
        closed: bool = False,
        rgbas: Array | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(color=color, stroke_width=stroke_width, stroke_opacity=stroke_opacity, **kwargs)
        self.closed = closed
        self.set_samples(samples, starts)
        self.set_rgbas(rgbas)

    def set_samples(self, samples: Array, starts: Indices | None = None) -> Self:
        """Replace the samples (N, 3); where their number or the lines change, give `starts` too."""
        samples = np.asarray(samples, dtype=np.float64)
        if samples.ndim != 2 or samples.shape[1] != 3:
            raise ValueError(f"samples must have shape (N, 3), not {samples.shape}")
        if starts is None and len(samples) != len(self.points):
            raise ValueError(f"{len(samples)} samples in place of {len(self.points)}: give their starts too")
        if starts is not None:
            self.starts = np.asarray(starts, dtype=np.int64)
            edges = np.append(self.starts, len(samples))
            if len(samples) and (edges[0] != 0 or (np.diff(edges) < 0).any()):
                raise ValueError(f"starts must rise from 0 to at most the number of samples, {len(samples)}")
        if self.rgbas is not None and len(self.rgbas) != len(samples):
            self.rgbas = None
        self.points = samples
        return self

    @property
    def sizes(self) -> Indices:
        """Number of samples (L,) of each line."""
        return np.diff(np.append(self.starts, len(self.points)))

    def lines(self) -> list[Array]:
        """Return the samples (n, 3) of each line; a closed line ends where it began."""
        pieces = np.split(self.points, self.starts[1:]) if len(self.starts) else []
        return [np.vstack([piece, piece[:1]]) for piece in pieces] if self.closed else pieces

    def as_cubics(self) -> VGroup:
        """Return the same lines as ordinary VMobjects, one a line, in the lines' mean colours."""
        group = VGroup()
        rgbas = np.broadcast_to(self.point_rgbas(), (len(self.points), 4))
        for line, start, size in zip(self.lines(), self.starts, self.sizes, strict=True):
            if len(line) > 1:
                mean = rgbas[start : start + size].mean(axis=0)
                style = {"stroke_color": ManimColor(mean[:3]), "stroke_opacity": mean[3]}
                group.add(VMobject(stroke_width=self.stroke_width, **style).set_points_as_corners(line))
        return group.set_z_index(self.z_index)

    def colour(self) -> Array:
        return np.asarray(self.stroke_rgbas[0])

    def set_stroke(self, color: Any = None, *args: Any, **kwargs: Any) -> Self:
        super().set_stroke(color, *args, **kwargs)
        if color is not None:
            self.rgbas = None
        return self

    def align_points(self, vmobject: VMobject) -> Self:
        """Give both the same number of samples in each line, so that one can turn into the other."""
        if not isinstance(vmobject, Polylines) or len(vmobject.starts) != len(self.starts):
            raise self._cannot_become(vmobject, f"it takes Polylines of as many lines, {len(self.starts)}")
        self.align_rgbas(vmobject)
        sizes = np.maximum(self.sizes, vmobject.sizes)
        for mobject in (self, vmobject):
            if (mobject.sizes != sizes).any():
                mobject._follow(*resampled(mobject.starts, mobject.sizes, sizes), mobject)
        return self

    def pointwise_become_partial(self, vmobject: VMobject, a: float, b: float) -> Self:
        """Show each line of `vmobject` from the share a to the share b of its samples; all lines grow together."""
        if not isinstance(vmobject, Polylines):
            raise self._cannot_become(vmobject, "it can only be a part of Polylines")
        whole = a <= 0 and b >= 1
        self.closed = vmobject.closed and whole
        if whole:
            self.points, self.starts, self.rgbas = vmobject.points.copy(), vmobject.starts, vmobject.rgbas
            return self
        return self._follow(
            *between(vmobject.starts, vmobject.sizes, max(a, 0.0), min(b, 1.0), vmobject.closed), vmobject
        )

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> Self:
        super().interpolate_color(mobject1, mobject2, alpha)
        model = mobject2 if alpha == 1 and isinstance(mobject2, Polylines) else mobject1
        self.starts, self.closed = getattr(model, "starts", self.starts), getattr(model, "closed", self.closed)
        return self

    def _follow(self, before: Indices, after: Indices, share: Array, starts: Indices, model: Polylines) -> Self:
        """Take samples of `model` between its samples `before` and `after`."""

        def mixed(values: Array) -> Array:
            return values[before] + share[:, None] * (values[after] - values[before])

        rgbas = None if model.rgbas is None else mixed(model.rgbas)
        self.points, self.starts, self.rgbas = mixed(model.points), starts, rgbas
        return self


class Dots(Batch):
    """Markers of one class at centres (N, 3).

    radius: in scene units; it stays when the mobject is scaled, as a stroke's width does. marker: a name from
    markers.py. opacity: of the fill. rgbas: colours (N, 4) instead of `color`. outline, outline_width: a thin edge
    (in Manim's stroke unit) that keeps markers apart where they overlap; later centres lie on top.
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
        self.shown: slice | None = None
        self.set_centres(centres)
        self.set_rgbas(rgbas)

    def set_centres(self, centres: Array) -> Self:
        """Replace the centres (N, 3); own colours are dropped where their number changes."""
        centres = np.asarray(centres, dtype=np.float64)
        if centres.ndim != 2 or centres.shape[1] != 3:
            raise ValueError(f"centres must have shape (N, 3), not {centres.shape}")
        if self.rgbas is not None and len(self.rgbas) != len(centres):
            self.rgbas = None
        self.points, self.shown = centres, None
        return self

    def as_cubics(self) -> VGroup:
        """Return the same markers as ordinary VMobjects, for any renderer."""
        polygon = marker_polygon(self.marker)
        if polygon is not None:
            shape: VMobject = Polygon(*np.column_stack([self.radius * polygon, np.zeros(len(polygon))]))
        elif self.marker == "ring":
            shape = Annulus(inner_radius=RING_HOLE * self.radius, outer_radius=self.radius)
        else:
            shape = Circle(self.radius)
        shape.set_stroke(self.stroke_color, self.stroke_width, float(self.stroke_rgbas[0, 3]))
        rgbas = np.broadcast_to(self.point_rgbas(), (len(self.points), 4))[self.shown or slice(None)]
        placed = (shape.copy().shift(centre) for centre in self.points[self.shown or slice(None)])
        coloured = (mob.set_fill(ManimColor(c[:3]), c[3]) for mob, c in zip(placed, rgbas, strict=True))
        return VGroup(*coloured).set_z_index(self.z_index)

    def colour(self) -> Array:
        return np.asarray(self.fill_rgbas[0])

    def set_fill(self, color: Any = None, *args: Any, **kwargs: Any) -> Self:
        super().set_fill(color, *args, **kwargs)
        if color is not None:
            self.rgbas = None
        return self

    def set_color(self, color: ParsableManimColor, family: bool = True) -> Self:
        """Colour the markers and leave their outline as it is."""
        return self.set_fill(color, family=family)

    def align_points(self, vmobject: VMobject) -> Self:
        if not isinstance(vmobject, Dots) or len(vmobject.points) != len(self.points):
            raise self._cannot_become(vmobject, f"it takes Dots of as many centres, {len(self.points)}")
        return self.align_rgbas(vmobject)

    def pointwise_become_partial(self, vmobject: VMobject, a: float, b: float) -> Self:
        """Show the markers of `vmobject` from the share a to the share b, in their order."""
        if not isinstance(vmobject, Dots):
            raise self._cannot_become(vmobject, "it can only be a part of Dots")
        first, last = np.rint(np.clip([a, b], 0, 1) * len(vmobject.points)).astype(int)
        self.shown = None if (first, last) == (0, len(vmobject.points)) else slice(first, last)
        return self

    def interpolate_color(self, mobject1: VMobject, mobject2: VMobject, alpha: float) -> Self:
        super().interpolate_color(mobject1, mobject2, alpha)
        if isinstance(mobject1, Dots) and isinstance(mobject2, Dots):
            self.radius = (1 - alpha) * mobject1.radius + alpha * mobject2.radius
            model = mobject2 if alpha == 1 else mobject1
            self.marker, self.shown = model.marker, model.shown
        return self
