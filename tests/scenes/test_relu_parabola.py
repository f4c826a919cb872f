"""Creases: where a unit of a ReLU layer turns on."""

import numpy as np
import pytest
from props import props

from manim_untangle import Space
from netlib import catalogue, lift_by_unit


@pytest.mark.parametrize("unit", range(3))
def test_a_crease_lies_where_its_unit_turns_on_and_ends_at_the_square(unit: int) -> None:
    network, space = catalogue.RELU_BOWL.load(), Space(grid=False)
    props("relu_parabola").crease(space, network, unit, half=1.25)
    inputs, layer = space.parts[-1].inputs, network.dense[0]
    np.testing.assert_allclose(inputs @ layer.weight[unit] + layer.bias[unit], 0, atol=1e-12)
    np.testing.assert_allclose(np.abs(inputs[[0, -1]]).max(axis=1), 1.25)
    assert np.abs(inputs).max() <= 1.25 + 1e-12


@pytest.mark.slow
@pytest.mark.parametrize("unit", range(3))
def test_the_boundary_has_two_corners_on_a_crease(unit: int) -> None:
    network, space = catalogue.RELU_BOWL.load(), Space(grid=False)
    props("relu_parabola").corners(space, network, unit)
    inputs, layer = space.parts[-1].inputs, network.dense[0]
    assert len(inputs) == 2
    np.testing.assert_allclose(inputs @ layer.weight[unit] + layer.bias[unit], 0, atol=1e-12)
    np.testing.assert_allclose(network(inputs)[:, 0], 0, atol=0.02)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_a_line_lies_on_the_line_and_ends_on_two_sides_of_the_square(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal, inside = rng.normal(size=2), rng.uniform(-1.3, 1.3, 2)
    ends = props("relu_parabola").line_in_square(normal, offset := -float(normal @ inside), 1.3)
    np.testing.assert_allclose(ends @ normal + offset, 0, atol=1e-9)
    np.testing.assert_allclose(np.abs(ends).max(axis=1), 1.3)
    assert np.linalg.norm(ends[1] - ends[0]) > 1e-6


@pytest.mark.parametrize(("normal", "ends"), [((2.0, 0.0), [0.5, -1.0, 0.5, 1.0]), ((0.0, 2.0), [-1.0, 0.5, 1.0, 0.5])])
def test_an_upright_and_a_level_line_end_at_the_square_too(normal: tuple[float, float], ends: list[float]) -> None:
    found = props("relu_parabola").line_in_square(np.array(normal), -1.0, 1.0)
    np.testing.assert_allclose(found[np.lexsort(found.T)].ravel(), ends)


@pytest.mark.slow
def test_the_side_view_has_the_first_unit_as_a_hinge_that_rises_to_the_right() -> None:
    film, network = props("relu_parabola"), catalogue.RELU_BOWL.load()
    space = Space(film.side_view(network), grid=False)
    space.restart(lift_by_unit(network, 0))
    space.time = 1.0
    hinge = film.section(space, network, samples=201).points[:, :2]
    assert (np.diff(hinge[:, 0]) > 0).all()
    x, y = ((hinge - space.view.middle) / space.view.unit).T
    slope = float(np.linalg.norm(network.dense[0].weight[0]) * -network.readout.weight[0, 0])
    np.testing.assert_allclose(y, slope * np.maximum(x - float(x[y < 0.01].max()), 0), atol=0.03)
