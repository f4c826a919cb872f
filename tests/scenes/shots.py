"""The moments of a film at which its picture is held against the oracle, and how they are seen.

A film goes through events: it carries space to another time (a move), or it makes a claim. Moments are the end of every
event, the state in which the next event finds the picture, and the last frame. Which events a film has is known from
what it calls, not from where its points are: no moment is dropped because its picture looks wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pytest
from manim import Circle, Mobject, Rectangle, RoundedRectangle, Scene, VMobject
from manim.mobject.svg.svg_mobject import VMobjectFromSVGPath

from manim_untangle import AnimateToTime, ChangeView, Film, Space, View
from manim_untangle.draw._manim import fade_opacity
from manim_untangle.render.engine import Sink, manim_config, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.settings import Quality, settings
from netlib.activations import Array

SIZE = (854, 480)
UNIT = SIZE[1] / 8  # pixels for one scene unit
LETTERS = VMobject, VMobjectFromSVGPath  # of words, and of formulas
FAINTEST = 0.4  # opacity: fainter lines are not looked for

Box = tuple[float, float, float, float]  # left, top, right, bottom in pixels


@dataclass(frozen=True)
class Moment:
    """What a film says of itself at a moment, but for the places of anything.

    kind: "move" or "claim" for the end of such an event, "way" for half-way through a move, "held" for what the next
    event finds, "last" for the last frame. said: the sentence of a claim, as it is recorded. time: seconds; the frame
    that begins there shows the moment. views: of every space, in the order in which they were made. glyphs: outlines
    (n, 3) of what is drawn as letters may be, in order. plates: boxes under which nothing is looked for. frames: boxes
    of small pictures. picture: box of the picture area. neurons: boxes of the circles in the place of a diagram. scale:
    box of the place of a scale bar. areas: of every space the box in which it ends. grids: of every space the straight
    lines of inputs (L, 2, d), by their ends, that it shows as its grid; None where it shows none.
    """

    kind: str
    time: float
    views: tuple[View, ...]
    glyphs: list[Array] = field(repr=False)
    plates: list[Box] = field(repr=False)
    frames: list[Box] = field(repr=False)
    picture: Box
    areas: tuple[Box, ...]
    neurons: list[Box] = field(repr=False)
    scale: Box
    said: str
    grids: tuple[Array | None, ...] = field(default=(), repr=False)

    def within(self, space: int) -> Moment:
        """Return the moment with the area of a space as its picture."""
        return replace(self, picture=self.areas[space])


See = Callable[[Moment, Scene], None]


@contextmanager
def watched(patch: pytest.MonkeyPatch, see: See) -> Iterator[None]:
    """Call `see` at every moment of every film that is played, with the scene as it is then.

    Half-way through a move is seen after its end, with space taken back.
    """
    spaces = list[Space]()
    make_film, make_space, play = Film.__init__, Space.__init__, Film.play
    claim, tear_down = Film.claim, Film.tear_down

    def film_made(self: Film, **kwargs: Any) -> None:
        spaces.clear()
        make_film(self, **kwargs)

    def space_made(self: Space, *args: Any, **kwargs: Any) -> None:
        spaces.append(self)
        make_space(self, *args, **kwargs)

    def played(self: Film, *args: Any, **kwargs: Any) -> None:
        moves = [each for each in args if isinstance(each, AnimateToTime) and not isinstance(each, ChangeView)]
        if moves:
            see(moment_of("held", self, spaces), self)
        play(self, *args, **kwargs)
        if moves:
            see(moment_of("move", self, spaces), self)
        for share in (0.5, 1.0) if moves else ():
            for each in moves:
                each.interpolate(share)
            if share < 1:
                see(moment_of("way", self, spaces), self)

    def claimed(self: Film, *args: Any, **kwargs: Any) -> None:
        see(moment_of("held", self, spaces), self)
        claim(self, *args, **kwargs)
        see(moment_of("claim", self, spaces), self)

    def torn_down(self: Film) -> None:
        tear_down(self)
        see(moment_of("last", self, spaces), self)

    with patch.context() as inner:
        inner.setattr(Film, "__init__", film_made)
        inner.setattr(Space, "__init__", space_made)
        inner.setattr(Film, "play", played, raising=False)
        inner.setattr(Film, "claim", claimed)
        inner.setattr(Film, "tear_down", torn_down)
        yield


def moment_of(kind: str, scene: Film, spaces: list[Space]) -> Moment:
    """Return a moment of a scene as it is now."""
    drawn = scene.get_mobject_family_members()
    plates = [box_of(each.points) for each in drawn if isinstance(each, RoundedRectangle) and each.fill_opacity > 0]
    glyphs = [each.points.copy() for each in drawn
              if type(each) in LETTERS and len(each.points) and each.get_fill_opacity() > 0]  # fmt: skip
    frames = [box_of(each.points) for each in drawn if type(each) is Rectangle and not each.fill_opacity]
    area, signs, scale = scene.layout.picture, scene.layout.slot("diagram"), scene.layout.slot("scale")
    circles = [each for each in drawn if type(each) is Circle]
    neurons = [box_of(each.points) for each in circles if signs.left < each.get_x() < signs.right
               and signs.bottom < each.get_y() < signs.top]  # fmt: skip
    picture = box_of(np.array([[area.left, area.top], [area.right, area.bottom]]))
    edges = [None if space.edge is None else np.reshape(space.edge, (2, 2)) for space in spaces]
    areas = tuple(picture if edge is None else box_of(edge) for edge in edges)
    views, grids = tuple(space.view for space in spaces), tuple(grid_of(space, drawn) for space in spaces)
    said = scene.claims[-1].text if kind == "claim" else ""
    return Moment(kind, float(scene.renderer.time), views, glyphs, plates, frames, picture, areas, neurons,
                  box_of(np.array([[scale.left, scale.top], [scale.right, scale.bottom]])), said, grids)  # fmt: skip


def grid_of(space: Space, drawn: list[Mobject]) -> Array | None:
    """Return which lines of the inputs (L, 2, d) a space shows as its grid, None where nothing drawn is a grid."""
    for part in space.parts:
        shown = part.role == "grid" and part.lines is not None and part.mobject in drawn
        if shown and part.mobject.get_stroke_opacity() * fade_opacity(part.mobject) > FAINTEST:
            return part.lines
    return None


def box_of(points: Array) -> Box:
    """Return the box of scene points (N, 3) in pixels."""
    places = to_pixels(points)
    return (*places.min(axis=0), *places.max(axis=0))


def to_pixels(points: Array) -> Array:
    """Return the pixels (N, 2) of scene points (N, 2 or more)."""
    # pixel k covers k to k + 1
    return np.array(SIZE) / 2 - 0.5 + UNIT * points[:, :2] * np.array([1, -1])


def still(scene: Scene) -> Array:
    """Return the picture (height, width, 3) of a scene that an engine plays, as it is now."""
    return np.array(scene.renderer.last_picture(scene)[:, :, :3])


def run_through(film: FilmFile, patch: pytest.MonkeyPatch, see: See) -> None:
    """Go through a film without drawing it; `see` is called at every moment."""
    with manim_config(settings(Quality.l)), watched(patch, see):
        play_film(film.load(), Sink(), dry_run=True)
