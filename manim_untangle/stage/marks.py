"""What films draw into a space: live labels, basis vectors, a loop with its winding number, wrong points, a tunnel, and
a line that is tried in many places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from manim import RIGHT, UL, Group, VGroup, linear

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.shapes import FlatArrow
from manim_untangle.draw.text import PLATE_BUFF, numbered
from manim_untangle.stage.animations import RedrawnAnimation
from manim_untangle.stage.layout import current_layout
from manim_untangle.stage.readout import line_ends
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.certificates.annulus import WrongArcs
from netlib.certificates.separation import best_line, witnesses
from netlib.certificates.tunnel import Tunnel
from netlib.certificates.winding import winding_number
from netlib.datasets import Dataset, Loop
from netlib.errors import UntangleError
from netlib.layers import Dense
from netlib.network import Network, class_scores

Z = 12  # of signs: in front of what moves
REACH = 12.0  # half a probed line's length in units of space: beyond the frame at every zoom
CUT_HALF = 0.45  # half the height of a probed cut through a line


def percent(share: float) -> str:
    """Return a share in [0, 1] as a percentage that never rounds an imperfect one up to 100."""
    shown = f"{100 * share:.1f}".removesuffix(".0")
    return f"{'99.9' if shown == '100' and share < 1 else shown} %"


def number(value: float) -> str:
    """Return a number as a student writes it: 2,000,000, 0.05; beyond a billion with its power of ten."""
    if value != 0 and not 1e-6 <= abs(value) < 1e10:
        return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return f"{value:,.6f}".rstrip("0").rstrip(".")


class LiveLabel(VGroup):
    """A label that shows `text()`; redrawn only when the text changes."""

    def __init__(
        self,
        space: Space,
        text: Callable[[], str],
        corner: Array | Callable[[], Array] | None = None,
        anchor: Array = UL,
        size: float = style.LABEL_SIZE,
        colour: str = style.INK,
        width: float | None = None,
        align: str = "center",
    ) -> None:
        """corner: scene point (3,), or a function that gives it, at which the label's side or corner `anchor` (a
        direction such as UL) stands; by default the layout's place for notes. width: of its lines, in scene units; None
        for one line, or for the width of that place."""
        super().__init__()
        notes = current_layout().slot("notes")
        if corner is None:
            corner, width = notes.corner(anchor), width or notes.width - 2 * PLATE_BUFF
            align = "left"
        self.align = align
        self.text, self.corner, self.anchor = text, corner, anchor
        self.size, self.colour, self.width_of_lines = size, colour, width
        self.shown = ""
        self.set_z_index(Z)
        space.follow(np.zeros((1, space.dimension)), self, lambda _: self.refresh(), sign=True)

    def refresh(self) -> None:
        """Show the text as it is now; moves of space do this themselves."""
        text = self.text()
        if text != self.shown:
            self.shown = text
            label = numbered(text, self.size, self.colour, self.width_of_lines, self.align).set_z_index(self.z_index)
            for old in self.get_family()[1:]:
                old.reset_points()  # the play under way goes on drawing the label that it began with
            self.submobjects = [label]
        corner = self.corner() if callable(self.corner) else self.corner
        offset = corner - self.get_critical_point(self.anchor)
        if np.abs(offset).max() > 1e-9:
            self.shift(offset)


def basis_vectors(space: Space, length: float = 1.0) -> VGroup:
    """Return two arrows from the image of the origin to the images of (length, 0) and (0, length)."""
    inputs = length * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    arrows = VGroup(*(FlatArrow(np.zeros(3), RIGHT, colour) for colour in (style.FIRST_BASIS, style.SECOND_BASIS)))

    def draw(points: Array) -> None:
        for arrow, tip in zip(arrows, points[1:], strict=True):
            arrow.reach(points[0], tip)

    space.follow(inputs, arrows, draw)
    return arrows.set_z_index(5)


def circle_with_number(space: Space, loop: Loop) -> tuple[Polylines, LiveLabel]:
    """Add a loop around a point as a bright curve. Return it, and a live label that says how often the loop's image
    winds around the image of that point."""
    assert loop.around is not None
    inputs = np.vstack([loop.points, loop.around])

    def text() -> str:
        now = space.where(inputs)[:, :2]
        number = winding_number(now[:-1], now[-1])
        return f"ring winds around disk: {'?' if number is None else abs(number)}×"

    curve = space.add_lines(loop.points, style.HIGHLIGHT, width=6, closed=True).set_z_index(4)
    return curve, LiveLabel(space, text, colour=style.HIGHLIGHT)


def wrong_points(space: Space, network: Network, data: Dataset, radius: float = 2.1 * style.DOT_RADIUS) -> Dots:
    """Add a bright ring around every point that the network puts in the wrong class; return their mobject."""
    wrong = network.classify(data.points) != data.labels
    return space.add_dots(data.points[wrong], style.WRONG, "ring", radius=radius)


def hook(space: Space, network: Network, data: Dataset) -> tuple[Polylines, Dots, Dots]:
    """Add a triangle of points of the first class that holds a point of the second, in the plane after the hidden
    layers; return it and those points, larger than the others. No line separates the classes there.

    Raises UntangleError where no such triangle is known.
    """
    found = witnesses(network.represent(data.of_class(0)), network.represent(data.of_class(1)))
    if found is None:
        raise UntangleError("no triangle of points of one class that holds a point of the other is known there")
    triangle = space.add_lines(found.simplex, style.HIGHLIGHT, 5, closed=True, fixed=True).set_z_index(4)
    corners, held = (
        space.add_dots(data.of_class(k)[which], style.CLASS_COLOURS[k], style.CLASS_MARKERS[k], 0.17).set_z_index(5)
        for k, which in enumerate((list(found.corners), [found.held]))
    )
    return triangle, corners, held


def wrong_part(space: Space, centre: Array, wrong: WrongArcs) -> Polylines:
    """Add the parts of a circle around a centre (2,) that a network puts in the wrong class."""
    angles = [np.linspace(*arc, 201) for arc in wrong.arcs]
    points = centre + wrong.radius * np.column_stack([np.cos(np.concatenate(angles)), np.sin(np.concatenate(angles))])
    return space.add_lines(points, style.WRONG, 12, starts=201 * np.arange(len(angles))).set_z_index(6)


def tunnel_path(space: Space, found: Tunnel) -> tuple[Polylines, Polylines]:
    """Add the tunnel's way out as a glowing curve; return a wide faint stroke and a narrow bright one above it."""
    assert found.path is not None
    glow = space.add_lines(found.path, style.WRONG, width=16, opacity=0.3)
    core = space.add_lines(found.path, style.WRONG, width=4)
    return glow.set_z_index(5), core.set_z_index(5)


class LineProbe(Group):
    """The line normal . x + offset = 0 in the present representation of the data, the points that it gets wrong, and
    its score. Either side may be called class 1: the better naming counts.

    best: the best line that there is. right: share of the points that the line gets right where it is now, in [0, 1].
    """

    def __init__(self, space: Space, data: Dataset, name: str = "this line") -> None:
        """data: its points (N, d), d = 1 or 2, are taken where they are in space now."""
        self.points_now, self.labels = space.where(data.points)[:, : data.dimension], data.labels
        self.best = best_line(self.points_now, self.labels)
        self.view, self.right = space.view, 0.0
        self.line = Polylines(np.zeros((2, 3)), np.array([0]), color=style.ANSWER, stroke_width=5).set_z_index(4)
        self.wrong = Dots(np.zeros((0, 3)), radius=1.8 * style.DOT_RADIUS, color=style.WRONG, marker="ring")
        self.score = LiveLabel(space, lambda: f"{name}: {percent(self.right)} right", size=style.CAPTION_SIZE)
        space.forget(self.score)  # it changes with the line, not with space
        for mobject in (self.line, self.wrong):
            space.clip(mobject)
        super().__init__(self.line, self.wrong.set_z_index(5), self.score)

    def place(self, normal: Array, offset: float) -> LineProbe:
        """Put the line in another place: normal (d,), offset a number."""
        signed = self.points_now @ normal + offset
        correct = (signed > 0) == (self.labels == 1)
        correct = correct if correct.mean() >= 0.5 else ~correct
        self.right = float(correct.mean())
        self.wrong.set_centres(self.view.project(self.points_now[~correct]))
        scores = class_scores(Dense(normal[None], np.array([offset])))
        self.line.set_samples(self.view.project(line_ends(scores, 0 * normal, REACH, CUT_HALF)))
        self.score.refresh()
        return self


class MoveLineProbe(RedrawnAnimation):
    """Lead a line through places (K, d + 1), at even times; a place is the line's normal and its offset."""

    def __init__(self, probe: LineProbe, places: Array, **kwargs: Any) -> None:
        self.probe, self.places = probe, places
        super().__init__(probe, rate_func=linear, **kwargs)

    def show(self, share: float) -> None:
        when = share * (len(self.places) - 1)
        row = [np.interp(when, np.arange(len(self.places)), column) for column in self.places.T]
        self.probe.place(np.array(row[:-1]), float(row[-1]))
