"""MATLAB .mat files: arrays of numbers or text by name, as scipy reads them.

Parts are unpacked here first, within bounds: a part may unpack to any size. Source: "MAT-File Format", level 5.
"""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import MAX_BYTES, SAVE_LESS, Budget, count_of, damage, printable

HEAD, COMPRESSED = 128, 15
CURE = "Save it again with: save(path, '-v7')"


def is_mat(data: bytes) -> bool:
    """Whether the bytes begin as those of a .mat file of MATLAB 5 to 7.3."""
    return data.startswith(b"MATLAB ")


def arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """Return every plain array of numbers or text by name; raise BadFile where the file is damaged or of MATLAB 7.3."""
    from scipy.io import loadmat, whosmat

    if data[124:128] in (b"\x00\x02IM", b"\x02\x00MI"):
        raise BadFile(f"is of MATLAB 7.3. {CURE}")
    budget = Budget()
    with damage("is damaged or no .mat file", CURE):
        file = io.BytesIO(_unpacked(data))
        names = []
        for name, shape, kind in whosmat(file):
            if kind not in ("cell", "struct", "object", "function", "opaque", "sparse", "unknown"):
                budget.spend(count_of(shape, name))
                names.append(name)
        file.seek(0)
        found = loadmat(file, variable_names=names, chars_as_strings=True)
    held = {name: np.asarray(found[name]) for name in names if name in found}
    plain = {name: values for name, values in held.items() if values.dtype.kind in "fiubU"}
    if not plain:
        raise BadFile(f"holds no plain arrays ({printable(', '.join(held)) or 'none'}). {CURE}")
    return plain


def _unpacked(data: bytes) -> bytes:
    """The same file with its compressed parts unpacked; raises BadFile where they are too large."""
    order = "<" if data[126:128] == b"IM" else ">"
    parts, at, left = [data[:HEAD]], HEAD, MAX_BYTES
    while at + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, at)
        part = data[at : at + 8 + size]
        if kind == COMPRESSED:
            part = zlib.decompressobj().decompress(part[8:], left + 1)
        left -= len(part)
        if left < 0:
            raise BadFile(f"would unpack to more than {MAX_BYTES // 2**20} MiB. {SAVE_LESS}")
        parts.append(part)
        at += 8 + size
    return b"".join(parts)
