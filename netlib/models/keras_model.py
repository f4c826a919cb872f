"""Models of Keras: written to a temporary file by Keras, and read as any .keras file is.

A model with a `call` of its own is called once, on a placeholder: Keras then writes down the layers that it goes
through, as for a functional model.
"""

from __future__ import annotations

import importlib
import tempfile
import warnings
from pathlib import Path
from typing import Any

from netlib.errors import BadFile
from netlib.models import as_array
from netlib.readers import network_of
from netlib.readers.files import ReadOptions, printable
from netlib.readers.steps import ReadNetwork


def read(model: Any, points: Any) -> ReadNetwork:
    """Return the network of a model of any kind; points (N, ...): inputs, of which the shape counts."""
    if hasattr(model, "jax_state_sync"):
        model.jax_state_sync()  # while fit() runs on JAX, the weights are not in the model
    if type(model).__name__ not in ("Sequential", "Functional"):
        model = _followed(model, as_array(points).shape[1:])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.keras"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Keras about numpy and torch
            model.save(path)
        return network_of(path.read_bytes(), path.suffix, ReadOptions())


def _followed(model: Any, shape: tuple[int, ...]) -> Any:
    """A functional model of the layers that the model's own `call` goes through."""
    keras: Any = importlib.import_module("keras")
    try:
        start = keras.Input(shape)
        return keras.Model(start, model.call(start))
    except Exception as problem:
        first = next((line for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
        cure = "Use layers and keras.ops in it, and decide nothing by looking at values"
        raise BadFile(f"its call() cannot be followed ({printable(first)}). {cure}") from None
