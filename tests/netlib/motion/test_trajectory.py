"""Trajectories of every committed network: their ends are the network's own, and nothing collapses between."""

import numpy as np
import pytest

from netlib.motion.moves import padded
from netlib.motion.trajectory import CachedTrajectory, Trajectory, affine_then_bend, moves_of
from netlib.training.recipe import trained_recipes
from netlib.training.recorded import load_seed_grid

COMMITTED = {slug: recipe.load() for slug, recipe in trained_recipes().items()}
COMMITTED |= {f"strip-{run.width}x{run.depth}-s{run.seed}": run.network for run in load_seed_grid()}

every_committed_network = pytest.mark.parametrize("network", COMMITTED.values(), ids=COMMITTED)


def points_for(network):
    return np.random.default_rng(0).uniform(-1.2, 1.2, (200, network.inputs))


@every_committed_network
def test_it_ends_at_the_representation_before_the_readout(network):
    points = points_for(network)
    for taken_apart in (moves_of, affine_then_bend):
        end = Trajectory.through(network, taken_apart).end(points)
        width = network.readout.inputs
        np.testing.assert_allclose(end[:, :width], network.represent(points), rtol=0, atol=1e-9)
        np.testing.assert_allclose(end[:, width:], 0, atol=1e-9)


@every_committed_network
def test_after_each_layer_it_is_where_the_network_is(network):
    points, trajectory = points_for(network), Trajectory.through(network)
    for k, layer in enumerate(network.hidden):
        after = 1 + max(i for i, move in enumerate(trajectory.moves) if move.layer == k)
        here = trajectory.at(points, after)[:, : layer.outputs]
        np.testing.assert_allclose(here, network.represent(points, k + 1), rtol=0, atol=1e-9)


@every_committed_network
def test_no_matrix_between_is_singular(network):
    for move in Trajectory.through(network).moves:
        if move.part == "stretch":
            # the eigenvalues on the way are 1 - t + t p: positive at every t exactly when every p is
            assert np.linalg.eigvalsh(move.matrix(1.0)).min() > 0
        elif move.part == "flatten":
            assert all(np.linalg.det(move.matrix(t)) > 0 for t in np.linspace(0, 0.999, 50))
        elif move.linear is not None:
            # rotations: orthogonal with det +1 at every t
            assert all(np.linalg.det(move.matrix(t)) == pytest.approx(1) for t in np.linspace(0, 1, 50))


@every_committed_network
def test_run_together_the_affine_moves_are_not_singular_either(network):
    for layer in network.hidden:
        affine = affine_then_bend(layer)[0]
        times = np.linspace(0, 1, 51)[: -1 if layer.outputs < layer.inputs else None]
        assert min(np.linalg.det(affine.matrix(t)) for t in times) > 0


def test_time_outside_is_taken_to_the_nearest_end():
    network = next(iter(COMMITTED.values()))
    trajectory, points = Trajectory.through(network), points_for(network)
    np.testing.assert_array_equal(trajectory.at(points, -1), trajectory.at(points, 0))
    np.testing.assert_array_equal(trajectory.at(points, 99), trajectory.end(points))


def test_it_starts_with_the_points_themselves():
    for network in COMMITTED.values():
        points, trajectory = points_for(network), Trajectory.through(network)
        np.testing.assert_allclose(
            trajectory.at(points, 0), padded(points, network.inputs, trajectory.moves[0].ambient), atol=1e-12
        )


def test_a_network_without_hidden_layers_leaves_space_as_it_is():
    points = np.ones((3, 2))
    np.testing.assert_array_equal(Trajectory(()).end(points), points)


def test_a_cached_trajectory_goes_where_its_trajectory_goes_in_whatever_order_it_is_asked():
    deepest = max(COMMITTED.values(), key=lambda network: len(network.hidden))
    for trajectory in (Trajectory.through(deepest), Trajectory(())):
        course, many, few = (
            CachedTrajectory(trajectory.moves),
            np.random.default_rng(1).normal(size=(9, deepest.inputs)),
            np.ones((3, deepest.inputs)),
        )
        for time in (2.5, 0.25, -1.0, 7.75, len(trajectory.moves), 4.0, 99.0):
            for points in (many, many, few):
                np.testing.assert_array_equal(course.at(points, time), trajectory.at(points, time))


def test_a_cached_trajectory_makes_no_whole_move_twice_for_the_same_points():
    made = []

    class Counted:
        def at(self, points, t):
            made.append(t)
            return points + t

    first, second = np.ones((3, 2)), np.zeros((4, 2))
    trajectory = CachedTrajectory((Counted(),) * 3)
    for points in (first, second, first, second):
        for time in (0.5, 2.5):
            np.testing.assert_array_equal(trajectory.at(points, time), points + time)
    assert made.count(1.0) == 4
    longer = trajectory.then(Counted())
    made.clear()
    longer.at(first, 3.5)
    assert made == [1.0, 0.5]


def test_a_cached_trajectory_keeps_nothing_of_points_that_are_gone():
    trajectory = CachedTrajectory((Trajectory.through(next(iter(COMMITTED.values()))).moves[0],) * 3)
    for seed in range(50):
        points = np.random.default_rng(seed).normal(size=(5, 2))
        np.testing.assert_array_equal(trajectory.at(points, 2.5), Trajectory(trajectory.moves).at(points, 2.5))
        del points
    assert not trajectory._states._kept
