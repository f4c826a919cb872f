"""A film that is being written: what a glance shows is what the whole film shows there, and faults name their line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from manim_untangle.render.films import FilmFile
from manim_untangle.web import glance
from manim_untangle.web.live import Changed, LiveFilm, fault

from .reader import Timeline

FILM = """
    from manim import RED, UP, RIGHT, Circle, Create, FadeOut, Square, Transform
    from manim_untangle import Film

    class Shapes(Film):
        '''Shapes come and go.'''
        title = "Shapes"
        def construct(self):
            self.chapter("One")
            square = Square()
            self.play(Create(square))
            self.play(square.animate.shift(2 * RIGHT))
            self.chapter("Two")
            self.say("A circle is here.", Transform(square, Circle(color=RED)))
            self.wait(1)
            self.play(square.animate.shift(UP))
            self.chapter("Three")
            self.say("It goes.", FadeOut(square))
            self.wait(1)
"""


@pytest.fixture
def live(write_film: Callable[[str, str], Path]) -> LiveFilm:
    return LiveFilm(FilmFile(write_film("shapes", FILM)))


def edit(live: LiveFilm, old: str, new: str) -> None:
    path = live.film.path
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def drawn(content: bytes, x: float) -> list[tuple[np.ndarray, float]]:
    return [(each.points, each.opacity) for each in Timeline(content).drawn(x) if each.opacity > 0]


def alike(one: bytes, other: bytes, x: float) -> bool:
    a, b = drawn(one, x), drawn(other, x)
    near = [
        p.shape == q.shape and np.allclose(p, q, atol=2e-3) and abs(s - t) < 0.01
        for (p, s), (q, t) in zip(a, b, strict=False)
    ]
    return len(a) == len(b) and all(near)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.5, 2.5, 5.0, 7.5])
def test_a_glance_shows_what_the_whole_film_shows_at_that_moment(
    live: LiveFilm, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    live.whole()
    edit(live, "Square()", "Square(side_length=3)")
    monkeypatch.setattr(glance, "AHEAD", 0.0)
    seen = live.glance(seconds)
    assert seen is not None
    whole, x = live.whole(), round(30 * seconds)
    assert len(drawn(whole, x)) > 0
    assert alike(seen, whole, x)
    assert Timeline(seen).header["frames"] == Timeline(whole).header["frames"]
    assert [each["name"] for each in Timeline(seen).header["chapters"]] == ["One", "Two", "Three"]


@pytest.mark.slow
def test_a_glance_shows_the_change_and_not_the_film_before_it(live: LiveFilm) -> None:
    before = live.whole()
    edit(live, "Circle(color=RED)", "Circle(radius=2, color=RED)")
    seen = live.glance(5.0)
    assert seen is not None
    assert not alike(seen, before, 150)
    assert len(seen) < len(before)


@pytest.mark.slow
def test_a_moment_after_the_end_of_a_shorter_film_is_left_to_the_whole(live: LiveFilm) -> None:
    live.whole()
    edit(live, 'self.chapter("Two")', "return")
    assert live.glance(8.0) is None
    assert live.glance(0.5) is not None


@pytest.mark.slow
def test_the_first_glance_shows_the_beginning(live: LiveFilm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(glance, "AHEAD", 0.0)
    seen = live.glance(0.0)
    assert seen is not None
    whole = live.whole()
    assert all(alike(seen, whole, x) for x in (5, 15))
    assert Timeline(seen).header["frames"] == 30  # of the first play


@pytest.mark.slow
def test_a_saved_film_has_changed_and_so_has_a_module_beside_it(live: LiveFilm) -> None:
    helper = live.film.path.with_name("helper_of_shapes.py")
    helper.write_text("SIDE = 2.0\n")
    edit(live, "from manim_untangle import Film", "from manim_untangle import Film\nimport helper_of_shapes")
    assert live.changed()
    edit(live, "Square()", "Square(side_length=helper_of_shapes.SIDE)")
    small = live.whole()
    assert not live.changed()
    helper.write_text("SIDE = 3.25\n")
    assert live.changed()
    large = live.whole()
    assert not alike(small, large, 45)
    other = live.film.path.with_name("other.py")
    other.write_text("x = 1\n")
    assert not live.changed()


def test_a_film_that_changes_while_it_is_gone_through_is_given_up(live: LiveFilm) -> None:
    edit(live, "self.wait(1)", "open(__file__, 'a').write('# more'); self.wait(1)")
    with pytest.raises(Changed):
        live.whole()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("Create(square)", "Create(squre)", "shapes.py, line 11: NameError: name 'squre' is not defined"),
        ("Create(square)", "Create(square", "shapes.py, line 11: '(' was never closed"),
        ("square = Square()", "square = Square(side_length='x')", "shapes.py, line 10: "),
        ("class Shapes(Film)", "class Shapes", "Shapes is no Manim Scene. Derive it from manim_untangle.Film"),
        ("self.wait(1)", "raise SystemExit(3)", "shapes.py, line 15: SystemExit: 3"),
    ],
)
def test_a_fault_is_one_line_with_the_place_in_the_film(live: LiveFilm, old: str, new: str, said: str) -> None:
    edit(live, old, new)
    with pytest.raises((Exception, SystemExit)) as caught:
        live.whole()
    line = fault(caught.value, live.film.path)
    assert line.startswith(said)
    assert "\n" not in line
    assert not live.changed()
    edit(live, new, old)
    assert live.changed()
    live.whole()


@pytest.mark.slow
def test_a_fault_in_a_module_beside_the_film_names_that_module_and_its_mending_is_noticed(live: LiveFilm) -> None:
    helper = live.film.path.with_name("faulty_helper.py")
    helper.write_text("SIDE = \n")
    edit(live, "Square()", "Square(side_length=__import__('faulty_helper').SIDE)")
    with pytest.raises(SyntaxError) as caught:
        live.whole()
    assert fault(caught.value, live.film.path) == "faulty_helper.py, line 1: invalid syntax"
    helper.write_text("SIDE = 1.0\n")
    assert live.changed()
    live.whole()
