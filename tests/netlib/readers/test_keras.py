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
from numpy.typing import NDArray

from netlib import read_network
from netlib.errors import BadFile
from netlib.readers import network_of
from netlib.readers.files import ReadOptions

# Keras's torch backend implements __array__ in the way of numpy 1
pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::DeprecationWarning")]


@pytest.fixture(params=[".keras", ".h5"])
def saved(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[Any], Path]:
    def save(model: Any) -> Path:
        model.save(tmp_path / f"net{request.param}")
        return tmp_path / f"net{request.param}"

    return save


def predicted(model: Any) -> Callable[[NDArray], NDArray]:
    return lambda points: model(points.reshape(-1, *model.input_shape[1:]), training=False).detach().numpy()


BENDS = ["tanh", "relu", "sigmoid", "elu", "softplus", "linear", "leaky_relu", "gelu", "silu", "mish", "selu", "relu6"]
BENDS += ["softsign", "hard_sigmoid", "hard_silu"]


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
        (lambda k: k.Dense(4), lambda k: k.PReLU(), lambda k: k.ReLU(max_value=0.5), lambda k: k.Dense(2)),
        (lambda k: k.Dense(4), lambda k: k.RMSNormalization(), lambda k: k.ELU(0.4), lambda k: k.Dense(2)),
        (
            lambda k: k.Dense(4),
            lambda k: k.GroupNormalization(2, epsilon=0.1),  # Keras rounds: two near numbers would be far apart
            lambda k: k.ReLU(negative_slope=0.2),
            lambda k: k.Dense(1),
        ),
        (lambda k: k.GaussianNoise(0.1), lambda k: k.Dense(4, "tanh"), lambda k: k.Dense(3), lambda k: k.Softmax()),
    ],
    ids=["norm", "norm-activation", "norm-first", "dropout", "layers", "prelu", "rms", "groups", "softmax"],
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


NORMALISING = {
    "adapted": lambda k: [k.Normalization()],
    "given": lambda k: [k.Normalization(mean=[1.0, -2.0], variance=[4.0, 0.25])],
    "one for all": lambda k: [k.Normalization(axis=None, mean=1.5, variance=4.0)],
    "inverse": lambda k: [k.Normalization(mean=[1.0, -2.0], variance=[4.0, 0.25], invert=True)],
    "rescaled": lambda k: [k.Rescaling(0.5, offset=-1.0)],
    "rescaled each": lambda k: [k.Rescaling([0.5, 2.0], offset=[-1.0, 1.0])],
    "both": lambda k: [k.Rescaling(0.5), k.Normalization(mean=[1.0, -2.0], variance=[4.0, 0.25])],
    "none": lambda k: [],
}


@pytest.mark.parametrize("kind", NORMALISING)
@pytest.mark.parametrize("nested", [False, True])
def test_normalising_layers_and_models_in_models_compute_as_in_keras(
    keras: Any, saved: Any, agrees: Any, kind: str, nested: bool
) -> None:
    layer = keras.layers
    first = NORMALISING[kind](layer)
    if kind == "adapted":
        first[0].adapt(np.array([[1.0, 5.0], [2.0, 7.0], [4.0, 6.5]]))
    inner = [layer.Dense(4, "tanh"), layer.Dense(3, "relu")]
    twice = [keras.Sequential([keras.Sequential(inner), layer.Dense(3, "tanh")]), keras.Sequential([layer.Dense(4)])]
    model = keras.Sequential([keras.Input((2,)), *first, *(twice if nested else inner), layer.Dense(2)])
    for k, weight in enumerate(model.trainable_weights):
        weight.assign(np.random.default_rng(k).uniform(-0.7, 0.7, weight.shape))
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
        (lambda k: k.UnitNormalization(name="odd"), "layer 'odd' is UnitNormalization, which is not supported"),
        (
            lambda k: k.LayerNormalization(center=False, scale=False, name="odd"),
            "layer 'odd' is a LayerNormalization of other axes or without weights",
        ),
        (lambda k: k.Dense(2, "exponential", name="odd"), "layer 'odd' is the activation exponential"),
        (lambda k: k.ReLU(threshold=1.0, name="odd"), r"layer 'odd' is ReLU with threshold 1\.0"),
        (lambda k: k.Reshape((2, 1), name="odd"), "layer 'odd' is Reshape"),
    ],
)
def test_other_layers_are_refused_by_name(made: Any, saved: Any, layer: Any, words: str) -> None:
    with pytest.raises(BadFile, match=words + r".*Supported: dense layers"):
        read_network(saved(made(lambda k: k.Dense(2), layer)))


def test_branches_and_shared_layers_are_refused_by_name(keras: Any, saved: Any) -> None:
    start = keras.Input((2,))
    sides = [keras.layers.Dense(2, "tanh", name=name)(start) for name in ("left", "right")]
    refused = {
        "layer 'beside', a Maximum, takes 2 inputs": keras.layers.Maximum(name="beside")(sides),
        r"has 2 outputs \('left', 'right'\)": sides,
    }
    for words, end in refused.items():
        with pytest.raises(BadFile, match=words):
            read_network(saved(keras.Model(start, end)))
    shared = keras.layers.Dense(2, name="shared")
    with pytest.raises(BadFile, match="layer 'shared' is used 2 times"):
        read_network(saved(keras.Model(start, shared(shared(start)))))


def test_the_inputs_may_stand_beside_what_layers_make_of_them(keras: Any, saved: Any, agrees: Any) -> None:
    """A wide and deep network."""
    start = keras.Input((2,))
    deep = keras.layers.Dense(3, "relu")(keras.layers.Dense(4, "tanh")(start))
    model = keras.Model(start, keras.layers.Dense(2)(keras.layers.Concatenate()([start, deep])))
    agrees(read_network(saved(model)), predicted(model), 2)


def residual(keras: Any) -> Any:
    """Blocks with norms where nothing can take them up; one is a model of its own."""
    layer, inner = keras.layers, keras.Input((3,))
    block = keras.Model(inner, layer.Add()([layer.Dense(3)(layer.Dense(4, "gelu")(inner)), inner]))
    start = keras.Input((2,))
    x = layer.Add()([layer.Dense(3)(layer.Dense(5, "relu")(start)), layer.Dense(3, use_bias=False)(start)])
    x = layer.Dense(3, "silu")(x)
    x = layer.LayerNormalization(epsilon=0.01)(layer.Add()([x, layer.Dense(3)(layer.Dense(5, "tanh")(x))]))
    x = layer.BatchNormalization()(layer.Subtract()([x, layer.Dense(3, "mish")(x)]))
    x = layer.Activation("relu")(block(x))
    x = layer.LayerNormalization(center=False)(x)
    return keras.Model(start, layer.Dense(2)(x + layer.Dense(3)(layer.Rescaling(0.5)(x))))


def test_residual_blocks_and_norms_compute_as_in_keras(keras: Any, saved: Any, agrees: Any) -> None:
    model, rng = residual(keras), np.random.default_rng(0)
    for weight in model.weights:
        weight.assign(rng.uniform(0.2, 0.6, weight.shape) * rng.choice([1] if "var" in weight.path else [-1, 1]))
    read = read_network(saved(model))
    agrees(read, predicted(model), 2)
    kinds = [type(layer).__name__ for layer in read.network.hidden]
    norms = ["LayerNorm", "Residual", "Normalize", "Residual", "LayerNorm"]
    assert kinds == ["Residual", "Dense", "Residual", *norms, "Residual"]


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


def test_newer_layouts_of_hdf5_are_read() -> None:
    old, new = (
        network_of(keras_2(lambda name: name, libver), ".h5", ReadOptions()) for libver in ("earliest", "latest")
    )
    assert new.network.sha256 == old.network.sha256


def placed(kernel: Callable[[h5py.Group], object]) -> bytes:
    """An .h5 file whose first weight is put there by `kernel`, which is given the group that it belongs into."""
    file = io.BytesIO(keras_2(lambda name: name))
    with h5py.File(file, "r+") as opened:
        group = opened["model_weights/a/a"]
        del group["kernel:0"]
        kernel(group)
    return file.getvalue()


def in_a_virtual_dataset(group: h5py.Group, source: str) -> None:
    layout = h5py.VirtualLayout(shape=(2, 3), dtype="f8")
    layout[:] = h5py.VirtualSource(source, "kernel", shape=(2, 3))
    group.create_virtual_dataset("kernel:0", layout)


ELSEWHERE = {
    "chunks": lambda group, _: group.create_dataset("kernel:0", data=np.ones((2, 3)), chunks=True),
    "a filter": lambda group, _: group.create_dataset("kernel:0", data=np.ones((2, 3)), compression="gzip"),
    "a file of bytes": lambda group, path: group.create_dataset("kernel:0", (2, 3), "f8", external=[(path, 0, 48)]),
    "a virtual dataset": in_a_virtual_dataset,
    "an external link": lambda group, path: group.__setitem__("kernel:0", h5py.ExternalLink(path, "kernel")),
    "a soft link": lambda group, _: group.__setitem__("kernel:0", h5py.SoftLink("/model_weights/b/b/kernel:0")),
}


@pytest.mark.parametrize("where", ELSEWHERE)
def test_weights_that_do_not_lie_in_the_file_in_one_piece_are_refused(tmp_path: Path, where: str) -> None:
    secret = tmp_path / "secret"
    with h5py.File(secret, "w") as file:
        file["kernel"] = np.ones((2, 3))
    os.utime(secret, (0, 0))
    data = placed(lambda group: ELSEWHERE[where](group, str(secret)))
    with pytest.raises(BadFile, match=r"stored in chunks or in other files|is a link, which Keras does not write"):
        network_of(data, ".h5", ReadOptions())
    assert secret.stat().st_atime == 0  # a read would have set the time of access
    secret.read_bytes()
    if secret.stat().st_atime == 0:
        pytest.skip("this file system keeps no times of access")


def test_an_array_that_claims_more_than_the_file_holds_is_refused() -> None:
    data = placed(lambda group: group.create_dataset("kernel:0", (2, 3), "f8"))  # never written: only a shape
    with pytest.raises(BadFile, match="has not as many bytes as its shape needs"):
        network_of(data, ".h5", ReadOptions())


def test_a_heap_whose_object_takes_no_room_is_refused_and_does_not_hang(tmp_path: Path) -> None:
    file = io.BytesIO()
    with h5py.File(file, "w") as opened:
        opened.attrs["model_config"] = "{}"  # text of varying length, which lies in a heap
    data = bytearray(file.getvalue())
    at = data.index(b"GCOL") + 16
    while index := int.from_bytes(data[at : at + 2], "little"):
        at += 16 + -(-int.from_bytes(data[at + 8 : at + 16], "little") // 8) * 8
    assert index == 0  # what is left of the heap
    data[at + 8 : at + 16] = bytes(8)
    (tmp_path / "net.h5").write_bytes(data)
    code = f"from netlib import read_network; read_network({str(tmp_path / 'net.h5')!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert "BadFile" in done.stderr
    assert "model_config is damaged (it is in no heap)" in done.stderr


def test_groups_that_hold_themselves_are_refused() -> None:
    file = io.BytesIO(keras_2(lambda name: name))
    with h5py.File(file, "r+") as opened:
        opened["model_weights/a/a/again"] = opened["model_weights"]
    with pytest.raises(BadFile, match="groups that hold themselves"):
        network_of(file.getvalue(), ".h5", ReadOptions())


def test_they_are_read_without_keras_and_h5py_is_asked_for_by_name(made: Any, saved: Any) -> None:
    file = saved(made(lambda k: k.Dense(3, "tanh"), lambda k: k.Dense(1)))
    code = (
        "import sys; sys.modules.update(dict.fromkeys(('keras', 'tensorflow', 'torch')))\n"
        f"from netlib import read_network; print(read_network({str(file)!r}).network.widths)\n"
        "from netlib.errors import MissingExtra; sys.modules['h5py'] = None\n"
        f"try: read_network({str(file)!r})\nexcept MissingExtra as problem: print(problem)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "(3, 1)",
        f'reading {file.suffix} needs h5py. Run: pip install "manim-untangle[keras]"',
    ]


def test_a_zip_without_a_model_in_it_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BadFile, match=r"lacks its part 'config\.json'"):
        network_of(file.getvalue(), ".keras", ReadOptions())
