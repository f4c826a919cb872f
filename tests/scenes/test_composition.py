"""Every film keeps to its layout: at the end of every play nothing stands where something else belongs, no words meet,
and all of it is large enough for a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from manim import DOWN, LEFT, ORIGIN, ManimColor, Mobject, RoundedRectangle, Scene, VMobject

from manim_untangle import Box, Dots, Film, Polylines, Space, plated, put, style, words
from manim_untangle.draw._manim import clip_of, fade_opacity
from manim_untangle.draw.text import em_of
from manim_untangle.render.engine import Sink, manim_config, play_film
from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.settings import Aspect, Quality, settings
from manim_untangle.stage.layout import using
from manim_untangle.stage.marks import Z
from netlib.activations import Array

ROOM = 0.03  # scene units: strokes and letters may reach so far beyond an area
SMALLEST_TEXT = 0.032  # an em, as a share of the frame's shorter side
# Films that do not keep to it yet, and why.
NOT_YET: dict[str, str] = {}
FAINT = {ManimColor(each).to_hex() for each in (style.GRID, style.GHOST, style.FAINT_INK)}


# lines that names on a plate may cover, for they go on and on
UNDER_PLATES = {*FAINT, *(ManimColor(each).to_hex() for each in (style.ANSWER, style.SECOND_HIGHLIGHT))}


@dataclass(frozen=True)
class Drawn:
    """Something that is seen: its box within its clip, and what it is."""

    box: Box
    mobject: Mobject
    name: str


def problems(scene: Film) -> Iterator[str]:
    """Yield what is wrong with a picture, one sentence each."""
    layout, members = scene.layout, scene.get_mobject_family_members()
    texts = [found for each in members if em_of(each) is not None and (found := drawn(each, each.get_family()))]
    # a film of several pictures divides the picture area itself: what lives in each is cut off at its edge
    pictures = [Box(*clip) for clip in {clip_of(each) for each in members} if clip is not None] or [layout.picture]
    letters = {id(letter) for text in texts for letter in text.mobject.get_family()}
    others = [found for each in members if id(each) not in letters and (found := drawn(each, [each]))]
    areas, band = layout.areas, layout.signs
    if not any(band and each.mobject.z_index >= Z and each.box.meets(band) for each in (*texts, *others)):
        areas = (*areas, layout.above_captions)  # the signs have gone
    for each in (*texts, *others):
        if not any(area.holds(each.box, ROOM) for area in areas):
            yield f"{each.name} lies in no area of the frame: {rounded(each.box)}"
    for text in texts:
        em, needed = em_of(text.mobject), SMALLEST_TEXT * min(layout.frame.width, layout.frame.height)
        if em is not None and em < needed - 1e-6:
            yield f"{text.name} has an em of {em:.3f}, less than {needed:.3f}"
        if text.mobject.z_index >= Z and any(text.box.meets(area, -ROOM) for area in pictures):
            yield f"{text.name} stands in the picture area"
    for one, two in combinations(texts, 2):
        if one.box.meets(two.box, -ROOM):
            yield f"{one.name} meets {two.name}"
    plated = {id(each[1]) for each in members if is_plated(each)}
    for text in texts:
        under = UNDER_PLATES if id(text.mobject) in plated else set()
        for each in others:
            if not (isinstance(each.mobject, Polylines) and colour_of(each.mobject) in under) and meets(
                each, text.box.inset(ROOM)
            ):
                yield f"{text.name} meets {each.name}"
    yield from (each for other in others if (each := too_fine(other)))


def drawn(mobject: Mobject, family: list[Mobject]) -> Drawn | None:
    """Return what is seen of members of a family together; None where nothing is."""
    seen = [each for each in family if len(each.points) and is_visible(each)]
    boxes = [box for each in seen if (box := box_of(each))]
    if not boxes:
        return None
    left, bottom = (min(getattr(box, side) for box in boxes) for side in ("left", "bottom"))
    right, top = (max(getattr(box, side) for box in boxes) for side in ("right", "top"))
    name = f"“{vars(mobject)['source']}”" if "source" in vars(mobject) else type(mobject).__name__
    return Drawn(Box(left, bottom, right, top), mobject, name)


def is_plated(mobject: Mobject) -> bool:
    """Return whether a mobject is a dark plate that is seen, with words on it."""
    if len(mobject.submobjects) != 2 or not isinstance(mobject.submobjects[0], RoundedRectangle):
        return False
    plate, text = mobject.submobjects
    return em_of(text) is not None and plate.get_fill_opacity() > 0.5 * text[0].get_fill_opacity()


def colour_of(mobject: Dots | Polylines) -> str:
    return str(ManimColor(mobject.colour()[:3]).to_hex())


def is_visible(mobject: Mobject) -> bool:
    if not isinstance(mobject, VMobject) or fade_opacity(mobject) <= 0:
        return False
    if isinstance(mobject, Dots | Polylines):
        return bool(mobject.point_rgbas()[:, 3].max() > 0)
    return bool(mobject.get_fill_opacity() > 0 or (mobject.get_stroke_opacity() > 0 and mobject.get_stroke_width() > 0))


def box_of(mobject: Mobject) -> Box | None:
    """Return the box of the points of a mobject that its clip leaves visible; None where it leaves none."""
    points = mobject.points[np.isfinite(mobject.points).all(axis=1)][:, :2]
    if not len(points):
        return None
    clip = clip_of(mobject)
    if clip is None and isinstance(mobject, Dots):
        points = np.vstack([points - mobject.radius, points + mobject.radius])
    (left, bottom), (right, top) = points.min(axis=0), points.max(axis=0)
    if clip is not None:
        left, bottom, right, top = max(left, clip[0]), max(bottom, clip[1]), min(right, clip[2]), min(top, clip[3])
    return Box(left, bottom, right, top) if left <= right and bottom <= top else None


def meets(each: Drawn, box: Box) -> bool:
    """Return whether a mobject's drawn points or segments lie in a box."""
    if not each.box.meets(box):
        return False
    mobject = each.mobject
    points = mobject.points[:, :2]
    if isinstance(mobject, Polylines):
        pieces = [np.linspace(line[:-1, :2], line[1:, :2], 40).reshape(-1, 2) for line in mobject.lines() if len(line)]
        points = np.vstack([points, *pieces])
    inside = (points > (box.left, box.bottom)).all(axis=1) & (points < (box.right, box.top)).all(axis=1)
    return bool(inside.any())


def too_fine(each: Drawn) -> str:
    """Return what is too thin or too small for a phone; '' where nothing is."""
    mobject = each.mobject
    if not isinstance(mobject, Dots | Polylines) or mobject.rgbas is not None:  # each point has a colour: a surface
        return ""
    colour = colour_of(mobject)
    if colour in FAINT:
        return ""
    if isinstance(mobject, Dots):
        small = mobject.radius < style.SMALLEST_DOT - 1e-6
        return f"a dot in {colour} has a radius of {mobject.radius:.3f}" if small else ""
    return f"a line in {colour} is {mobject.stroke_width:g} wide" if mobject.stroke_width < style.THINNEST_LINE else ""


def rounded(box: Box) -> Array:
    return np.round([box.left, box.bottom, box.right, box.top], 2)


def found_in(film: FilmFile, monkeypatch: pytest.MonkeyPatch, aspect: Aspect = Aspect.wide) -> dict[str, str]:
    """Go through a film without drawing it; return what is wrong at the end of its plays, and when it first is."""
    found, play = dict[str, str](), Scene.play

    def played(self: Film, *args: Any, **kwargs: Any) -> None:
        play(self, *args, **kwargs)
        for problem in problems(self):
            found.setdefault(problem, f"{self.now:.1f} s, under “{self.captions[-1].text if self.captions else ''}”")

    monkeypatch.setattr(Film, "play", played, raising=False)
    with manim_config(settings(Quality.l, aspect=aspect)):
        play_film(film.load(), Sink(), dry_run=True)
    return found


@pytest.mark.slow
@pytest.mark.usefixtures("certificates_kept")
@pytest.mark.parametrize("film", films(), ids=lambda film: film.name)
def test_captions_signs_and_picture_keep_to_their_places(film: FilmFile, monkeypatch: pytest.MonkeyPatch) -> None:
    found = found_in(film, monkeypatch)
    if film.name in NOT_YET:
        assert found, f"{film.name} keeps to its layout now: strike it out of NOT_YET"
        pytest.xfail(NOT_YET[film.name])
    assert not found, "\n".join(f"{problem} ({when})" for problem, when in found.items())


@pytest.mark.slow
@pytest.mark.usefixtures("certificates_kept")
@pytest.mark.parametrize("aspect", [Aspect.square, Aspect.tall])
@pytest.mark.parametrize("film", films(), ids=lambda film: film.name)
def test_films_keep_to_the_layouts_of_other_shapes(
    film: FilmFile, aspect: Aspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = found_in(film, monkeypatch, aspect)
    assert not found, "\n".join(f"{problem} ({when})" for problem, when in found.items())


def words_in_the_picture(film: Film) -> Iterator[Mobject]:
    yield words("a word").move_to(film.layout.picture.corner(ORIGIN)).set_z_index(Z)


def words_across_an_edge(film: Film) -> Iterator[Mobject]:
    yield words("a longer word").move_to(film.layout.picture.corner(DOWN))


def words_on_words(film: Film) -> Iterator[Mobject]:
    yield put(words("one"), film.layout.slot("notes"))
    yield put(words("two"), film.layout.slot("notes"))


def small_words(film: Film) -> Iterator[Mobject]:
    yield put(words("small", size=24), film.layout.slot("notes"))


def words_outside(film: Film) -> Iterator[Mobject]:
    yield words("out").move_to(film.layout.frame.corner(LEFT))


def a_line_across_the_edge(film: Film) -> Iterator[Mobject]:
    yield Polylines(np.array([[0.0, 0, 0], [0, -3, 0]]), np.array([0]), stroke_width=5)


def a_line_under_words(film: Film) -> Iterator[Mobject]:
    yield words("a label").move_to(film.layout.picture.corner(ORIGIN))
    yield Space(grid=False).add_lines(np.array([[-1.0, 0], [1, 0]]), style.HIGHLIGHT, width=5)


def a_curve_under_a_plate(film: Film) -> Iterator[Mobject]:
    yield plated(words("a name").move_to(film.layout.picture.corner(ORIGIN)))
    yield Space(grid=False).add_lines(np.array([[-1.0, 0], [1, 0]]), style.HIGHLIGHT, width=5)


def the_grid_under_a_bare_name(film: Film) -> Iterator[Mobject]:
    yield words("bare").move_to(film.layout.picture.corner(ORIGIN))
    yield Space(grid=False).add_lines(np.array([[-1.0, 0], [1, 0]]), style.GRID)


def a_thin_line(film: Film) -> Iterator[Mobject]:
    yield Space(grid=False).add_lines(np.array([[-1.0, 0], [1, 0]]), style.HIGHLIGHT, width=2)


def small_dots(film: Film) -> Iterator[Mobject]:
    yield Space(grid=False).add_dots(np.zeros((1, 2)), style.HIGHLIGHT, radius=0.05)


BROKEN = {
    words_in_the_picture: "“a word” stands in the picture area",
    words_across_an_edge: "“a longer word” lies in no area",
    words_on_words: "“one” meets “two”",
    small_words: "“small” has an em of 0.250",
    words_outside: "“out” lies in no area",
    a_line_across_the_edge: "Polylines lies in no area",
    a_line_under_words: "“a label” meets Polylines",
    a_curve_under_a_plate: "“a name” meets Polylines",
    the_grid_under_a_bare_name: "“bare” meets Polylines",
    a_thin_line: "a line in #FFE21A is 2 wide",
    small_dots: "a dot in #FFE21A has a radius of 0.050",
}


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.__name__)
def test_a_film_that_does_not_keep_to_its_layout_is_caught(broken: Callable[[Film], Iterator[Mobject]]) -> None:
    with manim_config(settings(Quality.l)):
        film = Film()
        with using(film.layout):
            film.add(*broken(film))
            found = list(problems(film))
    assert len(found) == 1
    assert found[0].startswith(BROKEN[broken])


def test_what_leaves_the_picture_area_is_cut_off_at_its_edge() -> None:
    class Long(Film):
        def construct(self) -> None:
            self.add(Space(grid=False).add_lines(np.array([[-9.0, 0], [9, 0]]), "#FFFFFF", width=20))
            self.add(Space(grid=False).add_dots(np.array([[8 / 3, 0.5]]), "#FFFFFF", radius=2.0))
            self.wait(0.1)

    with manim_config(settings(Quality.l)):
        scene, engine = play_film(Long, Sink())
        edge = round(480 / 8 * (scene.layout.picture.right + 64 / 9))
        picture = engine.last_picture(scene)[:, :, :3]
    assert picture[:, edge:].max() == 0
    assert picture[:, edge - 1].max() == 255
    columns = np.flatnonzero(picture.max(axis=(0, 2)))
    assert (columns == np.arange(edge)).all()
