"""Where a network's answer changes among its inputs: points of a line, curves and regions of the plane."""

from __future__ import annotations

import itertools

import numpy as np
from contourpy import FillType, LineType, contour_generator
from scipy.spatial import ConvexHull

from netlib.activations import Array
from netlib.kept import kept
from netlib.layers import Dense
from netlib.network import Network

MOST_WORK = 1e10  # multiplications for one boundary
NODES = (61, 601)  # along a side of the grid: the fewest, and the most


# corners of a patch of a cut, a line and a plane, along the directions across its normal
CORNERS = {1: np.zeros((1, 0)), 2: np.array([[-1], [1]]), 3: np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]])}


@kept()
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


def level_curves(
    network: Network, half: tuple[float, ...], levels: Array, nodes: int | None = None
) -> list[list[Array]]:
    """Return for each level (L,) the curves (M, 2) within the box [-half, half] of a plane of inputs on which the
    network's one output has this value; as finely as `boundary_curves`."""
    x, y, scores = _on_grid(network, half, nodes or nodes_for(network))
    generator = contour_generator(x, y, scores[..., 1], line_type=LineType.Separate)
    found = [generator.lines(float(level)) for level in levels]
    return [[np.asarray(curve, dtype=np.float64) for curve in each if len(curve) > 1] for each in found]


def boundary_points(network: Network, half: float, samples: int | None = None) -> Array:
    """Return the inputs (M,) within [-half, half] of a line at which the answer changes: zeros of the polygon through
    evenly spaced samples."""
    x = np.linspace(-half, half, samples or 10 * nodes_for(network) - 9)
    zeros = list[float]()
    for lead in leads(network.scores(x[:, None])):
        k = np.flatnonzero(np.signbit(lead[:-1]) != np.signbit(lead[1:]))
        zeros += (x[k] - lead[k] * (x[k + 1] - x[k]) / (lead[k + 1] - lead[k])).tolist()
    return np.unique(np.array(zeros))


@kept()
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


def border_faces(scores: Dense, near: Array, reach: float) -> list[Array]:
    """Return the parts of the flat borders between two classes' regions, within `reach` of the foot of a point (k,).

    scores: a score for each class, as `class_scores` gives them, of k numbers, k up to 3. A part is a point, a segment
    or a convex polygon, given by its corners (M, k).
    """
    pairs = itertools.combinations(range(scores.outputs), 2)
    return [face for i, j in pairs if len(face := _face(scores, i, j, near, reach))]


def within_hull(faces: list[Array], points: Array, room: float) -> list[Array]:
    """Return the parts of segments or convex polygons (M, k) that lie in the convex hull of points (N, k), and `room`
    around it; k is 2 or 3."""
    k = points.shape[1]
    sides = room * np.vstack([np.eye(k), -np.eye(k)])
    for *normal, offset in ConvexHull((points[:, None] + sides).reshape(-1, k)).equations:
        faces = [_clipped(face, -np.array(normal), -offset) for face in faces]
    return [face for face in faces if len(face)]


def _face(scores: Dense, i: int, j: int, near: Array, reach: float) -> Array:
    """The part of v_i = v_j within `reach` of the foot of a point (k,), on which no other class scores higher."""
    normal, offset = scores.weight[i] - scores.weight[j], scores.bias[i] - scores.bias[j]
    size = float(np.linalg.norm(normal))
    if size == 0:
        return np.zeros((0, len(near)))
    foot = near - (normal @ near + offset) / size * (normal / size)
    face: Array = foot + reach * CORNERS[len(near)] @ _across(normal / size)
    for k in set(range(scores.outputs)) - {i, j}:
        face = _clipped(face, scores.weight[i] - scores.weight[k], scores.bias[i] - scores.bias[k])
    return face


def _across(normal: Array) -> Array:
    """Orthonormal directions (k - 1, k) at right angles to a unit vector (k,)."""
    if len(normal) == 2:
        return np.array([[normal[1], -normal[0]]])
    if len(normal) == 1:
        return np.zeros((0, 1))
    first = np.cross(normal, [0.0, 1.0, 0.0] if abs(normal[1]) < 0.9 else [1.0, 0.0, 0.0])
    first /= np.linalg.norm(first)
    return np.stack([first, np.cross(normal, first)])


def _clipped(corners: Array, normal: Array, offset: float) -> Array:
    """The part of a convex polygon, segment or point (M, k) where normal . x + offset >= 0."""
    heights = corners @ normal + offset
    kept = list[Array]()
    edges = len(corners) if len(corners) > 2 else len(corners) - 1
    for m in range(len(corners)):
        if heights[m] >= 0:
            kept.append(corners[m])
        n = (m + 1) % len(corners)
        if m < edges and (heights[m] >= 0) != (heights[n] >= 0):
            share = heights[m] / (heights[m] - heights[n])
            kept.append((1 - share) * corners[m] + share * corners[n])
    return np.array(kept).reshape(-1, corners.shape[1])
