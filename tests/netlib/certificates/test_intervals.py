"""Interval arithmetic: curves and boxes stay in their bounds, and regions contain what is proved to be inside."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib import Activation, Dense, Network, UntangleError, activation, activations
from netlib.certificates.boxes import slope_range
from netlib.certificates.claims import one_answer_everywhere
from netlib.certificates.intervals import Arcs, Region, closed, halved, images, through
from tests.netlib.certificates.oracle import CURVES
from tests.thorough import examples


def random_network(widths, name, seed):
    rng, inputs, layers = np.random.default_rng(seed), 2, []
    for width in widths:
        weight = np.eye(width, inputs) + rng.normal(size=(width, inputs))
        layers.append(Dense(weight, rng.normal(size=width), activation(name)))
        inputs = width
    return Network(tuple(layers), Dense(rng.normal(size=(1, inputs)), rng.normal(size=1)))


@pytest.mark.parametrize("bend", activations().values(), ids=str)
def test_every_activation_names_its_slope(bend):
    z = np.linspace(-6, 6, 997)
    z = z[(np.abs(z[:, None] - (0.0, *bend.bends)) > 1e-3).all(axis=1)]  # away from kinks
    step = 1e-6
    np.testing.assert_allclose(bend.slope(z), (bend(z + step) - bend(z - step)) / (2 * step), atol=1e-8)


@pytest.mark.parametrize("bend", activations().values(), ids=str)
def test_the_slope_range_holds_every_slope_in_the_interval(bend):
    rng = np.random.default_rng(0)
    low, high = np.sort(rng.normal(scale=3, size=(2, 500)), axis=0)
    least, most = slope_range(bend, low, high)
    for share in np.linspace(0, 1, 101):
        slope = bend.slope(low + share * (high - low))
        assert (least <= slope + 1e-15).all()
        assert (slope <= most + 1e-15).all()


def test_an_activation_of_unknown_slope_certifies_nothing():
    with pytest.raises(UntangleError, match="bump: its slope is not known"):
        slope_range(Activation("bump", np.abs), np.zeros(1), np.ones(1))


@examples(40)
@given(
    st.integers(0, 10**6),
    st.sampled_from(["tanh", "sigmoid", "softplus", "leaky_relu", "elu", "relu"]),
    st.lists(st.integers(1, 4), min_size=1, max_size=4),
    st.floats(1e-3, 1.0),
)
def test_the_curved_image_of_a_segment_stays_in_its_enclosure(seed, name, widths, length):
    network, rng = random_network(widths, name, seed), np.random.default_rng(seed + 1)
    start = rng.uniform(-1, 1, (5, 2))
    end = start + length * rng.uniform(-1, 1, (5, 2))
    arcs = through(network, Arcs.straight(start, end))
    for t in np.linspace(0, 1, 41):
        image = network.represent(start + t * (end - start))
        off = np.abs(image - arcs.middle - (t - 0.5) * arcs.velocity)
        assert (off <= np.abs(t - 0.5) * arcs.spread + 2 * arcs.rounding).all()


def test_a_circular_arc_stays_in_its_enclosure():
    centre, a, b = np.array([0.3, -0.2]), np.array([[0.1], [2.0]]), np.array([[0.6], [2.1]])
    arcs = Arcs.circular(centre, 0.7, a, b)
    for t in np.linspace(0, 1, 41):
        angle = a + t * (b - a)
        point = centre + 0.7 * np.hstack([np.cos(angle), np.sin(angle)])
        off = np.abs(point - arcs.middle - (t - 0.5) * arcs.velocity)
        assert (off <= np.abs(t - 0.5) * arcs.spread + 2 * arcs.rounding).all()


def test_halving_makes_the_uncertainty_four_times_smaller():
    network = random_network((2, 2, 2), "tanh", 3)
    start, end = np.array([[0.1, 0.2]]), np.array([[0.15, 0.22]])
    spreads = []
    for _ in range(4):
        spreads.append(through(network, Arcs.straight(start, end)).spread.max())
        start, end = (part[:1] for part in halved(start, end))
    ratios = np.array(spreads[:-1]) / spreads[1:]
    assert (ratios > 3.5).all()
    assert (ratios < 4.5).all()


def test_closed_joins_the_last_corner_to_the_first():
    start, end = closed(np.array([[0.0, 0], [1, 0], [0, 1]]))
    np.testing.assert_array_equal(end, [[1, 0], [0, 1], [0, 0]])
    np.testing.assert_array_equal(start[0], end[-1])


def test_rounding_is_bounded_however_ill_conditioned_the_layers_are():
    rng = np.random.default_rng(0)
    weights = [np.array([[1.0, 1], [1, 1 + 1e-9]]), np.array([[1e9, -1e9], [3.0, 0.7]]), rng.normal(size=(2, 2))]
    bend, biases = activation("leaky_relu"), rng.normal(size=(3, 2))
    layers = tuple(Dense(w, b, bend) for w, b in zip(weights, biases, strict=True))
    points = rng.uniform(-1, 1, (50, 2))
    arcs = through(Network(layers, Dense(np.eye(2), np.zeros(2))), Arcs.straight(points, points))
    for point, found, bound in zip(points, arcs.middle, arcs.rounding, strict=True):
        exact = [Fraction(x) for x in point.tolist()]
        for layer in layers:
            exact = [
                sum((Fraction(w) * x for w, x in zip(row, exact, strict=True)), Fraction(b))
                for row, b in zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
            ]
            exact = [z if z >= 0 else Fraction(0.01) * z for z in exact]
        off = [abs(float(e - Fraction(f))) for e, f in zip(exact, found.tolist(), strict=True)]
        assert (off <= bound).all()
        assert bound.max() < 1e-4  # 1e9 times the rounding of the first layer


HALF_PLANE = Region(Network((), Dense([[1.0, 0.0]], [0.0])))


def test_the_margin_is_positive_inside():
    np.testing.assert_allclose(HALF_PLANE.margin(np.array([[2.0, 5], [-3, 1]])), [2, -3])
    other = Region(HALF_PLANE.network, label=0)
    np.testing.assert_allclose(other.margin(np.array([[2.0, 5], [-3, 1]])), [-2, 3])


def test_of_several_classes_the_nearest_rival_counts():
    three = Network((), Dense([[1.0, 0], [0, 1], [-1, -1]], np.zeros(3)))
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
    assert HALF_PLANE.contains(path[:-1], path[1:]) is inside
    assert HALF_PLANE.avoids(path[:-1], path[1:]) is outside


def test_a_path_that_touches_the_boundary_is_not_decided():
    path = np.array([[1.0, -1], [0, 0], [1, 1]])
    assert HALF_PLANE.contains(path[:-1], path[1:]) is None


def test_a_loop_is_closed_by_its_last_side():
    corner = np.array([[1.0, 0], [1, 1], [0.5, 1]])
    assert HALF_PLANE.contains(*closed(corner)) is True
    assert HALF_PLANE.contains(corner[:1], corner[1:2]) is True
    assert HALF_PLANE.contains(*closed(np.array([[1.0, 0], [1, 1], [-1, 5]]))) is False


def test_a_gap_between_samples_is_seen():
    # the corners are inside, but the V-shaped region is left in the middle of the side
    v = Region(Network((Dense([[1.0, 0], [-1, 0]], [0, 0], activation("relu")),), Dense([[1.0, 1.0]], [-1e-4])))
    path = np.array([[-1.0, 0], [1.0, 0]])
    assert (v.margin(path) > 0).all()
    assert v.contains(path[:-1], path[1:]) is False


HALF = (1.5, 1.25)


def random_classifier(seed: int, name: str, bias: float, outputs: int) -> Network:
    rng = np.random.default_rng(seed)
    hidden = Dense(rng.normal(size=(4, 2)), rng.normal(size=4), activation(name))
    return Network((hidden,), Dense(rng.normal(size=(outputs, 4)), bias * rng.normal(size=outputs)))


@pytest.mark.parametrize("bias", [2.01, 1.99])
def test_a_bias_wins_everywhere_exactly_where_it_is_larger_than_all_that_tanh_can_give(bias: float) -> None:
    # closed form: |tanh x + tanh y| < 2, and over a box that is wide enough it comes as near to 2 as floats can tell
    network = Network((Dense(np.eye(2), np.zeros(2), activation("tanh")),), Dense(np.ones((1, 2)), np.array([bias])))
    assert Region(network, 1).contains_box((20.0, 20.0)) is (bias > 2)


@examples(60)
@given(st.integers(0, 10**6), st.sampled_from(["relu", "tanh", "elu", "softplus"]), st.floats(0, 30), st.integers(1, 3))
def test_one_answer_is_proved_only_where_a_grid_has_no_other(seed: int, name: str, bias: float, outputs: int) -> None:
    network = random_classifier(seed, name, bias, outputs)
    grid = np.stack(np.meshgrid(*(np.linspace(-h, h, 41) for h in HALF)), axis=-1).reshape(-1, 2)
    answers = np.unique(network.classify(grid))
    found = one_answer_everywhere(network, HALF)
    if found.holds:
        assert answers.tolist() == [found.measured["class"]]
    if len(answers) > 1:  # where scores are equal on a whole area nothing is decided
        assert not found.holds


def test_a_small_island_of_another_class_is_found() -> None:
    # |x - 0.3| + |y - 0.7| > 0.01 by four ReLUs
    weight = np.array([[1.0, 0], [-1, 0], [0, 1], [0, -1]])
    bias = np.array([-0.3, 0.3, -0.7, 0.7])
    readout = Dense(np.ones((1, 4)), np.array([-0.01]))
    assert Region(Network((Dense(weight, bias, activation("relu")),), readout), 1).contains_box(HALF) is not True


def test_numbers_too_large_for_float64_prove_nothing() -> None:
    # exactly, the answer is 1 at x = 1 and 0 at x = -1
    huge = Network((Dense(np.full((2, 2), 1e155), np.zeros(2), activation("identity")),) * 2, Dense([[1e155, 0]], [-1]))
    with np.errstate(over="ignore", invalid="ignore"):
        certificate = one_answer_everywhere(huge, (1.0, 1.0))
        assert certificate.holds is not True
        inside, outside = Region(huge, 1).sides(Arcs.straight(np.ones((1, 2)), np.ones((1, 2))))
    assert not inside.any()
    assert not outside.any()


@examples(60)
@given(
    st.integers(0, 10**6),
    st.sampled_from([*activations()]),
    st.lists(st.integers(1, 5), min_size=1, max_size=8),
    st.sampled_from([1.0, 10.0, 1e60]),
)
def test_the_boxes_of_images_contain_them(seed, name, widths, scale):
    network = random_network(widths, name, seed)
    layers = tuple(Dense(scale * layer.weight, layer.bias, layer.activation) for layer in network.dense[:-1])
    points = np.random.default_rng(seed).uniform(-1, 1, (20, 2))
    with np.errstate(over="ignore", invalid="ignore"):
        middle, reach = images(Network(layers, network.readout), points)
        # the oracle has 11 bits more
        values = points.astype(np.longdouble)
        for layer in layers:
            values = CURVES[name](values @ layer.weight.T.astype(np.longdouble) + layer.bias)
        off = np.abs(values - middle)
    known = np.isfinite(middle).all(axis=1)
    assert (off[known] <= reach[known]).all()
    assert known.all() or scale > 10
