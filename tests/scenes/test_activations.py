"""Panels: one layer under an activation, which fills its part of the picture at every moment."""

import numpy as np
import pytest
from props import played, props

from manim_untangle import AnimateToTime, Box
from netlib import catalogue, dataset

DATA = dataset("two_curves:n=48")
WIDE, NARROW = Box(0.0, 0.0, 6.6, 5.5), Box(0.0, 0.0, 3.1, 5.5)


@pytest.fixture(params=range(4), ids=["sigmoid", "tanh", "relu", "leaky"])
def network(request):
    return catalogue.FOUR_ACTIVATIONS[request.param].load()


def test_a_panel_ends_where_its_own_layer_sends_the_data(network):
    panel = props("activations").Panel(WIDE, "a name", network, DATA)
    played(AnimateToTime(panel.space, 2, panel.filled))
    np.testing.assert_allclose(panel.space.where(DATA.points), network.hidden[0](DATA.points), atol=1e-12)


@pytest.mark.parametrize("time", [0, 0.5, 1, 1.6, 2])
def test_the_plane_fills_its_part_of_the_picture_on_the_whole_way(network, time):
    panel = props("activations").Panel(WIDE, "a name", network, DATA)
    played(AnimateToTime(panel.space, time, panel.filled))
    low, high = panel.sheet.points[:, :2].min(axis=0), panel.sheet.points[:, :2].max(axis=0)
    np.testing.assert_allclose((low + high) / 2, panel.area.centre, atol=1e-9)
    spare = np.array([panel.area.width, panel.area.height]) - (high - low)
    assert spare.min() == pytest.approx(0.4, abs=1e-6)


@pytest.mark.parametrize("box", [WIDE, NARROW], ids=["wide", "narrow"])
def test_the_parts_of_a_panel_do_not_meet(box):
    parts = props("activations").parts(box)
    assert all(box.holds(part, 1e-9) for part in parts)
    assert not any(a.meets(b, -1e-9) for k, a in enumerate(parts) for b in parts[:k])


def test_what_is_lit_is_where_a_neuron_is_below_zero():
    relu = catalogue.FOUR_ACTIVATIONS[2].load()
    panel = props("activations").Panel(WIDE, "ReLU", relu, DATA)
    played(AnimateToTime(panel.space, 1, panel.filled))
    played(panel.lit_below_zero())
    lit = panel.sheet.point_rgbas()[:, 2] < 0.6  # the highlight is yellow
    np.testing.assert_array_equal(lit, (relu.hidden[0](panel.kept) == 0).any(axis=1))


def test_the_two_points_that_are_followed_are_apart_and_relu_puts_them_on_one():
    relu = catalogue.FOUR_ACTIVATIONS[2].load()
    first, second = props("activations").pressed_together(relu)
    assert np.linalg.norm(first - second) > 0.5
    assert (relu.hidden[0](np.array([first, second])) == 0).all()


def test_the_curve_of_tanh_ends_on_that_of_sigmoid():
    scene = props("activations")
    graphs = scene.Graphs(WIDE)
    played(graphs.tanh_becomes(0.5, 0.5, 0.5))
    expected = graphs.graph.at(scene.WIDE, 1 / (1 + np.exp(-scene.WIDE)))
    np.testing.assert_allclose(graphs.tanh.points, expected, atol=1e-9)
