"""Moves: a layer taken apart into homotopies of space that never collapse it on the way.

The straight line from I to W can pass through singular matrices; the polar path cannot. W = Q P, so space is first
stretched (I to P, symmetric and positive definite all the way), then turned (I to Q), then moved by b, then bent.
Only the end of each layer is computed by the network: what lies between is our choice of path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from netlib.activations import Activation, Array
from netlib.motion.rotations import RotationPath, completed, polar_rotation


@dataclass(frozen=True, eq=False)
class Move:
    """A homotopy of space, the identity at t = 0.

    title: the word for it on screen. layer: index of its hidden layer, from 0. part: stretch, rotate, mirror,
    flatten, translate or bend, or several of them joined by '+'. inputs: dimension of the points taken. ambient:
    dimension of the space in which the move happens; points are padded with zeros to it.
    """

    title: str
    part: str
    inputs: int
    ambient: int
    function: Callable[[Array, float], Array] = field(repr=False)
    linear: Callable[[float], Array] | None = field(default=None, repr=False)
    layer: int = 0

    def at(self, points: Array, t: float) -> Array:
        """Map points (N, >= inputs) to (N, ambient) at t in [0, 1]. Columns beyond `inputs` are dropped: they are
        zero after a layer that lost dimensions."""
        return self.function(padded(points, self.inputs, self.ambient), float(t))

    def matrix(self, t: float) -> Array | None:
        """Return the linear part (ambient, ambient) at t, or None for a bend."""
        return None if self.linear is None else self.linear(float(t))


def padded(points: Array, inputs: int, ambient: int) -> Array:
    """Return the first `inputs` columns of points (N, d), with zeros added up to `ambient` columns."""
    points = np.asarray(points, dtype=np.float64)
    if points.shape[1] == inputs == ambient:
        return points
    return np.pad(points[:, :inputs], ((0, 0), (0, ambient - inputs)))


def polar_moves(weight: Array, offset: Array, bend: Activation, index: int = 0) -> tuple[Move, ...]:
    """Return the moves of x -> bend(W x + b) in order: stretch, rotate (or mirror), flatten where it loses dimensions,
    translate, bend. Their composition is that map. weight: W (out, in); offset: b (out,); index: of the layer.

    A square layer with det W < 0 reverses orientation: no path of invertible matrices leads there, so its turn goes
    through one dimension more and is called a mirror image.
    """
    m, n = weight.shape
    rotation = completed(polar_rotation(weight))
    mirrored = bool(np.linalg.det(rotation) < 0)
    if mirrored:
        rotation = np.block([[rotation, np.zeros((len(rotation), 1))], [np.zeros((1, len(rotation))), -1.0]])
    ambient = len(rotation)
    stretch = rotation.T @ _embedded(weight, rotation)
    path = RotationPath.to(rotation)

    def move(title: str, part: str, inputs: int, function: _Function, linear: _Linear | None = None) -> Move:
        return Move(title, part, inputs, ambient, function, linear, index)

    moves = [
        _matrix_move(move, "stretch", "stretch", n, lambda t: (1 - t) * np.eye(ambient) + t * stretch),
        _matrix_move(
            move,
            "mirror image" if mirrored else "rotate",
            "mirror" if mirrored else "rotate",
            ambient,
            path.at,
        ),
    ]
    if m < n:
        keep = np.arange(ambient) < m
        moves.append(_matrix_move(move, "flatten", "flatten", ambient, lambda t: np.diag(np.where(keep, 1.0, 1 - t))))
    bias = np.pad(offset, (0, ambient - m))

    def bent(points: Array, t: float) -> Array:
        # neurons beyond the layer's width do not exist: those coordinates stay zero
        result = points.copy()
        result[:, :m] = (1 - t) * points[:, :m] + t * bend(points[:, :m])
        return result

    moves.append(move("shift", "translate", ambient, lambda points, t: points + t * bias, lambda t: np.eye(ambient)))
    if bend.name != "identity":
        moves.append(move(bend.name, "bend", ambient, bent))
    return tuple(moves)


_Function = Callable[[Array, float], Array]
_Linear = Callable[[float], Array]


def _matrix_move(move: Callable[..., Move], title: str, part: str, inputs: int, matrix: _Linear) -> Move:
    return move(title, part, inputs, lambda points, t: points @ matrix(t).T, matrix)


def _embedded(weight: Array, rotation: Array) -> Array:
    """W as a square matrix of the ambient space: added inputs and outputs follow the rotation, unstretched."""
    m, n = weight.shape
    whole = rotation.copy()
    if m >= n:
        whole[:m, :n] = weight
    else:
        whole[:m, :] = weight
    return whole


def together(title: str, moves: tuple[Move, ...]) -> Move:
    """Return one move that runs several of one layer at the same time; its end is theirs, one after the other.

    Each is injective at every t when they are, so their composition is too.
    """
    first = moves[0]

    def function(points: Array, t: float) -> Array:
        for move in moves:
            points = move.function(points, t)
        return points

    def linear(t: float) -> Array:
        matrix = np.eye(first.ambient)
        for move in moves:
            assert move.linear is not None
            matrix = move.linear(t) @ matrix
        return matrix

    is_linear = all(move.linear is not None for move in moves)
    part = "+".join(move.part for move in moves)
    return Move(title, part, first.inputs, first.ambient, function, linear if is_linear else None, first.layer)
