"""Tables: text with a comma, semicolon, tab, bar or blanks between cells; ARFF; LIBSVM; JSON; what pandas reads."""

from __future__ import annotations

import contextlib
import csv
import importlib
import io
import json
import math
import re
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from netlib.activations import Array
from netlib.command import install
from netlib.datasets import MOST_POINTS
from netlib.errors import BadFile, MissingExtra
from netlib.errors import unknown as unknown_name
from netlib.readers import learning_tables
from netlib.readers.files import MAX_STRUCTURE, SAVE_LESS, Archive, damage, members, printable

MOST_BYTES, MOST_COLUMNS, LONGEST_CELL = 64 * 2**20, 4_096, 2**17
EXTRA, OF_PANDAS = "tables", (".xlsx", ".parquet")
# of files that hold tables, but cannot be read: how they begin, and what they are
NO_TABLES = {
    **{bytes([0x80, version]): "a pickle, which can run code" for version in range(2, 6)},
    b"ARROW1": "a Feather file",
    b"FEA1": "a Feather file",
}
# names of a first column that only counts the rows
COUNTERS = ("", "id", "idx", "index", "unnamed: 0", "row", "nr", "no", "i", "#", "sample", "key")
# Numbers that Python does not read: 1,5 and 1.234,5 (a decimal comma), 1,234 and 1,234.5 (a comma after thousands).
WITH_COMMA = re.compile(r"[-+]?\d{1,3}(?:\.\d{3})+,\d+|[-+]?\d+(?:,\d+)+(?:\.\d*)?(?:[eE][-+]?\d+)?")
THOUSANDS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+(?:\.\d*)?")
UNIT = re.compile(r"([-+]?\d+(?:\.\d*)?)\s*([^\d\s,.;:/-]{1,6})")  # 0.25 cm, 5%
MINUS = re.compile(r"(?<![^\s,;|\"])\u2212(?=[\d.,])")  # the sign of a page, at the beginning of a number
SURE_THOUSANDS = re.compile(r".*,.*[,.].*")
SAMPLED_LINES = 20  # by which the mark between cells is chosen


@dataclass(frozen=True, eq=False)
class Table:
    """names: of the columns ('1', '2', ... without a header). rows: cells as text. lines: of each row, from 1.

    notes: what was decided when it was read, in sentences.
    """

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    notes: tuple[str, ...] = ()

    def place(self, name: str, option: str) -> int:
        """Return the number of a column; raise UnknownName, which names the option that asked for it."""
        if name not in self.names:
            raise unknown_name(f"{option} column", printable(name), [printable(each) for each in self.names])
        return self.names.index(name)

    def cells(self, column: int) -> list[str]:
        return [row[column] for row in self.rows]

    def inputs(self, labels: Sequence[int]) -> tuple[list[int], list[str]]:
        """Return the columns that are no labels, without a first one that counts the rows, and a sentence for that."""
        kept = [at for at in range(len(self.names)) if at not in labels]
        counted = [[str(k + start) for k in range(len(self.rows))] for start in (0, 1)]
        name = self.names[0]
        if name.lower() in COUNTERS and 0 in kept and len(kept) > 1 and self.cells(0) in counted:
            said = [f"The column '{printable(name)}', which counts the rows, is left out."]
            return kept[1:], said if name else []
        return kept, []

    def without_units(self, inputs: Sequence[int]) -> Table:
        """Return the table with the numbers alone in each input column whose cells all end in the same unit."""
        rows, notes = self.rows, list(self.notes)
        for at in inputs:
            found = [UNIT.fullmatch(cell.strip()) for cell in self.cells(at) if cell.strip()]
            units = {match[2] if match else "" for match in found}
            if len(units) == 1 and (unit := units.pop()):
                rows = [[*row[:at], row[at].strip().removesuffix(unit).strip(), *row[at + 1 :]] for row in rows]
                notes.append(f"The numbers of column '{printable(self.names[at])}' are in '{printable(unit)}'.")
        return replace(self, rows=rows, notes=tuple(notes))

    def without_gaps(self, inputs: Sequence[int], labels: Sequence[int], drop: bool) -> Table:
        """Return the table without the rows in which an input is no finite number or a label is empty.

        Raises BadFile, with line and column of the first such row and how many there are, where drop is False, and
        where a column holds mostly text.
        """
        faults = [self._fault(row, inputs, labels) for row in self.rows]
        found = [k for k, fault in enumerate(faults) if fault]
        if not found:
            return self
        first = f"line {self.lines[found[0]]}, {faults[found[0]]}"
        share = f"{len(found):,} of {len(self.rows):,} rows"
        numeric = [printable(self.names[at]) for at in inputs if _is_numeric(self.cells(at))]
        if len(numeric) < len(inputs):
            raise BadFile(f"{first}. Choose columns of numbers: --features {','.join(numeric) or '…'}")
        if not drop:
            raise BadFile(f"{first}. Fill it in, or leave out such rows ({share}): --drop")
        said = f"{share} are left out, because they lack a number or label: {first}."
        kept = [k for k, fault in enumerate(faults) if not fault]
        rows, lines = [self.rows[k] for k in kept], [self.lines[k] for k in kept]
        return replace(self, rows=rows, lines=lines, notes=(*self.notes, said))

    def _fault(self, row: list[str], inputs: Sequence[int], labels: Sequence[int]) -> str:
        for at in inputs:
            value, cell = _number(row[at]), row[at].strip()
            if value is None or not math.isfinite(value):
                what = f"is '{printable(cell)}'" if cell else "is empty"
                doubt = ": its comma may stand for a point or for thousands" if THOUSANDS.fullmatch(cell) else ""
                return f"column '{printable(self.names[at])}' {what}, not a number{doubt}"
        for at in labels:
            if (cell := row[at].strip()).lower() in ("", "nan"):
                return f"column '{printable(self.names[at])}', the label, is {cell or 'empty'}"
        return ""

    def numbers(self, columns: Sequence[int]) -> Array:
        """Return columns without gaps as numbers (N, d)."""
        return np.array([[float(row[at]) for at in columns] for row in self.rows], dtype=np.float64)


def read_table(data: bytes) -> Table:
    """Return the table in the bytes of a file of any of these kinds; raise BadFile, with the line, where there is none.

    Excel and parquet need pandas: raises MissingExtra with the command that installs it.
    """
    if data.startswith((b"PK", b"PAR1", b"\xd0\xcf\x11\xe0")):
        return _text_table(_with_pandas(data))
    if data.startswith(b"\x1f\x8b"):
        data = _unzipped(data)
    for start, what in NO_TABLES.items():
        if data.startswith(start):
            raise BadFile(f"is {what}. Save the table as CSV: table.to_csv(path, index=False)")
    if data.lstrip()[:1] in (b"{", b"["):
        return _table(*_json_rows(data))
    return _text_table(data)


def is_excel(data: bytes) -> bool:
    """Whether the bytes are a zip with a workbook in it."""
    return "xl/workbook.xml" in members(data)


def _with_pandas(data: bytes) -> bytes:
    """The first sheet of an Excel file, or a parquet file, as CSV."""
    what = "parquet" if data.startswith(b"PAR1") else "Excel"
    if data.startswith(b"\xd0\xcf"):
        raise BadFile("is of an Excel older than 2007. Save it as .xlsx or .csv")
    if data.startswith(b"PK"):
        data = Archive(data, MOST_BYTES).repacked()
    try:
        pandas = importlib.import_module("pandas")
    except ModuleNotFoundError as missing:
        raise MissingExtra(f"reading {what} needs {missing.name}. Run: {install(EXTRA)}") from None
    with damage(f"is damaged, or no {what} file"):
        try:
            found = pandas.read_parquet(io.BytesIO(data)) if what == "parquet" else pandas.read_excel(io.BytesIO(data))
        except ImportError as missing:
            raise MissingExtra(f"reading {what} needs {missing.name or 'more'}. Run: {install(EXTRA)}") from None
        if found.size > 8 * MOST_BYTES:
            raise BadFile(f"holds {found.size:,} cells. {SAVE_LESS}")
        flags = found.select_dtypes("bool").columns
        return str(found.astype(dict.fromkeys(flags, int)).to_csv(index=False)).encode()


def _unzipped(data: bytes) -> bytes:
    """The content of a file that gzip has compressed."""
    unzip = zlib.decompressobj(wbits=31)
    with damage("is damaged, or was not compressed by gzip"):
        found = unzip.decompress(data, MOST_BYTES + 1)
        if len(found) <= MOST_BYTES and not unzip.eof:
            raise ValueError("its end is missing")
    return found


def _json_rows(data: bytes) -> tuple[list[list[str]], list[int]]:
    """The rows of a JSON list of objects or of lists, or of an object of columns; the names of columns come first."""
    if len(data) > MAX_STRUCTURE:
        raise BadFile(f"has {len(data):,} bytes of JSON, the limit is {MAX_STRUCTURE:,}. {SAVE_LESS}, or as CSV")
    with damage("is damaged or no JSON"):
        text = data.decode("utf-8-sig")
        lines = [line for line in text.splitlines() if line.strip()]
        in_lines = len(lines) > 1 and all(line.strip()[0] + line.strip()[-1] in ("{}", "[]") for line in lines)
        found = [json.loads(line) for line in lines] if in_lines else json.loads(text)
    shape = BadFile('is JSON, but no table. Write a list of rows: [{"x": 1, "y": 2, "label": "a"}, …]')
    if isinstance(found, dict):
        columns = [list(c.values()) if isinstance(c, dict) else c for c in found.values()]
        if not columns or not all(isinstance(column, list) and len(column) == len(columns[0]) for column in columns):
            raise shape
        rows = [[*found], *(list(row) for row in zip(*columns, strict=True))]
    elif found and all(isinstance(row, dict) for row in found):
        names = list(dict.fromkeys(name for row in found for name in row))
        if len(names) * len(found) > MAX_STRUCTURE:
            raise shape
        rows = [names, *([row.get(name) for name in names] for row in found)]
    elif found and all(isinstance(row, list) for row in found):
        rows = found
    else:
        raise shape
    return [[_as_cell(cell) for cell in row] for row in rows], list(range(len(rows)))


def _as_cell(value: Any) -> str:
    return "" if value is None else str(int(value) if isinstance(value, bool) else value)


# ---- text --------------------------------------------------------------------------------------------------------


def _text_table(data: bytes) -> Table:
    lines = data.count(b"\n")
    if len(data) > MOST_BYTES or lines > MOST_POINTS + 1:
        raise BadFile(
            f"has {lines:,} lines and {len(data) / 2**20:.0f} MiB, the limit is {MOST_POINTS:,} and "
            f"{MOST_BYTES // 2**20}. Give a sample of its lines, after its header: "
            "(head -n 1 FILE; tail -n +2 FILE | shuf -n 5000) > sample.csv"
        )
    text = MINUS.sub("-", _decoded(data))
    if learning_tables.is_arff(text):
        return _named_table(*learning_tables.arff(text))
    first = [line for line in text[: 2**20].splitlines() if line.strip() and not line.startswith(("#", "sep="))]
    if learning_tables.is_sparse(first[:SAMPLED_LINES]):
        return _named_table(*learning_tables.sparse(text))
    delimiter = _delimiter(first[:SAMPLED_LINES])
    rows, numbers, comment = list[list[str]](), list[int](), list[str]()
    # blanks that stand between cells may be many: each line is joined again with one
    lined = (
        (" ".join(line.split()) + "\n" for line in io.StringIO(text))
        if delimiter == " "
        else io.StringIO(text, newline="")
    )
    reader = csv.reader(lined, delimiter=delimiter, skipinitialspace=True)
    try:
        for row in reader:
            is_comment = row and row[0].startswith("#")
            if not any(cell.strip() for cell in row) or (not rows and row[0].startswith("sep=")):
                continue
            if is_comment:
                comment = [row[0][1:], *row[1:]] if not rows else comment
                continue
            if max(map(len, row)) > LONGEST_CELL:  # scipy.io.arff raises the limit of csv
                raise csv.Error(f"a cell has more than {LONGEST_CELL:,} characters")
            if len(row) > MOST_COLUMNS:
                raise BadFile(f"line {reader.line_num} has {len(row)} cells, not at most {MOST_COLUMNS}. {SAVE_LESS}")
            rows.append(row)
            numbers.append(reader.line_num)
    except csv.Error as problem:
        where = f"line {reader.line_num} is no row of a table ({printable(problem)})"
        raise BadFile(f"{where}. Save it as CSV again") from None
    return _table(rows, numbers, [name.strip() for name in comment if name.strip()])


def _delimiter(lines: list[str]) -> str:
    """The mark between cells: one that gives all lines the same number of cells, at least two; blanks come last."""

    def counts(mark: str) -> set[int]:
        with contextlib.suppress(csv.Error):
            return {len(row) for row in csv.reader(lines, delimiter=mark, skipinitialspace=True)}
        return set()

    for mark in ";\t|,":
        found = counts(mark)
        if len(found) == 1 and min(found) > 1:
            return mark
    if len({len(line.split()) for line in lines}) == 1 and len(lines[0].split()) > 1 and "," not in lines[-1]:
        return " "
    return max(",;\t|", key=(lines or [""])[0].count)


def _table(rows: list[list[str]], numbers: list[int], comment: Sequence[str] = ()) -> Table:
    """The table of rows of cells: without empty last cells, with its header, and with numbers as Python reads them."""
    if len(rows) > 1 and len(rows[-1]) > 1 and all(not row[-1].strip() for row in rows[1:]):  # a comma ends each row
        width = len(rows[-1]) - 1
        rows = [row[:width] if not "".join(row[width:]).strip() else row for row in rows]
    for row, line in zip(rows, numbers, strict=True):
        if len(row) != len(rows[0]):
            cells = f"line {line} has {len(row)} cells, not {len(rows[0])}"
            raise BadFile(f"{cells}. Give each row the same number of cells")
    rows = _without_commas(rows)
    names = tuple(str(at + 1) for at in range(len(rows[0]))) if rows else ()
    if rows and _is_header(rows):
        names, rows, numbers = tuple(name.strip() for name in rows[0]), rows[1:], numbers[1:]
    elif len(comment) == len(names):
        names = tuple(comment)
    return _named_table(names, rows, numbers)


def _named_table(names: tuple[str, ...], rows: list[list[str]], lines: list[int]) -> Table:
    if len(rows) < 2:
        raise BadFile(f"has {len(rows)} rows of data. Give at least two points")
    if len({*names}) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadFile(f"has two columns named '{printable(twice)}'. Rename one of them")
    return Table(names, rows, lines)


def _without_commas(rows: list[list[str]]) -> list[list[str]]:
    """The rows with decimal commas as points and without marks of thousands, where all such cells agree."""
    with_comma = [cell.strip() for row in rows for cell in row if "," in cell]
    found = [cell for cell in with_comma if WITH_COMMA.fullmatch(cell)]
    thousands = any(SURE_THOUSANDS.fullmatch(cell) and THOUSANDS.fullmatch(cell) for cell in found)
    decimals = any(not THOUSANDS.fullmatch(cell) for cell in found)
    if thousands == decimals:  # neither is sure, or both are there: such cells stay, and are refused as numbers
        return rows

    def plain(cell: str) -> str:
        if "," not in cell or not WITH_COMMA.fullmatch(cell.strip()):
            return cell
        return cell.replace(".", "").replace(",", ".") if decimals else cell.replace(",", "")

    return [[plain(cell) for cell in row] for row in rows]


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: it has no number, or text over a column of numbers."""
    first, second = ([_number(cell) is not None for cell in row] for row in (rows[0], rows[:2][-1]))
    return not any(first) or any(below and not above for above, below in zip(first, second, strict=True))


def _is_numeric(cells: list[str]) -> bool:
    """Whether more than half of the cells that are not empty are numbers."""
    filled = [cell for cell in cells if cell.strip()]
    return sum(_number(cell) is not None for cell in filled) > len(filled) / 2


def _number(cell: str) -> float | None:
    try:
        return None if "_" in cell else float(cell)
    except ValueError:
        return None


def _decoded(data: bytes) -> str:
    try:
        if data.startswith((b"\xff\xfe", b"\xfe\xff")):  # as Excel writes "Unicode text"
            return data.decode("utf-16")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        if "utf-16" in problem.encoding:
            raise BadFile("is damaged, or no UTF-16. Save it as UTF-8") from None
        line = data.count(b"\n", 0, problem.start) + 1
        raise BadFile(f"line {line}: byte 0x{data[problem.start]:02x} is not UTF-8. Save it as UTF-8") from None


def one_hot(table: Table, columns: Iterable[int]) -> list[str] | None:
    """Return the name of the one column that holds 1 in each row; None where the others do not all hold 0."""
    columns, found = [*columns], list[str]()
    for row in table.rows:
        values = [_number(row[at]) for at in columns]
        if values.count(1.0) != 1 or values.count(0.0) != len(columns) - 1:
            return None
        found.append(table.names[columns[values.index(1.0)]])
    return found
