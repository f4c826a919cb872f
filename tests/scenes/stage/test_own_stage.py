"""The stage of a network that is brought along: its signs stay clear of each other."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from netlib.activations import tanh
from netlib.datasets import dataset
from netlib.network import Layer, Network
from scenes.stage.own_stage import OwnStage

LONGEST = "after layer 33: 3 of 20 dimensions: readout's direction, then principal components, 100 % of the variance"


def test_the_name_of_a_projection_stays_clear_of_the_diagram_of_a_deep_network() -> None:
    rng = np.random.default_rng(0)
    widths = [2, *[20] * 5, 1000, *[20] * 5, 1000, 20, 1]
    layers = [Layer(rng.normal(size=(b, a)) / np.sqrt(a), np.zeros(b), tanh) for a, b in pairwise(widths)]
    stage = OwnStage(Network(tuple(layers[:-1]), layers[-1]), dataset("moons"))
    stage.label._show(LONGEST)
    assert stage.label.get_right()[0] < stage.diagram.get_left()[0]
    assert stage.label.width > 3
