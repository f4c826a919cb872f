"""Trajectory: space as a function of time, all moves of a network in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from netlib.activations import Array
from netlib.motion.moves import Move, moves_of, padded, together
from netlib.network import Layer, Network

LayerMoves = Callable[[Layer, int], tuple[Move, ...]]


def affine_then_bend(layer: Layer, index: int = 0) -> tuple[Move, ...]:
    """Return a layer as two moves: the whole affine map W x + b at once, then the bend."""
    moves = moves_of(layer, index)
    affine = together("W x + b", tuple(m for m in moves if m.part != "bend"))
    return (affine, *(m for m in moves if m.part == "bend"))


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Moves in order; t runs from 0 to the number of moves."""

    moves: tuple[Move, ...]

    @classmethod
    def through(cls, network: Network, taken_apart: LayerMoves = moves_of) -> Trajectory:
        """Return the trajectory through the hidden layers; the readout is a line or plane, not a move."""
        return cls(tuple(m for k, layer in enumerate(network.hidden) for m in taken_apart(layer, k)))

    def at(self, points: Array, t: float) -> Array:
        """Return where points (N, d) are at time t in [0, len(moves)], as (N, ambient of the move under way)."""
        t = min(max(float(t), 0.0), float(len(self.moves)))
        whole = min(int(t), len(self.moves) - 1)
        for move in self.moves[:whole]:
            points = move.at(points, 1.0)
        return self.moves[whole].at(points, t - whole) if self.moves else points

    def end(self, points: Array) -> Array:
        """Return where points end: the representation before the readout, in the last move's ambient space."""
        return self.at(points, len(self.moves))


class Course:
    """A trajectory that is asked where the same points are at many times: no whole move is made twice for them."""

    def __init__(self, trajectory: Trajectory) -> None:
        self.trajectory = trajectory
        self._states: list[Array] = []  # of the points asked for last, after 0, 1, ... whole moves

    def at(self, points: Array, t: float) -> Array:
        """Return what `Trajectory.at` does. The points, if it is the same array as before, must be unchanged."""
        moves = self.trajectory.moves
        if not self._states or points is not self._states[0]:
            self._states = [points]
        whole = max(0, min(int(t), len(moves) - 1))
        while len(self._states) <= whole:
            self._states.append(moves[len(self._states) - 1].at(self._states[-1], 1.0))
        return Trajectory(moves[whole:]).at(self._states[whole], t - whole)


__all__ = ["Course", "Trajectory", "affine_then_bend", "padded"]
