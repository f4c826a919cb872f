"""A training's course on screen, against the recorded weights."""

import numpy as np
import pytest

from manim_untangle.stage.animations import AnimateToTime, ApplyMove
from manim_untangle.stage.training_playback import Course
from netlib.training.catalogue import LEARNING_CURVES
from netlib.training.recorded import load_recorded


def run(animation):
    animation.begin()
    animation.finish()


@pytest.fixture
def course():
    found = Course(load_recorded(LEARNING_CURVES), LEARNING_CURVES.dataset())
    run(ApplyMove(found.space, found.enter()))
    return found


def test_entering_ends_where_the_untrained_network_has_the_points(course):
    part = course.space.parts[-1]
    assert np.allclose(part.now, course.learning.at(0).represent(part.inputs))


def test_nothing_jumps_where_the_training_begins(course):
    before = course.space.parts[1].now.copy()
    course.begin()
    begun = AnimateToTime(course.space, 1.0)
    begun.begin()
    assert np.allclose(course.space.parts[1].now, before, atol=1e-6)


@pytest.mark.parametrize("time", [0.25, 1.0])
def test_points_and_line_are_the_recorded_networks_at_that_moment(course, time):
    course.begin()
    run(AnimateToTime(course.space, time))
    network = course.learning.at(time * (course.learning.moments - 1))
    dots = course.space.parts[1]
    assert np.allclose(dots.now, network.represent(dots.inputs))
    unit, centre = course.space.view.unit, np.array(course.space.view.centre)
    on_line = (course.line.points[:, :2] - centre) / unit
    assert np.allclose(network.readout(on_line), 0, atol=1e-9)


def test_the_loss_shown_ends_at_the_present_moment(course):
    course.begin()
    run(AnimateToTime(course.space, 1.0))
    learning = course.learning
    assert course.now.points[0] == pytest.approx(course.graph.at(learning.steps[-1:], learning.losses[-1:])[0])
    assert len(course.curve.points) == learning.moments + 1
