"""Scale bar: how long one unit of space is drawn, so that no zoom is silent."""

from __future__ import annotations

import numpy as np
from manim import DOWN, RIGHT, UP, Line, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.text import plated, words
from manim_untangle.stage.space import Space

Z = 12
LEVEL = -2.35  # above the captions


def scale_bar(space: Space, length: float = 1.0, level: float = LEVEL) -> VGroup:
    """Return a bar, `length` units of space long, at the lower left above the captions; it changes with the view."""
    corner = np.array([-style.FRAME_HALF[0] + style.MARGIN + 0.1, level, 0])
    width = length * space.view.unit
    end = corner + width * RIGHT
    bar = Line(corner, end, stroke_width=4, color=style.INK)
    ends = [Line(at + 0.07 * DOWN, at + 0.07 * UP, stroke_width=4, color=style.INK) for at in (corner, end)]
    label = words(f"{length:g}", style.LABEL_SIZE).next_to(bar, UP, buff=0.1)
    plate = plated(VGroup(bar, *ends, label), opacity=0.7)[0]
    group = VGroup(plate, bar, *ends, label).set_z_index(Z)
    # each point moves to the right by a share of what the bar grows by
    moved = [(each, each.points.copy(), _along(each.points, corner, width)) for each in (plate, bar, *ends)]
    moved += [(each, each.points.copy(), 0.5) for each in label.family_members_with_points()]

    def draw(_: np.ndarray) -> None:
        grown = length * space.view.unit - width
        for mobject, points, share in moved:
            mobject.points = points + share * grown * RIGHT

    space.follow(np.zeros((1, space.dimension)), group, draw)
    return group


def _along(points: np.ndarray, corner: np.ndarray, width: float) -> np.ndarray:
    """How far along the bar points (N, 3) are, from 0 to 1, as (N, 1); what is beyond its ends goes with them."""
    return np.clip((points[:, :1] - corner[0]) / width, 0.0, 1.0)
