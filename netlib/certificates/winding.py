"""Winding numbers: how often a loop runs around a point, after every move. No homeomorphism of the plane changes it,
except for its sign."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.boxes import TINY
from netlib.certificates.certificate import Certificate
from netlib.certificates.intervals import SHORTEST, Arcs, closed, halved
from netlib.datasets import Loop
from netlib.errors import UntangleError
from netlib.kept import kept
from netlib.motion.moves import Move
from netlib.motion.trajectory import Trajectory
from netlib.network import Network

# A loop that needs more arcs than this passes so close to the point that float64 cannot decide.
MOST_ARCS = 50_000
# Below this cross product, of a polygon of size 1, a side counts as one through the point.
TOUCHING = 1e-12


@dataclass(frozen=True)
class Winding:
    """How often the image of a loop winds around the image of a point, after one move.

    number: positive anticlockwise; None where it is not decided. after: title of the move ("start" before the first).
    layer: index of its layer, -1 before the first. distance: the least distance of the sampled loop from the point, in
    the units of that representation. arcs: number of pieces into which the loop was cut.
    """

    number: int | None
    after: str
    layer: int
    distance: float
    arcs: int

    @property
    def certificate(self) -> Certificate:
        """Evidence for: the loop still winds around the point."""
        measured = {"winding number": "?" if self.number is None else self.number, "nearest": self.distance}
        caveat = "It is a statement about this loop and this point, not about the sampled data."
        if self.number is None:
            open_at = f"not decided at {self.arcs} arcs: the loop passes too close to the point for float64"
            return Certificate(None, measured, open_at, caveat)
        resolution = f"{self.arcs} arcs, each proved to stay on one side of the point"
        return Certificate(self.number != 0, measured, resolution, caveat, "proved")


def winding_number(polygon: Array, point: Array) -> int | None:
    """Return how often a closed polygon (M, 2) winds around a point (2,), positive anticlockwise; None where they
    touch.

    The angles of the straight sides, seen from the point, add up to a whole number of turns.
    """
    around = np.asarray(polygon, dtype=np.float64) - point
    start, end = closed(around / (np.abs(around).max(initial=0.0) or 1.0))
    cross, dot = _cross(start, end), (start * end).sum(axis=1)
    # a side through the point: its ends lie in opposite directions
    if np.any((np.abs(cross) <= TOUCHING) & (dot <= TOUCHING)):
        return None
    return _whole_turns(float(np.arctan2(cross, dot).sum()))


@kept(Winding)
def windings(network: Network, loop: Loop) -> tuple[Winding, ...]:
    """Return the winding number of a loop around its point before the first move and after every move of the network.

    The loop is the closed polygon of loop.points. Every side becomes a curve, and is halved until the curve is proved
    to stay on one side of the image of the point. Moves of a layer that leaves the plane (width 3) are not in the
    tuple: a winding number has no meaning there. Raises UntangleError for a loop that is not in the plane around a
    point.
    """
    if loop.around is None or loop.points.shape[1] != 2 or network.inputs != 2:
        raise UntangleError(f"loop '{loop.name}': a winding number needs a loop in the plane around a point")
    moves = [move for move in Trajectory.through(network).moves if network.hidden[move.layer].inputs == 2]
    moves = [m for m in moves if all(layer.outputs == 2 for layer in network.hidden[: m.layer + 1])]
    labels = [("start", -1), *((m.title, m.layer) for m in moves)]
    start, end = closed(loop.points)
    turns, decided = np.zeros(len(labels)), np.ones(len(labels), dtype=bool)
    nearest, arcs = np.full(len(labels), np.inf), 0
    while len(start):
        angles, sure, distances = _followed(network, moves, start, end, loop.around)
        # halves of the shortest arcs could not be told from points
        settled = sure.all(axis=0) | (np.abs(end - start).max(axis=1) < SHORTEST)
        settled |= arcs + 2 * (~settled).sum() > MOST_ARCS
        turns += np.where(sure, angles, 0)[:, settled].sum(axis=1)
        decided &= sure[:, settled].all(axis=1)
        nearest = np.minimum(nearest, distances)
        arcs += int(settled.sum())
        start, end = halved(start[~settled], end[~settled])
    numbers = [_whole_turns(turn) if sure else None for turn, sure in zip(turns, decided, strict=True)]
    return tuple(
        Winding(number, *label, float(d), arcs) for number, label, d in zip(numbers, labels, nearest, strict=True)
    )


def _followed(
    network: Network, moves: list[Move], start: Array, end: Array, point: Array
) -> tuple[Array, Array, Array]:
    """For every segment its angle and whether that is proved, (moves + 1, N) each; and the least distance (moves +
    1,)."""
    arcs, centre = Arcs.straight(start, end), Arcs.straight(point[None], point[None])
    views = [_seen_from(arcs, centre)]
    for move in moves:
        layer = network.dense[move.layer]
        arcs, centre = arcs.moved(move, layer), centre.moved(move, layer)
        views.append(_seen_from(arcs, centre))
    angles, sure, distances = (np.stack(part) for part in zip(*views, strict=True))
    return angles, sure, distances


def _seen_from(arcs: Arcs, centre: Arcs) -> tuple[Array, Array, float]:
    """The angle between both ends of each arc, seen from a point of the plane; whether the whole curve is proved to
    turn by that angle around the point; the least distance of an arc's middle."""
    point = centre.middle[0, :2]
    start, end, middle = arcs.start[:, :2] - point, arcs.end[:, :2] - point, arcs.middle[:, :2] - point
    distance = np.hypot(middle[:, 0], middle[:, 1])
    # each by its own length: where the middle is near, and an end is far, their quotient overflows
    start, end, toward = (each / np.maximum(np.hypot(*each.T), TINY)[:, None] for each in (start, end, middle))
    angle = np.arctan2(_cross(start, end), (start * end).sum(axis=1))
    # where the curve's component away from the point stays positive, it lies in a half-plane without the point
    advance = np.abs((toward * arcs.velocity[:, :2]).sum(axis=1)) + (np.abs(toward) * arcs.spread[:, :2]).sum(axis=1)
    rounding = 2 * (arcs.rounding[:, :2] + centre.rounding[0, :2]).sum(axis=1)
    sure = (distance - advance / 2 > rounding) & np.isfinite(distance) & np.isfinite(angle)
    return angle, sure, float(distance.min())


def _cross(a: Array, b: Array) -> Array:
    return np.asarray(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _whole_turns(angle: float) -> int | None:
    turns = angle / (2 * np.pi)
    return round(turns) if abs(turns - round(turns)) < 1e-6 else None
