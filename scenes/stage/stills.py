"""Stills: pictures of ordinary mobjects that stay as they are from frame to frame, blended instead of drawn again.

Manim redraws everything that was added after the first moving mobject: with a grid in motion, every letter of every
label. Here a mobject that looks as it did in an earlier frame of the same play is drawn once on a layer of its own.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cairo
from manim import VMobject

LARGEST_TOTAL = 64_000_000  # bytes of pictures kept; the least recently used go first
MOST_SEEN = 50_000


@dataclass(frozen=True)
class Still:
    """A mobject's picture and where its upper left pixel goes; no surface where nothing of it shows."""

    surface: cairo.ImageSurface | None
    left: int = 0
    top: int = 0

    @property
    def size(self) -> int:
        return 0 if self.surface is None else self.surface.get_stride() * self.surface.get_height()


class Stills:
    """Draws mobjects, from their pictures where they were seen before in this play.

    A picture follows from the mobject's look alone, and it is used from the second sight in a play on: so a play's
    frames are the same whichever plays were drawn before it.
    """

    def __init__(self) -> None:
        self.pictures: OrderedDict[int, Still] = OrderedDict()
        self.total = 0
        self.seen: set[int] = set()

    def new_play(self) -> None:
        """Forget what was seen, as at the start of a play; the pictures stay."""
        self.seen.clear()

    def draw(self, vmobject: VMobject, ctx: cairo.Context, paint: Callable[[cairo.Context], object]) -> None:
        """Draw a mobject into a context, which `paint` does the slow way."""
        look = hash(appearance(vmobject, ctx))
        if look not in self.seen:
            if len(self.seen) > MOST_SEEN:
                self.seen.clear()
            self.seen.add(look)
            paint(ctx)
            return
        still = self.pictures.get(look)
        if still is None:
            still = self._keep(look, _taken(ctx, paint))
        else:
            self.pictures.move_to_end(look)
        if still.surface is not None:
            ctx.save()
            ctx.identity_matrix()
            ctx.set_source_surface(still.surface, still.left, still.top)
            ctx.paint()
            ctx.restore()

    def _keep(self, look: int, still: Still) -> Still:
        self.pictures[look] = still
        self.total += still.size
        while self.total > LARGEST_TOTAL and len(self.pictures) > 1:
            self.total -= self.pictures.popitem(last=False)[1].size
        return still


def appearance(vmobject: VMobject, ctx: cairo.Context) -> tuple[Any, ...]:
    """Return all that the picture of an ordinary mobject in a flat camera depends on."""
    points, gradient = vmobject.points, len(vmobject.fill_rgbas) > 1 or len(vmobject.stroke_rgbas) > 1
    surface = ctx.get_target()
    return (
        points.tobytes(),
        vmobject.fill_rgbas.tobytes(),
        vmobject.stroke_rgbas.tobytes(),
        vmobject.stroke_width,
        vmobject.background_stroke_width,
        vmobject.background_stroke_rgbas.tobytes() if vmobject.background_stroke_width else None,
        vmobject.joint_type,
        vmobject.cap_style,
        vmobject.get_sheen_direction().tobytes() if gradient else None,
        tuple(ctx.get_matrix()),
        surface.get_width(),
        surface.get_height(),
    )


def _taken(ctx: cairo.Context, paint: Callable[[cairo.Context], object]) -> Still:
    """Return the picture of what `paint` draws, cut to what shows of it."""
    target = ctx.get_target()
    width, height = target.get_width(), target.get_height()
    whole = cairo.RecordingSurface(cairo.CONTENT_COLOR_ALPHA, cairo.Rectangle(0, 0, width, height))
    recorder = cairo.Context(whole)
    recorder.set_matrix(ctx.get_matrix())
    paint(recorder)
    x, y, w, h = whole.ink_extents()
    left, top = max(math.floor(x), 0), max(math.floor(y), 0)
    right, bottom = min(math.ceil(x + w), width), min(math.ceil(y + h), height)
    if right <= left or bottom <= top:
        return Still(None)
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, right - left, bottom - top)
    copy = cairo.Context(surface)
    copy.set_source_surface(whole, -left, -top)
    copy.paint()
    return Still(surface, left, top)
