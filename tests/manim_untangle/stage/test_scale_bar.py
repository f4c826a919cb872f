"""The scale bar is as long as a unit of space is drawn, at every zoom."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from manim import LEFT, RIGHT

from manim_untangle.stage.scale_bar import scale_bar
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View


@pytest.mark.parametrize("length", [1.0, 0.5])
def test_the_bar_is_as_long_as_its_units_of_space_and_keeps_its_parts_in_place_at_every_zoom(length):
    space = Space(View(unit=2.0))
    sign = scale_bar(space, length)
    plate, bar, first, last, label = sign
    corner, size = bar.get_start(), first.height
    for unit in (2.0, 0.3, 3.7, 2.0):
        space.view = replace(space.view, unit=unit)
        space.redraw()
        start, end = (space.view.project(np.array([[x, 0.0]]))[0] for x in (0.0, length))
        assert bar.get_length() == pytest.approx(end[0] - start[0])
        np.testing.assert_allclose(bar.get_start(), corner)
        np.testing.assert_allclose(first.get_center(), corner, atol=1e-9)
        np.testing.assert_allclose(last.get_center(), bar.get_end(), atol=1e-9)
        assert last.height == pytest.approx(size)
        assert label.get_center()[0] == pytest.approx(bar.get_center()[0])
        for side in (LEFT, RIGHT):
            assert abs(plate.get_edge_center(side) - bar.get_center())[0] > bar.get_length() / 2
