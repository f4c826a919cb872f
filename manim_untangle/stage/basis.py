"""Basis vectors and the unit square: where the first and second direction of the input go."""

from __future__ import annotations

import numpy as np
from manim import Polygon, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.arrow import FlatArrow
from manim_untangle.stage.space import Space
from netlib.activations import Array

SIDE_SAMPLES = 40
Z = 5


def basis_vectors(space: Space, length: float = 1.0) -> VGroup:
    """Return two arrows from the image of the origin to the images of (length, 0) and (0, length)."""
    inputs = length * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    arrows = VGroup(
        *(FlatArrow(np.zeros(3), np.array([1.0, 0, 0]), colour) for colour in (style.FIRST_BASIS, style.SECOND_BASIS))
    )

    def draw(points: Array) -> None:
        for arrow, tip in zip(arrows, points[1:], strict=True):
            arrow.reach(points[0], tip)

    space.follow(inputs, arrows, draw)
    return arrows.set_z_index(Z)


def shift_arrow(space: Space, bias: Array) -> FlatArrow:
    """Return the step (2,) that a shift makes, as an arrow from zero of the present representation."""
    arrow = FlatArrow(np.zeros(3), np.array([1.0, 0, 0]), style.HIGHLIGHT)
    space.follow(np.vstack([0 * bias, bias]), arrow, lambda ends: arrow.reach(*ends), fixed=True)
    return arrow.set_z_index(2)  # below dots, of which it may pass many


def unit_square(space: Space, length: float = 1.0) -> Polygon:
    """Return the filled image of the square [0, length]^2; a bent square keeps its bent sides."""
    s = np.linspace(0, length, SIDE_SAMPLES, endpoint=False)
    o, e = np.zeros_like(s), np.full_like(s, length)
    inputs = np.column_stack([np.r_[s, e, e - s, o], np.r_[o, s, e, e - s]])
    square = Polygon(*np.zeros((4, 3)), stroke_width=0, fill_color=style.UNIT_SQUARE, fill_opacity=0.3)

    def draw(points: Array) -> None:
        square.set_points_as_corners(np.vstack([points, points[:1]]))

    space.follow(inputs, square, draw)
    return square.set_z_index(2)
