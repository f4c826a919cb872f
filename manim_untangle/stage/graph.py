"""Graph: a function of one variable drawn on axes, for what happens to a single number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from manim_untangle.draw import style
from manim_untangle.draw.batched import Polylines
from netlib.activations import Array


@dataclass(frozen=True)
class Graph:
    """Axes on the screen. origin: scene point of (0, 0); unit: scene units for one unit of x and of y."""

    origin: tuple[float, float]
    unit: tuple[float, float]

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
