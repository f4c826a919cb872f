"""Data of the user's own: CSV, .npz, a built-in data set by name, or one of scikit-learn's bundled real ones."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.datasets import MOST_POINTS, Dataset, dataset, datasets
from netlib.errors import BadFile, UntangleError
from netlib.errors import unknown as unknown_name
from netlib.readers import npz
from netlib.readers.csv import Table, read_csv
from netlib.readers.files import contents, finite, shown

TABLES, ARRAYS = (".csv", ".tsv", ".txt"), (".npz",)
BUNDLED = ("iris", "wine", "digits", "breast_cancer")
FEWEST, MOST_CLASSES = 2, 10
MOST_ROWS = MOST_POINTS
POINTS, LABELS = ("points", "x", "data", "inputs"), ("labels", "y", "target", "targets")


def read_data(text: str | Path, *, label: str | None = None, regression: bool = False) -> Dataset:
    """Return the data that a text names: a file (.csv, .tsv, .npz), "spirals:turns=2,n=400", or "iris".

    label: name of the label column of a table (the last one by default), or of the array in an .npz. regression:
    labels are real targets. Points (N, d) keep the units of the file; labels are 0, 1, ... in the sorted order of
    the names, which class_names keeps. Raises BadFile, with file, place and cure in one line, for what is no such
    file, has other than 2 to 10 classes, more than 200,000 rows, or a missing number.
    """
    suffix = Path(text).suffix.lower()
    if suffix not in (*TABLES, *ARRAYS) or Path(text).name.partition(":")[0] in datasets():
        return _named(str(text))
    path = Path(text)
    try:
        return data_of(contents(path), suffix, path.stem, label, regression)
    except BadFile as problem:
        raise BadFile(f"{shown(path)}: {problem}") from None


def data_of(data: bytes, suffix: str, name: str, label: str | None = None, regression: bool = False) -> Dataset:
    """Return the data in the bytes of a file with this suffix; messages of errors begin after the file's name."""
    if suffix in ARRAYS:
        points, labels = _arrays(data, label)
    else:
        points, labels = _columns(read_csv(data, MOST_ROWS), label)
    return _dataset(name, points, labels, regression)


def _named(text: str) -> Dataset:
    name = text.partition(":")[0]
    if name in BUNDLED:
        if name != text:
            raise UntangleError(f"{name} takes no parameters. Give it as: {name}")
        return _bundled(name)
    if Path(text).suffix and name not in datasets():
        raise BadFile(
            f"{shown(text)}: no data that can be read: {', '.join((*TABLES, *ARRAYS))}, or the name of a data set"
        )
    if name not in datasets():
        raise unknown_name("data set", shown(name), [*datasets(), *BUNDLED])
    return dataset(text)


def _bundled(name: str) -> Dataset:
    try:
        bundled = importlib.import_module("sklearn.datasets")
    except ModuleNotFoundError:
        raise UntangleError(
            f"{name} comes with scikit-learn, which is not installed. Run: pip install 'manim-untangle[readers]'"
        ) from None
    found = getattr(bundled, f"load_{name}")()
    points = np.asarray(found.data, dtype=np.float64)
    return Dataset(name, points, np.asarray(found.target), class_names=tuple(str(c) for c in found.target_names))


def _arrays(data: bytes, label: str | None) -> tuple[NDArray[Any], NDArray[Any]]:
    arrays = npz.arrays(data)
    names = {name.lower(): name for name in arrays}
    points = next((arrays[names[name]] for name in POINTS if name in names), None)
    wanted = LABELS if label is None else (label.lower(),)
    labels = next((arrays[names[name]] for name in wanted if name in names), None)
    if points is None or labels is None:
        held = ", ".join(shown(name) for name in [*arrays][:8])
        missing = "points" if points is None else (label or "labels")
        raise BadFile(f"has no array '{shown(missing)}' (it has: {held}). Write numpy.savez(path, points=…, labels=…)")
    if points.ndim < 2 or not len(points) or len(labels) != labels.size or len(labels) != len(points):
        raise BadFile(f"points {points.shape} and labels {labels.shape} do not fit: give (N, d) and (N,)")
    if len(points) > MOST_ROWS:
        raise too_many(len(points))
    return finite(points, "points").reshape(len(points), -1), labels.reshape(-1)


def _columns(table: Table, label: str | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """The label column by name, by number from 1 where there is no header, or the last."""
    at = len(table.names) - 1
    if label is not None and label in table.names:
        at = table.names.index(label)
    elif label is not None:
        raise unknown_name("column", shown(label), [shown(name) for name in table.names])
    if len(table.names) < 2:
        raise BadFile("has one column: a table needs at least one number and the label in each row")
    return table.numbers(at), np.array(table.cells(at))


def _dataset(name: str, points: NDArray[Any], labels: NDArray[Any], regression: bool) -> Dataset:
    if labels.dtype.kind in "SU":
        labels = _numbers_if_all_are(np.char.strip(labels.astype(str)))
    if regression:
        return Dataset(name, points, finite(labels, "labels"), regression=True)
    if labels.dtype.kind in "fiub":
        finite(labels, "labels")
    classes, codes = np.unique(labels, return_inverse=True)
    if not FEWEST <= len(classes) <= MOST_CLASSES:
        few = ", ".join(shown(c) for c in classes[:4]) + (", …" if len(classes) > 4 else "")
        raise BadFile(
            f"its labels have {len(classes)} values ({few}): {FEWEST} to {MOST_CLASSES} classes can be shown. "
            "Name the label column with --label"
        )
    whole = classes.dtype.kind == "f" and bool((classes == np.round(classes)).all())
    named = classes.astype(np.int64) if whole and np.abs(classes).max() < 2**53 else classes
    return Dataset(name, points, codes.reshape(-1).astype(np.int64), class_names=tuple(str(c) for c in named))


def _numbers_if_all_are(labels: NDArray[Any]) -> NDArray[Any]:
    """Labels 0, 1, ..., 10 sort as numbers, "setosa", "versicolor" as text."""
    if any(not text for text in np.unique(labels)):
        row = int(np.argmax(labels == ""))
        raise BadFile(f"the label of point {row + 1} is missing. Fill it in or remove the row")
    try:
        return np.asarray(labels.astype(np.float64))
    except ValueError:
        return labels


def too_many(rows: int) -> BadFile:
    """Return the error for more rows than memory and film are meant for."""
    return BadFile(f"has {rows:,} rows, the limit is {MOST_ROWS:,}. Give a sample: shuf -n 5000 keeps 5,000 lines")
