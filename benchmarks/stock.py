"""The same picture as good stock Manim: groups of lines, dots and arrows, moved to their targets by Transform."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, UP, Arrow, Dot, Line, MoveToTarget, Scene, Transform, VGroup, linear

from benchmarks.picture import (
    ARROW_COLOURS,
    ARROW_WIDTH,
    CAPTION,
    CLASS_COLOURS,
    FORMULA,
    GRID_COLOUR,
    GRID_WIDTH,
    OUTLINE_WIDTH,
    UNIT,
    Array,
    Picture,
)
from manim_untangle.draw.text import formula, words
from netlib import Move

CURVES = 50  # cubics a line: the default of NumberPlane.prepare_for_nonlinear_transform


class Stock(Scene):
    """Lines of 50 cubics, dots and arrows as ordinary mobjects; one Transform of each group for each move."""

    def construct(self) -> None:
        picture = Picture.from_environment()
        grid, classes = _lines(picture), _classes(picture)
        places = np.vstack([np.zeros(2), np.eye(2)])
        arrows = _arrows(places)
        caption, law = words(CAPTION).to_edge(DOWN), formula(FORMULA).to_corner(UP + LEFT)
        self.add(grid, *classes, arrows, caption, law)
        for move in picture.moves():
            for line in grid.generate_target():
                line.set_points(_moved(line.points, move))
            for dots in classes:
                centres = np.array([dot.get_center() for dot in dots])
                for dot, there in zip(dots.generate_target(), _moved(centres, move), strict=True):
                    dot.move_to(there)
            places = move.at(places, 1.0)
            self.play(
                *(MoveToTarget(group) for group in (grid, *classes)),
                Transform(arrows, _arrows(places)),
                run_time=picture.seconds,
                rate_func=linear,
            )


def _lines(picture: Picture) -> VGroup:
    ends = UNIT * np.pad(picture.line_ends(), ((0, 0), (0, 0), (0, 1)))
    lines = VGroup(*(Line(a, b, color=GRID_COLOUR, stroke_width=GRID_WIDTH) for a, b in ends))
    for line in lines:
        line.insert_n_curves(CURVES - 1)
    return lines


def _classes(picture: Picture) -> list[VGroup]:
    outline = {"stroke_width": OUTLINE_WIDTH, "stroke_color": "#000000"}
    return [
        VGroup(*(Dot([UNIT * x, UNIT * y, 0], picture.radius, color=colour, **outline) for x, y in points))
        for points, colour in zip(picture.classes(), CLASS_COLOURS, strict=True)
    ]


def _arrows(places: Array) -> VGroup:
    """Return the two basis vectors, from places (3, 2): the images of the origin and of both units."""
    style = {"buff": 0, "stroke_width": ARROW_WIDTH, "tip_length": 0.22, "max_stroke_width_to_length_ratio": 100}
    start, *tips = UNIT * np.pad(places, ((0, 0), (0, 1)))
    return VGroup(*(Arrow(start, tip, color=colour, **style) for tip, colour in zip(tips, ARROW_COLOURS, strict=True)))


def _moved(points: Array, move: Move) -> Array:
    return np.pad(UNIT * move.at(points[:, :2] / UNIT, 1.0), ((0, 0), (0, 1)))
