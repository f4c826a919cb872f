"""Figures: a moment of a film, or its space after each move side by side, as vectors for a page of a paper."""

from __future__ import annotations

import colorsys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cairo
import numpy as np
from manim import Camera, ManimColor, Mobject, Scene, ThreeDCamera, VMobject, config
from numpy.typing import NDArray

from manim_untangle.draw._manim import clip_of, drawn_order, fade_opacity
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.shapes import WIDTH_UNIT
from manim_untangle.render.engine import Engine, Sink, manim_config, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.settings import Quality, settings
from netlib.errors import UntangleError
from netlib.files import written_whole

Array = NDArray[np.float64]
Box = tuple[float, float, float, float]  # left, bottom, right, top, in scene units
Colouring = Callable[[Array], tuple[float, float, float, float]]

RATE = 30
POINTS = 72 / 25.4  # in a millimetre
COLUMN = 160.0  # millimetres: the usual width of a page's text
PIXELS = 4  # of a PNG, for each point
GAP = 0.25  # between two pictures side by side, in scene units
SUFFIXES = (".svg", ".pdf", ".png")


@dataclass(frozen=True)
class Shot:
    """A moment as cairo recorded it, in scene units with y downwards, and the part of the frame that counts."""

    picture: cairo.RecordingSurface
    box: Box


class Photographer(Sink):
    """Records what a film draws: at a frame, or with `moves` its space before the first move and after each.

    light: whether dark and bright change places, for paper.
    """

    def __init__(self, frame: int | None = None, moves: bool = False, light: bool = False) -> None:
        self.shots: list[Shot] = []
        self.frame_wanted, self.moves, self.colouring = frame, moves, lightened if light else plain
        self._still: list[Mobject] = []
        self._moves_space = False

    def begin(self, engine: Engine) -> None:
        self._still = drawn_order(engine.still)
        self._moves_space = any(hasattr(each, "move") for each in engine.scene.animations or [])
        if self.moves and self._moves_space and not self.shots:
            self._shoot(engine, drawn_order(engine.moving))

    def frame(self, engine: Engine, repeat: int) -> None:
        if self.frame_wanted is not None and engine.frames <= self.frame_wanted < engine.frames + repeat:
            self._shoot(engine, engine.drawn_now)

    def end(self, engine: Engine) -> None:
        if self.moves and self._moves_space:
            self._shoot(engine, drawn_order(engine.moving))

    def _shoot(self, engine: Engine, moving: list[Mobject]) -> None:
        camera = engine.camera
        if isinstance(camera, ThreeDCamera):
            camera.reset_rotation_matrix()
        shown = camera.get_mobjects_to_display([*self._still, *moving], include_submobjects=False)
        wide, high = config.frame_width, config.frame_height
        box: Box = (-wide / 2, -high / 2, wide / 2, high / 2)
        if self.moves:  # the space alone, without the signs around it
            shown = [mobject for mobject in shown if clip_of(mobject) is not None]
            box = next((clip for mobject in shown if (clip := clip_of(mobject)) is not None), box)
        picture = cairo.RecordingSurface(cairo.CONTENT_COLOR_ALPHA, None)
        ctx = cairo.Context(picture)
        ctx.scale(1, -1)
        for mobject in shown:
            paint(mobject, camera, ctx, self.colouring)
        self.shots.append(Shot(picture, box))


def figure(
    scene_class: type[Scene],
    path: Path,
    *,
    at: float | None = None,
    chapter: int | None = None,
    layers: bool = False,
    light: bool = False,
    width: float = COLUMN,
) -> Path:
    """Write a moment of a film to a path ending in .svg, .pdf or .png, and return it.

    at: seconds from the film's start. chapter: the end of that chapter, counted from 1. layers: the space before the
    first move and after each, side by side. light: dark and bright change places. width: in millimetres.
    """
    if path.suffix not in SUFFIXES:
        raise UntangleError(f"{path} is no path of a figure. Give one that ends in {', '.join(SUFFIXES)}")
    if sum((at is not None, chapter is not None, layers)) != 1:
        raise UntangleError("say which moment: --at SECONDS, --chapter NUMBER or --layers")
    with manim_config(settings(Quality.m, RATE)):
        frame = None if layers else _frame(scene_class, at, chapter)
        photographer = Photographer(frame, layers, light)
        scene, _ = play_film(scene_class, photographer)
        if not photographer.shots:
            what = "no move of a space" if layers else f"nothing at {at} s"
            raise UntangleError(f"{scene} has {what}, so there is no figure of it")
        background = photographer.colouring(np.array([*ManimColor(_background(scene)).to_rgb(), 1.0]))
        write(photographer.shots, path, background, width)
    return path


def figure_of(film: FilmFile, path: Path, **chosen: Any) -> Path:
    """Write a figure of a film file; `chosen` as in `figure`."""
    with manim_config(settings(Quality.m, RATE)):
        return figure(film.load(), path, **chosen)


def write(shots: Sequence[Shot], path: Path, background: Sequence[float], width: float) -> None:
    """Write pictures side by side to a file, whole or not at all. width: of all together, in millimetres."""
    sizes = [(right - left, top - bottom) for left, bottom, right, top in (shot.box for shot in shots)]
    wide = sum(each for each, _ in sizes) + GAP * (len(shots) - 1)
    scale = width * POINTS / wide
    size = (wide * scale, max(high for _, high in sizes) * scale)
    with written_whole(path) as file:
        target, dense = _surface(path.suffix, file, size)
        ctx = cairo.Context(target)
        ctx.scale(dense * scale, dense * scale)
        ctx.set_source_rgba(*background)
        ctx.paint()
        across = 0.0
        for shot, (own, high) in zip(shots, sizes, strict=True):
            left, _, _, top = shot.box
            ctx.save()
            ctx.rectangle(across, 0, own, high)
            ctx.clip()
            ctx.set_source_surface(shot.picture, across - left, top)
            ctx.paint()
            ctx.restore()
            across += own + GAP
        if isinstance(target, cairo.ImageSurface):
            target.write_to_png(str(file))
        target.finish()


def _surface(suffix: str, file: Path, size: tuple[float, float]) -> tuple[Any, float]:
    """Return the surface of a file of that kind, and how many of its units make a point."""
    if suffix == ".png":
        return cairo.ImageSurface(cairo.FORMAT_ARGB32, *(round(PIXELS * side) for side in size)), PIXELS
    return (cairo.SVGSurface if suffix == ".svg" else cairo.PDFSurface)(str(file), *size), 1.0


def paint(mobject: Mobject, camera: Camera, ctx: cairo.Context[Any], colouring: Colouring) -> None:
    """Draw a mobject as curves, in scene units."""
    if isinstance(mobject, Polylines | Dots):
        members: Sequence[Mobject] = mobject.as_cubics().family_members_with_points()
    elif not isinstance(mobject, VMobject):
        raise UntangleError(f"{type(mobject).__name__} is made of pixels, and a figure of curves. Render a still: -s")
    else:
        members = [mobject]
    opacity = fade_opacity(mobject)
    if opacity <= 0:
        return
    ctx.save()
    if (clip := clip_of(mobject)) is not None:
        ctx.rectangle(clip[0], clip[1], clip[2] - clip[0], clip[3] - clip[1])
        ctx.clip()
    if opacity < 1:
        ctx.push_group()
    for member in members:
        assert isinstance(member, VMobject)
        camera.set_cairo_context_path(ctx, member)
        fill, stroke = camera.get_fill_rgbas(member)[0], camera.get_stroke_rgbas(member)[0]
        if fill[3] > 0:
            ctx.set_source_rgba(*colouring(fill))
            ctx.fill_preserve()
        if stroke[3] > 0 and member.stroke_width > 0:
            ctx.set_source_rgba(*colouring(stroke))
            ctx.set_line_width(WIDTH_UNIT * member.stroke_width)
            ctx.stroke_preserve()
        ctx.new_path()
    if opacity < 1:
        ctx.pop_group_to_source()
        ctx.paint_with_alpha(opacity)
    ctx.restore()


def plain(rgba: Array) -> tuple[float, float, float, float]:
    """Return a colour as it is."""
    red, green, blue, opacity = map(float, rgba)
    return red, green, blue, opacity


def lightened(rgba: Array) -> tuple[float, float, float, float]:
    """Return a colour for paper: dark and bright change places, and the hue stays."""
    hue, lightness, saturation = colorsys.rgb_to_hls(*map(float, rgba[:3]))
    return *colorsys.hls_to_rgb(hue, 1 - lightness, saturation), float(rgba[3])


def _frame(scene_class: type[Scene], at: float | None, chapter: int | None) -> int:
    """Return the frame of a moment in seconds, or the last one of a chapter."""
    if at is not None:
        return max(0, round(at * RATE))
    assert chapter is not None
    scene, engine = play_film(scene_class, Sink(), dry_run=True)
    ends = [float(section.end) for section in getattr(scene, "sections", [])]
    if not 1 <= chapter <= len(ends):
        raise UntangleError(f"{scene} has {len(ends)} chapters, and no chapter {chapter}")
    return int(min(max(round(ends[chapter - 1] * RATE) - 1, 0), engine.frames - 1))


def _background(scene: Scene) -> Any:
    return getattr(scene.camera, "background_color")  # noqa: B009, of both kinds of camera
