"""Data of the user's own: CSV, .npz, a built-in data set by name, or one of scikit-learn's bundled real ones."""

from __future__ import annotations

import contextlib
import importlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.command import install
from netlib.datasets import MOST_POINTS, Dataset, dataset, datasets
from netlib.errors import BadFile, UnknownName, UntangleError
from netlib.errors import unknown as unknown_name
from netlib.readers import npz
from netlib.readers.csv import Table, read_csv
from netlib.readers.files import contents, finite, shown
from netlib.readers.npz import LABELS, POINTS

TABLES, ARRAYS = (".csv", ".tsv", ".txt"), (".npz",)
BUNDLED = ("iris", "wine", "digits", "breast_cancer")
FEWEST, MOST_CLASSES = 2, 10
FILL_IN = "Fill it in, or remove that point"


def read_data(text: str | Path, *, label: str | None = None, regression: bool = False) -> Dataset:
    """Return the data that a text names: a file (.csv, .tsv, .npz), "spirals:turns=2,n=400", or "iris".

    label: name of the label column of a table (the last one by default), or of the array in an .npz. regression:
    labels are real targets. Points (N, d) keep the units of the file; labels are 0, 1, ... in the sorted order of
    the names, which class_names keeps. Raises BadFile, with file, place and cure in one line, for what is no such
    file, has other than 2 to 10 classes, more than 200,000 rows, or a missing number.
    """
    suffix = Path(text).suffix.lower()
    if suffix not in (*TABLES, *ARRAYS) or Path(text).name.partition(":")[0] in datasets():
        if label is not None:
            raise UntangleError(f"{shown(text)} is no table, so it has no column '{shown(label)}'. Leave --label away")
        return _named(str(text))
    path = Path(text)
    try:
        return data_of(contents(path), suffix, path.stem, label, regression)
    except (BadFile, UnknownName) as problem:
        raise type(problem)(f"{shown(path)}: {problem}") from None


def data_of(data: bytes, suffix: str, name: str, label: str | None = None, regression: bool = False) -> Dataset:
    """Return the data in the bytes of a file with this suffix; messages of errors begin after the file's name."""
    if suffix in ARRAYS:
        points, labels, place = _arrays(data, label)
    else:
        points, labels, place = _columns(read_csv(data, MOST_POINTS), label)
    return _dataset(name, points, labels, place, regression)


def _named(text: str) -> Dataset:
    name = text.partition(":")[0]
    if name in BUNDLED:
        if name != text:
            raise UntangleError(f"{name} takes no parameters. Give it as: {name}")
        return _bundled(name)
    if Path(text).suffix and name not in datasets():
        raise BadFile(
            f"{shown(text)}: '{shown(Path(text).suffix)}' is no format of data that can be read "
            f"({', '.join((*TABLES, *ARRAYS))}). Save it as one of them, or give the name of a data set"
        )
    if name not in datasets():
        raise unknown_name("data set", shown(name), [*datasets(), *BUNDLED])
    return dataset(text)


def _bundled(name: str) -> Dataset:
    try:
        bundled = importlib.import_module("sklearn.datasets")
    except ModuleNotFoundError:
        raise UntangleError(
            f"{name} comes with scikit-learn, which is not installed. Run: {install('readers')}"
        ) from None
    found = getattr(bundled, f"load_{name}")()
    points = np.asarray(found.data, dtype=np.float64)
    return Dataset(name, points, np.asarray(found.target), class_names=tuple(str(c) for c in found.target_names))


def _arrays(data: bytes, label: str | None) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Points, labels, and what holds the labels, in words."""
    arrays = npz.arrays(data)
    names = {name.lower(): name for name in arrays}
    points = next((arrays[names[name]] for name in POINTS if name in names), None)
    wanted = LABELS if label is None else (label.lower(),)
    found = next((names[name] for name in wanted if name in names), None)
    if points is None or found is None:
        held = ", ".join(shown(name) for name in [*arrays][:8])
        missing = "points" if points is None else (label or "labels")
        raise BadFile(f"has no array '{shown(missing)}' (it has: {held}). Write numpy.savez(path, points=…, labels=…)")
    labels = arrays[found]
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
    return flat, labels.reshape(-1), f"array '{shown(found)}'"


def _columns(table: Table, label: str | None) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Points, labels (the column by name, by number from 1 where there is no header, or the last), and its name."""
    at = len(table.names) - 1
    if label is not None and label in table.names:
        at = table.names.index(label)
    elif label is not None:
        raise unknown_name("--label column", shown(label), [shown(name) for name in table.names])
    if len(table.names) < 2:
        raise BadFile("has one column: a table needs at least one number and the label in each row. Add the other")
    return table.numbers(at), np.array(table.cells(at)), f"column '{shown(table.names[at])}'"


def _dataset(name: str, points: NDArray[Any], labels: NDArray[Any], place: str, regression: bool) -> Dataset:
    labels = _all_there(labels, place)
    if regression:
        return Dataset(name, points, finite(labels, place), regression=True)
    classes, codes = np.unique(labels, return_inverse=True)
    whole = classes.dtype.kind != "f" or bool((classes == np.round(classes)).all())
    if not FEWEST <= len(classes) <= MOST_CLASSES or (not whole and len(classes) == len(labels)):
        raise _no_classes(classes, place, real=not whole)
    small = classes.dtype.kind == "f" and whole and np.abs(classes).max() < 2**53
    named = classes.astype(np.int64) if small else classes
    return Dataset(name, points, codes.reshape(-1).astype(np.int64), class_names=tuple(str(c) for c in named))


def _no_classes(classes: NDArray[Any], place: str, real: bool) -> BadFile:
    """Return the error for labels that name too many classes, or one; or that are targets of a regression (real)."""
    few = ", ".join(f"{c:.4g}" if classes.dtype.kind == "f" else shown(c) for c in classes[:4])
    few += ", …" if len(classes) > 4 else ""
    cure = "Leave some out or merge them" if len(classes) > 1 else "Give points of another class too"
    if real:
        cure = "They are real numbers: cut them into classes, for example at their median"
    return BadFile(
        f"{place} has {len(classes)} different label{'s' if len(classes) > 1 else ''} ({few}): "
        f"{FEWEST} to {MOST_CLASSES} classes can be shown. {cure}, or say with --label where the labels are"
    )


def _all_there(labels: NDArray[Any], place: str) -> NDArray[Any]:
    """Labels without a gap: as numbers where all are, so that 10 comes after 9, else as they are."""
    if labels.dtype.kind in "SU":
        labels = np.char.strip(labels.astype(str))
        with contextlib.suppress(ValueError):
            labels = labels.astype(np.float64)
    lacking = labels == "" if labels.dtype.kind == "U" else ~np.isfinite(labels)
    if lacking.any():
        row = int(np.argmax(lacking))
        what = shown(labels[row]) or "missing"
        raise BadFile(f"{place}: the label of point {row + 1} is {what}. {FILL_IN}")
    return labels
