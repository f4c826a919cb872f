"""The readout: where its answer changes in the last representation, and where that is in the inputs.

In the picture that the readout looks at, the answer changes along cuts, straight lines or flat planes. Their preimage
among the inputs is a set of points, or of curves, that every move carries along.
"""

from __future__ import annotations

import numpy as np
from manim import Group, Polygon, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.polylines import Polylines
from manim_untangle.stage.space import GRID_HALF, LINE_HALF, SHEET_HALF, Space
from netlib.activations import Array
from netlib.boundary import answer_regions, border_faces, boundary_curves, boundary_points, within_hull
from netlib.certificates.separation import separability
from netlib.datasets import Dataset
from netlib.errors import UntangleError
from netlib.layers import Dense
from netlib.network import Network, class_scores

REACH = 12.0  # scene units, and units of space: how far a line is drawn to both sides, beyond the frame at every zoom
CUT_HALF = 0.5  # scene units: half the height of a cut through a line
ROOM = 0.1  # how far planes reach beyond the points, in their greatest extent
BAR_HALF = 0.2  # scene units: half the length of a bar across a line of inputs
OPACITY, FAINT = 0.22, 0.14  # of a plane, and of each of many
REGION_NODES = 241  # a side, of the grid on which regions are outlined


def divider(space: Space, readout: Dense, half: float = SHEET_HALF) -> Polylines | VGroup:
    """Add the line or plane w . h + c = 0 of a readout (1, 2 or 3) to the present representation: of a plane a square
    patch, of half a side, around its point nearest zero."""
    scores, zero = class_scores(readout), np.zeros(readout.inputs)
    if readout.inputs == 3:
        return _planes(space, border_faces(scores, zero, half))
    lines = _lines(space, scores, zero)
    assert lines is not None
    return lines


def widest_gap(space: Space, data: Dataset) -> tuple[Polylines, Polylines]:
    """Add the line with the greatest distance from the points of both of two classes, where they are now, and the two
    thin lines beside it that touch the points nearest to it. Raises UntangleError where no line separates the classes.
    """
    found = separability(space.where(data.points), data.labels)
    if found.normal is None:
        raise UntangleError("these points have no gap to draw: no line separates the two classes")
    zero, reach = np.zeros(2), max(REACH, REACH / space.view.unit)
    line, *edges = (
        line_ends(class_scores(Dense(found.normal[None], np.array([found.offset + shift]))), zero, reach, 0.0)
        for shift in (0.0, -found.margin, found.margin)
    )
    beside = space.add_lines(np.vstack(edges), style.FAINT_INK, style.THINNEST_LINE, starts=[0, 2], fixed=True)
    middle = space.add_lines(line, style.ANSWER, 5, fixed=True)
    return middle.set_z_index(4), beside.set_z_index(4)


def answer_changes(space: Space, readout: Dense, points: Array) -> Polylines | VGroup | None:
    """Add where a readout's answer changes in the present picture: cuts, lines or planes; None where it never does.

    readout: of what is drawn, (classes or 1, k), k up to 3. points: (N, k), near which it is shown.
    """
    scores, middle = class_scores(readout), points.mean(axis=0)
    if points.shape[1] < 3:
        return _lines(space, scores, middle)
    size = float(np.ptp(points, axis=0).max()) or 1e-9
    faces = border_faces(scores, middle, 2 * size)
    faces = within_hull(faces, points, ROOM * size) or faces
    return _planes(space, faces) if faces else None


def boundary(space: Space, network: Network, half: tuple[float, ...] | None = None) -> Polylines:
    """Add where the network's answer changes among its inputs (1 or 2 numbers), within [-half, half]: the preimage of
    the readout's cuts, lines or planes, which every move carries along; empty where none is found.

    In the plane it is curves. On a line it is points, drawn as short bars across the line.
    """
    if network.inputs == 1:
        return _cuts(space, boundary_points(network, (half or (LINE_HALF,))[0]))
    curves = boundary_curves(network, half or GRID_HALF)
    starts = np.cumsum([0, *(len(curve) for curve in curves)])[:-1]
    points = np.vstack(curves) if curves else np.zeros((0, 2))
    curve = space.add_lines(points, style.ANSWER, width=4, starts=starts).set_z_index(4)
    space.parts[-1].role = "boundary"
    return curve


def decision_regions(space: Space, network: Network, half: tuple[float, float] = GRID_HALF) -> Group:
    """Add the regions of a plane of inputs, within [-half, half], that the network puts in each class, as a tint of the
    class's colour that every move carries along. Return a group of one mobject for each class that has a region.

    Outlines on a grid of 241 nodes a side. A tint is right as long as no two points meet: a fold covers tint with tint.
    """
    regions = Group()
    for label in range(max(network.readout.outputs, 2)):
        rings = [ring for polygon in answer_regions(network, label, half, REGION_NODES) for ring in polygon]
        if rings:
            colour = style.CLASS_COLOURS[label % len(style.CLASS_COLOURS)]
            starts = np.cumsum([0, *map(len, rings)])[:-1]
            region = space.add_lines(np.vstack(rings), colour, 0.0, starts=starts, closed=True)
            regions.add(region.set_fill(colour, style.REGION_OPACITY).set_z_index(-2))
            space.parts[-1].role = "region"
    return regions


def _cuts(space: Space, places: Array) -> Polylines:
    """Short bars across a line of inputs at places (N,)."""
    bars = Polylines(np.zeros((2 * len(places), 3)), 2 * np.arange(len(places)), color=style.ANSWER, stroke_width=6)

    def draw(points: Array) -> None:
        before, after = points[::2], points[1::2]
        along = (after - before) / np.maximum(np.linalg.norm(after - before, axis=1, keepdims=True), 1e-12)
        across = BAR_HALF * np.column_stack([-along[:, 1], along[:, 0], 0 * along[:, 0]])
        middle = (before + after) / 2
        bars.set_samples(np.stack([middle - across, middle + across], axis=1).reshape(-1, 3))

    ends = np.stack([places - 1e-4, places + 1e-4], axis=1).reshape(-1, 1)
    return space.follow(ends, bars, draw).set_z_index(5)


def _lines(space: Space, scores: Dense, near: Array) -> Polylines | None:
    """The lines, or the cuts through a line, at which the class with the highest score changes, near a point (k,)."""
    ends = line_ends(scores, near, max(REACH, REACH / space.view.unit), CUT_HALF / space.view.unit)
    if not len(ends):
        return None
    lines = space.add_lines(ends, style.ANSWER, 5, starts=np.arange(0, len(ends), 2), fixed=True).set_z_index(4)
    space.parts[-1].role = "readout"
    return lines


def line_ends(scores: Dense, near: Array, reach: float, cut_half: float) -> Array:
    """Return the ends (2 L, 2) of the lines at which the class with the highest score changes, within `reach` of a
    point (k,), k = 1 or 2; on a line they are cuts, drawn so far to both sides of it."""
    faces = border_faces(scores, near, reach)
    if len(near) == 1:
        faces = [np.array([[face[0, 0], -cut_half], [face[0, 0], cut_half]]) for face in faces]
    return np.vstack([np.zeros((0, 2)), *faces])


def _planes(space: Space, faces: list[Array]) -> VGroup:
    look = {"stroke_color": style.ANSWER, "stroke_width": 2, "fill_color": style.ANSWER}
    opacity = OPACITY if len(faces) < 3 else FAINT
    polygons = [Polygon(*np.zeros((len(face), 3)), fill_opacity=opacity, **look) for face in faces]
    planes = VGroup(*polygons)
    ends = np.cumsum([len(face) for face in faces])[:-1]

    def draw(points: Array) -> None:
        for plane, corners in zip(polygons, np.split(points, ends), strict=True):
            plane.set_points_as_corners(np.vstack([corners, corners[:1]]))

    return space.follow(np.vstack(faces), planes, draw, fixed=True).set_z_index(4)
