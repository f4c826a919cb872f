"""What is drawn of four activations after one W and b: their bends, and the lines that are enough after them."""

import numpy as np
import pytest
from manim import tempconfig
from props import played, props

from manim_untangle import Film
from manim_untangle.stage.layout import using
from netlib import Network, catalogue, dataset

DATA, TRAINED = dataset("two_curves:n=48"), catalogue.FOUR_ACTIVATIONS[1].load()
LAYER = TRAINED.hidden[0]
NAMES = ["tanh", "sigmoid", "ReLU", "leaky ReLU"]


def network(name: str) -> Network:
    """Return the network of an activation, with the line that is drawn after it."""
    scene = props("activations")
    layer = type(LAYER)(LAYER.weight, LAYER.bias, scene.BENDS[name])
    return scene.with_widest_gap(Network((layer,), TRAINED.readout), DATA)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_bend_ends_where_the_layer_sends_the_data_and_undone_they_are_back(name: str) -> None:
    plane, bent = props("activations").Plane(LAYER, DATA), network(name)
    before = plane.space.where(DATA.points)
    np.testing.assert_allclose(before, DATA.points @ LAYER.weight.T + LAYER.bias)
    for bend in plane.bends(bent, *([1, 2] if name == "ReLU" else [2])):
        played(bend)
    np.testing.assert_allclose(plane.space.where(DATA.points), bent.represent(DATA.points), atol=1e-12)
    plane.line_drawn(bent)
    played(plane.undone(bent)[0])
    np.testing.assert_allclose(plane.space.where(DATA.points), before)


@pytest.mark.slow
def test_the_first_half_of_relu_is_made_for_the_first_neuron_alone() -> None:
    plane = props("activations").Plane(LAYER, DATA)
    before = plane.space.where(DATA.points)
    played(plane.bends(network("ReLU"), 1, 2)[0])
    np.testing.assert_allclose(plane.space.where(DATA.points), np.column_stack([before[:, 0].clip(0), before[:, 1]]))


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_line_after_each_bend_has_every_point_on_its_side(name: str) -> None:
    assert network(name).accuracy(DATA.points, DATA.labels) == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_what_the_picture_shows_fills_it_before_and_after_a_bend(name: str) -> None:
    scene = props("activations")
    plane = scene.Plane(LAYER, DATA)

    def spare() -> float:
        shown = plane.space.view.project(plane.space.where(plane.inputs(scene.SHOWN)))[:, :2]
        np.testing.assert_allclose(shown.mean(axis=0), plane.area.centre, atol=1e-9)
        return float((plane.area.half - np.abs(np.ptp(shown, axis=0)) / 2).min())

    assert spare() == pytest.approx(0.2)
    for bend in plane.bends(network(name), 2):
        played(bend)
    played(plane.nearer())
    assert spare() == pytest.approx(0.2)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_curve_of_the_graph_ends_as_that_of_the_activation(name: str) -> None:
    scene = props("activations")
    with tempconfig({"dry_run": True}), using(Film().layout):
        graph = scene.Graph()
    played(graph.becomes(name))
    x = (graph.curve.points[:, 0] - graph.axes.origin[0]) / graph.axes.unit[0]
    np.testing.assert_allclose(graph.curve.points, graph.axes.at(x, scene.BENDS[name](x)), atol=1e-9)
    assert scene.BENDS[name](x).max() <= scene.Y[1]
