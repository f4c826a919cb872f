"""Dividers: where the readout's answer changes, between any number of classes, and where that is in the inputs."""

from __future__ import annotations

import itertools

import numpy as np
from contourpy import LineType, contour_generator
from manim import Mobject, Polygon, VGroup
from scipy.spatial import ConvexHull

from manim_untangle.draw import style
from manim_untangle.draw.batched import Dots, Polylines
from manim_untangle.stage.space import Space
from netlib.activations import Array, identity
from netlib.motion.projection import Projection
from netlib.network import Layer, Network

CUT_HALF = 0.5  # scene units: half the height of a cut through a line
ROOM = 0.1  # how far planes reach beyond the points, in their greatest extent
MOST_WORK = 1e10  # multiplications for one boundary


def class_scores(readout: Layer) -> Layer:
    """Return a readout with one output a class, the largest of which is the answer: a single output is class 1's
    score against 0."""
    if readout.outputs > 1:
        return readout
    return Layer(np.vstack([0 * readout.weight, readout.weight]), np.append(0.0, readout.bias), identity)


def is_exact(readout: Layer, picture: Projection) -> bool:
    """Whether a picture leaves out nothing that the readout's answer depends on."""
    weight = class_scores(readout).weight
    rows = weight - weight.mean(axis=0)
    left = rows - rows @ picture.basis.T @ picture.basis
    return bool(np.abs(left).max() <= 1e-9 * max(np.abs(rows).max(), 1e-300))


def dividers(space: Space, readout: Layer, points: Array) -> Mobject | None:
    """Add where the readout's answer changes in the present picture: cuts, lines or planes; None where it never does.

    readout: of what is drawn, (classes, k). points: (N, k), near which it is shown.
    """
    scores = class_scores(readout)
    k = scores.inputs
    size = float(np.ptp(points, axis=0).max()) or 1e-9
    reach = 12.0 / space.view.unit if k < 3 else 2 * size
    faces = [
        face
        for i, j in itertools.combinations(range(scores.outputs), 2)
        if len(face := _face(scores, i, j, points.mean(axis=0), reach))
    ]
    if k == 3:
        faces = _among(points, faces, ROOM * size) or faces
    if not faces:
        return None
    return _planes(space, faces) if k == 3 else _lines(space, faces, k)


def input_boundary(space: Space, network: Network, half: tuple[float, ...]) -> Polylines | None:
    """Add the curves in the plane of inputs at which the network's answer changes, within [-half, half]; None where
    none were found. Contours on a grid, finer where the network is small."""
    x, y = (np.linspace(-reach, reach, _nodes(network)) for reach in half)
    values = scores_at(network, np.column_stack([a.ravel() for a in np.meshgrid(x, y)]))
    curves = list[Array]()
    classes = range(1, 2) if values.shape[1] == 2 else range(values.shape[1])
    for k in classes:
        lead = values[:, k] - np.delete(values, k, axis=1).max(axis=1)
        found = contour_generator(x, y, lead.reshape(len(y), len(x)), line_type=LineType.Separate).lines(0.0)
        curves += [curve for curve in found if len(curve) > 1]
    if not curves:
        return None
    starts = np.cumsum([0, *(len(curve) for curve in curves)])[:-1]
    return space.add_lines(np.vstack(curves), starts, style.READOUT, width=4).set_z_index(4)


def input_cuts(space: Space, network: Network, half: tuple[float, ...]) -> Dots | None:
    """Add a marker at every place of the line of inputs, within [-half, half], at which the answer changes."""
    x = np.linspace(-half[0], half[0], _nodes(network) * 8)
    answers = scores_at(network, x[:, None]).argmax(axis=1)
    k = np.flatnonzero(np.diff(answers))
    if not len(k):
        return None
    places = (x[k] + x[k + 1])[:, None] / 2
    return space.add_dots(places, style.READOUT, "plus", radius=0.14).set_z_index(5)


def scores_at(network: Network, inputs: Array) -> Array:
    """Return every class's score (N, classes) at inputs (N, d), a piece of them at a time."""
    readout = class_scores(network.readout)
    pieces = np.array_split(inputs, max(1, -(-len(inputs) * max(network.widths) // 4_000_000)))
    return np.vstack([readout(network.represent(piece)) for piece in pieces])


def _nodes(network: Network) -> int:
    """Samples along a side, so that all of them together are bounded work."""
    return int(np.clip(np.sqrt(MOST_WORK / sum(layer.weight.size for layer in network.layers)), 61, 401))


def _face(scores: Layer, i: int, j: int, near: Array, reach: float) -> Array:
    """The part of v_i = v_j within `reach` of a point (k,) on which no other class scores higher: (M, k) corners."""
    normal, offset = scores.weight[i] - scores.weight[j], scores.bias[i] - scores.bias[j]
    size = float(np.linalg.norm(normal))
    if size == 0:
        return np.zeros((0, len(near)))
    foot = near - (normal @ near + offset) / size * (normal / size)
    along = _orthogonal(normal / size)
    signs = {1: [()], 2: [(-1,), (1,)], 3: [(-1, -1), (1, -1), (1, 1), (-1, 1)]}[len(near)]
    face = np.array([foot + reach * np.array(sign) @ along if sign else foot for sign in signs])
    for k in set(range(scores.outputs)) - {i, j}:
        face = _clipped(face, scores.weight[i] - scores.weight[k], scores.bias[i] - scores.bias[k])
    return face


def _among(points: Array, faces: list[Array], room: float) -> list[Array]:
    """The parts of polygons in space that lie in the convex hull of points (N, 3), with some room on all sides: so much
    of a plane stays in the frame with the points, and clear of the words around them."""
    sides = room * np.vstack([np.eye(3), -np.eye(3)])
    for *normal, offset in ConvexHull((points[:, None] + sides).reshape(-1, 3)).equations:
        faces = [_clipped(face, -np.array(normal), -offset) for face in faces]
    return [face for face in faces if len(face)]


def _orthogonal(normal: Array) -> Array:
    """Orthonormal directions (k - 1, k) across a unit vector (k,)."""
    _, _, rows = np.linalg.svd(normal[None])
    return rows[1:]


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


def _lines(space: Space, faces: list[Array], k: int) -> Polylines:
    if k == 1:
        half = CUT_HALF / space.view.unit
        faces = [np.array([[face[0, 0], -half], [face[0, 0], half]]) for face in faces]
    ends = np.vstack(faces)
    lines = Polylines(np.zeros((len(ends), 3)), np.arange(0, len(ends), 2), color=style.READOUT, stroke_width=5)
    space.follow(ends, lines, lines.set_samples, fixed=True)
    return lines.set_z_index(4)


def _planes(space: Space, faces: list[Array]) -> VGroup:
    opacity = 0.22 if len(faces) < 3 else 0.14
    planes = VGroup(
        *(
            Polygon(
                *np.zeros((len(face), 3)), stroke_color=style.READOUT, stroke_width=2,
                fill_color=style.READOUT, fill_opacity=opacity,
            )
            for face in faces
        )
    )  # fmt: skip
    ends = np.cumsum([len(face) for face in faces])[:-1]

    def draw(points: Array) -> None:
        for plane, corners in zip(planes, np.split(points, ends), strict=True):
            plane.set_points_as_corners(np.vstack([corners, corners[:1]]))

    space.follow(np.vstack(faces), planes, draw, fixed=True)
    return planes.set_z_index(4)
