"""The narrowest place of a way: ever finer grids around it, until its width is known to about one per cent."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.annulus import Surroundings
from netlib.certificates.breadth import OBLIQUE, breadths, resampled
from netlib.certificates.grid import Grid, Nodes, clearance, reached, widest_way
from netlib.certificates.region import Mask, Region

FINE = 801
WINDOWS = 12
# The window is this many clearances wide to each side, so that both banks of the narrowest place are in it.
VIEW, INNER_VIEW, GATE = 3.3, 2.2, 1.2
WANTED = 0.01
MOST_CANDIDATES = 4


@dataclass(frozen=True, eq=False)
class Narrowest:
    """point (2,); across: its two nearest points outside (2, 2), one on each bank; width: diameter of the largest disc
    that passes, in the units of the data; error: it may be more or less by this; spacing: of the finest grid."""

    point: Array
    across: Array
    width: float
    error: float
    spacing: float

    @property
    def decided(self) -> bool:
        return self.error <= WANTED * self.width


def counted(ring: Surroundings, points: Array) -> Mask:
    """Which points (..., 2) lie in the ring or the gap before it: only there does the width of a tunnel count."""
    distance = ring.distance(points)
    return np.asarray((distance >= ring.radius) & (distance <= ring.ring[1]))


def narrowest(region: Region, ring: Surroundings, way: Array) -> Narrowest | None:
    """Return the narrowest place of the region along a way (M, 2) inside it, between the disk and the outer edge of
    the ring; None where the way crosses no part of the ring, or where finer and finer grids lose the way."""
    part = way[counted(ring, way)]
    if len(part) < 2:
        return None
    coarse = breadths(region, resampled(part, ring.ring[1] / 100), ring.ring[1])
    samples = resampled(part, float(coarse.min()) / 2)
    breadth = breadths(region, samples, ring.ring[1])
    best: Narrowest | None = None
    for index in _candidates(samples, breadth):
        if best is not None and breadth[index] > OBLIQUE * best.width:
            break
        found = _refined(region, ring, way, samples[index], float(breadth[index]) / 2)
        if found is not None and (best is None or found.width < best.width):
            best = found
    return best


def _candidates(samples: Array, breadth: Array) -> list[int]:
    """Indices of the narrowest samples, each farther from those before it than the window around them reaches."""
    chosen = list[int]()
    for index in np.argsort(breadth):
        apart = np.abs(samples[chosen] - samples[index]).max(axis=1)
        if (apart > breadth[index]).all():
            chosen.append(int(index))
        if len(chosen) == MOST_CANDIDATES:
            break
    return chosen


def _refined(region: Region, ring: Surroundings, way: Array, point: Array, room: float) -> Narrowest | None:
    """The narrowest place near a point of the way; `room` is a first estimate of the clearance there."""
    found = None
    for _ in range(WINDOWS):
        grid = Grid(point, VIEW * room, FINE)
        inside = grid.inside(region)
        space = clearance(inside)
        gates = _gates(grid, inside, ring, way, point, room)
        if gates is None:
            return found
        view = np.maximum(*grid.offsets(point)) <= INNER_VIEW * room * 1.3
        counts = counted(ring, grid.points) & ~gates[0] & ~gates[1]
        best = widest_way(np.where(view, space, 0), counts, *gates)
        if best is None or not np.isfinite(best.clearance):
            return found
        last, place = room, grid.at(best.nodes[best.narrowest : best.narrowest + 1])[0]
        room, point = best.clearance * grid.spacing, place
        across = _banks(grid, inside, best.nodes[best.narrowest])
        found = Narrowest(place, across, 2 * room, 1.5 * grid.spacing, grid.spacing)
        if found.decided and abs(room - last) < 0.5 * last:
            return found
    return found


def _gates(
    grid: Grid, inside: Mask, ring: Surroundings, way: Array, point: Array, room: float
) -> tuple[Mask, Mask] | None:
    """Nodes of the region around the places where the way enters and leaves the window, as two masks (n, n)."""
    distance = np.abs(way - point).max(axis=1)
    nearest, half = int(distance.argmin()), INNER_VIEW * room
    far = np.flatnonzero(distance > half)
    before, after = far[far < nearest], far[far > nearest]
    # the way may keep close to one bank: what it can reach right there, across the whole tunnel, belongs to the gate
    gates = []
    for outer, step in ((before[-1:], 1), (after[:1], -1)):
        if len(outer):
            away = np.hypot(*grid.offsets(_on_edge(way, point, int(outer[0]), step, half)))
            gates.append(reached(inside & (away <= GATE * room), away <= 2 * grid.spacing))
        else:  # the window holds the way's beginning, in the disk
            gates.append(inside & (ring.distance(grid.points) < ring.radius))
    return (gates[0], gates[1]) if not (gates[0] & gates[1]).any() else None


def _on_edge(way: Array, point: Array, outer: int, step: int, half: float) -> Array:
    """Where the way's side from its point number `outer` to the next one inwards crosses the edge of the window."""
    a, b = way[outer], way[outer + step]
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
