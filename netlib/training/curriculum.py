"""Initialisation and curriculum: the weights at the first step, and the data at each time of training.

Training starts near the identity, so that space begins unbent, or from a network that was trained on easier data.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netlib.activations import Array
from netlib.datasets import Dataset, dataset, parsed
from netlib.errors import UntangleError
from netlib.network import Network
from netlib.training.recipe import Recipe

SPREAD = 0.25  # standard deviation of each weight around the identity
SHRINK = 0.4  # an added layer is this multiple of the identity: tanh is nearly straight there


def init(recipe: Recipe, seed: int, file: Path | None = None) -> Array:
    """Return the weights and biases at the first step as one array (P,), layer by layer.

    file: as in `Recipe.load`, for the weights that a recipe grows from. Raises UntangleError where the recipe cannot
    grow from its parent.
    """
    rng = np.random.default_rng(seed)
    if recipe.grown_from:
        return _grown(recipe, recipe.grown_from.load(file), rng)
    *hidden, readout = recipe.shapes()
    parts = list[Array]()
    for shape in hidden:
        parts += [_axes(*shape) + SPREAD * rng.normal(size=shape), 0.1 * rng.normal(size=shape[0])]
    parts += [rng.normal(size=readout), 0.1 * rng.normal(size=readout[0])]
    return np.concatenate([part.ravel() for part in parts])


def curriculum(recipe: Recipe, time: float) -> Dataset:
    """Return the data at `time` in [0, 1] of training.

    For a grown recipe the parameters of the data set change linearly, during the first half of training, from those of
    the recipe before to its own.
    """
    if not recipe.grown_from or recipe.grown_from.data == recipe.data or time >= 0.5:
        return recipe.dataset()
    name, after = parsed(recipe.data)
    _, before = parsed(recipe.grown_from.data)
    share = 2 * time
    mixed = {k: (1 - share) * before[k] + share * v if isinstance(v, float) else v for k, v in after.items()}
    return dataset(f"{name}:" + ",".join(f"{k}={v!r}" for k, v in mixed.items()))


def _axes(wide: int, narrow: int) -> Array:
    """The identity (wide, narrow). Further neurons take the axes again with the other sign, so that units that are flat
    on one side (ReLU) cover all directions."""
    whole = np.concatenate([sign * np.eye(narrow) for sign in (1, -1)])
    return np.asarray(np.tile(whole, (-(-wide // (2 * narrow)), 1))[:wide])


def _grown(recipe: Recipe, network: Network, rng: np.random.Generator) -> Array:
    """The parameters of a trained network, with near-identity layers before it up to the depth of the recipe."""
    layers = [(layer.weight, layer.bias) for layer in network.dense]
    for _ in range(len(recipe.widths) - len(layers)):
        d = layers[0][0].shape[1]
        first, bias = layers[0]
        layers[0] = (first / SHRINK, bias)
        layers.insert(0, (SHRINK * np.eye(d) + 0.02 * rng.normal(size=(d, d)), 0.02 * rng.normal(size=(d,))))
    if [weight.shape for weight, _ in layers] != recipe.shapes():
        raise UntangleError(
            f"{recipe.slug} cannot grow from widths {network.widths}: only whole layers as wide as the "
            "input can be added. Change its widths"
        )
    return np.concatenate([part.ravel() for layer in layers for part in layer])
