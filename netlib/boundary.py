"""Where a network's answer changes among its inputs: points of a line, curves and regions of the plane."""

from __future__ import annotations

import numpy as np
from contourpy import FillType, LineType, contour_generator

from netlib.activations import Array
from netlib.network import Network

MOST_WORK = 1e10  # multiplications for one boundary
NODES = (61, 601)  # along a side of the grid: the fewest, and the most


def boundary_curves(network: Network, half: tuple[float, ...], nodes: int | None = None) -> list[Array]:
    """Return the curves (M, 2) within the box [-half, half] of a plane of inputs at which the network's answer changes.

    Contours on a grid with so many nodes a side, by default as many as the network's size allows; a detail smaller than
    its step is missed.
    """
    x, y, scores = _on_grid(network, half, nodes or nodes_for(network))
    curves = list[Array]()
    for lead in leads(scores):
        found = contour_generator(x, y, lead, line_type=LineType.Separate).lines(0.0)
        curves += [np.asarray(curve, dtype=np.float64) for curve in found if len(curve) > 1]
    return curves


def boundary_points(network: Network, half: float, samples: int | None = None) -> Array:
    """Return the inputs (M,) within [-half, half] of a line at which the answer changes: zeros of the polygon through
    evenly spaced samples."""
    x = np.linspace(-half, half, samples or 10 * nodes_for(network) - 9)
    zeros = list[float]()
    for lead in leads(network.scores(x[:, None])):
        k = np.flatnonzero(np.signbit(lead[:-1]) != np.signbit(lead[1:]))
        zeros += (x[k] - lead[k] * (x[k + 1] - x[k]) / (lead[k + 1] - lead[k])).tolist()
    return np.unique(np.array(zeros))


def answer_regions(network: Network, label: int, half: tuple[float, float], nodes: int) -> list[list[Array]]:
    """Return the region of the box [-half, half] that the network calls by a label, as polygons: for each its outer
    ring, then its holes, (M, 2) each."""
    x, y, scores = _on_grid(network, half, nodes)
    lead = scores[..., label] - np.delete(scores, label, axis=-1).max(axis=-1)
    generator = contour_generator(x, y, lead, fill_type=FillType.OuterOffset)
    points, offsets, *_ = generator.filled(0.0, np.inf)
    polygons = [(p, rings) for p, rings in zip(points, offsets, strict=True) if p is not None and rings is not None]
    return [[ring for ring in np.split(p, rings[1:-1]) if len(ring) > 2] for p, rings in polygons]


def nodes_for(network: Network) -> int:
    """Return how many nodes a side of a grid may have, so that all of them together are bounded work."""
    weights = sum(layer.inputs * layer.outputs for layer in network.layers)
    return int(np.clip(np.sqrt(MOST_WORK / weights), *NODES))


def leads(scores: Array) -> list[Array]:
    """Return by how much each class (of two: the second) is ahead of all others, from scores (..., classes)."""
    count = scores.shape[-1]
    classes = range(1, 2) if count == 2 else range(count)
    return [scores[..., k] - np.delete(scores, k, axis=-1).max(axis=-1) for k in classes]


def _on_grid(network: Network, half: tuple[float, ...], nodes: int) -> tuple[Array, Array, Array]:
    """Coordinates x and y (nodes,) of a grid over a box, and every class's score (nodes, nodes, classes) there."""
    x, y = (np.linspace(-reach, reach, nodes) for reach in half)
    points = np.column_stack([a.ravel() for a in np.meshgrid(x, y)])
    return x, y, network.scores(points).reshape(nodes, nodes, -1)
