"""What is drawn of one layer: the arrows that a matrix moves, the square between them, the step of a shift."""

from __future__ import annotations

import numpy as np
import pytest

from manim_untangle.draw import style
from manim_untangle.stage.basis import basis_vectors, shift_arrow, unit_square
from manim_untangle.stage.formula import matrix_formula
from manim_untangle.stage.space import Space
from netlib import Layer, activation
from netlib.motion.moves import moves_of

LAYER = Layer([[1.5, -0.4], [0.7, 1.1]], [0.3, -0.2], activation("tanh"))


@pytest.fixture
def space():
    """Space after W and b of a layer, before its bend."""
    space = Space(grid=False)
    space.path = list(moves_of(LAYER))[:3]
    space.time = 3.0
    return space


def tip(arrow):
    """The scene point at which an arrow ends: the third corner after the neck's two."""
    return arrow.get_start_anchors()[3]


def area(points):
    x, y = points[:, 0], points[:, 1]
    return abs(x @ np.roll(y, -1) - y @ np.roll(x, -1)) / 2


def test_the_arrows_end_at_the_columns_of_w_moved_by_b_and_the_square_has_the_area_det_w(space):
    first, second = basis_vectors(space)
    for arrow, column in zip((first, second), LAYER.weight.T, strict=True):
        np.testing.assert_allclose(tip(arrow), space.view.project((column + LAYER.bias)[None])[0], atol=1e-9)
    corners = unit_square(space).get_start_anchors()
    # seen in perspective from afar: a plane that faces the eye keeps its areas, in scene units
    assert area(corners) == pytest.approx(abs(np.linalg.det(LAYER.weight)) * space.view.unit**2)


def test_the_arrow_of_a_shift_goes_from_zero_to_b_wherever_space_stands(space):
    arrow = shift_arrow(space, LAYER.bias)
    for time in (3.0, 1.0):
        space.time = time
        space.redraw()
        np.testing.assert_allclose(tip(arrow), space.view.project(LAYER.bias[None])[0], atol=1e-9)


def test_columns_of_a_matrix_have_the_arrows_colours_and_a_vector_has_none():
    for matrix, colours in ((LAYER.weight, {style.FIRST_BASIS, style.SECOND_BASIS}), (LAYER.bias[:, None], set())):
        shown = matrix_formula("A", matrix)
        found = {letter.get_fill_color().to_hex().upper() for letter in shown[1].family_members_with_points()}
        assert found & {style.FIRST_BASIS.upper(), style.SECOND_BASIS.upper()} == {c.upper() for c in colours}
