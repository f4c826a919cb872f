"""The stage of a network that is brought along: its signs stay clear of each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from manim_untangle.draw import style
from manim_untangle.stage.animations import KEPT_HALF
from manim_untangle.stage.dividers import dividers
from manim_untangle.stage.network_stage import NetworkStage
from manim_untangle.stage.ride import FarView, fitted
from manim_untangle.stage.space import Space
from netlib.activations import tanh
from netlib.datasets import dataset
from netlib.network import Layer, Network

LONGEST = "after layer 33: 3 of 20 dimensions: readout's direction, then principal components, 100 % of the variance"


def test_the_name_of_a_projection_stays_clear_of_the_diagram_of_a_deep_network() -> None:
    rng = np.random.default_rng(0)
    widths = [2, *[20] * 5, 1000, *[20] * 5, 1000, 20, 1]
    layers = [Layer(rng.normal(size=(b, a)) / np.sqrt(a), np.zeros(b), tanh) for a, b in pairwise(widths)]
    stage = NetworkStage(Network(tuple(layers[:-1]), layers[-1]), dataset("moons"))
    stage.label._show(LONGEST)
    assert stage.label.get_right()[0] < stage.diagram.get_left()[0]
    assert stage.label.width > 3


def test_data_fill_the_frame_in_every_picture_even_where_fifty_layers_have_shrunk_them() -> None:
    rng = np.random.default_rng(0)
    widths = [2, *[20] * 50, 1]
    layers = [Layer(0.57 * rng.normal(size=(b, a)) / np.sqrt(a), np.full(b, 0.1), tanh) for a, b in pairwise(widths)]
    stage = NetworkStage(Network(tuple(layers[:-1]), layers[-1]), dataset("spirals"))
    extents = []
    for k in range(len(stage.route.pictures)):
        drawn = stage.route.drawn(stage.points, k)
        view = stage.view_of(drawn)
        shares = np.abs(view.project(drawn)[:, :2] - view.centre).max(axis=0) / KEPT_HALF
        assert 0.99 < shares.max() < 1.01, (k, view.unit)
        extents.append(np.abs(drawn).max())
    assert 1e-14 < extents[-1] < 1e-11


def test_the_planes_of_a_readout_stay_by_the_points_and_clear_of_the_words() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(100, 3)) * [3.0, 1.0, 0.7]
    space = Space(fitted(FarView(), points), grid=False, dimension=3)
    planes = dividers(space, Layer(rng.normal(size=(3, 3)), np.zeros(3)), points)
    assert len(planes) >= 2
    corners = np.vstack([plane.points for plane in planes])
    assert np.abs(corners[:, 0]).max() < style.FRAME_HALF[0]
    assert np.abs(corners[:, 1]).max() < style.FRAME_HALF[1]
    # a plane beside all points is shown none the less
    assert dividers(space, Layer(np.array([[1.0, 0, 0]]), np.array([-50.0])), points) is not None
