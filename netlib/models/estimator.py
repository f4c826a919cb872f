"""Estimators of scikit-learn: multilayer perceptrons and linear models, alone or in a Pipeline after affine steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from netlib.errors import BadFile
from netlib.readers.files import finite
from netlib.readers.skops import ACTIVATIONS
from netlib.readers.steps import ActivationStep, Affine, ReadNetwork, Scale, Step, assembled, dense

KNOWN = (
    "MLPClassifier, MLPRegressor and linear models can, alone or after scalers, PCA, an imputer, a selection of "
    "columns, and a ColumnTransformer of these, also in a TransformedTargetRegressor with a scaler"
)


def read(model: Any, points: Any) -> ReadNetwork:
    """Return the network of a fitted estimator or Pipeline."""
    model = getattr(model, "best_estimator_", model)  # of a search over settings
    classes = tuple(map(str, np.ravel(getattr(model, "classes_", ()))))
    columns = tuple(map(str, getattr(model, "feature_names_in_", ())))
    return replace(assembled(_chain(model), (), classes, regressor=not classes), columns=columns)


def _chain(model: Any) -> list[Step]:
    """The steps of an estimator, or of all parts of a Pipeline."""
    parts = list(model.steps) if hasattr(model, "steps") else [("", model)]
    parts = [(name or type(part).__name__, part) for name, part in parts if part not in (None, "passthrough")]
    if not parts:
        raise BadFile("has no steps. Give a pipeline that ends in a classifier")
    return [step for name, part in parts for step in _steps(name, part)]


def _steps(name: str, part: Any) -> list[Step]:
    if hasattr(part, "steps"):  # a pipeline in a pipeline
        return _chain(part)
    learnt = [key for key in vars(part) if key.endswith("_") and not key.startswith("_")]
    if not (part.__sklearn_is_fitted__() if hasattr(part, "__sklearn_is_fitted__") else learnt):
        raise BadFile(f"'{name}' is not fitted. Fit the model first: model.fit(X, y)")
    if hasattr(part, "regressor_"):
        return [*_chain(part.regressor_), _targets(name, part)]
    if hasattr(part, "coefs_"):
        return _perceptron(name, part)
    if hasattr(part, "coef_") and not hasattr(part, "support_"):
        return [_linear(name, part.coef_, part.intercept_)]
    if hasattr(part, "transformers_"):
        return [_columns(name, part)]
    found = _affine(name, part, part.n_features_in_) if hasattr(part, "n_features_in_") else None
    if found is None:
        raise BadFile(f"'{name}' is {type(part).__name__}, which cannot be shown. {KNOWN}")
    return [found]


def _targets(name: str, part: Any) -> Scale:
    """What a TransformedTargetRegressor does to the answer of the model in it: its transformer, undone."""
    transformer = part.transformer_
    found = _affine(name, transformer, getattr(transformer, "n_features_in_", 1))
    if not isinstance(found, Scale):
        kind = type(transformer).__name__
        raise BadFile(f"'{name}' changes the targets by {kind}, which cannot be shown. Give it a StandardScaler there")
    return Scale(name, 1 / found.factor, -found.shift / found.factor)


def _affine(name: str, part: Any, count: int) -> Affine | Scale | None:
    """What a transformer of `count` numbers does to them, or None where it is not affine."""
    is_same = part == "passthrough" or (type(part).__name__ == "FunctionTransformer" and part.func is None)
    if is_same or (hasattr(part, "statistics_") and not part.add_indicator):  # of an imputer: no number is missing
        return Scale(name, np.ones(count), np.zeros(count))
    if hasattr(part, "components_") and hasattr(part, "whiten"):  # PCA
        weight = np.asarray(part.components_, dtype=np.float64)
        if part.whiten:
            weight = weight / np.sqrt(part.explained_variance_)[:, None]
        return dense(name, weight, -weight @ part.mean_, "out,in")
    if hasattr(part, "get_support"):
        return dense(name, np.eye(count)[part.get_support()], None, "out,in")
    return _scaler(name, part)


def _columns(name: str, part: Any) -> Affine:
    """A ColumnTransformer: what it does to each group of columns, one below the other."""
    count, weights, biases = part.n_features_in_, list[Any](), list[Any]()
    for key, transformer, columns in part.transformers_:
        if transformer == "drop":
            continue
        chosen = np.eye(count)[_places(part, columns, count)]
        weight, bias = chosen, np.zeros(len(chosen))
        for step in [each for _, each in transformer.steps] if hasattr(transformer, "steps") else [transformer]:
            found = _affine(key, step, len(weight))
            if found is None:
                kind = type(step).__name__
                raise BadFile(f"'{name}' has the transformer '{key}', a {kind}, which cannot be shown. {KNOWN}")
            matrix, shift = (
                (np.diag(found.factor), found.shift) if isinstance(found, Scale) else (found.weight, found.bias)
            )
            weight, bias = matrix @ weight, matrix @ bias + shift
        weights.append(weight)
        biases.append(bias)
    return dense(name, np.vstack(weights), np.concatenate(biases), "out,in")


def _places(part: Any, columns: Any, count: int) -> Any:
    """The numbers of the columns that a ColumnTransformer names in one of scikit-learn's ways."""
    if isinstance(columns, slice) or np.asarray(columns).dtype.kind in "iub":
        return np.arange(count)[np.atleast_1d(columns) if not isinstance(columns, slice) else columns]
    return [list(part.feature_names_in_).index(column) for column in np.atleast_1d(columns)]


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
