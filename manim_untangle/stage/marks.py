"""What several films draw into a space: basis vectors, a loop with its winding number, wrong points, a tunnel."""

from __future__ import annotations

import numpy as np
from manim import UL, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.shapes import FlatArrow
from manim_untangle.stage.live_label import LiveLabel
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.certificates.tunnel import Tunnel
from netlib.certificates.winding import winding_number
from netlib.datasets import Dataset, Loop
from netlib.network import Network

LABEL_CORNER = np.array([-6.75, 2.75, 0.0])  # upper left corner of a live label, below the formula


def basis_vectors(space: Space, length: float = 1.0) -> VGroup:
    """Return two arrows from the image of the origin to the images of (length, 0) and (0, length)."""
    inputs = length * np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    arrows = VGroup(
        *(FlatArrow(np.zeros(3), np.array([1.0, 0, 0]), colour) for colour in (style.FIRST_BASIS, style.SECOND_BASIS))
    )

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

    curve = space.add_curve(loop.points, style.HIGHLIGHT, width=6, closed=True).set_z_index(4)
    return curve, LiveLabel(space, text, LABEL_CORNER, UL, colour=style.HIGHLIGHT)


def wrong_points(space: Space, network: Network, data: Dataset, radius: float = 2.1 * style.DOT_RADIUS) -> Dots:
    """Add a bright ring around every point that the network puts in the wrong class; return their mobject."""
    wrong = network.classify(data.points) != data.labels
    return space.add_dots(data.points[wrong], style.WRONG, "ring", radius=radius)


def tunnel_path(space: Space, found: Tunnel) -> tuple[Polylines, Polylines]:
    """Add the tunnel's way out as a glowing curve; return a wide faint stroke and a narrow bright one above it."""
    assert found.path is not None
    glow = space.add_lines(found.path, np.array([0]), style.WRONG, width=16, opacity=0.3)
    core = space.add_lines(found.path, np.array([0]), style.WRONG, width=4)
    return glow.set_z_index(5), core.set_z_index(5)
