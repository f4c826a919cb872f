import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib import Activation, Dense, Loop, Network, UntangleError, activation, dataset
from netlib.certificates.winding import winding_number, windings
from netlib.datasets import circle
from tests.thorough import examples

RING = Loop("ring", circle(0.825), around=np.zeros(2))


def network(*weights, bend="tanh", bias=0.0):
    bend = activation(bend) if isinstance(bend, str) else bend
    layers = tuple(Dense(w, np.full(len(w), bias), bend) for w in weights)
    return Network(layers, Dense(np.ones((1, 2)), np.zeros(1)))


@pytest.mark.parametrize("turns", [-3, -1, 1, 2, 5])
def test_a_polygon_that_goes_around_k_times_has_winding_number_k(turns):
    t = np.linspace(0, 2 * np.pi * turns, 200, endpoint=False)
    polygon = np.column_stack([2 * np.cos(t), np.sin(t)])
    assert winding_number(polygon, np.array([0.1, 0.2])) == turns
    assert winding_number(polygon, np.array([1.9, 0.9])) == 0
    assert winding_number(polygon[::-1], np.array([0.1, 0.2])) == -turns


def test_three_corners_are_enough_and_a_figure_eight_winds_both_ways():
    triangle = np.array([[0.0, 0], [4, 0], [0, 3]])
    assert winding_number(triangle, np.array([1.0, 1])) == 1
    eight = np.array([[0.0, 0], [1, 1], [1, -1], [0, 0], [-1, 1], [-1, -1]])
    assert winding_number(eight, np.array([0.7, 0])) == -winding_number(eight, np.array([-0.7, 0])) != 0


@pytest.mark.parametrize("point", [(0, 0), (2, 0), (0, 1.5), (1, 0)])
def test_a_point_on_the_polygon_has_no_winding_number(point):
    triangle = np.array([[0.0, 0], [4, 0], [0, 3]])
    assert winding_number(triangle, np.array(point, dtype=float)) is None


@examples(40)
@given(st.integers(0, 10**6), st.integers(1, 5), st.sampled_from(["tanh", "leaky_relu", "sigmoid", "softplus"]))
def test_no_homeomorphic_network_changes_the_winding_number(seed, depth, bend):
    rng = np.random.default_rng(seed)
    weights = [np.eye(2) + 0.7 * rng.normal(size=(2, 2)) for _ in range(depth)]
    shaken = network(*weights, bend=bend, bias=float(rng.normal()))
    around = windings(shaken, RING)
    outside = windings(shaken, Loop("ring", circle(0.5), around=np.array([0.6, 0.1])))
    assert len(around) > 3 * depth
    # undecided is allowed, where an image is crushed to nothing; another number never is
    assert all(w.number is None or abs(w.number) == 1 for w in around)
    assert all(w.number in (0, None) for w in outside)
    if around[-1].number is not None:
        assert around[-1].number == np.sign([np.linalg.det(w) for w in weights]).prod()


@pytest.mark.slow
def test_almost_all_random_networks_are_decided():
    decided = 0
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shaken = network(*(np.eye(2) + 0.5 * rng.normal(size=(2, 2)) for _ in range(4)))
        decided += windings(shaken, RING)[-1].number is not None
    assert decided >= 58


def test_every_move_is_followed_and_named():
    found = windings(network(np.array([[0.0, -2], [1, 0]])), RING)
    assert [w.after for w in found] == ["start", "stretch", "rotate", "shift", "tanh"]
    assert [w.number for w in found] == [1] * 5
    assert found[0].layer == -1
    assert found[1].layer == 0
    assert found[0].distance == pytest.approx(0.825, rel=1e-4)
    assert found[1].certificate.holds is True
    assert "proved" in found[1].certificate.resolution


def test_a_mirror_image_turns_the_number_over():
    found = windings(network(np.diag([1.0, -1.0])), RING)
    assert [w.number for w in found] == [1, 1, -1, -1, -1]


def test_a_fold_changes_the_winding_number():
    fold = Activation("abs", np.abs, injective=False, slope=np.sign)
    beside = Loop("ring", circle(0.8), around=np.array([0.3, 0.1]))
    found = windings(network(np.eye(2), bend=fold), beside)
    assert found[0].number == 1
    assert found[-1].number == 0
    assert found[-1].certificate.holds is False


def test_a_collapse_is_not_decided():
    found = windings(network(np.array([[1.0, 2], [2, 4]])), RING)
    assert found[-1].number is None
    assert found[-1].certificate.holds is None
    assert "not decided" in found[-1].certificate.resolution


def test_a_nearly_singular_matrix_is_refined_until_it_is_decided():
    found = windings(network(np.array([[1.0, 1], [1, 1 + 1e-8]])), RING)
    assert [w.number for w in found] == [1] * 5
    assert found[-1].arcs > 400


def test_steep_tanh_is_still_decided():
    assert [w.number for w in windings(network(100 * np.eye(2), 100 * np.eye(2)), RING)] == [1] * 9


def test_saturation_beyond_float64_is_not_guessed():
    # the centre and a quarter of the ring all round to (1, 1)
    found = windings(network(100 * np.eye(2), bias=30.0), RING)
    assert [w.number for w in found] == [1, 1, 1, 1, None]


def test_a_third_neuron_ends_the_list():
    wide = Network((Dense(np.eye(2), [0, 0]), Dense(np.eye(3, 2), [0, 0, 0])), Dense(np.ones((1, 3)), [0]))
    assert {w.layer for w in windings(wide, RING)} == {-1, 0}


def test_a_loop_around_nothing_has_no_winding_number():
    with pytest.raises(UntangleError, match="needs a loop in the plane"):
        windings(network(np.eye(2)), dataset("linked_rings").loops[0])


def test_a_side_that_is_near_the_point_and_ends_far_away_is_not_decided():
    far = Loop("far", 1e200 * np.array([[-1.0, 0], [1, 0], [0, 1]]), around=np.array([0.0, 1e-200]))
    assert windings(network(np.eye(2), bend="relu"), far)[0].number is None
