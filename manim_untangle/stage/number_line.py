"""An input of one number: its line with marks at even steps, and how the line lay before, for comparison."""

from __future__ import annotations

import numpy as np
from manim import UP, Group

from manim_untangle.draw import style
from manim_untangle.draw.batched import Dots, Polylines
from manim_untangle.stage.space import GRID_STEP, LINE_HALF, Space
from netlib.activations import Array
from netlib.datasets import Dataset

SAMPLES = 481
LIFT = 1.7 * UP
RADIUS = 0.1  # of the data's markers: there is room on a line


def number_line(space: Space) -> Group:
    """Add the line [-LINE_HALF, LINE_HALF] of a space of one dimension, with a mark at every GRID_STEP."""
    line = space.add_curve(np.linspace(-LINE_HALF, LINE_HALF, SAMPLES)[:, None], style.GRID, 4)
    steps = np.arange(-LINE_HALF, LINE_HALF + GRID_STEP / 2, GRID_STEP)[:, None]
    return Group(line, space.add_dots(steps, style.GRID, "disk", radius=0.05))


def line_before(space: Space, data: Dataset) -> Group:
    """Return a copy of the data as it lay before any move, above and at the same scale, and a thread from each of its
    points to where the point is now. Threads that do not cross show that the order is kept."""
    threads = Polylines(np.zeros((2 * len(data.points), 3)), 2 * np.arange(len(data.points)), color=style.FAINT_INK)
    threads.set_stroke(width=1.5, opacity=0.6)
    classes = [
        Dots(np.zeros((1, 3)), radius=RADIUS, color=style.CLASS_COLOURS[k], marker=style.CLASS_MARKERS[k])
        for k in range(data.classes)
    ]

    def before(points: Array) -> Array:
        return space.view.project(points) + LIFT

    def stretch(points: Array) -> None:
        threads.set_samples(np.stack([before(data.points), points], axis=1).reshape(-1, 3))
        for k, dots in enumerate(classes):
            dots.set_centres(before(data.of_class(k)))

    copy = Group(threads, *(dots.set_z_index(3) for dots in classes))
    space.follow(data.points, copy, stretch)
    return copy
