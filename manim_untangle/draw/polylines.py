"""Many lines as one mobject, and how to take parts of their samples."""

from __future__ import annotations

from typing import Any, Self

import cairo
import numpy as np
from manim import WHITE, Camera, ManimColor, Mobject, VGroup, VMobject
from manim.utils.color import ParsableManimColor
from numpy.typing import NDArray

from manim_untangle.draw import raster
from manim_untangle.draw._manim import fade_opacity, in_pixels
from manim_untangle.draw.batch import Batch

Array = NDArray[np.float64]
Indices = NDArray[np.int64]


class Polylines(Batch):
    """Lines of one style through samples (N, 3), in scene units; `starts` (L,): the offset of each line's first sample.

    stroke_width: in Manim's unit, 0.01 of a scene unit. closed: join each line's last sample to its first.
    rgbas: colours (N, 4) of the samples, in [0, 1], instead of `color`. Each line is one stroke: opacities below 1 add
    up where two lines cross, as with Manim's lines, but not where a line crosses itself. Lines have round joins and
    butt caps. With `set_fill` the area that all lines together enclose is filled, by the nonzero winding rule: a hole
    is a line that runs the other way round.
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
        """Replace the samples (N, 3). Where their number changes, `starts` has to be given, and `rgbas` are dropped."""
        if starts is None and len(samples) != len(self.points):
            raise ValueError(f"{len(samples)} samples in place of {len(self.points)}: give their starts too")
        if starts is not None:
            self.starts = np.asarray(starts, dtype=np.int64)
            edges = np.append(self.starts, len(samples))
            if len(samples) and (edges[0] != 0 or (np.diff(edges) < 0).any()):
                raise ValueError(f"starts must rise from 0 to at most the number of samples, {len(samples)}")
        self.replace_points(samples, "samples")
        return self

    @property
    def sizes(self) -> Indices:
        """Number of samples (L,) of each line."""
        return np.diff(np.append(self.starts, len(self.points)))

    def lines(self) -> list[Array]:
        """Return the samples (n, 3) of each line; a closed line ends where it began."""
        pieces = np.split(self.points, self.starts[1:]) if len(self.starts) else []
        return [np.vstack([piece, piece[:1]]) for piece in pieces] if self.closed else pieces

    def draw_at(self, placed: Array, camera: Camera, ctx: cairo.Context[Any]) -> None:
        fill = self.fill_rgbas[0] * (1, 1, 1, fade_opacity(self))
        if fill[3] > 0:
            samples, starts, _ = without_gaps(placed, self.starts, fill[None])
            raster.fill_lines(ctx, samples, starts, fill)
        for stroke_width, rgbas in (
            (self.background_stroke_width, self.background_stroke_rgbas),
            (self.stroke_width, self.point_rgbas()),
        ):
            width = in_pixels(camera, stroke_width, ctx)
            samples, starts, rgbas = without_gaps(placed, self.starts, rgbas * (1, 1, 1, fade_opacity(self)))
            if width > 0 and (rgbas[:, 3] > 0).any():
                raster.stroke_lines(ctx, samples, starts, width, rgbas, self.closed)

    def as_cubics(self) -> VGroup:
        """Return the same lines as ordinary VMobjects, one a line, in the lines' mean colours."""
        group = VGroup()
        if self.fill_rgbas[0, 3] > 0:
            area = VMobject().match_style(self).set_stroke(width=0)
            for line in self.lines():
                area.start_new_path(line[0]).add_points_as_corners([*line[1:], line[0]])
            group.add(area)
        rgbas = np.broadcast_to(self.point_rgbas(), (len(self.points), 4))
        for line, start, size in zip(self.lines(), self.starts, self.sizes, strict=True):
            if len(line) > 1:
                mean = rgbas[start : start + size].mean(axis=0)
                cubic = VMobject().set_points_as_corners(line).match_style(self)
                group.add(cubic.set_fill(opacity=0).set_stroke(ManimColor(mean[:3]), opacity=mean[3]))
        return group.set_z_index(self.z_index)

    def get_end(self) -> Array:
        """Return where the last line ends (3,); a closed one ends where it began."""
        return np.array(self.points[self.starts[-1]]) if self.closed else super().get_end()

    def get_arc_length(self, sample_points_per_curve: int | None = None) -> float:
        """Return the length of all lines together, in scene units. It is exact, and ignores its argument."""
        return float(sum(np.linalg.norm(np.diff(line, axis=0), axis=1).sum() for line in self.lines()))

    def point_from_proportion(self, alpha: float) -> Array:
        """Return the point (3,) at a share of the way along all lines, one line after another."""
        lines = self.lines()
        steps = [np.linalg.norm(np.diff(line, axis=0, prepend=line[:1]), axis=1) for line in lines]
        samples, way = np.concatenate(lines), np.cumsum(np.concatenate(steps))
        return np.array([np.interp(alpha * way[-1], way, samples[:, k]) for k in range(3)])

    def colour(self) -> Array:
        return np.asarray(self.stroke_rgbas[0])

    def set_stroke(self, color: Any = None, *args: Any, **kwargs: Any) -> Self:
        super().set_stroke(color, *args, **kwargs)
        if color is not None:
            self.rgbas = None
        return self

    def align_points(self, mobject: Mobject) -> Self:
        """Give both the same number of samples in each line, so that Manim can turn one into the other."""
        if not isinstance(mobject, Polylines) or len(mobject.starts) != len(self.starts):
            raise self._cannot_become(mobject, f"it takes Polylines of as many lines, {len(self.starts)}")
        self.align_rgbas(mobject)
        sizes = np.maximum(self.sizes, mobject.sizes)
        for each in (self, mobject):
            if (each.sizes != sizes).any():
                each._follow(*resampled(each.starts, each.sizes, sizes), each)
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
        part = between(vmobject.starts, vmobject.sizes, max(a, 0.0), min(b, 1.0), vmobject.closed)
        return self._follow(*part, vmobject)

    def interpolate_color(self, mobject1: Mobject, mobject2: Mobject, alpha: float) -> Self:
        if not isinstance(mobject1, Polylines) or not isinstance(mobject2, Polylines):
            raise self._cannot_become(mobject2, "it takes Polylines")
        super().interpolate_color(mobject1, mobject2, alpha)
        model = mobject2 if alpha == 1 else mobject1
        self.starts, self.closed = model.starts, model.closed
        return self

    def _follow(self, before: Indices, after: Indices, share: Array, starts: Indices, model: Polylines) -> Self:
        """Take samples of `model` between its samples `before` and `after`."""

        def mixed(values: Array) -> Array:
            return values[before] + share[:, None] * (values[after] - values[before])

        rgbas = None if model.rgbas is None else mixed(model.rgbas)
        self.points, self.starts, self.rgbas = mixed(model.points), starts, rgbas
        return self


# New samples from old ones: (before, after, share, starts). New sample i lies between the old samples before[i] and
# after[i], at share[i] in [0, 1] of the way; starts are the offsets of the new lines.
Mixture = tuple[Indices, Indices, Array, Indices]


def between(starts: Indices, sizes: Indices, a: float, b: float, closed: bool = False) -> Mixture:
    """Return the part from a to b of each line, as shares of its samples. A closed line ends at its first sample."""
    spans = np.maximum(sizes - 1 + closed, 0)
    line = np.repeat(np.arange(len(starts)), spans + 1)
    inner = np.arange(len(line)) - np.repeat(np.cumsum(spans + 1) - (spans + 1), spans + 1)
    kept = (inner > a * spans[line]) & (inner < b * spans[line])
    place = np.concatenate([a * spans, inner[kept], b * spans])
    owner = np.concatenate([np.arange(len(starts)), line[kept], np.arange(len(starts))])
    order = np.lexsort((place, owner))
    return _mixture(place[order], owner[order], starts, sizes)


def resampled(starts: Indices, sizes: Indices, wanted: Indices) -> Mixture:
    """Return each line with the wanted number of samples (L,), evenly spread between its own."""
    owner = np.repeat(np.arange(len(starts)), wanted)
    inner = np.arange(len(owner)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    step = np.maximum(sizes - 1, 0) / np.maximum(wanted - 1, 1)
    return _mixture(inner * step[owner], owner, starts, sizes)


def without_gaps(samples: Array, starts: Indices, rgbas: Array) -> tuple[Array, Indices, Array]:
    """Leave out samples that are not finite, and divide the line at each of them; rgbas (1, 4), or (N, 4)."""
    finite = np.isfinite(samples[:, 0])
    if finite.all():
        return samples, starts, rgbas
    begins = np.zeros(len(samples) + 1, dtype=bool)
    begins[starts] = True
    begins[1:][~finite] = True
    owner = np.cumsum(begins[:-1])[finite]
    return samples[finite], np.flatnonzero(np.diff(owner, prepend=0)), rgbas[finite] if len(rgbas) > 1 else rgbas


def _mixture(place: Array, owner: Indices, starts: Indices, sizes: Indices) -> Mixture:
    """Return the mixture for places along lines, counted in samples; behind a line's last sample comes its first."""
    whole = np.floor(place + 1e-9).astype(np.int64)
    size = np.maximum(sizes[owner], 1)
    before, after = starts[owner] + whole % size, starts[owner] + (whole + 1) % size
    share = np.clip(place - whole, 0.0, 1.0)
    after = np.where(share > 0, after, before)
    new_sizes = np.bincount(owner, minlength=len(starts))
    return before, after, share, np.cumsum(new_sizes) - new_sizes
