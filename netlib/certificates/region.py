"""Decision regions: the points of the input that a network calls by one class, and curves proved to stay inside."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array
from netlib.certificates.intervals import SHORTEST, Arcs, closed, halved, through
from netlib.network import Layer, Network

Mask = NDArray[np.bool_]
Curve = Callable[[Array, Array], Arcs]

MOST_ARCS = 200_000
# Wide layers are computed for so many numbers at a time, to bound the memory (8 MB).
MOST_NUMBERS = 1_000_000


@dataclass(frozen=True, eq=False)
class Region:
    """The input points that `network` calls `label`."""

    network: Network
    label: int = 1

    @cached_property
    def rivals(self) -> Layer:
        """The affine map from the last representation to (label's output - another's), one row a rival: the point
        belongs to the region where all of them are positive."""
        weight, bias = self.network.readout.weight, self.network.readout.bias
        if len(weight) == 1:
            sign = 1.0 if self.label == 1 else -1.0
            return Layer(sign * weight, sign * bias)
        others = [k for k in range(len(weight)) if k != self.label]
        return Layer(weight[self.label] - weight[others], bias[self.label] - bias[others])

    def margin(self, points: Array) -> Array:
        """Return by how much each point (N, d) belongs to the region (N,): positive inside, negative outside."""
        pieces = -(-len(points) * max(self.network.widths) // MOST_NUMBERS)
        leads = [self.rivals(self.network.represent(piece)) for piece in np.array_split(points, max(pieces, 1))]
        return np.concatenate([lead[:, 0] if lead.shape[1] == 1 else lead.min(axis=1) for lead in leads])

    def sides(self, arcs: Arcs) -> tuple[Mask, Mask]:
        """Return for every arc whether all of it is inside, and whether all of it is outside: two masks (N,), both
        proved; neither where the enclosure is too wide to tell."""
        arcs = through(self.network, arcs).affine(self.rivals.weight, self.rivals.bias)
        inside, outside = arcs.middle - arcs.reach > 0, arcs.middle + arcs.reach < 0
        return np.asarray(inside.all(axis=1)), np.asarray(outside.any(axis=1))

    def holds(self, start: Array, end: Array, inside: bool = True, curve: Curve = Arcs.straight) -> bool | None:
        """Return True where every point of a curve is proved inside (or outside), False where one that is not has been
        found, None where neither comes out within MOST_ARCS pieces.

        curve(start, end) makes the arcs: straight ones between points (N, d), or others between parameters (N, k).
        """
        pieces = 0
        while len(start):
            sure, opposite = self.sides(curve(start, end))[:: 1 if inside else -1]
            if opposite.any():
                return False
            start, end = start[~sure], end[~sure]
            pieces += 2 * len(start)
            # halves this short can no longer be told from points
            if pieces > MOST_ARCS or (len(start) and np.abs(end - start).max(axis=1).min() < SHORTEST):
                return None
            start, end = halved(start, end)
        return True

    def holds_along(self, path: Array, inside: bool = True, loop: bool = False) -> bool | None:
        """The same for a polyline with corners path (M, d), closed where `loop`."""
        start, end = closed(path) if loop else (path[:-1], path[1:])
        return self.holds(start, end, inside)
