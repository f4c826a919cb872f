"""Networks at the ends of float64: sums that overflow on their way, values and slopes that underflow, numbers of very
different sizes. What a certificate proves there is true of the exact network, too; the oracle computes in fractions."""

from __future__ import annotations

import importlib
import warnings
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from netlib import Dense, LayerNorm, Network, activation, dataset
from netlib.certificates import claims, folds, intervals, network_claims, tunnel
from netlib.certificates.annulus import annulus
from netlib.certificates.injectivity import injectivity
from netlib.certificates.intervals import Arcs, Region, images, through
from netlib.certificates.linking import linking_number
from netlib.certificates.separation import separability
from netlib.certificates.winding import winding_number
from tests.netlib.certificates import oracle

RING = dataset("disk_in_ring:n=60")
SIZES = (1e-300, 1e-200, 1e-155, 1e-20, 1.0, 1e20, 1e100, 1e155)


@pytest.fixture(autouse=True)
def _no_warnings():
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        yield


def random_network(seed, inputs=2):
    """Layers (W, b, name) of all sizes, piecewise linear, with the readout last."""
    rng, layers = np.random.default_rng(seed), []
    name = sorted(oracle.LINEAR)[seed % len(oracle.LINEAR)]
    for width in rng.integers(1, 5, seed % 4 + 1):
        weight, bias = rng.normal(size=(width, inputs)), rng.normal(size=width)
        sizes = rng.choice(SIZES, width if seed % 3 else 1)
        layers.append((weight * sizes[:, None], bias * rng.choice([0.0, *SIZES]), name))
        inputs = width
    return [*layers, (rng.normal(size=(1, inputs)), np.array([rng.choice([0.0, *SIZES, -1.0])]), "identity")]


def judged(layers):
    *hidden, (weight, bias, _) = layers
    return Network(tuple(Dense(w, b, activation(name)) for w, b, name in hidden), Dense(weight, bias))


def identity_network(*weights, bias=0.0, name="identity"):
    layers = tuple(Dense(weight, np.zeros(len(weight)), activation(name)) for weight in weights[:-1])
    return Network(layers, Dense(weights[-1], np.array([bias])))


@pytest.mark.slow
@pytest.mark.parametrize("part", range(4))
def test_bounds_hold_the_exact_images_of_networks_of_any_sizes(part):
    known = 0
    for seed in range(part, 240, 4):
        layers = random_network(seed)
        network, rng = judged(layers), np.random.default_rng(seed)
        first, last = rng.uniform(-1, 1, (2, 3, 2))
        arcs = through(network, Arcs.straight(first, last))
        boxes = [(*images(network, first), first)]
        for t in (0.0, 0.25, 1.0):
            bounds = arcs.middle + (t - 0.5) * arcs.velocity, abs(t - 0.5) * arcs.spread + arcs.rounding
            boxes.append((*bounds, first + t * (last - first)))
        for middle, reach, points in boxes:
            for m, r, point in zip(middle, reach, points.tolist(), strict=True):
                value = oracle.exact(layers[:-1], point)[-1][0]
                for one, off, true in zip(m, r, value, strict=True):
                    if np.isfinite(one) and np.isfinite(off):
                        known += 1
                        # between two given points the way itself is rounded
                        assert abs(Fraction(one) - true) <= Fraction(off) * Fraction(1.001), (seed, layers[0][2])
    assert known > 1000


def test_the_class_of_a_value_that_underflows_is_not_proved_to_be_the_other():
    # sigmoid(-800) is 3.7e-348, which is 0 in float64
    network = Network(
        (Dense(np.zeros((1, 2)), np.array([-800.0]), activation("sigmoid")),),
        Dense(np.array([[1e155]]), np.array([-1e-200])),
    )
    assert Decimal(-800).exp() * Decimal("1e155") > Decimal("1e-200")
    ends = np.zeros((1, 2)), np.ones((1, 2))
    assert Region(network, 1).avoids(*ends) is not True
    assert Region(network, 0).contains(*ends) is not True
    small = 1e-200 * np.eye(2)
    large = 1e155 * np.eye(2)
    network = identity_network(small, small, large, large, np.array([[1.0, 0.0]]), bias=-1e-100)  # x 1e-90 - 1e-100
    assert Region(network, 1).avoids(np.array([[0.5, 0.0]]), np.array([[1.0, 0.0]])) is not True


def test_a_sum_that_overflows_on_its_way_proves_no_class():
    # the exact value is -5e307, and the sum of the first two terms is too large for float64
    wide, signs = np.full((5, 2), 1e154), 1e154 * np.array([[1.0, 1, -1, -1, -1]])
    hidden = Dense(wide, np.zeros(5)), Dense(signs, np.zeros(1), activation("tanh"))
    network, point = Network(hidden, Dense(np.ones((1, 1)), np.zeros(1))), np.array([[0.5, 0.5]])
    assert Region(network, 1).contains(point, point) is not True
    assert Region(network, 0).avoids(point, point) is not True
    assert claims.one_answer_everywhere(network, (1.0, 1.0)).holds is not True


def test_the_slope_of_a_softsign_is_known_however_far_out():
    # far from 0 the two units rise at very different speeds, so that their difference changes sign on the way
    first = Dense(np.array([[1.0, 0.0], [1.0, 0.0]]), np.array([5e6, 999.0]), activation("softsign"))

    def difference(x):
        a, b = (x + Fraction(start) for start in (5_000_000, 999))
        return a / (1 + a) - b / (1 + b)

    readout = Dense(np.array([[1.0, -1.0]]), np.array([-float(difference(0)) - 5e-7]))
    assert difference(-1) + Fraction(readout.bias[0]) > 0 > difference(1) + Fraction(readout.bias[0])
    network, ends = Network((first,), readout), (np.array([[-1.0, 0.0]]), np.array([[1.0, 0.0]]))
    assert Region(network, 0).contains(*ends) is False
    assert Region(network, 1).contains(*ends) is False


def test_a_layer_norm_of_numbers_whose_squares_overflow_proves_nothing():
    first = Dense(1e160 * np.eye(2), np.array([0.0, 1e160]))  # at (0, 0) the layer norm gives (-1, 1)
    network = Network((first, LayerNorm(np.ones(2), np.zeros(2))), Dense(np.array([[1.0, 0.0]]), np.array([0.5])))
    middle, reach = images(network, np.zeros((1, 2)))
    assert not (np.abs(middle[0, 0] + 1) > reach[0, 0])
    assert claims.one_answer_everywhere(network, (0.1, 0.1)).holds is not True


@pytest.mark.slow
def test_areas_that_overflow_are_not_called_squeezed():
    proved = 0
    for seed in range(24):
        rng = np.random.default_rng(seed)
        layers = [(rng.normal(size=(2, 2)) * rng.choice(SIZES), rng.normal(size=2), "relu") for _ in range(3)]
        found = folds(judged([*layers, (np.ones((1, 2)), np.zeros(1), "identity")]), nodes=9)[-1]
        steps = np.linspace(-1, 1, 9).tolist()
        jacobians = [oracle.exact(layers, (x, y))[-1][1] for x in steps for y in steps]
        ranks = [oracle.rank(jacobian) for jacobian in jacobians]
        assert found.exact or found.collapsed <= np.mean(np.array(ranks) < 2)
        signs = {np.sign(oracle.determinant(jacobian)) for jacobian in jacobians} - {0}
        assert found.folded is not True or len(signs) == 2
        proved += found.collapsed > 0
    assert proved > 3
    whole = 1e155 * np.array([[1.0, -0.5], [-0.5, 1.0]])
    network = identity_network(1e155 * np.eye(2), whole, np.ones((1, 2)), name="relu")
    assert folds(network, nodes=9)[-1].collapsed < 1  # where x = y > 0 both units are on


@pytest.mark.slow
@pytest.mark.parametrize("size", [1e-200, 1e-160, 1e-120, 1e100, 1e155])
def test_loops_of_any_size_have_their_numbers(size):
    angle = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    circle = np.column_stack([np.cos(angle), np.sin(angle)])
    assert winding_number(size * circle, size * np.array([0.3, 0.2])) == 1
    assert winding_number(size * circle, size * np.array([1.3, 0.2])) == 0
    first, second = np.column_stack([circle, 0 * angle]), np.column_stack([circle[:, :1] + 1, 0 * angle, circle[:, 1]])
    assert abs(linking_number(size * first, size * second) or 0) == 1
    assert linking_number(size * first, size * second + size * np.array([3.0, 0, 0])) == 0
    assert linking_number(size * first, size * (first[::-1] + np.array([1.0, 0, 0]))) is None  # they meet
    for weight in (size * np.array([[1.0, 2], [0, 1]]), size * np.array([[0.0, 1], [1, 0]])):
        network = identity_network(weight, weight, np.ones((1, 2)))
        found = claims.ring_still_wound(network, RING)
        assert found.holds is True
        assert found.measured["winding number at the end"] in (1, "?")


def test_readouts_whose_rows_are_equal_make_no_cut_and_tiny_ones_do():
    equal = np.full((3, 2), 0.1)  # whose mean, in float64, is another number
    assert (equal.mean(axis=0) != equal[0]).any()
    assert network_claims.decides_by_flat_cuts(Dense(equal, np.arange(3.0))).holds is False
    tiny = np.array([[1e-200, 0.0]])  # the square of which underflows
    assert network_claims.decides_by_flat_cuts(Dense(tiny, np.zeros(1))).holds is True
    assert network_claims.answer_is_a_weighted_sum(Dense(tiny, np.zeros(1))).holds is True
    assert network_claims.answer_is_a_weighted_sum(Dense(0 * tiny, np.ones(1))).holds is False


def test_the_smallest_numbers_of_all_are_not_called_separated_where_they_are_not():
    least = 5e-324  # the middle of the first two points is the third one
    points = least * np.array([[0.0, 2.0], [2.0, 0.0], [1.0, 1.0]])
    found = separability(points, np.array([1, 1, 0]))
    assert found.separable is not True


def test_a_matrix_of_numbers_of_very_different_sizes_is_left_open_where_it_takes_minutes():
    rng = np.random.default_rng(0)
    weight = rng.normal(size=(48, 48)) * 10.0 ** rng.uniform(-300, 155, size=(48, 48))
    assert injectivity(weight, np.zeros(48), activation("tanh")).injective is None
    assert injectivity(weight[:6, :6], np.zeros(6), activation("tanh")).injective is True


def with_a_strip(seed):
    """A network of ReLU whose region around the disk is a polygon that ends before the ring, with a strip out of it; or
    with a wall around it and "disk" beyond, with or without a gap. Strips and walls are from 0.3 to 1e-10 wide.

    Returns its layers, and whether the region leads out; the strip's middle line was looked at in fractions.
    """
    rng, kind = np.random.default_rng(seed), seed % 4  # a strip, one that is walled off, a wall, a wall with a gap
    units, (wide, wall) = int(rng.integers(5, 14)), 10 ** -rng.uniform(0.5, 10, 2)
    angles = rng.uniform(0, 6) + np.arange(units) * 2 * np.pi / units
    around, turn = np.column_stack([np.cos(angles), np.sin(angles)]), rng.uniform(0, 6)
    level = np.maximum(around @ [rng.uniform(0.42, 0.58), 0], 0).sum()
    out, aside = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    off, bump = rng.uniform(-0.25, 0.25), np.array([1.0, -2.0, 1.0])  # three units of a strip; the fourth is its back
    weight = np.vstack([around, *[aside / wide] * 3, -out])
    bias = np.r_[np.zeros(units), np.array([1, 0, -1]) - off / wide, 0]
    layers = [(weight, bias, "relu")]
    if kind < 2:
        layers.append((np.r_[-np.ones(units), (40, 0.01)[kind] * bump, -200][None], np.array([level]), "identity"))
    else:
        rows = [np.r_[np.ones(units), np.zeros(4)] / wall] * 3
        second = np.vstack([*rows, np.r_[np.zeros(units), bump, -50]])
        layers.append((second, np.r_[np.array([1, 0, -1]) - level / wall, 0], "relu"))
        layers.append((np.array([[-20, 40, -20, 800.0 * (kind == 3)]]), np.array([1.0]), "identity"))
    leads = kind in (0, 3)
    middle = (np.linspace(0, 3, 30)[:, None] * out + off * aside).tolist()
    assert not leads or all(oracle.exact(layers, point)[-1][0][0] > 0 for point in middle)
    return layers, leads


@pytest.mark.slow
def test_tunnels_and_walls_however_thin_are_not_taken_for_each_other(monkeypatch):
    # less work finds less, and what it finds is proved all the same
    monkeypatch.setattr(importlib.import_module("netlib.certificates.tunnel"), "GRIDS", (51, 101))
    monkeypatch.setattr(intervals, "MOST_ARCS", 5_000)
    monkeypatch.setattr(intervals, "MOST_BOXES", 1_000)
    known = 0
    for seed in range(16):
        layers, leads = with_a_strip(seed)
        network = judged(layers)
        found = tunnel(network, RING, measure=False)
        known += found.escapes is not None
        assert found.escapes in (None, leads), seed
        assert claims.disk_enclosed(network, RING, found).holds in (None, not leads)
        circles = claims.every_circle_has_a_wrong_point(network, RING, samples=500, found=found).holds
        assert circles is not False or not leads
        assert claims.one_answer_everywhere(network, (1.0, 1.0)).holds is not True
    assert known > 3


def hidden_by_rounding():
    """A network that is below 0 everywhere, by less than rounding in the disk, where float64 finds it above 0."""
    ring, rng = annulus(RING), np.random.default_rng(0)
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    outwards, start = np.column_stack([np.cos(angle), np.sin(angle)]), 0.8 * ring.radius + 0.2 * ring.ring[0]
    while True:
        bias, weight = rng.uniform(1, 2, 3), rng.normal(size=3)
        weight[2] = -(weight[:2] @ bias[:2]) / bias[2]
        first = np.vstack([np.zeros((3, 2)), outwards]), np.r_[bias, np.full(12, -start)], "relu"
        layers = [first, (np.r_[weight, np.full(12, -50.0)][None], np.zeros(1), "identity")]
        if oracle.exact(layers, (0.0, 0.0))[-1][0][0] < 0 < judged(layers)(np.zeros((1, 2)))[0, 0]:
            return judged(layers)


def test_what_rounding_hides_is_not_decided():
    network = hidden_by_rounding()
    found = tunnel(network, RING, measure=False)
    assert (found.escapes, found.outcome, found.right) == (False, "closed off", 0.0)
    assert claims.disk_enclosed(network, RING, found).holds is None
    assert claims.one_answer_everywhere(network, (1.0, 1.0)).holds is None  # it is class 0 everywhere
