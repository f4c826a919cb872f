"""The certificates of sentences: true, false, and not decided."""

from __future__ import annotations

import numpy as np
import pytest

from netlib import Dataset, Dense, Network, UntangleError, activation, dataset
from netlib.activations import relu
from netlib.certificates import claims
from netlib.certificates.claims import follows_the_curve, leaves_the_parabola
from netlib.training.catalogue import ONE_MORE_NEURON, RELU_PARABOLA, TOO_NARROW

DATA = dataset("disk_in_ring")
RINGS = dataset("linked_rings")
LINE = dataset("interval_in_interval")


def network(*weights, bend="tanh"):
    layers = tuple(Dense(w, np.zeros(len(w)), activation(bend)) for w in map(np.asarray, weights))
    return Network(layers, Dense(np.ones((1, len(weights[-1]))), [0.0]))


NARROW = network(np.eye(2), 2 * np.eye(2))
WIDE = network(np.eye(3, 2))


def test_layers_are_homeomorphisms_or_not():
    assert claims.layers_are_homeomorphisms(NARROW).holds is True
    assert claims.layers_are_homeomorphisms(WIDE).holds is True  # onto its image, a surface in space
    assert claims.layers_are_homeomorphisms(network(np.eye(2), bend="relu")).holds is False
    assert claims.layers_are_homeomorphisms(network(np.eye(3, 2), np.eye(2, 3))).holds is False
    assert claims.layers_are_homeomorphisms(network([[1, 2], [2, 4]])).holds is False
    measured = claims.layers_are_homeomorphisms(NARROW).measured
    assert measured["layer 1: det W"] == 1.0
    assert measured["layer 2: det W"] == 4.0


def test_the_ring_is_still_wound_or_not():
    certificate = claims.ring_still_wound(TOO_NARROW.load(), DATA)
    assert certificate.holds is True
    assert abs(certificate.measured["winding number at the end"]) == 1
    assert claims.ring_still_wound(network(np.eye(2), bend="relu"), DATA).holds is not True
    assert claims.ring_still_wound(network([[1, 2], [2, 4]]), DATA).holds is not True
    assert claims.ring_still_wound(WIDE, DATA).holds is False


def test_saturation_is_decided_by_the_exact_proof_instead():
    saturated = Network((Dense(100 * np.eye(2), [30, 30], activation("tanh")),), Dense([[1.0, 1]], [0]))
    certificate = claims.ring_still_wound(saturated, DATA)
    assert certificate.holds is True
    assert certificate.measured["winding number at the end"] == "?"
    assert "homeomorphism" in certificate.measured["proved by"]


def test_tunnel_and_enclosure_exclude_each_other():
    for net, tunnelled in ((TOO_NARROW.load(), True), (ONE_MORE_NEURON.load(), False)):
        assert claims.tunnel_exists(net, DATA).holds is tunnelled
        assert claims.disk_enclosed(net, DATA).holds is not tunnelled
        assert claims.tunnel_exists(net, DATA).measured["accuracy"] == net.accuracy(DATA.points, DATA.labels)
    given_up = Network((), Dense([[0.0, 0]], [-1]))
    assert claims.tunnel_exists(given_up, DATA).holds is False
    assert claims.disk_enclosed(given_up, DATA).holds is False


def test_every_circle_has_a_wrong_point_or_not():
    assert claims.every_circle_has_a_wrong_point(TOO_NARROW.load(), DATA).holds is True
    assert claims.every_circle_has_a_wrong_point(ONE_MORE_NEURON.load(), DATA).holds is False


def test_a_line_separates_or_does_not():
    net = ONE_MORE_NEURON.load()
    last = net.represent(DATA.points)
    assert claims.a_line_separates(last, DATA.labels).holds is True
    assert claims.no_line_separates(last, DATA.labels).holds is False
    assert claims.a_line_separates(DATA.points, DATA.labels).holds is False
    assert claims.no_line_separates(DATA.points, DATA.labels).holds is True
    touching, labels = np.zeros((2, 2)), np.array([0, 1])
    assert claims.no_line_separates(touching, labels).holds is not False


def test_witnesses_are_found_or_left_open():
    assert claims.three_witnesses(DATA.of_class(0), DATA.of_class(1)).holds is True
    assert claims.three_witnesses(DATA.of_class(0), DATA.of_class(1) + 5).holds is False
    assert claims.three_witnesses(np.zeros((1, 2)), np.zeros((1, 2))).holds is None


def test_rings_stay_linked_or_not():
    assert claims.rings_stay_linked(network(np.eye(3), 2 * np.eye(3)), RINGS).holds is True
    assert claims.rings_stay_linked(network(np.diag([1, 1, 0])), RINGS).holds is None
    assert claims.rings_stay_linked(network(np.eye(4, 3)), RINGS).holds is False
    with pytest.raises(UntangleError, match="needs two loops"):
        claims.rings_stay_linked(network(np.eye(2)), DATA)


def test_the_middle_stays_between_or_not():
    assert claims.middle_stays_between(network([[3.0]], [[-2.0]]), LINE).holds is True
    assert claims.middle_stays_between(network([[1.0]], bend="relu"), LINE).holds is False
    assert claims.middle_stays_between(network(np.eye(2, 1)), LINE).holds is False


def test_folds_and_collapses_are_told_apart():
    relu = network(np.eye(2), bend="relu")
    assert claims.areas_collapse(relu).holds is True
    assert claims.areas_collapse(NARROW).holds is False
    assert claims.nothing_folds(NARROW).holds is True
    assert claims.nothing_folds(relu).holds is None


def test_accuracy_claims():
    right = Dataset("two", np.array([[-1.0, -1], [1, 1]]), np.array([0, 1]))
    assert claims.all_points_right(NARROW, right).holds is True
    assert claims.some_points_wrong(NARROW, right).holds is False
    assert claims.all_points_right(NARROW, DATA).holds is False
    assert claims.some_points_wrong(NARROW, DATA).holds is True
    assert claims.some_points_wrong(NARROW, DATA).measured["majority"] == 0.625


def test_the_trained_hinges_follow_the_parabola_on_the_data_and_leave_it_beyond() -> None:
    network, data = RELU_PARABOLA.load(), RELU_PARABOLA.dataset()
    near = follows_the_curve(network, data)
    assert near.holds is True
    error = np.sqrt(np.mean((network(data.points)[:, 0] - data.points[:, 0] ** 2) ** 2))
    assert near.measured["root mean square error"] == pytest.approx(error)
    # of a parabola on evenly spaced points no straight line is better than their mean
    assert near.measured["of the best straight line"] == pytest.approx(np.std(data.points[:, 0] ** 2))
    assert leaves_the_parabola(network, data).holds is True


def test_a_constant_does_not_follow_the_parabola() -> None:
    constant = Network((Dense(np.zeros((1, 1)), np.zeros(1), relu),), Dense(np.zeros((1, 1)), np.array([1 / 3])))
    assert follows_the_curve(constant, RELU_PARABOLA.dataset()).holds is False
