"""numpy .npz: arrays by name (W1, b1, ... or fc1.weight, ..., or coefs_0, intercepts_0)."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.archive import Archive
from netlib.readers.npy import read_npy
from netlib.readers.options import ReadOptions
from netlib.readers.ordering import network_from
from netlib.readers.steps import ReadNetwork
from netlib.readers.tensors import MAX_LAYERS, natural, parts_of

SUFFIXES = (".npz",)
# What the arrays of a file with data are called, for what is read in data.py, and refused here
POINTS, LABELS = ("points", "x", "data", "inputs"), ("labels", "y", "target", "targets")


def read(data: bytes, asked: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of an .npz file."""
    found = arrays(data)
    if {name.lower() for name in found} <= {*POINTS, *LABELS}:
        raise BadFile(
            f"holds data ({', '.join(found)}), and no weights. Give it as --data, and the network's file first"
        )
    return network_from(parts_of(found), asked)


def arrays(data: bytes) -> dict[str, NDArray[Any]]:
    """Return every array of an .npz file by name, in natural order; raise BadFile where one is damaged."""
    archive = Archive(data)
    names = sorted((name for name in archive.names if name.endswith(".npy")), key=natural)
    if not names:
        raise BadFile("holds no arrays. Write it with numpy.savez(path, name=array, …)")
    if len(names) > 8 * MAX_LAYERS:
        raise BadFile(f"holds {len(names)} arrays, at most {8 * MAX_LAYERS} can be read. Save fewer")
    return {name.removesuffix(".npy"): read_npy(archive.read(name), name) for name in names}
