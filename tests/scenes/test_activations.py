"""Panels: the same layer with several activations, side by side at one scale."""

from dataclasses import replace

import numpy as np
import pytest
from props import played, props

from manim_untangle import apply_side_by_side, column_middles, common_unit
from netlib import activation, affine_then_bend, catalogue, dataset

DATA = dataset("two_curves:n=36")


@pytest.fixture
def panels():
    """Three panels after their whole layer."""
    trained = catalogue.ONE_LAYER.load().hidden[0]
    layers = [replace(trained, activation=activation(name)) for name in ("sigmoid", "tanh", "relu")]
    kind = props("activations").Panel
    panels = [kind(*each, "a name", DATA) for each in zip(column_middles(3, 0.2), layers, strict=True)]
    for moves in zip(*map(affine_then_bend, layers), strict=True):
        for animation in apply_side_by_side(panels, moves):
            played(animation)
    return panels


def test_each_panel_ends_where_its_own_layer_sends_the_data(panels):
    for panel in panels:
        np.testing.assert_allclose(panel.space.where(DATA.points), panel.layer(DATA.points), atol=1e-12)


def test_all_panels_have_one_scale_and_the_largest_sheet_just_fits(panels):
    assert {panel.space.view.unit for panel in panels} == {common_unit(panels)}
    sides = [np.ptp(panel.sheet.points[:, :2], axis=0).max() for panel in panels]
    assert max(sides) == pytest.approx(2 * panels[0].half)
    for panel in panels:
        middle = (panel.sheet.points.min(axis=0) + panel.sheet.points.max(axis=0)) / 2
        np.testing.assert_allclose(middle[:2], panel.middle, atol=1e-9)


def test_flat_is_where_relu_gives_zero_and_nowhere_near_zero_for_tanh(panels):
    grid = np.random.default_rng(0).uniform(-1, 1, (500, 2))
    _, bent, creased = panels
    np.testing.assert_array_equal(creased.flat(grid), (creased.layer(grid) == 0).any(axis=1))
    assert np.abs(bent.layer(grid)[~bent.flat(grid)]).max() < np.tanh(2.2)
