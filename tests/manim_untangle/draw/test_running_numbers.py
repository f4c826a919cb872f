"""Running numbers are made of the digits that Typst would set, and nothing but them moves."""

from __future__ import annotations

import numpy as np
import pytest
from manim import VMobject

from manim_untangle.draw import style
from manim_untangle.draw import text as live
from manim_untangle.draw.text import numbered, plated, words

SIZES = (style.LABEL_SIZE, 41.0)
TEXTS = (
    "det so far: 1.37",
    "step 1,024: 98.5 % right",
    "-7.11 (x2 = 46) [389]",
    "2 efficient fits of 35",  # ffi and fi are one letter each
    "no number at all",
)


def places(label: VMobject) -> list[np.ndarray]:
    return [member.points for member in label.family_members_with_points()]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("text", TEXTS)
def test_numbered_words_are_what_typst_sets_but_for_a_shift(text: str, size: float) -> None:
    ours, typsts = numbered(text, size, style.INK)[1], words(text, size)
    shift = typsts[0].points[0] - ours[0].points[0]
    assert np.abs(shift).max() < 0.02 * size / 48
    assert len(ours) == len(typsts)
    for letter, original in zip(ours, typsts, strict=True):
        np.testing.assert_allclose(letter.points + shift, original.points, atol=1e-12)


@pytest.mark.slow
def test_lines_break_where_typst_breaks_them() -> None:
    text, size, width = "step 719 of 2000, and 95.3 percent are right", style.LABEL_SIZE, 3.0
    ours, typsts = numbered(text, size, style.INK, width)[1], words(text, size, width=width)
    assert ours.height > 2 * words("step 719", size).height
    shift = typsts[0].points[0] - ours[0].points[0]
    for letter, original in zip(ours, typsts, strict=True):
        np.testing.assert_allclose(letter.points + shift, original.points, atol=1e-12)


def test_words_and_plate_stand_still_while_the_number_runs() -> None:
    first, last = (places(numbered(f"step {step}: right", style.LABEL_SIZE, style.INK)) for step in (111, 748))
    moved = [not np.array_equal(a, b) for a, b in zip(first, last, strict=True)]
    assert [k for k, each in enumerate(moved) if each] == [5, 6, 7]  # the plate, s, t, e, p, then the digits


def test_a_thousand_numbers_are_one_line_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = list[str]()

    def counting(text: str, *args, **kwargs):
        lines.append(text)
        return words(text, *args, **kwargs)

    monkeypatch.setattr(live, "words", counting)
    live._plated.cache_clear()
    live._digits.cache_clear()
    for step in range(100, 1000, 9):
        numbered(f"step {step}", style.LABEL_SIZE, style.INK)
    assert sorted(lines) == ["00123456789", "step 000"]


def test_a_label_is_no_others_copy() -> None:
    one = numbered("step 12", style.LABEL_SIZE, style.INK)
    before = plated(words("step 00", style.LABEL_SIZE), opacity=0.0)
    one.shift([1.0, 0, 0])
    again = numbered("step 00", style.LABEL_SIZE, style.INK)
    for member, original in zip(places(again), places(before), strict=True):
        np.testing.assert_array_equal(member, original)
