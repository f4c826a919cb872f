"""One array in numpy's .npy format, of numbers or text; never of pickled objects."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import MAX_BYTES, shown


def read_npy(data: bytes, name: str) -> NDArray[Any]:
    """Return the array; raise BadFile for damage, for sizes that do not fit, and for pickled objects."""
    shape, fortran, dtype, start = header(data, name)
    if dtype.hasobject or dtype.kind not in "fiubUS":
        raise BadFile(f"'{shown(name)}' holds {shown(dtype)}, which is neither numbers nor text. Save plain arrays")
    size = math.prod(shape) * dtype.itemsize
    if min(shape, default=1) < 0 or size > MAX_BYTES or size != len(data) - start:
        raise BadFile(f"'{shown(name)}' has {len(data) - start} bytes where its shape needs {size}. Save it again")
    if not size:
        return np.zeros(shape, dtype)
    values = np.frombuffer(data, dtype=dtype, offset=start)
    return values.reshape(shape, order="F" if fortran else "C")


def header(data: bytes, name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    """Return shape, whether in Fortran order, type, and where the values begin."""
    file = io.BytesIO(data)
    try:
        read = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}.get(npy.read_magic(file))
        if read is None:
            raise ValueError("a version that is not known")
        shape, fortran, dtype = read(file)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, OverflowError, AttributeError) as problem:
        raise BadFile(f"'{shown(name)}' is no .npy array ({shown(problem)}). Save it again") from None
    return shape, fortran, dtype, file.tell()
