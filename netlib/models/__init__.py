"""Models in memory: the network that a model of torch, Keras, scikit-learn or JAX computes, as netlib's Network.

One file a library, which is imported by whoever made the model. Nothing is trained, called back or changed.
"""

from __future__ import annotations

import functools
import importlib
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
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
FOLLOWED = ("keras_model", "torch_module")  # they are followed once, and read many times
JAX = ("jax", "flax", "equinox")
KNOWN = (
    "a torch.nn.Module, a Keras model, a scikit-learn estimator or pipeline, a function or parameters of JAX, or a "
    "netlib Network"
)


def model_network(
    model: Any,
    points: Any,
    *,
    activation: Any = None,
    order: str | None = None,
    layout: str | None = None,
) -> ReadNetwork:
    """Return the network that a model computes; a path or URL is read as by `read_network`.

    points (N, ...): inputs as the model takes them, of which two are used to follow a torch module. activation, order,
    layout: as for `read_network`, for parameters of JAX, which say none of these; activation may be a function (or one
    for each hidden layer) such as jax.nn.relu, known by its name. Raises BadFile or AmbiguousFile, with
    the layer and the cure in one line, for what cannot be shown.
    """
    if isinstance(model, Network):
        return ReadNetwork(model)
    if isinstance(model, str | Path):
        return read_network(model, activation=_spelled(activation), order=order, layout=layout)
    options, packages = ReadOptions.of(_spelled(activation), order, layout), _packages(model)
    with _named(model):
        kind = _kind(packages)
        if kind and not options.is_empty:
            raise BadFile(SAYS_ALL)
        if kind is None and options.is_empty and _is_function(model):
            kind = "jax_function"
        if kind or isinstance(model, Mapping | list | tuple) or not packages.isdisjoint(JAX):
            reader = importlib.import_module(f"{__name__}.{kind or 'jax_parameters'}")
            read: ReadNetwork = reader.read(model, points if kind else options)
            return read
    if isinstance(model, type):
        raise BadFile(f"{model.__name__} is a class, not a model. Give a model of it: {model.__name__}()")
    raise BadFile(f"{type(model).__name__} is no model that can be shown. Give {KNOWN}")


def model_name(model: Any) -> str:
    """Return what a title calls a model: its class or name, or that of the model which it wraps."""
    if hasattr(model, "steps"):  # a Pipeline
        return model_name(model.steps[-1][1])
    for name in ("_orig_mod", "best_estimator_", "regressor_"):  # torch.compile; a search; a change of the targets
        if hasattr(model, name):
            return model_name(getattr(model, name))
    if hasattr(model, "apply_fn") or isinstance(model, functools.partial):  # a TrainState of Flax
        inner = model.apply_fn if hasattr(model, "apply_fn") else model.func
        return model_name(getattr(inner, "__self__", inner))
    if callable(model) and hasattr(model, "__name__"):
        return str(model.__name__).replace("<lambda>", "function")
    if type(model).__name__ in ("DataParallel", "DistributedDataParallel"):
        return model_name(model.module)
    if isinstance(model, str | Path):
        return Path(model).name if "://" not in str(model) else "TensorFlow Playground"
    return "network" if isinstance(model, Mapping | list | tuple) else type(model).__name__


def _spelled(activation: Any) -> str | None:
    """Names of activations as one text: given as that, as a function with a name, or as a list of either."""
    if activation is None or isinstance(activation, str):
        return activation
    each = activation if isinstance(activation, list | tuple) else [activation]
    names = [one if isinstance(one, str) else getattr(one, "__name__", "") for one in each]
    if not all(names):
        raise BadFile('an activation is given that has no name. Give its name: activation="tanh"')
    return ",".join(names)


def model_reader(model: Any, points: Any, **options: Any) -> Callable[[], ReadNetwork]:
    """Return a function that reads the model as it is when it is called, while it is trained. See `model_network`."""
    kind = _kind(_packages(model))
    if kind not in FOLLOWED or options:
        return lambda: model_network(model, points, **options)
    with _named(model):
        read: Callable[[], ReadNetwork] = importlib.import_module(f"{__name__}.{kind}").reader(model, points)

    def read_now() -> ReadNetwork:
        with _named(model):
            return read()

    return read_now


def as_array(values: Any) -> NDArray[Any]:
    """Return inputs or labels as an array: of lists, arrays, tables of pandas, or tensors on any device.

    Raises BadFile for what has no rows, such as a DataLoader.
    """
    kind = type(values).__name__
    for name in ("detach", "cpu", "to_numpy"):
        if callable(getattr(values, name, None)):
            values = getattr(values, name)()
    if str(getattr(values, "dtype", "")) == "torch.bfloat16":  # which numpy does not have
        values = values.float()
    try:
        array = np.asarray(values)
    except ValueError:  # rows of different lengths, or pairs of inputs and labels
        array = np.array(None)
    if array.ndim == 0:
        raise BadFile(
            f"a {kind} is no array with a row for each point. Give inputs and classes as two arrays or tensors"
        )
    if array.dtype == object:  # tables of pandas
        if all(isinstance(value, str) for value in array.ravel()):
            return array.astype(str)
        with suppress(TypeError, ValueError):
            return array.astype(np.float64)
    return array


def model_dataset(X: Any, y: Any) -> Dataset:
    """Return inputs X (N, ...) and their classes y (N,), or one-hot, or real targets, as a data set; images are laid
    out flat."""
    if y is None:
        raise BadFile("y is missing. Give the class of each row of X, or a number")
    points, labels = as_array(X), as_array(y)
    if len(points) != len(labels):
        raise BadFile(f"X has {len(points)} rows, y has {len(labels)}. Give one class for each row")
    labels = labels.reshape(-1) if labels.size == len(labels) else labels
    if labels.dtype == object:
        kinds = ", ".join(sorted({type(label).__name__.strip("_") for label in labels.ravel()}))
        raise BadFile(f"y holds labels of several kinds ({kinds}). Give all as text, or all as whole numbers")
    names = tuple(str(name) for name in getattr(X, "columns", ()))
    if points.dtype.kind in "OU" and points.ndim == 2:
        words = [name for name, column in zip(names, points.T, strict=False) if not _are_numbers(column)]
        if words:
            listed = ", ".join(repr(name) for name in words)
            raise BadFile(f"X has columns without numbers: {listed}. Leave them out: X.drop(columns=[{listed}])")
    data = replace(arrays_data("X", {"points": points, "labels": labels}), columns=names)
    return replace(data, target=str(getattr(y, "name", None) or "")) if data.regression else data


def _are_numbers(column: NDArray[Any]) -> bool:
    try:
        column.astype(np.float64)
    except (TypeError, ValueError):
        return False
    return True


@contextmanager
def _named(model: Any) -> Iterator[None]:
    """Begin the messages of errors with the model's class."""
    try:
        yield
    except (BadFile, AmbiguousFile) as problem:
        raise type(problem)(f"{type(model).__name__}: {problem}") from None


def _is_function(model: Any) -> bool:
    """Whether it may be a function of JAX, or a module of Flax or Equinox, or a TrainState."""
    is_made = callable(model) and not isinstance(model, type)
    return "jax" in sys.modules and (is_made or hasattr(model, "apply_fn"))


def _kind(packages: frozenset[str]) -> str | None:
    """The file that reads models of these packages; None where there is none."""
    return next((KINDS[package] for package in KINDS if package in packages), None)


def _packages(model: Any) -> frozenset[str]:
    """The packages in which the class of a model, and the classes that it derives from, are defined."""
    return frozenset(cls.__module__.partition(".")[0] for cls in type(model).__mro__)
