"""Layers: values that map points, give their moves, and say whether they ever put two points in one place.

`Layer` is what a network, a film and the certificates ask of any kind of layer. A new kind is one class with these
members, its moves and its tests; nothing has to be told of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from netlib.activations import Activation, Array, identity
from netlib.certificates.certificate import Certificate
from netlib.certificates.injectivity import Injectivity, injectivity
from netlib.errors import UntangleError
from netlib.motion.moves import Move, polar_moves


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
        weight, bias = np.array(self.weight, dtype=np.float64), np.array(self.bias, dtype=np.float64)
        if weight.ndim != 2 or bias.shape != (weight.shape[0],):
            raise UntangleError(
                f"a layer needs a weight (out, in) and a bias (out,), got {weight.shape} and {bias.shape}"
            )
        weight.setflags(write=False)
        bias.setflags(write=False)
        object.__setattr__(self, "weight", weight)
        object.__setattr__(self, "bias", bias)

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

    def moves(self, index: int = 0) -> tuple[Move, ...]:
        """Return stretch, rotate (or mirror), flatten where it loses dimensions, shift and bend; see `polar_moves`."""
        return polar_moves(self.weight, self.bias, self.activation, index)


def dense(layer: Layer, index: int = 0) -> Dense:
    """Return the layer as a dense one; raise UntangleError where it is of another kind. index: for the message."""
    if not isinstance(layer, Dense):
        raise UntangleError(f"layer {index + 1} is a {type(layer).__name__}; this is only known for dense layers")
    return layer
