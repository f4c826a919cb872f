"""A list of words with answers: where the answers stand, and which row is lit."""

from __future__ import annotations

import pytest
from manim import Animation, tempconfig

from manim_untangle import Checklist, Film, style
from manim_untangle.stage.layout import Layout, using

ROWS = ("first", "second", "the third")


@pytest.fixture
def layout() -> Layout:
    with tempconfig({"dry_run": True}):
        return Film().layout


def finished(animations: list[Animation]) -> None:
    for animation in animations:
        animation.begin()
        animation.finish()


def test_an_answer_stands_beside_its_row_at_the_edge_of_the_notes(layout: Layout) -> None:
    with using(layout):
        rows = Checklist(ROWS)
        for k, row in enumerate(rows):
            answer = rows.answer(k, "no line").mobject
            assert answer.get_right()[0] == pytest.approx(layout.slot("notes").right)
            assert answer.get_center()[1] == pytest.approx(row.get_center()[1])
            assert answer.get_left()[0] > row.get_right()[0]


@pytest.mark.parametrize("k", [1, 3])
def test_one_row_is_lit_and_beyond_the_last_none(layout: Layout, k: int) -> None:
    with using(layout):
        rows = Checklist(ROWS)
    for change in (rows.lit(0), rows.lit(k)):
        finished(change)
    lit = [row.submobjects[0].get_fill_color().to_hex() == style.HIGHLIGHT for row in rows]
    assert lit == [j == k for j in range(3)]
