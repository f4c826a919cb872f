"""Graphs of functions of one variable, and of a feature made by hand beside the learned one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from manim import Group, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.text import words
from netlib.activations import Array
from netlib.certificates.sentences import step_fit
from netlib.datasets import Dataset
from netlib.motion.features import feature_fit
from netlib.network import Network

RAYS = 24  # directions from the centre along which the learned feature is drawn
HIGHEST = 2.65  # of the feature: what is above the graph's top is left out


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


class FeatureProfile(Group):
    """A feature made by hand that depends on the distance from the centre only, and the learned one fitted to it, both
    against that distance. The learned one is not the same in all directions, so it is drawn along RAYS of them.

    fit: the learned feature. step: R^2 on the data of a step from class to class. dots: the data, as the learned
    feature has it. inside, outside: the curves (learned, by hand) up to distance 1 and beyond. Neither the dots nor the
    curves are part of the group: a film shows them when it speaks of them.
    """

    def __init__(self, network: Network, feature: Callable[[Array], Array], data: Dataset, farthest: float) -> None:
        """farthest: distance to which curves are drawn."""
        self.graph = Graph((-5.4, -1.9), (5.4, 2.1))
        self.fit, self.feature = feature_fit(network, feature, data.points), feature
        self.step = step_fit(feature, data)
        self.dots = Group(*(self._data(k, data.of_class(k)) for k in range(data.classes)))
        self.inside, self.outside = self._curves(0, 1), self._curves(1, farthest)
        below = self.graph.at(np.array([1.0, 1.5, 2.0]), np.full(3, -0.14))
        super().__init__(
            self.graph.axes((0, farthest), (0, 2.5)),
            *(_at(below[k], text) for k, text in ((0, "1"), (2, "2"))),
            _at(below[1], "distance from the centre", style.FAINT_INK),
            _at((-3.2, 3.2, 0), "x² + y², made by hand", style.HIGHLIGHT),
            _at((-1.6, 2.75, 0), "the network's lift, scaled to fit, in all directions", style.PROBE),
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
            Polylines(np.vstack(learned), len(r) * np.arange(RAYS), color=style.PROBE, stroke_width=2),
            self.graph.curve(r[shown], by_hand[shown], style.HIGHLIGHT, width=6),
        )


def _at(place: Array | tuple[float, float, float], text: str, colour: str = style.INK) -> VGroup:
    return words(text, style.LABEL_SIZE, colour).move_to(place)
