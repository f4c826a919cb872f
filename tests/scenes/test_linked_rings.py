"""Tubes in space: what is drawn of them, and in which order."""

import numpy as np
import pytest
from props import played, props

from manim_untangle import ApplyMove, View
from netlib import Dense, Move, Network, dataset

RINGS = props("linked_rings")
LOOPS = dataset("linked_rings").loops
LEANT = View(tilt=1.0, turn=0.4)


def test_every_point_of_a_tube_is_its_radius_away_from_the_curve():
    t = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.column_stack([0.6 * np.cos(t), 0.6 * np.sin(t), 0 * t])
    points = RINGS.tube(circle, 0.12).reshape(-1, 3)
    from_axis = np.hypot(np.hypot(points[:, 0], points[:, 1]) - 0.6, points[:, 2])
    assert from_axis == pytest.approx(np.full(len(points), 0.12), abs=1e-3)


def test_nearer_points_are_drawn_over_farther_ones():
    tubes = RINGS.Tubes(LOOPS, LEANT)
    now, view = tubes.part.now, tubes.space.view
    order = np.argsort(view.axes(now)[:, 2], kind="stable")
    assert np.allclose(tubes.near.points, view.project(now)[order])
    assert len(tubes.near.points) == 2 * RINGS.ALONG * RINGS.AROUND


def test_a_cut_hides_what_lies_on_its_far_side():
    tubes = RINGS.Tubes(LOOPS, View(tilt=np.pi / 2))
    tubes.show_cut(Network((), Dense([[0.0, 1.0, 0.0]], [0.0])))
    inputs = tubes.part.now
    assert len(tubes.far.points) == (inputs[:, 1] * tubes.space.view.rotation[2, 1] <= 0).sum()
    assert len(tubes.far.points) + len(tubes.near.points) == len(inputs)


def test_colour_shows_the_fourth_coordinate_where_asked():
    tubes = RINGS.Tubes(LOOPS, LEANT)
    lift = Move("lift", "rotate", 3, 4, lambda p, t: np.column_stack([p[:, :3], t * np.ones(len(p))]))
    played(ApplyMove(tubes.space, lift))
    tubes.show_fourth(1.0)
    hue = tubes.near.rgbas[:, :3] / tubes.near.rgbas[:, :3].max(axis=1, keepdims=True)
    expected = RINGS.fourth_colour(np.array(1.0))
    assert np.allclose(hue, expected / expected.max(), atol=1e-6)
