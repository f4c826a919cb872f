"""What says where and how large things are at any zoom: a ghost grid of the plane, a cube in space, a scale bar."""

from __future__ import annotations

import itertools

import numpy as np
from manim import DL, Group, ManimColor

from manim_untangle.draw import style
from manim_untangle.draw.batched import Polylines
from manim_untangle.stage.live_label import LiveLabel
from manim_untangle.stage.space import Space
from netlib.activations import Array

FINEST = 0.5  # scene units between the lines of the ghost grid, at least
CUBE_HALF = 1.5  # scene units
BAR_LONGEST = 1.3
CORNER = np.array([-style.FRAME_HALF[0] + style.MARGIN + 0.1, -2.45, 0.0])


def ghost_grid(space: Space) -> Polylines:
    """Add the lines of the plane that no move carries, at whole powers of ten; finer ones fade in as the view nears.

    Where the view leans back into space they fade out.
    """
    lines = Polylines(np.zeros((0, 3)), np.zeros(0, dtype=np.int64), color=style.GHOST, stroke_width=1.0)

    def draw(_: Array) -> None:
        view = space.view
        exponent = int(np.ceil(np.log10(FINEST / view.unit)))
        fine, step = np.log10(view.unit * 10.0**exponent / FINEST), 10.0**exponent
        ends, shares = [], []
        for axis, reach in enumerate(style.FRAME_HALF):
            count = int((reach + 0.5) / (view.unit * step))
            for k in range(-count, count + 1):
                ends.append(_across(axis, k * step * view.unit, view.centre))
                shares += [1.0 if k % 10 == 0 else fine] * 2
        flat = max(0.0, 1 - abs(view.tilt) / 0.3)
        colour = np.append(ManimColor(style.GHOST).to_rgb(), flat)
        lines.set_rgbas(None).set_samples(np.vstack(ends), np.arange(0, 2 * len(ends), 2))
        lines.set_rgbas(colour * np.column_stack([np.ones((len(shares), 3)), np.clip(shares, 0, 1)]))

    space.follow(np.zeros((1, space.dimension)), lines, draw, fixed=True)
    return lines.set_z_index(-1)


def frame_cube(space: Space) -> Polylines:
    """Add a cube around the origin of space that turns with it and keeps its size on screen: it shows directions.

    It is seen where the view leans back into space.
    """
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
    pairs = [(a, b) for a, b in itertools.combinations(corners, 2) if np.abs(a - b).sum() == 2]
    edges = CUBE_HALF * np.array(pairs).reshape(-1, 3)
    cube = Polylines(np.zeros((24, 3)), 2 * np.arange(12), color=style.GHOST, stroke_width=1.5)

    def draw(_: Array) -> None:
        cube.set_samples(space.view.project(edges / space.view.unit))
        cube.set_stroke(opacity=float(np.clip(space.view.tilt / 0.3, 0, 1)))

    space.follow(np.zeros((1, space.dimension)), cube, draw, fixed=True)
    return cube.set_z_index(-1)


def measuring_bar(space: Space) -> Group:
    """Add a bar at the lower left, 1, 2 or 5 times a power of ten long, with its length: it follows every zoom."""
    bar = Polylines(np.zeros((6, 3)), np.array([0, 2, 4]), color=style.INK, stroke_width=4).set_z_index(12)

    def draw(_: Array) -> None:
        right = CORNER + bar_length(space.view.unit) * space.view.unit * np.array([1.0, 0, 0])
        tick = np.array([0, 0.08, 0])
        bar.set_samples(np.array([CORNER, right, CORNER - tick, CORNER + tick, right - tick, right + tick]))

    space.follow(np.zeros((1, space.dimension)), bar, draw, fixed=True)
    label = LiveLabel(space, lambda: number(bar_length(space.view.unit)), CORNER + np.array([0, 0.12, 0]), DL)
    return Group(bar, label)


def bar_length(unit: float) -> float:
    """Return the longest of 1, 2, 5 times a power of ten that is drawn no longer than BAR_LONGEST."""
    longest = BAR_LONGEST / unit
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(k * power for k in (1, 2, 5) if k * power <= longest * (1 + 1e-9)))


def number(value: float) -> str:
    """Return a number as a student writes it: 2,000,000, 0.05; beyond a billion with its power of ten."""
    if value != 0 and not 1e-6 <= abs(value) < 1e10:
        return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return f"{value:,.6f}".rstrip("0").rstrip(".")


def _across(axis: int, at: float, centre: tuple[float, float]) -> Array:
    """A line across the screen where the coordinate `axis` is drawn `at` scene units from the origin."""
    ends = np.zeros((2, 3))
    ends[:, axis] = centre[axis] + at
    ends[:, 1 - axis] = (-style.FRAME_HALF[1 - axis] - 1, style.FRAME_HALF[1 - axis] + 1)
    return ends
