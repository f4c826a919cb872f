"""LineProbe: a straight line (on a line: a cut) tried in many places, with the share of points that it gets right."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import UL, Animation, Group, Scene, linear

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.stage.live_label import LiveLabel
from manim_untangle.stage.marks import LABEL_CORNER
from manim_untangle.stage.scores import percent
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.certificates.separation import BestLine
from netlib.datasets import Dataset

REACH = 12.0  # half a line's length in units of space: beyond the frame at every zoom
CUT_HALF = 0.45  # half the height of a cut through a line


class LineProbe(Group):
    """The line normal . x + offset = 0 in the present representation of the data, the points that it gets wrong, and
    its score. Either side may be called class 1: the better naming counts.

    right: share of the points that the line gets right where it is now, in [0, 1].
    """

    def __init__(self, space: Space, data: Dataset, name: str = "this line") -> None:
        """data: its points (N, d), d = 1 or 2, are taken where they are in space now."""
        self.points_now, self.labels = space.where(data.points)[:, : data.dimension], data.labels
        self.view, self.right = space.view, 0.0
        self.line = Polylines(np.zeros((2, 3)), np.array([0]), color=style.READOUT, stroke_width=5).set_z_index(4)
        self.wrong = Dots(np.zeros((0, 3)), radius=1.8 * style.DOT_RADIUS, color=style.WRONG, marker="ring")
        self.score = LiveLabel(space, lambda: f"{name}: {percent(self.right)} right", LABEL_CORNER, UL)
        space.forget(self.score)  # it changes with the line, not with space
        super().__init__(self.line, self.wrong.set_z_index(5), self.score)

    def place(self, normal: Array, offset: float) -> LineProbe:
        """Put the line in another place: normal (d,), offset a number."""
        signed = self.points_now @ normal + offset
        correct = (signed > 0) == (self.labels == 1)
        correct = correct if correct.mean() >= 0.5 else ~correct
        self.right = float(correct.mean())
        self.wrong.set_centres(self.view.project(self.points_now[~correct]))
        self.line.set_samples(self.view.project(_ends(normal, offset)))
        self.score.refresh()
        return self


class MoveLineProbe(Animation):
    """Lead a line through places (K, d + 1), at even times; a place is the line's normal and its offset."""

    def __init__(self, probe: LineProbe, places: Array, **kwargs: Any) -> None:
        kwargs.setdefault("rate_func", linear)
        self.probe, self.places = probe, np.asarray(places, dtype=np.float64)
        super().__init__(probe, **kwargs)

    def begin(self) -> None:
        self.starting_mobject = self.mobject
        self.interpolate(0)

    def finish(self) -> None:
        self.interpolate(1)

    def interpolate(self, alpha: float) -> None:
        when = self.rate_func(alpha) * (len(self.places) - 1)
        row = [np.interp(when, np.arange(len(self.places)), column) for column in self.places.T]
        self.probe.place(np.array(row[:-1]), float(row[-1]))

    def clean_up_from_scene(self, scene: Scene) -> None:
        return None


def swing(best: BestLine, tries: int = 120) -> Array:
    """Return places (tries, 3) of a line in the plane that turns once around and ends as the best one."""
    angles = np.linspace(0, np.arctan2(best.normal[1], best.normal[0]) + 2 * np.pi, tries)
    offsets = np.linspace(0, best.offset / float(np.linalg.norm(best.normal)), tries)
    return np.column_stack([np.cos(angles), np.sin(angles), offsets])


def slide(best: BestLine, tries: int = 120, half: float = 1.1) -> Array:
    """Return places (tries, 2) of a cut through a line that goes from one end to the other and back to the best one."""
    end = -best.offset / float(best.normal[0])
    places = np.concatenate([np.linspace(-half, half, tries * 2 // 3), np.linspace(half, end, tries // 3)])
    return np.column_stack([np.ones_like(places), -places])


def _ends(normal: Array, offset: float) -> Array:
    if len(normal) == 1:
        at = -offset / normal[0]
        return np.array([[at, -CUT_HALF], [at, CUT_HALF]])
    foot = -offset * normal / (normal @ normal)
    along = np.array([-normal[1], normal[0]]) / np.linalg.norm(normal)
    return np.vstack([foot - REACH * along, foot + REACH * along])
