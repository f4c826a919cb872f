"""Directions through zero and what W does to them: spokes, whole lines, and the matrix with its eigenvalues."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, UP, Group, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.batched import Polylines
from manim_untangle.draw.text import plated, words
from manim_untangle.stage.formula import matrix_formula
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.certificates.directions import discriminant, eigen_directions
from netlib.errors import UntangleError
from netlib.motion.moves import Move
from netlib.network import Layer

SPOKES = 16
LINE_HALF = 4.0  # of a line through zero: beyond the frame


def straight(layer: Layer) -> Move:
    """Return W as the straight way from the identity, on which every eigen-line stays where it is all the time.

    It collapses nothing as long as no eigenvalue is negative or zero; raises UntangleError where one is.
    """
    values = np.linalg.eigvals(layer.weight)
    if (np.isreal(values) & (values.real <= 0)).any():
        raise UntangleError("the straight way to this W collapses space; take its polar decomposition")

    def matrix(t: float) -> Array:
        return np.asarray((1 - t) * np.eye(layer.inputs) + t * layer.weight)

    return Move("W", "stretch+rotate", 2, 2, lambda points, t: points @ matrix(t).T, matrix)


def spokes(space: Space) -> Group:
    """Add directions from zero as thin lines to the unit circle, and a ghost of them that no move carries."""
    angles = np.linspace(0, 2 * np.pi, SPOKES, endpoint=False)
    tips = np.column_stack([np.cos(angles), np.sin(angles)])
    ends = np.stack([0 * tips, tips], axis=1).reshape(-1, 2)
    starts = 2 * np.arange(SPOKES)
    ghost = Polylines(np.zeros((len(ends), 3)), starts, color=style.FAINT_INK, stroke_width=1.5, stroke_opacity=0.5)
    space.follow(ends, ghost, ghost.set_samples, fixed=True)
    moving = space.add_lines(ends, starts, style.INK, 2.5)
    tipped = space.add_dots(tips, style.INK, "disk", radius=0.07)
    return Group(ghost.set_z_index(1), moving.set_z_index(2), tipped.set_z_index(2))


def lines_through_zero(space: Space, directions: Array, colour: str, half: float = LINE_HALF) -> Group:
    """Add a line along each of directions (L, 2), with marks at one unit to each side, and thin
    lines where they were."""
    share = np.linspace(-half, half, 401)
    samples = (share[:, None] * directions[:, None]).reshape(-1, 2)
    lines = space.add_lines(samples, len(share) * np.arange(len(directions)), colour, 5)
    marks = space.add_dots(np.vstack([directions, -directions]), colour, "disk", radius=0.12)
    ends = np.stack([-half * directions, half * directions], axis=1).reshape(-1, 2)
    ghost = Polylines(np.zeros((len(ends), 3)), 2 * np.arange(len(directions)), color=colour, stroke_width=2)
    space.follow(ends, ghost.set_stroke(opacity=0.6), ghost.set_samples, fixed=True)
    return Group(ghost.set_z_index(1), lines.set_z_index(3), marks.set_z_index(4))


def matrix_card(layer: Layer) -> VGroup:
    """Return W in numbers, and below its real eigenvalues or that it has none, in the upper left corner."""
    if discriminant(layer.weight) > 0:
        text = "eigenvalues " + ", ".join(f"{value:.2f}" for value in eigen_directions(layer.weight)[0])
    else:
        text = "no real eigenvalues"
    shown = matrix_formula("W", layer.weight, size=40)
    below = plated(words(text, style.LABEL_SIZE, style.PROBE)).next_to(shown, DOWN, buff=0.05, aligned_edge=LEFT)
    return VGroup(shown, below).to_corner(UP + LEFT, buff=style.MARGIN).set_z_index(12)
