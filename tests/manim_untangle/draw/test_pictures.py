"""Small grey pictures lie the right way up at their centres, in their colours, on a dark plate."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from manim import Rectangle, ThreeDCamera

from manim_untangle.draw.pictures import PLATE, Pictures

CORNER = np.array([[[1.0, 0.5, 0.0], [0.0, 0.0, 0.0]]])  # 3 wide, 2 high: bright at the upper left
ORANGE = np.array([[1.0, 0.5, 0.25, 1.0]])


def ground(colour: str = "#FFFFFF") -> Rectangle:
    return Rectangle(width=20, height=20, stroke_width=0, fill_color=colour, fill_opacity=1)


def at(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    """The colour at a scene point."""
    height, width = picture.shape[:2]
    scale = height / 8
    return picture[int(height / 2 - y * scale), int(width / 2 + x * scale), :3]


def test_the_first_pixel_is_at_the_upper_left_and_has_the_pictures_colour(studio) -> None:
    shown = studio.picture(ground(), Pictures(np.array([[2.0, 1.0, 0]]), CORNER, radius=1.5, rgbas=ORANGE))
    upper, lower = 1.5, 0.5  # middles of the rows: the picture is 3 wide and 2 high
    np.testing.assert_allclose(at(shown, 1.0, upper), 255 * ORANGE[0, :3], atol=2)
    dark = 255 * (1 - PLATE)
    np.testing.assert_allclose(at(shown, 1.0, lower), dark, atol=2)
    np.testing.assert_allclose(at(shown, 3.0, upper), dark, atol=2)
    half = 0.5 * ORANGE[0, :3] + (1 - PLATE) * 0.5
    np.testing.assert_allclose(at(shown, 2.0, upper), 255 * half, atol=3)
    for outside in ((0.4, 1.0), (3.6, 1.0), (2.0, 2.1), (2.0, -0.1)):
        np.testing.assert_array_equal(at(shown, *outside), 255)


def test_pictures_keep_their_size_when_they_are_moved_apart(studio) -> None:
    pictures = Pictures(
        np.array([[-0.5, 0, 0], [0.5, 0, 0]]), np.ones((2, 4, 4)), radius=0.3, rgbas=ORANGE.repeat(2, 0)
    )
    before = studio.picture(pictures)[..., 0] > 128
    after = studio.picture(copy.deepcopy(pictures).scale(3))[..., 0] > 128
    assert before.sum() == after.sum() > 0


def test_later_pictures_lie_on_top_and_in_space_the_nearer(studio) -> None:
    red, blue = (1.0, 0, 0, 1.0), (0, 0, 1.0, 1.0)
    pictures = Pictures(np.array([[0, 0, 1.0], [0, 0, -1.0]]), np.ones((2, 2, 2)), rgbas=np.array([red, blue]))
    np.testing.assert_array_equal(at(studio.picture(pictures), 0, 0), (0, 0, 255))
    np.testing.assert_array_equal(at(studio.picture(pictures, camera=ThreeDCamera), 0, 0), (255, 0, 0))


def test_the_same_picture_as_ordinary_squares(studio, likeness) -> None:
    rng = np.random.default_rng(0)
    images = rng.uniform(0.2, 1, size=(3, 4, 5))
    pictures = Pictures(rng.uniform(-2, 2, size=(3, 3)) * (1, 1, 0), images, radius=0.8, rgbas=ORANGE.repeat(3, 0))
    similar, difference = likeness(studio.picture(pictures), studio.picture(pictures.as_cubics()))
    assert similar > 0.9
    assert difference < 2


def test_a_faded_picture_is_fainter(studio) -> None:
    pictures = Pictures(np.zeros((1, 3)), np.ones((1, 2, 2)), rgbas=ORANGE)
    pictures.set_opacity(0.5)
    np.testing.assert_allclose(at(studio.picture(pictures), 0, 0), 127.5 * ORANGE[0, :3], atol=2)


def test_as_many_pictures_as_centres_are_wanted() -> None:
    with pytest.raises(ValueError, match=r"\(2, height, width\), not \(3, 4, 4\)"):
        Pictures(np.zeros((2, 3)), np.zeros((3, 4, 4)))
