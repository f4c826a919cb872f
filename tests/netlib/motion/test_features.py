"""Lifts: by a feature made by hand, and by the units of a layer."""

from __future__ import annotations

import numpy as np

from netlib import Trajectory, catalogue, lift, lift_by_unit, squares, together, unit_contributions

POINTS = np.random.default_rng(0).uniform(-1, 1, (100, 2))


def test_a_lift_raises_points_by_the_feature_and_leaves_them_over_the_same_place() -> None:
    for t in (0.0, 0.3, 1.0):
        raised = lift(squares).at(POINTS, t)
        np.testing.assert_allclose(raised[:, :2], POINTS)
        np.testing.assert_allclose(raised[:, 2], t * (POINTS[:, 0] ** 2 + POINTS[:, 1] ** 2))


def test_lifts_add_up_one_after_the_other_and_together() -> None:
    moves = (lift(squares), lift(lambda points: points[:, 0]))
    for both in (Trajectory(moves).end(POINTS), together("both", moves).at(POINTS, 1.0)):
        np.testing.assert_allclose(both[:, 2], squares(POINTS) + POINTS[:, 0])


def test_contributions_and_the_bias_add_up_to_the_output() -> None:
    network, x = catalogue.RELU_PARABOLA.load(), np.linspace(-2, 2, 50)[:, None]
    total = unit_contributions(network, x).sum(axis=1) + network.readout.bias[0]
    np.testing.assert_allclose(total, network(x)[:, 0], atol=1e-12)


def test_lifts_by_all_units_give_the_bias_minus_the_output_above_the_same_place() -> None:
    network = catalogue.RELU_BOWL.load()
    bowl = Trajectory(tuple(lift_by_unit(network, unit) for unit in (2, 0, 1))).end(POINTS)
    np.testing.assert_allclose(bowl[:, :2], POINTS)
    np.testing.assert_allclose(bowl[:, 2], network.readout.bias[0] - network(POINTS)[:, 0], atol=1e-12)
