"""The playback of a training, against the networks that were recorded."""

from __future__ import annotations

import numpy as np
import pytest

from manim_untangle import AnimateToTime
from manim_untangle.stage.layout import current_layout
from manim_untangle.stage.training_film import TrainingPlayback
from netlib.activations import tanh
from netlib.datasets import Dataset
from netlib.layers import Dense
from netlib.network import Network
from netlib.training.watched import WatchedTraining

KEPT = current_layout().kept_half
RANDOM = np.random.default_rng(0)


def playback(inputs: int, width: int, outputs: int, regression: bool = False) -> TrainingPlayback:
    """Of three networks at random, and points of as many classes as outputs tell apart."""
    points = RANDOM.uniform(-1, 1, size=(60, inputs))
    hidden = [(RANDOM.normal(size=(width, inputs)), RANDOM.normal(size=width)) for _ in range(3)]
    readouts = [(RANDOM.normal(size=(outputs, width)), RANDOM.normal(size=outputs)) for _ in range(3)]
    networks = [Network((Dense(*h, tanh),), Dense(*r)) for h, r in zip(hidden, readouts, strict=True)]
    labels = RANDOM.normal(size=60) if regression else RANDOM.integers(max(outputs, 2), size=60)
    data = Dataset("mine", points, labels, regression=regression)
    return TrainingPlayback(WatchedTraining.of(networks, (0, 5, 9), (2.0, 1.0, 0.5), points), data)


def go(training: TrainingPlayback, time: float) -> None:
    animation = AnimateToTime(training.space, time, training.view)
    animation.begin()
    animation.finish()


@pytest.mark.parametrize("shape", [(2, 2, 1), (2, 3, 1), (1, 2, 3), (4, 7, 3), (2, 1, 1)])
@pytest.mark.parametrize("time", [1.0, 1.5, 1.75, 2.0])
def test_points_lie_where_the_last_hidden_layer_has_them_at_that_moment(
    shape: tuple[int, int, int], time: float
) -> None:
    training = playback(*shape)
    go(training, 1.0)
    training.begin()
    go(training, time)
    network = training.training.at((time - 1) * (training.training.moments - 1))
    for part in training.space.parts:
        if not part.fixed:
            wanted = training.projection(network.represent(part.inputs))
            np.testing.assert_allclose(part.now, wanted, atol=1e-9)


@pytest.mark.parametrize("shape", [(2, 2, 1), (3, 9, 4)])
def test_points_stay_in_the_picture_at_the_recorded_moments(shape: tuple[int, int, int]) -> None:
    training = playback(*shape)
    for time in np.linspace(1, 2, 5):
        drawn = training.view.project(training.space.at(training.data.points, time))
        assert (np.abs(drawn[:, :2] - training.view.middle).max(axis=0) < 1.15 * np.array(KEPT)).all()


@pytest.mark.parametrize("outputs", [1, 4])
def test_on_the_lines_two_classes_score_alike_and_no_other_scores_higher(outputs: int) -> None:
    training = playback(2, 2, outputs)
    go(training, 1.0)
    training.begin()
    drawn = 0
    for time in np.linspace(1.0, 2.0, 9):
        go(training, time)
        view, network = training.space.view, training.network
        placed = (training.lines.points[:, :2] - view.middle) / view.unit
        values = network.readout(placed)
        values = np.column_stack([np.zeros(len(values)), values]) if outputs == 1 else values
        best = np.sort(values, axis=1)[:, -2:]
        np.testing.assert_allclose(best[:, 0], best[:, 1], atol=1e-8)
        assert np.abs(placed).max(initial=0) <= max(training.space.layout.picture.half) / view.unit + 1e-9
        drawn += len(placed)
    assert drawn > 4


@pytest.mark.slow
def test_on_the_lines_of_a_regression_the_answer_is_the_target_whose_colour_they_have() -> None:
    training = playback(2, 2, 1, regression=True)
    go(training, 1.0)
    training.begin()
    drawn = 0
    for time in np.linspace(1.0, 2.0, 9):
        go(training, time)
        view, network = training.space.view, training.network
        answers = network.readout((training.lines.points[:, :2] - view.middle) / view.unit)[:, 0]
        assert np.abs(answers[:, None] - training.scale.levels).min(axis=1).max(initial=0) < 1e-8
        np.testing.assert_allclose(training.lines.point_rgbas(), training.scale.rgbas(answers), atol=1e-6)
        drawn += len(answers)
    assert drawn > 4
    off = np.abs(training.network(training.data.points)[:, 0] - training.data.labels).mean()
    step, said = training.signs._step(), training.signs._score().removeprefix("off by ")
    assert (step, float(said)) == ("step 9", pytest.approx(off, rel=5e-3))


def test_the_loss_ends_at_the_present_moment() -> None:
    training = playback(2, 2, 1)
    go(training, 1.0)
    training.begin()
    go(training, 2.0)
    np.testing.assert_allclose(
        training.signs.present.points[0], training.signs.graph.at(np.ones(1), np.array([0.25]))[0]
    )


def test_a_training_without_losses_shows_none() -> None:
    training = playback(2, 2, 1)
    object.__setattr__(training.training, "losses", np.full(3, np.nan))
    go(training, 1.0)
    training.begin()
    assert training.signs.curve not in [member for part in training.space.parts for member in part.mobject.get_family()]
