"""The file of a timeline: a header in JSON, and arrays of numbers behind it, as one gzip stream (docs/timeline.md)."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"UTL1"
WHOLE = ((np.dtype("<i1"), "i8"), (np.dtype("<i2"), "i16"), (np.dtype("<i4"), "i32"))

FARTHEST, MOST = 2**30, float(np.finfo("<f4").max)  # two such numbers differ by 31 bits


class Arrays:
    """The arrays of a timeline, each once. `add_…` returns an array's place in the list."""

    def __init__(self) -> None:
        self.entries: list[list[Any]] = []
        self._bytes: list[bytes] = []
        self._known: dict[bytes, int] = {}

    def add_floats(self, values: NDArray[Any]) -> int:
        """Add numbers as they are, to the seven digits that 32 bits hold."""
        values = np.asarray(values, dtype="<f4")
        return self._add(["f32", list(values.shape)], values.tobytes())

    def add_rounded(self, values: NDArray[Any], scale: float = 1.0) -> int:
        """Add numbers, rounded to multiples of scale, as differences along the first axis; as they are where a
        difference takes more than 32 bits."""
        rounded = np.rint(np.asarray(values, dtype=np.float64) / scale)
        if np.abs(rounded).max(initial=0) >= FARTHEST:
            return self.add_floats(np.clip(values, -MOST, MOST))
        whole = rounded.astype(np.int64)
        if not whole.size:
            return self._add(["i8", list(whole.shape), scale], b"")
        steps = np.diff(whole, axis=0, prepend=np.zeros((1, *whole.shape[1:]), dtype=np.int64))
        largest = int(np.abs(steps).max())
        kind, name = next(each for each in WHOLE if largest <= np.iinfo(each[0]).max)
        planes = np.ascontiguousarray(steps.astype(kind)).view(np.uint8).reshape(-1, kind.itemsize).T
        return self._add([name, list(whole.shape), scale], planes.tobytes())

    def add_bytes(self, content: bytes) -> int:
        """Add a file, such as a PNG."""
        return self._add(["u8", [len(content)]], content)

    def _add(self, entry: list[Any], content: bytes) -> int:
        key = hashlib.sha256(repr(entry).encode() + content).digest()
        if key not in self._known:
            self._known[key] = len(self.entries)
            self.entries.append(entry)
            self._bytes.append(content)
        return self._known[key]

    def packed(self, header: Mapping[str, Any]) -> bytes:
        """Return the whole file, with the list of arrays added to the header. Equal content gives equal bytes."""
        text = json.dumps({**header, "arrays": self.entries}, ensure_ascii=False, separators=(",", ":"))
        front = text.encode()
        content = b"".join([MAGIC, len(front).to_bytes(4, "little"), front, *self._bytes])
        return gzip.compress(content, 9, mtime=0)


def header_of(content: bytes) -> dict[str, Any]:
    """Return the header of a timeline, from the content of its file."""
    plain = gzip.decompress(content)
    length = int.from_bytes(plain[len(MAGIC) : len(MAGIC) + 4], "little")
    header: dict[str, Any] = json.loads(plain[len(MAGIC) + 4 :][:length])
    return header
