"""Panels: the same layer with several activations, side by side at one scale."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manim_untangle.stage.panel import MIDDLE, SIDE, Panel, flows, one_scale
from netlib.activations import relu, sigmoid, tanh
from netlib.certificates.separability import separability
from netlib.datasets import dataset
from netlib.motion.trajectory import affine_then_bend
from netlib.training.catalogue import ONE_LAYER

DATA = dataset("two_curves:n=36")


@pytest.fixture
def panels() -> list[Panel]:
    """Three panels after their whole layer."""
    trained = ONE_LAYER.load().hidden[0]
    layers = [replace(trained, activation=activation) for activation in (sigmoid, tanh, relu)]
    panels = [Panel(k, 3, layer, layer.activation.name, DATA) for k, layer in enumerate(layers)]
    for moves in zip(*map(affine_then_bend, layers), strict=True):
        for flow in flows(panels, moves):
            flow.begin()
            flow.finish()
    return panels


def test_each_panel_ends_where_its_own_layer_sends_the_data(panels: list[Panel]) -> None:
    for panel in panels:
        np.testing.assert_allclose(panel.space.where(DATA.points), panel.layer(DATA.points), atol=1e-12)


def test_all_panels_have_one_scale_and_the_largest_sheet_just_fits(panels: list[Panel]) -> None:
    assert {panel.space.view.unit for panel in panels} == {one_scale(panels, [None] * 3)}
    sides = [np.ptp(panel.sheet.points[:, :2], axis=0).max() for panel in panels]
    assert max(sides) == pytest.approx(SIDE)
    for panel in panels:
        middle = (panel.sheet.points.min(axis=0) + panel.sheet.points.max(axis=0)) / 2
        np.testing.assert_allclose(middle[:2], (panel.x, MIDDLE), atol=1e-9)


def test_flat_is_where_relu_gives_zero_and_nowhere_near_zero_for_tanh(panels: list[Panel]) -> None:
    grid = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    _, bent, creased = panels
    np.testing.assert_array_equal(creased.flat(grid), (creased.layer(grid) == 0).any(axis=1))
    assert np.abs(bent.layer(grid)[~bent.flat(grid)]).max() < np.tanh(2.2)


def test_a_separating_line_is_cut_off_at_its_panel_and_lies_on_the_line(panels: list[Panel]) -> None:
    panel = panels[1]
    found = separability(panel.layer(DATA.points), DATA.labels)
    line = panel.line(found)
    assert np.abs(line.points[:, :2] - (panel.x, MIDDLE)).max() <= SIDE / 2 + 1e-9
    ends = (line.points[:, :2] - panel.space.view.centre) / panel.space.view.unit
    np.testing.assert_allclose(ends @ found.normal + found.offset, 0, atol=1e-9)
