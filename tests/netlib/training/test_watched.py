"""A watched training keeps networks between which points move evenly, and comes back from a file."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from netlib.activations import tanh
from netlib.errors import BadWeights, UntangleError
from netlib.layers import Dense
from netlib.motion.orientation import orientation
from netlib.network import Network
from netlib.training.watched import MOST_MOMENTS, WatchedTraining, load_watched

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(50, 2))
FIRST, LAST = (RANDOM.normal(size=(3, 2)), RANDOM.normal(size=(1, 3))), (RANDOM.normal(size=(3, 2)), np.ones((1, 3)))


def network(share: float) -> Network:
    weights = [(1 - share) * a + share * b for a, b in zip(FIRST, LAST, strict=True)]
    return Network((Dense(weights[0], share * np.ones(3), tanh),), Dense(weights[1], np.zeros(1)))


def training(shares: np.ndarray) -> WatchedTraining:
    return WatchedTraining.of([network(s) for s in shares], range(len(shares)), 1 - shares, POINTS)


def test_points_move_about_equally_far_between_two_moments() -> None:
    found = training(np.linspace(0, 1, 2001) ** 8)  # hardly anything happens in the first half
    assert found.moments <= MOST_MOMENTS
    assert (found.steps[0], found.steps[-1]) == (0, 2000)
    places = [each.represent(POINTS) for each in found.networks]
    moved = [np.sqrt(np.mean((b - a) ** 2)) for a, b in itertools.pairwise(places)]
    assert max(moved) < 3 * np.median(moved)


def test_every_moment_computes_what_was_recorded_in_the_order_of_neurons_of_the_last() -> None:
    shares = np.linspace(0, 1, 7)
    found = training(shares)
    for step, each in zip(found.steps, found.networks, strict=True):
        np.testing.assert_allclose(each(POINTS), network(shares[int(step)])(POINTS), atol=1e-12)
    from netlib.motion.orientation import reordered

    turned = reordered(network(0.0), orientation(network(1.0)))
    np.testing.assert_allclose(found.networks[0].represent(POINTS), turned.represent(POINTS), atol=1e-12)


def test_between_two_moments_parameters_are_interpolated() -> None:
    found = training(np.array([0.0, 1.0]))
    wanted = network(0.25)
    np.testing.assert_allclose(found.at(0.25)(POINTS), wanted(POINTS), atol=1e-12)
    assert found.at(-1).sha256 == found.networks[0].sha256
    assert found.at(9).sha256 == found.networks[1].sha256


def test_a_training_comes_back_from_its_file(tmp_path: Path) -> None:
    found = training(np.linspace(0, 1, 5))
    back, record = load_watched(found.save(tmp_path / "mine.safetensors", {"title": "Mine"}))
    assert record == {"title": "Mine"}
    assert [each.sha256 for each in back.networks] == [each.sha256 for each in found.networks]
    np.testing.assert_array_equal(back.losses, found.losses)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    from netlib.training.catalogue import TOO_NARROW

    with pytest.raises(BadWeights, match="moments of training"):
        load_watched(TOO_NARROW.path)


@pytest.mark.parametrize(
    ("networks", "words"),
    [
        ([network(0)], "two moments at least"),
        ([network(0), Network((), Dense(np.ones((1, 2)), np.zeros(1)))], "other layers than when training began"),
    ],
)
def test_what_makes_no_training_is_said(networks: list[Network], words: str) -> None:
    with pytest.raises(UntangleError, match=words):
        WatchedTraining.of(networks, range(len(networks)), [0.0] * len(networks), POINTS)
