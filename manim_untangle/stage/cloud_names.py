"""The names of classes, each beside its cloud of points, where there is room for it."""

from __future__ import annotations

import numpy as np
from manim import VGroup
from scipy.ndimage import distance_transform_edt, minimum_filter

from manim_untangle.draw import style
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.text import plated, words
from manim_untangle.stage.layout import Box, box_of
from manim_untangle.stage.marks import Z
from manim_untangle.stage.signs import class_name
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.datasets import Dataset

# scene units
CLEAR = 0.17  # from a name to the nearest point of any class: as far as the ring around a wrong point reaches
FARTHEST = 0.7  # from a name to the nearest point of its class, beyond that
NEARER = 0.25  # by which the nearest point of another class is farther
EDGE = 0.1  # from a name to the edge of the picture, to a line, and to another name
CELL = 0.05  # of the grid on which distances are measured
AWAY = 0.05  # how little it counts that a place is far from the middle of the cloud
PLATE = 0.1  # around a name


def cloud_names(space: Space, data: Dataset, lines: Polylines | None = None, clear: float = CLEAR) -> VGroup:
    """Return the names of those classes beside whose points, where they are drawn now, there is room for one.

    A name covers no point, no line and no other name, is nearer to its own class than to any other, and has the colour
    of its class. It stands still: it is for moments at which space does. lines: such as the boundary. clear: scene
    units that are kept free around a point.
    """
    area, placed = space.layout.picture.inset(EDGE), space.on_screen(data.points)[:, :2]
    to_line = _distances(np.zeros((0, 2)) if lines is None else _along(lines), area)
    signs, found = dict[int, VGroup](), dict[int, Array]()
    for k in np.unique(data.labels).tolist():
        signs[k] = plated(words(class_name(data, k), style.LABEL_SIZE, style.CLASS_COLOURS[k]), buff=PLATE)
        to_own, to_others = (_distances(placed[chosen], area) for chosen in (data.labels == k, data.labels != k))
        own, others, line = (_of_boxes(each, signs[k]) for each in (to_own, to_others, to_line))
        free = (own >= clear) & (own <= clear + FARTHEST) & (others >= own + NEARER) & (line >= EDGE)
        middles = (np.argwhere(free)[:, ::-1] + 0.5) * CELL + (area.left, area.bottom)
        cost = own[free] + AWAY * np.linalg.norm(middles - np.median(placed[data.labels == k], axis=0), axis=1)
        found[k] = np.asarray(middles[np.argsort(cost, kind="stable")], dtype=np.float64)
    names, taken = VGroup(), list[Box]()
    for k in sorted(found, key=lambda k: len(found[k])):  # those with the least choice first
        for x, y in found[k]:
            box = box_of(signs[k].move_to((x, y, 0)))
            if not any(box.meets(other, EDGE) for other in taken):
                taken.append(box)
                names.add(signs[k])
                break
    return names.set_z_index(Z)


def _distances(points: Array, area: Box) -> Array:
    """How far the nearest of points (N, 2) is from each cell of an area (rows from the bottom, columns)."""
    free = np.ones((int(area.height / CELL), int(area.width / CELL)), bool)
    columns, rows = ((points - (area.left, area.bottom)) // CELL).astype(int).T
    inside = (rows >= 0) & (rows < free.shape[0]) & (columns >= 0) & (columns < free.shape[1])
    if not inside.any():
        return np.full(free.shape, np.inf)
    free[rows[inside], columns[inside]] = False
    return np.asarray(CELL * distance_transform_edt(free))


def _of_boxes(distances: Array, sign: VGroup) -> Array:
    """The least distance over the box of a sign, for each cell as its middle; 0 where the box leaves the area."""
    size = [int(np.ceil(side / CELL)) | 1 for side in (sign.height, sign.width)]  # odd, so that it has a middle
    return np.asarray(minimum_filter(distances, size=size, mode="constant", cval=0.0))


def _along(lines: Polylines) -> Array:
    """Points (N, 2) along lines, a cell apart or nearer."""
    pieces = [np.zeros((0, 2))]
    for line in lines.lines():
        for start, end in zip(line[:-1, :2], line[1:, :2], strict=True):
            pieces.append(np.linspace(start, end, min(int(np.linalg.norm(end - start) / CELL) + 2, 2000)))
    return np.vstack(pieces)
