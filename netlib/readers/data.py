"""Data of the user's own: a table, arrays (.npz, .npy, .mat), a built-in data set by name, or one in scikit-learn."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.command import install
from netlib.datasets import MOST_POINTS, Dataset, dataset, datasets
from netlib.errors import BadFile, MissingExtra, UnknownName, UntangleError
from netlib.errors import unknown as unknown_name
from netlib.readers import mat, npz, tables
from netlib.readers.files import contents, finite, listed, printable

TABLES = (".csv", ".tsv", ".txt", ".arff", ".libsvm", ".svm", ".json", ".xlsx", ".parquet")
ARRAYS = (".npz", ".npy", ".mat")
BUNDLED, BUNDLED_EXTRA = ("iris", "wine", "digits", "breast_cancer"), "datasets"
FEWEST, MOST_CLASSES = 2, 10
FILL_IN = "Fill it in, or remove that point"
LABEL_NAMES = ("label", "labels", "class", "classes", "target", "species")  # of a column that need not be the last
# What the name of a file with points becomes in the name of the file with their labels: X_train.npy, y_train.npy.
LABELS_OF = {"X": "y", "x": "y", "data": "labels", "points": "labels", "features": "labels", "inputs": "targets"}


def read_data(
    text: str | Path,
    *,
    label: str | None = None,
    regression: bool = False,
    features: str | None = None,
    drop: bool = False,
) -> Dataset:
    """Return the data that a text names: a file, "spirals:turns=2,n=400", or "iris".

    A file is a table (text, ARFF, LIBSVM, JSON, Excel, parquet), an .npz, a .mat, or an .npy with its labels beside it.
    label: the label column of a table (by default one named label, class, target or species, or else the last), columns
    of ones and zeros ("red,blue"), the array in an .npz or .mat, or the file of labels of an .npy. features: the
    columns of a table that are the points ("x,y"), in their order. drop: leave out rows without a number or label.
    regression: labels are real targets, as they are without it where they are numbers that are not whole, or more than
    10 different ones.

    Points (N, d) keep the units of the file; labels are 0, 1, ... in the sorted order of the names, which class_names
    keeps; targets stay as they are. Raises BadFile, with file, place and cure in one line, for what is no such file,
    has other than 2 to 10 classes, more than 200,000 rows, or a missing number. "iris" and its like need scikit-learn,
    and Excel and parquet need pandas (MissingExtra).
    """
    path = Path(text)
    is_named = str(text).partition(":")[0] in (*datasets(), *BUNDLED)
    if is_named or not (path.suffix.lower() in (*TABLES, *ARRAYS) or path.is_file()):
        given = {"--label": label is not None, "--features": features is not None, "--drop": drop}
        for option in (option for option, is_given in given.items() if is_given):
            raise UntangleError(f"{printable(text)} is no table, so it takes no {option}. Leave {option} away")
        return _by_name(str(text))
    try:
        data, suffix = contents(path), path.suffix.lower()
        if npz.is_npy(data):
            label = str(_labels_beside(path)) if label is None else label
            labels = npz.read_npy(contents(path.parent / label), label)
            arrays = {"points": npz.read_npy(data, path.name), "labels": labels}
            return _dataset(path.stem, *_of_arrays(arrays, None), regression)
        return data_of(data, suffix, path.stem, label, regression, features, drop)
    except (BadFile, UnknownName, MissingExtra) as problem:
        raise type(problem)(f"{printable(path)}: {problem}") from None


def data_of(
    data: bytes,
    suffix: str,
    name: str,
    label: str | None = None,
    regression: bool = False,
    features: str | None = None,
    drop: bool = False,
) -> Dataset:
    """Return the data in the bytes of a file, which say what they are; messages of errors begin after its name.

    suffix: of the file's name, which decides where the bytes are damaged.
    """
    is_array = (data.startswith(b"PK") and not tables.is_excel(data)) or mat.is_mat(data)
    if is_array or (suffix in ARRAYS and suffix != ".npy"):
        if features is not None or drop:
            raise BadFile("holds arrays and no table, so it takes neither --features nor --drop. Leave them away")
        arrays = mat.arrays(data) if mat.is_mat(data) or suffix == ".mat" else npz.arrays(data)
        return _dataset(name, *_of_arrays(arrays, label), regression)
    if data.startswith(b"\x89HDF"):
        raise BadFile("is HDF5. Save its points and labels with numpy.savez(path, points=…, labels=…)")
    return _of_table(tables.read_table(data), name, label, regression, features, drop)


def _by_name(text: str) -> Dataset:
    name = text.partition(":")[0]
    if name in BUNDLED:
        if name != text:
            raise UntangleError(f"{name} takes no parameters. Give it as: {name}")
        return _bundled(name)
    if name in datasets():
        return dataset(text)
    if "/" in text or Path(text).suffix:
        raise BadFile(f"{printable(text)} is not there, and no data set has this name. Check the path")
    raise unknown_name("data set", printable(name), [*datasets(), *BUNDLED])


def _bundled(name: str) -> Dataset:
    try:
        found = getattr(importlib.import_module("sklearn.datasets"), f"load_{name}")()
    except ModuleNotFoundError:
        cure = f"Run: {install(BUNDLED_EXTRA)}"
        raise MissingExtra(f"{name} comes with scikit-learn, which is not installed. {cure}") from None
    points, names = np.asarray(found.data, dtype=np.float64), tuple(map(str, found.target_names))
    return Dataset(
        name, points, np.asarray(found.target), class_names=names, columns=tuple(map(str, found.feature_names))
    )


# ---- arrays ------------------------------------------------------------------------------------------------------


def _labels_beside(path: Path) -> Path:
    """The file with the labels of the points in an .npy file, by its usual name. Raises BadFile where there is none."""
    names = [path.name.replace(points, labels, 1) for points, labels in LABELS_OF.items() if points in path.name]
    found = next((name for name in names if (path.parent / name).is_file()), None)
    if found is None:
        raise BadFile(f"holds points without labels. Name the file of labels beside it: --label {(*names, 'y.npy')[0]}")
    return Path(found)


def arrays_data(name: str, arrays: Mapping[str, NDArray[Any]]) -> Dataset:
    """Return points ("points", (N, ...), laid out flat) and their labels ("labels", (N,), or one-hot) as a data set.

    Errors: as in `read_data`.
    """
    return _dataset(name, *_of_arrays(arrays, None), False)


def _of_arrays(arrays: Mapping[str, NDArray[Any]], label: str | None) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Points (N, d), labels (N,), and the name of what holds the labels."""
    names = {name.lower(): name for name in arrays}
    at, found = (
        next((names[name] for name in wanted if name in names), None)
        for wanted in (npz.POINTS, npz.LABELS if label is None else (label.lower(),))
    )
    if at is None or found is None:
        held = ", ".join(printable(name) for name in [*arrays][:8])
        missing = printable("points" if at is None else (label or "labels"))
        raise BadFile(f"has no array '{missing}' (it has: {held}). Write numpy.savez(path, points=…, labels=…)")
    points, labels = arrays[at], arrays[found]
    if labels.ndim == 2 and labels.shape[1] > 1 and labels.dtype.kind in "fiub":
        is_one_hot = ((labels == 0) | (labels == 1)).all() and (labels.sum(axis=1) == 1).all()
        labels = labels.argmax(axis=1) if is_one_hot else labels
    if points.ndim < 2 or labels.ndim == 0 or not len(points) == len(labels) == labels.size:
        raise BadFile(
            f"points {points.shape} and labels {labels.shape} do not fit: N points of d numbers are (N, d), "
            "their labels (N,). Save one row of points and one label for each point"
        )
    if len(points) < FEWEST:
        raise BadFile(f"has {len(points)} rows of data. Give at least two points")
    if len(points) > MOST_POINTS:
        raise BadFile(f"has {len(points):,} points, the limit is {MOST_POINTS:,}. Save a random sample of them")
    flat = finite(points, "points", cure=FILL_IN).reshape(len(points), -1)
    return flat, labels.reshape(-1), f"array '{printable(found)}'"


# ---- tables ------------------------------------------------------------------------------------------------------


def _of_table(
    table: tables.Table, name: str, label: str | None, regression: bool, features: str | None, drop: bool
) -> Dataset:
    if len(table.names) < 2:
        raise BadFile("has one column: a table needs at least one number and the label in each row. Add the other")
    labels, notes = _label_columns(table, label)
    if features is None:
        inputs, said = table.inputs(labels)
        notes += said
    else:
        inputs = [table.place(each, "--features") for each in listed(features)]
    table = table.without_units(inputs).without_gaps(inputs, labels, drop)
    if len(table.rows) < FEWEST:
        raise BadFile(f"has {len(table.rows)} rows of data. Give at least two points")
    place = f"column '{printable(', '.join(table.names[at] for at in labels))}'"
    values = table.cells(labels[0]) if len(labels) == 1 else tables.one_hot(table, labels)
    if values is None:
        raise BadFile(f"{place}: these are no columns with a single 1 in each row. Give one column as --label")
    columns = tuple(table.names[at] for at in inputs)
    found = _dataset(name, table.numbers(inputs), np.array(values), place, regression)
    if len(labels) > 1:  # the place of a one-hot column is the number of its class
        found = _in_order_of(found, [table.names[at] for at in labels])
    target = table.names[labels[0]] if found.regression and not table.names[labels[0]].isdigit() else ""
    return replace(found, columns=columns, notes=(*notes, *table.notes, *found.notes), target=target)


def _label_columns(table: tables.Table, label: str | None) -> tuple[list[int], list[str]]:
    """The columns of the label: as given (a number from 1 without header), one-hot ones, a usual name, or the last."""
    if label is not None:
        names = (label,) if label in table.names else listed(label)
        return [table.place(each, "--label") for each in (names if len(names) > 1 else (label,))], []
    for first in range(1, len(table.names) - 1):
        if tables.one_hot(table, range(first, len(table.names))):
            columns = printable(", ".join(table.names[first:]))
            said = f"The label is in the columns {columns}, of which one is 1 in each row."
            return [*range(first, len(table.names))], [said]
    usual = [at for at, name in enumerate(table.names) if name.lower() in LABEL_NAMES]
    at = usual[0] if len(usual) == 1 else len(table.names) - 1
    said = f"The label is in the column '{printable(table.names[at])}'."
    return [at], [said] if at != len(table.names) - 1 else []


# ---- labels ------------------------------------------------------------------------------------------------------


def _in_order_of(data: Dataset, names: Sequence[str]) -> Dataset:
    """The data with their classes in the order of some names, without those that no point has."""
    order = [name for name in names if name in data.class_names]
    places = np.array([order.index(name) for name in data.class_names])
    return replace(data, labels=places[data.labels], class_names=tuple(order))


def _dataset(name: str, points: NDArray[Any], labels: NDArray[Any], place: str, regression: bool) -> Dataset:
    labels = _complete(labels, place)
    if regression:
        return Dataset(name, points, finite(labels, place), regression=True)
    classes, codes = np.unique(labels, return_inverse=True)
    whole = classes.dtype.kind != "f" or bool((classes == np.round(classes)).all())
    if classes.dtype.kind in "fiu" and len(classes) > (MOST_CLASSES if whole else FEWEST):
        said = f"The {place} holds {len(classes):,} different numbers, which are taken as real targets (a regression)."
        return Dataset(name, points, finite(labels, place), regression=True, notes=(said,))
    if not FEWEST <= len(classes) <= MOST_CLASSES:
        raise _no_classes(classes, place)
    small = classes.dtype.kind == "f" and whole and np.abs(classes).max() < 2**53
    named = classes.astype(np.int64) if small else classes
    return Dataset(name, points, codes.reshape(-1).astype(np.int64), class_names=tuple(str(c) for c in named))


def _no_classes(classes: NDArray[Any], place: str) -> BadFile:
    """Return the error for labels that name too many classes, or one."""
    few = ", ".join(f"{c:.4g}" if classes.dtype.kind == "f" else printable(c) for c in classes[:4])
    few += ", …" if len(classes) > 4 else ""
    cure = "Leave some out or merge them" if len(classes) > 1 else "Give points of another class too"
    return BadFile(
        f"{place} has {len(classes)} different label{'s' if len(classes) > 1 else ''} ({few}): "
        f"{FEWEST} to {MOST_CLASSES} classes can be shown. {cure}, or say with --label where the labels are"
    )


def _complete(labels: NDArray[Any], place: str) -> NDArray[Any]:
    """Return labels as numbers where all are (so that 10 comes after 9), else as text; raise BadFile for a gap."""
    if labels.dtype.kind in "SU":
        labels = np.char.strip(labels.astype(str))
        with contextlib.suppress(ValueError):
            labels = labels.astype(np.float64)
    lacking = labels == "" if labels.dtype.kind == "U" else ~np.isfinite(labels)
    if lacking.any():
        row = int(np.argmax(lacking))
        what = printable(labels[row]) or "missing"
        raise BadFile(f"{place}: the label of point {row + 1} is {what}. {FILL_IN}")
    return labels
