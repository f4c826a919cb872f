"""Fitted estimators of scikit-learn give the network that answers as they do."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
from sklearn.compose import TransformedTargetRegressor, make_column_transformer
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, PolynomialFeatures, RobustScaler, StandardScaler
from sklearn.svm import SVC, LinearSVC

from netlib.errors import BadFile
from netlib.models import model_dataset, model_name, model_network
from netlib.motion.projected import Pictures
from netlib.readers import matched

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(90, 3)) * (1, 100, 0.1) + (5, 0, -1)
TWO = np.where(POINTS[:, 0] > 5, "late", "early")
COLUMNS = make_column_transformer(
    (make_pipeline(SimpleImputer(), StandardScaler()), [2]), (PCA(1), [0, 1]), remainder="passthrough"
)
THREE = np.digitize(POINTS[:, 1], (-50, 50))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("labels", [TWO, THREE], ids=["two", "three"])
@pytest.mark.parametrize(
    "parts",
    [
        (MLPClassifier((5, 4), activation="tanh", max_iter=60),),
        (StandardScaler(), MLPClassifier((5,), max_iter=60)),
        (StandardScaler(with_mean=False), "passthrough", RidgeClassifier()),
        (StandardScaler(with_std=False), LinearSVC()),
        (MinMaxScaler(), PCA(2, whiten=True), LogisticRegression()),
        (SimpleImputer(), SelectKBest(k=2), LogisticRegression()),
        (make_pipeline(StandardScaler(), PCA(2)), LogisticRegression()),
        (COLUMNS, MLPClassifier((5,), max_iter=60)),
        (GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {"logisticregression__C": [0.1, 1]}),),
        (RobustScaler(), PCA(2), MaxAbsScaler(), MLPClassifier((3,), activation="logistic", max_iter=60)),
    ],
    ids=lambda parts: "-".join(str(getattr(part, "__class__", part).__name__) for part in parts),
)
def test_each_point_gets_the_class_that_the_pipeline_predicts(parts: tuple[Any, ...], labels: Any) -> None:
    model = (parts[0] if len(parts) == 1 else make_pipeline(*parts)).fit(POINTS, labels)
    read = model_network(model, POINTS)
    assert read.classes == tuple(map(str, model.classes_))
    np.testing.assert_array_equal(model.classes_[read.network.classify(POINTS)], model.predict(POINTS))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_regressor_gives_the_same_numbers() -> None:
    model = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), max_iter=60)).fit(
        POINTS, POINTS[:, 0]
    )
    read = model_network(model, POINTS)
    assert read.regressor
    np.testing.assert_allclose(read.network(POINTS)[:, 0], model.predict(POINTS), atol=1e-9)


@pytest.mark.parametrize("transformer", [None, StandardScaler(), MinMaxScaler(), RobustScaler(with_centering=False)])
def test_targets_that_were_scaled_for_training_are_scaled_back(transformer: Any) -> None:
    target = 200 + 30 * POINTS[:, 0] - POINTS[:, 1]
    inner = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(4,), solver="lbfgs", max_iter=20))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = TransformedTargetRegressor(inner, transformer=transformer).fit(POINTS, target)
    read = model_network(model, POINTS)
    assert read.regressor
    assert model_name(model) == "MLPRegressor"
    np.testing.assert_allclose(read.network(POINTS)[:, 0], model.predict(POINTS), atol=1e-9)


def test_columns_of_a_table_are_found_by_their_names() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(POINTS, columns=["a", "b", "c"])
    parts = make_column_transformer((StandardScaler(), ["c", "a"]), ("drop", ["b"]))
    model = make_pipeline(parts, LogisticRegression()).fit(table, TWO)
    read = model_network(model, table)
    np.testing.assert_allclose(read.network(POINTS)[:, 0], model.decision_function(table), atol=1e-9)


def test_columns_are_those_of_the_fit_whatever_their_order_in_the_table_that_is_shown() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(POINTS, columns=["a", "b", "c"])
    plain, searched = make_pipeline(StandardScaler(), LogisticRegression()), LogisticRegression(max_iter=1000)
    for model in (plain, GridSearchCV(searched, {"C": [0.1, 1]})):
        read = model_network(model.fit(table, TWO), table)
        for other in (table, table[["c", "a", "b"]], table.assign(d=1.0)):
            found, data = matched(read, model_dataset(other, TWO))
            np.testing.assert_array_equal(data.points, POINTS)
            assert data.columns == ("a", "b", "c")
            said = "The inputs are the columns a, b, c, in this order, as the network was fitted on them."
            assert (said in found.assumptions) is (list(other.columns) != list(table.columns))
        np.testing.assert_array_equal(matched(read, model_dataset(POINTS, TWO))[1].points, POINTS)
        with pytest.raises(BadFile, match=r"fitted on columns that 'X' has not: b, c\. Give the data with the columns"):
            matched(read, model_dataset(table[["a"]], TWO))


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (MLPClassifier(), "is not fitted. Fit the model first"),
        (make_pipeline(StandardScaler(), SVC()).fit(POINTS, TWO), "'svc' is SVC"),
        (make_pipeline(make_union(PCA(1)), LogisticRegression()).fit(POINTS, TWO), "'featureunion' is FeatureUnion"),
        (
            TransformedTargetRegressor(Ridge(), func=np.log, inverse_func=np.exp).fit(POINTS, POINTS[:, 0] ** 2 + 1),
            "'TransformedTargetRegressor' changes the targets by FunctionTransformer, which cannot be shown",
        ),
        (
            make_pipeline(make_column_transformer((PolynomialFeatures(), [0])), LogisticRegression()).fit(POINTS, TWO),
            "'columntransformer' has the transformer 'polynomialfeatures', a PolynomialFeatures",
        ),
    ],
    ids=["unfitted", "svc", "union", "targets", "columns"],
)
def test_what_is_not_fitted_or_no_network_is_named(model: Any, words: str) -> None:
    with pytest.raises(BadFile, match=words):
        model_network(model, POINTS)


def test_inputs_of_very_different_size_are_a_line_until_the_scaler_gives_each_its_own_unit() -> None:
    """Proline (hundreds) hides alcohol (12 to 14): one direction has all of the variance."""
    wine = load_wine()
    model = make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=300, random_state=0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.fit(wine.data, wine.target)
    network = model_network(model, wine.data).network
    pictures = Pictures.of(network, wine.data)
    before, after = (
        np.linalg.svd(drawn - drawn.mean(axis=0), compute_uv=False)
        for drawn in (pictures.drawn(wine.data, k) for k in (0, 1))
    )
    assert before[0] > 20 * before[1]
    assert after[0] < 2 * after[1]
    np.testing.assert_allclose(network.represent(wine.data, 1).std(axis=0), 1.0)
