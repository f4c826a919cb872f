"""Every film keeps to its layout in frames of other shapes, too: test_films.py asks it of the wide one. And what does
not keep to a layout is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from composition import problems, problems_found
from manim import DOWN, LEFT, ORIGIN, Mobject

from manim_untangle import Film, Polylines, Space, plated, put, style, words
from manim_untangle.render.engine import Sink, manim_config, play_film
from manim_untangle.render.films import FilmFile, films
from manim_untangle.render.settings import Aspect, Quality, settings
from manim_untangle.stage.layout import using
from manim_untangle.stage.marks import Z


@pytest.mark.slow
@pytest.mark.usefixtures("certificates_kept")
@pytest.mark.parametrize("aspect", [Aspect.square, Aspect.tall])
@pytest.mark.parametrize("film", films(), ids=lambda film: film.name)
def test_films_keep_to_the_layouts_of_other_shapes(
    film: FilmFile, aspect: Aspect, monkeypatch: pytest.MonkeyPatch
) -> None:
    with manim_config(settings(Quality.l, aspect=aspect)), problems_found(monkeypatch) as found:
        play_film(film.load(), Sink(), dry_run=True)
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
