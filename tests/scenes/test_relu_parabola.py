"""Creases: where a unit of a ReLU layer turns on."""

import numpy as np
import pytest
from props import props

from manim_untangle import Space
from netlib import catalogue


@pytest.mark.parametrize("unit", range(3))
def test_a_crease_lies_where_its_unit_turns_on_and_ends_at_the_square(unit: int) -> None:
    network, space = catalogue.RELU_BOWL.load(), Space(grid=False)
    props("relu_parabola").crease(space, network, unit, half=1.25)
    inputs, layer = space.parts[-1].inputs, network.dense[0]
    np.testing.assert_allclose(inputs @ layer.weight[unit] + layer.bias[unit], 0, atol=1e-12)
    np.testing.assert_allclose(np.abs(inputs[[0, -1]]).max(axis=1), 1.25)
    assert np.abs(inputs).max() <= 1.25 + 1e-12
