"""A question with two choices is a still picture, gone before the answer moves; and what it is about can be lit up."""

from __future__ import annotations

import numpy as np
import pytest
from manim import LEFT, RIGHT, FadeIn, FadeOut, Square, VMobject

from manim_untangle import Film
from manim_untangle.draw._manim import fade_opacity
from manim_untangle.draw.text import em_of
from manim_untangle.render.engine import Engine, Sink, manim_config, play_film
from manim_untangle.render.settings import Quality, settings
from netlib.certificates.certificate import Certificate
from netlib.errors import FalseClaim

TEXT, CHOICES = "Can one straight line separate them?", ("yes", "no")
BEFORE = "A caption before it."


def certificate(holds: bool | None) -> Certificate:
    return Certificate(holds, {"gap": 0.5}, "all points", "", "proved")


class Asks(Film):
    answer: int | Certificate = certificate(False)

    def construct(self) -> None:
        self.square = Square(fill_opacity=1, color="#FFFFFF").shift(2 * LEFT)
        self.play(FadeIn(self.square))
        self.ask(TEXT, choices=CHOICES, answer=self.answer)
        self.after = [vars(each).get("source") for each in self.get_mobject_family_members()]
        self.play(self.square.animate.shift(RIGHT))


class Frames(Sink):
    """Keeps how bright each frame is, and what words are on screen in it."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, set[str], float]] = []
        self.source_of: dict[int, str] = {}
        self.letters: list[VMobject] = []  # held here, so that nothing drawn later has the identity of one of them

    def frame(self, engine: Engine, repeat: int) -> None:
        members = [each for mob in (*engine.still, *engine.moving) for each in mob.get_family()]
        for each in members:
            if em_of(each) is not None:
                self.letters += each.get_family()[1:]
                self.source_of |= {id(letter): vars(each)["source"] for letter in each.get_family()[1:]}
        seen = [id(each) for each in members if fade_opacity(each) > 0]
        said = {self.source_of[letter] for letter in seen if letter in self.source_of}
        squares = [each.get_center()[0] for each in members if type(each) is Square]
        self.seen += [(float(engine.draw()[:, :, :3].mean()), said, squares[0] if squares else np.nan)] * repeat


@pytest.fixture(autouse=True)
def _configured():
    with manim_config(settings(Quality.l)):
        yield


def test_a_question_without_choices_may_leave_no_time_beyond_its_reading() -> None:
    class Open(Film):
        def construct(self) -> None:
            self.ask(TEXT, seconds=0.0)

    scene, _ = play_film(Open, Sink(), dry_run=True)
    assert scene.now == pytest.approx(scene.reading_time(TEXT) + 1.0, abs=2 / 15)


@pytest.mark.slow
def test_a_question_is_a_still_picture_with_its_choices_and_gone_before_the_answer_moves() -> None:
    frames = Frames()
    scene, _ = play_film(Asks, frames)
    asked = [k for k, (_, said, _) in enumerate(frames.seen) if {TEXT, *CHOICES} <= said]
    assert len(asked) / 15 > scene.reading_time(" ".join((TEXT, *CHOICES))) + 1
    assert {frames.seen[k][2] for k in asked} == {-2.0}
    brightness = [frames.seen[k][0] for k in asked[10:-10:5]]  # the edges of the cards are drawn bit by bit
    assert np.all(np.diff(brightness) > 0)
    moving = [k for k, (_, _, x) in enumerate(frames.seen) if x > -2 + 1e-3]
    assert not any({TEXT, *CHOICES} & frames.seen[k][1] for k in moving)
    assert TEXT not in scene.after
    assert scene.caption is None


@pytest.mark.slow
def test_choices_come_when_the_caption_before_has_gone() -> None:
    class Says(Asks):
        def construct(self) -> None:
            self.say(BEFORE)
            super().construct()

    frames = Frames()
    play_film(Says, frames)
    assert any(BEFORE in said for _, said, _ in frames.seen)
    assert not any(BEFORE in said and {TEXT, *CHOICES} & said for _, said, _ in frames.seen)


@pytest.mark.parametrize(("answer", "index"), [(certificate(True), 0), (certificate(False), 1), (1, 1)])
def test_film_json_marks_the_question_its_choices_and_the_answer(answer, index) -> None:
    scene, _ = play_film(type("Answered", (Asks,), {"answer": answer}), Sink(), dry_run=True)
    (question,) = scene.record()["questions"]
    word = scene.record()["sections"][0]["words"][0]
    assert (question["text"], question["choices"], question["answer"]) == (TEXT, CHOICES, index)
    assert (question["start"], question["end"]) == (word["start"], word["end"])
    assert question["measured"] == ({} if answer == 1 else {"gap": 0.5})


def test_a_question_without_a_decided_answer_stops_the_film() -> None:
    with pytest.raises(FalseClaim, match="not decided"):
        play_film(type("Open", (Asks,), {"answer": certificate(None)}), Sink(), dry_run=True)


@pytest.mark.slow
def test_the_first_frame_of_a_film_is_a_picture() -> None:
    frames = Frames()
    play_film(Asks, frames)
    brightness = [each[0] for each in frames.seen[:15]]
    assert min(brightness) == max(brightness) > 1


class Points(Film):
    def construct(self) -> None:
        self.left, self.right = (Square(fill_opacity=1, color="#FFFFFF").shift(x * RIGHT) for x in (-2, 2))
        self.play(FadeIn(self.left, self.right))
        self.play(*self.point_at(self.left, dim=0.2))
        self.dimmed = self.renderer.last_picture(self)[240, :, :3].max(axis=1).copy()
        self.play(FadeOut(self.right))
        self.add(self.right)
        self.play(*self.point_at(self.left, dim=0.2))
        self.play(*self.point_at())
        self.lit = self.renderer.last_picture(self)[240, :, :3].max(axis=1).copy()


def test_what_is_pointed_at_is_lit_and_the_rest_dimmed_until_all_lights_up() -> None:
    scene, _ = play_film(Points, Sink())
    left, right = (round(427 + 60 * x) for x in (-2, 2))
    assert scene.dimmed[left] == 255
    assert scene.dimmed[right] == pytest.approx(0.2 * 255, abs=2)
    assert scene.lit[left] == scene.lit[right] == 255
