"""A training's playback on screen, against the recorded weights."""

import numpy as np
import pytest
from props import played, props

from manim_untangle import AnimateToTime, ApplyMove
from netlib import catalogue, straight_to


@pytest.fixture
def training():
    playback = props("learning").LayerInTraining
    found = playback(catalogue.LEARNING_CURVES)
    played(ApplyMove(found.space, straight_to(found.recording.at(0))))
    return found


def test_entering_ends_where_the_untrained_network_has_the_points(training):
    part = training.space.parts[1]
    assert np.allclose(part.now, training.recording.at(0).represent(part.inputs))


@pytest.mark.slow
def test_nothing_jumps_where_the_training_begins(training):
    before = training.space.parts[1].now.copy()
    training.begin()
    begun = AnimateToTime(training.space, 1.0)
    begun.begin()
    assert np.allclose(training.space.parts[1].now, before, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("time", [0.25, 1.0])
def test_points_and_line_are_the_recorded_networks_at_that_moment(training, time):
    training.begin()
    played(AnimateToTime(training.space, time))
    network = training.recording.at(time * (training.recording.moments - 1))
    dots = training.space.parts[1]
    assert np.allclose(dots.now, network.represent(dots.inputs))
    unit, centre = training.space.view.unit, np.array(training.space.view.centre)
    on_line = (training.line.points[:, :2] - centre) / unit
    assert np.allclose(network.readout(on_line), 0, atol=1e-9)


def test_the_loss_shown_ends_at_the_present_moment(training):
    training.begin()
    played(AnimateToTime(training.space, 1.0))
    recording = training.recording
    end = training.signs.graph.at(np.ones(1), recording.losses[-1:] / recording.losses.max())[0]
    assert training.signs.present.points[0] == pytest.approx(end)
    assert len(training.signs.curve.points) == recording.moments + 1


def test_all_points_are_right_from_a_recorded_moment_on_and_not_before(training):
    recording, last, data = training.recording, training.recording.moments - 1, training.data
    shares = [recording.at(k).accuracy(data.points, data.labels) for k in range(last + 1)]
    first = round(training.all_right * last)
    assert training.all_right == pytest.approx(first / last)
    assert min(shares[first:]) == 1
    assert shares[first - 1] < 1


@pytest.mark.slow
@pytest.mark.parametrize("time", [0.5, 1.0])
def test_beside_the_line_two_more_touch_the_nearest_points_once_all_are_right(training, time):
    training.begin()
    played(AnimateToTime(training.space, time))
    network, data = training.network, training.data
    if time < training.all_right:
        assert not len(training.gap.points)
        return
    unit, centre = training.space.view.unit, np.array(training.space.view.centre)
    beside = network.readout((training.gap.points[:, :2] - centre) / unit)[:, 0]
    nearest = np.abs(network(data.points)).min()
    assert np.allclose(np.sort(beside), np.repeat([-nearest, nearest], len(beside) // 2), atol=1e-9)


@pytest.mark.slow
def test_ways_end_at_their_points_and_begin_where_those_were_before(training):
    training.begin()
    played(AnimateToTime(training.space, 0.6))
    ways = next(part.mobject for part in training.space.parts if part.mobject.z_index == 2)
    inputs = np.vstack([training.data.of_class(k)[::6] for k in (0, 1)])
    first = 3 * (np.ceil(0.6 * training.last / 3) - round(0.25 * (training.last // 3 + 1)))
    for network, end in ((training.network, -1), (training.recording.at(first), 0)):
        places = training.space.view.project(network.represent(inputs))
        assert np.allclose([line[end] for line in ways.lines()], places)


def test_a_trained_layer_is_taken_back_to_the_inputs_without_a_jump(training):
    training.begin()
    played(AnimateToTime(training.space, 1.0))
    played(training.left())
    before, part = training.space.parts[1].now.copy(), training.space.parts[1]
    back = training.back()
    back.begin()
    assert np.allclose(part.now, before)
    back.finish()
    assert np.allclose(part.now, part.inputs)
