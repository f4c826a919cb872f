"""A feature made by hand: the plane is lifted by it into a third coordinate. No network computes this."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from manim import Group, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.batched import Dots, Polylines
from manim_untangle.draw.text import words
from manim_untangle.stage.graph import Graph
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.certificates.separability import Separability
from netlib.motion.moves import Move
from netlib.network import Layer, Network
from netlib.training.feature_fit import FeatureFit

DIRECTIONS = 24


def squares(points: Array) -> Array:
    """Return x² + y² of points (N, 2)."""
    return np.asarray(np.square(points).sum(axis=1))


def by_hand(feature: Callable[[Array], Array]) -> Move:
    """Return the move that lifts each point (x, y) of the plane to (x, y, feature)."""
    return Move("made by hand", "lift", 2, 3, lambda p, t: np.column_stack([p[:, :2], t * feature(p[:, :2])]))


def cut_of(found: Separability) -> Network:
    """Return the plane that was found as a network without hidden layers, to be drawn as a readout is."""
    assert found.normal is not None
    return Network((), Layer(found.normal[None], np.array([found.offset])))


def placed(view: View, move: Move, points: Array, middle: tuple[float, float], unit: float) -> View:
    """Return the view of that unit in which points (N, d), after the move, have their middle at a scene point."""
    seen = replace(view, unit=unit, centre=(0.0, 0.0)).project(move.at(points, 1))[:, :2]
    x, y = middle - (seen.min(axis=0) + seen.max(axis=0)) / 2
    return replace(view, unit=unit, centre=(float(x), float(y)))


class Profile(Group):
    """A hand-made feature that depends on the distance from the centre only, and the learned one fitted to it, against
    that distance: the learned one along DIRECTIONS rays, for it is not the same in all.

    dots: the data, as the learned feature has it. inside, outside: the curves up to distance 1 and beyond.
    """

    def __init__(
        self, like: FeatureFit, feature: Callable[[Array], Array], groups: list[Array], farthest: float
    ) -> None:
        """groups: the data of each class (N, 2). farthest: distance to which curves are drawn."""
        self.graph = Graph((-5.4, -1.9), (5.4, 2.1))
        self.like, self.feature = like, feature
        self.axes = self.graph.axes((0, farthest), (0, 2.5))
        self.dots = Group(*(self._dots(k, group) for k, group in enumerate(groups)))
        self.inside, self.outside = (self._curves(a, b) for a, b in ((0, 1), (1, farthest)))
        self.marks = VGroup(
            *(self._below(str(r), r) for r in (1, 2)),
            self._below("distance from the centre", 1.5, style.FAINT_INK),
            words("x² + y², made by hand", style.LABEL_SIZE, style.HIGHLIGHT).move_to([-3.2, 3.2, 0]),
            words("the network's lift, scaled to fit, in all directions", style.LABEL_SIZE, style.PROBE).move_to(
                [-1.6, 2.75, 0]
            ),
        )
        super().__init__(self.axes, self.marks)

    def _below(self, text: str, r: float, colour: str = style.INK) -> VGroup:
        return words(text, style.LABEL_SIZE, colour).move_to(self.graph.at(np.array([r]), np.array([-0.14]))[0])

    def _dots(self, k: int, group: Array) -> Dots:
        at = self.graph.at(np.linalg.norm(group, axis=1), self.like(group))
        look = {"color": style.CLASS_COLOURS[k], "marker": style.CLASS_MARKERS[k], "outline": style.BACKGROUND}
        return Dots(at, radius=style.DOT_RADIUS, **look).set_z_index(3)

    def _curves(self, start: float, end: float) -> Group:
        r, angles = np.linspace(start, end, 120), 2 * np.pi * np.arange(DIRECTIONS) / DIRECTIONS
        rays = r[:, None] * np.ones(2) * np.array([1.0, 0.0])
        mine = self.feature(rays)
        shown = mine < 2.65
        hand = self.graph.curve(r[shown], mine[shown], style.HIGHLIGHT, width=6)
        learned = [self.graph.at(r, self.like(np.outer(r, (np.cos(a), np.sin(a))))) for a in angles]
        starts = len(r) * np.arange(DIRECTIONS)
        return Group(Polylines(np.vstack(learned), starts, color=style.PROBE, stroke_width=2), hand)
