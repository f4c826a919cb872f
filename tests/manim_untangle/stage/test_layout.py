"""The layout: areas that do not meet, in every shape, and pictures as large as these allow."""

from __future__ import annotations

from itertools import combinations

import pytest

from manim_untangle.render.settings import FRAMES, Aspect
from manim_untangle.stage.layout import layout_of

SHAPES = pytest.mark.parametrize("aspect", list(Aspect))
SLOTS = ("diagram", "formula", "notes", "scale")


@SHAPES
@pytest.mark.parametrize("notes", [0, 1, 3, 5])
@pytest.mark.parametrize("heading", [0, 2])
def test_areas_lie_in_the_frame_and_do_not_meet(aspect: Aspect, notes: int, heading: int) -> None:
    layout = layout_of(*FRAMES[aspect], heading=heading, notes=notes)
    slots = [layout.slot(name) for name in SLOTS if layout.slot(name).height > 0]
    assert all(layout.frame.holds(area) for area in layout.areas)
    assert not any(one.meets(two, -1e-6) for one, two in combinations(layout.areas, 2))
    assert layout.signs is not None
    assert all(layout.signs.holds(slot) for slot in slots)
    assert not any(one.meets(two, -1e-6) for one, two in combinations(slots, 2))


def test_fewer_notes_leave_more_of_a_square_and_of_a_tall_frame_to_the_picture() -> None:
    for aspect in (Aspect.square, Aspect.tall):
        heights = [layout_of(*FRAMES[aspect], notes=notes).picture.height for notes in (5, 3, 1)]
        assert heights == sorted(heights)
        assert heights[-1] > heights[0] + 1
    wide = FRAMES[Aspect.wide]
    assert layout_of(*wide, notes=1) == layout_of(*wide)


@SHAPES
def test_above_the_captions_is_all_that_signs_leave_when_they_have_gone(aspect: Aspect) -> None:
    layout = layout_of(*FRAMES[aspect])
    whole = layout.above_captions
    assert whole.holds(layout.picture)
    assert not whole.meets(layout.captions)
    assert layout.signs is not None
    assert whole.holds(layout.signs)


@pytest.mark.parametrize("heading", [0, 1])
def test_a_picture_grows_until_it_fills_the_height_or_the_width(heading: int) -> None:
    def grown(aspect: Aspect, width: float) -> float:
        return layout_of(*FRAMES[aspect], signs=False, heading=heading).growth(width)

    assert grown(Aspect.wide, 7.0) == pytest.approx(1.0)
    assert grown(Aspect.tall, 7.0) == pytest.approx(8 / 7)
    wide, square = (layout_of(*FRAMES[each], signs=False, heading=heading) for each in (Aspect.wide, Aspect.square))
    assert grown(Aspect.square, 7.0) == pytest.approx(square.picture.height / wide.picture.height)


@SHAPES
def test_named_panels_and_their_names_keep_apart(aspect: Aspect) -> None:
    layout = layout_of(*FRAMES[aspect], signs=False, heading=1)
    pairs = layout.named_panels(2)
    boxes = [box for pair in pairs for box in pair]
    assert not any(one.meets(two) for one, two in combinations(boxes, 2))
    assert all(name.bottom > panel.top for panel, name in pairs)
    if aspect is not Aspect.tall:
        assert all(layout.slot("heading").holds(name) for _, name in pairs)
