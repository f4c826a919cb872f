"""The certificates of sentences: true, false, and not decided."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netlib import Dataset, Dense, Loop, Network, UntangleError, activation, dataset
from netlib.activations import relu
from netlib.certificates import claims, linking
from netlib.certificates.claims import follows_the_curve, leaves_the_parabola
from netlib.certificates.tunnel import Tunnel, tunnel
from netlib.training.catalogue import LINKED_RINGS, ONE_MORE_NEURON, RELU_PARABOLA, TOO_NARROW, XOR

DATA = dataset("disk_in_ring")
RINGS = dataset("linked_rings")
LINE = dataset("interval_in_interval")
READOUT = Dense([[1.0, 0, 0]], [0])
RNG = np.random.default_rng(0)


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


@pytest.mark.slow
def test_tunnel_and_enclosure_exclude_each_other():
    for net, tunnelled in ((TOO_NARROW.load(), True), (ONE_MORE_NEURON.load(), False)):
        found = tunnel(net, DATA)
        assert claims.tunnel_exists(net, DATA, found).holds is tunnelled
        assert claims.disk_enclosed(net, DATA, found).holds is not tunnelled
        assert claims.tunnel_exists(net, DATA, found).measured["accuracy"] == net.accuracy(DATA.points, DATA.labels)
    given_up = Network((), Dense([[0.0, 0]], [-1]))
    assert claims.tunnel_exists(given_up, DATA).holds is False
    assert claims.disk_enclosed(given_up, DATA).holds is False


@pytest.mark.slow
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


def test_rings_stay_linked_or_not(monkeypatch):
    monkeypatch.setattr(linking, "MOST_PAIRS", 200_000)  # what cannot be decided is soon given up
    assert claims.rings_stay_linked(network(np.eye(3), 2 * np.eye(3)), RINGS).holds is True
    assert claims.rings_stay_linked(network(np.diag([1, 1, 0])), RINGS).holds is None
    assert claims.rings_stay_linked(network(np.eye(4, 3)), RINGS).holds is False
    with pytest.raises(UntangleError, match="two loops are needed"):
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
    assert claims.nothing_folds(relu).holds is True  # 2 to 2 and monotone


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


@pytest.mark.slow
def test_a_best_line_that_was_sought_on_a_sample_decides_nothing_about_all_points() -> None:
    # x > 2 has 9,998 of 10,000 right, the network 9,997, and a line through the sample may miss the two that decide
    x = np.r_[np.linspace(-1, 1.9, 5000), np.linspace(2.1, 5, 5000)]
    data = Dataset("steps", np.column_stack([x, np.cos(900 * x)]), np.repeat([0, 1], 5000))
    data.labels[[17, 4000]] = 1
    third = Network((Dense([[1.0, 0]], [0], activation("identity")),), Dense([[1.0]], [-x[4999] + 1e-6]))
    assert np.mean((x > 2) == data.labels) == 0.9998
    assert third.accuracy(data.points, data.labels) == 0.9997
    assert claims.better_than_baselines(third, data).holds is not True
    three = Dataset("three", RNG.normal(size=(60, 2)), np.repeat([0, 1, 2], 20))
    found = claims.better_than_baselines(Network((), Dense(RNG.normal(size=(3, 2)), np.zeros(3))), three)
    assert "best cut found" not in found.measured


def test_contradictory_rows_are_not_separated_and_witnesses_of_the_circle_are_a_row_of_their_own() -> None:
    net = ONE_MORE_NEURON.load()
    twice = replace(
        DATA, points=np.vstack([DATA.points, DATA.points[:1]]), labels=np.r_[DATA.labels, 1 - DATA.labels[0]]
    )
    assert claims.a_hyperplane_separates(DATA, DATA, net, 1).holds is True
    assert claims.a_hyperplane_separates(twice, twice, net, 1).holds is False
    # all points right and a plane between them: no ring point may be said to surround one of the disk
    assert net.accuracy(DATA.points, DATA.labels) == 1
    assert claims.ring_surrounds_disk(net, DATA).holds is not True
    # a sample without witnesses, whose circle has some
    few = dataset("disk_in_ring:n=8")
    identity = Network((), Dense([[1.0, 0]], [0]))
    assert claims.ring_surrounds_disk(identity, few).holds is not True or few.of_class(0).shape[0] >= 3
    found = claims.circle_surrounds_centre(identity, few)
    assert found.holds is True
    assert "points of the circle" in found.resolution


def test_a_layer_of_two_leaves_no_linking_number_but_does_not_deny_that_loops_were_linked() -> None:
    flat = network(np.eye(2, 3))
    found = claims.rings_stay_linked(flat, RINGS)
    assert found.holds is None
    assert "four" not in found.caveat


def test_either_class_may_stay_between() -> None:
    swapped = replace(LINE, labels=1 - LINE.labels)
    for data in (LINE, swapped):
        found = claims.middle_stays_between(network([[3.0]], [[-2.0]]), data)
        assert (found.holds, found.method) == (True, "proved")
    apart = Dataset("apart", np.array([[0.0], [1], [2], [3]]), np.array([0, 0, 1, 1]))
    assert claims.middle_stays_between(network([[3.0]]), apart).holds is False
    # float64 has all images of this layer at 1; exactly their order is kept
    saturated = Network((Dense([[1.0]], [50.0], activation("tanh")),), Dense([[1.0]], [0]))
    assert claims.middle_stays_between(saturated, LINE).holds is True


def test_a_plane_separates_whole_loops_not_their_points_only() -> None:
    assert claims.a_plane_separates_loops(LINKED_RINGS.load(), RINGS).holds is True
    # the loops' corners are on their sides; a side of the first one crosses the plane z = 0
    first, second = ([[0, 0, -1.0], [1, 0, -1], [1, 1, -1]], [[0, 0, 1.0], [1, 0, 1], [1, 1, 1]])
    loops = Loop("a", np.array(first)), Loop("b", np.array(second))
    data = Dataset("two", np.vstack([first, second]), np.repeat([0, 1], 3), loops)
    level = Network((), Dense([[0.0, 0, 1]], [0]))
    assert claims.a_plane_separates_loops(level, data).holds is True
    bump = Network((Dense([[4.0, 0, 0], [4, 0, 0], [4, 0, 0], [0, 0, 1]], [-1.0, -2, -3, 1], relu),),
                   Dense([[2.0, -4, 2, 1]], [-1]))  # fmt: skip
    assert bump.accuracy(data.points, data.labels) == 1
    assert claims.a_plane_separates_loops(bump, data).holds is False


def test_loops_that_pass_through_each_other_do_not_stay_apart() -> None:
    still, flat = Dense(np.eye(3), np.zeros(3)), Dense(np.diag([1.0, 1.0, 1e-9]), np.zeros(3))
    apart = claims.loops_stay_apart(Network((still,), READOUT), RINGS, 0)
    assert apart.holds
    first, second = (loop.points for loop in RINGS.loops)
    nearest = min(np.linalg.norm(second - point, axis=1).min() for point in first)
    assert apart.measured["nearest, of the points"] == pytest.approx(nearest)
    assert claims.loops_stay_apart(Network((flat,), READOUT), RINGS, 0).holds  # by little: it is injective all the way
    for meeting in (np.diag([1.0, 1.0, 0.0]), np.zeros((3, 3)), np.eye(3)[:2]):
        layer = Dense(meeting, np.zeros(len(meeting)))
        network = Network((layer,), Dense(np.ones((1, len(meeting))), np.zeros(1)))
        assert claims.loops_stay_apart(network, RINGS, 0).holds is None


def test_a_loop_through_its_own_point_does_not_wind_around_it_whatever_the_layers() -> None:
    corners = np.array([[-1.0, -1.0], [1.0, -1.0], [1.0, 1.0], [-1.0, 1.0]])
    loop = Loop("square", corners, around=np.array([1.0, 0.0]))
    data = Dataset("touching", np.array([[0.9, 0.0], [3.0, 0.0], [-3.0, 0.0]]), np.array([1, 0, 0]), (loop,))
    network = Network((Dense(np.eye(2), np.zeros(2)),), Dense([[1.0, 0.0]], [0.0]))
    assert claims.layers_are_homeomorphisms(network).holds
    assert claims.ring_still_wound(network, data).holds is None


def test_one_loop_cannot_stay_apart_from_another() -> None:
    with pytest.raises(UntangleError, match="disk_in_ring: two loops"):
        claims.loops_stay_apart(TOO_NARROW.load(), dataset("disk_in_ring"), 0)


def test_one_network_that_is_right_is_enough_to_refuse_that_none_is() -> None:
    data, right = XOR.dataset(), XOR.load()
    wrong = Network((), Dense([[1.0, 0.0]], [0.0]))
    found = claims.no_network_is_right([wrong, wrong], data)
    assert found.holds
    assert found.measured == dict.fromkeys(("network 1", "network 2"), wrong.accuracy(data.points, data.labels))
    assert not claims.no_network_is_right([wrong, right], data).holds


@pytest.mark.parametrize(
    ("outcomes", "leak", "enclose"),
    [
        ((), None, None),
        (("tunnel", "tunnel"), True, False),
        (("enclosed", "enclosed"), False, True),
        (("tunnel", "enclosed"), False, False),
        (("tunnel", "given up"), False, False),
        (("tunnel", "not decided"), None, None),
    ],
)
def test_all_of_several_networks_leak_or_enclose_only_where_each_does(outcomes, leak, enclose) -> None:
    found = [Tunnel(outcome, 1.0, 0.01, 3.0) for outcome in outcomes]
    assert claims.all_leak(found).holds is leak
    assert claims.all_enclose(found).holds is enclose
    assert claims.all_leak(found).measured["networks"] == len(outcomes)


def test_a_regression_is_measured_against_the_mean_and_the_best_linear_function() -> None:
    """Targets x^2 + 3x at -2 … 2: scikit-learn gives R^2, error and the linear fit; ReLUs give |x| for x^2."""
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import mean_absolute_error, r2_score

    x = np.linspace(-2, 2, 41)[:, None]
    data = Dataset("real", 1000 + 50 * x, (x**2 + 3 * x)[:, 0], regression=True)
    hidden = Dense([[0.02], [-0.02]], [-20.0, 20.0], relu)
    network = Network((hidden,), Dense([[5.0, -1.0]], [-0.6]))
    answers = network(data.points)[:, 0]
    found = claims.better_than_the_mean(network, data)
    assert found.holds
    assert found.measured["R^2"] == pytest.approx(r2_score(data.labels, answers))
    assert found.measured["mean absolute error"] == pytest.approx(mean_absolute_error(data.labels, answers))
    fit = LinearRegression().fit(data.points, data.labels)
    linear = claims.better_than_linear(network, data)
    assert linear.holds
    best = np.sqrt(np.mean((fit.predict(data.points) - data.labels) ** 2))
    assert linear.measured["of the best linear function"] == pytest.approx(best)
    flat = Network((), Dense(fit.coef_[None] + 1e-3, [fit.intercept_]))
    assert claims.better_than_linear(flat, data).holds is False
    constant = Network((), Dense([[0.0]], [100.0]))
    assert claims.better_than_the_mean(constant, data).holds is False
    assert claims.better_than_the_mean(constant, replace(data, labels=np.ones(41))).holds is False
