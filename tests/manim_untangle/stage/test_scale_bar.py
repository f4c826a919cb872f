"""The scale bar is as long as its units of space are drawn, at every zoom, and says how many they are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manim_untangle.stage.marks import number
from manim_untangle.stage.signs import LONGEST, scale_bar
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View


@pytest.mark.parametrize("length", [1.0, 0.5])
def test_the_bar_is_as_long_as_its_units_of_space_and_keeps_its_parts_in_place_at_every_zoom(length):
    space = Space(View(unit=2.0))
    bar, label = scale_bar(space, length)
    corner = bar.points[0].copy()
    for unit in (2.0, 0.3, 3.2, 2.0):
        space.view = replace(space.view, unit=unit)
        space.redraw()
        left, right, *ticks = bar.points
        assert right[0] - left[0] == pytest.approx(length * unit)
        np.testing.assert_allclose(left, corner)
        np.testing.assert_allclose([tick[0] for tick in ticks], [left[0], left[0], right[0], right[0]])
        middle = (left + right) / 2
        assert label.get_center()[0] == pytest.approx(middle[0])
        assert label.get_bottom()[1] >= left[1] - 1e-9
        assert label.shown == f"{length:g}"


def test_where_a_unit_has_no_room_the_bar_is_a_round_part_of_it():
    space = Space(View(unit=4.0))
    bar, label = scale_bar(space)
    assert label.shown == "0.2"
    assert bar.points[1, 0] - bar.points[0, 0] == pytest.approx(0.2 * 4.0)


@pytest.mark.parametrize("unit", [2.2, 1.0, 0.3, 1e-6, 1e6])
def test_a_bar_without_a_length_has_a_round_one_that_can_be_seen(unit):
    space = Space(View(unit=unit), grid=False)
    bar, label = scale_bar(space, None)
    drawn = bar.points[1, 0] - bar.points[0, 0]
    assert LONGEST / 2.5 <= drawn <= LONGEST + 1e-9
    assert label.shown == number(drawn / unit)
    assert label.shown.strip("0.,").replace("e-", "e")[0] in "125"
