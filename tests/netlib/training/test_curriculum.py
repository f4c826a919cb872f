"""Starts of training: near the identity, or grown from a trained network."""

from dataclasses import replace

import numpy as np
import pytest

from netlib.datasets import dataset
from netlib.errors import UntangleError
from netlib.training.catalogue import SPIRALS
from netlib.training.loop import SPREAD, curriculum, init
from netlib.training.recipe import Recipe, network_of, parameters_of

GROWN = replace(SPIRALS, data="spirals:turns=1.0", widths=(2, 2, 2, 2, 2, 2, 1), grown_from=SPIRALS)


def test_hidden_layers_start_spread_about_the_identity():
    recipe = Recipe("spirals", (2, 2, 1))
    weights = np.array([network_of(recipe, init(recipe, seed)).hidden[1].weight for seed in range(200)])
    np.testing.assert_allclose(weights.mean(axis=0), np.eye(2), atol=4 * SPREAD / np.sqrt(200))
    np.testing.assert_allclose(weights.std(axis=0), SPREAD, rtol=0.15)


@pytest.mark.parametrize(("data", "widths"), [("parabola", (4, 1)), ("disk_in_ring", (4, 1))])
def test_neurons_beyond_the_inputs_start_facing_the_other_way(data, widths):
    recipe = Recipe(data, widths)
    mean = np.mean([network_of(recipe, init(recipe, s)).hidden[0].weight for s in range(200)], axis=0)
    np.testing.assert_allclose(mean.sum(axis=0), 0, atol=0.2)


def test_seeds_alone_decide_the_start():
    np.testing.assert_array_equal(init(SPIRALS, 5), init(SPIRALS, 5))
    assert not np.array_equal(init(SPIRALS, 5), init(SPIRALS, 6))


def test_a_row_and_its_network_are_two_forms_of_one_thing():
    row = init(SPIRALS, 2)
    np.testing.assert_array_equal(parameters_of(network_of(SPIRALS, row)), row)


def test_grown_layers_hardly_change_what_the_trained_network_answers():
    data, before, after = SPIRALS.dataset(), SPIRALS.load(), network_of(GROWN, init(GROWN, 0))
    assert after.widths == GROWN.widths
    assert after.accuracy(data.points, data.labels) >= 0.95
    assert np.corrcoef(before(data.points)[:, 0], after(data.points)[:, 0])[0, 1] > 0.95


def test_a_network_that_cannot_be_grown_to_the_widths_is_refused():
    with pytest.raises(UntangleError, match="cannot grow"):
        init(replace(GROWN, widths=(3, 2, 2, 2, 2, 1)), 0)


def test_the_data_of_a_grown_recipe_slide_from_the_old_to_its_own_in_the_first_half():
    np.testing.assert_allclose(curriculum(GROWN, 0.0).points, SPIRALS.dataset().points)
    np.testing.assert_allclose(curriculum(GROWN, 0.25).points, dataset("spirals:turns=0.875").points)
    np.testing.assert_array_equal(curriculum(GROWN, 0.5).points, GROWN.dataset().points)
    np.testing.assert_array_equal(curriculum(SPIRALS, 0.1).points, SPIRALS.dataset().points)
