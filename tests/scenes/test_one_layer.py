"""What is drawn of one layer: the square between the basis vectors, and the step of a shift."""

import numpy as np
import pytest
from props import played, props

from manim_untangle import AnimateToTime, ApplyMove, Space
from netlib import Dense, activation, moves_of

LAYER = Dense([[1.5, -0.4], [0.7, 1.1]], [0.3, -0.2], activation("tanh"))


@pytest.fixture
def space():
    """Space after W and b of a layer, before its bend."""
    space = Space(grid=False)
    for move in moves_of(LAYER)[:3]:
        played(ApplyMove(space, move))
    return space


def area(points):
    x, y = points[:, 0], points[:, 1]
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def test_the_unit_square_has_the_area_det_w(space):
    corners = props("one_layer").unit_square(space).get_start_anchors()
    # seen in perspective from afar: a plane that faces the eye keeps its areas, in scene units
    assert area(corners) == pytest.approx(abs(np.linalg.det(LAYER.weight)) * space.view.unit**2)


def test_the_arrow_of_a_shift_goes_from_zero_to_b_wherever_space_stands(space):
    arrow = props("one_layer").shift_arrow(space, LAYER.bias)
    for time in (3.0, 1.0):
        played(AnimateToTime(space, time))
        tip = arrow.get_start_anchors()[3]
        np.testing.assert_allclose(tip, space.view.project(LAYER.bias[None])[0], atol=1e-9)
