import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netlib import dataset, read_data
from netlib.certificates.best_line import best_line
from netlib.certificates.claims import a_line_separates
from netlib.certificates.separability import separability


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


@settings(max_examples=15, deadline=None)
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


@settings(max_examples=40, deadline=None)
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
