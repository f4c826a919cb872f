"""Tables as text: comma, semicolon or tab between cells, with or without a header."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.errors import BadFile
from netlib.readers.files import shown

MAX_BYTES = 64 * 2**20
MOST_COLUMNS = 4_096


@dataclass(frozen=True, eq=False)
class Table:
    """names: of the columns ('1', '2', ... without a header). rows: of texts. first_line: of the first row, from 1."""

    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]

    def cells(self, column: int) -> list[str]:
        return [row[column] for row in self.rows]

    def numbers(self, left_out: int) -> Array:
        """Return all columns but one (N, d); an unnamed first column that counts the rows (as pandas writes) too is
        left out. Raises BadFile with line and column where a cell is no finite number."""
        kept = [at for at in range(len(self.names)) if at != left_out]
        if self.names[0] == "" and left_out != 0 and len(kept) > 1 and self._counts(0):
            kept = kept[1:]
        points = np.empty((len(self.rows), len(kept)))
        for row, line, target in zip(self.rows, self.lines, points, strict=True):
            for to, at in enumerate(kept):
                value = _number(row[at])
                if value is None or not math.isfinite(value):
                    what = "empty" if not row[at].strip() else f"'{shown(row[at])}'"
                    comma = "," in row[at] and _number(row[at].replace(",", ".")) is not None
                    cure = "Write decimals with a point" if comma else "Fill it in, or remove the row or column"
                    raise BadFile(f"line {line}, column '{shown(self.names[at])}' is {what}, not a number. {cure}")
                target[to] = value
        return points

    def _counts(self, column: int) -> bool:
        cells = self.cells(column)
        return cells in ([str(k) for k in range(len(cells))], [str(k + 1) for k in range(len(cells))])


def read_csv(data: bytes, most_rows: int) -> Table:
    """Return the table in the bytes; raise BadFile, with the line, for what is none."""
    rows = data.count(b"\n")
    if len(data) > MAX_BYTES or rows > most_rows + 1:
        raise BadFile(
            f"has {rows:,} lines and {len(data) / 2**20:.0f} MiB, the limit is {most_rows:,} and {MAX_BYTES // 2**20}. "
            "Give a sample: shuf -n 5000 keeps 5,000 lines"
        )
    text = _text(data)
    first = text.lstrip("\r\n").partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    found, lines = list[list[str]](), list[int]()
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if len(row) != len(found[0] if found else row[:MOST_COLUMNS]):
                wanted = len(found[0]) if found else f"at most {MOST_COLUMNS}"
                raise BadFile(
                    f"line {reader.line_num} has {len(row)} cells, not {wanted}. Give each row the same number of cells"
                )
            found.append(row)
            lines.append(reader.line_num)
    except csv.Error as problem:
        raise BadFile(f"line {reader.line_num} is no row of a table ({shown(problem)}). Save it as CSV again") from None
    return _table(found, lines)


def _table(rows: list[list[str]], lines: list[int]) -> Table:
    if rows and _is_header(rows):
        names, rows, lines = tuple(name.strip() for name in rows[0]), rows[1:], lines[1:]
    else:
        names = tuple(str(at + 1) for at in range(len(rows[0]))) if rows else ()
    if len(rows) < 2:
        raise BadFile(f"has {len(rows)} rows of data. Give at least two points")
    if len(set(names)) != len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadFile(f"has two columns named '{shown(twice)}'. Rename one of them")
    return Table(names, rows, lines)


def _is_header(rows: list[list[str]]) -> bool:
    """A first row without any number, or with text over a column of numbers, names the columns."""
    first, second = ([_number(cell) is not None for cell in row] for row in (rows[0], rows[min(1, len(rows) - 1)]))
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
