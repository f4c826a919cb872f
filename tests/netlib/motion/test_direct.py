"""Direct moves: straight to a matrix, straight to a representation, along a training."""

from __future__ import annotations

import numpy as np
import pytest

from netlib import Dense, Network, UntangleError, catalogue, certificates, straight_move, straight_to, training_move

POINTS = np.random.default_rng(0).uniform(-1, 1, (50, 2))
TIMES = np.linspace(0, 1, 11)


def test_on_the_straight_way_every_eigen_line_stays_where_it_is_and_nothing_collapses() -> None:
    weight = catalogue.XOR_EARLY.load().dense[0].weight
    move, (values, directions) = straight_move(weight), certificates.eigen_directions(weight)
    for t in TIMES:
        stretched = (1 + t * (values - 1))[:, None] * directions
        np.testing.assert_allclose(move.at(directions, t), stretched, atol=1e-12)
        assert np.linalg.det(move.matrix(t)) > 0.1
    np.testing.assert_allclose(move.at(POINTS, 1.0), POINTS @ weight.T)


def test_the_straight_way_keeps_a_matrix_without_real_eigenvalues_invertible_in_any_dimension() -> None:
    move = straight_move(np.array([[0.0, -1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.5]]))
    for t in TIMES:
        assert np.linalg.det(move.matrix(t)) == pytest.approx(((1 - t) ** 2 + t**2) * (1 - t / 2))


@pytest.mark.parametrize("values", [(-1.0, 2.0), (0.0, 1.0)])
def test_a_matrix_to_which_the_straight_way_collapses_space_is_refused(values: tuple[float, float]) -> None:
    with pytest.raises(UntangleError, match="polar"):
        straight_move(np.diag(values))


def test_the_straight_way_to_a_network_begins_at_the_inputs_and_ends_at_its_representation() -> None:
    network = catalogue.SPIRALS.load()
    move = straight_to(network)
    np.testing.assert_allclose(move.at(POINTS, 0.0), POINTS)
    np.testing.assert_allclose(move.at(POINTS, 1.0), network.represent(POINTS))


def test_a_training_has_points_where_the_network_of_each_moment_has_them() -> None:
    def network_at(t: float) -> Network:
        return Network((Dense((1 + t) * np.eye(2), np.array([t, 0.0])),), Dense(np.ones((1, 2)), np.zeros(1)))

    move = training_move(network_at)
    np.testing.assert_allclose(move.at(POINTS, 0.0), POINTS)
    for t in (1e-9, 0.4, 1.0):
        np.testing.assert_allclose(move.at(POINTS, t), (1 + t) * POINTS + (t, 0))
