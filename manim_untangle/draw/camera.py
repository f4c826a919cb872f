"""The camera of a Film: it blends pictures of mobjects that do not change, and draws fades without copies.

Manim redraws everything that was added after the first moving mobject: with a grid in motion, every letter of every
label. A LayerCache draws a mobject once, and blends that picture for as long as the mobject looks the same.

Manim fades by transforming between three deep copies, and redraws every letter in every frame. That takes 40 ms for a
caption at the start, and 3 ms a frame. An OpacityFade changes one number of each mobject, the opacity factor, so that
the mobject's picture can be kept. A BatchCamera multiplies the picture's opacity by it.
"""

from __future__ import annotations

import itertools
import math
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

import cairo
import numpy as np
from manim import Animation, FadeIn, FadeOut, VMobject

from manim_untangle.draw._manim import (
    OpacityFade,
    Paint,
    RunCamera,
    SampledMobject,
    clip_of,
    drawn_members,
    fade_opacity,
)

LARGEST_TOTAL = 24_000_000  # bytes of pictures kept; the least recently used go first
MOST_SEEN = 20_000  # mobjects whose last look is remembered
SMALL = 4096  # pixels that may be empty for the sake of one picture fewer


Picture = cairo.ImageSurface  # its device offset says where on the frame it lies


class LayerCache:
    """Draws mobjects from their pictures, except those that changed since the last frame of this play.

    A picture depends on the look of its mobjects only, and whether it is used depends on this play only. So a play's
    frames are the same, whichever plays were drawn before it.
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

    def draw(self, vmobjects: Iterable[VMobject], ctx: cairo.Context[Any], paint: Paint) -> None:
        """Draw mobjects in order, each with its opacity factor; `paint` draws a mobject without a picture.

        A mobject that fades is always drawn from its picture, since a fade changes the factor only.
        """
        m, surface = ctx.get_matrix(), ctx.get_target()
        frame = (m.xx, m.xy, m.yx, m.yy, m.x0, m.y0, surface.get_width(), surface.get_height())
        unchanged, shared = list[tuple[int, VMobject]](), 1.0
        for vmobject in vmobjects:
            factor, look = fade_opacity(vmobject), hash((appearance(vmobject), frame))
            changes = factor == 1 and self.looks.get(vmobject, look) != look
            self.looks[vmobject] = look
            if changes or factor != shared:
                self._draw_pictures(unchanged, shared, ctx, paint)
                unchanged, shared = [], factor
            if changes:
                paint(vmobject, ctx)
            else:
                unchanged.append((look, vmobject))
        self._draw_pictures(unchanged, shared, ctx, paint)
        if len(self.looks) > MOST_SEEN:
            self.looks.clear()

    def _draw_pictures(
        self, unchanged: list[tuple[int, VMobject]], factor: float, ctx: cairo.Context[Any], paint: Paint
    ) -> None:
        if not unchanged or factor <= 0:
            return
        pictures = self._pictures(unchanged, ctx, paint)
        ctx.save()
        ctx.identity_matrix()
        for picture in pictures:
            ctx.set_source_surface(picture)
            ctx.paint_with_alpha(min(factor, 1.0))
        ctx.restore()

    def _pictures(self, unchanged: list[tuple[int, VMobject]], ctx: cairo.Context[Any], paint: Paint) -> list[Picture]:
        """Return pictures of mobjects in order, joined where that is cheap. Each single picture is kept, too."""
        looks = tuple(look for look, _ in unchanged)
        if looks in self.pictures:
            self.pictures.move_to_end(looks)
            return self.pictures[looks]
        if len(unchanged) == 1:
            return self._keep(looks, _picture_of(unchanged[0][1], ctx, paint))
        singles = [picture for one in unchanged for picture in self._pictures([one], ctx, paint)]
        return self._keep(looks, _joined(singles))

    def _keep(self, looks: tuple[int, ...], pictures: list[Picture]) -> list[Picture]:
        self.pictures[looks] = pictures
        self.total += sum(map(_bytes, pictures))
        while self.total > LARGEST_TOTAL and len(self.pictures) > 1:
            _, oldest = self.pictures.popitem(last=False)
            self.total -= sum(map(_bytes, oldest))
        return pictures


def appearance(vmobject: VMobject) -> tuple[Any, ...]:
    """Return all that decides the picture of an ordinary mobject in a flat camera, except the frame."""
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
        clip_of(vmobject),
        vmobject.get_sheen_direction().tobytes() if gradient else None,
    )


def _picture_of(vmobject: VMobject, ctx: cairo.Context[Any], paint: Paint) -> list[Picture]:
    """Return a mobject's picture, cut to its visible part; an empty list where nothing is visible."""
    target = ctx.get_target()
    width, height = target.get_width(), target.get_height()
    whole = cairo.RecordingSurface(cairo.CONTENT_COLOR_ALPHA, cairo.Rectangle(0, 0, width, height))
    recorder = cairo.Context(whole)
    recorder.set_matrix(ctx.get_matrix())
    paint(vmobject, recorder)
    x, y, w, h = whole.ink_extents()
    left, top = max(math.floor(x), 0), max(math.floor(y), 0)
    right, bottom = min(math.ceil(x + w), width), min(math.ceil(y + h), height)
    return [] if right <= left or bottom <= top else [_painted([whole], left, top, right, bottom)]


def _joined(singles: Iterable[Picture]) -> list[Picture]:
    """Return fewer pictures: neighbours in order become one where few of its pixels are empty."""
    result: list[Picture] = []
    for picture in singles:
        if result:
            lefts, tops, rights, bottoms = zip(_box(result[-1]), _box(picture), strict=True)
            left, top, right, bottom = min(lefts), min(tops), max(rights), max(bottoms)
            if (right - left) * (bottom - top) <= (_bytes(result[-1]) + _bytes(picture)) / 2 + SMALL:
                result[-1] = _painted([result[-1], picture], left, top, right, bottom)
                continue
        result.append(picture)
    return result


def _box(picture: Picture) -> tuple[int, int, int, int]:
    """Return the pixels of the frame that a picture covers: left, top, right, bottom."""
    left, top = (-round(offset) for offset in picture.get_device_offset())
    return left, top, left + picture.get_width(), top + picture.get_height()


def _bytes(picture: Picture) -> int:
    return int(picture.get_stride() * picture.get_height())


def _painted(surfaces: Iterable[cairo.Surface], left: int, top: int, right: int, bottom: int) -> Picture:
    """Return one picture of several surfaces, painted in order, cut to the given pixels of the frame."""
    picture = cairo.ImageSurface(cairo.FORMAT_ARGB32, right - left, bottom - top)
    picture.set_device_offset(-left, -top)
    ctx = cairo.Context(picture)
    for surface in surfaces:
        ctx.set_source_surface(surface)
        ctx.paint()
    return picture


def as_opacity_fade(animation: Animation) -> Animation:
    """Return the same fade as an OpacityFade, where it is one of Manim's that only fades; others as they are."""
    if not isinstance(animation, FadeIn | FadeOut) or type(animation) not in (FadeIn, FadeOut):
        return animation
    moves = animation.scale_factor != 1 or np.any(animation.shift_vector)
    plain = not moves and all(isinstance(member, VMobject) for member in drawn_members(animation))
    return OpacityFade(animation) if plain else animation


class BatchCamera(RunCamera):
    """Manim's camera, except that it draws ordinary mobjects that do not change from their pictures.

    A renderer that may skip plays calls `new_play` before each play. So no frame depends on the plays before its own.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.layer_cache = LayerCache()
        super().__init__(*args, **kwargs)

    def new_play(self) -> None:
        """Tell the camera that another play begins."""
        self.layer_cache.new_play()

    def draw_run(self, vmobjects: Iterable[VMobject], ctx: cairo.Context[Any], paint: Paint) -> None:
        for sampled, run in itertools.groupby(vmobjects, lambda vmobject: isinstance(vmobject, SampledMobject)):
            if sampled:
                for vmobject in run:
                    paint(vmobject, ctx)
            else:
                self.layer_cache.draw(run, ctx, paint)
