"""Tables as other programs write them: which columns are points and labels, which rows can be used; and other kinds of
files with data. A cure that a message proposes is followed here."""

from __future__ import annotations

import io
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.io import savemat

from netlib import Dataset, read_data
from netlib.errors import BadFile, MissingExtra, UnknownName, UntangleError
from netlib.readers.data import data_of

POINTS = np.array([[5.1, 3.5], [4.9, 3.0], [6.2, 2.9]])


def table(text: str, **options: Any) -> Dataset:
    return data_of(text.encode(), ".csv", "mine", **options)


def cure(problem: pytest.ExceptionInfo[UntangleError]) -> dict[str, Any]:
    """The options at the end of a message."""
    found = re.findall(r"--(label|features|drop)(?: ([^ ]+))?", str(problem.value))
    return {name: value or True for name, value in found}


IRIS = "Id,Length,Width,Species\n1,5.1,3.5,a\n2,4.9,3.0,a\n3,6.2,2.9,b\n"


@pytest.mark.parametrize("name", ["Id", "index", "Unnamed: 0", "Idx", ""])
@pytest.mark.parametrize("start", [0, 1])
def test_a_first_column_that_counts_the_rows_is_left_out(name: str, start: int) -> None:
    rows = "".join(f"{k + start},{x},{y},{'aab'[k]}\n" for k, (x, y) in enumerate(POINTS))
    found = table(f"{name},Length,Width,Species\n" + rows)
    assert np.array_equal(found.points, POINTS)
    assert found.columns == ("Length", "Width")
    assert found.notes == ((f"The column '{name}', which counts the rows, is left out.",) if name else ())


def test_a_unit_in_all_cells_of_a_column_is_said_and_left_away() -> None:
    rows = "".join(f"{x} cm,{y}%,{'aab'[k]}\n" for k, (x, y) in enumerate(POINTS))
    found = table("Length,Share,Species\n" + rows)
    assert np.array_equal(found.points, POINTS)
    units = {"Length": "cm", "Share": "%"}
    assert found.notes[:2] == tuple(f"The numbers of column '{name}' are in '{unit}'." for name, unit in units.items())
    with pytest.raises(BadFile, match="column 'Length' is '1 cm', not a number"):
        table("Length,Width,Species\n1 cm,2,a\n3 mm,2,b\n4 cm,1,b\n1,1,b\n1,1,b\n1,1,b\n1,1,b")


def test_an_id_that_does_not_count_the_rows_is_a_number_like_any_other() -> None:
    assert table(IRIS.replace("\n2,", "\n7,")).columns == ("Id", "Length", "Width")


def test_columns_are_chosen_by_name_in_their_order() -> None:
    found = table(IRIS, features="Width, Length")
    assert np.array_equal(found.points, POINTS[:, ::-1])
    assert found.columns == ("Width", "Length")
    with pytest.raises(UnknownName, match=r"there is no --features column 'Witdh'\. Did you mean Width"):
        table(IRIS, features="Witdh")
    with pytest.raises(UntangleError, match="moons is no table, so it takes no --features"):
        read_data("moons", features="x")


def test_columns_of_text_are_named_and_the_cure_works() -> None:
    text = "name,age,fare,survived\nAnna,3,7.5,0\nBert,5,8.25,1\n"
    with pytest.raises(
        BadFile, match=r"line 2, column 'name' is 'Anna', not a number\. Choose columns of numbers"
    ) as told:
        table(text)
    found = table(text, **cure(told))
    assert np.array_equal(found.points, [[3, 7.5], [5, 8.25]])


def test_rows_that_cannot_be_used_are_counted_and_left_out_on_request() -> None:
    text = "x,y,k\n1,2,a\n3,,b\n5,6,b\n7,8,\n9,high,a\n"
    with pytest.raises(
        BadFile, match=r"line 3, column 'y' is empty, not a number\. .* \(3 of 5 rows\): --drop"
    ) as told:
        table(text)
    found = table(text, **cure(told))
    assert np.array_equal(found.points, [[1, 2], [5, 6]])
    assert found.class_names == ("a", "b")
    assert found.notes == (
        "3 of 5 rows are left out, because they lack a number or label: line 3, column 'y' is empty, not a number.",
    )
    assert table("x,k\n1,a\n2,b\n", drop=True).notes == ()


def test_the_label_may_stand_in_a_column_of_a_usual_name() -> None:
    found = table("Class,x,y\nb,1,2\na,3,4\n")
    assert (found.columns, found.class_names) == (("x", "y"), ("a", "b"))
    assert found.notes == ("The label is in the column 'Class'.",)
    assert table("class,label,x\n1,2,a\n3,4,b\n").columns == ("class", "label")


def test_columns_of_ones_and_zeros_are_one_label() -> None:
    text = "x,y,red,green,blue\n1,2,0,0,1\n3,4,1,0,0\n5,6,0,1,0\n"
    found = table(text, label="red,green,blue")
    assert [found.class_names[k] for k in found.labels] == ["blue", "red", "green"]
    assert found.columns == ("x", "y")
    alone = table(text)
    assert np.array_equal(alone.labels, found.labels)
    assert alone.notes == ("The label is in the columns red, green, blue, of which one is 1 in each row.",)
    assert table("x,y,k\n0,0,0\n0,1,1\n1,0,1\n1,1,0\n").columns == ("x", "y")
    with pytest.raises(BadFile, match="no columns with a single 1 in each row"):
        table(text.replace("1,0,0", "1,1,0"), label="red,green,blue")


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (('"1,234"', '"2,345,678"'), (1234, 2345678)),
        (('"1,234.5"', '"12,000"'), (1234.5, 12000)),
        (('"1,5"', '"-2,25"'), (1.5, -2.25)),
        (('"1.234,5"', '"2,25"'), (1234.5, 2.25)),
        (('"0,125"', '"1,250"'), (0.125, 1.25)),
        (('"1,5e-3"', '"1,0"'), (0.0015, 1)),
    ],
)
def test_commas_in_numbers_are_read_where_their_meaning_is_sure(
    cells: tuple[str, str], numbers: tuple[float, float]
) -> None:
    found = table(f"x,k\n{cells[0]},a\n{cells[1]},b\n")
    assert found.points[:, 0].tolist() == list(numbers)


def test_the_minus_sign_of_a_page_is_a_minus() -> None:
    data = data_of("x,y,kind\n−1.5,2,a−1\n3, −.25,b−2\n".encode(), ".csv", "mine")
    np.testing.assert_array_equal(data.points, [[-1.5, 2], [3, -0.25]])
    assert data.class_names == ("a−1", "b−2")


def test_commas_that_may_mean_both_are_refused() -> None:
    for cells in (('"1,234"', '"2,345"'), ('"1,234,567"', '"1,5"')):
        with pytest.raises(BadFile, match=r"column 'x' is '1,234.*may stand for a point or for thousands"):
            table(f"x,k\n{cells[0]},a\n{cells[1]},b\n")


def test_the_sample_of_a_large_table_that_is_proposed_keeps_its_header(tmp_path: Path) -> None:
    with pytest.raises(BadFile) as told:
        table("x,kind\n" + "1,a\n2,b\n" * 110_000)
    (proposed,) = re.findall(r"\(head .*sample\.csv", str(told.value))
    (tmp_path / "mine.csv").write_text("x,kind\n" + "".join(f"{k},{'ab'[k % 2]}\n" for k in range(9_000)))
    subprocess.run(["bash", "-c", proposed.replace("FILE", "mine.csv")], cwd=tmp_path, check=True)
    found = read_data(tmp_path / "sample.csv", label="kind")
    assert found.points.shape == (5000, 1)
    assert np.array_equal(found.points[:, 0] % 2, found.labels)


def test_a_file_with_the_name_of_a_data_set_is_read_where_its_folder_is_given(tmp_path: Path) -> None:
    (tmp_path / "moons").write_text(IRIS)
    assert read_data(tmp_path / "moons").columns == ("Length", "Width")


# ---- other files with data ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_pandas_reads_excel_and_parquet(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"x": POINTS[:, 0], "flag": [True, False, True], "kind": ["b", "a", "b"]})
    for name, write, needed in (("mine.xlsx", "to_excel", "openpyxl"), ("mine.parquet", "to_parquet", "pyarrow")):
        pytest.importorskip(needed)
        getattr(frame, write)(tmp_path / name, index=False)
        (tmp_path / name).rename(tmp_path / "mine")  # the bytes say what they are
        found = read_data(tmp_path / "mine")
        assert np.array_equal(found.points, np.column_stack([POINTS[:, 0], [1, 0, 1]]))
        assert (found.labels.tolist(), found.class_names) == ([1, 0, 1], ("a", "b"))


def test_without_pandas_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(MissingExtra, match=r'parquet needs pandas\. Run: pip install "manim-untangle\[tables\]"'):
        data_of(b"PAR1" + bytes(100), ".parquet", "mine")


@pytest.mark.parametrize("data", [b"PAR1" + bytes(100), b"\xd0\xcf\x11\xe0" + bytes(100)])
def test_damaged_tables_of_other_programs_are_refused(data: bytes) -> None:
    pytest.importorskip("pandas")
    with pytest.raises(BadFile, match=r"is damaged, or no parquet file|older than 2007"):
        data_of(data, ".x", "mine")


@pytest.mark.parametrize(
    "found",
    ["{", "[1, 2]", "[]", "{}", '{"x": 1}', '{"x": [1, 2], "k": [1]}', '[{"x": 1}, 2]', '[["x"], ["y", "z"]]', "[[]]"],
)
def test_json_that_is_no_table_is_refused(found: str) -> None:
    with pytest.raises(BadFile):
        table(found)


def test_json_may_lack_values() -> None:
    rows = [{"x": 1.5, "k": "a"}, {"x": None, "k": "b"}, {"x": 2, "k": "b"}, {"k": "a"}]
    with pytest.raises(BadFile, match=r"line 2, column 'x' is empty.*\(2 of 4 rows\): --drop"):
        table(json.dumps(rows))
    assert table(json.dumps(rows), drop=True).points.tolist() == [[1.5], [2]]


@pytest.mark.parametrize(
    ("points", "labels"), [("X.npy", "y.npy"), ("X_train.npy", "y_train.npy"), ("train_data.npy", "train_labels.npy")]
)
def test_a_pair_of_npy_files_is_read_by_the_name_of_its_points(tmp_path: Path, points: str, labels: str) -> None:
    np.save(tmp_path / points, POINTS)
    with pytest.raises(BadFile, match=rf"holds points without labels\. .*--label {labels}"):
        read_data(tmp_path / points)
    np.save(tmp_path / labels, np.array([1, 0, 1]))
    for found in (read_data(tmp_path / points), read_data(tmp_path / points, label=labels)):
        assert np.array_equal(found.points, POINTS)
        assert found.labels.tolist() == [1, 0, 1]


def saved(**arrays: NDArray) -> bytes:
    file = io.BytesIO()
    np.savez(file, **arrays)
    return file.getvalue()


def test_the_place_of_a_one_hot_column_is_the_number_of_its_class(tmp_path: Path) -> None:
    (tmp_path / "points.csv").write_text("x,y,red,blue,amber\n0,0,1,0,0\n1,0,0,1,0\n2,0,0,0,1\n3,0,1,0,0\n")
    data = read_data(str(tmp_path / "points.csv"), label="red,blue,amber")
    assert data.class_names == ("red", "blue", "amber")
    assert data.labels.tolist() == [0, 1, 2, 0]


@pytest.mark.parametrize("labels", [np.array([[1], [0], [1]]), np.eye(2)[[1, 0, 1]], np.eye(2, dtype=bool)[[1, 0, 1]]])
def test_labels_may_be_a_column_or_one_hot(labels: NDArray) -> None:
    assert data_of(saved(x_train=POINTS, y_train=labels), ".npz", "mine").labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize("compressed", [False, True])
def test_matlab_arrays_are_read(tmp_path: Path, compressed: bool) -> None:
    arrays = {"X": POINTS, "y": np.array([[2.0], [1.0], [2.0]]), "note": "by hand", "cells": np.array([1, "a"], object)}
    savemat(tmp_path / "mine.mat", arrays, do_compression=compressed)
    found = read_data(tmp_path / "mine.mat")
    assert np.array_equal(found.points, POINTS)
    assert (found.labels.tolist(), found.class_names) == ([1, 0, 1], ("1", "2"))


def test_matlab_files_of_another_kind_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(600)
    with pytest.raises(BadFile, match=r"is of MATLAB 7\.3\. Save it again with: save\(path, '-v7'\)"):
        data_of(newer, ".mat", "mine")
    monkeypatch.setattr("netlib.readers.mat.MAX_BYTES", 2**20)
    savemat(tmp_path / "zeros.mat", {"X": np.zeros((400, 400))}, do_compression=True)
    with pytest.raises(BadFile, match="would unpack to more than 1 MiB"):
        read_data(tmp_path / "zeros.mat")


ARFF = """% written by a program
@RELATION 'two kinds'
@attribute 'petal length' numeric
@ATTRIBUTE width real
@attribute "it's" {a,'b c'}
@data
5.1, 3.5, a
% a remark
4.9,3.0,'b c'
?,2.9,a
6.2,2.9,a
"""


def test_arff_and_sparse_rows_are_read_as_scipy_and_scikit_learn_read_them() -> None:
    from scipy.io.arff import loadarff

    found = data_of(ARFF.encode(), ".arff", "mine", drop=True)
    assert (found.columns, found.class_names) == (("petal length", "width"), ("a", "b c"))
    rows, _ = loadarff(io.StringIO(ARFF.replace("?,2.9,a\n", "").replace("'b c'", "b_c")))  # scipy reads no blank
    assert np.array_equal(found.points, [[row[0], row[1]] for row in rows])
    assert [found.class_names[k] for k in found.labels] == [row[2].decode().replace("_", " ") for row in rows]
    with pytest.raises(BadFile, match="line 10, column 'petal length' is empty"):
        data_of(ARFF.encode(), ".arff", "mine")
    with pytest.raises(BadFile, match=r"line 7 is a sparse row of ARFF\. Save it as CSV"):
        data_of(ARFF.replace("5.1, 3.5, a", "{0 5.1, 2 a}").encode(), ".arff", "mine")
    with pytest.raises(BadFile, match="line 7 has 2 cells, for 3 attributes"):
        data_of(ARFF.replace("5.1, 3.5, a", "5.1, a").encode(), ".arff", "mine")

    load = pytest.importorskip("sklearn.datasets").load_svmlight_file
    for text in ("+1 1:0.5 3:-2e-1 # x\n-1 2:4\n+1\n", "1 qid:3 0:7 2:1\n2 qid:3 1:.5\n"):
        points, labels = load(io.BytesIO(text.encode()))
        found = data_of(text.encode(), ".libsvm", "mine")
        assert np.array_equal(found.points, points.toarray())
        assert [float(found.class_names[k]) for k in found.labels] == labels.tolist()
    with pytest.raises(BadFile, match=r"line 21 is '1,2 1:3', no label with numbers at places\."):
        table("1 1:2\n2 1:3\n" * 10 + "1,2 1:3\n")
    with pytest.raises(BadFile, match="holds 9,000,000 numbers in each of 2 rows"):
        table("1 1:2\n2 9000000:3\n")
