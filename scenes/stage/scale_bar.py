"""Scale bar: how long one unit of space is drawn, so that no zoom is silent."""

from __future__ import annotations

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Line, VGroup

from scenes.stage import style
from scenes.stage.space import Space
from scenes.stage.words import plated, words

Z = 12
LEVEL = -2.35  # above the captions


def scale_bar(space: Space, length: float = 1.0, level: float = LEVEL) -> VGroup:
    """Return a bar, `length` units of space long, at the lower left above the captions; it changes with the view."""
    bar = Line(LEFT, RIGHT, stroke_width=4, color=style.INK)
    ends = VGroup(*(Line(0.07 * DOWN, 0.07 * UP, stroke_width=4, color=style.INK) for _ in range(2)))
    label = words(f"{length:g}", style.LABEL_SIZE)
    drawn = VGroup(bar, ends, label)
    corner = np.array([-style.FRAME_HALF[0] + style.MARGIN + 0.1, level, 0])
    plate = plated(VGroup(bar, ends, label), opacity=0.7)[0]
    group = VGroup(plate, drawn)

    def draw(_: np.ndarray) -> None:
        width = length * space.view.unit
        bar.put_start_and_end_on(corner, corner + width * RIGHT)
        ends[0].move_to(corner)
        ends[1].move_to(corner + width * RIGHT)
        label.next_to(bar, UP, buff=0.1)
        plate.stretch_to_fit_width(drawn.width + 0.28).stretch_to_fit_height(drawn.height + 0.24).move_to(drawn)

    space.follow(np.zeros((1, space.dimension)), group, draw)
    return group.set_z_index(Z)
