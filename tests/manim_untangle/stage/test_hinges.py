"""Hinges: what each unit adds to the output, as curves and as heights."""

from __future__ import annotations

import numpy as np

from manim_untangle.stage.hinges import contributions, crease, lift
from manim_untangle.stage.space import Space
from netlib.motion.trajectory import Trajectory
from netlib.training.catalogue import RELU_BOWL, RELU_PARABOLA


def test_contributions_and_the_bias_add_up_to_the_output() -> None:
    network, x = RELU_PARABOLA.load(), np.linspace(-2, 2, 50)[:, None]
    total = contributions(network, x).sum(axis=1) + network.readout.bias[0]
    np.testing.assert_allclose(total, network(x)[:, 0], atol=1e-12)


def test_lifts_by_all_units_give_the_bias_minus_the_output_above_the_same_place() -> None:
    network, points = RELU_BOWL.load(), np.random.default_rng(0).uniform(-1, 1, (100, 2))
    bowl = Trajectory(tuple(lift(network, unit) for unit in (2, 0, 1))).end(points)
    np.testing.assert_allclose(bowl[:, :2], points)
    np.testing.assert_allclose(bowl[:, 2], network.readout.bias[0] - network(points)[:, 0], atol=1e-12)


def test_a_crease_lies_where_its_unit_turns_on_and_ends_at_the_square() -> None:
    network, space = RELU_BOWL.load(), Space(grid=False)
    for unit in range(3):
        crease(space, network, unit, half=1.25)
        inputs = space.parts[-1].inputs
        layer = network.hidden[0]
        np.testing.assert_allclose(inputs @ layer.weight[unit] + layer.bias[unit], 0, atol=1e-12)
        np.testing.assert_allclose(np.abs(inputs[[0, -1]]).max(axis=1), 1.25)
        assert np.abs(inputs).max() <= 1.25 + 1e-12
