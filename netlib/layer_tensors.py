"""Layers of every kind as tensors by name and words for JSON, and back: for files, and for what lies between two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from netlib.activations import Activation, Array, activation
from netlib.errors import UntangleError
from netlib.layers import Dense, Layer, LayerNorm, Normalize, PReLU, Residual, RMSNorm

Tensors = Mapping[str, Array]
KINDS: dict[str, type[Dense | Normalize | LayerNorm | PReLU | Residual]] = {
    kind.__name__: kind for kind in (Dense, Normalize, LayerNorm, RMSNorm, PReLU, Residual)
}
DEEPEST = 8  # residual blocks within each other


def packed(layers: Sequence[Layer], prefix: str = "") -> tuple[list[dict[str, Any]], dict[str, Array]]:
    """Return for each layer its kind and what is no tensor, and the tensors by name: '0.weight', '1.branch.0.bias'.

    Raises UntangleError for a kind that is not in KINDS.
    """
    words, tensors = list[dict[str, Any]](), dict[str, Array]()
    for k, layer in enumerate(layers):
        if not isinstance(layer, Dense | Normalize | LayerNorm | PReLU | Residual):
            raise UntangleError(f"layer {k + 1} is a {type(layer).__name__}, which no file can hold")
        said: dict[str, Any] = {"kind": type(layer).__name__}
        for field in fields(layer):
            value = getattr(layer, field.name)
            if isinstance(value, np.ndarray):
                tensors[f"{prefix}{k}.{field.name}"] = value
            elif isinstance(value, tuple):
                said[field.name], inner = packed(value, f"{prefix}{k}.{field.name}.")
                tensors |= inner
            else:
                said[field.name] = value.name if isinstance(value, Activation) else value
        words.append(said)
    return words, tensors


def unpacked(words: Sequence[Mapping[str, Any]], tensors: Tensors, prefix: str = "", depth: int = 0) -> list[Layer]:
    """Return the layers of which `packed` made these words and tensors.

    Raises KeyError, TypeError, ValueError or UntangleError for any others.
    """
    if depth > DEEPEST:
        raise UntangleError(f"holds more than {DEEPEST} residual blocks within each other")
    layers = list[Layer]()
    for k, said in enumerate(words):
        kind, given = KINDS[said["kind"]], dict[str, Any]()
        for field in fields(kind):
            name = f"{prefix}{k}.{field.name}"
            if field.name == "activation":
                given[field.name] = activation(said[field.name])
            elif field.name == "groups":  # older files have none
                given[field.name] = int(said.get(field.name, 1))
            elif field.name in ("branch", "shortcut"):  # files without a shortcut are older than it
                given[field.name] = tuple(unpacked(said.get(field.name, ()), tensors, f"{name}.", depth + 1))
            else:
                given[field.name] = tensors[name] if name in tensors else float(said[field.name])
        layers.append(kind(**given))
    return layers


def only_dense(layers: Sequence[Layer]) -> bool:
    """Whether every layer is a Dense, so that a file needs no more than weights, biases and activations."""
    return all(isinstance(layer, Dense) for layer in layers)


def dense_words(activations: Sequence[str]) -> list[dict[str, Any]]:
    """Return what `packed` says of dense layers with these activations."""
    return [{"kind": "Dense", "activation": name} for name in activations]
