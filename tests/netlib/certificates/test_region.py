import numpy as np
import pytest

from netlib import Layer, Network, activation
from netlib.certificates.region import Region

HALF_PLANE = Region(Network((), Layer([[1.0, 0.0]], [0.0])))


def test_the_margin_is_positive_inside():
    np.testing.assert_allclose(HALF_PLANE.margin(np.array([[2.0, 5], [-3, 1]])), [2, -3])
    other = Region(HALF_PLANE.network, label=0)
    np.testing.assert_allclose(other.margin(np.array([[2.0, 5], [-3, 1]])), [-2, 3])


def test_of_several_classes_the_nearest_rival_counts():
    three = Network((), Layer([[1.0, 0], [0, 1], [-1, -1]], np.zeros(3)))
    points = np.random.default_rng(0).normal(size=(200, 2))
    for label in range(3):
        inside = Region(three, label).margin(points) > 0
        np.testing.assert_array_equal(inside, three.classify(points) == label)


@pytest.mark.parametrize(
    ("path", "inside", "outside"),
    [
        ([[0.1, 0], [3, 4], [1, -4]], True, False),
        ([[-0.1, 0], [-3, 4]], False, True),
        ([[-1, 0], [1, 0]], False, False),
    ],
)
def test_a_path_is_proved_to_stay_inside_or_a_point_outside_is_found(path, inside, outside):
    path = np.array(path, dtype=float)
    assert HALF_PLANE.holds_along(path) is inside
    assert HALF_PLANE.holds_along(path, inside=False) is outside


def test_a_path_that_touches_the_boundary_is_not_decided():
    assert HALF_PLANE.holds_along(np.array([[1.0, -1], [0, 0], [1, 1]])) is None


def test_a_loop_is_closed_by_its_last_side():
    corner = np.array([[1.0, 0], [1, 1], [0.5, 1]])
    assert HALF_PLANE.holds_along(corner, loop=True) is True
    assert HALF_PLANE.holds_along(np.array([[1.0, 0], [1, 1], [-1, 5], [1, 4]])[[0, 1]]) is True
    assert HALF_PLANE.holds_along(np.array([[1.0, 0], [1, 1], [-1, 5]]), loop=True) is False


def test_a_gap_between_samples_is_seen():
    # the corners are inside, but the V-shaped region is left in the middle of the side
    v = Region(Network((Layer([[1.0, 0], [-1, 0]], [0, 0], activation("relu")),), Layer([[1.0, 1.0]], [-1e-4])))
    path = np.array([[-1.0, 0], [1.0, 0]])
    assert (v.margin(path) > 0).all()
    assert v.holds_along(path) is False
