"""numpy .npz and .npy: arrays by name (W1, b1, ... or fc1.weight, ..., or coefs_0, intercepts_0).

numpy reads the headers. Its own loader is not used for the values: it makes an array of the size that a header claims
before it looks at how many bytes there are.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import Archive, ReadOptions, count_of, damage, printable
from netlib.readers.named_arrays import MAX_LAYERS, natural, network_from
from netlib.readers.steps import ReadNetwork

SUFFIXES = (".npz",)
# Names of arrays with data: data.py reads them, and here they are refused.
POINTS = ("points", "x", "data", "inputs", "features", "x_train", "train_x", "train_data", "images")
LABELS = ("labels", "label", "y", "target", "targets", "y_train", "train_y", "train_labels")
LONGEST_HEADER = 2_000  # characters, which Python's parser reads
HEADERS = {(1, 0): np.lib.format.read_array_header_1_0, (2, 0): np.lib.format.read_array_header_2_0}


def recognises(data: bytes, members: tuple[str, ...]) -> bool:
    """Whether the members of a zip (by name) are arrays."""
    return bool(members) and all(name.endswith(".npy") for name in members)


def read(data: bytes, options: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of an .npz file."""
    found = arrays(data)
    if {name.lower() for name in found} <= {*POINTS, *LABELS}:
        raise BadFile(
            f"holds data ({', '.join(found)}), and no weights. Give it as --data, and the network's file first"
        )
    return network_from(found, options)


def is_npy(data: bytes) -> bool:
    """Whether the bytes begin as those of an .npy file."""
    return data.startswith(np.lib.format.MAGIC_PREFIX)


def arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """Return every array of an .npz file by name, 'b9' before 'b10'; raise BadFile where one is damaged."""
    archive = Archive(data)
    names = [name for name in archive.names if name.endswith(".npy")]
    if not names:
        raise BadFile("holds no arrays. Write it with numpy.savez(path, name=array, …)")
    if len(names) > 8 * MAX_LAYERS:
        raise BadFile(f"holds {len(names)} arrays, at most {8 * MAX_LAYERS} can be read. Save fewer")
    return {name.removesuffix(".npy"): read_npy(archive.read(name), name) for name in sorted(names, key=natural)}


def read_npy(data: bytes, name: str) -> NDArray[Any]:
    """Return an array of numbers or text in the .npy format; raise BadFile for damage and for pickled objects."""
    file, name = io.BytesIO(data), printable(name)
    with damage(f"'{name}' is damaged or no .npy array", "Save it again with numpy"):
        shape, fortran, dtype = HEADERS[np.lib.format.read_magic(file)](file, max_header_size=LONGEST_HEADER)
    if dtype.kind not in "fiubUS" or not dtype.itemsize:
        what = (
            "pickled objects, which can run code" if dtype.hasobject else f"values of the type {printable(dtype.str)}"
        )
        raise BadFile(f"'{name}' holds {what}. Save plain arrays of numbers or text")
    size, left = count_of(shape, name) * dtype.itemsize, len(data) - file.tell()
    if size != left:
        raise BadFile(f"'{name}' has {left} bytes where its shape needs {size}. Save it again")
    values = np.frombuffer(data, dtype, offset=file.tell()) if size else np.zeros(0, dtype)
    return _text(values, name).reshape(shape, order="F" if fortran else "C")


def _text(values: NDArray[Any], name: str) -> NDArray[Any]:
    """Return the values, bytes decoded. Text is checked, since numpy takes any 32 bits for a character."""
    try:
        if values.dtype.kind == "S":
            return np.char.decode(values, "utf-8")
        if values.dtype.kind == "U":
            values.astype(values.dtype.newbyteorder("<")).tobytes().decode("utf-32-le")
    except UnicodeDecodeError:
        raise BadFile(f"'{name}' holds text that is not UTF-8 or not Unicode. Save it again as text") from None
    return values
