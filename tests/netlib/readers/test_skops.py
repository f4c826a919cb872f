"""Models that scikit-learn fits and skops writes, against scikit-learn's own predictions."""

from __future__ import annotations

import io
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, RobustScaler, StandardScaler

from netlib import read_data
from netlib.errors import BadFile
from netlib.readers import matched, network_of
from netlib.readers.data import data_of
from netlib.readers.files import ReadOptions

# it need not converge to be read
pytestmark = pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning")
IRIS = load_iris()


def fitted(kind: type, labels: Any, **options: Any) -> Any:
    return kind(hidden_layer_sizes=(4, 3), max_iter=20, random_state=0, **options).fit(IRIS.data, labels)


def read(model: Any) -> Any:
    return network_of(skops.io.dumps(model), ".skops", ReadOptions())


@pytest.mark.parametrize("bend", ["identity", "logistic", "tanh", "relu"])
def test_a_classifier_computes_as_in_scikit_learn(agrees: Callable, bend: str) -> None:
    model = fitted(MLPClassifier, IRIS.target, activation=bend)
    found = read(model)
    assert found.final == "softmax"
    agrees(found, model.predict_proba, 4)
    assert np.array_equal(found.network.classify(IRIS.data), model.predict(IRIS.data))


def test_two_classes_have_one_output_and_a_sigmoid(agrees: Callable) -> None:
    model = fitted(MLPClassifier, IRIS.target == 1)
    found = read(model)
    assert (found.final, found.classes, found.network.widths) == ("sigmoid", ("False", "True"), (4, 3, 1))
    agrees(found, lambda points: model.predict_proba(points)[:, 1], 4)


def test_columns_of_a_table_are_put_in_the_order_of_the_fit() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(IRIS.data, columns=["w", "x", "y", "z"])
    options = {"hidden_layer_sizes": (4,), "max_iter": 20, "random_state": 0}
    for model in (MLPClassifier(**options), make_pipeline("passthrough", StandardScaler(), MLPClassifier(**options))):
        found = read(model.fit(table, IRIS.target))
        assert found.columns == ("w", "x", "y", "z")
        text = table[["z", "x", "w", "y"]].assign(kind=IRIS.target).to_csv(index=False).encode()
        matched_read, data = matched(found, data_of(text, ".csv", "mine"))
        assert matched_read.network.accuracy(data.points, data.labels) == model.score(table, IRIS.target)
    assert read(fitted(MLPClassifier, IRIS.target)).columns == ()


def test_a_regressor_computes_as_in_scikit_learn(agrees: Callable) -> None:
    model = fitted(MLPRegressor, IRIS.target * 1.5, activation="tanh")
    agrees(read(model), model.predict, 4)
    assert read(model).regressor


SCALERS = [StandardScaler(), StandardScaler(with_mean=False), StandardScaler(with_std=False), MinMaxScaler((-1, 2))]


@pytest.mark.parametrize("scaler", SCALERS, ids=repr)
def test_a_scaler_before_it_is_the_first_layer_or_folded_where_all_keep_one_unit(agrees: Callable, scaler: Any) -> None:
    with np.errstate(all="ignore"):
        model = make_pipeline(scaler, MLPClassifier((4,), max_iter=20)).fit(IRIS.data, IRIS.target)
    found = read(model)
    name = f"'{type(scaler).__name__.lower()}'"
    if getattr(scaler, "with_std", True):
        assert found.assumptions[0] == f"{name} gives each input a unit of its own, and is the first layer."
        assert type(found.network.hidden[0]).__name__ == "Normalize"
    else:
        assert found.assumptions[0] == f"{name} is folded into 'coefs_[0]'."
    agrees(found, model.predict_proba, 4)


def test_names_of_classes_come_in_the_order_of_outputs_and_of_the_data() -> None:
    names = np.array(["setosa", "versicolor", "virginica"])
    found = read(fitted(MLPClassifier, names[IRIS.target]))
    assert found.classes == ("setosa", "versicolor", "virginica") == read_data("iris").class_names


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (LogisticRegression(), "layer 'the model' is LogisticRegression"),
        (make_pipeline(RobustScaler(), MLPClassifier((2,), max_iter=2)), "layer 'robustscaler' is RobustScaler"),
        (make_pipeline(MinMaxScaler(clip=True), MLPClassifier((2,), max_iter=2)), "MinMaxScaler with clip=True"),
    ],
)
def test_other_models_are_refused_by_name(model: Any, words: str) -> None:
    with pytest.raises(BadFile, match=words + r".*not supported\. Supported: dense layers"):
        read(model.fit(IRIS.data, IRIS.target))


def test_a_model_that_was_not_fitted_is_refused() -> None:
    with pytest.raises(BadFile, match="MLPClassifier does not say its 'coefs_'"):
        read(MLPClassifier())


@pytest.mark.slow
def test_it_is_read_without_skops_and_scikit_learn(tmp_path: Path) -> None:
    skops.io.dump(fitted(MLPClassifier, IRIS.target), tmp_path / "net.skops")
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('skops', 'sklearn', 'joblib')))\n"
        f"from netlib import read_network; print(read_network({str(tmp_path / 'net.skops')!r}).network.widths)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(4, 3, 3)"


def test_a_list_that_holds_one_array_many_times_cannot_fill_the_memory() -> None:
    archive = io.BytesIO()
    array = io.BytesIO()
    np.save(array, np.zeros((300, 300)))
    node = '{"__class__": "ndarray", "file": "a.npy"}'
    listed = '{"__class__": "list", "content": [' + ",".join([node] * 999) + "]}"
    text = '{"__class__": "str", "content": "\\"tanh\\""}'
    state = f'"coefs_": {listed}, "intercepts_": {listed}, "activation": {text}, "out_activation_": {text}'
    with zipfile.ZipFile(archive, "w") as written:
        written.writestr("a.npy", array.getvalue())
        schema = '{"__class__": "MLPRegressor", "content": {"__class__": "dict", "content": {' + state + "}}}"
        written.writestr("schema.json", schema)
    with pytest.raises(BadFile, match="do not fit"):
        network_of(archive.getvalue(), ".skops", ReadOptions())
