"""Layer and Network: frozen values that map points to points, float64 throughout."""

from __future__ import annotations

import hashlib
import itertools
from dataclasses import dataclass, replace

import numpy as np

from netlib.activations import Activation, Array, identity
from netlib.errors import UntangleError
from netlib.motion.rotations import completed, polar_rotation

# Above this width a search over all signed orders of the neurons costs more than the film gains.
WIDEST_SEARCHED = 4

SignedOrder = tuple[tuple[int, ...], tuple[float, ...]]


@dataclass(frozen=True, eq=False)
class Layer:
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


@dataclass(frozen=True, eq=False)
class Network:
    """Hidden layers, then the readout: the affine map that is drawn as a line or plane, never as a move."""

    hidden: tuple[Layer, ...]
    readout: Layer

    def __post_init__(self) -> None:
        for before, after in itertools.pairwise(self.layers):
            if before.outputs != after.inputs:
                raise UntangleError(
                    f"layers do not fit: one gives {before.outputs} numbers, the next takes {after.inputs}"
                )

    @property
    def layers(self) -> tuple[Layer, ...]:
        return (*self.hidden, self.readout)

    @property
    def inputs(self) -> int:
        return self.layers[0].inputs

    @property
    def widths(self) -> tuple[int, ...]:
        """Width of every hidden layer, then of the output."""
        return tuple(layer.outputs for layer in self.layers)

    def __call__(self, points: Array) -> Array:
        """Map points (N, inputs) to the readout's values (N, outputs), before any final sigmoid or softmax."""
        return self.readout(self.represent(points))

    def represent(self, points: Array, depth: int | None = None) -> Array:
        """Return the representation of points after the first `depth` hidden layers (all by default)."""
        points = np.asarray(points, dtype=np.float64)
        for layer in self.hidden[:depth]:
            points = layer(points)
        return points

    def classify(self, points: Array) -> Array:
        """Return the class of each point (N,): the sign of a single output, or the largest of several."""
        values = self(points)
        classes = values[:, 0] > 0 if values.shape[1] == 1 else values.argmax(axis=1)
        return classes.astype(np.int64)

    def accuracy(self, points: Array, labels: Array) -> float:
        """Share of points (N, inputs) whose class is their label (N,), in [0, 1]."""
        return float(np.mean(self.classify(points) == labels))

    @property
    def sha256(self) -> str:
        """Digest of every weight, bias and activation: equal exactly when the network computes the same way."""
        digest = hashlib.sha256()
        for layer in self.layers:
            digest.update(f"{layer.weight.shape}{layer.activation.name}".encode())
            digest.update(layer.weight.astype("<f8").tobytes() + layer.bias.astype("<f8").tobytes())
        return digest.hexdigest()


def oriented(network: Network) -> Network:
    """Return the same function with neurons reordered and negated so that layers do not flip space and turn least.

    A signed permutation of a layer's neurons is undone in the next layer, so outputs change by rounding only.
    Negation is used where the activation has a reflection (tanh, identity, sigmoid). Layers wider than
    WIDEST_SEARCHED are left as they are. A layer whose activation allows no cure (width 1, det < 0, ReLU) keeps
    its flip, which `moves` shows as a turn through the next dimension.
    """
    return reordered(network, orientation(network))


def orientation(network: Network) -> tuple[SignedOrder, ...]:
    """Return what `oriented` does to each hidden layer: the order of its neurons and the sign of each."""
    layers, chosen = list(network.layers), list[SignedOrder]()
    for k in range(len(network.hidden)):
        # the columns of layer k already follow the layer before
        chosen.append(_calmest(layers[k]))
        layers[k], layers[k + 1] = _reordered(layers[k], layers[k + 1], *chosen[-1])
    return tuple(chosen)


def reordered(network: Network, orders: tuple[SignedOrder, ...]) -> Network:
    """Return the same function with the neurons of each hidden layer in a given order, with given signs."""
    layers = list(network.layers)
    for k, (order, signs) in enumerate(orders):
        layers[k], layers[k + 1] = _reordered(layers[k], layers[k + 1], order, signs)
    return Network(tuple(layers[:-1]), layers[-1])


def _calmest(layer: Layer) -> SignedOrder:
    if layer.outputs > WIDEST_SEARCHED:
        return tuple(range(layer.outputs)), (1.0,) * layer.outputs
    factor = polar_rotation(layer.weight)
    return min(_signed_orders(layer), key=lambda choice: _turn(factor, *choice))


def _signed_orders(layer: Layer) -> list[SignedOrder]:
    n = layer.outputs
    signs = (1.0,) if layer.activation.reflection is None else (1.0, -1.0)
    return [(p, s) for p in itertools.permutations(range(n)) for s in itertools.product(signs, repeat=n)]


def _turn(factor: Array, order: tuple[int, ...], signs: tuple[float, ...]) -> tuple[bool, float]:
    """How much a layer with this polar factor turns space once its neurons are reordered, which reorders the factor
    alike: flips first, then minus the trace of its completed rotation."""
    rotation = completed(factor[list(order)] * np.array(signs)[:, None])
    return bool(np.linalg.det(rotation) < 0), -round(float(np.trace(rotation)), 9)


def _reordered(layer: Layer, after: Layer, order: tuple[int, ...], signs: tuple[float, ...]) -> tuple[Layer, Layer]:
    rows, sign = list(order), np.array(signs)
    constant = layer.activation.reflection or 0.0
    columns = after.weight[:, rows]
    # a(-z) = c - a(z): a negated neuron leaves the constant c behind, which the next bias takes up
    bias = after.bias + constant * columns[:, sign < 0].sum(axis=1)
    return (
        replace(layer, weight=layer.weight[rows] * sign[:, None], bias=layer.bias[rows] * sign),
        replace(after, weight=columns * sign, bias=bias),
    )
