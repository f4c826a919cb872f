"""Oracles and models that tests of several readers use."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from netlib import ReadNetwork, activations


@pytest.fixture(scope="session")
def agrees() -> Callable[..., None]:
    """A check that a network, with the final activation that was left out, is the function of the library's own."""
    from scipy.special import log_softmax, softmax

    finals = {"softmax": lambda z: softmax(z, axis=1), "log_softmax": lambda z: log_softmax(z, axis=1)}

    def check(read: ReadNetwork, theirs: Callable[[np.ndarray], np.ndarray], inputs: int) -> None:
        points = np.random.default_rng(1).normal(size=(50, inputs))
        ours = finals.get(read.final, activations().get(read.final))(read.network(points))
        assert ours == pytest.approx(np.asarray(theirs(points)).reshape(ours.shape), rel=1e-6, abs=1e-6)

    return check


@pytest.fixture(scope="session")
def keras() -> Any:
    os.environ["KERAS_BACKEND"] = "torch"
    import keras

    keras.utils.set_random_seed(0)
    keras.config.set_floatx("float64")
    keras.config.set_dtype_policy("float64")
    return keras


@pytest.fixture(scope="session")
def made(keras: Any) -> Callable[..., Any]:
    """Build a Sequential of the layers, each weight drawn anew so that no default hides a mistake; small, as the
    torch backend multiplies with the precision of float32 even in float64."""

    def build(*layers: Any, inputs: tuple[int, ...] = (2,)) -> Any:
        model = keras.Sequential([keras.Input(inputs), *[make(keras.layers) for make in layers]])
        rng = np.random.default_rng(0)
        for weight in model.weights:
            if "seed" not in weight.path:
                weight.assign(
                    rng.uniform(0.2, 0.7, weight.shape) * rng.choice([-1, 1] if "var" not in weight.path else [1])
                )
        return model

    return build
