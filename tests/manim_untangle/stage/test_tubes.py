"""Tubes in space: what is drawn of them, and in which order."""

import numpy as np
import pytest

from manim_untangle.stage.animations import ApplyMove
from manim_untangle.stage.links import stay_apart
from manim_untangle.stage.space import Space
from manim_untangle.stage.tubes import ALONG, AROUND, Tubes, fourth_colour, tube
from manim_untangle.stage.view import View
from netlib.datasets import dataset
from netlib.motion.moves import Move
from netlib.network import Layer, Network

LOOPS = dataset("linked_rings").loops


def tubes_seen(view=None):
    space = Space(view or View(tilt=1.0, turn=0.4), grid=False, dimension=3)
    return space, Tubes(space, LOOPS, 0.12)


def test_every_point_of_a_tube_is_its_radius_away_from_the_curve():
    t = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.column_stack([0.6 * np.cos(t), 0.6 * np.sin(t), 0 * t])
    points = tube(circle, 0.12).reshape(-1, 3)
    from_axis = np.hypot(np.hypot(points[:, 0], points[:, 1]) - 0.6, points[:, 2])
    assert from_axis == pytest.approx(np.full(len(points), 0.12), abs=1e-3)


def test_nearer_points_are_drawn_over_farther_ones():
    space, tubes = tubes_seen()
    depth = space.view.axes(tubes.part.now)[:, 2]
    order = np.argsort(depth, kind="stable")
    assert np.allclose(tubes.near.points, space.view.project(tubes.part.now)[order])
    assert len(tubes.near.points) == 2 * ALONG * AROUND


def test_a_cut_hides_what_lies_on_its_far_side():
    space, tubes = tubes_seen(View(tilt=np.pi / 2))
    tubes.show_cut(Network((), Layer([[0.0, 1.0, 0.0]], [0.0])))
    inputs = tubes.part.now
    assert len(tubes.far.points) == (inputs[:, 1] * space.view.rotation[2, 1] <= 0).sum()
    assert len(tubes.far.points) + len(tubes.near.points) == len(inputs)


def test_colour_shows_the_fourth_coordinate_where_asked():
    space, tubes = tubes_seen()
    lift = Move("lift", "rotate", 3, 4, lambda p, t: np.column_stack([p[:, :3], t * np.ones(len(p))]))
    flow = ApplyMove(space, lift)
    flow.begin()
    flow.finish()
    tubes.fourth = 1.0
    tubes.redraw()
    hue = tubes.near.rgbas[:, :3] / tubes.near.rgbas[:, :3].max(axis=1, keepdims=True)
    expected = fourth_colour(np.array(1.0))
    assert np.allclose(hue, expected / expected.max(), atol=1e-6)


def test_loops_that_pass_through_each_other_do_not_stay_apart():
    reach = Layer(np.eye(3), np.zeros(3))
    assert stay_apart(Network((reach,), Layer([[1.0, 0, 0]], [0])), LOOPS, 0).holds
    flat = Layer(np.diag([1.0, 1.0, 1e-9]), np.zeros(3))
    assert not stay_apart(Network((flat,), Layer([[1.0, 0, 0]], [0])), LOOPS, 0).holds
