"""Certificates of single films' sentences: true where a closed form says so, false where a network was changed."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from netlib import (
    Dataset,
    Dense,
    Network,
    activation,
    catalogue,
    dataset,
    feature_fit,
    load_recorded,
    moves_of,
    squares,
)
from netlib import certificates as c
from netlib.certificates import Certificate
from tests.netlib.certificates import oracle

YES, NO, OPEN = (Certificate(holds, {f"n{holds}": 1}, f"r{holds}", f"c{holds}") for holds in (True, False, None))
LINE = dataset("interval_in_interval:n=24")
RELU, TANH = activation("relu"), activation("tanh")


@pytest.mark.parametrize(("parts", "verdict"), [((YES, YES), True), ((YES, OPEN), None), ((OPEN, NO), False)])
def test_several_sentences_hold_where_each_does(parts, verdict) -> None:
    found = c.all_hold(*parts)
    assert found.holds is verdict
    assert found.measured.keys() == {name for part in parts for name in part.measured}
    assert all(part.resolution in found.resolution and part.caveat in found.caveat for part in parts)


def test_several_sentences_are_proved_where_each_is_and_refuted_by_one_that_is() -> None:
    proved, refuted = replace(YES, method="proved"), replace(NO, method="proved")
    assert c.all_hold(proved, proved).method == "proved"
    assert c.all_hold(proved, YES).method == "sampled"
    assert c.all_hold(YES, refuted).method == "proved"


def test_sigmoid_is_tanh_at_half_the_pace_and_no_other_pair_of_functions_is(monkeypatch) -> None:
    found = c.sigmoid_is_half_of_tanh()
    assert (found.holds, found.method) == (True, "proved")
    monkeypatch.setattr("netlib.certificates.sentences.tanh", np.arctan)
    assert c.sigmoid_is_half_of_tanh().holds is False


@pytest.mark.parametrize(("scales", "widens"), [((1.0, 2.0, 3.0), True), ((1.0, 2.0, 0.5), False)])
def test_a_gap_widens_where_each_layer_makes_it_wider(scales: tuple[float, ...], widens: bool) -> None:
    """Layers that only stretch the plane, by these factors, with two points 2 apart."""
    data = Dataset("two", np.array([[-1.0, 0.3], [1.0, 0.3]]), np.array([0, 1]))
    layers = tuple(Dense(scale * np.eye(2), np.zeros(2), activation("identity")) for scale in scales)
    network = Network(layers, Dense([[1.0, 0.0]], [0.0]))
    found = c.gap_widens(network, data, first=1)
    assert found.holds is widens
    assert list(found.measured.values()) == pytest.approx(2 * np.cumprod(scales), rel=1e-7)
    assert c.gap(network, data, 1) == pytest.approx(scales[0])
    assert c.gap_widens(network, replace(data, points=np.zeros((2, 2))), first=1).holds is False


def test_the_best_line_is_not_enough_where_it_is_exact_and_misses_a_point() -> None:
    best = c.best_line(LINE.points, LINE.labels)
    assert c.best_line_is_not_enough(best).holds is True
    assert c.best_line_is_not_enough(replace(best, exact=False)).holds is None
    assert c.best_line_is_not_enough(replace(best, accuracy=1.0)).holds is False


@pytest.mark.parametrize(("slope", "kept"), [(2.0, True), (-2.0, True), (0.0, False)])
def test_a_layer_that_rises_or_falls_keeps_the_order_and_a_constant_one_does_not(slope: float, kept: bool) -> None:
    network = Network((Dense([[slope]], [0.1], TANH),), Dense([[1.0]], [0.0]))
    assert c.order_is_kept(network, LINE).holds is kept


def test_layers_that_round_points_together_keep_their_order_all_the_same() -> None:
    network = Network((Dense([[1e3]], [30.0], TANH),), Dense([[1.0]], [0.0]))
    found = c.order_is_kept(network, LINE)
    assert found.measured["least step between neighbours"] == 0
    assert (found.holds, found.method) == (True, "proved")


def test_a_relu_on_a_line_puts_points_together() -> None:
    assert c.order_is_kept(Network((Dense([[1.0]], [0.0], RELU),), Dense([[1.0]], [0.0])), LINE).holds is False


def test_every_point_gets_a_class_or_not() -> None:
    always, half = Network((), Dense([[0.0]], [-1.0])), Network((), Dense([[1.0]], [0.0]))
    assert c.every_point_gets(always, LINE, 0).holds
    assert not c.every_point_gets(always, LINE, 1).holds
    assert not c.every_point_gets(half, LINE, 0).holds


def bumps(*places: float) -> Network:
    """A network on a line whose output changes its sign at the places: a sum of steep, saturated units."""
    signs = [(-1) ** k for k in range(len(places))]
    layer = Dense(np.full((len(places), 1), 40.0), -40.0 * np.array(places), TANH)
    return Network((layer,), Dense([np.array(signs)], [0.0 if len(places) % 2 else -1.0]))


@pytest.mark.parametrize("places", [(0.3,), (-0.5, 0.7), (-1.0, 0.2, 1.5)])
def test_cuts_are_counted_and_proved_where_the_sign_changes(places: tuple[float, ...]) -> None:
    found = c.cuts_in_a_line(bumps(*places), len(places))
    assert found.holds is True
    shown = [value for name, value in found.measured.items() if name != "cuts"]
    np.testing.assert_allclose(shown, places, atol=0.03)
    assert c.cuts_in_a_line(bumps(*places), len(places) + 1).holds is False


def test_creases_lie_where_units_turn_on() -> None:
    network = Network((Dense([[2.0], [-1.0], [1.0]], [-1.0, 0.25, 3.0], RELU),), Dense([[1.0, 2.0, 0.0]], [0.0]))
    found = c.creases_on_a_line(network, 2, half=0.5)  # the third unit is not looked at
    assert found.holds
    assert (found.measured["crease 1"], found.measured["crease 2"]) == (0.25, 0.5)
    assert not c.creases_on_a_line(network, 2, half=0.4).holds
    assert not c.creases_on_a_line(network, 3, half=0.5).holds


def test_creases_are_counted_where_the_slope_changes_though_units_cancel() -> None:
    cancelled = 0
    for seed in range(60):
        rng, units = np.random.default_rng(seed), seed % 6 + 1
        weight, bias = rng.integers(-2, 3, (units, 1)) / 4, rng.integers(-2, 3, units) / 4
        heights = rng.integers(-2, 3, (1, units)) / 2
        layers = [(weight, bias, "relu"), (heights, np.zeros(1), "identity")]
        hinges = sorted({float(-b / w) for (w,), b in zip(weight, bias, strict=True) if w})
        ends = [-10.0, *hinges, 10.0]
        slopes = [oracle.exact(layers, [(low + high) / 2])[-1][1][0][0] for low, high in pairwise(ends)]
        creases = sum(before != after for before, after in pairwise(slopes))
        cancelled += creases < len({-b / w for (w,), b, v in zip(weight, bias, heights[0], strict=True) if w and v})
        network = Network((Dense(weight, bias, RELU),), Dense(heights, [0.0]))
        found = c.creases_on_a_line(network, creases, half=10.0)
        assert (found.holds, found.method) == (True, "proved"), seed
        assert not c.creases_on_a_line(network, creases + 1, half=10.0).holds
    assert cancelled >= 2


def polygon(sides: int) -> Network:
    """A network whose units rise in `sides` directions: "disk" where the sum is below a level."""
    angles = 2 * np.pi * np.arange(sides) / sides
    layer = Dense(np.column_stack([np.cos(angles), np.sin(angles)]), np.zeros(sides), RELU)
    return Network((layer,), Dense([-np.ones(sides)], [0.5]))


@pytest.mark.parametrize(("units", "sides"), [(3, 6), (5, 10)])
def test_units_in_an_odd_number_of_directions_make_twice_as_many_sides(units: int, sides: int) -> None:
    assert c.sides_of_boundary(polygon(units), sides).holds
    assert not c.sides_of_boundary(polygon(units), sides - 1).holds


def test_a_corner_is_counted_once_and_none_where_units_cancel() -> None:
    """Units in three directions make six sides, however the same function is written."""
    layer, readout = polygon(3).dense
    weight, bias, heights = layer.weight, layer.bias, readout.weight[0]

    def written(rows, offsets, factors) -> Network:
        units = Dense(np.vstack([weight, rows]), np.r_[bias, offsets], RELU)
        return Network((units,), Dense([np.r_[heights, factors]], readout.bias))

    halved = written(weight[:1], [0.0], [heights[0]])  # the first unit twice
    assert c.sides_of_boundary(halved, 6).holds
    assert c.sides_of_boundary(halved, 6, each=2).holds
    assert not c.sides_of_boundary(halved, 6, each=3).holds
    across = np.array([[1.0, 2.0], [2.0, 4.0]])  # two units with one hinge through the polygon, which cancel
    assert c.sides_of_boundary(written(across, [-0.25, -0.5], [-2.0, 1.0]), 6).holds
    assert not c.sides_of_boundary(written(across, [-0.25, -0.5], [-2.0, 0.5]), 6).holds
    assert c.sides_of_boundary(written(np.zeros((1, 2)), [1.0], [0.0]), 6).holds
    # a hinge through a corner: whether the boundary is bent there by both is not looked into
    square = Network((Dense([[1.0, 0], [-1, 0], [0, 1], [0, -1]], np.zeros(4), RELU),), Dense([[-1.0] * 4], [1.0]))
    assert c.sides_of_boundary(square, 4).holds
    through = Dense([[1.0, 0], [-1, 0], [0, 1], [0, -1], [1, 1]], [0.0, 0, 0, 0, -1], RELU)
    assert c.sides_of_boundary(Network((through,), Dense([[-1.0] * 5], [1.0])), 4).holds is None


def test_unit_arrows_end_at_the_columns_of_w_after_its_moves_and_not_before() -> None:
    layer = Dense([[2.0, 1.0], [-1.0, 3.0], [0.5, 0.0]], np.zeros(3), TANH)
    moves = moves_of(layer)[:2]
    assert c.arrows_become_columns(layer, moves).holds
    assert not c.arrows_become_columns(layer, moves[:1]).holds
    assert not c.arrows_become_columns(Dense(layer.weight[:, ::-1], np.zeros(3)), moves).holds


def test_a_learned_feature_must_follow_more_closely_than_a_step() -> None:
    recipe = catalogue.ONE_MORE_NEURON
    data, network = recipe.dataset(), recipe.load()
    found = c.follows_more_than_the_class(feature_fit(network, squares, data.points), squares, data)
    assert found.holds
    onehot = np.eye(2)[data.labels]
    residual = squares(data.points) - onehot @ np.linalg.lstsq(onehot, squares(data.points), rcond=None)[0]
    expected = 1 - residual.var() / squares(data.points).var()
    assert found.measured["R^2 of a step from class to class"] == pytest.approx(expected)
    steep = Network(network.hidden, Dense(1e6 * network.readout.weight, 1e6 * network.readout.bias, TANH))
    assert not c.follows_more_than_the_class(feature_fit(steep, squares, data.points), squares, data).holds


def test_on_a_cut_the_largest_difference_is_that_of_a_grid() -> None:
    data, network = catalogue.ONE_MORE_NEURON.dataset(), catalogue.ONE_MORE_NEURON.load()
    fit = feature_fit(network, squares, data.points)
    start, end = np.array([-1.0, 0.0]), np.array([1.0, 0.0])
    found = c.close_on_a_cut(fit, squares, start, end)
    x = np.linspace(-1, 1, 50_001)
    scale, offset = np.polyfit(network(data.points)[:, 0], squares(data.points), 1)
    expected = np.abs(scale * network(np.column_stack([x, 0 * x]))[:, 0] + offset - x**2).max()
    assert found.holds
    assert found.measured["largest difference"] == pytest.approx(expected, abs=1e-5)
    assert not c.close_on_a_cut(fit, squares, 2 * start, 2 * end).holds  # beyond the data they part


def test_far_out_one_number_falls_and_not_with_a_neuron_turned_over() -> None:
    recipe = catalogue.ONE_MORE_NEURON
    data, network = recipe.dataset(), recipe.load()
    found = c.one_number_falls(network, data)
    numbers = np.tanh(data.points @ network.dense[0].weight.T + network.dense[0].bias) * [1, -1, -1]
    assert found.holds
    assert found.measured["least number of class 1"] == pytest.approx(min(map(min, numbers[data.labels == 1])))
    assert found.measured["highest least number of class 0"] == pytest.approx(max(map(min, numbers[data.labels == 0])))
    other = Network(network.hidden, Dense(network.readout.weight * [1, 1, -1], network.readout.bias))
    assert not c.one_number_falls(other, data).holds


def test_one_class_in_the_corner_below_zero_and_the_other_outside():
    layer = Dense([[1.0, 0.0], [0.0, 1.0]], [0.0, 0.0], TANH)
    inside, outside = np.array([[-1.0, -0.1], [-3.0, -2.0]]), np.array([[0.5, -1.0], [-2.0, 0.2]])
    found = c.below_zero_together(layer, inside, outside)
    assert found.holds
    assert found.measured == {"greatest number inside": -0.1, "least greatest outside": 0.2}
    assert not c.below_zero_together(layer, outside, inside).holds
    assert not c.below_zero_together(layer, np.vstack([inside, [[-1.0, 0.0]]]), outside).holds  # at 0 is not below it
    assert not c.below_zero_together(layer, inside, np.vstack([outside, [[-1.0, -1.0]]])).holds


def test_relu_puts_all_points_below_zero_on_one_and_tanh_does_not() -> None:
    points = np.array([[-1.0, -2.0], [-2.0, -1.0], [-0.5, -0.5]])
    flat, smooth = (Dense(np.eye(2), np.zeros(2), activation(name)) for name in ("relu", "tanh"))
    found = c.points_meet(flat, points)
    assert found.holds
    assert found.measured["points"] == 3
    assert not c.points_meet(smooth, points).holds
    assert not c.points_meet(flat, points[[0, 1, 0]]).holds  # two of them are one from the beginning
    assert not c.points_meet(flat, np.vstack([points, [[0.5, -1.0]]])).holds
    assert not c.points_meet(flat, points[:1]).holds


def test_the_loss_must_fall_to_less_than_half() -> None:
    recording = load_recorded(catalogue.LEARNING_CURVES)
    assert c.loss_falls(recording).holds
    assert not c.loss_falls(replace(recording, losses=recording.losses[::-1])).holds


def test_training_widens_the_gap_from_the_moment_from_which_all_points_are_right() -> None:
    recording, data = load_recorded(catalogue.LEARNING_CURVES), catalogue.LEARNING_CURVES.dataset()
    right = [recording.at(k).accuracy(data.points, data.labels) == 1 for k in range(recording.moments)]
    first = recording.moments - right[::-1].index(False)
    assert c.training_widens_gap(recording, data, first).holds
    assert not c.training_widens_gap(recording, data, first - 1).holds
    assert not c.training_widens_gap(replace(recording, losses=recording.losses[::-1]), data, first).holds
    assert not c.training_widens_gap(recording, data, recording.moments - 1).holds


def test_the_pull_of_a_loss_is_minus_its_gradient_by_where_a_point_is() -> None:
    points, labels = np.array([[0.3, -0.2], [1.0, 0.4], [-0.5, 2.0]]), np.array([0, 1, 1])
    network, data = Network((), Dense([[3.0, -4.0]], [0.5])), Dataset("three", points, labels)

    def loss(moved: np.ndarray) -> np.ndarray:
        margins = (2 * labels - 1) * network(moved)[:, 0] / 5
        return np.log1p(np.exp(-6.0 * margins))

    steps = 1e-6 * np.eye(2)
    slope = np.column_stack([(loss(points + step) - loss(points - step)) / 2e-6 for step in steps])
    np.testing.assert_allclose(c.pulls(network, points, labels, 6.0), -slope, rtol=1e-5, atol=1e-8)
    assert c.loss_pulls_to_own_side(network, data, 6.0).holds
    assert not c.loss_pulls_to_own_side(network, data, -6.0).holds


def test_the_gap_is_the_distance_of_the_nearest_point_and_negative_on_the_wrong_side() -> None:
    network = Network((), Dense([[3.0, 4.0]], [-5.0]))
    data = Dataset("four", np.array([[0.0, 0.0], [1.0, 0.0], [3.0, 4.0], [2.0, 1.0]]), np.array([0, 0, 1, 1]))
    assert c.line_gap(network, data) == pytest.approx(0.4)
    assert c.line_gap(network, replace(data, labels=np.array([1, 0, 1, 1]))) == pytest.approx(-1.0)


def test_an_arc_is_bent_and_a_line_at_any_slant_is_not() -> None:
    angle = np.linspace(0, 1, 200)
    assert c.is_bent(np.column_stack([np.cos(angle), np.sin(angle)])).holds
    assert not c.is_bent(np.outer(angle, (3.0, -2.0)) + 5).holds


def test_a_mirror_image_is_no_turn() -> None:
    assert c.turns_without_mirror(Dense([[0.0, -2.0], [1.0, 0.0]], [0, 0])).holds
    assert not c.turns_without_mirror(Dense([[0.0, 2.0], [1.0, 0.0]], [0, 0])).holds


def test_numbers_too_large_for_a_float_are_infinite_and_the_sentence_is_decided_all_the_same() -> None:
    turn = c.turns_without_mirror(Dense([[0.0, -1e200], [1e200, 0.0]], [0, 0]))
    assert (turn.holds, turn.measured["det W"]) == (True, np.inf)
    far = Network((Dense([[1e-300]], [1e300], RELU),), Dense([[1.0]], [0.0]))
    crease = c.creases_on_a_line(far, 1, half=3.0)
    assert (crease.holds, crease.measured["crease 1"]) == (False, -np.inf)
