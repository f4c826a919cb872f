"""What all readers share: files that cannot be opened, bombs, names, and what is imported."""

from __future__ import annotations

import io
import itertools
import os
import re
import subprocess
import sys
import tomllib
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
from hypothesis import given
from hypothesis import strategies as st

from netlib import Network, UntangleError, read_network
from netlib.errors import AmbiguousFile, BadFile
from netlib.readers import extra_for, files, network_of, readers
from netlib.readers.files import ReadOptions
from tests.thorough import examples

SUFFIXES = [".safetensors", ".npz", ".pt", ".pth", ".onnx", ".keras", ".h5", ".hdf5", ".skops"]


def test_every_format_of_the_documentation_has_a_reader() -> None:
    assert sorted(readers()) == sorted(SUFFIXES)


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", [b"", b"\0", b"hello", b"PK\3\4", b"\x89HDF\r\n\x1a\n", b"\x80\2}q\0.", b"<html>"])
def test_a_file_of_another_kind_is_refused_in_one_line(tmp_path: Path, suffix: str, content: bytes) -> None:
    file = tmp_path / f"net{suffix}"
    file.write_bytes(content)
    with pytest.raises(BadFile) as caught:
        read_network(file)
    message = str(caught.value)
    assert message.startswith(f"{file}: ")
    assert message.isprintable()


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("content", [b"PK\3\4", b"\x89HDF\r\n\x1a\n", b"hello, this is nothing\n"])
def test_what_is_damaged_is_called_so_whatever_else_was_asked(tmp_path: Path, suffix: str, content: bytes) -> None:
    file = tmp_path / f"net{suffix}"
    file.write_bytes(content)
    with pytest.raises(BadFile, match=r"(is|are) damaged|is no file of torch\.save") as caught:
        read_network(file, activation="tanh")
    assert re.search(r"(Save|Export) .*(again|torch\.save)", str(caught.value))


def test_what_is_no_file_is_refused_with_its_cure(tmp_path: Path) -> None:
    for path, words in (
        (tmp_path / "none.pt", r"none\.pt: is not there\. Check the path"),
        (tmp_path, r"is a folder\. Give the file itself"),
        (Path("/dev/zero"), r"/dev/zero: is no regular file"),
        (Path("net\0.pt"), r"net\\x00\.pt: (cannot be opened|is not there)"),
        (Path("\x1b[2J" + "n" * 300 + ".pt"), r"cannot be opened \(File name too long\)"),
    ):
        with pytest.raises(BadFile, match=words) as caught:
            read_network(path)
        assert str(caught.value).isprintable()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "net.pt"
    file.write_bytes(b"PK")
    file.chmod(0)
    with pytest.raises(BadFile, match=r"cannot be opened \(Permission denied\)"):
        read_network(file)


def test_other_formats_are_refused_with_what_can_be_read(tmp_path: Path) -> None:
    for name, words in (("a.pkl", "A pickle can run code"), ("a.joblib", r"skops\.io\.dump"), ("a.txt", r"\.onnx, ")):
        (tmp_path / name).write_bytes(b"x")
        with pytest.raises(BadFile, match=words):
            read_network(tmp_path / name)


@pytest.mark.parametrize("name", ["net", "net.ckpt", "net.pth.tar", "pytorch_model.bin", "net.h5", "net.csv"])
def test_a_file_is_recognised_by_its_content_whatever_its_name(tmp_path: Path, name: str) -> None:
    weights = {"weight": np.ones((2, 3)), "bias": np.zeros(2)}
    with (tmp_path / name).open("wb") as file:
        np.savez(file, **weights)
    assert read_network(tmp_path / name, layout="out,in").network.widths == (2,)
    (tmp_path / name).write_bytes(safetensors.numpy.save(weights))
    assert read_network(tmp_path / name, layout="out,in").network.widths == (2,)


def test_options_are_checked_by_name() -> None:
    with pytest.raises(UntangleError, match=r"there is no --activation 'tahn'\. Did you mean tanh"):
        read_network("net.pt", activation="tahn")
    with pytest.raises(UntangleError, match="--layout must be 'out,in'"):
        read_network("net.pt", layout="rows")


@pytest.mark.parametrize("name", ["celu", "CELU", "hardtanh", "exponential", "prelu"])
def test_a_function_that_cannot_be_shown_is_not_taken_for_a_misspelled_one(name: str) -> None:
    with pytest.raises(UntangleError, match=rf"--activation {name.lower()} is not supported\. Supported: elu, .*tanh"):
        read_network("net.pt", activation=name)


def test_activations_may_be_spelled_as_their_classes() -> None:
    assert ReadOptions.of("ReLU,Tanh").activations == ("relu", "tanh")


def test_a_url_is_playgrounds_and_says_its_own_layers() -> None:
    with pytest.raises(BadFile, match=r"https://a\.org/net\.pt: no URL but TensorFlow Playground's.*Download"):
        read_network("https://a.org/net.pt")
    with pytest.raises(BadFile, match=r"the Playground URL says its own layers.*Leave --activation"):
        read_network("https://playground.tensorflow.org/#activation=relu", activation="tanh")


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path) -> None:
    file = tmp_path / "net.pt"
    with file.open("wb") as sparse:
        sparse.truncate(files.MAX_BYTES + 1)
    tracemalloc.start()
    with pytest.raises(BadFile, match=r"has 512 MiB, the limit is 512\. Save the weights alone, or fewer points"):
        read_network(file)
    assert tracemalloc.get_traced_memory()[1] < 2**20
    tracemalloc.stop()


@pytest.fixture(scope="module")
def bomb() -> bytes:
    """A zip of a few MB whose only member unpacks to 600 MiB of zeros."""
    file = io.BytesIO()
    packed = zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
    with packed, packed.open("data.pkl", "w", force_zip64=True) as member:
        for _ in range(600):
            member.write(bytes(2**20))
    return file.getvalue()


@pytest.mark.slow
@pytest.mark.parametrize("lie", [True, False], ids=["that says 100 bytes", "that says its size"])
def test_a_zip_bomb_is_refused_in_little_memory(bomb: bytes, lie: bool) -> None:
    if lie:
        at = bomb.rfind(b"PK\1\2")
        bomb = bomb[: at + 24] + (100).to_bytes(4, "little") + bomb[at + 28 :]
    tracemalloc.start()
    with pytest.raises(BadFile, match=r"is damaged|would unpack to"):
        network_of(bomb, ".pt", ReadOptions())
    assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    tracemalloc.stop()


def test_depth_50_and_width_1000_are_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    widths = [8, *[100] * 48, 1000, 10]
    shapes = itertools.pairwise(widths)
    arrays = {f"net.{k}.weight": rng.normal(size=(m, n)).astype("f4") for k, (n, m) in enumerate(shapes)}
    np.savez(tmp_path / "deep.npz", **arrays)
    read = read_network(tmp_path / "deep.npz", activation="relu")
    assert isinstance(read.network, Network)
    assert read.network.widths == tuple(widths[1:])


WIDTHS = st.lists(st.tuples(st.integers(1, 3), st.integers(1, 3)), min_size=2, max_size=5)


@examples(150)
@given(WIDTHS)
def test_an_order_is_found_by_shape_where_there_is_just_one(widths: list[tuple[int, int]]) -> None:
    """Against all orders, tried one by one; the names (a, b, ...) say nothing."""
    arrays = {f"{chr(97 + k)}.weight": np.full((m, n), k + 1.0) for k, (n, m) in enumerate(widths)}
    orders = [
        order
        for order in itertools.permutations(range(len(widths)))
        if all(widths[a][1] == widths[b][0] for a, b in itertools.pairwise(order))
    ]
    file = io.BytesIO()
    np.savez(file, **arrays)
    if len(orders) == 1:
        read = network_of(file.getvalue(), ".npz", ReadOptions.of("relu"))
        assert [int(layer.weight[0, 0]) - 1 for layer in read.network.layers] == [*orders[0]]
    else:
        with pytest.raises(AmbiguousFile if orders else BadFile, match=r"order of its layers|do not fit"):
            network_of(file.getvalue(), ".npz", ReadOptions.of("relu"))


def test_many_layers_of_one_width_are_asked_for_their_order_at_once(tmp_path: Path) -> None:
    letters = [a + b for a in "abcdefghij" for b in "klmno"]
    np.savez(tmp_path / "net.npz", **{f"{name}.weight": np.eye(3) for name in letters})
    with pytest.raises(UntangleError, match="does not say the order of its layers"):
        read_network(tmp_path / "net.npz", activation="relu")


def test_layers_can_be_ordered_by_the_names_that_they_have_in_the_file(tmp_path: Path) -> None:
    first, second, third = np.eye(3), 2 * np.eye(3), np.ones((1, 3))
    np.savez(tmp_path / "net.npz", **{"fc2.weight": second, "out.weight": third, "fc1.weight": first})
    read = read_network(tmp_path / "net.npz", activation="relu", order="fc1,fc2,out")
    np.testing.assert_array_equal(read.network(np.eye(3)), np.full((3, 1), 2.0))


@pytest.mark.parametrize(
    ("source", "extra"),
    [
        ("net.onnx", "onnx"),
        (Path("folder/NET.H5"), "keras"),
        ("net.keras", "keras"),
        ("iris", "datasets"),
        ("https://playground.tensorflow.org/#seed=1", "train"),
        ("net.pt", None),
        ("net.skops", None),
        ("points.csv", None),
        ("points.xlsx", "tables"),
        ("points.Parquet", "tables"),
        ("spirals:turns=2", None),
    ],
)
def test_the_extra_that_a_file_needs_is_known_before_it_is_read(source: str | Path, extra: str | None) -> None:
    assert extra_for(source) == extra
    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["project"]
    assert extra is None or extra in project["optional-dependencies"]


@pytest.mark.slow
def test_the_word_netlib_imports_no_optional_library() -> None:
    heavy = ["torch", "manim", "sklearn", "skops", "onnx", "keras", "h5py", "pandas", "google.protobuf"]
    code = f"import sys, netlib, netlib.readers as r; r.readers(); print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
