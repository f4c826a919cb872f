import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netlib.certificates.separability import separability
from netlib.certificates.witnesses import witnesses
from netlib.datasets import circle, dataset


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


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.floats(-2, 2))
def test_witnesses_exist_only_where_no_line_separates(seed, shift):
    rng = np.random.default_rng(seed)
    outer, inner = rng.normal(size=(6, 2)), rng.normal(size=(4, 2)) + np.array([shift, 0])
    if witnesses(outer, inner) is not None:
        labels = np.repeat([0, 1], [6, 4])
        assert separability(np.vstack([outer, inner]), labels).separable is False
