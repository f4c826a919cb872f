"""Words are shown, never run; the same on a machine without fonts."""

from __future__ import annotations

import pytest

from manim_untangle.draw import style
from manim_untangle.draw.style import READING_RATE
from manim_untangle.draw.text import words
from manim_untangle.stage.film import Film

MARKS = "#*_`$@<>[]~/\\-'\"=+"


@pytest.mark.parametrize("mark", MARKS)
def test_a_mark_of_typst_is_a_character_like_any_other(mark: str) -> None:
    assert len(words(f"a{mark}b").submobjects) >= 3 - (mark == "~")


def test_a_call_in_the_text_is_not_made() -> None:
    assert len(words("#panic(1)").submobjects) == 9
    assert words("#rect(width: 9cm)").width < 4


def test_long_text_is_broken_within_its_width() -> None:
    text = "Nearly all of the points are right, and still the network is wrong about the ring."
    whole, broken = words(text, 38), words(text, 38, width=6.0)
    assert broken.width <= 6.0 < whole.width
    assert broken.height > 1.5 * whole.height


def test_a_caption_stays_for_as_long_as_it_takes_to_read() -> None:
    assert Film.reading_time("x" * 100) >= 100 / 17
    assert READING_RATE <= 17


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("In the input, one flat cut in 30 dimensions separates the classes already.", 11.6),
        ("A layer bends space. Training looks for a bending after which a flat cut is enough.", 7.28),
    ],
)
def test_no_single_word_is_left_for_the_last_line(text: str, width: float) -> None:
    broken = words(text, style.CAPTION_SIZE, width=width)
    below = broken.get_bottom()[1] + 0.4
    last = [letter.get_center()[0] for letter in broken if letter.get_center()[1] < below]
    assert max(last) - min(last) > broken.width / 3
