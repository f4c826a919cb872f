import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netlib import dataset
from netlib.certificates.best_line import best_line
from netlib.certificates.separability import separability

SQUARE = np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]])
EIGHT = np.repeat([0, 1], 4)


def turned(points, angle):
    c, s = np.cos(angle), np.sin(angle)
    return points @ np.array([[c, s], [-s, c]])


@pytest.mark.parametrize("angle", [0.0, 0.7, 2.0])
def test_the_margin_is_half_the_distance_between_two_squares(angle):
    found = separability(turned(np.vstack([SQUARE, SQUARE + np.array([3, 0.5])]), angle), EIGHT)
    assert found.separable is True
    assert found.margin == pytest.approx(1.0, rel=1e-6)


def test_the_margin_between_two_corners_is_along_the_diagonal():
    found = separability(np.vstack([SQUARE, SQUARE + 2]), EIGHT)
    assert found.margin == pytest.approx(np.sqrt(2) / 2, rel=1e-6)
    np.testing.assert_allclose(found.normal, np.sqrt([0.5, 0.5]), atol=2e-3)
    assert found.offset == pytest.approx(-1.5 * np.sqrt(2), rel=2e-3)


def test_planes_separate_in_space_and_points_on_a_line():
    cube = np.array(list(itertools.product([0.0, 1], repeat=3)))
    found = separability(np.vstack([cube, cube + np.array([0, 0, 4])]), np.repeat([0, 1], 8))
    assert found.margin == pytest.approx(1.5, rel=1e-6)
    found = separability(np.array([[3.0], [1], [5]]), np.array([0, 0, 1]))
    assert found.separable is True
    assert found.margin == pytest.approx(1.0)


def test_a_point_common_to_both_hulls_proves_that_no_line_separates():
    data = dataset("disk_in_ring")
    found = separability(data.points, data.labels)
    assert found.separable is False
    assert found.margin == 0
    # the common point must be a mixture of each class: no line has it and the class on opposite sides
    for label in (0, 1):
        cloud = np.vstack([data.of_class(label), found.shared])
        alone = np.r_[np.zeros(len(cloud) - 1), 1].astype(int)
        assert separability(cloud, alone).separable is not True


def test_classes_that_touch_are_not_separated():
    touching = separability(np.vstack([SQUARE, SQUARE + np.array([1, 0])]), EIGHT)
    assert touching.separable is not True
    assert separability(np.zeros((2, 2)), np.array([0, 1])).separable is not True


@pytest.mark.parametrize("gap", [1e-3, 1e-6, 1e-9])
def test_a_tiny_gap_is_still_found(gap):
    found = separability(np.vstack([SQUARE, SQUARE + np.array([1 + 2 * gap, 0.3])]), EIGHT)
    assert found.separable is True
    assert found.margin == pytest.approx(gap, rel=1e-3)


def test_a_gap_in_a_crushed_direction_is_found():
    points = np.vstack([SQUARE, SQUARE + np.array([0, 1.5])]) * [1, 1e-10]
    found = separability(points, EIGHT)
    assert found.separable is True
    assert found.margin == pytest.approx(0.25e-10, rel=1e-3)


def test_a_gap_below_rounding_is_not_guessed():
    points = np.vstack([SQUARE, SQUARE + np.array([1, 0])]) + 1e6
    points[4:, 0] += 1e-10
    assert separability(points, EIGHT).separable is None
    assert separability(points, EIGHT).certificate.holds is None


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6), st.floats(0, 3))
def test_it_agrees_with_the_sweep_over_all_lines(seed, first, second, shift):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(first + second, 2))
    points[first:, 0] += shift
    labels = np.repeat([0, 1], [first, second])
    assert separability(points, labels).separable is (best_line(points, labels).accuracy == 1.0)
