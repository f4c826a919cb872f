"""Parameters of JAX: a tree of arrays as Flax, Equinox and Haiku make it, or dictionaries and lists of arrays.

A tree says neither the activations nor, always, the order of the layers: the user does, as for a .npz file.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import ReadOptions
from netlib.readers.named_arrays import network_from
from netlib.readers.steps import ReadNetwork

DEEPEST = 24


def read(tree: Any, options: ReadOptions) -> ReadNetwork:
    """Return the network of the arrays in a tree, whose names are the keys on the way to them."""
    found = dict(_leaves(_plain(tree)))
    if not found:
        raise BadFile("holds no arrays. Give the parameters of the network, for example state.params")
    if "gelu" not in options.activations:
        return network_from(found, options)
    kinds = tuple("gelu_tanh" if kind == "gelu" else kind for kind in options.activations)
    read = network_from(found, replace(options, activations=kinds))
    said = "gelu is taken as jax.nn.gelu computes it where nothing else is said, by tanh (gelu_tanh)."
    return replace(read, assumptions=(*read.assumptions, said))


def _plain(tree: Any) -> Any:
    """Return a tree of JAX as names and arrays; anything else as it is."""
    if hasattr(tree, "params") and hasattr(tree, "opt_state"):  # a TrainState
        tree = tree.params
    nnx = sys.modules.get("flax.nnx")
    if nnx is not None and isinstance(tree, nnx.Module):
        tree = nnx.to_pure_dict(nnx.state(tree, nnx.Param))
    jax = sys.modules.get("jax")
    if jax is None:
        return tree
    leaves = jax.tree_util.tree_flatten_with_path(tree)[0]
    return {".".join(map(_key, path)): leaf for path, leaf in leaves if hasattr(leaf, "shape")}


def _key(entry: Any) -> str:
    """The name of a key on the way to a leaf: of a dictionary, a list or an attribute."""
    return str(next(getattr(entry, name) for name in ("key", "idx", "name") if hasattr(entry, name)))


def _leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(tree, Mapping) or (isinstance(tree, list | tuple) and len(path) < DEEPEST):
        items = tree.items() if isinstance(tree, Mapping) else enumerate(tree)
        for key, value in items:
            yield from _leaves(value, (*path, str(key)))
    elif hasattr(tree, "shape"):
        yield ".".join(path), np.asarray(tree)
