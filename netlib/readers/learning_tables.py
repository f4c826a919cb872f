"""Tables of machine learning programs: ARFF, as Weka and OpenML write it, and the sparse rows of LIBSVM and SVMlight.

Sources: "Attribute-Relation File Format", Weka's manual; the README of LIBSVM.
"""

from __future__ import annotations

import csv
import re

from netlib.errors import BadFile
from netlib.readers.files import SAVE_LESS, printable

ARFF = re.compile(r"(?:\s*(?:%[^\n]*)?\n)*\s*@relation\b", re.IGNORECASE)
ATTRIBUTE = re.compile(r"\s*@attribute\s+('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\S+)\s", re.IGNORECASE)
DATA = re.compile(r"\s*@data\b", re.IGNORECASE)
NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
SPARSE = re.compile(rf"\s*{NUMBER}(?:\s+qid:\d+)?((?:\s+\d+:{NUMBER})*)\s*(?:#.*)?")
MOST_CELLS = 2**23
Rows = tuple[tuple[str, ...], list[list[str]], list[int]]  # the names of columns; cells as text; the lines of rows


def is_arff(text: str) -> bool:
    """Whether a text begins as an ARFF file does."""
    return ARFF.match(text) is not None


def arff(text: str) -> Rows:
    """Return the columns and rows of an ARFF file; what it marks by ? is empty. Raises BadFile for sparse rows."""
    lines = text.splitlines()
    start = next((at for at, line in enumerate(lines) if DATA.match(line)), len(lines))
    found = [match[1] for line in lines[:start] if (match := ATTRIBUTE.match(line))]
    names = tuple(re.sub(r"\\(.)", r"\1", name[1:-1]) if name[0] in "'\"" else name for name in found)
    rows, numbers = list[list[str]](), list[int]()
    for at, line in enumerate(lines[start + 1 :], start + 2):
        if not line.strip() or line.lstrip().startswith("%"):
            continue
        if line.lstrip().startswith("{"):
            raise BadFile(f"line {at} is a sparse row of ARFF. Save it as CSV")
        quote = "'" if "'" in line else '"'
        (cells,) = csv.reader([line], quotechar=quote, escapechar="\\", skipinitialspace=True)
        if len(cells) != len(names):
            raise BadFile(f"line {at} has {len(cells)} cells, for {len(names)} attributes. Save it again")
        rows.append(["" if cell.strip() == "?" else cell.strip() for cell in cells])
        numbers.append(at)
    return names, rows, numbers


def is_sparse(lines: list[str]) -> bool:
    """Whether lines are rows of LIBSVM: a label, then places and values of the numbers that are not 0."""
    found = [SPARSE.fullmatch(line) for line in lines]
    return all(found) and any(match and match[1] for match in found)


def sparse(text: str) -> Rows:
    """Return the label and the numbers of sparse rows of LIBSVM, whose places count from 1, or from 0 where one is 0.

    Raises BadFile, with the line, for another kind of row, and where there are too many numbers.
    """
    labels, values, numbers = list[str](), list[dict[int, str]](), list[int]()
    for at, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if not SPARSE.fullmatch(line):
            raise BadFile(f"line {at} is '{printable(line, 30)}', no label with numbers at places. Save it as CSV")
        label, *parts = [part for part in line.partition("#")[0].split() if not part.startswith("qid:")]
        pairs = [part.split(":") for part in parts]
        labels.append(label)
        values.append({int(place): value for place, value in pairs})
        numbers.append(at)
    places = [place for row in values for place in row]
    first, last = min(1, min(places)), max(places)
    count = last - first + 1
    if count * len(labels) > MOST_CELLS:
        raise BadFile(f"holds {count:,} numbers in each of {len(labels):,} rows. {SAVE_LESS}")
    rows = [
        [label, *(row.get(place, "0") for place in range(first, last + 1))]
        for label, row in zip(labels, values, strict=True)
    ]
    return ("label", *map(str, range(first, last + 1))), rows, numbers
