"""Models of Keras and trees of parameters give the same network as their own library; anything else is refused."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from netlib.errors import AmbiguousFile, BadFile
from netlib.models import as_array, model_dataset, model_name, model_network, model_reader
from netlib.readers import read_network
from netlib.training.catalogue import TOO_NARROW

POINTS = np.random.default_rng(0).normal(size=(30, 2))


@pytest.fixture(scope="module")
def keras() -> Any:
    import os

    os.environ["KERAS_BACKEND"] = "torch"
    return pytest.importorskip("keras")


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_a_keras_model_gives_the_same_scores(keras: Any) -> None:
    layers = keras.layers
    inputs = keras.Input((2,))
    hidden = layers.Dense(4, activation="tanh")(layers.BatchNormalization()(inputs))
    for model in (
        keras.Model(inputs, layers.Dense(3)(hidden)),
        keras.Sequential([keras.Input((2,)), layers.Dense(3, activation="relu"), layers.Dropout(0.2), layers.Dense(2)]),
    ):
        found = model_network(model, POINTS).network(POINTS)
        wanted = model.predict(POINTS, verbose=0)
        np.testing.assert_allclose(found, wanted, atol=1e-6)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_a_keras_model_of_its_own_class_is_followed_through_its_call(keras: Any) -> None:
    ops, layers = keras.ops, keras.layers

    class Mine(keras.Model):
        def __init__(self) -> None:
            super().__init__()
            self.hidden, self.drop, self.out = layers.Dense(4, "relu"), layers.Dropout(0.5), layers.Dense(2)

        def call(self, x: Any, training: bool = False) -> Any:
            x = self.drop(self.hidden(ops.multiply(x - 0.5, 2.0)), training=training)
            return self.out(ops.concatenate([x, 1 - ops.tanh(-x), ops.leaky_relu(x / 2) + ops.elu(x)], axis=-1))

    model = Mine()
    wanted = model(POINTS.astype("float32")).detach().numpy()
    read = model_network(model, POINTS)
    np.testing.assert_allclose(read.network(POINTS), wanted, atol=1e-6)

    class Looking(Mine):
        def call(self, x: Any) -> Any:
            return self.out(x if float(ops.sum(x)) > 0 else -x)

    with pytest.raises(BadFile, match=r"Looking: its call\(\) cannot be followed .* decide nothing by looking"):
        model_network(Looking(), POINTS)


@pytest.mark.filterwarnings("ignore:__array__:DeprecationWarning")
def test_a_keras_model_is_read_in_memory_as_its_file_is_and_as_it_was_then(keras: Any, tmp_path: Path) -> None:
    layers = keras.layers
    options = {"activation": "tanh", "dtype": "float64"}  # of which the weights could be seen, and not copied
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2, name="same", **options)], name="inner")
    normal = layers.Normalization()
    normal.adapt(POINTS)
    parts = [normal, layers.Dense(3, name="same", **options), inner, layers.BatchNormalization(), layers.Dense(1)]
    model = keras.Sequential([keras.Input((2,)), *parts])
    read = model_reader(model, POINTS)
    before = read().network
    assert list(tmp_path.iterdir()) == []
    model.save(tmp_path / "model.keras")
    assert before.sha256 == read_network(tmp_path / "model.keras").network.sha256
    scores = before(POINTS)
    for weight in model.get_layer("same").weights:
        weight.value.data += 1.0  # in place, as an optimiser does
    assert np.array_equal(before(POINTS), scores)
    np.testing.assert_allclose(read().network(POINTS), model.predict(POINTS, verbose=0), atol=1e-6)


def test_a_keras_model_without_weights_yet_says_so(keras: Any) -> None:
    with pytest.raises(BadFile, match=r"Sequential: layer 'first' has no kernel yet\. Call the model once"):
        model_network(keras.Sequential([keras.layers.Dense(2, name="first")]), POINTS)


def test_a_layer_of_keras_that_cannot_be_shown_is_named(keras: Any) -> None:
    model = keras.Sequential([keras.Input((4, 1)), keras.layers.Conv1D(2, 2, name="wave"), keras.layers.Flatten()])
    with pytest.raises(BadFile, match=r"Sequential: layer 'wave' is Conv1D"):
        model_network(model, np.zeros((2, 4, 1)))


RANDOM = np.random.default_rng(1)
W1, B1, W2, B2 = RANDOM.normal(size=(2, 3)), RANDOM.normal(size=3), RANDOM.normal(size=(3, 2)), RANDOM.normal(size=2)


@pytest.mark.parametrize(
    "tree",
    [
        {"params": {"Dense_0": {"kernel": W1, "bias": B1}, "Dense_1": {"kernel": W2, "bias": B2}}},
        {"mlp/~/linear_0": {"w": W1, "b": B1}, "mlp/~/linear_1": {"w": W2, "b": B2}},
        [(W1, B1), (W2, B2)],
        [{"w": W1, "b": B1}, {"w": W2, "b": B2}],
    ],
    ids=["flax", "haiku", "pairs", "dictionaries"],
)
def test_a_tree_of_parameters_is_read_with_the_activation_that_is_given(tree: Any) -> None:
    layout = {"layout": "in,out"} if isinstance(tree, list) else {}
    read = model_network(tree, POINTS, activation="tanh", **layout)
    np.testing.assert_allclose(read.network(POINTS), np.tanh(POINTS @ W1 + B1) @ W2 + B2, atol=1e-12)
    with pytest.raises(AmbiguousFile, match="activation"):
        model_network(tree, POINTS, **layout)


def test_gelu_of_parameters_in_a_tree_is_that_of_jax() -> None:
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    first, last = rng.normal(size=(2, 4)), rng.normal(size=(4, 1))
    tree = {"Dense_0": {"kernel": first, "bias": np.zeros(4)}, "Dense_1": {"kernel": last, "bias": np.zeros(1)}}
    read = model_network(tree, POINTS, activation="gelu")
    by_tanh = torch.nn.functional.gelu(torch.tensor(POINTS @ first), approximate="tanh").numpy() @ last
    np.testing.assert_allclose(read.network(POINTS), by_tanh, atol=1e-12)
    assert read.assumptions[-1].startswith("gelu is taken as jax.nn.gelu computes it")


def test_an_activation_may_be_a_function_known_by_its_name() -> None:
    def relu(x: Any) -> Any:
        return np.maximum(x, 0)

    tree = [(W1, B1), (W2, B2)]
    for given in (relu, [relu]):
        read = model_network(tree, POINTS, activation=given, layout="in,out")
        np.testing.assert_allclose(read.network(POINTS), relu(POINTS @ W1 + B1) @ W2 + B2, atol=1e-12)
    with pytest.raises(BadFile, match="has no name"):
        model_network(tree, POINTS, activation=object(), layout="in,out")


def test_a_table_of_pandas_gives_its_texts_and_names_its_columns_without_numbers() -> None:
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame(POINTS, columns=["α", "β"])
    kinds = np.where(POINTS[:, 0] > 0, "да", "нет")
    for labels in (pandas.Series(kinds), pandas.Series(kinds).astype("category"), pandas.DataFrame({"kind": kinds})):
        data = model_dataset(table, labels)
        assert data.class_names == ("да", "нет")
        assert data.columns == ("α", "β")
        np.testing.assert_array_equal(data.labels, POINTS[:, 0] <= 0)
    with pytest.raises(BadFile, match=r"columns without numbers: 'who'\. Leave them out: X\.drop\(columns=\['who'\]\)"):
        model_dataset(table.assign(who=kinds), kinds)
    with pytest.raises(BadFile, match=r"labels of several kinds \(float, str\)"):
        model_dataset(table, pandas.Series([*kinds[:-1], np.nan], dtype=object))


def test_a_model_is_called_by_the_class_of_what_it_wraps() -> None:
    torch = pytest.importorskip("torch")
    module = torch.nn.Sequential(torch.nn.Linear(2, 2))
    assert model_name(torch.nn.DataParallel(module)) == "Sequential"
    assert model_name([(W1, B1)]) == "network"
    assert model_name(TOO_NARROW.path) == TOO_NARROW.path.name


def test_a_class_in_place_of_a_model_is_named() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(BadFile, match=r"Flatten is a class, not a model\. Give a model of it: Flatten\(\)"):
        model_network(torch.nn.Flatten, POINTS)


def test_a_network_of_ours_is_taken_as_it_is_and_a_path_is_read() -> None:
    network = TOO_NARROW.load()
    assert model_network(network, POINTS).network is network
    assert model_network(TOO_NARROW.path, POINTS).network.sha256 == network.sha256


@pytest.mark.parametrize("model", [object(), 3, SimpleNamespace(weight=W1)])
def test_anything_else_is_refused_with_what_can_be_given(model: Any) -> None:
    with pytest.raises(BadFile, match=r"is no model that can be shown\. Give a torch"):
        model_network(model, POINTS)


def test_options_that_the_model_itself_answers_are_refused() -> None:
    torch = pytest.importorskip("torch")
    with pytest.raises(BadFile, match="Leave"):
        model_network(torch.nn.Linear(2, 2), POINTS, activation="tanh")


def test_inputs_may_be_lists_or_tensors() -> None:
    torch = pytest.importorskip("torch")
    wanted = np.array([[1.0, 2.0]])
    np.testing.assert_array_equal(as_array([[1, 2]]), wanted)
    for other, kind in ((object(), "object"), ([[1, 2], [3]], "list"), (None, "NoneType")):
        with pytest.raises(
            BadFile, match=f"a {kind} is no array with a row for each point. Give inputs and classes as"
        ):
            as_array(other)
    for dtype in (torch.float32, torch.bfloat16):  # numpy has no bfloat16
        np.testing.assert_array_equal(as_array(torch.tensor([[1.0, 2.0]], requires_grad=True, dtype=dtype)), wanted)
    np.testing.assert_array_equal(as_array(SimpleNamespace(to_numpy=lambda: wanted)), wanted)


@pytest.mark.slow
def test_no_library_of_models_is_imported_for_a_network_of_ours() -> None:
    import subprocess

    code = "import sys, netlib.models; print([n for n in ('torch', 'keras', 'sklearn', 'jax') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
