"""Layers: values that map points, give their moves, and say whether they ever put two points in one place.

`Layer` is what a network, a film and the certificates ask of any kind of layer. A new kind is one class with these
members, its moves and its tests; nothing has to be told of it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np

from netlib.activations import Activation, Array, identity
from netlib.certificates.certificate import Certificate, Measured
from netlib.certificates.injectivity import Injectivity, injectivity
from netlib.certificates.residual import CAVEAT, norm_bound, residual_certificate, steepest
from netlib.errors import UntangleError
from netlib.motion.moves import (
    Move,
    bend_moves,
    centring_move,
    padded,
    polar_moves,
    rescaling_moves,
    sphere_move,
    together,
)


class Layer(Protocol):
    """A map from points (N, inputs) to points (N, outputs).

    activation: the pointwise bend with which it ends; the identity where it has none.
    """

    @property
    def inputs(self) -> int: ...

    @property
    def outputs(self) -> int: ...

    @property
    def activation(self) -> Activation: ...

    @property
    def content(self) -> bytes:
        """Bytes that differ wherever two layers compute differently."""

    @property
    def injective(self) -> Certificate:
        """Whether it never puts two points of the whole input space in one place, with the proof or the reason."""

    @property
    def lipschitz(self) -> float:
        """A bound on the factor by which it stretches distances; inf where none is known."""

    def __call__(self, points: Array) -> Array:
        """Map points (N, inputs) to (N, outputs)."""

    def moves(self, index: int = 0) -> tuple[Move, ...]:
        """Return homotopies of space that lead from the identity to the layer, in order; index: of it in its network.

        Each starts at the identity. Composed they are the layer, up to columns of zeros.
        """


@dataclass(frozen=True, eq=False)
class Dense:
    """x -> activation(W x + b). weight: (out, in); bias: (out,)."""

    weight: Array
    bias: Array
    activation: Activation = identity

    def __post_init__(self) -> None:
        weight, bias = _frozen(self, "weight", "bias")
        if weight.ndim != 2 or bias.shape != (weight.shape[0],):
            raise UntangleError(
                f"a layer needs a weight (out, in) and a bias (out,), got {weight.shape} and {bias.shape}"
            )

    @property
    def inputs(self) -> int:
        return int(self.weight.shape[1])

    @property
    def outputs(self) -> int:
        return int(self.weight.shape[0])

    def __call__(self, points: Array) -> Array:
        """Map points (N, in) to (N, out)."""
        return self.activation(points @ self.weight.T + self.bias)

    @property
    def content(self) -> bytes:
        head = f"{self.weight.shape}{self.activation.name}".encode()
        return head + self.weight.astype("<f8").tobytes() + self.bias.astype("<f8").tobytes()

    @property
    def injectivity(self) -> Injectivity:
        """Rank, determinant and condition of W, and what follows from them."""
        return injectivity(self.weight, self.bias, self.activation)

    @property
    def injective(self) -> Certificate:
        return self.injectivity.certificate

    @property
    def lipschitz(self) -> float:
        return norm_bound(self.weight) * steepest(self.activation)

    def moves(self, index: int = 0) -> tuple[Move, ...]:
        """Return stretch, rotate (or mirror), flatten where it loses dimensions, shift and bend; see `polar_moves`."""
        return polar_moves(self.weight, self.bias, self.activation, index)


@dataclass(frozen=True, eq=False)
class Normalize:
    """x -> activation(factor x + shift), number by number: a standard scaler, or a batch norm once trained.

    factor, shift: (n,). With factors of 1 and shifts of 0 it is an activation alone.
    """

    factor: Array
    shift: Array
    activation: Activation = identity

    def __post_init__(self) -> None:
        factor, shift = _frozen(self, "factor", "shift")
        if factor.ndim != 1 or factor.shape != shift.shape or not len(factor):
            raise UntangleError(f"normalising needs factors (n,) and shifts (n,), got {factor.shape} and {shift.shape}")

    @property
    def inputs(self) -> int:
        return len(self.factor)

    @property
    def outputs(self) -> int:
        return len(self.factor)

    def __call__(self, points: Array) -> Array:
        """Map points (N, n) to (N, n)."""
        return self.activation(self.factor * points + self.shift)

    @property
    def content(self) -> bytes:
        head = f"Normalize{self.factor.shape}{self.activation.name}".encode()
        return head + self.factor.astype("<f8").tobytes() + self.shift.astype("<f8").tobytes()

    @property
    def dense(self) -> Dense:
        """The same map with a diagonal matrix."""
        return Dense(np.diag(self.factor), self.shift, self.activation)

    @property
    def injective(self) -> Certificate:
        """Whether no factor is 0 and the activation rises everywhere."""
        least = float(np.abs(self.factor).min())
        measured: Measured = {"least factor": least, "activation": self.activation.name}
        holds = least > 0 and self.activation.injective
        return Certificate(holds, measured, "exact: each number by itself", CAVEAT, "proved")

    @property
    def lipschitz(self) -> float:
        return float(np.abs(self.factor).max()) * steepest(self.activation)

    def moves(self, index: int = 0) -> tuple[Move, ...]:
        """Return the way of each axis to its own unit, then the bend; see `rescaling_moves`."""
        return rescaling_moves(self.factor, self.shift, self.activation, index)


@dataclass(frozen=True, eq=False)
class LayerNorm:
    """x -> activation(gain (x - mean) / sqrt(variance + epsilon) + shift), mean and variance of the numbers of x.

    gain, shift: (n,). groups: into so many equal parts x is cut, each with a mean and variance of its own (a group
    norm). Sources: J. Ba, J. Kiros, G. Hinton, "Layer Normalization", 2016; Y. Wu, K. He, "Group Normalization", 2018.
    """

    gain: Array
    shift: Array
    epsilon: float = 1e-5
    activation: Activation = identity
    groups: int = 1
    centred = True  # the mean is taken away

    def __post_init__(self) -> None:
        gain, shift = _frozen(self, "gain", "shift")
        if gain.ndim != 1 or gain.shape != shift.shape or not len(gain):
            raise UntangleError(f"a layer norm needs gains (n,) and shifts (n,), got {gain.shape} and {shift.shape}")
        if not self.epsilon > 0:
            raise UntangleError(f"a layer norm needs an epsilon above 0, got {self.epsilon:g}")
        if self.groups < 1 or len(gain) % self.groups:
            raise UntangleError(f"a norm of {len(gain)} numbers cannot have {self.groups} equal groups")

    @property
    def inputs(self) -> int:
        return len(self.gain)

    @property
    def outputs(self) -> int:
        return len(self.gain)

    def __call__(self, points: Array) -> Array:
        """Map points (N, n) to (N, n)."""
        grouped = points.reshape(len(points), self.groups, -1)
        if self.centred:
            grouped = grouped - grouped.mean(axis=2, keepdims=True)
        spread = np.sqrt(np.square(grouped).mean(axis=2, keepdims=True) + self.epsilon)
        return self.activation(self.gain * (grouped / spread).reshape(points.shape) + self.shift)

    @property
    def content(self) -> bytes:
        groups = f"/{self.groups}" * (self.groups > 1)
        head = f"{type(self).__name__}{self.gain.shape}{self.epsilon!r}{groups}{self.activation.name}".encode()
        return head + self.gain.astype("<f8").tobytes() + self.shift.astype("<f8").tobytes()

    @property
    def injective(self) -> Certificate:
        """False: x and x + (1, ..., 1) have the same image. The two points that are measured do, to the last digit."""
        first = np.arange(1.0, self.inputs + 1)[None]
        images = self(np.vstack([first, first + 1]))
        shown = [", ".join(f"{number:g}" for number in point[0, :4]) for point in (first, first + 1)]
        shown = [f"({text}{', …' if self.inputs > 4 else ''})" for text in shown]
        distance = float(np.abs(images[0] - images[1]).max())
        measured: Measured = {"one point": shown[0], "another": shown[1], "distance of their images": distance}
        return Certificate(False, measured, "exact: the mean is taken away, so x and x + (1, …, 1) meet", "", "proved")

    @property
    def lipschitz(self) -> float:
        # the derivative is a projection times 1 / sqrt(variance + epsilon)
        return float(np.abs(self.gain).max()) / math.sqrt(self.epsilon) * steepest(self.activation)

    def moves(self, index: int = 0) -> tuple[Move, ...]:
        """Return the way to the plane through 0 across (1, ..., 1), from there to the sphere, then gain, shift and
        bend."""
        centre = (centring_move(self.inputs, self.groups, index),) if self.centred else ()
        title = "to the sphere" if self.centred else "along its ray"
        moves = (*centre, sphere_move(title, self.inputs, self.epsilon, self.groups, index))
        if (self.gain == 1).all() and (self.shift == 0).all():
            return (*moves, *bend_moves(self.activation, self.inputs, self.inputs, index))
        return (*moves, *rescaling_moves(self.gain, self.shift, self.activation, index))


@dataclass(frozen=True, eq=False)
class RMSNorm(LayerNorm):
    """x -> activation(gain x / sqrt(mean of x^2 + epsilon) + shift): a layer norm that leaves the mean.

    Each point stays on its ray from 0, and of two on one ray the farther one stays the farther one: so it puts no two
    points together. Source: B. Zhang, R. Sennrich, "Root Mean Square Layer Normalization", 2019.
    """

    centred = False

    @property
    def injective(self) -> Certificate:
        """Whether no gain is 0 and the activation rises everywhere: r -> r / sqrt(r^2 / n + epsilon) rises."""
        least = float(np.abs(self.gain).min())
        measured: Measured = {"least gain": least, "activation": self.activation.name}
        holds = least > 0 and self.activation.injective
        if not holds and least > 0:  # its image is a ball, and of the activation only a part may be used there
            return Certificate(None, measured, "not decided: the activation may fold what the norm gives", CAVEAT)
        how = "exact: points stay on their rays from 0, in their order"
        return Certificate(holds, measured, how, CAVEAT if holds else "", "proved")


@dataclass(frozen=True, eq=False)
class PReLU:
    """x -> x where it is above 0, and slope x below, each number with a slope of its own.

    slope: (n,). Source: K. He, X. Zhang, S. Ren, J. Sun, "Delving Deep into Rectifiers", 2015.
    """

    slope: Array
    activation: ClassVar[Activation] = identity

    def __post_init__(self) -> None:
        (slope,) = _frozen(self, "slope")
        if slope.ndim != 1 or not len(slope):
            raise UntangleError(f"a PReLU needs slopes (n,), got {slope.shape}")

    @property
    def inputs(self) -> int:
        return len(self.slope)

    @property
    def outputs(self) -> int:
        return len(self.slope)

    def __call__(self, points: Array) -> Array:
        """Map points (N, n) to (N, n)."""
        return np.where(points >= 0, points, self.slope * points)

    @property
    def content(self) -> bytes:
        return f"PReLU{self.slope.shape}".encode() + self.slope.astype("<f8").tobytes()

    @property
    def injective(self) -> Certificate:
        """Whether every slope is above 0: a number that falls below 0, or stays, meets another there."""
        least = float(self.slope.min())
        holds, how = least > 0, "exact: each number by itself"
        return Certificate(holds, {"least slope below 0": least}, how, CAVEAT if holds else "", "proved")

    @property
    def lipschitz(self) -> float:
        return max(1.0, float(np.abs(self.slope).max()))

    def moves(self, index: int = 0) -> tuple[Move, ...]:
        """Return the straight bend."""
        size = self.inputs

        def bent(points: Array, t: float) -> Array:
            return (1 - t) * points + t * self(points)

        return (Move("PReLU", "bend", size, size, bent, layer=index),)


@dataclass(frozen=True, eq=False)
class Residual:
    """x -> activation(g(x) + scale f(x)), where f, the branch, is a chain of layers, and so is g, the shortcut: where
    it is empty, g(x) = x. A shortcut of one dense layer is a projection; with it a block may change the width.

    Source: K. He, X. Zhang, S. Ren, J. Sun, "Deep Residual Learning for Image Recognition", 2015.
    """

    branch: tuple[Layer, ...]
    scale: float = 1.0
    activation: Activation = identity
    shortcut: tuple[Layer, ...] = ()

    def __post_init__(self) -> None:
        ends = [(chain[0].inputs, chain[-1].outputs) for chain in (self.branch, self.shortcut) if chain]
        if not self.branch or len({*ends, *(() if self.shortcut else (ends[0][::-1],))}) > 1:
            got = " and ".join(f"{start} to {end}" for start, end in ends) or "nothing"
            keeps = "a shortcut of the same widths" if self.shortcut else "that keeps the width"
            raise UntangleError(f"a residual block needs a branch {'and ' * bool(self.shortcut)}{keeps}, got {got}")
        if not math.isfinite(self.scale):
            raise UntangleError(f"a residual block needs a finite scale, got {self.scale:g}")

    @property
    def inputs(self) -> int:
        return self.branch[0].inputs

    @property
    def outputs(self) -> int:
        return self.branch[-1].outputs

    @property
    def start(self) -> str:
        """What the branch is added to, for the screen: 'x', 'W x + b' of a projection, or 'g(x)'."""
        if not self.shortcut:
            return "x"
        return "g(x)" if self._projection is None else "W x + b"

    @property
    def _projection(self) -> Array | None:
        """The matrix (out, in) of a shortcut that is affine; None of any other."""
        only = self.shortcut[0] if len(self.shortcut) == 1 else None
        if not isinstance(only, Dense | Normalize) or only.activation.name != "identity":
            return None
        return dense(only).weight

    def added(self, points: Array) -> Array:
        """Return scale f(points), (N, out)."""
        return self.scale * _through(self.branch, points)

    def __call__(self, points: Array) -> Array:
        """Map points (N, in) to (N, out)."""
        return self.activation(_through(self.shortcut, points) + self.added(points))

    @property
    def content(self) -> bytes:
        lengths = f"{len(self.branch)}" + f"+{len(self.shortcut)}" * bool(self.shortcut)
        head = f"Residual{lengths}{self.scale!r}{self.activation.name}".encode()
        return head + b"".join(layer.content for layer in (*self.branch, *self.shortcut))

    @property
    def _growth(self) -> float:
        """A bound on the factor by which scale f stretches distances."""
        return abs(self.scale) * math.prod(layer.lipschitz for layer in self.branch)

    @property
    def injective(self) -> Certificate:
        """True where the branch stretches distances by less than the shortcut keeps of them; False where the width
        shrinks, or orientation is kept at one point and turned over at another. Else it is not decided."""
        try:
            branch = [dense(layer) for layer in self.branch]
        except UntangleError:
            branch = None
        projection = self._projection if self.shortcut else np.eye(self.inputs)
        sizes = self.inputs, self.outputs
        return residual_certificate(branch, self._growth, self.scale, self.activation, projection, sizes)

    @property
    def lipschitz(self) -> float:
        shortcut = math.prod(layer.lipschitz for layer in self.shortcut)
        return (shortcut + self._growth) * steepest(self.activation)

    def moves(self, index: int = 0) -> tuple[Move, ...]:
        """Return t -> x + t scale f(x), then the bend. A shortcut of one layer goes its own way meanwhile, to its end;
        a longer one goes straight."""
        start, end = self.inputs, self.outputs
        passed = together("", self.shortcut[0].moves(index)) if len(self.shortcut) == 1 else None
        size = max(start, end, passed.ambient if passed else 0)

        def function(points: Array, t: float) -> Array:
            x = points[:, :start]
            if passed is not None:
                way = padded(passed.at(x, t), passed.ambient, size)
            else:
                way = (1 - t) * points + t * padded(_through(self.shortcut, x), end, size)
            return way + t * padded(self.added(x), end, size)

        move = Move(f"{self.start} + f(x)", "residual", start, size, function, layer=index)
        return (move, *bend_moves(self.activation, end, size, index))


def dense(layer: Layer, index: int = 0) -> Dense:
    """Return the layer as a dense one; raise UntangleError where it is none. index: for the message."""
    if isinstance(layer, Normalize):
        return layer.dense
    if not isinstance(layer, Dense):
        raise UntangleError(f"layer {index + 1} is a {type(layer).__name__}; this is only known for dense layers")
    return layer


def _through(layers: tuple[Layer, ...], points: Array) -> Array:
    for layer in layers:
        points = layer(points)
    return points


def _frozen(layer: Layer, *names: str) -> list[Array]:
    """Set fields of a new layer to copies in float64 that nobody can write to, and return them."""
    arrays = [np.array(getattr(layer, name), dtype=np.float64) for name in names]
    for name, array in zip(names, arrays, strict=True):
        array.setflags(write=False)
        object.__setattr__(layer, name, array)
    return arrays
