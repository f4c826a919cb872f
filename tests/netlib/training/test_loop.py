"""Training: the loss against closed forms, the same weights again, and what happens when it does not succeed."""

import itertools
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from netlib.activations import activation, activations
from netlib.datasets import Dataset
from netlib.errors import TargetNotReached, UntangleError
from netlib.training import loop as training
from netlib.training.catalogue import (
    LINKED_RINGS,
    ON_A_LINE,
    ONE_LAYER,
    ONE_MORE_NEURON,
    RELU_PARABOLA,
    SPIRALS,
    TOO_NARROW,
)
from netlib.training.loop import bend_of, fit, init, train
from netlib.training.recipe import Recipe, network_of, parameters_of, score
from netlib.training.recorded import record_training

SHORT = Recipe("spirals:n=40", (2, 2, 1), steps=60)


def layers_of(network):
    """W and b of every layer as training holds them: (1, out, in) and (1, 1, out)."""
    return [
        (torch.tensor(x.weight[None], requires_grad=True), torch.tensor(x.bias[None, None])) for x in network.layers
    ]


def loss_of(network, data, recipe=SHORT):
    bend = getattr(functional, recipe.activation)
    return training._misfit(recipe, layers_of(network), bend, data)[0].item()


@pytest.mark.slow
@pytest.mark.parametrize("recipe", [ON_A_LINE, RELU_PARABOLA], ids=["on_a_line", "relu_parabola"])
def test_a_committed_network_is_what_training_makes(recipe):
    network, record = train(recipe)
    committed = recipe.load()
    assert record["score"] == pytest.approx(recipe.record()["score"], abs=1e-6)
    assert record["seed"] == recipe.record()["seed"]
    for made, kept in zip(network.layers, committed.layers, strict=True):
        np.testing.assert_allclose(made.weight, kept.weight, rtol=0, atol=1e-6)
        np.testing.assert_allclose(made.bias, kept.bias, rtol=0, atol=1e-6)


@pytest.mark.slow
def test_training_again_gives_the_same_bits():
    np.testing.assert_array_equal(fit(SHORT, [0])[0], fit(SHORT, [0])[0])


@pytest.mark.slow
def test_side_by_side_each_network_trains_as_if_alone():
    together, _ = fit(SHORT, [0, 1, 2])
    for seed, row in enumerate(together):
        # the sums of batched products may run in another order
        np.testing.assert_allclose(row, fit(SHORT, [seed])[0][0], rtol=0, atol=1e-12)


def test_the_number_of_threads_is_left_as_it_was():
    before = torch.get_num_threads()
    fit(replace(SHORT, steps=1), [0])
    assert torch.get_num_threads() == before


def test_training_lowers_the_loss():
    first, last = [], []
    fit(SHORT, [0], lambda step, _, losses: (first if step == 0 else last).append(float(losses[0])))
    assert last[-1] < 0.8 * first[0]


def test_the_loss_is_softplus_of_minus_the_distance_to_the_line():
    network = network_of(SHORT, init(SHORT, 4))
    data, last = SHORT.dataset(), network.represent(SHORT.dataset().points)
    w, c = network.readout.weight[0], network.readout.bias[0]
    distance = (last @ w + c) / np.linalg.norm(w) * np.where(data.labels == 1, 1, -1)
    assert loss_of(network, data) == pytest.approx(np.mean(np.log1p(np.exp(-6 * distance))))


def test_a_larger_readout_is_no_better():
    network = network_of(SHORT, init(SHORT, 4))
    row = parameters_of(network)
    row[-3:] *= 10
    assert loss_of(network_of(SHORT, row), SHORT.dataset()) == pytest.approx(loss_of(network, SHORT.dataset()))


def test_with_more_classes_the_loss_is_cross_entropy_where_all_pairs_are_equally_far_apart():
    recipe = replace(SHORT, widths=(2, 3), sharpness=4.0)
    angle = 2 * np.pi * np.arange(3) / 3
    row = init(recipe, 0)
    row[-9:] = np.concatenate([np.column_stack([np.cos(angle), np.sin(angle)]).ravel(), [0.1, -0.2, 0.3]])
    network = network_of(recipe, row)
    rng = np.random.default_rng(0)
    data = Dataset("three", rng.normal(size=(20, 2)), rng.integers(0, 3, 20))
    values = torch.tensor(network(data.points)) * 4.0 / np.sqrt(3)  # the rows are sqrt(3) apart
    expected = functional.cross_entropy(values, torch.tensor(data.labels))
    assert loss_of(network, data, recipe) == pytest.approx(float(expected))


def test_for_two_classes_two_outputs_lose_as_much_as_one():
    recipe = replace(SHORT, widths=(2, 2))
    network = network_of(SHORT, init(SHORT, 4))
    single = network_of(Recipe("spirals", (2, 1)), parameters_of(network)[6:])
    w, c = single.readout.weight, single.readout.bias
    pair = [*parameters_of(single)[:-3].tolist(), *(-w / 2).ravel(), *(w / 2).ravel(), -c[0] / 2, c[0] / 2]
    data = SHORT.dataset()
    assert loss_of(network_of(recipe, np.array(pair)), data, recipe) == pytest.approx(loss_of(single, data))


@pytest.mark.parametrize("recipe", [TOO_NARROW, LINKED_RINGS, ONE_MORE_NEURON], ids=lambda recipe: recipe.data)
def test_the_penalty_measures_how_far_areas_are_crushed(recipe):
    network = recipe.load()
    grid = training._grid(recipe)
    measured = training._log_volume_penalty(layers_of(network)[:-1], torch.tanh, grid)[0].item()
    expected, points, step = [], grid.numpy(), 1e-6
    for depth in range(1, len(network.hidden) + 1):
        moved = [
            (network.represent(points + step * e, depth) - network.represent(points - step * e, depth)) / (2 * step)
            for e in np.eye(points.shape[1])
        ]
        singular = np.linalg.svd(np.stack(moved, axis=2), compute_uv=False)
        expected.append(np.mean(np.maximum(-2 - np.log(singular).sum(axis=1), 0) ** 2))
    assert measured == pytest.approx(np.mean(expected), rel=1e-4)
    assert measured > 0


def test_the_rate_warms_up_in_a_line_and_cools_down_in_half_a_cosine():
    assert training._pace(0, 1000) == pytest.approx(1 / 50)
    assert training._pace(24, 1000) == pytest.approx(0.5 * 0.5 * (1 + np.cos(np.pi * 0.024)))
    assert training._pace(500, 1000) == pytest.approx(0.5)
    assert training._pace(1000, 1000) == pytest.approx(0, abs=1e-12)


def test_progress_is_told_from_the_first_step_to_the_last():
    told = []
    network, record = train(replace(SHORT, target=0.0), lambda *report: told.append(report))
    assert told[0][:3] == (0, 60, 0)
    assert told[-1] == (60, 60, 0, pytest.approx(record["score"]))
    assert [report[0] for report in told] == sorted({report[0] for report in told})
    assert record == {
        "seed": 0,
        "attempts": 1,
        "score": score(network, SHORT.dataset()),
        "loss": pytest.approx(loss_of(network, SHORT.dataset())),
        "steps": 60,
        "torch": torch.__version__.split("+")[0],
    }


@pytest.mark.slow
def test_seeds_are_tried_in_turn_until_one_reaches_the_target():
    quick = replace(SHORT, steps=25)
    scores = [train(replace(quick, seed=seed, target=0.0))[1]["score"] for seed in range(4)]
    best = int(np.argmax(scores))
    _, record = train(replace(quick, target=scores[best]))
    assert (record["seed"], record["attempts"], record["score"]) == (best, best + 1, scores[best])


def test_a_target_out_of_reach_says_what_was_reached_and_what_to_do():
    hopeless = Recipe("interval_in_interval", (1, 1), steps=30, attempts=2)
    with pytest.raises(TargetNotReached, match=r"reached 0\.\d+ of 1 in 2 attempts\. Give it more") as missed:
        train(hopeless)
    assert hopeless.slug in str(missed.value)


@pytest.mark.parametrize(("data", "widths", "needed"), [("spirals", (2, 2), 1), ("parabola", (3, 2), 1)])
def test_outputs_that_do_not_fit_the_classes_are_refused(data, widths, needed):
    with pytest.raises(UntangleError, match=f"needs {needed} output"):
        train(Recipe(data, widths))


@pytest.mark.parametrize("name", [*activations(), "leaky_relu(0.2)"])
def test_every_activation_can_be_trained_and_is_the_same_in_training(name):
    z = np.linspace(-4, 4, 33)
    assert bend_of(name)(torch.tensor(z)).numpy() == pytest.approx(activation(name)(z), abs=1e-12)
    network, _ = train(Recipe("two_curves:n=20", (2, 1), name, steps=20, target=0.0))
    assert np.isfinite(network(np.zeros((1, 2)))).all()


def test_a_grown_recipe_starts_from_its_parent_and_ends_on_its_own_data():
    grown = replace(SPIRALS, data="spirals:turns=0.8", widths=(2, 2, 2, 2, 2, 1), steps=20, grown_from=SPIRALS)
    rows, losses = fit(grown, [0])
    made = network_of(grown, rows[0])
    assert losses[0] == pytest.approx(loss_of(made, grown.dataset(), grown))
    # a network that started at random would be near 0.5 after so few steps
    assert score(made, grown.dataset()) > 0.8


@pytest.mark.slow
def test_a_course_of_training_keeps_the_order_of_neurons_and_moves_the_grid_in_even_steps():
    recipe = replace(ONE_LAYER, steps=120, target=0.0)
    learning = record_training(recipe, moments=12)
    assert 8 <= learning.moments <= 12
    assert learning.at(learning.moments - 1).sha256 == train(recipe)[0].sha256
    axis = np.linspace(-1, 1, 21)
    grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
    places = [learning.at(k).represent(grid) for k in range(learning.moments)]
    moved = [np.sqrt(np.mean((b - a) ** 2)) for a, b in itertools.pairwise(places)]
    # a moment is a whole step of training, so steps are even only to within one such step
    assert max(moved) < 2.5 * np.mean(moved)
    np.testing.assert_allclose(parameters_of(learning.at(0.5)), (learning.parameters[0] + learning.parameters[1]) / 2)


@pytest.mark.slow
def test_without_torch_the_error_names_the_cure():
    code = """
import sys
sys.modules["torch"] = None
try:
    import netlib.training.loop
except Exception as problem:
    print(type(problem).__name__, problem)
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said.startswith("MissingTorch")
    assert 'Run: pip install "manim-untangle[train]"' in said
