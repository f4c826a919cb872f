"""Damaged files of every format are read, or refused in one line: in bounded time and memory, with nothing executed.

A few hundred files a format are tried, and a quarter of them among the quick tests. UNTANGLE_DAMAGE=10000 tries as
many, and UNTANGLE_DAMAGE_FIRST=250 begins with that one: what a case is follows from its number.
"""

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
import skops.io
import torch
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import save
from safetensors.torch import save as save_torch
from scipy.io import savemat
from sklearn.datasets import load_iris
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn

from tests.thorough import cases

pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # of Keras's torch backend
    pytest.mark.filterwarnings("ignore:.*:sklearn.exceptions.ConvergenceWarning"),
]
COUNT = int(os.environ.get("UNTANGLE_DAMAGE", cases(300)))
FIRST = int(os.environ.get("UNTANGLE_DAMAGE_FIRST", "0"))
MOST_MEMORY = 256  # MiB more than for undamaged files; a zip may rightly say that it unpacks to 64
W1, B1, W2, B2 = (np.random.default_rng(0).normal(size=shape) for shape in ((3, 2), 3, (1, 3), 1))
NAMED = {"net.0.weight": W1, "net.0.bias": B1, "net.2.weight": W2, "net.2.bias": B2}


class Bomb:
    """What writes a file into a folder when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.proof = folder / "proof"

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, (f"touch {self.proof}",)


def npz(*unnamed: Any, **named: Any) -> bytes:
    file = io.BytesIO()
    np.savez(file, *unnamed, **named)
    return file.getvalue()


def pt(state: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    torch.save(state, file, **options)
    return file.getvalue()


def pt_files(made: Any, folder: Path) -> list[bytes]:
    model = nn.Sequential(nn.Linear(2, 3), nn.BatchNorm1d(3), nn.Tanh(), nn.Linear(3, 1)).eval()
    state = model.state_dict()
    checkpoint = {"epoch": np.float64(3), "run": [{"model": state, "mean": torch.ones(2)}], "loss": torch.tensor(0.5)}
    evil = {**state, "evil": Bomb(folder)}
    return [pt(state), pt(checkpoint), pt(state, pickle_protocol=4), pt(evil, pickle_protocol=4)]


def onnx_files(made: Any, folder: Path) -> list[bytes]:
    node, norm = helper.make_node, {name: np.ones(3) for name in ("gamma", "beta", "mean", "var")}
    last = node("Gemm", ["a", "W2", "b2"], ["y"], transB=1)
    first = node("Gemm", ["x", "W1", "b1"], ["h"], transB=1)
    normed = [first, node("BatchNormalization", ["h", *norm], ["n"]), node("Elu", ["n"], ["a"], alpha=1.0), last]
    ends = [helper.make_tensor_value_info(name, TensorProto.DOUBLE, [None, 2]) for name in ("x", "y")]
    tensors = [numpy_helper.from_array(v, k) for k, v in ({"W1": W1, "b1": B1, "W2": W2, "b2": B2} | norm).items()]
    graphs = [
        helper.make_graph(nodes, "net", ends[:1], ends[1:], tensors)
        for nodes in ([first, node("Tanh", ["h"], ["a"]), last], normed)
    ]
    scaled = [node("Sub", ["x", "b1"], ["s"]), node("Div", ["s", "gamma"], ["d"]), node("Cast", ["d"], ["c"], to=1)]
    scaler = node("Scaler", ["c"], ["n"], domain="ai.onnx.ml", offset=[0.5] * 3, scale=[2.0] * 3)
    named = node("ZipMap", ["p"], ["y"], domain="ai.onnx.ml", classlabels_strings=["a", "b", "c"])
    tail = [node("MatMul", ["n", "W1"], ["m"]), node("Softmax", ["m"], ["p"]), node("ArgMax", ["p"], ["label"]), named]
    both = [helper.make_tensor_value_info("label", TensorProto.INT64, [None]), ends[1]]
    graphs.append(helper.make_graph([*scaled, scaler, *tail], "net", ends[:1], both, tensors))
    outside = helper.make_model(graphs[0])
    outside.graph.initializer[0].data_location = TensorProto.EXTERNAL
    outside.graph.initializer[0].external_data.add(key="location", value="/etc/passwd")
    outside.graph.initializer[0].ClearField("raw_data")
    return [made.SerializeToString() for made in (*map(helper.make_model, graphs), outside)]


def keras_files(suffix: str) -> Callable[[Any, Path], list[bytes]]:
    def files(made: Any, folder: Path) -> list[bytes]:
        first = (lambda k: k.Rescaling(0.5), lambda k: k.Normalization(mean=[0.0, 1.0], variance=[1.0, 2.0]))
        model = made(*first, lambda k: k.Dense(3, "tanh"), lambda k: k.BatchNormalization(), lambda k: k.Dense(1))
        model.save(folder / f"net.{suffix}")
        whole = (folder / f"net.{suffix}").read_bytes()
        if suffix == "keras":
            return [whole]
        found = [whole, whole]
        for libver, elsewhere in (("earliest", False), ("latest", False), ("earliest", True)):
            file = io.BytesIO()
            with h5py.File(io.BytesIO(whole)) as old, h5py.File(file, "w", libver=libver) as new:
                new.attrs["model_config"] = np.bytes_(old.attrs["model_config"])
                old.copy("model_weights", new)
                if elsewhere:
                    new.create_dataset("outside", (2, 3), "f8", external=[("/etc/passwd", 0, 48)])
                    new.create_dataset("chunks", data=np.ones((9, 9)), chunks=(3, 3), compression="gzip")
                    new["model_weights/elsewhere"] = h5py.ExternalLink("/etc/passwd", "x")
            found.append(file.getvalue())
        return found

    return files


def skops_files(made: Any, folder: Path) -> list[bytes]:
    iris = load_iris()
    options = {"hidden_layer_sizes": (4, 3), "max_iter": 9, "solver": "lbfgs"}
    alone = MLPRegressor(**options).fit(iris.data, iris.target)
    piped = make_pipeline(StandardScaler(), MLPClassifier(**options)).fit(iris.data, iris.target)
    evil = {"__class__": "system", "__module__": "os", "__loader__": "ObjectNode", "content": {"__class__": "str"}}
    file = io.BytesIO(skops.io.dumps(alone))
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    members["schema.json"] = json.dumps({**json.loads(members["schema.json"]), "evil": evil}).encode()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return [skops.io.dumps(alone), skops.io.dumps(alone), skops.io.dumps(piped), file.getvalue()]


URL = (
    "https://playground.tensorflow.org/#activation=relu&regularization=L2&batchSize=10&dataset=spiral&regDataset="
    "reg-plane&learningRate=0.03&noise=5&networkShape=6,3&seed=0.71865&x=true&y=true&xTimesY=true&cosX=false&sinX=true"
    "&problem=classification"
)
TABLES = (
    "x,y,kind\n1,2,b\n3,4.5,a\n-5e-1,6,b\n",
    "1;2;0\n3;4;1\n5;6;0\n",
    "x\tç\n1\té\n2\tb\n",
    ",x,k\n0,1,a\n1,2,b\n",
    "# x y k\n-0,25  1,5   a\n0,5    2,0   b\n",
    'sep=;\nx;k\n"1.234,5";a\n2,5;b\n',
    '[{"x": 1, "k": "a"}, {"x": 2.5, "k": "b"}]',
    '{"x": [1, 2.5], "k": ["a", "b"]}',
)


def mat_files(made: Any, folder: Path) -> list[bytes]:
    found = []
    for options in ({}, {"do_compression": True}, {"format": "4"}):
        file = io.BytesIO()
        savemat(file, {"X": POINTS, "y": np.array([[1.0], [2.0], [1.0]]), "note": "by hand"}, **options)
        found.append(file.getvalue())
    return found


def pandas_files(write: str, needed: str) -> Callable[[Any, Path], list[bytes]]:
    def files(made: Any, folder: Path) -> list[bytes]:
        pandas = pytest.importorskip("pandas")
        pytest.importorskip(needed)
        file = io.BytesIO()
        getattr(pandas.DataFrame({"x": POINTS[:, 0], "flag": [True, False, True], "k": ["a", "b", "a"]}), write)(file)
        return [file.getvalue()]

    return files


POINTS = np.array([[1, 2], [3, 4.5], [-0.5, 6]])
FORMATS: dict[str, Callable[[Any, Path], list[bytes]]] = {
    "safetensors": lambda made, folder: [
        save(NAMED),
        save(NAMED, {"activations": json.dumps(["tanh", "identity"])}),
        save_torch({"weight": torch.ones(3, 2).bfloat16()}),
    ],
    "npz": lambda made, folder: [
        npz(W1=W1.T, b1=B1, W2=W2.T, b2=B2),
        npz(W1.T, B1, W2.T, B2),
        npz(W1=np.array([[Bomb(folder)]])),
    ],
    "data_npz": lambda made, folder: [
        npz(points=POINTS, labels=np.array([0, 1, 0])),
        npz(X=POINTS, y=np.array(["a", "b", "a"])),
        npz(X=POINTS, y=np.array([b"a", b"b", b"a"])),
    ],
    "mat": mat_files,
    "xlsx": pandas_files("to_excel", "openpyxl"),
    "parquet": pandas_files("to_parquet", "pyarrow"),
    "csv": lambda made, folder: [text.encode() for text in TABLES],
    "url": lambda made, folder: [URL.encode()],
    "pt": pt_files,
    "onnx": onnx_files,
    "keras": keras_files("keras"),
    "h5": keras_files("h5"),
    "skops": skops_files,
}


QUICK = ("npz", "csv", "pt", "keras")  # of these formats files are damaged among the quick tests, too


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in FORMATS]
)
def test_damaged_files_are_read_or_refused_in_one_line(tmp_path: Path, request: Any, name: str) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    made = request.getfixturevalue("made") if name in ("keras", "h5") else None
    for at, data in enumerate(FORMATS[name](made, tmp_path)):
        (folder / str(at)).write_bytes(data)
    words = [str(Path(__file__).with_name("damage.py")), name, str(folder), str(FIRST), str(COUNT)]
    done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)
    case = folder.with_suffix(".case")
    last = case.read_text() if case.exists() else "none"
    assert done.returncode == 0, f"it hung or died in case {last}: {done.stderr}"
    found = json.loads(done.stdout.splitlines()[-1])
    print(name, json.dumps(found))
    assert not found["faults"]
    assert found["grown_mib"] < MOST_MEMORY
    assert sum(found["counts"].values()) == COUNT
    assert not (tmp_path / "proof").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("reader", "words"),
    [
        ("lambda data: pickle.loads(pickle.dumps(len))", "pickle.find_class"),
        pytest.param("lambda data: open('/etc/hostname')", "open ('/etc/hostname'", marks=pytest.mark.slow),
        pytest.param("lambda data: eval(compile('1', '<file>', 'eval'))", "exec", marks=pytest.mark.slow),
        pytest.param("lambda data: {}['missing']", "KeyError: 'missing'", marks=pytest.mark.slow),
        pytest.param("lambda data: sum(1 for _ in iter(int, 1))", "Timeout", marks=pytest.mark.slow),
        pytest.param("lambda data: b'x' * (350 * 2**20)", '"grown_mib": 3', marks=pytest.mark.slow),
    ],
)
def test_what_a_reader_must_not_do_is_seen(tmp_path: Path, reader: str, words: str) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "0").write_bytes(b"1;2;0\n")
    harness = str(Path(__file__).parent)
    code = f"import sys, pickle; sys.path.insert(0, {harness!r}); import damage; damage.LONGEST_CASE = 2\n"
    # the undamaged file is read first, to load libraries: it is not watched
    code += f"odd = {reader}\ndamage.READERS['csv'] = lambda data: data == b'1;2;0\\n' or odd(data)\n"
    code += f"damage.main('csv', {str(tmp_path / 'files')!r}, '0', '5')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert words in done.stdout + done.stderr
