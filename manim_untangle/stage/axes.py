"""The names of the axes of a space, at its edge or at the edges of the cube of three neurons."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.text import plated, words
from manim_untangle.stage.layout import Box
from manim_untangle.stage.space import LEANT, Space
from netlib.activations import Array

EDGE = 0.12  # scene units from a name to where space ends
PLATE, PLATED = 0.07, 0.82  # scene units around a name, and the opacity there
Z = 8  # of names: over all that moves, and below the signs around the picture
FADED = 0.3  # the share of a move in which names go, and in which others come at its end
BEHIND = -1.0  # how far nearer to the viewer than the middle of the cube an end is whose name goes
BESIDE, ROOM = 0.25, 0.1  # scene units from a corner of the cube to a name, and by which a name is moved at most
KINDS = ("input", "neuron")


class AxisNames(VGroup):
    """The names of both axes of the plane: "input" until the first layer begins, "neuron" where one has its numbers.

    On the way through a layer's W nothing has a name, nor has a line of inputs, nor a space that is seen from the side.
    """

    def __init__(self, space: Space) -> None:
        self.space, box = space, _place_of_names(space)
        self.of_kind = {kind: VGroup(_named(f"{kind} 1 →"), _named(f"↑ {kind} 2")) for kind in KINDS}
        for across, upright in self.of_kind.values():
            across.move_to(box.corner(DOWN + RIGHT), aligned_edge=DOWN + RIGHT)
            upright.move_to(box.corner(UP + LEFT), aligned_edge=UP + LEFT)
        super().__init__(*self.of_kind.values())
        self.set_z_index(Z)
        space.follow(np.zeros((1, space.dimension)), self, lambda _: self._draw(), fixed=True)

    def _draw(self) -> None:
        """Show the names of this moment."""
        time = self.space.time
        before, after = self._kind(int(np.floor(time))), self._kind(int(np.ceil(time)))
        kind, share = (before, time % 1) if time % 1 < 0.5 else (after, 1 - time % 1)
        shown = 1.0 if before == after else max(0.0, 1 - share / FADED)
        shown *= max(0.0, 1 - abs(self.space.view.tilt) / LEANT)
        for each, names in self.of_kind.items():
            for name in names:
                _show(name, shown if each == kind else 0.0)

    def _kind(self, moves: int) -> str:
        """Return what an axis stands for after so many moves; '' for nothing that has a name."""
        done = self.space.trajectory.moves
        if done and done[0].part == "learn":
            return "neuron"
        if not moves:
            return "input" if self.space.dimension == 2 else ""
        move = done[moves - 1]
        return "neuron" if move.ambient == 2 and move.part != "stretch" else ""


class CubeNames(VGroup):
    """The names of three neurons at the edges of the cube [-1, 1]^3 that meet in one of its corners.

    corner: (3,) of signs. Each name stands beside the other end of an edge; it goes where that end is behind
    the cube, and where space has no room for it.
    """

    def __init__(self, space: Space, corner: Array) -> None:
        ends = corner - 2 * np.diag(corner)
        super().__init__(*(_named(f"neuron {k}") for k in (1, 2, 3)))
        self.set_z_index(Z)
        box = _place_of_names(space)

        def draw(points: Array) -> None:
            near = space.view.axes(ends)[:, 2]
            for name, end, opacity in zip(self, points[1:], np.clip((near - BEHIND) / 0.3, 0, 1), strict=True):
                away = (end - points[0]) / max(float(np.linalg.norm(end - points[0])), 1e-9)
                half = np.array([name.width, name.height]) / 2
                place = end[:2] + away[:2] * (half + BESIDE)
                low, high = np.array([box.left, box.bottom]) + half, np.array([box.right, box.top]) - half
                within = np.clip(place, low, high)
                room = max(0.0, 1 - float(np.abs(within - place).max()) / ROOM)
                _show(name.move_to((*within, 0)), room * opacity)

        space.follow(np.vstack([np.zeros(3), ends]), self, draw, fixed=True)


def _place_of_names(space: Space) -> Box:
    """Return the box within which names stand: that of the space, or of the frame where it has no edge."""
    return (Box(*space.edge) if space.edge else space.layout.frame).inset(EDGE)


def _named(text: str) -> VGroup:
    return plated(words(text, style.LABEL_SIZE, style.FAINT_INK), PLATED, PLATE)


def _show(name: Any, opacity: float) -> None:
    plate, text = name
    if plate.get_fill_opacity() == PLATED * opacity:
        return
    plate.set_fill(opacity=PLATED * opacity)
    text.set_fill(opacity=opacity).set_stroke(opacity=opacity)
