"""Stills: pictures of ordinary mobjects that stay as they are from frame to frame, blended instead of drawn again.

Manim redraws everything that was added after the first moving mobject: with a grid in motion, every letter of every
label. Here a mobject is drawn once on a layer of its own, which is then used for as long as the mobject looks the same.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import cairo
from manim import VMobject

from manim_untangle.draw.opacity_fade import fade_opacity

LARGEST_TOTAL = 24_000_000  # bytes of pictures kept; the least recently used go first
MOST_SEEN = 20_000  # mobjects whose last look is remembered
SMALL = 4096  # pixels that may be empty for the sake of one picture fewer


@dataclass(frozen=True)
class Picture:
    """Pixels, and where the upper left one goes."""

    surface: cairo.ImageSurface
    left: int
    top: int

    @property
    def size(self) -> int:
        """Bytes."""
        return int(self.surface.get_stride() * self.surface.get_height())


Paint = Callable[[VMobject, cairo.Context], object]


class LayerCache:
    """Draws mobjects from their pictures, but for those that changed since the last frame of this play.

    A picture follows from the mobjects' look alone, and whether it is used from this play alone: so a play's frames
    are the same whichever plays were drawn before it.
    """

    # no __dict__: Manim's own cache would take all that is in it for a part of the scene
    __slots__ = ("looks", "pictures", "total")

    def __init__(self) -> None:
        self.pictures: OrderedDict[tuple[int, ...], list[Picture]] = OrderedDict()
        self.total = 0
        self.looks: dict[VMobject, int] = {}

    def new_play(self) -> None:
        """Forget how mobjects looked, as at the start of a play; the pictures stay."""
        self.looks.clear()

    def draw(self, vmobjects: Iterable[VMobject], ctx: cairo.Context, paint: Paint) -> None:
        """Draw mobjects in order into a context, as far as their veils let them show; `paint` draws one the slow way.

        A veiled mobject is always drawn from its picture: a fade changes the veil only.
        """
        surface = ctx.get_target()
        frame = (tuple(ctx.get_matrix()), surface.get_width(), surface.get_height())
        still, thickness = list[tuple[int, VMobject]](), 1.0
        for vmobject in vmobjects:
            veil, look = fade_opacity(vmobject), hash((appearance(vmobject), frame))
            changes = veil == 1 and self.looks.get(vmobject, look) != look
            self.looks[vmobject] = look
            if changes or veil != thickness:
                self._draw_still(still, thickness, ctx, paint)
                still, thickness = [], veil
            if changes:
                paint(vmobject, ctx)
            else:
                still.append((look, vmobject))
        self._draw_still(still, thickness, ctx, paint)
        if len(self.looks) > MOST_SEEN:
            self.looks.clear()

    def _draw_still(self, still: list[tuple[int, VMobject]], veil: float, ctx: cairo.Context, paint: Paint) -> None:
        if not still or veil <= 0:
            return
        pictures = self._pictures(still, ctx, paint)
        ctx.save()
        ctx.identity_matrix()
        for picture in pictures:
            ctx.set_source_surface(picture.surface, picture.left, picture.top)
            ctx.paint_with_alpha(min(veil, 1.0))
        ctx.restore()

    def _pictures(self, still: list[tuple[int, VMobject]], ctx: cairo.Context, paint: Paint) -> list[Picture]:
        """Return the pictures of mobjects in order, fewer than they are; those of a single one are kept apart, too."""
        looks = tuple(look for look, _ in still)
        if looks in self.pictures:
            self.pictures.move_to_end(looks)
            return self.pictures[looks]
        if len(still) == 1:
            return self._keep(looks, _taken(still[0][1], ctx, paint))
        singles = [picture for one in still for picture in self._pictures([one], ctx, paint)]
        return self._keep(looks, _gathered(singles))

    def _keep(self, looks: tuple[int, ...], pictures: list[Picture]) -> list[Picture]:
        self.pictures[looks] = pictures
        self.total += sum(picture.size for picture in pictures)
        while self.total > LARGEST_TOTAL and len(self.pictures) > 1:
            _, oldest = self.pictures.popitem(last=False)
            self.total -= sum(picture.size for picture in oldest)
        return pictures


def appearance(vmobject: VMobject) -> tuple[Any, ...]:
    """Return all that the picture of an ordinary mobject in a flat camera depends on, but for the frame."""
    gradient = len(vmobject.fill_rgbas) > 1 or len(vmobject.stroke_rgbas) > 1
    return (
        vmobject.points.tobytes(),
        vmobject.fill_rgbas.tobytes(),
        vmobject.stroke_rgbas.tobytes(),
        vmobject.stroke_width,
        vmobject.background_stroke_width,
        vmobject.background_stroke_rgbas.tobytes() if vmobject.background_stroke_width else None,
        vmobject.joint_type,
        vmobject.cap_style,
        vmobject.get_sheen_direction().tobytes() if gradient else None,
    )


def _taken(vmobject: VMobject, ctx: cairo.Context, paint: Paint) -> list[Picture]:
    """Return a mobject's picture, cut to what shows of it; none where nothing does."""
    target = ctx.get_target()
    width, height = target.get_width(), target.get_height()
    whole = cairo.RecordingSurface(cairo.CONTENT_COLOR_ALPHA, cairo.Rectangle(0, 0, width, height))
    recorder = cairo.Context(whole)
    recorder.set_matrix(ctx.get_matrix())
    paint(vmobject, recorder)
    x, y, w, h = whole.ink_extents()
    left, top = max(math.floor(x), 0), max(math.floor(y), 0)
    right, bottom = min(math.ceil(x + w), width), min(math.ceil(y + h), height)
    if right <= left or bottom <= top:
        return []
    return [_pasted([Picture(whole, 0, 0)], left, top, right, bottom)]


def _gathered(taken: Iterable[Picture]) -> list[Picture]:
    """Return fewer pictures of the same: neighbours in order are pasted together where little between them is empty."""
    result: list[Picture] = []
    for picture in taken:
        if result:
            left, top, right, bottom = _bounds(pair := [result[-1], picture])
            if (right - left) * (bottom - top) <= 2 * sum(p.size // 4 for p in pair) + SMALL:
                result[-1] = _pasted(pair, left, top, right, bottom)
                continue
        result.append(picture)
    return result


def _bounds(pictures: list[Picture]) -> tuple[int, int, int, int]:
    return (
        min(p.left for p in pictures),
        min(p.top for p in pictures),
        max(p.left + p.surface.get_width() for p in pictures),
        max(p.top + p.surface.get_height() for p in pictures),
    )


def _pasted(pictures: list[Picture], left: int, top: int, right: int, bottom: int) -> Picture:
    """Return one picture of several, over each other in order, between the given pixels."""
    surface = cairo.ImageSurface(cairo.FORMAT_ARGB32, right - left, bottom - top)
    ctx = cairo.Context(surface)
    for picture in pictures:
        ctx.set_source_surface(picture.surface, picture.left - left, picture.top - top)
        ctx.paint()
    return Picture(surface, left, top)
