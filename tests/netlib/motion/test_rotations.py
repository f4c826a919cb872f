"""Polar factors and paths of rotations, against scipy and closed forms."""

import itertools

import numpy as np
import pytest
from scipy.linalg import polar
from scipy.stats import ortho_group, special_ortho_group

from netlib.motion.moves import RotationPath, completed, polar_rotation

rng = np.random.default_rng(7)


@pytest.mark.parametrize("shape", [(1, 1), (2, 2), (3, 3), (5, 5), (3, 2), (2, 3), (5, 2)])
def test_the_polar_factor_is_the_one_that_scipy_finds(shape):
    weight = rng.normal(size=shape)
    side = "right" if shape[0] >= shape[1] else "left"
    np.testing.assert_allclose(polar_rotation(weight), polar(weight, side=side)[0], atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 2), (2, 3), (5, 2), (2, 5), (4, 1), (1, 4)])
def test_a_factor_is_completed_to_a_rotation_that_contains_it(shape):
    factor = polar_rotation(rng.normal(size=shape))
    whole = completed(factor)
    np.testing.assert_allclose(whole @ whole.T, np.eye(max(shape)), atol=1e-12)
    assert np.linalg.det(whole) == pytest.approx(1)
    np.testing.assert_allclose(whole[: shape[0], : shape[1]], factor, atol=1e-12)


@pytest.mark.parametrize("shape", [(3, 2), (4, 2), (4, 3), (2, 4)])
def test_no_other_completion_turns_less(shape):
    factor = polar_rotation(rng.normal(size=shape))
    best = np.trace(completed(factor))
    free = abs(shape[0] - shape[1])
    for _ in range(200):
        # every other completion mixes the added directions among themselves, with det +1
        mix = special_ortho_group.rvs(free, random_state=rng) if free > 1 else np.eye(1)
        other = completed(factor)
        if shape[0] > shape[1]:
            other = np.hstack([other[:, : shape[1]], other[:, shape[1] :] @ mix])
        else:
            other = np.vstack([other[: shape[0]], mix @ other[shape[0] :]])
        assert np.trace(other) <= best + 1e-9


@pytest.mark.parametrize("n", [2, 3, 4, 5])
def test_a_path_runs_through_rotations_at_constant_speed(n):
    path = RotationPath.to(special_ortho_group.rvs(n, random_state=rng))
    times = np.linspace(0, 1, 9)
    turns = [path.at(t) for t in times]
    np.testing.assert_allclose(turns[0], np.eye(n), atol=1e-12)
    np.testing.assert_array_equal(turns[-1], path.rotation)
    steps = [after @ before.T for before, after in itertools.pairwise(turns)]
    for turn, step in zip(turns, steps, strict=False):
        np.testing.assert_allclose(turn @ turn.T, np.eye(n), atol=1e-10)
        assert np.linalg.det(turn) == pytest.approx(1)
        np.testing.assert_allclose(step, steps[0], atol=1e-9)


@pytest.mark.parametrize("degrees", [-179, -90, -1, 0, 30, 90, 179])
def test_in_the_plane_half_the_path_is_half_the_angle(degrees):
    def turn(angle):
        return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])

    angle = np.radians(degrees)
    np.testing.assert_allclose(RotationPath.to(turn(angle)).at(0.5), turn(angle / 2), atol=1e-12)


@pytest.mark.parametrize("n", [2, 3, 4])
def test_half_turns_and_the_identity_have_a_path_too(n):
    halved = np.diag([-1.0, -1.0] + [1.0] * (n - 2))
    frame = ortho_group.rvs(n, random_state=rng)
    for rotation in (np.eye(n), halved, frame @ halved @ frame.T):
        path = RotationPath.to(rotation)
        for t in (0.0, 0.3, 0.999999, 1.0):
            assert np.linalg.det(path.at(t)) == pytest.approx(1)
        np.testing.assert_allclose(path.at(1 - 1e-9), rotation, atol=1e-7)
