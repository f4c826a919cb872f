"""Trajectory: space as a function of time, as the moves of a network's layers in order."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from netlib.activations import Array
from netlib.errors import UntangleError
from netlib.layers import Layer
from netlib.motion.moves import Move, together
from netlib.network import Network

LayerMoves = Callable[[Layer, int], tuple[Move, ...]]


def moves_of(layer: Layer, index: int = 0) -> tuple[Move, ...]:
    """Return a layer as all of its moves, one by one."""
    return layer.moves(index)


def affine_then_bend(layer: Layer, index: int = 0) -> tuple[Move, ...]:
    """Return a layer with its first linear moves, where there are several, at once, as W x + b, then the others one by
    one."""
    moves = layer.moves(index)
    affine = tuple(itertools.takewhile(lambda move: move.linear is not None, moves))
    return (together("W x + b", affine), *moves[len(affine) :]) if len(affine) > 1 else moves


class StatesCache:
    """Arrays that were computed for arrays of points, kept as long as the points are in use.

    Without `__dict__`, since Manim goes through that of all that a scene holds, and fails where an entry is dropped
    meanwhile.
    """

    __slots__ = ("_kept",)

    def __init__(self) -> None:
        self._kept: dict[int, tuple[weakref.ref[Array], list[Array]]] = {}

    def of(self, points: Array) -> list[Array]:
        """Return the list of what was computed for these points, to be read and extended. The same array must hold the
        same points."""
        key = id(points)
        if key not in self._kept or self._kept[key][0]() is not points:
            self._kept[key] = (weakref.ref(points, lambda _: self._kept.pop(key, None)), [])
        return self._kept[key][1]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Moves in order; t runs from 0 to the number of moves."""

    moves: tuple[Move, ...] = ()

    @classmethod
    def through(cls, network: Network, taken_apart: LayerMoves = moves_of) -> Self:
        """Return the trajectory through the hidden layers; the readout is a line or plane, not a move."""
        return cls(tuple(m for k, layer in enumerate(network.hidden) for m in taken_apart(layer, k)))

    def then(self, move: Move) -> Self:
        """Return the trajectory with one more move at its end."""
        return replace(self, moves=(*self.moves, move))

    def at(self, points: Array, t: float) -> Array:
        """Return where points (N, d) are at time t in [0, len(moves)], as (N, ambient of the move under way)."""
        t = min(max(float(t), 0.0), float(len(self.moves)))
        if not self.moves:
            return points
        whole = min(int(t), len(self.moves) - 1)
        return self.moves[whole].at(self.after(points, whole), t - whole)

    def after(self, points: Array, count: int) -> Array:
        """Return where points (N, d) are after the first `count` moves."""
        for move in self.moves[:count]:
            points = move.at(points, 1.0)
        return points

    def end(self, points: Array) -> Array:
        """Return where points end: the representation before the readout, in the last move's ambient space."""
        return self.at(points, len(self.moves))


@dataclass(frozen=True, eq=False)
class CachedTrajectory(Trajectory):
    """A trajectory that is asked for the same arrays of points at many times: it makes no whole move twice for them.

    An array that it was given must not change while it is in use.
    """

    _states: StatesCache = field(default_factory=StatesCache, repr=False, compare=False)

    def after(self, points: Array, count: int) -> Array:
        states = self._states.of(points)
        for move in self.moves[len(states) : count]:
            states.append(move.at(states[-1] if states else points, 1.0))
        return states[count - 1] if count else points


@dataclass(frozen=True, eq=False)
class TrainingTrajectory:
    """Where inputs are drawn while a network trains: at t = 0 where they are, at t = 1 where its last hidden layer has
    them before training, from there to t = 2 where it has them at each moment of the training.

    network_at: the network at a share in [0, 1] of the training. first, last: how inputs and the last hidden layer,
    (N, d) to (N, up to 3), are drawn. Between t = 0 and 1 the two pictures are blended: no network does that.
    """

    network_at: Callable[[float], Network]
    first: Callable[[Array], Array]
    last: Callable[[Array], Array]
    moves: tuple[Move, ...] = ()

    def then(self, move: Move) -> Self:
        """Raise UntangleError: a training is no place for another move."""
        raise UntangleError(f"'{move.title}' cannot follow a training. Show it in a space of its own")

    def at(self, points: Array, t: float) -> Array:
        """Return where inputs (N, inputs) are drawn at time t in [0, 2], as (N, up to 3)."""
        t = min(max(float(t), 0.0), 2.0)
        if t == 0:
            return self.first(points)
        after = self.last(self.network_at(max(t - 1, 0.0)).represent(points))
        if t >= 1:
            return after
        before = self.first(points)
        wide = max(before.shape[1], after.shape[1])
        before, after = (np.pad(each, ((0, 0), (0, wide - each.shape[1]))) for each in (before, after))
        return (1 - t) * before + t * after
