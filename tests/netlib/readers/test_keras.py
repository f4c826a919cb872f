"""Files that Keras 3 writes on its torch backend, and HDF5 as Keras 2 laid it out, against Keras's own predictions."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from netlib import read_network
from netlib.errors import BadFile
from netlib.readers import network_of
from netlib.readers.hdf5 import Hdf5
from netlib.readers.options import ReadOptions

# Keras's torch backend implements __array__ in the way of numpy 1
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")


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


@pytest.fixture(params=[".keras", ".h5"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Any], Path]:
    def save(model: Any) -> Path:
        model.save(tmp_path / f"net{request.param}")
        return tmp_path / f"net{request.param}"

    return save


def predicted(model: Any) -> Callable[[NDArray], NDArray]:
    return lambda points: model(points.reshape(-1, *model.input_shape[1:]), training=False).detach().numpy()


BENDS = ["tanh", "relu", "sigmoid", "elu", "softplus", "linear"]


@pytest.mark.parametrize("bend", BENDS)
def test_each_activation_computes_as_in_keras(made: Any, saved: Any, agrees: Any, bend: str) -> None:
    model = made(lambda k: k.Dense(4, bend), lambda k: k.Dense(3, bend), lambda k: k.Dense(1))
    agrees(read_network(saved(model)), predicted(model), 2)


@pytest.mark.parametrize(
    "layers",
    [
        (lambda k: k.Dense(4, "tanh"), lambda k: k.BatchNormalization(), lambda k: k.Dense(1, "sigmoid")),
        (
            lambda k: k.Dense(4),
            lambda k: k.BatchNormalization(scale=False, epsilon=0.1),
            lambda k: k.Activation("tanh"),
        ),
        (lambda k: k.BatchNormalization(center=False), lambda k: k.Dense(4, "relu"), lambda k: k.Dense(3, "softmax")),
        (lambda k: k.Dense(4, use_bias=False), lambda k: k.ReLU(), lambda k: k.Dropout(0.5), lambda k: k.Dense(2)),
        (lambda k: k.Dense(4), lambda k: k.LeakyReLU(negative_slope=0.01), lambda k: k.Dense(4), lambda k: k.ELU()),
        (lambda k: k.GaussianNoise(0.1), lambda k: k.Dense(4, "tanh"), lambda k: k.Dense(3), lambda k: k.Softmax()),
    ],
    ids=["norm", "norm-activation", "norm-first", "dropout", "layers", "softmax"],
)
def test_other_layers_compute_as_in_keras(made: Any, saved: Any, agrees: Any, layers: tuple[Any, ...]) -> None:
    model = made(*layers)
    agrees(read_network(saved(model)), predicted(model), 2)


def test_a_flattened_image_computes_as_in_keras(made: Any, saved: Any, agrees: Any) -> None:
    model = made(lambda k: k.Flatten(), lambda k: k.Dense(5, "tanh"), lambda k: k.Dense(2), inputs=(4, 3))
    agrees(read_network(saved(model)), predicted(model), 12)


def test_a_functional_chain_computes_as_in_keras(keras: Any, saved: Any, agrees: Any) -> None:
    layer = keras.layers.Dense
    start = keras.Input((2,))
    end = layer(1)(layer(4, "tanh")(layer(3, "relu")(start)))
    model = keras.Model(start, end)
    agrees(read_network(saved(model)), predicted(model), 2)


def test_twelve_layers_keep_their_order(made: Any, saved: Any, agrees: Any) -> None:
    model = made(*[lambda k: k.Dense(2, "tanh")] * 12)
    agrees(read_network(saved(model)), predicted(model), 2)


def test_float32_weights_are_read_exactly(keras: Any, saved: Any) -> None:
    model = keras.Sequential([keras.Input((2,), dtype="float32"), keras.layers.Dense(3, dtype="float32")])
    assert np.array_equal(read_network(saved(model)).network.readout.weight, model.weights[0].numpy().T)


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (lambda k: k.LayerNormalization(name="odd"), "layer 'odd' is LayerNormalization, which is not supported"),
        (lambda k: k.Dense(2, "gelu", name="odd"), "layer 'odd' is the activation gelu"),
        (lambda k: k.Dense(2, "leaky_relu", name="odd"), r"layer 'odd' is leaky_relu with slope 0\.2"),
        (lambda k: k.LeakyReLU(name="odd"), r"layer 'odd' is LeakyReLU with negative_slope 0\.3"),
        (lambda k: k.ReLU(max_value=6.0, name="odd"), r"layer 'odd' is ReLU with max_value 6\.0"),
        (lambda k: k.Reshape((2, 1), name="odd"), "layer 'odd' is Reshape"),
    ],
)
def test_other_layers_are_refused_by_name(made: Any, saved: Any, layer: Any, words: str) -> None:
    with pytest.raises(BadFile, match=words + r".*Supported: dense layers"):
        read_network(saved(made(lambda k: k.Dense(2), layer)))


def test_branches_and_shared_layers_are_refused_by_name(keras: Any, saved: Any) -> None:
    start = keras.Input((2,))
    inner = keras.layers.Dense(2, name="inner")(start)
    joined = keras.layers.Add(name="joined")([start, inner])
    with pytest.raises(BadFile, match="only a plain chain of layers can be shown"):
        read_network(saved(keras.Model(start, joined)))
    shared = keras.layers.Dense(2, name="shared")
    with pytest.raises(BadFile, match="layer 'shared' takes 2 inputs"):
        read_network(saved(keras.Model(start, shared(shared(start)))))


def test_weights_alone_are_refused_with_the_cure(made: Any, tmp_path: Path) -> None:
    made(lambda k: k.Dense(2)).save_weights(tmp_path / "net.weights.h5")
    with pytest.raises(BadFile, match=r"holds weights and no model\. Save the whole model"):
        read_network(tmp_path / "net.weights.h5")


def keras_2(group: Callable[[str], str], libver: str = "earliest", **options: Any) -> bytes:
    """An .h5 file as Keras 2 laid it out: fixed-length text, weights under NAME/NAME/kernel:0."""
    file = io.BytesIO()
    rng = np.random.default_rng(0)
    layers: list[dict[str, Any]] = [
        {"class_name": "InputLayer", "config": {"name": "input_1"}, "name": "input_1", "inbound_nodes": []},
        {"class_name": "Dense", "config": {"name": "a", "use_bias": True, "activation": "tanh"}, "name": "a"},
        {"class_name": "Dense", "config": {"name": "b", "use_bias": True, "activation": "sigmoid"}, "name": "b"},
    ]
    layers[1]["inbound_nodes"], layers[2]["inbound_nodes"] = [[["input_1", 0, 0, {}]]], [[["a", 0, 0, {}]]]
    with h5py.File(file, "w", libver=libver) as written:
        config = {"class_name": "Functional", "config": {"name": "model", "layers": layers}}
        written.attrs["model_config"] = json.dumps(config).encode()
        for name, shape in (("a", (2, 3)), ("b", (3, 1))):
            for part, values in (("kernel:0", rng.normal(size=shape)), ("bias:0", rng.normal(size=shape[1]))):
                written.create_dataset(f"model_weights/{name}/{group(name)}/{part}", data=values, **options)
        written.create_group("optimizer_weights").attrs["weight_names"] = [b"x:0", b"y:0"]
    return file.getvalue()


def test_files_of_keras_2_are_read(agrees: Any) -> None:
    rng = np.random.default_rng(0)
    w1, b1, w2, b2 = rng.normal(size=(2, 3)), rng.normal(size=3), rng.normal(size=(3, 1)), rng.normal(size=1)
    read = network_of(keras_2(lambda name: name), ".h5", ReadOptions())
    agrees(read, lambda points: 1 / (1 + np.exp(-(np.tanh(points @ w1 + b1) @ w2 + b2))), 2)


def test_hdf5_that_keras_does_not_write_is_refused_with_the_cure() -> None:
    with pytest.raises(BadFile, match=r"newer HDF5 layout.*default libver"):
        network_of(keras_2(lambda name: name, libver="latest"), ".h5", ReadOptions())
    with pytest.raises(BadFile, match=r"stored in chunks"):
        network_of(keras_2(lambda name: name, chunks=True), ".h5", ReadOptions())


def test_our_reader_of_hdf5_agrees_with_h5py_on_many_groups() -> None:
    file, rng = io.BytesIO(), np.random.default_rng(0)
    arrays = {f"g{k % 7}/deep/d{k}": rng.normal(size=rng.integers(1, 5, 2)) for k in range(300)}
    with h5py.File(file, "w") as written:
        written.attrs["text"], written.attrs["fixed"] = "naïve " * 20_000, np.bytes_("plain")
        for path, values in arrays.items():
            written[path] = values.astype(rng.choice(["<f4", "<f8", ">f8", "<f2"]))
    ours = Hdf5(file.getvalue(), "the file")
    with h5py.File(io.BytesIO(file.getvalue())) as theirs:
        assert ours.paths.keys() == arrays.keys()
        for path in arrays:
            assert np.array_equal(ours.array(path), theirs[path][()])
        assert (ours.text("text"), ours.text("fixed")) == (theirs.attrs["text"], "plain")


def test_they_are_read_without_keras_and_h5py(made: Any, saved: Any) -> None:
    file = saved(made(lambda k: k.Dense(3, "tanh"), lambda k: k.Dense(1)))
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('keras', 'h5py', 'tensorflow', 'torch')))\n"
        f"from netlib import read_network; print(read_network({str(file)!r}).network.widths)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "(3, 1)"


@pytest.fixture(scope="session")
def files(made: Any, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[bytes, ...]]:
    model = made(lambda k: k.Dense(3, "tanh"), lambda k: k.BatchNormalization(), lambda k: k.Dense(1))
    folder = tmp_path_factory.mktemp("keras")
    for suffix in ("keras", "h5"):
        model.save(folder / f"net.{suffix}")
    found = {
        ".keras": ((folder / "net.keras").read_bytes(),),
        ".h5": ((folder / "net.h5").read_bytes(), keras_2(lambda name: name)),
    }
    return lambda suffix: found[suffix]


@settings(max_examples=125, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_10_000_damaged_keras_files_are_read_or_refused_in_one_line(survives: Any, files: Any, seed: int) -> None:
    survives(lambda data: network_of(data, ".keras", ReadOptions()), files(".keras"), seed)


@settings(max_examples=125, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_10_000_damaged_h5_files_are_read_or_refused_in_one_line(survives: Any, files: Any, seed: int) -> None:
    survives(lambda data: network_of(data, ".h5", ReadOptions()), files(".h5"), seed)


def test_a_zip_without_a_model_in_it_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BadFile, match=r"lacks its part 'config\.json'"):
        network_of(file.getvalue(), ".keras", ReadOptions())
