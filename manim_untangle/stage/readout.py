"""The readout: a straight line or plane in the last representation, and its preimage in the input plane."""

from __future__ import annotations

import numpy as np
from contourpy import LineType, contour_generator
from manim import Polygon

from manim_untangle.draw import style
from manim_untangle.draw.batched import Polylines
from manim_untangle.stage.space import GRID_HALF, LINE_HALF, Space
from netlib.activations import Array
from netlib.network import Network

REACH = 12.0  # how far the line is drawn, in units of space: beyond the frame at every zoom


def separating_line(space: Space, network: Network) -> Polylines:
    """Return the line w . h + c = 0 of a readout (1, 2) as a fixed part of space, through its point nearest 0."""
    weight, bias = network.readout.weight[0], float(network.readout.bias[0])
    foot = -bias * weight / (weight @ weight)
    along = np.array([-weight[1], weight[0]]) / np.linalg.norm(weight)
    ends = np.vstack([foot - REACH * along, foot + REACH * along])
    line = Polylines(np.zeros((2, 3)), np.array([0]), color=style.READOUT, stroke_width=5)
    space.follow(ends, line, line.set_samples, fixed=True)
    return line.set_z_index(4)


def cuts(space: Space, network: Network, samples: int = 6001, half: float = 0.2) -> Polylines:
    """Return where the output is zero on the input line, as short bars across the line that every move carries along:
    the preimage of the readout's cut or line. Zeros of the polygon through samples of the line; bars in scene units."""
    x = np.linspace(-LINE_HALF, LINE_HALF, samples)
    values = network(x[:, None])[:, 0]
    k = np.flatnonzero(np.signbit(values[:-1]) != np.signbit(values[1:]))
    zeros = x[k] - values[k] * (x[k + 1] - x[k]) / (values[k + 1] - values[k])
    bars = Polylines(np.zeros((2 * len(k), 3)), 2 * np.arange(len(k)), color=style.READOUT, stroke_width=6)

    def draw(points: Array) -> None:
        before, after = points[::2], points[1::2]
        along = (after - before) / np.maximum(np.linalg.norm(after - before, axis=1, keepdims=True), 1e-12)
        across = half * np.column_stack([-along[:, 1], along[:, 0], 0 * along[:, 0]])
        middle = (before + after) / 2
        bars.set_samples(np.stack([middle - across, middle + across], axis=1).reshape(-1, 3))

    space.follow(np.stack([zeros - 1e-4, zeros + 1e-4], axis=1).reshape(-1, 1), bars, draw)
    return bars.set_z_index(5)


def separating_plane(space: Space, network: Network, half: float = 1.25) -> Polygon:
    """Return a square patch of the plane w . h + c = 0 of a readout (1, 3), centred near the data's middle."""
    weight, bias = network.readout.weight[0], float(network.readout.bias[0])
    normal = weight / np.linalg.norm(weight)
    foot = -bias * normal / np.linalg.norm(weight)
    first = np.cross(normal, [0.0, 1.0, 0.0] if abs(normal[1]) < 0.9 else [1.0, 0.0, 0.0])
    first /= np.linalg.norm(first)
    second = np.cross(normal, first)
    corners = [foot + half * (i * first + j * second) for i, j in ((1, 1), (-1, 1), (-1, -1), (1, -1))]
    patch = Polygon(
        *np.zeros((4, 3)), stroke_color=style.READOUT, stroke_width=2, fill_color=style.READOUT, fill_opacity=0.22
    )
    space.follow(np.array(corners), patch, lambda p: patch.set_points_as_corners(np.vstack([p, p[:1]])), fixed=True)
    return patch.set_z_index(4)


def boundary(space: Space, network: Network, samples: int = 601) -> Polylines:
    """Return where the network's output is zero in the input plane, as curves that every move carries along: the
    preimage of the readout's line. Contour on a grid of samples^2 points over the grid of space."""
    x, y, values = _values(network, samples)
    curves = contour_generator(x, y, values, line_type=LineType.Separate).lines(0.0)
    kept = [curve for curve in curves if len(curve) > 1]
    starts = np.cumsum([0, *(len(curve) for curve in kept)])[:-1]
    points = np.vstack(kept) if kept else np.zeros((0, 2))
    return space.add_lines(points, starts, style.READOUT, width=4).set_z_index(4)


def regions(
    network: Network, label: int, half: tuple[float, float] = GRID_HALF, samples: int = 401
) -> list[list[Array]]:
    """Return the region of the box [-half, half] that the network calls by a label of 0 or 1, as polygons: for each
    its outer ring, then its holes, (M, 2) each."""
    x, y, values = _values(network, samples, half)
    generator = contour_generator(x, y, values if label == 1 else -values, fill_type="OuterOffset")
    points, offsets = generator.filled(0.0, np.inf)
    return [
        [ring for ring in np.split(polygon, rings[1:-1]) if len(ring) > 2]
        for polygon, rings in zip(points, offsets, strict=True)
    ]


def _values(network: Network, samples: int, half: tuple[float, float] = GRID_HALF) -> tuple[Array, Array, Array]:
    x, y = (np.linspace(-h, h, samples) for h in half)
    points = np.column_stack([a.ravel() for a in np.meshgrid(x, y)])
    return x, y, network(points)[:, 0].reshape(samples, samples)
