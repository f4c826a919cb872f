"""Data of the user's own: CSV, .npz, a built-in data set by name, or one of the real ones in scikit-learn."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array
from netlib.command import install
from netlib.datasets import MOST_POINTS, Dataset, dataset, datasets
from netlib.errors import BadFile, MissingExtra, UnknownName, UntangleError
from netlib.errors import unknown as unknown_name
from netlib.readers import npz
from netlib.readers.files import contents, finite, printable

TABLES, ARRAYS = (".csv", ".tsv", ".txt"), npz.SUFFIXES
BUNDLED, BUNDLED_EXTRA = ("iris", "wine", "digits", "breast_cancer"), "datasets"
FEWEST, MOST_CLASSES = 2, 10
MOST_BYTES, MOST_COLUMNS = 64 * 2**20, 4_096  # of a table
FILL_IN = "Fill it in, or remove that point"


def read_data(text: str | Path, *, label: str | None = None, regression: bool = False) -> Dataset:
    """Return the data that a text names: a file (.csv, .tsv, .npz), "spirals:turns=2,n=400", or "iris".

    label: name of the label column of a table (the last one by default), or of the array in an .npz. regression:
    labels are real targets. Points (N, d) keep the units of the file; labels are 0, 1, ... in the sorted order of
    the names, which class_names keeps. Raises BadFile, with file, place and cure in one line, for what is no such
    file, has other than 2 to 10 classes, more than 200,000 rows, or a missing number. "iris" and its like need
    scikit-learn (MissingExtra).
    """
    suffix = Path(text).suffix.lower()
    if suffix not in (*TABLES, *ARRAYS) or Path(text).name.partition(":")[0] in datasets():
        if label is not None:
            column = f"no column '{printable(label)}'"
            raise UntangleError(f"{printable(text)} is no table, so it has {column}. Leave --label away")
        return _by_name(str(text))
    path = Path(text)
    try:
        return data_of(contents(path), suffix, path.stem, label, regression)
    except (BadFile, UnknownName) as problem:
        raise type(problem)(f"{printable(path)}: {problem}") from None


def data_of(data: bytes, suffix: str, name: str, label: str | None = None, regression: bool = False) -> Dataset:
    """Return the data in the bytes of a file with this suffix; messages of errors begin after the file's name."""
    read = _arrays(data, label) if suffix in ARRAYS else _columns(_table(data), label)
    return _dataset(name, *read, regression)


def _by_name(text: str) -> Dataset:
    name = text.partition(":")[0]
    if name in BUNDLED:
        if name != text:
            raise UntangleError(f"{name} takes no parameters. Give it as: {name}")
        return _bundled(name)
    if name in datasets():
        return dataset(text)
    if suffix := Path(text).suffix:
        raise BadFile(
            f"{printable(text)}: '{printable(suffix)}' is no format of data that can be read "
            f"({', '.join((*TABLES, *ARRAYS))}). Save it as one of them, or give the name of a data set"
        )
    raise unknown_name("data set", printable(name), [*datasets(), *BUNDLED])


def _bundled(name: str) -> Dataset:
    try:
        found = getattr(importlib.import_module("sklearn.datasets"), f"load_{name}")()
    except ModuleNotFoundError:
        cure = f"Run: {install(BUNDLED_EXTRA)}"
        raise MissingExtra(f"{name} comes with scikit-learn, which is not installed. {cure}") from None
    points = np.asarray(found.data, dtype=np.float64)
    return Dataset(name, points, np.asarray(found.target), class_names=tuple(str(c) for c in found.target_names))


def _arrays(data: bytes, label: str | None) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Points (N, d), labels (N,), and the name of what holds the labels."""
    arrays = npz.arrays(data)
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


def _columns(table: Table, label: str | None) -> tuple[NDArray[Any], NDArray[Any], str]:
    """Points (N, d), labels (N,) and the name of their column: as given (a number from 1 without header), or the last.

    Raises UnknownName for a column that is not there.
    """
    if label is not None and label not in table.names:
        raise unknown_name("--label column", printable(label), [printable(name) for name in table.names])
    if len(table.names) < 2:
        raise BadFile("has one column: a table needs at least one number and the label in each row. Add the other")
    at = table.names.index(label) if label is not None else len(table.names) - 1
    return table.numbers(at), np.array(table.cells(at)), f"column '{printable(table.names[at])}'"


def _dataset(name: str, points: NDArray[Any], labels: NDArray[Any], place: str, regression: bool) -> Dataset:
    labels = _complete(labels, place)
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
    few = ", ".join(f"{c:.4g}" if classes.dtype.kind == "f" else printable(c) for c in classes[:4])
    few += ", …" if len(classes) > 4 else ""
    cure = "Leave some out or merge them" if len(classes) > 1 else "Give points of another class too"
    if real:
        cure = "They are real numbers: cut them into classes, for example at their median"
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


# ---- tables: comma, semicolon or tab between cells, with or without a header ----------------------------------------


@dataclass(frozen=True, eq=False)
class Table:
    """names: of the columns ('1', '2', ... without a header). rows: cells as text. lines: of each row, from 1."""

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def cells(self, column: int) -> list[str]:
        return [row[column] for row in self.rows]

    def numbers(self, left_out: int) -> Array:
        """Return all columns but one (N, d); raise BadFile with line and column where a cell is no finite number.

        An unnamed first column that counts the rows, as pandas writes, is left out too.
        """
        kept = [at for at in range(len(self.names)) if at != left_out]
        counted = [[str(k + start) for k in range(len(self.rows))] for start in (0, 1)]
        if self.names[0] == "" and left_out != 0 and len(kept) > 1 and self.cells(0) in counted:
            kept = kept[1:]
        points = np.empty((len(self.rows), len(kept)))
        for row, line, target in zip(self.rows, self.lines, points, strict=True):
            for to, at in enumerate(kept):
                value = _number(row[at])
                if value is None or not math.isfinite(value):
                    what = "empty" if not row[at].strip() else f"'{printable(row[at])}'"
                    comma = "," in row[at] and _number(row[at].replace(",", ".")) is not None
                    cure = "Write decimals with a point" if comma else "Fill it in, or remove the row or column"
                    place = f"line {line}, column '{printable(self.names[at])}'"
                    raise BadFile(f"{place} is {what}, not a number. {cure}")
                target[to] = value
        return points


def _table(data: bytes) -> Table:
    """Return the table in the bytes; raise BadFile, with the line, where they hold none."""
    lines = data.count(b"\n")
    if len(data) > MOST_BYTES or lines > MOST_POINTS + 1:
        raise BadFile(
            f"has {lines:,} lines and {len(data) / 2**20:.0f} MiB, the limit is {MOST_POINTS:,} and "
            f"{MOST_BYTES // 2**20}. Give a sample: shuf -n 5000 keeps 5,000 lines"
        )
    text = _text(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    rows, numbers = list[list[str]](), list[int]()
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(rows[0] if rows else row[:MOST_COLUMNS]):
                wanted = len(rows[0]) if rows else f"at most {MOST_COLUMNS}"
                cells = f"line {reader.line_num} has {len(row)} cells, not {wanted}"
                raise BadFile(f"{cells}. Give each row the same number of cells")
            rows.append(row)
            numbers.append(reader.line_num)
    except csv.Error as problem:
        where = f"line {reader.line_num} is no row of a table ({printable(problem)})"
        raise BadFile(f"{where}. Save it as CSV again") from None
    names = tuple(str(at + 1) for at in range(len(rows[0]))) if rows else ()
    if rows and _is_header(rows):
        names, rows, numbers = tuple(name.strip() for name in rows[0]), rows[1:], numbers[1:]
    if len(rows) < 2:
        raise BadFile(f"has {len(rows)} rows of data. Give at least two points")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadFile(f"has two columns named '{printable(twice)}'. Rename one of them")
    return Table(names, rows, numbers)


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: it has no number, or text over a column of numbers."""
    first, second = ([_number(cell) is not None for cell in row] for row in (rows[0], rows[:2][-1]))
    return not any(first) or any(below and not above for above, below in zip(first, second, strict=True))


def _number(cell: str) -> float | None:
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadFile("is UTF-16. Save it as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise BadFile(f"line {line}: byte 0x{data[problem.start]:02x} is not UTF-8. Save it as UTF-8") from None
