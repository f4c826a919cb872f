"""Moves: a layer taken apart into homotopies of space that never collapse it on the way.

The straight line from I to W can pass through singular matrices; the polar path cannot. W = Q P, so space is first
stretched (I to P, symmetric and positive definite all the way), then turned (I to Q), then moved by b, then bent.
Only the end of each layer is computed by the network: what lies between is our choice of path.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.linalg import block_diag, schur, svd

from netlib.activations import Activation, Array
from netlib.errors import UntangleError

if TYPE_CHECKING:
    from netlib.network import Network

Matrix = Callable[[float], Array]
Step = Mapping[str, Any]  # a part of a move as data: its kind, and the numbers of that kind (docs/timeline.md)


@dataclass(frozen=True, eq=False)
class Move:
    """A homotopy of space, the identity at t = 0.

    title: the word for it on screen. layer: index of its hidden layer, from 0. part: stretch, rotate, mirror,
    flatten, translate, bend, normalize or residual, or several of them joined by '+'. inputs: dimension of the points
    taken. ambient: dimension of the space in which the move happens; points are padded with zeros to it. steps: the
    move as data, for a page that makes it without netlib: all at the same t, one after another; none where it cannot
    be told so.
    """

    title: str
    part: str
    inputs: int
    ambient: int
    function: Callable[[Array, float], Array] = field(repr=False)
    linear: Matrix | None = field(default=None, repr=False)
    layer: int = 0
    steps: tuple[Step, ...] = field(default=(), repr=False)

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
    kept = points[:, :inputs]
    return np.pad(kept, ((0, 0), (0, ambient - kept.shape[1])))


def polar_moves(weight: Array, offset: Array, bend: Activation, index: int = 0) -> tuple[Move, ...]:
    """Return the moves of x -> bend(W x + b) in order: stretch, rotate (or mirror), flatten where it loses dimensions,
    translate, bend. Their composition is that map. weight: W (out, in); offset: b (out,); index: of the layer.

    A square layer with det W < 0 reverses orientation: no path of invertible matrices leads there, so its turn goes
    through one dimension more and is called a mirror image.
    """
    m, n = weight.shape
    rotation, turn = completed(polar_rotation(weight)), ("rotate", "rotate")
    if np.linalg.det(rotation) < 0:
        rotation, turn = block_diag(rotation, -1.0), ("mirror image", "mirror")
    ambient = len(rotation)
    # W as a square matrix of the ambient space: added inputs and outputs follow the rotation, unstretched
    whole = rotation.copy()
    whole[:m, :n] = weight
    stretch = rotation.T @ whole
    bias = np.pad(offset, (0, ambient - m))

    path = RotationPath.to(rotation)
    turned = {"kind": "turn", "basis": path.basis, "angles": path.angles, "rotation": rotation}
    moves = [
        blend_move("stretch", "stretch", n, stretch, index),
        _matrix_move(*turn, ambient, ambient, path.at, turned, index),
    ]
    if m < n:
        moves.append(blend_move("flatten", "flatten", n, np.diag(np.where(np.arange(ambient) < m, 1.0, 0.0)), index))
    shift = Move(
        "shift", "translate", ambient, ambient, lambda points, t: points + t * bias, lambda t: np.eye(ambient), index,
        ({"kind": "shift", "bias": bias},),
    )  # fmt: skip
    return (*moves, shift, *bend_moves(bend, m, ambient, index))


def bend_moves(bend: Activation, width: int, ambient: int, index: int = 0) -> tuple[Move, ...]:
    """Return the move that applies an activation to the first `width` coordinates; none for the identity."""

    def bent(points: Array, t: float) -> Array:
        # neurons beyond the layer's width do not exist: those coordinates stay zero
        result = points.copy()
        result[:, :width] = (1 - t) * points[:, :width] + t * bend(points[:, :width])
        return result

    if bend.name == "identity":
        return ()
    step = {"kind": "bend", "activation": bend.name, "width": width}
    return (Move(bend.name, "bend", ambient, ambient, bent, layer=index, steps=(step,)),)


def rescaling_moves(factor: Array, shift: Array, bend: Activation, index: int = 0) -> tuple[Move, ...]:
    """Return the moves of x -> bend(factor x + shift), number by number (n,): each axis goes to its own unit, then
    space is bent. Where a factor is not positive the straight way would collapse space: it is a polar path then."""
    size = len(factor)
    if (factor <= 0).any():
        return polar_moves(np.diag(factor), shift, bend, index)

    def function(points: Array, t: float) -> Array:
        return (1 - t) * points + t * (factor * points + shift)

    def linear(t: float) -> Array:
        return np.diag(1 - t + t * factor)

    bent = bend_moves(bend, size, size, index)
    if bent and (factor == 1).all() and (shift == 0).all():
        return bent
    steps = {"kind": "blend", "matrix": np.diag(factor)}, {"kind": "shift", "bias": shift}
    return (Move("rescale", "stretch+translate", size, size, function, linear, index, steps), *bent)


def centring_move(size: int, groups: int = 1, index: int = 0) -> Move:
    """Return the move of x -> x - mean, of the numbers of one point, or of each of so many groups of them: space is
    flattened along (1, ..., 1), or the like for each group."""
    mean = np.kron(np.eye(groups), np.full((size // groups, size // groups), groups / size))
    title = "centre" if groups == 1 else "centre each group"
    return blend_move(title, "flatten", size, np.eye(size) - mean, index)


def sphere_move(title: str, size: int, epsilon: float, groups: int = 1, index: int = 0) -> Move:
    """Return the move of x -> x / sqrt(mean of x^2 + epsilon), of the numbers of one point, or of each of so many
    groups of them: each point goes straight to the sphere of radius sqrt(size), or near it."""

    def sized(points: Array, t: float) -> Array:
        grouped = points.reshape(len(points), groups, -1)
        spread = np.sqrt(np.square(grouped).mean(axis=2, keepdims=True) + epsilon)
        return np.reshape((1 - t) * grouped + t * grouped / spread, points.shape)

    step = {"kind": "sphere", "epsilon": epsilon, **({"groups": groups} if groups > 1 else {})}
    return Move(title, "normalize", size, size, sized, layer=index, steps=(step,))


def together(title: str, moves: tuple[Move, ...]) -> Move:
    """Return one move that runs several of one layer at the same time; its end is theirs, one after the other.

    Each is injective at every t when they are, so their composition is too.
    """
    first, matrices = moves[0], [move.linear for move in moves if move.linear]

    def function(points: Array, t: float) -> Array:
        for move in moves:
            points = move.function(points, t)
        return points

    def linear(t: float) -> Array:
        return functools.reduce(lambda product, matrix: matrix(t) @ product, matrices, np.eye(first.ambient))

    part = "+".join(move.part for move in moves)
    is_linear = len(matrices) == len(moves)
    steps = tuple(step for move in moves for step in move.steps) if all(move.steps for move in moves) else ()
    return Move(title, part, first.inputs, first.ambient, function, linear if is_linear else None, first.layer, steps)


# ---- moves that are not a layer's polar path ---------------------------------------------------------------------


def straight_move(weight: Array) -> Move:
    """Return the straight way from the identity to a square matrix W (n, n): (1 - t) I + t W. It keeps every eigen-line
    where it is at every t.

    Raises UntangleError where W has a real eigenvalue that is zero or negative, for then the way collapses space.
    """
    values = np.linalg.eigvals(weight)
    if (np.isreal(values) & (values.real <= 0)).any():
        raise UntangleError("the straight way to this W collapses space; take its polar decomposition")
    return blend_move("W", "stretch+rotate", len(weight), weight)


def straight_to(network: Network) -> Move:
    """Return the move that carries each input straight to where the network's last hidden layer has it.

    The layer must be as wide as the input. Space may fold on the way.
    """
    size = network.inputs

    def function(points: Array, t: float) -> Array:
        return (1 - t) * points + t * network.represent(points)

    return Move("enter", "skip", size, size, function, steps=(network_step([network], (0.0, 0.0), np.eye(size), True),))


def training_move(network_at: Callable[[float], Network], size: int = 2, moments: Sequence[Network] = ()) -> Move:
    """Return the move that has each input, at t in (0, 1], where the last hidden layer of network_at(t) has it.

    As a move must, it leaves the inputs alone at t = 0. size: of the input and of the last hidden layer. moments: the
    networks at even times between which network_at mixes the weights, so that the move can be told as data.
    """
    steps = (network_step(moments, (0.0, 1.0), np.eye(size), False),) if len(moments) else ()

    def function(points: Array, t: float) -> Array:
        return network_at(t).represent(points) if t > 0 else points

    return Move("learn", "learn", size, size, function, steps=steps)


def network_step(networks: Sequence[Network], share: tuple[float, float], basis: Array, blend: bool) -> Step:
    """Return the step that has each input where the last hidden layer of a training has it, at the moments between two
    shares of it; seen along the rows of a basis (k, d). blend: the place before is mixed in, as (1 - t)."""
    centre = np.zeros(basis.shape[1])
    return {"kind": "network", "networks": networks, "share": share, "blend": blend, "basis": basis, "centre": centre}


def blend_move(title: str, part: str, inputs: int, end: Array, layer: int = 0) -> Move:
    """The straight way from the identity to a square matrix."""
    size = len(end)
    step = {"kind": "blend", "matrix": end}
    return _matrix_move(title, part, inputs, size, lambda t: (1 - t) * np.eye(size) + t * end, step, layer)


def _matrix_move(title: str, part: str, inputs: int, ambient: int, matrix: Matrix, step: Step, layer: int = 0) -> Move:
    return Move(title, part, inputs, ambient, lambda points, t: points @ matrix(t).T, matrix, layer, (step,))


# ---- polar decomposition and paths of rotations, in any dimension ------------------------------------------------


def polar_rotation(weight: Array) -> Array:
    """Return the orthogonal factor Q (m, n) of W = Q P, P symmetric positive semidefinite: the map nearest to W
    that keeps lengths. For m < n the rows of Q are orthonormal, for m >= n its columns."""
    u, _, vt = svd(weight, full_matrices=False)
    return np.asarray(u @ vt)


def completed(factor: Array) -> Array:
    """Return an orthogonal square matrix that has `factor` (orthonormal rows or columns) as its first rows or
    columns. Where there is a choice, det = +1 and the added directions turn as little as possible."""
    m, n = factor.shape
    if m == n:
        return factor
    if m < n:
        return completed(factor.T).T
    u, _, _ = svd(factor, full_matrices=True)
    complement = u[:, n:]
    a, _, bt = svd(complement[n:])
    whole = np.hstack([factor, complement @ (a @ bt).T])
    if np.linalg.det(whole) < 0:
        # the last singular direction is the one for which turning the other way costs least
        a[:, -1] = -a[:, -1]
        whole = np.hstack([factor, complement @ (a @ bt).T])
    return np.asarray(whole)


@dataclass(frozen=True, eq=False)
class RotationPath:
    """The constant-speed turn from the identity (t = 0) to a rotation (t = 1), each plane along its shorter arc."""

    basis: Array
    angles: Array
    rotation: Array

    @classmethod
    def to(cls, rotation: Array) -> RotationPath:
        """Return the path to a rotation (n, n) with det +1, from its real Schur form: planes and their angles."""
        blocks, basis = schur(rotation, output="real")
        n = len(blocks)
        planes, angles, half_turned, fixed = list[int](), list[float](), list[int](), list[int]()
        i = 0
        while i < n:
            if i + 1 < n and abs(blocks[i + 1, i]) > 1e-12:
                planes += [i, i + 1]
                angles.append(float(np.arctan2(blocks[i + 1, i], blocks[i, i])))
                i += 2
            else:
                (fixed if blocks[i, i] > 0 else half_turned).append(i)
                i += 1
        # det = +1 leaves an even number of reversed axes: each pair of them is a half turn
        angles += [np.pi] * (len(half_turned) // 2) + [0.0] * (len(fixed) // 2)
        return cls(basis[:, planes + half_turned + fixed], np.array(angles), rotation)

    def at(self, t: float) -> Array:
        """Return the rotation (n, n) at t in [0, 1]."""
        if t >= 1:
            return self.rotation
        n = len(self.basis)
        middle = np.eye(n)
        for k, angle in enumerate(self.angles):
            c, s = np.cos(t * angle), np.sin(t * angle)
            middle[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = [[c, -s], [s, c]]
        return np.asarray(self.basis @ middle @ self.basis.T)
