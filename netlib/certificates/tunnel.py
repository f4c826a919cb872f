"""The tunnel: the region that a network calls "disk" runs out through the ring, or is enclosed by it.

Width 2 with continuous monotone activations cannot enclose the disk, at any depth (Beise, Dias da Cruz, Schroeder,
arXiv 1807.01194; Johnson, arXiv 1810.00393). Here both outcomes are proved for the network at hand: a tunnel by a
way out on which every point is called "disk", an enclosure by a closed curve on which none is. Grids only help to
find these curves; interval arithmetic decides about them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.annulus import Surroundings, surroundings
from netlib.certificates.breadth import breadths, resampled
from netlib.certificates.certificate import Certificate
from netlib.certificates.enclosing_loop import enclosing_loop
from netlib.certificates.grid import Grid, clearance, reached, widest_way
from netlib.certificates.margin_ascent import escapes
from netlib.certificates.narrowest import Narrowest, counted, narrowest
from netlib.certificates.region import Region
from netlib.datasets import Dataset
from netlib.network import Network

# Points a side of the grids on which a way out is looked for; each halves the spacing of the one before. A tunnel that
# slips through the first of them is looked for from the line in the last representation.
GRIDS = (201, 401, 801, 1601)
# The way found on the first grid is one; the widest, whose width is measured, needs a finer one.
MEASURED = GRIDS[1:]
# Half the box's side, in radii of the ring.
BOX = 3.0


@dataclass(frozen=True, eq=False)
class Tunnel:
    """What becomes of the region that the network calls by the class inside the ring.

    outcome: "tunnel" (a way out is proved), "enclosed" (a closed curve around it is proved to be called otherwise),
    "given up" (no point of the class inside is right), or "not decided". right: share of that class's points that are
    right. path: the way out (M, 2), from the disk to the edge of the box; loop: the closed curve (M, 2). narrowest: of
    the tunnel, between the disk and the outer edge of the ring. spacing: of the coarse grid. box: half its side.
    """

    outcome: str
    right: float
    spacing: float
    box: float
    path: Array | None = None
    loop: Array | None = None
    narrowest: Narrowest | None = None

    @property
    def escapes(self) -> bool | None:
        """True: a tunnel. False: enclosed, or given up, so that nothing is left to escape. None: not decided."""
        return {"tunnel": True, "enclosed": False, "given up": False}.get(self.outcome)

    @property
    def width(self) -> float | None:
        """Width at the narrowest place, in the units of the data; None where there is none or it is not decided."""
        return self.narrowest.width if self.narrowest and self.narrowest.decided else None

    @property
    def certificate(self) -> Certificate:
        """Evidence for: the region called "disk" runs out to the edge of the box."""
        measured: dict[str, float | int | str | bool] = {"outcome": self.outcome, "disk points right": self.right}
        finest = self.spacing
        if self.narrowest is not None:
            finest = self.narrowest.spacing
            measured["width"] = "?" if self.width is None else self.width
            measured["at x"], measured["at y"] = map(float, self.narrowest.point)
        return Certificate(self.escapes, measured, self._resolution(finest), _CAVEATS[self.outcome])

    def _resolution(self, finest: float) -> str:
        found = f"found on a grid of {self.spacing:.2g}"
        return {
            "tunnel": f"way {found}, proved by intervals; width on a grid of {finest:.1g}",
            "enclosed": "closed curve proved by intervals",
            "given up": "every point of the class",
        }.get(self.outcome, f"not decided at this resolution: grid of {self.spacing:.2g}")


_CAVEATS = {
    "tunnel": "Of all tunnels it is the widest that was found. Beyond the box nothing was computed.",
    "enclosed": "It is a statement about this network; other networks of the same widths may leave a tunnel.",
    "given up": "The network escapes the question. Between the points of the data nothing was computed.",
    "not decided": "Neither a way out nor a closed curve around was found.",
}


def tunnel(network: Network, data: Dataset, measure: bool = True) -> Tunnel:
    """Return whether the class inside the data's ring runs out through it; by its widest way, measured, if `measure`.

    The ring is the data's loop around a point (surroundings); raises UntangleError where there is none.
    """
    ring = surroundings(data)
    region = Region(network, ring.label)
    right = region.margin(ring.inner) > 0
    grids = MEASURED if measure else GRIDS
    for n in grids:
        grid = Grid(ring.centre, BOX * ring.ring[1], n)
        known = (float(right.mean()), grid.spacing, grid.half)
        if not right.any():
            return Tunnel("given up", *known)
        found = _wide_way(region, ring, grid)
        if found is None and n == grids[0]:
            # just beyond all points that are right
            held = 1.001 * float(ring.distance(ring.inner[right]).max())
            loop = enclosing_loop(region, ring.centre, held, grid.half)
            if loop is not None:
                return Tunnel("enclosed", *known, loop=loop)
            found = _thin_way(region, ring, grid, ring.inner[right])
        if found is not None:
            return Tunnel("tunnel", *known, path=found, narrowest=narrowest(region, ring, found) if measure else None)
    return Tunnel("not decided", *known)


def _wide_way(region: Region, ring: Surroundings, grid: Grid) -> Array | None:
    """The widest proved way out that the grid shows (M, 2)."""
    inside, distance = grid.inside(region), ring.distance(grid.points)
    edge = np.zeros_like(inside)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    start = inside & (distance <= ring.radius)
    if not (reached(inside, start) & edge).any():
        return None
    best = widest_way(clearance(inside), counted(ring, grid.points), start, edge)
    if best is None:
        return None
    way = grid.at(best.nodes)
    return next((path for path in (_smoothed(way), way) if region.holds_along(path)), None)


def _thin_way(region: Region, ring: Surroundings, grid: Grid, starts: Array) -> Array | None:
    """The widest proved way out (M, 2) of those that lead straight away from the line in the last representation."""
    chosen = starts[np.linspace(0, len(starts) - 1, min(24, len(starts))).astype(int)]
    best, widest = None, 0.0
    for way in escapes(region, chosen, ring.centre, grid.half):
        part = way[counted(ring, way)]
        least = breadths(region, resampled(part, ring.ring[1] / 100), ring.ring[1]).min() if len(part) > 1 else 0.0
        if least > widest and region.holds_along(way):
            best, widest = way, least
    return best


def _smoothed(way: Array, passes: int = 20) -> Array:
    """The way with its grid steps ironed out; the same number of points, both ends kept."""
    for _ in range(passes):
        way = np.vstack([way[:1], (way[:-2] + 2 * way[1:-1] + way[2:]) / 4, way[-1:]])
    return way
