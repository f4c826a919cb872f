"""Linking numbers: how often two closed curves in space run through each other.

For polygons the Gauss integral has a closed form: each pair of sides contributes the solid angle of their differences
(Z. Arai, "A rigorous numerical algorithm for computing the linking number of links", 2013). The sum divided by 4 pi is
a whole number up to rounding; where it is not one, the computation has failed and nothing is decided.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.spatial.distance import cdist

from netlib.activations import Array
from netlib.certificates.boxes import UNIT
from netlib.certificates.certificate import Certificate
from netlib.certificates.intervals import Arcs, closed, halved, through
from netlib.datasets import Loop
from netlib.errors import UntangleError
from netlib.kept import kept
from netlib.layers import Dense
from netlib.motion.trajectory import affine_then_bend
from netlib.network import Network

# So many pairs of sides take about a second; so many are computed at a time, to bound the memory.
MOST_PAIRS = 4_000_000
CHUNK = 200_000
# Polygons that are nearer to each other than this share of their size touch, as far as float64 can tell.
TOUCHING = 1e-12


@dataclass(frozen=True)
class Linking:
    """How often the images of two loops are linked after `layer` hidden layers (0: in the input).

    number: None where it is not decided; its sign depends on the loops' directions. arcs: number of pieces into which
    each loop was cut. distance: the least distance between middles of pieces, in the units of that representation.
    """

    number: int | None
    layer: int
    arcs: tuple[int, int]
    distance: float

    @property
    def certificate(self) -> Certificate:
        """Evidence for: the loops are linked, so no plane separates them."""
        arcs = f"{self.arcs[0]} and {self.arcs[1]} arcs"
        measured = {"linking number": "?" if self.number is None else self.number, "nearest": self.distance}
        resolution = f"not decided at {arcs}" if self.number is None else f"{arcs}, proved not to touch"
        caveat = "It is a statement about these loops, not about the sampled data."
        if self.number == 0:  # which proves nothing: the Whitehead link has it
            caveat = "Zero does not mean that the loops can be pulled apart."
        return Certificate(True if self.number else None, measured, resolution, caveat, "proved")


def linking_number(first: Array, second: Array) -> int | None:
    """Return the linking number of two closed polygons (M, 3) and (N, 3); None where they touch, or come so near to
    each other that float64 cannot decide."""
    polygons = [np.asarray(polygon, dtype=np.float64) for polygon in (first, second)]
    size = max(float(np.abs(polygon).max()) for polygon in polygons) or 1.0
    (a, b), (c, d) = (closed(polygon / size) for polygon in polygons)
    total, rows = 0.0, max(1, CHUNK // len(c))
    for k in range(0, len(a), rows):
        some, other = (slice(k, k + rows), None), (None, slice(None))
        p, q = (a[some] + b[some]) / 2, (c[other] + d[other]) / 2
        if not _segment_distance(p, b[some] - a[some], q, d[other] - c[other]).min() > TOUCHING:
            return None
        total += _solid_angles(a[some], b[some], c[other], d[other])
    turns = total / (4 * np.pi)
    return round(turns) if np.isfinite(turns) and abs(turns - round(turns)) < 1e-6 else None


@kept(Linking)
def linkings(network: Network, loops: tuple[Loop, Loop]) -> tuple[Linking, ...]:
    """Return the linking number of two loops in space, in the input and after every hidden layer of width 3.

    In other dimensions it has no meaning, and after a layer of another width it may change. The network bends the
    loops' straight sides. These are halved until intervals prove that the two curves stay apart while each is replaced
    by a polygon; the curves then have the linking number of the polygons. Raises UntangleError for loops not in space.
    """
    _in_space(network, loops)
    widths = (3, *network.widths[:-1])
    return tuple(_linking(network, loops, layer) for layer, width in enumerate(widths) if width == 3)


@kept(Linking)
def shadow_linkings(network: Network, loops: tuple[Loop, Loop], layer: int, moments: int = 101) -> tuple[Linking, ...]:
    """Return the linking numbers that the shadows of two loops, their first three coordinates, have one after the other
    during the move x -> W x + b of hidden layer `layer`, from 0. Where they differ, the shadows cross in between.

    The numbers are looked for at so many moments; each that is returned is proved at one of them. Raises UntangleError
    for loops not in space.
    """
    _in_space(network, loops)
    move, found = affine_then_bend(network.hidden[layer], layer)[0], list[Linking]()
    points, times = [network.represent(loop.points, layer) for loop in loops], np.linspace(0, 1, moments).tolist()
    numbers = [linking_number(*(move.at(some, t)[:, :3] for some in points)) for t in times]
    for _, run in itertools.groupby(range(moments), numbers.__getitem__):
        chosen = list(run)
        t = times[chosen[len(chosen) // 2]]
        matrix, offset = move.matrix(t), move.at(np.zeros((1, move.inputs)), t)[0]
        assert matrix is not None
        found.append(_linking(network, loops, layer, Dense(matrix[:3, : move.inputs], offset[:3])))
    return tuple(found)


def _in_space(network: Network, loops: tuple[Loop, Loop]) -> None:
    if any(loop.points.shape[1] != 3 for loop in loops) or network.inputs != 3:
        raise UntangleError("a linking number needs two loops in three dimensions, and a network that takes them")


def _linking(network: Network, loops: tuple[Loop, Loop], layer: int, shadow: Dense | None = None) -> Linking:
    """The linking number after some layers; shadow: applied to that representation, and ends in space."""
    last = () if shadow is None else (shadow,)
    network = Network((*network.hidden[:layer], *last), Dense(np.ones((1, 3)), np.zeros(1)))
    sides = [closed(loop.points) for loop in loops]
    while True:
        first, second = (through(network, Arcs.straight(*side)) for side in sides)
        near, distance = _too_near(first, second)
        sizes = (len(first.start), len(second.start))
        if not near[0].any():
            return Linking(linking_number(first.start, second.start), layer, sizes, distance)
        if (sizes[0] + near[0].sum()) * (sizes[1] + near[1].sum()) > MOST_PAIRS:
            return Linking(None, layer, sizes, distance)
        sides = [_split(*side, split) for side, split in zip(sides, near, strict=True)]


def _too_near(first: Arcs, second: Arcs) -> tuple[tuple[Array, Array], float]:
    """Which arcs of each curve are not proved to be disjoint from the other curve, and the least distance of middles.

    Each arc and its chord lie in a ball around the middle, and in a thin tube around a segment. Two arcs are disjoint
    where their balls or their tubes are.
    """
    balls = [np.hypot.reduce(arcs.reach, axis=1) for arcs in (first, second)]
    tubes = [np.hypot.reduce(arcs.spread / 2 + 2 * arcs.rounding, axis=1) for arcs in (first, second)]
    size = max(float(np.abs(arcs.middle).max()) for arcs in (first, second)) or 1.0  # so that no square underflows
    distance = size * cdist(first.middle / size, second.middle / size)
    # NaN, of numbers too large for float64, proves nothing
    i, j = np.nonzero(~(distance > balls[0][:, None] + balls[1][None]))
    ends = first.middle[i], first.velocity[i], second.middle[j], second.velocity[j]
    apart = size * _segment_distance(*(each / size for each in ends))
    doubtful = ~(apart > tubes[0][i] + tubes[1][j])
    near = np.zeros(len(distance), dtype=bool), np.zeros(distance.shape[1], dtype=bool)
    # the thicker tube of a doubtful pair is split, so that a curve that is fine enough is not split again
    i, j = i[doubtful], j[doubtful]
    near[0][i[~(tubes[0][i] < tubes[1][j])]] = True
    near[1][j[~(tubes[0][i] > tubes[1][j])]] = True
    if len(i) and not near[0].any():
        near[0][i] = True
    return near, float(distance.min())


def _segment_distance(p: Array, u: Array, q: Array, v: Array) -> Array:
    """A lower bound (...), nearly sharp, of the distance between the segments p + s u and q + t v, s and t in
    [-1/2, 1/2], all (..., 3): how far apart they lie in the direction between two points of them that are nearest but
    for rounding. Of nearly parallel segments the nearest points themselves are not known to many digits."""

    def dot(x: Array, y: Array) -> Array:
        return np.asarray((x * y).sum(axis=-1))

    a, b, c, w = dot(u, u), dot(u, v), dot(v, v), p - q
    d, e = dot(u, w), dot(v, w)
    tiny = 1e-300
    s = np.clip((b * e - c * d) / np.maximum(a * c - b * b, tiny), -0.5, 0.5)
    for _ in range(2):  # again after clipping, so that both lie within their ends
        t = np.clip((b * s + e) / np.maximum(c, tiny), -0.5, 0.5)
        s = np.clip((b * t - d) / np.maximum(a, tiny), -0.5, 0.5)
    between = w + s[..., None] * u - t[..., None] * v
    between = between / np.maximum(np.linalg.norm(between, axis=-1), tiny)[..., None]
    sizes = sum(np.linalg.norm(each, axis=-1) for each in (u, v, w))
    apart = dot(between, w) - (np.abs(dot(between, u)) + np.abs(dot(between, v))) / 2
    return np.asarray(np.maximum(apart - 8 * UNIT * sizes, 0.0))


def _split(start: Array, end: Array, chosen: Array) -> tuple[Array, Array]:
    """Halve the chosen segments and keep all in order."""
    starts, ends = halved(start, end)
    keep = np.stack([np.ones(len(start), dtype=bool), chosen], axis=1).ravel()
    ends = np.where(np.repeat(chosen, 2)[:, None], ends, np.repeat(end, 2, axis=0))
    return starts[keep], ends[keep]


def _solid_angles(a: Array, b: Array, c: Array, d: Array) -> float:
    """Sum over all pairs of sides a-b and c-d of the signed solid angle of their differences, in steradians."""
    p, q, r, s = a - c, b - c, b - d, a - d
    return float(2 * (_triangle(p, q, r) + _triangle(r, s, p)).sum())


def _triangle(a: Array, b: Array, c: Array) -> Array:
    """Half the solid angle of a triangle seen from the origin (van Oosterom, Strackee 1983)."""
    x, y, z = (np.linalg.norm(v, axis=-1) for v in (a, b, c))
    volume = (a * np.cross(b, c)).sum(axis=-1)
    under = x * y * z + (a * b).sum(axis=-1) * z + (c * a).sum(axis=-1) * y + (b * c).sum(axis=-1) * x
    return np.asarray(np.arctan2(volume, under))
