"""Estimators of scikit-learn: multilayer perceptrons and linear models, alone or in a Pipeline after scalers or PCA."""

from __future__ import annotations

from typing import Any

import numpy as np

from netlib.errors import BadFile
from netlib.readers.files import finite
from netlib.readers.skops import ACTIVATIONS
from netlib.readers.steps import ActivationStep, Affine, ReadNetwork, Scale, Step, assembled, dense, unsupported

KNOWN = "MLPClassifier, MLPRegressor and linear models are, after scalers or PCA or alone"


def read(model: Any, points: Any) -> ReadNetwork:
    """Return the network of a fitted estimator or Pipeline."""
    parts = list(model.steps) if hasattr(model, "steps") else [("", model)]
    parts = [(name or type(part).__name__, part) for name, part in parts if part not in (None, "passthrough")]
    if not parts:
        raise BadFile("has no steps. Give a pipeline that ends in a classifier")
    steps = [step for name, part in parts for step in _steps(name, part)]
    last = parts[-1][1]
    classes = tuple(map(str, np.ravel(getattr(last, "classes_", ()))))
    return assembled(steps, (), classes, regressor=not classes)


def _steps(name: str, part: Any) -> list[Step]:
    if not [key for key in vars(part) if key.endswith("_") and not key.startswith("_")]:
        raise BadFile(f"'{name}' is not fitted. Fit the model first: model.fit(X, y)")
    if hasattr(part, "coefs_"):
        return _perceptron(name, part)
    if hasattr(part, "coef_") and not hasattr(part, "support_"):
        return [_linear(name, part.coef_, part.intercept_)]
    if hasattr(part, "components_") and hasattr(part, "whiten"):  # PCA
        weight = np.asarray(part.components_, dtype=np.float64)
        if part.whiten:
            weight = weight / np.sqrt(part.explained_variance_)[:, None]
        return [dense(name, weight, -weight @ part.mean_, "out,in")]
    scale = _scaler(name, part)
    if scale is None:
        raise unsupported(name, f"{type(part).__name__} ({KNOWN})")
    return [scale]


def _perceptron(name: str, part: Any) -> list[Step]:
    steps, last = list[Step](), len(part.coefs_) - 1
    for k, (weight, bias) in enumerate(zip(part.coefs_, part.intercepts_, strict=True)):
        steps.append(dense(f"{name}.coefs_[{k}]", weight, bias, "in,out"))
        steps.append(ActivationStep(name, ACTIVATIONS[part.activation if k < last else part.out_activation_]))
    return steps


def _linear(name: str, coefficients: Any, intercept: Any) -> Affine:
    weight = np.atleast_2d(np.asarray(coefficients, dtype=np.float64))
    return dense(name, weight, np.broadcast_to(np.asarray(intercept, dtype=np.float64), len(weight)), "out,in")


def _scaler(name: str, part: Any) -> Scale | None:
    """x -> factor * x + shift for the scalers, or None for anything else."""
    kind, count = type(part).__name__, getattr(part, "n_features_in_", 0)
    one, zero = np.ones(count), np.zeros(count)
    if kind == "MinMaxScaler" and not part.clip:
        return Scale(name, finite(part.scale_, name), finite(part.min_, name))
    if kind not in ("StandardScaler", "RobustScaler", "MaxAbsScaler"):
        return None
    scale = getattr(part, "scale_", None)
    centre = getattr(part, "center_" if kind == "RobustScaler" else "mean_", None)
    if kind == "StandardScaler" and not part.with_mean:
        centre = None
    factor = 1 / (one if scale is None else finite(scale, name))
    return Scale(name, factor, -factor * (zero if centre is None else finite(centre, name)))
