"""The tunnel: does the region that a network gives the class inside the ring run out through the ring?

With continuous monotone activations, width 2 cannot enclose the disk, at any depth (Beise, Dias da Cruz, Schroeder,
arXiv 1807.01194; Johnson, arXiv 1810.00393). Here both outcomes are proved for the network at hand: a tunnel, by a path
out on which every point gets the class of the disk; an enclosure, by a closed curve between disk and ring on which no
point does. Grids only find these curves; interval arithmetic proves the statements about them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.annulus import Annulus, annulus
from netlib.certificates.certificate import Certificate
from netlib.certificates.intervals import Arcs, Region, closed
from netlib.certificates.paths import (
    Grid,
    Narrowest,
    chord_lengths,
    clearances,
    flood_fill,
    narrowest,
    resampled,
    widest_path,
)
from netlib.datasets import Dataset
from netlib.kept import kept
from netlib.network import Network

# Nodes a side of the grids on which a path out is looked for; each has half the spacing of the one before. A tunnel
# that the first grid does not show is looked for by ascent of the margin.
GRIDS = (201, 401, 801, 1601)
# The path on the first grid proves a tunnel; the widest path, whose width is measured, needs a finer grid.
MEASURED = GRIDS[1:]
# Half the side of the box, in radii of the ring.
BOX = 3.0
# Steps of the ascent, and the least slope of a layer in it: a flat or singular layer is changed by so much to find a
# path, and whether the path stays inside the region is then decided on the network itself.
ASCENT_STEPS, LEAST_SLOPE = 4000, 1e-6
# Angles and radii among which a closed curve is looked for, and by how many radii it may change from angle to angle.
ANGLES, RADII, SWING = 360, 200, 4


@dataclass(frozen=True, eq=False)
class Tunnel:
    """What becomes of the region to which the network gives the class inside the ring.

    outcome: "tunnel" (a path out is proved), "enclosed" (a closed curve between disk and ring is proved to have other
    classes, and a point of the class inside to be right), "given up" (such a curve, and every point of the class inside
    is proved to be wrong), "closed off" (such a curve, and the points of the class inside are too near to the boundary
    for float64), or "not decided". right: share of that class's points that are proved to be right. path: the path out
    (M, 2), from the disk to the edge of the box, or to beyond the ring where the region ends before that edge. loop:
    the closed curve (M, 2). narrowest: the narrowest place of the tunnel, between the disk and the outer edge of the
    ring. spacing: of the grid on which the path was found. box: half the side of that grid.
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
        """True: a tunnel. False: enclosed, or given up, so that nothing can escape. None: not decided."""
        return _OUTCOMES[self.outcome][0]

    @property
    def width(self) -> float | None:
        """Width at the narrowest place, in the units of the data; None without a tunnel or where it is not decided."""
        return self.narrowest.width if self.narrowest and self.narrowest.decided else None

    @property
    def certificate(self) -> Certificate:
        """Evidence for: the region called "disk" runs out of the disk, through the ring."""
        measured: dict[str, float | int | str | bool] = {"outcome": self.outcome, "disk points right": self.right}
        if self.narrowest is not None:
            measured["width"] = "?" if self.width is None else self.width
            measured["at x"], measured["at y"] = map(float, self.narrowest.point)
        finest = self.spacing if self.narrowest is None else self.narrowest.spacing
        escapes, resolution, caveat = _OUTCOMES[self.outcome]
        return Certificate(escapes, measured, resolution.format(self.spacing, finest), caveat, "proved")


# whether the region escapes, how that is known, with the spacings of the grids, and what it does not show
_OUTCOMES: dict[str, tuple[bool | None, str, str]] = {
    "tunnel": (
        True,
        "way found on a grid of {0:.2g}, proved by intervals; width on a grid of {1:.1g}",
        "Of all tunnels it is the widest that was found. Beyond the box nothing was computed.",
    ),
    "enclosed": (
        False,
        "closed curve between disk and ring, proved by intervals",
        "It is a statement about this network; other networks of the same widths may leave a tunnel.",
    ),
    "given up": (
        False,
        "closed curve between disk and ring, proved by intervals; every point of the class",
        "The network has no point of the disk right. Between the points of the data nothing was computed.",
    ),
    "closed off": (
        False,
        "closed curve between disk and ring, proved by intervals",
        "Whether any point of the disk is right was not decided: rounding is larger than the margins.",
    ),
    "not decided": (
        None,
        "not decided at this resolution: grid of {0:.2g}",
        "Neither a way out nor a closed curve between disk and ring was found.",
    ),
}


@kept(Tunnel, Narrowest)
def tunnel(network: Network, data: Dataset, measure: bool = True) -> Tunnel:
    """Return whether the region of the class inside the data's ring runs out through the ring.

    measure: look for the widest path out, and measure its width. Raises UntangleError where the data has no ring.
    """
    ring = annulus(data)
    region = Region(network, ring.label)
    right, wrong = region.sides(Arcs.straight(ring.inner, ring.inner))
    grids = MEASURED if measure else GRIDS
    # a curve between the points of disk and ring, not too close to either: the shapes are larger than their samples
    rim = 0.05 * (ring.ring[0] - ring.radius)
    loop = enclosing_loop(region, ring.centre, ring.radius + rim, ring.ring[0] - rim)
    for n in grids:
        grid = Grid(ring.centre, BOX * ring.ring[1], n)
        known = (float(right.mean()), grid.spacing, grid.half)
        if loop is not None:
            outcome = "enclosed" if right.any() else ("given up" if wrong.all() else "closed off")
            return Tunnel(outcome, *known, loop=loop)
        path = _widest_path_out(region, ring, grid)
        if path is None and n == grids[0]:
            path = _widest_ascent(region, ring, grid, ring.inner[right])
        if path is not None:
            return Tunnel("tunnel", *known, path=path, narrowest=narrowest(region, ring, path) if measure else None)
    return Tunnel("not decided", *known)


def _widest_path_out(region: Region, ring: Annulus, grid: Grid) -> Array | None:
    """The widest path out (M, 2) on the grid, proved to be inside the region; None where there is no such path. It
    leads to the edge of the grid where the region does, else to beyond the ring."""
    inside, distance = grid.inside(region), ring.distance(grid.points)
    edge = np.zeros_like(inside)
    edge[[0, -1]] = edge[:, [0, -1]] = True
    start = inside & (distance <= ring.radius)
    reached = flood_fill(inside, start)
    goal = next((goal for goal in (edge, distance > ring.ring[1]) if (reached & goal).any()), None)
    best = None if goal is None else widest_path(clearances(inside), ring.contains(grid.points), start, goal)
    if best is None:
        return None
    path = grid.at(best.nodes)
    return next((found for found in (_smoothed(path), path) if region.contains(found[:-1], found[1:])), None)


def _smoothed(path: Array, passes: int = 20) -> Array:
    """The path without its grid steps; the same number of points and the same ends."""
    for _ in range(passes):
        path = np.vstack([path[:1], (path[:-2] + 2 * path[1:-1] + path[2:]) / 4, path[-1:]])
    return path


def _widest_ascent(region: Region, ring: Annulus, grid: Grid, starts: Array) -> Array | None:
    """The widest of some paths of ascent (M, 2) that are proved to be inside the region; None where none is."""
    chosen = starts[np.linspace(0, len(starts) - 1, min(24, len(starts))).astype(int)]
    best, widest = None, 0.0
    for path in margin_ascent(region, chosen, ring.centre, grid.half):
        part = path[ring.contains(path)]
        if len(part) > 1:
            least = chord_lengths(region, resampled(part, ring.ring[1] / 100), ring.ring[1]).min()
            if least > widest and region.contains(path[:-1], path[1:]):
                best, widest = path, least
    return best


def margin_ascent(region: Region, starts: Array, centre: Array, half: float) -> tuple[Array, ...]:
    """Return paths (M, 2) from starts (N, 2) in the region to the edge of the square with that centre and half side.

    Along each path the last representation moves straight away from the separating line. Where every layer is an
    invertible map of the plane, the margin grows all along the path, which goes on to infinity: this finds tunnels that
    are too thin for any grid. Returns no path where the layers are not all 2 -> 2, where a slope is unknown, or where
    none was found.
    """
    network = region.network
    plane = all(layer.inputs == layer.outputs == 2 and layer.activation.slope for layer in network.hidden)
    if not plane or len(region.rivals.weight) != 1 or not len(starts):
        return ()
    points, margin = starts.copy(), region.margin(starts)
    step, track = np.full(len(starts), half / 300), [starts]
    active = margin > 0
    for _ in range(ASCENT_STEPS):
        ahead = points + step[:, None] * _ascent_direction(region, points)
        ahead = points + step[:, None] * _ascent_direction(region, (points + ahead) / 2)
        gained = region.margin(ahead)
        better = active & (gained > 0) & (gained >= margin * (1 - 1e-12))
        points, margin = np.where(better[:, None], ahead, points), np.where(better, gained, margin)
        track.append(points)
        step = np.where(better, np.minimum(step * 1.5, half / 300), step / 2)
        active &= (np.abs(points - centre).max(axis=1) <= half) & (step > half * 1e-9)
        if not active.any():
            break
    out = np.abs(points - centre).max(axis=1) > half
    paths = np.stack(track, axis=1)[out & (margin > 0)]
    return tuple(path[np.r_[True, np.any(np.diff(path, axis=0) != 0, axis=1)]] for path in paths)


def _ascent_direction(region: Region, points: Array) -> Array:
    """Unit vectors (N, 2) along which the last representation moves at right angles to the line: J^-1 w."""
    jacobian = np.broadcast_to(np.eye(2), (len(points), 2, 2))
    for layer in region.network.dense[:-1]:
        assert layer.activation.slope is not None
        before = points @ layer.weight.T + layer.bias
        slope = np.maximum(layer.activation.slope(before), LEAST_SLOPE)
        jacobian = slope[:, :, None] * (layer.weight @ jacobian)
        # only the direction matters; this keeps the numbers in range however deep the network is
        jacobian = jacobian / np.maximum(np.abs(jacobian).max(axis=(1, 2), keepdims=True), 1e-300)
        points = layer.activation(before)
    weight = region.rivals.weight[0]
    a, b, c, d = (jacobian[:, i, j] for i in (0, 1) for j in (0, 1))
    # the adjugate is the inverse but for the factor 1 / det, whose sign makes the margin grow
    raw = np.column_stack([d * weight[0] - b * weight[1], a * weight[1] - c * weight[0]])
    raw *= np.where(a * d - b * c < 0, -1, 1)[:, None]
    return np.asarray(raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-300))


def enclosing_loop(region: Region, centre: Array, inner: float, outer: float) -> Array | None:
    """Return a closed polygon (ANGLES, 2) around the centre, between two radii, that is proved to be outside the region
    all along: there is no path out.

    None where none was found. Only curves that meet every ray from the centre once are looked for.
    """
    inner = inner / np.cos(np.pi / ANGLES)  # the sides of a polygon are nearer to the centre than its corners
    if not 0 < inner < outer:
        return None
    angles = np.arange(ANGLES) * 2 * np.pi / ANGLES
    radii = np.linspace(inner, outer, RADII)
    directions = np.column_stack([np.cos(angles), np.sin(angles)])
    points = centre + radii[:, None] * directions[:, None]
    margin = region.margin(points.reshape(-1, 2)).reshape(ANGLES, RADII)
    rings = margin.max(axis=0)
    # a circle where one is outside, else the loop that is farthest outside
    choices = [np.full(ANGLES, rings.argmin())] if rings.min() < 0 else []
    for chosen in (*choices, _deepest_loop(margin)):
        loop = points[np.arange(ANGLES), chosen]
        if margin[np.arange(ANGLES), chosen].max() < 0 and region.avoids(*closed(loop)):
            return np.asarray(loop)
    return None


def _deepest_loop(margin: Array) -> Array:
    """For each angle the index of a radius (ANGLES,), such that the greatest margin on the loop is as small as possible
    and the index changes by SWING or less from each angle to the next. margin: (ANGLES, RADII)."""
    # begin at the angle whose best margin is worst: there the choice of radius matters most
    first = int(margin.min(axis=1).argmax())
    turned = np.roll(margin, -first, axis=0)
    begin = int(turned[0].argmin())
    best = np.full(RADII, np.inf)
    best[begin] = turned[0, begin]
    steps = list[Array]()
    for row in (*turned[1:], turned[0]):
        shifted = np.full((2 * SWING + 1, RADII), np.inf)
        for k, move in enumerate(range(-SWING, SWING + 1)):
            low, high = max(0, move), min(RADII, RADII + move)
            shifted[k, low:high] = best[low - move : high - move]
        steps.append(shifted.argmin(axis=0) - SWING)
        best = np.maximum(row, shifted.min(axis=0))
    index, chosen = begin, list[int]()
    for step in reversed(steps):
        chosen.append(index)
        index -= int(step[index])
    # chosen runs backwards from the closing row, which is the first angle again
    around = np.array([begin, *chosen[:0:-1]])
    return np.roll(around, first)
