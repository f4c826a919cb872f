"""Orientation: the same network with its neurons in an order and with signs for which space turns least."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from netlib.activations import Array
from netlib.layers import Dense, Layer, dense
from netlib.motion.moves import completed, polar_rotation
from netlib.network import Network

# Above this width a search over all signed orders of the neurons costs more than the film gains.
WIDEST_SEARCHED = 4

SignedOrder = tuple[tuple[int, ...], tuple[float, ...]]


def oriented(network: Network) -> Network:
    """Return the same function with neurons reordered and negated so that layers do not flip space and turn least.

    The next layer undoes a signed permutation of a layer's neurons, so outputs change by rounding only. Both layers
    have to be dense; otherwise the neurons stay as they are. Neurons are negated only where the activation has a
    reflection (tanh, identity, sigmoid). Layers wider than WIDEST_SEARCHED stay as they are. A layer that cannot be
    cured (width 1, det < 0, ReLU) keeps its flip, which `moves` shows as a turn through the next dimension.
    """
    return reordered(network, orientation(network))


def orientation(network: Network) -> tuple[SignedOrder, ...]:
    """Return what `oriented` does to each hidden layer: the order of its neurons and the sign of each."""
    layers, chosen = list[Layer](network.layers), list[SignedOrder]()
    for k in range(len(network.hidden)):
        # the columns of layer k are already in the new order of layer k - 1
        layer, after = layers[k], layers[k + 1]
        if isinstance(layer, Dense) and isinstance(after, Dense):
            chosen.append(_calmest(layer))
            layers[k], layers[k + 1] = _reordered(layer, after, *chosen[-1])
        else:
            chosen.append(_as_it_is(layer))
    return tuple(chosen)


def reordered(network: Network, orders: tuple[SignedOrder, ...]) -> Network:
    """Return the same function with the neurons of each hidden layer in a given order, with given signs."""
    layers = list[Layer](network.layers)
    for k, (order, signs) in enumerate(orders):
        layer, after = layers[k], layers[k + 1]
        if (order, signs) != _as_it_is(layer):
            layers[k], layers[k + 1] = _reordered(dense(layer, k), dense(after, k + 1), order, signs)
    return Network(tuple(layers[:-1]), dense(layers[-1]))


def _calmest(layer: Dense) -> SignedOrder:
    if layer.outputs > WIDEST_SEARCHED:
        return _as_it_is(layer)
    factor = polar_rotation(layer.weight)
    return min(_signed_orders(layer), key=lambda choice: _turn(factor, *choice))


def _as_it_is(layer: Layer) -> SignedOrder:
    return tuple(range(layer.outputs)), (1.0,) * layer.outputs


def _signed_orders(layer: Dense) -> list[SignedOrder]:
    n = layer.outputs
    signs = (1.0,) if layer.activation.reflection is None else (1.0, -1.0)
    return [(p, s) for p in itertools.permutations(range(n)) for s in itertools.product(signs, repeat=n)]


def _turn(factor: Array, order: tuple[int, ...], signs: tuple[float, ...]) -> tuple[bool, float]:
    """How much a layer with this polar factor turns space after its neurons are reordered: whether it flips space,
    then minus the trace of its completed rotation."""
    rotation = completed(factor[list(order)] * np.array(signs)[:, None])
    return bool(np.linalg.det(rotation) < 0), -round(float(np.trace(rotation)), 9)


def _reordered(layer: Dense, after: Dense, order: tuple[int, ...], signs: tuple[float, ...]) -> tuple[Dense, Dense]:
    rows, sign = list(order), np.array(signs)
    constant = layer.activation.reflection or 0.0
    columns = after.weight[:, rows]
    # a(-z) = c - a(z): a negated neuron leaves the constant c behind, which the next bias takes up
    bias = after.bias + constant * columns[:, sign < 0].sum(axis=1)
    return (
        replace(layer, weight=layer.weight[rows] * sign[:, None], bias=layer.bias[rows] * sign),
        replace(after, weight=columns * sign, bias=bias),
    )
