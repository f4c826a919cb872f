"""Paths through a region: the widest one on a grid, and its width at its narrowest place, on ever finer grids."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage, sparse
from scipy.sparse import csgraph

from netlib.activations import Array
from netlib.certificates.annulus import Annulus
from netlib.certificates.intervals import Mask, Region

Nodes = NDArray[np.intp]

EIGHT_NEIGHBOURS = np.ones((3, 3), dtype=bool)
# A chord crosses a tunnel at an angle of up to about 30 degrees, so it may be this much longer than the tunnel is wide.
OBLIQUE = 1.15
MOST_SAMPLES = 3000
# Nodes a side of the grids around the narrowest place, how many such grids, and around how many candidates.
FINE, WINDOWS, MOST_CANDIDATES = 801, 12, 4
# Half the side of such a grid, in clearances, so that it contains both banks; of the part of it that is searched; and
# the radius of the places where the path enters and leaves that part.
VIEW, INNER_VIEW, GATE = 3.3, 2.2, 1.2
# The error of a width, as a share of it, below which the width counts as decided.
WANTED = 0.01


@dataclass(frozen=True, eq=False)
class Grid:
    """n x n nodes over a square with that centre (2,) and half side; node [i, j] is (x_j, y_i)."""

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
        """Return the distance of all nodes from a point (2,) along each axis: two arrays (n, n)."""
        points = self.points
        return np.abs(points[..., 0] - point[0]), np.abs(points[..., 1] - point[1])

    def inside(self, region: Region) -> Mask:
        """Return which nodes belong to the region (n, n)."""
        return np.asarray(region.margin(self.points.reshape(-1, 2)).reshape(self.n, self.n) > 0)

    def at(self, nodes: Nodes) -> Array:
        """Return the points (M, 2) of nodes given as (M, 2) of row and column."""
        return np.asarray(self.centre - self.half + self.spacing * nodes[:, ::-1])


@dataclass(frozen=True, eq=False)
class GridPath:
    """A path on a grid: nodes (M, 2) as row and column; index of the narrowest; its clearance, in grid steps."""

    nodes: Nodes
    narrowest: int
    clearance: float


def clearances(inside: Mask) -> Array:
    """Return the distance of each node (n, n) to the nearest node outside, in grid steps. The grid's edge is no
    wall."""
    if inside.all():
        return np.full(inside.shape, np.inf)
    return np.asarray(ndimage.distance_transform_edt(inside))


def flood_fill(inside: Mask, start: Mask) -> Mask:
    """Return the nodes (n, n) that are connected with start inside the region, over neighbours in eight directions."""
    labels, _ = ndimage.label(inside, EIGHT_NEIGHBOURS)
    found = np.unique(labels[start & inside])
    return np.isin(labels, found[found > 0])


def widest_path(clearance: Array, counted: Mask, start: Mask, goal: Mask) -> GridPath | None:
    """Return the path from start to goal whose least clearance, among the nodes that are counted, is greatest.

    clearance: (n, n), 0 outside the region. Of all such paths, one in the middle of the region is returned; None where
    no path leads to the goal.
    """
    effective = np.where(counted, clearance, np.where(clearance > 0, np.inf, 0.0))
    levels = np.unique(effective[effective > 0])
    if not _connected(effective > 0, start, goal):
        return None
    low, high = 0, len(levels) - 1
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if _connected(effective >= levels[middle], start, goal) else (low, middle - 1)
    open_nodes = effective >= levels[low]
    nodes = _central_path(open_nodes, clearance, start & open_nodes, goal & open_nodes)
    along = effective[nodes[:, 0], nodes[:, 1]]
    return GridPath(nodes, int(along.argmin()), float(along.min()))


def _connected(open_nodes: Mask, start: Mask, goal: Mask) -> bool:
    return bool((flood_fill(open_nodes, start) & goal).any())


def _central_path(open_nodes: Mask, clearance: Array, start: Mask, goal: Mask) -> Nodes:
    """Nodes (M, 2) of the cheapest path, where a step costs its length divided by the clearance."""
    index = np.full(open_nodes.shape, -1, dtype=np.int32)  # small numbers, because there are millions of edges
    index[open_nodes] = np.arange(open_nodes.sum())
    cost = 1 / np.maximum(np.minimum(clearance, open_nodes.shape[0]), 0.5)
    rows, columns, weights = [], [], []
    for di, dj in ((0, 1), (1, 0), (1, 1), (1, -1)):
        here = (slice(None, -di or None), slice(max(-dj, 0), -dj if dj > 0 else None))
        there = (slice(di, None), slice(max(dj, 0), dj if dj < 0 else None))
        both = open_nodes[here] & open_nodes[there]
        rows.append(index[here][both])
        columns.append(index[there][both])
        weights.append(np.hypot(di, dj) * (cost[here] + cost[there])[both] / 2)
    # one more node, joined to every start at almost no cost, so that one search is enough
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


def chord_lengths(region: Region, path: Array, largest: float) -> Array:
    """Return the length of the chord across a path (M, 2) inside the region at each of its points (M,), at most twice
    `largest`.

    The first wall on each side is looked for in steps of a tenth of the distance, then bisected. A wall thinner than
    such a step may be missed.
    """
    along = np.gradient(path, axis=0)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / np.maximum(np.linalg.norm(along, axis=1), 1e-300)[:, None]
    lengths = np.r_[0.0, largest * 1.1 ** np.arange(-200.0, 1.0)]
    total = np.zeros(len(path))
    for side in (-across, across):
        probes = path[:, None] + lengths[:, None] * side[:, None]
        outside = region.margin(probes.reshape(-1, 2)).reshape(len(path), -1) <= 0
        first = np.where(outside.any(axis=1), outside.argmax(axis=1), len(lengths) - 1)
        low, high = lengths[np.maximum(first - 1, 0)], lengths[first]
        for _ in range(8):
            middle = (low + high) / 2
            inside = region.margin(path + middle[:, None] * side) > 0
            low, high = np.where(inside, middle, low), np.where(inside, high, middle)
        total += high
    return total


def resampled(path: Array, spacing: float) -> Array:
    """Return points (M, 2) evenly along a path, at about that spacing, MOST_SAMPLES at most."""
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    number = int(np.clip(length[-1] / spacing, 50, MOST_SAMPLES))
    even = np.linspace(0, length[-1], number)
    return np.column_stack([np.interp(even, length, path[:, k]) for k in range(2)])


@dataclass(frozen=True, eq=False)
class Narrowest:
    """The narrowest place of a tunnel.

    point: (2,). across: its two nearest points outside (2, 2), one on each bank. width: diameter of the largest disc
    that passes, in the units of the data. error: bound on the error of the width. spacing: of the finest grid.
    """

    point: Array
    across: Array
    width: float
    error: float
    spacing: float

    @property
    def decided(self) -> bool:
        return self.error <= WANTED * self.width


def narrowest(region: Region, ring: Annulus, path: Array) -> Narrowest | None:
    """Return the narrowest place of the region along a path (M, 2) inside it, where the path crosses the annulus.

    None where it does not cross the annulus, or where the path is lost on the finer grids.
    """
    part = path[ring.contains(path)]
    if len(part) < 2:
        return None
    coarse = chord_lengths(region, resampled(part, ring.ring[1] / 100), ring.ring[1])
    samples = resampled(part, float(coarse.min()) / 2)
    chords = chord_lengths(region, samples, ring.ring[1])
    best: Narrowest | None = None
    for index in _candidates(samples, chords):
        if best is not None and chords[index] > OBLIQUE * best.width:
            break
        found = _refined(region, ring, path, samples[index], float(chords[index]) / 2)
        if found is not None and (best is None or found.width < best.width):
            best = found
    return best


def _candidates(samples: Array, chords: Array) -> list[int]:
    """Indices of the samples with the shortest chords, each outside the windows around those before it."""
    chosen = list[int]()
    for index in np.argsort(chords):
        apart = np.abs(samples[chosen] - samples[index]).max(axis=1)
        if (apart > chords[index]).all():
            chosen.append(int(index))
        if len(chosen) == MOST_CANDIDATES:
            break
    return chosen


def _refined(region: Region, ring: Annulus, path: Array, point: Array, clearance: float) -> Narrowest | None:
    """The narrowest place near a point of the path, given an estimate of the clearance there."""
    found = None
    for _ in range(WINDOWS):
        grid = Grid(point, VIEW * clearance, FINE)
        inside = grid.inside(region)
        gates = _gates(grid, inside, ring, path, point, clearance)
        if gates is None:
            return found
        view = np.maximum(*grid.offsets(point)) <= INNER_VIEW * clearance * 1.3
        counted = ring.contains(grid.points) & ~gates[0] & ~gates[1]
        best = widest_path(np.where(view, clearances(inside), 0), counted, *gates)
        if best is None or not np.isfinite(best.clearance):
            return found
        last, place = clearance, grid.at(best.nodes[best.narrowest : best.narrowest + 1])[0]
        clearance, point = best.clearance * grid.spacing, place
        across = _banks(grid, inside, best.nodes[best.narrowest])
        found = Narrowest(place, across, 2 * clearance, 1.5 * grid.spacing, grid.spacing)
        if found.decided and abs(clearance - last) < 0.5 * last:
            return found
    return found


def _gates(
    grid: Grid, inside: Mask, ring: Annulus, path: Array, point: Array, clearance: float
) -> tuple[Mask, Mask] | None:
    """Nodes of the region around the places where the path enters and leaves the window, as two masks (n, n)."""
    distance = np.abs(path - point).max(axis=1)
    nearest, half = int(distance.argmin()), INNER_VIEW * clearance
    far = np.flatnonzero(distance > half)
    before, after = far[far < nearest], far[far > nearest]
    # the path may be close to one bank; all that is connected with it nearby, across the tunnel, belongs to the gate
    gates = []
    for outer, step in ((before[-1:], 1), (after[:1], -1)):
        if len(outer):
            away = np.hypot(*grid.offsets(_on_edge(path, point, int(outer[0]), step, half)))
            gates.append(flood_fill(inside & (away <= GATE * clearance), away <= 2 * grid.spacing))
        else:  # the window contains the beginning of the path, in the disk
            gates.append(inside & (ring.distance(grid.points) < ring.radius))
    return (gates[0], gates[1]) if not (gates[0] & gates[1]).any() else None


def _on_edge(path: Array, point: Array, outer: int, step: int, half: float) -> Array:
    """Where the segment from the path's point number `outer` to the next one inwards crosses the edge of the window."""
    a, b = path[outer], path[outer + step]
    t = np.linspace(0, 1, 1001)[:, None]
    side = a + t * (b - a)
    return np.asarray(side[(np.abs(side - point).max(axis=1) <= half).argmax()])


def _banks(grid: Grid, inside: Mask, node: Nodes) -> Array:
    """The nearest node outside, and the nearest one on the other side, as points (2, 2)."""
    walls = np.argwhere(~inside)
    offsets = walls - node
    distance = (offsets**2).sum(axis=1)
    first = int(distance.argmin())
    opposite = np.where(offsets @ offsets[first] < 0, distance, np.iinfo(np.int64).max)
    return grid.at(walls[[first, int(opposite.argmin())]])
