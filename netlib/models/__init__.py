"""Models in memory: the network that a model of torch, Keras, scikit-learn or JAX computes, as netlib's Network.

One file a library, which is imported by whoever made the model. Nothing is trained, called back or changed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.datasets import Dataset
from netlib.errors import AmbiguousFile, BadFile
from netlib.network import Network
from netlib.readers import SAYS_ALL, ReadNetwork, read_network
from netlib.readers.data import arrays_data
from netlib.readers.files import ReadOptions

# The file that reads a model, by the package in which its class, or a class that it derives from, is defined. A Keras
# model can be a module of torch too.
KINDS = {"keras": "keras_model", "sklearn": "estimator", "torch": "torch_module"}
JAX = ("jax", "flax", "equinox")
KNOWN = "a torch.nn.Module, a Keras model, a scikit-learn estimator or pipeline, parameters of JAX, or a netlib Network"


def model_network(
    model: Any,
    points: Any,
    *,
    activation: str | None = None,
    order: str | None = None,
    layout: str | None = None,
) -> ReadNetwork:
    """Return the network that a model computes; a path or URL is read as by `read_network`.

    points (N, ...): inputs as the model takes them, of which two are used to follow a torch module. activation, order,
    layout: as for `read_network`, for parameters of JAX, which say none of these. Raises BadFile or AmbiguousFile, with
    the layer and the cure in one line, for what cannot be shown.
    """
    if isinstance(model, Network):
        return ReadNetwork(model)
    if isinstance(model, str | Path):
        return read_network(model, activation=activation, order=order, layout=layout)
    options, packages = ReadOptions.of(activation, order, layout), _packages(model)
    with _named(model):
        kind = _kind(packages)
        if kind and not options.is_empty:
            raise BadFile(SAYS_ALL)
        if kind or isinstance(model, Mapping | list | tuple) or not packages.isdisjoint(JAX):
            reader = importlib.import_module(f"{__name__}.{kind or 'jax_parameters'}")
            read: ReadNetwork = reader.read(model, points if kind else options)
            return read
    raise BadFile(f"{type(model).__name__} is no model that can be shown. Give {KNOWN}")


def model_reader(model: Any, points: Any, **options: Any) -> Callable[[], ReadNetwork]:
    """Return a function that reads the model as it is when it is called, while it is trained. See `model_network`."""
    if _kind(_packages(model)) == "torch_module":
        from netlib.models.torch_module import reader

        with _named(model):
            return reader(model, points)
    return lambda: model_network(model, points, **options)


def as_array(values: Any) -> NDArray[Any]:
    """Return inputs or labels as an array: of lists, arrays, tables of pandas, or tensors on any device."""
    for name in ("detach", "cpu", "to_numpy"):
        if callable(getattr(values, name, None)):
            values = getattr(values, name)()
    return np.asarray(values)


def model_dataset(X: Any, y: Any) -> Dataset:
    """Return inputs X (N, ...) and their classes y (N,), or one-hot, or real targets, as a data set; images are laid
    out flat."""
    if y is None:
        raise BadFile("y is missing. Give the class of each row of X, or a number")
    points, labels = as_array(X), as_array(y)
    if len(points) != len(labels):
        raise BadFile(f"X has {len(points)} rows, y has {len(labels)}. Give one class for each row")
    labels = labels.reshape(-1) if labels.size == len(labels) else labels
    names = tuple(str(name) for name in getattr(X, "columns", ()))
    data = replace(arrays_data("X", {"points": points, "labels": labels}), columns=names)
    return replace(data, target=str(getattr(y, "name", None) or "")) if data.regression else data


@contextmanager
def _named(model: Any) -> Iterator[None]:
    """Begin the messages of errors with the model's class."""
    try:
        yield
    except (BadFile, AmbiguousFile) as problem:
        raise type(problem)(f"{type(model).__name__}: {problem}") from None


def _kind(packages: frozenset[str]) -> str | None:
    """The file that reads models of these packages; None where there is none."""
    return next((KINDS[package] for package in KINDS if package in packages), None)


def _packages(model: Any) -> frozenset[str]:
    """The packages in which the class of a model, and the classes that it derives from, are defined."""
    return frozenset(cls.__module__.partition(".")[0] for cls in type(model).__mro__)
