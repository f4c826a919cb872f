"""One array in numpy's .npy format, of numbers or text; never of pickled objects.

The header is matched, not evaluated: numpy's own reader hands it to Python's parser.
Source: the description of the format in numpy.lib.format.
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import count_of, shown

MAGIC = b"\x93NUMPY"
LONGEST_HEADER = 10_000
HEADER = re.compile(
    r"\{'descr': '(?P<dtype>[<>|][fiubUS]\d{1,9})', 'fortran_order': (?P<fortran>True|False), "
    r"'shape': \((?P<shape>(?:\d{1,18}, ?)*(?:\d{1,18})?)\), \} *\n"
)


def read_npy(data: bytes, name: str) -> NDArray[Any]:
    """Return the array; raise BadFile for damage, for sizes that do not fit, and for pickled objects."""
    width = 2 if data[6:7] == b"\1" else 4
    start = 8 + width + int.from_bytes(data[8 : 8 + width], "little")
    if not data.startswith(MAGIC) or start > min(len(data), LONGEST_HEADER):
        raise BadFile(f"'{shown(name)}' is no .npy array. Save it again with numpy")
    header = data[8 + width : start].decode("latin-1")
    found = HEADER.fullmatch(header)
    if found is None:
        kind = re.match(r"\{'descr': '([^']*)'", header)
        what = f"values of the type {shown(kind[1])}" if kind else f"the header {shown(header.strip())}"
        what = "pickled objects, which can run code" if "'|O'" in header else what
        raise BadFile(f"'{shown(name)}' holds {what}. Save plain arrays of numbers or text")
    try:
        dtype = np.dtype(found["dtype"])
    except (TypeError, ValueError):
        raise BadFile(f"'{shown(name)}' has the unknown type {shown(found['dtype'])}. Save it again") from None
    shape = tuple(int(size) for size in found["shape"].replace(" ", "").split(",") if size)
    size = count_of(shape, name) * dtype.itemsize
    if size != len(data) - start:
        raise BadFile(f"'{shown(name)}' has {len(data) - start} bytes where its shape needs {size}. Save it again")
    values = np.frombuffer(data, dtype=dtype, offset=start) if size else np.zeros(0, dtype)
    if dtype.kind in "SU":
        values = _text(values, name)
    return values.reshape(shape, order="F" if found["fortran"] == "True" else "C")


def _text(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Text that Python can hold: numpy lets any 32 bits pass for a character."""
    if values.dtype.kind == "S":
        try:
            return np.char.decode(values, "utf-8")
        except UnicodeDecodeError:
            raise BadFile(f"'{shown(name)}' holds bytes that are not UTF-8. Save it as text") from None
    codes = np.frombuffer(values.tobytes(), dtype=values.dtype.byteorder.replace("=", "<") + "u4")
    if ((codes > 0x10FFFF) | ((codes >= 0xD800) & (codes < 0xE000))).any():
        raise BadFile(f"'{shown(name)}' holds characters that do not exist. Save it again")
    return values
