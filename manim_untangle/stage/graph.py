"""Graphs of functions of one variable."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from manim import DOWN, LEFT, RIGHT, UL, UP, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.text import words
from manim_untangle.stage.layout import Box, current_layout
from manim_untangle.stage.marks import Z
from netlib.activations import Array

NAMES, DOT = 0.45, 0.12  # scene units, for the name of an axis, and for half a dot at the end of a curve


@dataclass(frozen=True)
class Graph:
    """Axes on the screen. origin: scene point of (0, 0); unit: scene units for one unit of x and of y."""

    origin: tuple[float, float]
    unit: tuple[float, float]

    @classmethod
    def within(cls, box: Box, x: tuple[float, float], y: tuple[float, float]) -> Graph:
        """Return axes on which x and y, from the first to the second number of each pair, fill a box."""
        unit = box.width / (x[1] - x[0]), box.height / (y[1] - y[0])
        return cls((box.left - unit[0] * x[0], box.bottom - unit[1] * y[0]), unit)

    def at(self, x: Array, y: Array) -> Array:
        """Return scene points (N, 3) of x (N,) and y (N,)."""
        return np.column_stack([x, y, np.zeros(len(x))]) * (*self.unit, 0) + (*self.origin, 0)

    def axes(self, x: tuple[float, float], y: tuple[float, float]) -> Polylines:
        """Return both axes, from the first to the second number of each pair."""
        ends = self.at(np.array([*x, 0, 0]), np.array([0, 0, *y]))
        return Polylines(ends, np.array([0, 2]), color=style.FAINT_INK, stroke_width=1.5)

    def curve(self, x: Array, y: Array, colour: str, width: float = 4.0) -> Polylines:
        """Return the curve through x (N,) and y (N,)."""
        return Polylines(self.at(x, y), np.array([0]), color=colour, stroke_width=width)


def graph_box(beside_scale: bool = False) -> Box:
    """Return the box for a small graph among the signs, where else diagram and formula stand. beside_scale: whether a
    scale bar needs its place, which lies between those two where signs stand above the picture."""
    layout = current_layout()
    box = layout.upper
    if beside_scale and box.meets(layout.slot("scale")):
        box = layout.slot("diagram")
    return Box(box.left + DOT, box.bottom + NAMES, box.right - DOT, box.top - NAMES)


def graph_names(above: str, right: str, origin: str = "", beside_scale: bool = False) -> VGroup:
    """Return the names of the axes of a graph in `graph_box`: above the upright one, at the end of the other, and what
    stands where they meet."""
    box = graph_box(beside_scale)
    names = [words(text, style.LABEL_SIZE) for text in (above, right, origin) if text]
    names[0].move_to(box.corner(UL) + 0.12 * UP, aligned_edge=DOWN + LEFT)
    for name, side in zip(names[1:], (RIGHT, LEFT), strict=False):
        name.move_to(box.corner(DOWN + side) + 0.12 * DOWN, aligned_edge=UP + side)
    return VGroup(*names).set_z_index(Z)
