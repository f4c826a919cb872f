"""Separating lines, the best line, and witnesses that there is none: each against the others and closed forms."""

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib import Dense, Network, activation, read_data
from netlib.certificates.claims import a_line_separates, no_line_separates
from netlib.certificates.separation import best_line, separability, witnesses
from netlib.datasets import circle, dataset
from tests.netlib.certificates.oracle import best_split, orientation
from tests.thorough import examples

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


@pytest.mark.slow
@examples(40)
@given(st.integers(0, 10**6), st.integers(1, 6), st.integers(1, 6), st.floats(0, 3))
def test_it_agrees_with_the_sweep_over_all_lines(seed, first, second, shift):
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(first + second, 2))
    points[first:, 0] += shift
    labels = np.repeat([0, 1], [first, second])
    assert separability(points, labels).separable is (best_line(points, labels).accuracy == 1.0)


def score(found, points, labels):
    return np.mean((points @ found.normal + found.offset > 0) == (labels == 1))


def test_one_line_gets_three_of_four_xor_points():
    points = np.array([[0.0, 0], [1, 1], [0, 1], [1, 0]])
    found = best_line(points, np.array([0, 0, 1, 1]))
    assert found.accuracy == 0.75
    assert found.exact
    assert found.majority == 0.5


def most_right(points, labels):
    """The oracle: the largest subset that some line separates."""
    n = len(points)
    for size in range(n, 0, -1):
        for subset in itertools.combinations(range(n), size):
            chosen = list(subset)
            if len(set(labels[chosen])) == 1 or separability(points[chosen], labels[chosen]).separable:
                return size / n
    return 0.0


@examples(15)
@given(st.integers(0, 10**6), st.integers(4, 7), st.booleans())
def test_it_is_the_largest_separable_subset(seed, n, on_a_grid):
    rng = np.random.default_rng(seed)
    # on a grid many points lie on one line, or on top of each other
    points = rng.integers(0, 3, (n, 2)).astype(float) if on_a_grid else rng.normal(size=(n, 2))
    labels = rng.integers(0, 2, n)
    labels[:2] = 0, 1
    found = best_line(points, labels)
    assert found.accuracy == most_right(points, labels)
    assert found.exact


@pytest.mark.parametrize("name", ["disk_in_ring", "spirals", "moons", "xor", "checkerboard", "two_curves"])
def test_the_line_that_is_returned_has_that_accuracy(name):
    data = dataset(name)
    found = best_line(data.points, data.labels)
    assert found.exact
    assert score(found, data.points, data.labels) == pytest.approx(found.accuracy)
    assert data.majority <= found.accuracy < 1
    assert found.majority == pytest.approx(data.majority)


@examples(40)
@given(st.integers(0, 10**6), st.integers(1, 12), st.integers(4, 60), st.sampled_from([1.0, 1e-3, 1e-7]))
def test_wherever_a_line_is_certified_to_separate_the_best_line_has_all_points_right(seed, d, n, gap):
    rng = np.random.default_rng(seed)
    points, normal = rng.normal(size=(n, d)), rng.normal(size=d)
    labels = (points @ normal > 0).astype(int)
    labels[0] = seed % 2  # mostly separable, with a narrow gap and stretched axes
    points = (points + gap * np.outer(2 * labels - 1, normal)) * 10.0 ** rng.integers(-3, 4, d)
    if len(set(labels)) == 2 and a_line_separates(points, labels).holds:
        found = best_line(points, labels)
        assert (found.accuracy, found.exact) == (1.0, True)
        assert score(found, points, labels) == 1


def test_in_thirty_dimensions_a_narrow_gap_is_found():
    data = read_data("breast_cancer")
    assert a_line_separates(data.points, data.labels).holds
    found = best_line(data.points, data.labels)
    assert (found.accuracy, found.exact) == (1.0, True)
    # the oracle: the heights over the plane that is returned, in rational arithmetic
    heights = [
        sum((Fraction(a) * Fraction(b) for a, b in zip(found.normal, point, strict=True)), Fraction(found.offset))
        for point in data.points.tolist()
    ]
    assert all((height > 0) == (label == 1) for height, label in zip(heights, data.labels, strict=True))


def test_no_random_line_does_better():
    data = dataset("disk_in_ring")
    best = best_line(data.points, data.labels).accuracy
    rng = np.random.default_rng(0)
    for _ in range(500):
        right = np.mean((data.points @ rng.normal(size=2) + rng.normal() > 0) == (data.labels == 1))
        assert max(right, 1 - right) <= best


def test_on_a_line_every_cut_is_tried():
    data = dataset("interval_in_interval")
    found = best_line(data.points, data.labels)
    assert found.accuracy == pytest.approx(2 / 3)
    assert found.exact
    found = best_line(np.array([[0.0], [1], [2], [3]]), np.array([1, 1, 0, 0]))
    assert found.accuracy == 1
    assert score(found, np.array([[0.0], [3]]), np.array([1, 0])) == 1


@pytest.mark.slow
def test_in_space_a_search_finds_a_plane_but_claims_a_lower_bound_only():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(200, 3))
    labels = (points @ [1, 2, -1] > 0.3).astype(int)
    labels[:10] = 1 - labels[:10]
    found = best_line(points, labels)
    assert found.accuracy >= 0.95
    assert not found.exact
    assert "lower bound" in found.certificate.resolution
    assert score(found, points, labels) == pytest.approx(found.accuracy)


def test_the_witnesses_of_a_disk_in_a_ring_hold_a_disk_point():
    data = dataset("disk_in_ring")
    found = witnesses(data.of_class(0), data.of_class(1))
    np.testing.assert_allclose(found.coordinates @ found.simplex, found.point, atol=1e-12)
    assert found.coordinates.sum() == pytest.approx(1)
    assert found.coordinates.min() > 0.2
    np.testing.assert_array_equal(found.simplex, data.of_class(0)[list(found.corners)])
    np.testing.assert_array_equal(found.point, data.of_class(1)[found.held])
    assert found.certificate.holds is True


def test_the_triangle_is_large():
    found = witnesses(circle(1.0), circle(0.3))
    a, b, c = found.simplex
    area = abs(np.linalg.det([b - a, c - a])) / 2
    assert area > 0.8 * 3 * np.sqrt(3) / 4  # of the largest triangle in the circle


def test_separated_classes_have_no_witnesses():
    data = dataset("disk_in_ring")
    assert witnesses(data.of_class(0), data.of_class(1) + 5) is None


def test_four_witnesses_in_space_and_two_on_a_line():
    corners = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]])
    found = witnesses(corners, np.array([[2.0, 2, 2], [0.2, 0.3, 0.1]]))
    assert found.held == 1
    assert len(found.corners) == 4
    assert sorted(np.round(found.coordinates, 12)) == [0.1, 0.2, 0.3, 0.4]
    on_a_line = witnesses(np.array([[0.0], [4], [1]]), np.array([[3.0]]))
    assert sorted(on_a_line.coordinates) == [0.25, 0.75]


def test_points_in_a_line_are_no_triangle():
    assert witnesses(np.outer(np.arange(5.0), [1, 2]), np.array([[1.0, 2]])) is None
    assert witnesses(np.zeros((2, 2)), np.zeros((1, 2))) is None


@examples(50)
@given(st.integers(0, 10**6), st.floats(-2, 2))
def test_witnesses_exist_only_where_no_line_separates(seed, shift):
    rng = np.random.default_rng(seed)
    outer, inner = rng.normal(size=(6, 2)), rng.normal(size=(4, 2)) + np.array([shift, 0])
    if witnesses(outer, inner) is not None:
        labels = np.repeat([0, 1], [6, 4])
        assert separability(np.vstack([outer, inner]), labels).separable is False


TANH = activation("tanh")


def test_points_that_float64_merges_have_no_common_point_but_those_of_both_classes_have() -> None:
    # exactly, tanh keeps 20 and 21 apart, and a line separates them; in float64 both are 1
    saturated = Network((Dense([[1.0, 0.0], [0.0, 1.0]], [0, 0], TANH),), Dense([[1.0, 1]], [0]))
    points, labels = np.array([[20.0, 20], [21, 21]]), np.array([0, 1])
    assert (saturated.represent(points) == 1).all()
    assert no_line_separates(points, labels, saturated).holds is None
    assert a_line_separates(points, labels, saturated).holds is None
    # ReLU merges them exactly, and a contradictory pair stays one wherever it is mapped
    merged = Network((Dense(-np.eye(2), [0, 0], activation("relu")),), saturated.readout)
    assert no_line_separates(points, labels, merged).holds is True
    twice = np.array([[0.3, 0.7], [0.3, 0.7]])
    assert no_line_separates(twice, labels).holds is True
    assert no_line_separates(twice, labels, saturated).holds is True


def test_a_line_in_a_narrow_window_is_not_overlooked() -> None:
    # nearly on one line, the middle one of class 1 and a few units in the last place below: one line gets all right
    points = np.array([[1.000000000000001, 3.0], [2.000000000000001, 2.999999999999998], [3.0, 3.000000000000002]])
    labels = np.array([0, 1, 0])
    assert best_split(points.tolist(), labels.tolist()) == 3
    found = best_line(points, labels)
    assert found.accuracy == 1 or not found.exact
    assert found.certificate.holds is not False


@examples(60)
@given(st.integers(0, 10**6), st.integers(3, 9), st.sampled_from([0, 1e-15, 1e-13, 1e-9]))
def test_a_best_line_that_is_called_exact_is_as_good_as_any_split(seed, n, nudge) -> None:
    rng = np.random.default_rng(seed)
    # points of a grid, many of them on one line, and a nudge off it
    points = rng.integers(0, 4, (n, 2)) + nudge * rng.integers(-2, 3, (n, 2))
    labels = rng.integers(0, 2, n)
    labels[:2] = 0, 1
    found, most = best_line(points, labels), best_split(points.tolist(), labels.tolist())
    assert round(found.accuracy * n) <= most
    assert not found.exact or round(found.accuracy * n) == most


def test_witnesses_in_a_sliver_are_confirmed_exactly() -> None:
    # float64 has the point inside the triangle, with a least coordinate of 1.9e-9; exactly it is outside
    outer = np.array(
        [
            [0.9832188880455665, -0.49808913368947216],
            [0.5655371859223133, 0.29975015873144684],
            [0.7743780041714898, -0.09916950465685805],
        ]
    )
    inner = np.array([[0.7700594707216812, -0.09092033068464453]])
    corners, point = outer.tolist(), inner[0].tolist()
    sides = [orientation(a, b, point) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
    assert {*sides} == {1, -1}
    assert witnesses(outer, inner) is None


@examples(80)
@given(st.integers(0, 10**6), st.sampled_from([1.0, 1e-3, 1e-7, 1e-10]))
def test_witnesses_hold_in_rational_arithmetic(seed, thin) -> None:
    rng = np.random.default_rng(seed)
    outer, inner = rng.normal(size=(5, 2)) * [1, thin], rng.normal(size=(5, 2)) * [0.3, thin]
    turn = np.array([[0.6, 0.8], [-0.8, 0.6]])
    found = witnesses(outer @ turn, inner @ turn)
    if found is not None:
        corners, point = found.simplex.tolist(), found.point.tolist()
        sides = [orientation(a, b, point) for a, b in zip(corners, corners[1:] + corners[:1], strict=True)]
        assert set(sides) in ({1}, {-1})
