"""Graphs that onnx and torch write, against onnx's own reference evaluation."""

from __future__ import annotations

import itertools
import sys
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from torch import nn

from netlib import ReadNetwork, read_network
from netlib.errors import BadFile, MissingExtra
from netlib.readers import network_of
from netlib.readers.files import ReadOptions
from tests.thorough import examples

RNG = np.random.default_rng(0)
W1, B1, W2, B2 = RNG.normal(size=(3, 2)), RNG.normal(size=3), RNG.normal(size=(2, 3)), RNG.normal(size=2)
CONSTANTS = {"W1": W1, "W1T": W1.T.copy(), "b1": B1, "W2": W2, "W2T": W2.T.copy(), "b2": B2}
NORM = {"gamma": RNG.normal(size=3), "beta": RNG.normal(size=3), "mean": RNG.normal(size=3), "var": np.ones(3) * 2}
node = helper.make_node


def model(
    nodes: Sequence[NodeProto], dtype: int = TensorProto.DOUBLE, opset: int = 18, **constants: NDArray
) -> onnx.ModelProto:
    inner = helper.tensor_dtype_to_np_dtype(dtype)
    arrays = {k: v if v.dtype.kind == "i" else v.astype(inner) for k, v in (CONSTANTS | NORM | constants).items()}
    tensors = [numpy_helper.from_array(v, k) for k, v in arrays.items()]
    ends = [helper.make_tensor_value_info(name, dtype, [None, 2]) for name in ("x", "y")]
    made = helper.make_model(helper.make_graph(nodes, "net", ends[:1], ends[1:], tensors))
    made.opset_import[0].version = 20 if any(node.op_type == "Gelu" for node in nodes) else opset
    made.ir_version = 9
    onnx.checker.check_model(made)
    return made


def read(made: onnx.ModelProto) -> ReadNetwork:
    return network_of(made.SerializeToString(), ".onnx", ReadOptions())


def evaluated(made: onnx.ModelProto) -> Callable[[NDArray], NDArray]:
    return lambda points: ReferenceEvaluator(made).run(None, {"x": points})[0]


FIRST, LAST = node("Gemm", ["x", "W1", "b1"], ["h"], transB=1), node("Gemm", ["a", "W2", "b2"], ["y"], transB=1)
BENDS = {"Tanh": {}, "Relu": {}, "Sigmoid": {}, "Softplus": {}, "Elu": {}, "LeakyRelu": {}, "Identity": {}}


@pytest.mark.parametrize("kind", BENDS)
def test_each_activation_computes_as_in_onnx(agrees: Callable, kind: str) -> None:
    made = model([FIRST, node(kind, ["h"], ["a"]), LAST])
    agrees(read(made), evaluated(made), 2)


@pytest.mark.parametrize(
    "nodes",
    [
        [node("MatMul", ["x", "W1T"], ["m"]), node("Add", ["m", "b1"], ["h"]), node("Tanh", ["h"], ["a"]), LAST],
        [node("MatMul", ["x", "W1T"], ["m"]), node("Add", ["b1", "m"], ["h"]), node("Tanh", ["h"], ["a"]), LAST],
        [node("Gemm", ["x", "W1", "b1"], ["h"], transB=1, alpha=0.5, beta=2.0), node("Tanh", ["h"], ["a"]), LAST],
        [node("Gemm", ["x", "W1T"], ["h"]), node("Tanh", ["h"], ["a"]), LAST],
        [FIRST, node("BatchNormalization", ["h", *NORM], ["n"], epsilon=0.01), node("Tanh", ["n"], ["a"]), LAST],
        [FIRST, node("Tanh", ["h"], ["t"]), node("BatchNormalization", ["t", *NORM], ["a"]), LAST],
        [FIRST, node("Tanh", ["h"], ["t"]), node("Dropout", ["t"], ["d"]), node("Flatten", ["d"], ["a"]), LAST],
        [
            FIRST,
            node("Tanh", ["h"], ["a"]),
            node("Gemm", ["a", "W2", "b2"], ["z"], transB=1),
            node("Softmax", ["z"], ["y"]),
        ],
        [
            node("Identity", ["W1"], ["W"]),
            node("Gemm", ["x", "W", "b1"], ["h"], transB=1),
            node("Relu", ["h"], ["a"]),
            LAST,
        ],
    ],
    ids=["matmul", "add", "alpha", "no-bias", "norm-before", "norm-after", "dropout", "softmax", "renamed"],
)
def test_each_way_of_writing_a_dense_layer_computes_as_in_onnx(agrees: Callable, nodes: list[NodeProto]) -> None:
    made = model(nodes)
    agrees(read(made), evaluated(made), 2)


def written_out(gate: list[NodeProto]) -> list[NodeProto]:
    return [FIRST, *gate, LAST]


ROOT, HALF, ONE = np.array(2**0.5), np.array(0.5), np.array(1.0)
GATES = {
    "SiLU": [node("Sigmoid", ["h"], ["s"]), node("Mul", ["h", "s"], ["a"])],
    "Mish": [node("Softplus", ["h"], ["p"]), node("Tanh", ["p"], ["t"]), node("Mul", ["t", "h"], ["a"])],
    "hard swish": [
        node("HardSigmoid", ["h"], ["s"], alpha=1 / 6, beta=0.5),
        node("Mul", ["h", "s"], ["a"]),
    ],
    "HardSwish": [node("HardSwish", ["h"], ["a"])],
    "Gelu by tanh": [node("Gelu", ["h"], ["a"], approximate="tanh")],
    "GELU": [
        node("Div", ["h", "root"], ["d"]),
        node("Erf", ["d"], ["e"]),
        node("Add", ["e", "one"], ["f"]),
        node("Mul", ["h", "f"], ["g"]),
        node("Mul", ["g", "half"], ["a"]),
    ],
    "GELU, halved first": [
        node("Mul", ["h", "half"], ["k"]),
        node("Div", ["h", "root"], ["d"]),
        node("Erf", ["d"], ["e"]),
        node("Add", ["one", "e"], ["f"]),
        node("Mul", ["f", "k"], ["a"]),
    ],
    "GELU, halved inside": [
        node("Div", ["h", "root"], ["d"]),
        node("Erf", ["d"], ["e"]),
        node("Add", ["e", "one"], ["f"]),
        node("Mul", ["f", "half"], ["g"]),
        node("Mul", ["h", "g"], ["a"]),
    ],
    "GELU of a half": [
        node("Mul", ["h", "half"], ["k"]),
        node("Div", ["k", "root"], ["d"]),
        node("Erf", ["d"], ["e"]),
        node("Add", ["e", "one"], ["f"]),
        node("Mul", ["k", "f"], ["a"]),
    ],
    "Tanh then Relu": [node("Tanh", ["h"], ["t"]), node("Relu", ["t"], ["a"])],
    "x + tanh x": [node("Tanh", ["h"], ["t"]), node("Add", ["t", "h"], ["a"])],
    "tanh x - x": [node("Tanh", ["h"], ["t"]), node("Sub", ["t", "h"], ["a"])],
    "x - tanh x": [node("Tanh", ["h"], ["t"]), node("Sub", ["h", "t"], ["a"])],
    "x + x": [node("Add", ["h", "h"], ["a"])],
    "Celu": [node("Celu", ["h"], ["a"], alpha=0.5)],
    "Elu with a corner": [node("Elu", ["h"], ["a"], alpha=2.0)],
    "Clip": [node("Clip", ["h", "half", "one"], ["a"])],
    "Clip from above": [node("Clip", ["h", "", "half"], ["a"])],
    "PRelu": [node("PRelu", ["h", "slopes"], ["a"])],
}


@pytest.mark.parametrize("gate", GATES)
def test_activations_that_are_written_out_and_sums_compute_as_in_onnx(agrees: Callable, gate: str) -> None:
    slopes = np.linspace(-0.5, 1.5, len(W1))
    made = model(written_out(GATES[gate]), root=ROOT, half=HALF, one=ONE, slopes=slopes)
    agrees(read(made), evaluated(made), 2)
    if gate.startswith("GELU"):
        assert read(made).network.hidden[0].activation.name == "gelu"


def test_a_sum_of_two_branches_computes_as_in_onnx(agrees: Callable) -> None:
    made = model([FIRST, node("Tanh", ["h"], ["t"]), node("Relu", ["h"], ["r"]), node("Add", ["t", "r"], ["a"]), LAST])
    agrees(read(made), evaluated(made), 2)


@pytest.mark.parametrize("opset", [14, 17, 18])
@pytest.mark.parametrize("gain", [True, False])
def test_layer_norms_that_are_written_out_compute_as_in_onnx(agrees: Callable, opset: int, gain: bool) -> None:
    """As torch exports them below version 17 of the operators."""
    mean = [node("ReduceMean", [of], [to], **({"axes": [-1]} if opset < 18 else {})) for of, to in ("hm", "sv")]
    if opset == 18:
        for each in mean:
            each.input.append("axes")
    parts = [FIRST, mean[0], node("Sub", ["h", "m"], ["c"]), node("Pow", ["c", "two"], ["s"]), mean[1]]
    parts += [node("Add", ["v", "eps"], ["w"]), node("Sqrt", ["w"], ["r"])]
    parts += [node("Div", ["c", "r"], ["n"]), node("Mul", ["n", "gamma"], ["g"]), node("Add", ["g", "beta"], ["a"])]
    parts = parts if gain else [*parts[:-3], node("Div", ["c", "r"], ["a"])]
    constants = {"two": np.array(2.0), "eps": np.array(0.01), "axes": np.array([-1])}
    made = model([*parts, LAST], opset=opset, **constants)
    read_here = read(made)
    agrees(read_here, evaluated(made), 2)
    assert [type(layer).__name__ for layer in read_here.network.hidden] == ["Dense", "LayerNorm"]


def test_layer_norms_compute_as_in_onnx(agrees: Callable) -> None:
    norm = node("LayerNormalization", ["h", "gamma", "beta"], ["a"], epsilon=0.01)
    made = model([FIRST, norm, LAST])
    agrees(read(made), evaluated(made), 2)
    made = model([FIRST, node("LayerNormalization", ["h", "gamma"], ["a"], axis=1), LAST])
    agrees(read(made), evaluated(made), 2)


class Blocks(nn.Module):
    """Residual blocks as people write them, with norms where nothing can take them up."""

    def __init__(self) -> None:
        super().__init__()
        self.start, self.end = nn.Linear(2, 4), nn.Linear(4, 3)
        self.body = nn.ModuleList([nn.Sequential(nn.Linear(4, 6), nn.GELU(), nn.Linear(6, 4)) for _ in range(2)])
        self.norm, self.batch = nn.LayerNorm(4), nn.BatchNorm1d(4)
        self.act = nn.ModuleList([nn.SiLU(), nn.Mish()])

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        x = self.act[0](self.start(x))
        x = torch.relu(self.norm(x + self.body[0](x)))
        return self.end(self.act[1](self.batch(x - 0.5 * self.body[1](x))))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("dynamo", "opset"), [*(pytest.param(True, each, marks=pytest.mark.slow) for each in (18, 20)), (False, 17)]
)
def test_residual_blocks_that_torch_exports_compute_as_in_onnxruntime(
    agrees: Callable, tmp_path: Path, dynamo: bool, opset: int
) -> None:
    runtime = pytest.importorskip("onnxruntime")
    torch.manual_seed(0)
    net, path = Blocks(), tmp_path / "net.onnx"
    net(torch.randn(64, 2))
    torch.onnx.export(net.eval(), (torch.zeros(4, 2),), path, dynamo=dynamo, opset_version=opset,
                      **({"dynamic_shapes": ({0: torch.export.Dim("n")},)} if dynamo else
                         {"input_names": ["x"], "dynamic_axes": {"x": {0: "n"}}}))  # fmt: skip
    session = runtime.InferenceSession(path)
    name = session.get_inputs()[0].name
    agrees(read_network(path), lambda points: session.run(None, {name: points.astype(np.float32)})[0], 2)


def test_floats_in_fields_and_constants_in_nodes_are_read(agrees: Callable) -> None:
    listed = helper.make_tensor("listed", TensorProto.DOUBLE, [3, 2], W1.ravel())
    nodes = [node("Constant", [], ["W"], value=listed), node("Gemm", ["x", "W", "b1"], ["h"], transB=1)]
    made = model([*nodes, node("Tanh", ["h"], ["a"]), LAST])
    agrees(read(made), evaluated(made), 2)


@pytest.mark.parametrize("dtype", [TensorProto.FLOAT16, TensorProto.BFLOAT16])
def test_half_floats_are_read_exactly(dtype: int) -> None:
    for values in (W1.astype(np.float32), W1.ravel().astype(np.float32)):
        if values.ndim == 2:
            tensor = numpy_helper.from_array(values.astype(helper.tensor_dtype_to_np_dtype(dtype)), "half")
        else:
            tensor = helper.make_tensor("half", dtype, [3, 2], values)
        true = numpy_helper.to_array(tensor).astype(np.float64)
        made = model([node("Identity", ["x"], ["y"])])
        made.graph.initializer.append(tensor)
        made.graph.node[0].CopyFrom(node("Gemm", ["x", "half"], ["y"], transB=1))
        assert np.array_equal(read(made).network.readout.weight, true)


def torch_model() -> nn.Module:
    torch.manual_seed(0)
    layers = (
        nn.Linear(2, 40),
        nn.BatchNorm1d(40),
        nn.Tanh(),
        nn.Dropout(0.1),
        nn.Linear(40, 3),
        nn.ELU(),
        nn.Linear(3, 2),
    )
    net = nn.Sequential(nn.Flatten(), *layers, nn.Softmax(1)).double()
    for _ in range(3):
        net(2 * torch.randn(64, 2, dtype=torch.float64) + 1)
    return net.eval()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("dynamo", [pytest.param(True, marks=pytest.mark.slow), False])
def test_what_torch_exports_computes_as_in_torch(agrees: Callable, tmp_path: Path, dynamo: bool) -> None:
    net = torch_model()
    torch.onnx.export(net, (torch.zeros(4, 2, dtype=torch.float64),), tmp_path / "net.onnx", dynamo=dynamo)
    # the newer exporter writes weights into a second file
    assert (tmp_path / "net.onnx.data").exists() == dynamo
    agrees(read_network(tmp_path / "net.onnx"), lambda points: net(torch.from_numpy(points)).detach().numpy(), 2)


def external(location: str, **said: str) -> bytes:
    made = model([FIRST, node("Tanh", ["h"], ["a"]), LAST])
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    for key, value in {"location": location, **said}.items():
        tensor.external_data.add(key=key, value=value)
    return made.SerializeToString()


@pytest.mark.parametrize("location", ["../secret", "/etc/passwd", "a/b", "", ".."])
def test_weights_outside_of_the_folder_are_not_opened(tmp_path: Path, location: str) -> None:
    (tmp_path / "net.onnx").write_bytes(external(location))
    with pytest.raises(BadFile, match="which is not beside it"):
        read_network(tmp_path / "net.onnx")


def test_a_second_file_that_is_missing_or_too_short_is_named(tmp_path: Path) -> None:
    (tmp_path / "net.onnx").write_bytes(external("w.bin", offset="0", length="48"))
    with pytest.raises(BadFile, match=r"its weights 'w\.bin': is not there"):
        read_network(tmp_path / "net.onnx")
    (tmp_path / "w.bin").write_bytes(b"short")
    with pytest.raises(BadFile, match=r"'w\.bin' is too short for 'W1'"):
        read_network(tmp_path / "net.onnx")


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        (
            [FIRST, node("ThresholdedRelu", ["h"], ["a"], name="act"), LAST],
            "layer 'act' is ThresholdedRelu, which is not",
        ),
        ([FIRST, node("Gelu", ["h"], ["a"], approximate="cubic"), LAST], "is Gelu, which is not supported"),
        ([FIRST, node("LeakyRelu", ["h"], ["a"], alpha=-0.3), LAST], r"leaky ReLU with slope -0\.3 \(only above 0"),
        ([FIRST, node("Elu", ["h"], ["a"], alpha=-2.0), LAST], r"an ELU with alpha -2 \(only above 0\)"),
        (
            [FIRST, node("Tanh", ["h"], ["t"]), node("Relu", ["h"], ["r"]), node("Concat", ["t", "r"], ["a"]), LAST],
            "'Concat 3' is Concat of two values",
        ),
        ([FIRST, node("Mul", ["h", "h"], ["a"]), LAST], "'Mul 1' multiplies two branches"),
        ([FIRST, node("Tanh", ["h"], ["t"]), node("Mul", ["h", "t"], ["a"]), LAST], "multiplies two branches"),
        ([FIRST, node("Tanh", ["h"], ["t"]), node("Div", ["h", "t"], ["a"]), LAST], "divides two branches"),
        ([FIRST, node("Erf", ["h"], ["a"]), LAST], "is erf, which is not supported"),
        ([FIRST, node("Softmax", ["h"], ["a"]), LAST], "softmax and not the last"),
    ],
)
def test_other_graphs_are_refused_by_the_name_of_the_node(nodes: list[NodeProto], words: str) -> None:
    made = model([FIRST, node("Tanh", ["h"], ["a"]), LAST])
    del made.graph.node[:]
    made.graph.node.extend(nodes)
    with pytest.raises(BadFile, match=words):
        read(made)


def test_an_activation_beside_the_file_is_refused_since_the_file_says_it() -> None:
    with pytest.raises(BadFile, match="says its own layers and activations"):
        network_of(FILES[0], ".onnx", ReadOptions.of("tanh"))


def field(number: int, content: bytes) -> bytes:
    """A field of a protobuf message: its tag, its length in five bytes of seven bits each, and its content."""
    length = bytes(len(content) >> shift & 127 | (128 if shift < 28 else 0) for shift in range(0, 35, 7))
    return bytes([number << 3 | 2]) + length + content


@pytest.mark.parametrize(
    "graph",
    [
        pytest.param(b"\x0a\0" * 120_000, marks=pytest.mark.slow, id="nodes"),
        pytest.param(field(1, b"\x2a\0" * 120_000), marks=pytest.mark.slow, id="attributes"),
        pytest.param(field(5, field(7, b"\1" * 2**20) * 9), id="whole-numbers"),
    ],
)
def test_small_parts_in_great_number_cannot_fill_the_memory(graph: bytes) -> None:
    data = field(7, graph)
    tracemalloc.start()
    with pytest.raises(BadFile, match=r"has more than 100,000 parts\. Export a smaller network"):
        network_of(data, ".onnx", ReadOptions())
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


def test_a_word_of_the_file_is_told_in_one_printable_line() -> None:
    made = model([FIRST, node("Tanh", ["h"], ["a"]), LAST])
    made.graph.node[1].op_type, made.graph.node[1].name = "Odd\n", "\x1b[2J\n"
    with pytest.raises(BadFile, match=r"layer '\\x1b\[2J\\x0a' is Odd\\x0a, which is not supported") as caught:
        read(made)
    assert str(caught.value).isprintable()


def test_without_onnx_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(
        MissingExtra, match=r"^reading \.onnx needs onnx\. Run: pip install \"manim-untangle\[onnx\]\"$"
    ):
        network_of(FILES[0], ".onnx", ReadOptions())


NORMED = [FIRST, node("BatchNormalization", ["h", *NORM], ["n"]), node("Elu", ["n"], ["a"], alpha=1.0), LAST]
FILES = (model([FIRST, node("Tanh", ["h"], ["a"]), LAST]).SerializeToString(), model(NORMED).SerializeToString())


def test_one_constant_used_many_times_cannot_fill_the_memory() -> None:
    names = ["x", *(f"v{k}" for k in range(99)), "y"]
    chain = [node("MatMul", [a, "big"], [b]) for a, b in itertools.pairwise(names)]
    made = model([FIRST, node("Tanh", ["h"], ["a"]), LAST])
    del made.graph.node[:]
    made.graph.node.extend(chain)
    made.graph.initializer.append(numpy_helper.from_array(np.zeros((900, 900)), "big"))
    with pytest.raises(BadFile, match=r"more than .* numbers"):
        read(made)


@examples(300)
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_no_onnx_or_no_network(data: bytes) -> None:
    with pytest.raises(BadFile):
        network_of(data, ".onnx", ReadOptions())


AFFINE = {
    "subtracted and divided": [node("Sub", ["x", "c"], ["s"]), node("Div", ["s", "d"], ["n"])],
    "multiplied and added": [node("Mul", ["d", "x"], ["s"]), node("Add", ["s", "c"], ["n"])],
    "from a constant": [node("Sub", ["c", "x"], ["n"])],
    "by one number": [node("Mul", ["x", "two"], ["s"]), node("Sub", ["s", "two"], ["n"])],
    "in a row": [node("Sub", ["x", "row"], ["n"])],
    "cast": [node("Cast", ["x"], ["n"], to=TensorProto.DOUBLE)],
    "reshaped": [node("Reshape", ["x", "shape"], ["n"])],
    "scaled by scikit-learn": [
        node("Scaler", ["x"], ["n"], domain="ai.onnx.ml", offset=[0.5, -1.0], scale=[2.0, 0.25]),
    ],
}


@pytest.mark.parametrize("kind", AFFINE)
def test_what_shifts_and_scales_the_inputs_computes_as_in_onnx(agrees: Callable, kind: str) -> None:
    constants = {"c": RNG.normal(size=2), "d": np.array([2.0, -0.5]), "row": RNG.normal(size=(1, 2))}
    made = after(AFFINE[kind], two=np.array(2.0), shape=np.array([-1, 2]), **constants)
    agrees(read(made), evaluated(made), 2)


def after(nodes: list[NodeProto], **constants: NDArray) -> onnx.ModelProto:
    """A network after nodes that take 'x' and give 'n'."""
    made = model([FIRST, node("Tanh", ["h"], ["a"]), LAST])
    made.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    made.graph.node[0].input[0] = "n"
    for each in reversed(nodes):
        made.graph.node.insert(0, each)
    made.opset_import.append(helper.make_opsetid("ai.onnx.ml", 3))
    return made


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([node("Div", ["c", "x"], ["n"])], "is Div, which is not supported"),
        ([node("Cast", ["x"], ["n"], to=TensorProto.INT64)], "is Cast, which is not supported"),
        ([node("Sub", ["x", "column"], ["n"])], r"is Sub of a constant of the shape \(2, 1\)"),
        ([node("Div", ["x", "none"], ["n"])], r"factor\[0\] is infinity"),
        (
            [node("Scaler", ["x"], ["n"], domain="ai.onnx.ml", offset=[0.5] * 3, scale=[2.0] * 2)],
            "3 offsets and 2 scales",
        ),
    ],
)
def test_what_is_no_shift_or_scale_of_the_inputs_is_refused(nodes: list[NodeProto], words: str) -> None:
    with pytest.raises(BadFile, match=words):
        read(after(nodes, c=np.ones(2), column=np.ones((2, 1)), none=np.zeros(2)))


@pytest.mark.parametrize("outputs", [1, 3])
@pytest.mark.parametrize("names", [{"classlabels_int64s": [1, 2, 5]}, {"classlabels_strings": ["a", "b", "c"]}, {}])
def test_a_classifier_as_sklearn_onnx_writes_it_computes_as_in_onnx(
    agrees: Callable, outputs: int, names: dict[str, list]
) -> None:
    """The nodes that sklearn-onnx 1.18 writes for an MLPClassifier: it casts, and adds the label and a ZipMap."""
    arrays = {"c0": RNG.normal(size=(2, 4)), "i0": RNG.normal(size=(1, 4))}
    arrays |= {"c1": RNG.normal(size=(4, outputs)), "i1": RNG.normal(size=(1, outputs)), "unity": np.array(1.0)}
    named = {key: value[: max(outputs, 2)] for key, value in names.items()}
    last = [
        node("Sigmoid", ["a1"], ["p"]), node("Sub", ["unity", "p"], ["q"]), node("Concat", ["q", "p"], ["all"], axis=1)
    ] if outputs == 1 else [node("Softmax", ["a1"], ["all"])]  # fmt: skip
    end = "probabilities" if named else "all"
    nodes = [
        node("Cast", ["x"], ["x0"], to=TensorProto.DOUBLE),
        *(node("MatMul", ["x0", "c0"], ["m0"]), node("Add", ["m0", "i0"], ["a0"]), node("Tanh", ["a0"], ["t0"])),
        *(node("MatMul", ["t0", "c1"], ["m1"]), node("Add", ["m1", "i1"], ["a1"]), *last),
        node("ArgMax", ["all"], ["at"], axis=1),
        node("ArrayFeatureExtractor", ["classes", "at"], ["found"], domain="ai.onnx.ml"),
        *(node("Reshape", ["found", "shape"], ["row"]), node("Cast", ["row"], ["label"], to=TensorProto.INT64)),
        *([node("ZipMap", ["all"], [end], domain="ai.onnx.ml", **named)] if named else []),
    ]
    tensors = [numpy_helper.from_array(value, name) for name, value in arrays.items()]
    tensors += [numpy_helper.from_array(np.arange(3), "classes"), numpy_helper.from_array(np.array([-1]), "shape")]
    values = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 2]) for name in ("x", "label", end)]
    made = helper.make_model(helper.make_graph(nodes, "net", values[:1], values[1:], tensors))
    found = read(made)
    assert found.classes == tuple(str(name) for each in named.values() for name in each)
    shown = helper.make_model(helper.make_graph(nodes[:8], "net", values[:1], [], tensors))
    shown.graph.output.append(helper.make_tensor_value_info("p" if outputs == 1 else "all", TensorProto.DOUBLE, None))
    agrees(found, evaluated(shown), 2)
