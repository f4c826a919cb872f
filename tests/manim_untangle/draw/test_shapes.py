"""Markers of every class weigh about the same, and sprites hold all of a marker wherever it lies within a pixel."""

from __future__ import annotations

import cairo
import numpy as np
import pytest

from manim_untangle.draw.raster import fill_markers
from manim_untangle.draw.shapes import PLACES, RING_HOLE, marker_polygon, marker_polygons, marker_sprites
from netlib.errors import UnknownName


def area(name: str) -> float:
    """Area of a marker of radius 1."""
    polygon = marker_polygon(name)
    if polygon is None:
        return np.pi * (1 - RING_HOLE**2 * (name == "ring"))
    x, y = polygon.T
    return float(abs(x @ np.roll(y, 1) - y @ np.roll(x, 1)) / 2)


@pytest.mark.parametrize("name", ["square", "diamond", "triangle", "plus", "cross"])
def test_no_marker_looks_much_larger_than_a_disk(name):
    assert 0.75 <= area(name) / np.pi <= 1.1


def test_an_unknown_marker_names_the_nearest():
    with pytest.raises(UnknownName, match="triangle"):
        marker_polygon("triangel")


@pytest.mark.parametrize("name", sorted(marker_polygons()))
def test_a_sprite_holds_the_markers_area_around_its_centre_at_every_place(name):
    radius = 7.3
    sprites = marker_sprites(name, radius, 0.0)
    side = sprites.fill.shape[1]
    light = sprites.fill / 255.0
    polygon = marker_polygon(name)
    assert side >= 2 * radius * (1 if polygon is None else np.linalg.norm(polygon, axis=1).max())
    np.testing.assert_allclose(light.sum(axis=(1, 2)), area(name) * radius**2, rtol=0.02)
    middle, places = np.arange(side) + 0.5 - side // 2, np.arange(PLACES) / PLACES
    expected = np.zeros(2) if polygon is None else _centroid(radius * polygon * (1, -1))
    across = (light.sum(axis=1) @ middle) / light.sum(axis=(1, 2))
    down = (light.sum(axis=2) @ middle) / light.sum(axis=(1, 2))
    np.testing.assert_allclose(across.reshape(PLACES, PLACES) - places[None], expected[0], atol=1 / 24)
    np.testing.assert_allclose(down.reshape(PLACES, PLACES) - places[:, None], expected[1], atol=1 / 24)


def test_spans_leave_nothing_out_and_plain_stretches_are_plain():
    sprites = marker_sprites("ring", 9.0, 1.5)
    for fill, outline, spans in zip(sprites.fill, sprites.outline, sprites.spans, strict=True):
        for row, edge, (first, last, plain, end) in zip(fill, outline, spans, strict=True):
            assert not row[:first].any()
            assert not row[last:].any()
            assert not edge[:first].any()
            assert not edge[last:].any()
            assert (row[plain:end] == 255).all()
            assert not edge[plain:end].any()


@pytest.mark.parametrize("fill", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("outline", [0.0, 0.4, 1.0])
def test_a_white_marker_on_white_stays_white_whatever_its_opacities(fill, outline):
    pixels = np.full((20, 20, 4), 255, np.uint8)
    ctx = cairo.Context(cairo.ImageSurface.create_for_data(pixels.data, cairo.FORMAT_ARGB32, 20, 20))
    centres = np.random.default_rng(0).uniform(5, 15, (9, 2))
    fill_markers(ctx, centres, 5.0, "disk", np.array([[1, 1, 1, fill]]), np.array([1, 1, 1, outline]), 2.0)
    assert pixels.min() >= 254


def _centroid(polygon: np.ndarray) -> np.ndarray:
    following = np.roll(polygon, -1, axis=0)
    cross = polygon[:, 0] * following[:, 1] - polygon[:, 1] * following[:, 0]
    return np.asarray(((polygon + following) * cross[:, None]).sum(axis=0) / (3 * cross.sum()))
