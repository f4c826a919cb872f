"""Models of Keras: their layers as Keras writes them down, with the weights that the layers hold now.

A model with a `call` of its own is called once, on a placeholder: Keras then writes down the layers that it goes
through, as for a functional model. Nothing is written to a file.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

from netlib.errors import BadFile
from netlib.models import as_array
from netlib.readers.files import printable
from netlib.readers.keras import read_live
from netlib.readers.steps import ReadNetwork


def read(model: Any, points: Any) -> ReadNetwork:
    """Return the network of a model of any kind; points (N, ...): inputs, of which the shape counts."""
    return reader(model, points)()


def reader(model: Any, points: Any) -> Callable[[], ReadNetwork]:
    """Return a function that reads the model as it is when it is called, while it is trained."""
    keras: Any = importlib.import_module("keras")
    is_plain = type(model).__name__ in ("Sequential", "Functional")
    shown = model if is_plain else _followed(keras, model, as_array(points).shape[1:])

    def read_now() -> ReadNetwork:
        if hasattr(model, "jax_state_sync"):
            model.jax_state_sync()  # while fit() runs on JAX, the weights are not in the model
        return read_live(shown, keras.ops.convert_to_numpy)

    return read_now


def _followed(keras: Any, model: Any, shape: tuple[int, ...]) -> Any:
    """A functional model of the layers that the model's own `call` goes through."""
    try:
        start = keras.Input(shape)
        return keras.Model(start, model.call(start))
    except Exception as problem:
        first = next((line for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
        cure = "Use layers and keras.ops in it, and decide nothing by looking at values"
        raise BadFile(f"its call() cannot be followed ({printable(first)}). {cure}") from None
