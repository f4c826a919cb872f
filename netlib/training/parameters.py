"""Networks as rows: all weights and biases in one row of numbers, layer by layer, as training and files hold them."""

from __future__ import annotations

import numpy as np

from netlib.activations import Array, activation
from netlib.network import Layer, Network
from netlib.training.recipe import Recipe


def network_of(recipe: Recipe, row: Array) -> Network:
    """Return the network of the recipe's shape whose weights and biases are a row (parameters,)."""
    bend, layers, used = activation(recipe.activation), list[Layer](), 0
    for wide, narrow in recipe.shapes():
        weight, bias, used = used, used + wide * narrow, used + wide * (narrow + 1)
        layers.append(Layer(row[weight:bias].reshape(wide, narrow), row[bias:used], bend))
    return Network(tuple(layers[:-1]), Layer(layers[-1].weight, layers[-1].bias))


def parameters_of(network: Network) -> Array:
    """Return the network's weights and biases as a row (parameters,), the inverse of `network_of`."""
    return np.concatenate([part.ravel() for layer in network.layers for part in (layer.weight, layer.bias)])
