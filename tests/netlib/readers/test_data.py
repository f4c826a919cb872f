"""Data of one's own: tables, arrays, names; and tables that are none."""

from __future__ import annotations

import csv
import gzip
import io
import pickle
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from sklearn.datasets import load_breast_cancer, load_digits, load_iris, load_wine

from netlib import UntangleError, dataset, read_data
from netlib.datasets import MOST_POINTS
from netlib.errors import BadFile, UnknownName
from netlib.readers.data import data_of
from tests.thorough import examples


def table(text: str | bytes, suffix: str = ".csv", **options: object) -> object:
    return data_of(text.encode() if isinstance(text, str) else text, suffix, "mine", **options)


@pytest.mark.parametrize("load", [load_iris, load_wine, load_digits, load_breast_cancer])
def test_bundled_sets_are_those_of_scikit_learn(load: Callable) -> None:
    name = load.__name__.removeprefix("load_")
    theirs, ours = load(), read_data(name)
    assert np.array_equal(ours.points, theirs.data)
    assert np.array_equal(ours.labels, theirs.target)
    assert ours.class_names == tuple(map(str, theirs.target_names))
    assert ours.classes == len(theirs.target_names)


def test_a_built_in_set_is_named_with_its_parameters() -> None:
    ours = read_data("spirals:turns=1.5,n=40")
    assert np.array_equal(ours.points, dataset("spirals:turns=1.5,n=40").points)
    with pytest.raises(UnknownName, match="Did you mean spirals"):
        read_data("spiral")
    with pytest.raises(UntangleError, match="iris takes no parameters"):
        read_data("iris:n=3")
    for name in ("mine.xlsx", "mine.dta"):
        with pytest.raises(BadFile, match=r"mine\.\w+:? is not there.* Check the path"):
            read_data(name)


def test_a_bundled_set_without_scikit_learn_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(UntangleError, match=r'Run: pip install "manim-untangle\[datasets\]"'):
        read_data("wine")


HEADER = "x,y,kind\n1,2,b\n3,4.5,a\n-5e-1,6,b\n"
POINTS = np.array([[1, 2], [3, 4.5], [-0.5, 6]])


@pytest.mark.parametrize(
    "text",
    [
        HEADER,
        HEADER.partition("\n")[2],
        HEADER.replace(",", ";"),
        HEADER.replace(",", "\t"),
        HEADER.replace(",", "|"),
        HEADER.encode("utf-16"),
        gzip.compress(HEADER.encode()),
        '{"x": 1, "y": 2, "kind": "b"}\n{"x": 3, "y": 4.5, "kind": "a"}\n\n{"x": -0.5, "y": 6, "kind": "b"}\n',
        HEADER.replace("\n", "\r\n"),
        HEADER.replace(",", " , "),
        "\ufeff" + HEADER,
        "\n\n" + HEADER + "\n\n",
        HEADER.replace("b", '"b"').replace("x,", '"x",'),
        HEADER.replace(",", "  "),
        "  " + HEADER.partition("\n")[2].replace(",", "\t  "),
        "sep=;\n" + HEADER.replace(",", ";"),
        "# made by hand\n" + HEADER.replace("b\n-", "b\n# the last one\n-"),
        "# x,y,kind\n" + HEADER.partition("\n")[2],
        HEADER.replace("\n", ",\n"),
        HEADER.replace("a\n", "a,\n").replace("b\n", "b,\n"),
        HEADER.replace(",", ";").replace(".", ","),
        HEADER.replace(",", ";").partition("\n")[2].replace(".", ","),
        HEADER.replace(",", "\t").replace(".", ",").replace("\n1\t", "\n1,0\t"),
        '[{"x": 1, "y": 2, "kind": "b"}, {"x": 3, "y": 4.5, "kind": "a"}, {"x": -0.5, "y": 6, "kind": "b"}]',
        '{"x": [1, 3, -0.5], "y": [2, 4.5, 6], "kind": ["b", "a", "b"]}',
        '{"x": {"0": 1, "1": 3, "2": -0.5}, "y": {"0": 2, "1": 4.5, "2": 6}, "kind": {"0": "b", "1": "a", "2": "b"}}',
        '[["x", "y", "kind"], [1, 2, "b"], [3, 4.5, "a"], [-0.5, 6, "b"]]',
    ],
    ids=[
        *(
            "plain",
            "no-header",
            "semicolon",
            "tab",
            "bar",
            "utf-16",
            "gzip",
            "json-lines",
            "windows",
            "spaces",
            "bom",
            "blank-lines",
            "quoted",
            "blanks",
        ),
        *("blanks-and-tabs", "excel-sep", "comments", "commented-header", "trailing-commas", "header-without-comma"),
        *("decimal-commas", "decimal-commas-no-header", "decimal-commas-tab"),
        *("json-rows", "json-columns", "json-of-pandas", "json-lists"),
    ],
)
def test_a_table_is_read_however_it_is_written(text: str) -> None:
    found = table(text)
    assert np.array_equal(found.points, POINTS)
    assert found.labels.tolist() == [1, 0, 1]
    assert found.class_names == ("a", "b")


@given(
    st.lists(st.tuples(st.floats(-1e9, 1e9), st.floats(allow_nan=False, allow_infinity=False)), min_size=2, max_size=9)
)
@examples(100)
def test_what_pythons_csv_writes_comes_back(points: list[tuple[float, float]]) -> None:
    file = io.StringIO()
    labels = [k % 2 for k in range(len(points))]
    csv.writer(file).writerows([("x", "y", "label"), *[(*p, k) for p, k in zip(points, labels, strict=True)]])
    found = table(file.getvalue())
    assert np.array_equal(found.points, np.array(points))
    assert found.labels.tolist() == labels


def test_the_label_column_is_given_by_name_or_number() -> None:
    by_name = table("kind,x,y\nb,1,2\na,3,4.5\nb,-0.5,6\n", label="kind")
    by_number = table("b,1,2\na,3,4.5\nb,-0.5,6\n", label="1")
    for found in (by_name, by_number):
        assert np.array_equal(found.points, POINTS)
        assert found.class_names == ("a", "b")
    with pytest.raises(UnknownName, match=r"there is no --label column 'kin'\. Did you mean kind"):
        table(HEADER, label="kin")


def test_a_label_column_that_is_not_there_is_told_with_its_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.csv"
    file.write_text(HEADER)
    with pytest.raises(UnknownName, match=r"mine\.csv: there is no --label column 'nope'\. Known: kind, x, y"):
        read_data(file, label="nope")
    with pytest.raises(UntangleError, match=r"moons is no table.*Leave --label away"):
        read_data("moons", label="nope")


def test_classes_that_are_numbers_sort_as_numbers() -> None:
    rows = "".join(f"{k},{k}\n" for k in (10, 9, 2, 10))
    assert table(rows).class_names == ("2", "9", "10")
    assert table(rows).labels.tolist() == [2, 1, 0, 2]
    assert table("1,1.0\n2,0.0\n").class_names == ("0", "1")


def test_the_index_that_pandas_writes_is_left_out() -> None:
    assert np.array_equal(table(",x,y,kind\n0,1,2,b\n1,3,4.5,a\n2,-0.5,6,b\n").points, POINTS)


def test_real_targets_are_kept_when_asked_for() -> None:
    found = table("x,t\n1,0.25\n2,0.5\n", regression=True)
    assert found.regression
    assert found.labels.tolist() == [0.25, 0.5]


@pytest.mark.parametrize(
    ("cells", "values"),
    [
        (["0.5", "1.5", "2.5"] * 20, [0.5, 1.5, 2.5]),
        ([f"{k / 3}" for k in range(11)], [k / 3 for k in range(11)]),
        ([f"{1000 * k}" for k in range(11)], [1000.0 * k for k in range(11)]),
    ],
    ids=["few", "thirds", "many whole numbers"],
)
def test_labels_that_are_real_or_many_numbers_are_targets(cells: list[str], values: list[float]) -> None:
    found = table("x,price\n" + "".join(f"1,{cell}\n" for cell in cells))
    assert (found.regression, found.classes, found.target) == (True, 0, "price")
    assert sorted({*found.labels.tolist()}) == pytest.approx(values)
    assert "holds" in found.notes[-1]
    assert "real targets (a regression)" in found.notes[-1]


def test_two_numbers_or_few_whole_ones_stay_classes() -> None:
    for cells in (["0.5", "1.5"], ["-1", "1"], ["3", "4", "5"]):
        found = table("x,k\n" + "".join(f"1,{cell}\n" for cell in cells))
        assert (found.regression, found.classes) == (False, len(cells))


BAD = {
    "empty cell": ("x,y,k\n1,,a\n3,4,b\n", r"line 2, column 'y' is empty, not a number\. Fill it in"),
    "nan": ("x,y,k\n1,2,a\n3,nan,b\n", r"line 3, column 'y' is 'nan', not a number\. Fill it in"),
    "infinite": ("x,y,k\n1,2,a\n3,inf,b\n", r"line 3, column 'y' is 'inf'"),
    "text": ("x,y,k\n1,2,a\n3,high,b\n", r"line 3, column 'y' is 'high'"),
    "short row": ("x,y,k\n1,2,a\n3,b\n", r"line 3 has 2 cells, not 3"),
    "long row": ("x,y,k\n1,2,a\n3,4,5,b\n", r"line 3 has 4 cells, not 3"),
    "no label": (
        "x,y,k\n1,2,a\n3,4,\n",
        r"line 3, column 'k', the label, is empty\. Fill it in, or leave out .*--drop",
    ),
    "nan label": ("x,y,k\n1,2,0\n3,4,nan\n", r"line 3, column 'k', the label, is nan\. Fill it in, or leave out"),
    "point or thousands": (
        "x;y;k\n1,234;5;a\n3;4;b\n4;5;a\n",
        r"line 2, column 'x' is '1,234', not a number: its comma may stand for a point or for thousands",
    ),
    "one class": ("x,k\n1,a\n2,a\n", r"column 'k' has 1 different label \(a\): 2 to 10 classes can.*another class"),
    "many classes": (
        "x,k\n" + "".join(f"1,c{k:02}\n" for k in range(11)),
        r"column 'k' has 11 different labels \(c00, c01, c02, c03, …\).*Leave some out or merge them, or say with",
    ),
    "one column": ("a\nb\nc\n", "has one column"),
    "only a header": ("x,y,k\n", "has 1 rows of data|has 0 rows of data"),
    "twice": ("x,x,k\n1,2,a\n3,4,b\n", "two columns named 'x'"),
    "latin-1": ("x,k\n1,é\n2,b\n".encode("latin-1"), r"line 2: byte 0xe9 is not UTF-8\. Save it as UTF-8"),
    "utf-16": (HEADER.encode("utf-16")[:-1], r"is damaged, or no UTF-16\. Save it as UTF-8"),
    "a pickle": (pickle.dumps([1, 2]), r"is a pickle, which can run code\. Save the table as CSV: table\.to_csv"),
    "feather": (b"ARROW1\0\0" + bytes(9), r"is a Feather file\. Save the table as CSV"),
    "gzip, cut": (gzip.compress(HEADER.encode())[:-9], r"is damaged, or was not compressed by gzip"),
    "gzip, of much": (gzip.compress(bytes(65 * 2**20), 1), r"the limit is .* Give a sample of its lines"),
    "binary": (bytes(range(256)), "not UTF-8"),
    "escape": ("x,k\n\x1b[2J,a\n2,b\n", r"'\\x1b\[2J', not a number"),
    "long cell": ("x,k\n1,a\n2," + "b" * 200_000, "line 3 is no row of a table"),
    "wide": ("1," * 5_000 + "a\n", "has 5001 cells, not at most 4096"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_table_is_refused_with_its_line_and_the_cure(tmp_path: Path, kind: str) -> None:
    content, words = BAD[kind]
    file = tmp_path / "mine.csv"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(BadFile, match=words) as caught:
        read_data(file)
    assert str(caught.value).startswith(str(file))
    assert str(caught.value).isprintable()


def test_ten_million_rows_are_refused_in_little_memory() -> None:
    rows = b"1,a\n" * 10_000_000
    tracemalloc.start()
    with pytest.raises(BadFile, match=r"has 10,000,000 lines and 38 MiB, the limit is 200,000.*shuf -n 5000"):
        table(rows)
    with pytest.raises(BadFile, match=r"the limit is"):
        table(b'"' + b"a\n" * (MOST_POINTS + 5))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 2**20


def saved(**arrays: NDArray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


@pytest.mark.parametrize("names", [("points", "labels"), ("X", "y"), ("x", "target"), ("data", "Y")])
def test_arrays_are_read_under_their_usual_names(names: tuple[str, str]) -> None:
    found = table(saved(**{names[0]: POINTS, names[1]: np.array(["b", "a", "b"])}), ".npz")
    assert np.array_equal(found.points, POINTS)
    assert (found.labels.tolist(), found.class_names) == ([1, 0, 1], ("a", "b"))


def test_images_are_flattened_and_other_labels_chosen_by_name() -> None:
    data = saved(x=np.arange(24.0).reshape(3, 2, 4), y=np.zeros(3), odd=np.array([0, 1, 0]))
    found = table(data, ".npz", label="odd")
    assert found.points.shape == (3, 8)
    assert found.labels.tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"points": POINTS}, r"has no array 'labels' \(it has: points\)"),
        ({"labels": POINTS}, "has no array 'points'"),
        (
            {"points": POINTS, "labels": np.arange(4)},
            r"\(3, 2\) and labels \(4,\) do not fit: .* are \(N, d\), .* \(N,\)",
        ),
        ({"points": POINTS, "labels": np.ones((3, 3))}, "do not fit.* one label for each point"),
        ({"points": POINTS[:, 0], "labels": np.arange(3)}, "do not fit"),
        ({"points": POINTS, "labels": np.array(1)}, "do not fit"),
        ({"X": POINTS, "y": 1j * np.ones(3)}, "'y.npy' holds values of the type <c16"),
        ({"points": POINTS[:0], "labels": np.arange(0)}, "has 0 rows of data. Give at least two points"),
        ({"points": np.array([[1.0], [np.nan]]), "labels": np.arange(2)}, r"points\[1, 0\] is NaN. Fill it in"),
        ({"points": np.array([["a"], ["b"]]), "labels": np.arange(2)}, "points holds <U1, not numbers"),
        ({"points": np.zeros((MOST_POINTS + 1, 1)), "labels": np.zeros(MOST_POINTS + 1)}, "has 200,001 points"),
        ({"points": POINTS, "labels": np.array([0, 1, np.inf])}, "array 'labels': the label of point 3 is inf"),
        ({"points": POINTS, "labels": np.array([b"\xff", b"a", b"b"])}, "not UTF-8"),
    ],
)
def test_arrays_that_are_no_data_are_refused(arrays: dict[str, NDArray], words: str) -> None:
    with pytest.raises(BadFile, match=words):
        table(saved(**arrays), ".npz")


CELLS = st.sampled_from(["1", "2.5", "-0", "nan", "1e999", "a", "é", "", " ", '"', "x,y", "\x00", "\u2028", "9" * 400])


@examples(500)
@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=6), st.sampled_from([",", ";", "\t"]))
def test_tables_of_odd_cells_are_read_or_refused(rows: list[list[str]], delimiter: str) -> None:
    try:
        found = table("\n".join(delimiter.join(row) for row in rows))
    except UntangleError as problem:
        assert str(problem).isprintable()  # noqa: PT017 - a table may also be fine
    else:
        assert np.isfinite(found.points).all()
