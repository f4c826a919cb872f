"""Small multiples: several spaces side by side, each in its own square of the frame, all drawn at one scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from manim import Group, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.text import words
from manim_untangle.stage.animations import ApplyMove
from manim_untangle.stage.layout import current_layout
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.motion.moves import Move


class SmallMultiple(Group):
    """A space in a square of the frame.

    middle: scene point (2,) of the square's middle. half: half its side, in scene units. kept: inputs (N, 2) whose
    images fill the square. space: what the film adds its data and lines to.
    """

    def __init__(self, middle: tuple[float, float], half: float, kept: Array, unit: float = 1.0) -> None:
        """unit: scene units for one unit of space, until the first move."""
        self.middle, self.half, self.kept = np.array(middle), half, kept
        self.space = Space(View(unit=unit, centre=middle), grid=False)
        super().__init__(self.space)

    def kept_points(self, move: Move | None = None) -> Array:
        """Return where the kept points (N, 2) are in space, after a move if given."""
        points = self.space.where(self.kept)
        return points if move is None else move.at(points, 1)[:, :2]

    def view(self, unit: float, move: Move | None = None) -> View:
        """Return the view of that unit in which the kept points, after a move if given, have the square's middle."""
        points = self.kept_points(move)
        x, y = self.middle - unit * (points.min(axis=0) + points.max(axis=0)) / 2
        return replace(self.space.view, unit=unit, centre=(float(x), float(y)))

    def line(self, normal: Array, offset: float) -> Polylines:
        """Add the line normal . x + offset = 0 of the present representation, cut off where the square ends."""
        view = self.space.view
        ends = line_in_square(normal, offset, self.half / view.unit, (self.middle - view.centre) / view.unit)
        return self.space.add_lines(ends, style.ANSWER, width=4, fixed=True).set_z_index(4)

    def note(self, text: str, below: float, colour: str = style.INK) -> VGroup:
        """Return words under the square, that many scene units below its edge."""
        x, y = self.middle - (0, self.half + below)
        return words(text, style.LABEL_SIZE, colour).move_to((x, y, 0))


def column_middles(count: int, y: float, margin: float = 0.0) -> list[tuple[float, float]]:
    """Return the middles of equal columns across the frame, at height y. margin: scene units free at either side."""
    half = current_layout().frame.half[0] - margin
    return [(half * ((2 * k + 1) / count - 1), y) for k in range(count)]


def common_unit(
    multiples: Sequence[SmallMultiple], moves: Sequence[Move] | None = None, largest: float = math.inf
) -> float:
    """Return the largest unit, up to `largest`, at which the kept points of each fit its square, after its move."""
    after: Sequence[Move | None] = moves or [None] * len(multiples)
    pairs = zip(multiples, after, strict=True)
    return min(largest, *(float(2 * each.half / np.ptp(each.kept_points(move), axis=0).max()) for each, move in pairs))


def apply_side_by_side(
    multiples: Sequence[SmallMultiple],
    moves: Sequence[Move],
    largest: float = math.inf,
    run_time: float = style.MOVE_SECONDS,
) -> list[ApplyMove]:
    """Return the animations that carry each space along its move and all to one unit, up to `largest`."""
    unit = common_unit(multiples, moves, largest)
    return [
        ApplyMove(each.space, move, each.view(unit, move), run_time=run_time)
        for each, move in zip(multiples, moves, strict=True)
    ]


def line_in_square(normal: Array, offset: float, half: float, middle: Array | None = None) -> Array:
    """Return the ends (2, 2) of the part of the line normal . x + offset = 0 that lies in the square of half side
    `half` around `middle` (2,), by default zero. The line must cross the square."""
    foot, along = -offset * normal / (normal @ normal), np.array([-normal[1], normal[0]]) / np.linalg.norm(normal)
    from_foot = -foot if middle is None else middle - foot
    # foot + s along lies in the square where both of its coordinates are within `half` of the middle's
    with np.errstate(divide="ignore"):
        bounds = np.sort([(from_foot - half) / along, (from_foot + half) / along], axis=0)
    return np.asarray(foot + np.outer([bounds[0].max(), bounds[1].min()], along))
