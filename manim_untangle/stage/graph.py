"""Graphs of functions of one variable, and of a feature made by hand beside the learned one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from manim import DOWN, LEFT, ORIGIN, RIGHT, UL, UP, Group, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.text import words
from manim_untangle.stage.layout import Box, current_layout
from manim_untangle.stage.marks import Z
from netlib.activations import Array
from netlib.certificates.sentences import step_fit
from netlib.datasets import Dataset
from netlib.motion.features import feature_fit
from netlib.network import Network

NAMES, DOT = 0.45, 0.12  # scene units, for the name of an axis, and for half a dot at the end of a curve
LEARNED = "the network's lift, scaled to fit, in all directions"
RAYS = 12  # directions from the centre along which the learned feature is drawn
HIGHEST = 2.65  # of the feature: what is above the graph's top is left out


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


def graph_box() -> Box:
    """Return the box for a small graph among the signs, where else diagram and formula stand."""
    box = current_layout().upper
    return Box(box.left + DOT, box.bottom + NAMES, box.right - DOT, box.top - NAMES)


def graph_names(above: str, right: str) -> VGroup:
    """Return the names of the axes of a graph in `graph_box`: above the upright one, and at the end of the other."""
    box = graph_box()
    names = words(above, style.LABEL_SIZE), words(right, style.LABEL_SIZE)
    names[0].move_to(box.corner(UL) + 0.12 * UP, aligned_edge=DOWN + LEFT)
    names[1].move_to(box.corner(DOWN + RIGHT) + 0.12 * DOWN, aligned_edge=UP + RIGHT)
    return VGroup(*names).set_z_index(Z)


class FeatureProfile(Group):
    """A feature made by hand that depends on the distance from the centre only, and the learned one fitted to it, both
    against that distance. The learned one is not the same in all directions, so it is drawn along RAYS of them.

    fit: the learned feature. step: R^2 on the data of a step from class to class. dots: the data, as the learned
    feature has it. inside, outside: the curves (learned, by hand) up to distance 1 and beyond. Neither the dots nor the
    curves are part of the group: a film shows them when it speaks of them.
    """

    def __init__(self, network: Network, feature: Callable[[Array], Array], data: Dataset, farthest: float) -> None:
        """farthest: distance to which curves are drawn."""
        box = current_layout().picture.inset(0.9, 0.55)
        self.graph = Graph.within(replace(box, bottom=box.bottom + 0.1), (0, farthest), (0, HIGHEST))
        self.fit, self.feature = feature_fit(network, feature, data.points), feature
        self.step = step_fit(feature, data)
        self.dots = Group(*(self._data(k, data.of_class(k)) for k in range(data.classes)))
        self.inside, self.outside = self._curves(0, 1), self._curves(1, farthest)
        below = self.graph.at(np.array([1.0, 1.5, 2.0]), np.full(3, -0.14))
        above = [box.corner(UL) + np.array([0.3, -0.5 * k, 0.0]) for k in range(2)]
        super().__init__(
            self.graph.axes((0, farthest), (0, 2.5)),
            *(_at(below[k], text) for k, text in ((0, "1"), (2, "2"))),
            _at(below[1], "distance from the centre", style.FAINT_INK),
            _at(above[0], "x² + y², made by hand", style.HIGHLIGHT, UL),
            _at(
                above[1],
                "the network's lift, scaled to fit, in all directions",
                style.SECOND_HIGHLIGHT,
                UL,
                box.width / 2,
            ),
        )

    def _data(self, k: int, group: Array) -> Dots:
        return Dots(
            self.graph.at(np.linalg.norm(group, axis=1), self.fit(group)), radius=style.DOT_RADIUS,
            color=style.CLASS_COLOURS[k], marker=style.CLASS_MARKERS[k], outline=style.BACKGROUND,
        ).set_z_index(3)  # fmt: skip

    def _curves(self, start: float, end: float) -> tuple[Polylines, Polylines]:
        r, angles = np.linspace(start, end, 120), 2 * np.pi * np.arange(RAYS) / RAYS
        learned = [self.graph.at(r, self.fit(np.outer(r, (np.cos(a), np.sin(a))))) for a in angles]
        by_hand = self.feature(np.outer(r, (1.0, 0.0)))
        shown = by_hand < HIGHEST
        return (
            Polylines(np.vstack(learned), len(r) * np.arange(RAYS), color=style.SECOND_HIGHLIGHT, stroke_width=4),
            self.graph.curve(r[shown], by_hand[shown], style.HIGHLIGHT, width=6),
        )


def _at(place: Array, text: str, colour: str = style.INK, edge: Array = ORIGIN, width: float | None = None) -> VGroup:
    return words(text, style.LABEL_SIZE, colour, width, "left").move_to(place, aligned_edge=edge)
