"""Activations: the functions that a layer applies to each neuron, in float64 numpy."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from netlib.errors import UntangleError, unknown

Array = NDArray[np.float64]

# Source: G. Klambauer, T. Unterthiner, A. Mayr, S. Hochreiter, "Self-Normalizing Neural Networks", 2017
SELU_ALPHA, SELU_SCALE = 1.6732632423543772, 1.0507009873554805
# of gelu_tanh, 0.5 z (1 + tanh(sqrt(2 / pi) (z + 0.044715 z^3))).
# Source: D. Hendrycks, K. Gimpel, "Gaussian Error Linear Units", 2016
TANH_FORM, CUBIC = 2 * math.sqrt(2 / math.pi), 0.044715
FAR = 1e3  # beyond it a slope is what it is at infinity
FAMILY = re.compile(r"(leaky_relu|elu)[(:=](\d*\.?\d+(?:e-?\d+)?)\)?")  # of activations with a number in their name


@dataclass(frozen=True)
class Activation:
    """A continuous function applied to each neuron.

    name: its usual name. function: (any shape) -> same shape. injective: strictly increasing on the whole line, so that
    a layer with invertible W maps no two points to one. reflection: c such that a(-z) = c - a(z) for every z, or None.
    Where it exists, the next layer can undo the negation of a neuron (tanh: 0, sigmoid: 1), which `oriented` uses.
    slope: derivative (any shape) -> same shape, or None where it is not known. turns: where it stops falling and begins
    to rise; a function without them never falls. bends: where the slope has a local extreme or a jump; at a jump it is
    the larger slope, unless the slope never falls. Certificates compute the range of the function over an interval from
    its ends and turns, and that of the slope from the ends and bends. flat: the function is constant from some place
    on, to the left or to the right. error: of the function in float64, an absolute bound beside a few units in the last
    place.
    """

    name: str
    function: Callable[[Array], Array]
    injective: bool = True
    reflection: float | None = None
    slope: Callable[[Array], Array] | None = None
    turns: tuple[float, ...] = ()
    bends: tuple[float, ...] = (0.0,)
    flat: bool = False
    error: float = 0.0

    @property
    def monotone(self) -> bool:
        """Whether it never falls."""
        return not self.turns

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


def _near(z: Array) -> Array:
    return np.clip(z, -FAR, FAR)


def _of_tanh(z: Array) -> Array:
    # 0.5 (1 + tanh(u)) is sigmoid(2 u), which keeps its digits where tanh(u) rounds to -1
    return TANH_FORM * (_near(z) + CUBIC * _near(z) ** 3)


identity = Activation("identity", lambda z: z, reflection=0.0, slope=np.ones_like)
tanh = Activation("tanh", np.tanh, reflection=0.0, slope=lambda z: 4.0 * _bell(2.0 * z))
sigmoid = Activation("sigmoid", _sigmoid, reflection=1.0, slope=_bell)
relu = Activation(
    "relu", lambda z: np.maximum(z, 0.0), injective=False, slope=lambda z: np.where(z > 0, 1.0, 0.0), flat=True
)
relu6 = Activation(
    "relu6",
    lambda z: np.clip(z, 0.0, 6.0),
    injective=False,
    slope=lambda z: np.where((z >= 0) & (z <= 6), 1.0, 0.0),
    bends=(0.0, 6.0),
    flat=True,
)
hardsigmoid = Activation(
    "hardsigmoid",
    lambda z: np.clip(z + 3.0, 0.0, 6.0) / 6.0,
    injective=False,
    reflection=1.0,
    slope=lambda z: np.where(np.abs(z) <= 3, 1 / 6, 0.0),
    bends=(-3.0, 3.0),
    flat=True,
)
hardtanh = Activation(
    "hardtanh",
    lambda z: np.clip(z, -1.0, 1.0),
    injective=False,
    reflection=0.0,
    slope=lambda z: np.where(np.abs(z) <= 1, 1.0, 0.0),
    bends=(-1.0, 1.0),
    flat=True,
)
softshrink = Activation(  # 0 near 0, so that it puts points together; it grows on both sides
    "softshrink",
    lambda z: z - np.clip(z, -0.5, 0.5),
    injective=False,
    reflection=0.0,
    slope=lambda z: np.where(np.abs(z) >= 0.5, 1.0, 0.0),
    bends=(-0.5, 0.0, 0.5),
)
leaky_relu = Activation(
    "leaky_relu", lambda z: np.where(z >= 0, z, 0.01 * z), slope=lambda z: np.where(z >= 0, 1, 0.01)
)
elu = Activation(
    "elu", lambda z: np.where(z >= 0, z, np.expm1(np.minimum(z, 0.0))), slope=lambda z: np.exp(np.minimum(z, 0.0))
)
selu = Activation(
    "selu",
    lambda z: SELU_SCALE * np.where(z > 0, z, SELU_ALPHA * np.expm1(np.minimum(z, 0.0))),
    slope=lambda z: SELU_SCALE * np.where(z > 0, 1.0, SELU_ALPHA * np.exp(np.minimum(z, 0.0))),
)
softplus = Activation("softplus", lambda z: np.logaddexp(0.0, z), slope=_sigmoid)
softsign = Activation(
    "softsign",
    lambda z: z / (1.0 + np.abs(z)),
    reflection=0.0,
    slope=lambda z: (1.0 + np.abs(z)) ** -2.0,
)
logsigmoid = Activation("logsigmoid", lambda z: -np.logaddexp(0.0, -z), slope=lambda z: _sigmoid(-z))
tanhshrink = Activation(  # its slope is 0 at 0 alone, so it rises everywhere
    "tanhshrink",
    lambda z: z - np.tanh(z),
    reflection=0.0,
    slope=lambda z: np.tanh(z) ** 2,
    error=2.0**-50,  # near 0 the difference has the error of its parts
)
# these fall, then rise: no layer of them is injective where W reaches all of space
gelu = Activation(
    "gelu",
    lambda z: z * ndtr(z),
    injective=False,
    slope=lambda z: ndtr(z) + z * np.exp(-0.5 * np.clip(z, -FAR, FAR) ** 2) / math.sqrt(2 * math.pi),
    turns=(-0.7517915246935645,),
    bends=(-math.sqrt(2), math.sqrt(2)),
    error=2.0**-51,  # where z is far below 0, the relative error of the normal distribution grows like z^2
)
gelu_tanh = Activation(  # the usual approximation of gelu, and what JAX computes by that name
    "gelu_tanh",
    lambda z: z * _sigmoid(_of_tanh(z)),
    injective=False,
    slope=lambda z: _sigmoid(_of_tanh(z)) + z * _bell(_of_tanh(z)) * TANH_FORM * (1 + 3 * CUBIC * _near(z) ** 2),
    turns=(-0.7524614220710163,),
    bends=(-1.4185040087908283, 1.4185040087908283),
    error=2.0**-51,
)
silu = Activation(
    "silu",
    lambda z: z * _sigmoid(z),
    injective=False,
    slope=lambda z: _sigmoid(z) + z * _bell(z),
    turns=(-1.2784645427610738,),
    bends=(-2.399357280520547, 2.399357280520547),
)
mish = Activation(
    "mish",
    lambda z: z * np.tanh(np.logaddexp(0.0, z)),
    injective=False,
    slope=lambda z: np.tanh(np.logaddexp(0.0, z)) + z * _sigmoid(z) * 4 * _bell(2 * np.logaddexp(0.0, z)),
    turns=(-1.1924312145154952,),
    bends=(-2.2563763963607935, 1.4905711794854284),
)

hardswish = Activation(
    "hardswish",
    lambda z: z * (np.clip(z + 3.0, 0.0, 6.0) / 6.0),
    injective=False,
    slope=lambda z: np.where(np.abs(z) <= 3, z / 3 + 0.5, np.where(z > 0, 1.0, 0.0)),
    turns=(-1.5,),
    bends=(math.nextafter(-3, -4), -3.0, 3.0, math.nextafter(3, 4)),  # both sides of its two jumps
    flat=True,
)


def leaky(slope: float) -> Activation:
    """Return a leaky ReLU with a slope in (0, 1] below zero: a picture shows a slope of 0.2, but not 0.01."""
    if not 0 < slope <= 1:
        raise UntangleError(f"a leaky ReLU needs a slope above 0 and up to 1, got {slope:g}")
    return Activation(
        f"leaky_relu({slope!r})",
        lambda z: np.where(z >= 0, z, slope * z),
        slope=lambda z: np.where(z >= 0, 1.0, slope),
    )


def elu_of(alpha: float) -> Activation:
    """Return an ELU that falls to -alpha, above 0, far below zero; where alpha is not 1 it has a corner at 0."""
    if not 0 < alpha < math.inf:
        raise UntangleError(f"an ELU needs an alpha above 0, got {alpha:g}")
    return Activation(
        f"elu({alpha!r})",
        lambda z: np.where(z >= 0, z, alpha * np.expm1(np.minimum(z, 0.0))),
        slope=lambda z: np.where(z > 0, 1.0, np.where(z < 0, alpha * np.exp(np.minimum(z, 0.0)), max(1.0, alpha))),
    )


FAMILIES = {"leaky_relu": leaky, "elu": elu_of}


def activations() -> dict[str, Activation]:
    """Return every activation defined in this module, by name."""
    return {a.name: a for a in globals().values() if isinstance(a, Activation)}


def activation(name: str) -> Activation:
    """Return the activation of that name, leaky_relu(0.3) and elu(0.5) too, which may be typed leaky_relu:0.3 or
    leaky_relu=0.3.

    Raises UnknownName with the nearest one otherwise.
    """
    if match := FAMILY.fullmatch(name):
        return FAMILIES[match[1]](float(match[2]))
    known = activations()
    if name not in known:
        raise unknown("activation", name, list(known))
    return known[name]


def is_activation(name: str) -> bool:
    """Whether `activation` knows a name."""
    return name in activations() or bool(FAMILY.fullmatch(name))
