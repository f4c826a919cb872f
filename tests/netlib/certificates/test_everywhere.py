"""One answer everywhere: proved where it is so, refuted by a point where it is not."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netlib import Layer, Network, activation
from netlib.certificates.claims import one_answer_everywhere
from netlib.certificates.everywhere import fills
from netlib.certificates.region import Region

HALF = (1.5, 1.25)


def random(seed: int, name: str, bias: float, outputs: int) -> Network:
    rng = np.random.default_rng(seed)
    hidden = Layer(rng.normal(size=(4, 2)), rng.normal(size=4), activation(name))
    return Network((hidden,), Layer(rng.normal(size=(outputs, 4)), bias * rng.normal(size=outputs)))


@pytest.mark.parametrize("bias", [2.01, 1.99])
def test_a_bias_wins_everywhere_exactly_where_it_is_larger_than_all_that_tanh_can_give(bias: float) -> None:
    # closed form: |tanh x + tanh y| < 2, and over a box that is wide enough it comes as near to 2 as floats can tell
    network = Network((Layer(np.eye(2), np.zeros(2), activation("tanh")),), Layer(np.ones((1, 2)), np.array([bias])))
    assert fills(Region(network, 1), (20.0, 20.0)) is (bias > 2)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["relu", "tanh", "elu", "softplus"]), st.floats(0, 30), st.integers(1, 3))
def test_one_answer_is_proved_only_where_a_grid_has_no_other(seed: int, name: str, bias: float, outputs: int) -> None:
    network = random(seed, name, bias, outputs)
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
    readout = Layer(np.ones((1, 4)), np.array([-0.01]))
    assert fills(Region(Network((Layer(weight, bias, activation("relu")),), readout), 1), HALF) is not True
