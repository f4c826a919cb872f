"""Scale bar: how long one unit of space, or a round number of them, is drawn, so that no zoom is silent."""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, UP, Group, RoundedRectangle

from manim_untangle.draw import style
from manim_untangle.draw.polylines import Polylines
from manim_untangle.stage.live_label import LiveLabel
from manim_untangle.stage.space import Space
from netlib.activations import Array

Z = 12
LEVEL = -2.35  # above the captions
LONGEST = 1.3  # scene units: of a bar whose length is chosen for the zoom
TICK = np.array([0.0, 0.07, 0.0])
GAP, HEIGHT = 0.14, 0.7


def scale_bar(space: Space, length: float | None = 1.0, level: float = LEVEL) -> Group:
    """Return a bar with its length at the lower left, above the captions; it changes with the view.

    length: in units of space; None for 1, 2 or 5 times a power of ten, whichever is drawn no longer than LONGEST.
    """
    left = np.array([-style.FRAME_HALF[0] + style.MARGIN + 0.1, level, 0])
    bar = Polylines(np.zeros((6, 3)), np.array([0, 2, 4]), color=style.INK, stroke_width=4)
    plate = RoundedRectangle(0.1, width=1, height=HEIGHT, stroke_width=0, fill_color=style.BACKGROUND, fill_opacity=0.7)

    def units() -> float:
        return length if length is not None else bar_length(space.view.unit)

    def right() -> Array:
        return left + units() * space.view.unit * RIGHT

    label = LiveLabel(space, lambda: number(units()), lambda: (left + right()) / 2 + 0.02 * UP, DOWN)
    space.forget(label)  # it is drawn with the bar, which it stands above

    def draw(_: Array) -> None:
        start, end = left, right()
        bar.set_samples(np.array([start, end, start - TICK, start + TICK, end - TICK, end + TICK]))
        label.refresh()
        plate.stretch_to_fit_width(max(end[0] - start[0], label.width) + 2 * GAP)
        plate.move_to((start + end) / 2 + (HEIGHT / 2 - GAP) * UP)

    sign = Group(plate, bar, label).set_z_index(Z)
    return space.follow(np.zeros((1, space.dimension)), sign, draw, fixed=True)


def bar_length(unit: float) -> float:
    """Return the longest of 1, 2, 5 times a power of ten that is drawn no longer than LONGEST; unit: scene units."""
    longest = LONGEST / unit
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(k * power for k in (1, 2, 5) if k * power <= longest * (1 + 1e-9)))


def number(value: float) -> str:
    """Return a number as a student writes it: 2,000,000, 0.05; beyond a billion with its power of ten."""
    if value != 0 and not 1e-6 <= abs(value) < 1e10:
        return f"{value:.0e}".replace("e+0", "e").replace("e-0", "e-").replace("e+", "e")
    return f"{value:,.6f}".rstrip("0").rstrip(".")
