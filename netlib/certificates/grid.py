"""Square grids over the input plane: which nodes a region holds, and the widest way through them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from netlib.activations import Array
from netlib.certificates.region import Mask, Region

Nodes = NDArray[np.intp]

EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True, eq=False)
class Grid:
    """n x n nodes over a square of that centre (2,) and half side; node [i, j] is (x_j, y_i)."""

    centre: Array
    half: float
    n: int

    @property
    def spacing(self) -> float:
        return 2 * self.half / (self.n - 1)

    @property
    def points(self) -> Array:
        """All nodes as (n, n, 2)."""
        steps = np.linspace(-self.half, self.half, self.n)
        x, y = np.meshgrid(steps + self.centre[0], steps + self.centre[1])
        return np.stack([x, y], axis=-1)

    def offsets(self, point: Array) -> tuple[Array, Array]:
        """How far all nodes lie from a point (2,) along each axis, without sign: two arrays (n, n)."""
        points = self.points
        return np.abs(points[..., 0] - point[0]), np.abs(points[..., 1] - point[1])

    def inside(self, region: Region) -> Mask:
        """Return which nodes belong to the region (n, n)."""
        return np.asarray(region.margin(self.points.reshape(-1, 2)).reshape(self.n, self.n) > 0)

    def at(self, nodes: Nodes) -> Array:
        """Return the points (M, 2) of nodes given as (M, 2) of row and column."""
        return np.asarray(self.centre - self.half + self.spacing * nodes[:, ::-1])


@dataclass(frozen=True, eq=False)
class Way:
    """The widest way on a grid: nodes (M, 2) as row and column; the index of the narrowest; its clearance, in nodes."""

    nodes: Nodes
    narrowest: int
    clearance: float


def clearance(inside: Mask) -> Array:
    """Return each node's distance to the nearest node outside, in nodes; what lies beyond the grid is no wall."""
    if inside.all():
        return np.full(inside.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(inside))


def widest_way(room: Array, counted: Mask, start: Mask, goal: Mask) -> Way | None:
    """Return the way from start to goal whose least room, among the nodes that are counted, is greatest.

    room: (n, n), each node's clearance, 0 outside the region. Of all such ways it is one that keeps to the middle.
    None where no way leads to the goal.
    """
    effective = np.where(counted, room, np.where(room > 0, np.inf, 0.0))
    levels = np.unique(effective[effective > 0])
    if not _joined(effective > 0, start, goal):
        return None
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _joined(effective >= levels[middle], start, goal) else (low, middle - 1)
    open_nodes = effective >= levels[low]
    nodes = _central_path(open_nodes, room, start & open_nodes, goal & open_nodes)
    along = effective[nodes[:, 0], nodes[:, 1]]
    return Way(nodes, int(along.argmin()), float(along.min()))


def reached(inside: Mask, start: Mask) -> Mask:
    """Return the nodes that a flood from start fills, over neighbours in all eight directions."""
    labels, _ = ndimage.label(inside, EIGHT)
    found = np.unique(labels[start & inside])
    return np.isin(labels, found[found > 0])


def _joined(open_nodes: Mask, start: Mask, goal: Mask) -> bool:
    labels, _ = ndimage.label(open_nodes, EIGHT)
    ours, theirs = np.unique(labels[start & open_nodes]), np.unique(labels[goal & open_nodes])
    return bool(np.intersect1d(ours, theirs).size)


def _central_path(open_nodes: Mask, room: Array, start: Mask, goal: Mask) -> Nodes:
    """Nodes (M, 2) of the cheapest path, where a step costs its length over the room there."""
    index = np.full(open_nodes.shape, -1, dtype=np.int32)  # narrow numbers: there are millions of edges
    index[open_nodes] = np.arange(open_nodes.sum())
    cost = 1 / np.maximum(np.minimum(room, open_nodes.shape[0]), 0.5)
    rows, columns, weights = [], [], []
    for di, dj in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = (slice(None, -di or None), slice(max(-dj, 0), -dj if dj > 0 else None))
        there = (slice(di, None), slice(max(dj, 0), dj if dj < 0 else None))
        both = open_nodes[here] & open_nodes[there]
        rows.append(index[here][both])
        columns.append(index[there][both])
        weights.append(np.hypot(di, dj) * (cost[here] + cost[there])[both] / 2)
    # one more node, joined to every start at almost no cost, makes it one search
    source, starts = int(open_nodes.sum()), index[start]
    rows.append(np.full(len(starts), source, dtype=np.int32))
    columns.append(starts)
    weights.append(np.full(len(starts), 1e-9))
    edges = (np.concatenate(weights), (np.concatenate(rows), np.concatenate(columns)))
    del rows, columns, weights
    graph = sparse.csr_array(edges, shape=(source + 1, source + 1))
    distance, before = csgraph.dijkstra(graph, directed=False, indices=source, return_predecessors=True)
    goals = index[goal]
    node, path = int(goals[distance[goals].argmin()]), list[int]()
    while node != source:
        path.append(node)
        node = int(before[node])
    return np.asarray(np.argwhere(open_nodes)[path[::-1]])
