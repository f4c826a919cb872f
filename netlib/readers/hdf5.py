"""HDF5, the part of it that Keras writes, read as data: groups, arrays of floats, and text attributes.

The HDF5 library is not used: on damaged files it has been seen to hang, and it allocates what a file claims. Every
offset here is checked against the bytes at hand, and every object is visited once.
Source: "HDF5 File Format Specification", The HDF Group (classic format: superblock 0 and 1, object header 1).
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import Budget, count_of, numbers, shown

SIGNATURE = b"\x89HDF\r\n\x1a\n"
MOST_OBJECTS, DEEPEST = 20_000, 24
DATASPACE, DATATYPE, LAYOUT, ATTRIBUTE, CONTINUATION, SYMBOLS = 1, 3, 8, 12, 16, 17
FLOATS = {(2, 5): "f2", (4, 8): "f4", (8, 11): "f8"}  # (bytes, bits of the exponent)
NEWER = "is written in a newer HDF5 layout than Keras uses. Save it again with Keras and h5py's default libver"


class Hdf5:
    """A file in memory. paths: the object header's address of every array, by path ('layers/dense/vars/0')."""

    def __init__(self, data: bytes, place: str) -> None:
        """Raises BadFile, with the place, for what is no HDF5 file, is damaged, or is laid out as Keras never does."""
        self.data, self.place, self.budget = data, place, Budget()
        self.paths: dict[str, int] = {}
        if not data.startswith(SIGNATURE):
            raise BadFile(f"{place} is no HDF5 file. Save it again with Keras")
        version, offset_size, length_size = self.unpack("<8xB4xBB", 0)
        if version > 1 or offset_size != 8 or length_size != 8:
            raise BadFile(f"{place} {NEWER}")
        (self.root,) = self.unpack("<Q", 64 + 4 * version)
        self._visit(self.root, "", set(), 0)

    def unpack(self, form: str, at: int) -> tuple[Any, ...]:
        """Return the values of a struct format at an offset, which must lie in the file."""
        if not 0 <= at <= len(self.data) - struct.calcsize(form):
            raise self._damaged(at)
        return struct.unpack_from(form, self.data, at)

    def bytes_at(self, at: int, size: int) -> bytes:
        if not 0 <= at <= at + size <= len(self.data):
            raise self._damaged(at)
        return self.data[at : at + size]

    def text(self, attribute: str) -> str | None:
        """Return a text attribute of the root, or None where there is none of that name."""
        for kind, at, size in self._messages(self.root):
            if kind == ATTRIBUTE:
                found = self._attribute(at, size)
                if found and found[0] == attribute:
                    return found[1].decode("utf-8", "replace")
        return None

    def array(self, path: str) -> NDArray[Any]:
        """Return the array at a path, in the float type of the file."""
        shape, dtype, layout = None, None, None
        for kind, at, _ in self._messages(self.paths[path]):
            if kind == DATASPACE:
                shape = self._shape(at)
            elif kind == DATATYPE:
                dtype = self._float(at)
            elif kind == LAYOUT:
                layout = at
        if shape is None or layout is None:
            raise BadFile(f"{self.place}: '{shown(path)}' lacks its shape or place. Save it again")
        if dtype is None:
            raise BadFile(f"{self.place}: '{shown(path)}' holds no floats. Save it as float32 or float64")
        count = count_of(shape, path)
        self.budget.spend(count)
        return numbers(self._stored(layout, path, count * np.dtype(dtype).itemsize), dtype, shape, path)

    def _damaged(self, at: int) -> BadFile:
        return BadFile(
            f"{self.place} is damaged or cut off (it points to byte {at} of {len(self.data)}). Save it again"
        )

    def _visit(self, header: int, path: str, seen: set[int], depth: int) -> None:
        if header in seen or depth > DEEPEST or len(seen) > MOST_OBJECTS:
            raise BadFile(f"{self.place} has groups that hold themselves, or too many. Save it again")
        seen.add(header)
        kinds = {kind: at for kind, at, _ in self._messages(header)}
        if SYMBOLS in kinds:
            tree, heap = self.unpack("<QQ", kinds[SYMBOLS])
            magic, names = self.unpack("<4s20xQ", heap)
            if magic != b"HEAP":
                raise self._damaged(heap)
            for name, child in self._children(tree, names, seen, 0):
                self._visit(child, f"{path}/{name}" if path else name, seen, depth + 1)
        elif LAYOUT in kinds:
            self.paths[path] = header

    def _children(self, node: int, names: int, seen: set[int], depth: int) -> Iterator[tuple[str, int]]:
        """Names and headers of a group's members, from its tree of symbol tables."""
        magic, used = self.unpack("<4s2xH", node)
        if node in seen or depth > DEEPEST or magic not in (b"TREE", b"SNOD"):
            raise self._damaged(node)
        seen.add(node)
        for entry in range(used):
            if magic == b"TREE":
                (child,) = self.unpack("<Q", node + 32 + 16 * entry)
                yield from self._children(child, names, seen, depth + 1)
            else:
                name, header = self.unpack("<QQ", node + 8 + 40 * entry)
                end = self.data.find(b"\0", names + name, names + name + 1024)
                yield self.bytes_at(names + name, max(end - names - name, 0)).decode("utf-8", "replace"), header

    def _messages(self, header: int) -> Iterator[tuple[int, int, int]]:
        """Kind, offset and size of every message in an object header, continued blocks included."""
        version, size = self.unpack("<B7xI", header)
        if version != 1:
            raise (
                BadFile(f"{self.place} {NEWER}") if self.data[header : header + 4] == b"OHDR" else self._damaged(header)
            )
        blocks = [(header + 16, size)]
        for start, length in blocks:
            at, end = start, start + length
            while at + 8 <= end:
                kind, size = self.unpack("<HH", at)
                if kind == CONTINUATION:
                    blocks.append(self.unpack("<QQ", at + 8))
                if len(blocks) > 200 or at + 8 + size > len(self.data):
                    raise self._damaged(at)
                yield kind, at + 8, size
                at += 8 + size

    def _shape(self, at: int) -> tuple[int, ...]:
        version, rank = self.unpack("<BB", at)
        if version not in (1, 2) or rank > 8:
            raise self._damaged(at)
        return self.unpack(f"<{rank}Q", at + (8 if version == 1 else 4))

    def _float(self, at: int) -> str | None:
        kind, order, size, exponent = self.unpack("<BB2xI5xB", at)
        floats = FLOATS.get((size, exponent)) if kind & 15 == 1 else None
        return floats and (">" if order & 1 else "<") + floats

    def _stored(self, at: int, path: str, size: int) -> bytes:
        version, kind = self.unpack("<BB", at)
        if version not in (3, 4) or kind not in (0, 1):
            raise BadFile(f"{self.place}: '{shown(path)}' is stored in chunks, which Keras does not do. Save it again")
        if kind == 0:
            return self.bytes_at(at + 4, self.unpack("<H", at + 2)[0])
        start, length = self.unpack("<QQ", at + 2)
        return self.bytes_at(start, length) if length == size and size else self.bytes_at(0, 0)

    def _attribute(self, at: int, size: int) -> tuple[str, bytes] | None:
        """Name and bytes of a text attribute: of fixed length, or kept in the global heap."""
        version, name_size, type_size, space_size = self.unpack("<BxHHH", at)
        step = 8 if version == 1 else 1
        start = at + (9 if version == 3 else 8)
        kind_at = start + -(-name_size // step) * step
        value_at = kind_at + -(-type_size // step) * step + -(-space_size // step) * step
        name = self.bytes_at(start, name_size).split(b"\0")[0].decode("utf-8", "replace")
        kind, vlen, width = self.unpack("<BB2xI", kind_at)
        if kind & 15 == 3:
            return name, self.bytes_at(value_at, width).rstrip(b"\0")
        if kind & 15 == 9 and vlen & 15 == 1 and value_at + 16 <= at + size:
            length, heap, index = self.unpack("<IQI", value_at)
            return name, self._heap_object(heap, index)[:length]
        return None

    def _heap_object(self, heap: int, wanted: int) -> bytes:
        magic, size = self.unpack("<4s4xQ", heap)
        at = heap + 16
        while magic == b"GCOL" and at + 16 <= heap + size:
            index, length = self.unpack("<H6xQ", at)
            if index == wanted:
                return self.bytes_at(at + 16, length)
            if not index:
                break
            at += 16 + -(-length // 8) * 8
        raise self._damaged(heap)
