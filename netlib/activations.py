"""Activations: the functions that a layer applies to each neuron, in float64 numpy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from netlib.errors import UntangleError, unknown

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Activation:
    """A continuous, non-decreasing function applied to each neuron.

    name: its usual name. function: (any shape) -> same shape. injective: strictly increasing on the whole line, so that
    a layer with invertible W maps no two points to one. reflection: c such that a(-z) = c - a(z) for every z, or None.
    Where it exists, the next layer can undo the negation of a neuron (tanh: 0, sigmoid: 1), which `oriented` uses.
    slope: derivative (any shape) -> same shape, or None where it is not known. It must be non-decreasing, or symmetric
    with its peak at zero: certificates compute its range over an interval from the ends and zero. At a kink it is
    either of the two slopes.
    """

    name: str
    function: Callable[[Array], Array]
    injective: bool = True
    reflection: float | None = None
    slope: Callable[[Array], Array] | None = None

    def __call__(self, z: Array) -> Array:
        return self.function(np.asarray(z, dtype=np.float64))

    def __repr__(self) -> str:
        return self.name


def _sigmoid(z: Array) -> Array:
    # exp of a negative number only, so that nothing overflows for large |z|
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def _bell(z: Array) -> Array:
    # slope of the sigmoid; it stays positive where 1 - tanh(z)^2 would round to zero
    e = np.exp(-np.abs(z))
    return e / (1.0 + e) ** 2


identity = Activation("identity", lambda z: z, reflection=0.0, slope=np.ones_like)
tanh = Activation("tanh", np.tanh, reflection=0.0, slope=lambda z: 4.0 * _bell(2.0 * z))
sigmoid = Activation("sigmoid", _sigmoid, reflection=1.0, slope=_bell)
relu = Activation("relu", lambda z: np.maximum(z, 0.0), injective=False, slope=lambda z: np.where(z > 0, 1.0, 0.0))
leaky_relu = Activation(
    "leaky_relu", lambda z: np.where(z >= 0, z, 0.01 * z), slope=lambda z: np.where(z >= 0, 1, 0.01)
)
elu = Activation(
    "elu", lambda z: np.where(z >= 0, z, np.expm1(np.minimum(z, 0.0))), slope=lambda z: np.exp(np.minimum(z, 0.0))
)
softplus = Activation("softplus", lambda z: np.logaddexp(0.0, z), slope=_sigmoid)


def leaky(slope: float) -> Activation:
    """Return a leaky ReLU with a slope in (0, 1] below zero: a picture shows a slope of 0.2, but not 0.01."""
    if not 0 < slope <= 1:
        raise UntangleError(f"a leaky ReLU needs a slope above 0 and up to 1, got {slope:g}")
    return Activation(
        f"leaky_relu({slope:g})",
        lambda z: np.where(z >= 0, z, slope * z),
        slope=lambda z: np.where(z >= 0, 1.0, slope),
    )


def activations() -> dict[str, Activation]:
    """Return every activation defined in this module, by name."""
    return {a.name: a for a in globals().values() if isinstance(a, Activation)}


def activation(name: str) -> Activation:
    """Return the activation of that name; raise UnknownName with the nearest one otherwise."""
    known = activations()
    if name not in known:
        raise unknown("activation", name, list(known))
    return known[name]
