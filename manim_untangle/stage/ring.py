"""What is drawn about a ring around a disk: its circle with the winding number, wrong points, witnesses, tunnel."""

from __future__ import annotations

import numpy as np
from manim import UL, Polygon, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.batched import Dots, Polylines
from manim_untangle.stage.live_label import LiveLabel
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.certificates.tunnel import Tunnel
from netlib.certificates.winding import winding_number
from netlib.datasets import Dataset, Loop
from netlib.network import Network

LIVE_CORNER = np.array([-6.75, 2.75, 0.0])


def circle_with_number(space: Space, loop: Loop) -> tuple[Polylines, LiveLabel]:
    """Add a loop around a point as a bright curve; return it and a live label of how often it winds around."""
    curve = space.add_curve(loop.points, style.HIGHLIGHT, width=6, closed=True).set_z_index(4)
    return curve, winding_label(space, loop)


def winding_label(space: Space, loop: Loop) -> LiveLabel:
    """Return a live label: how often the loop's image winds around the image of the point that it is around."""
    assert loop.around is not None
    inputs = np.vstack([loop.points, loop.around])

    def text() -> str:
        now = space.where(inputs)[:, :2]
        number = winding_number(now[:-1], now[-1])
        return f"ring winds around disk: {'?' if number is None else abs(number)}×"

    return LiveLabel(space, text, LIVE_CORNER, UL, colour=style.HIGHLIGHT)


def wrong_points(space: Space, network: Network, data: Dataset) -> Dots:
    """Return a bright ring around every point that the network puts in the wrong class."""
    wrong = network.classify(data.points) != data.labels
    return space.add_dots(data.points[wrong], style.WRONG, "ring", radius=2.1 * style.DOT_RADIUS)


def witness_triangle(space: Space, corners: Array, inside: Array) -> VGroup:
    """Return a triangle on three input points (3, 2) of the ring, and a mark on the disk's point (2,) inside it."""
    triangle = Polygon(*np.zeros((3, 3)), stroke_color=style.HIGHLIGHT, stroke_width=4, fill_opacity=0.12)
    triangle.set_fill(style.HIGHLIGHT, opacity=0.15)
    marks = Dots(np.zeros((4, 3)), radius=2.2 * style.DOT_RADIUS, color=style.HIGHLIGHT, marker="ring")

    def draw(points: Array) -> None:
        triangle.set_points_as_corners(points[[0, 1, 2, 0]])
        marks.set_centres(points)

    group = VGroup(triangle, marks)
    space.follow(np.vstack([corners, inside]), group, draw)
    return group.set_z_index(6)


def tunnel_path(space: Space, found: Tunnel) -> tuple[Polylines, Polylines]:
    """Return the tunnel's way out as a glowing curve: a wide faint stroke below a narrow bright one."""
    assert found.path is not None
    glow = space.add_lines(found.path, np.array([0]), style.WRONG, width=16, opacity=0.3)
    core = space.add_lines(found.path, np.array([0]), style.WRONG, width=4)
    return glow.set_z_index(5), core.set_z_index(5)


def narrowest_mark(space: Space, found: Tunnel) -> Polylines:
    """Return a bar across the tunnel at its narrowest place, from the boundary to the boundary; it bends with space."""
    assert found.narrowest is not None
    bar = space.add_straight(found.narrowest.across[None], style.HIGHLIGHT, width=7)
    return bar.set_z_index(6)
