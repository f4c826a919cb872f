"""Protocol Buffers' wire format: the numbered fields of a message, without a schema.

Source: "Encoding", the documentation of Protocol Buffers.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from netlib.errors import BadFile
from netlib.readers.files import shown

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
# More fields than any network that can be shown has in one message (packed arrays count as one field).
MOST_FIELDS = 200_000


class Message:
    """The fields of one message, by number, in order: int for varints, bytes (a memoryview) for the others."""

    def __init__(self, data: memoryview, place: str) -> None:
        """Raises BadFile, with the place, where the bytes are no message."""
        place = shown(place)  # it may come from names in the file
        self.place = place
        self.fields: dict[int, list[int | memoryview]] = {}
        for count, (number, value) in enumerate(_fields(data, place)):
            self.fields.setdefault(number, []).append(value)
            if count > MOST_FIELDS:
                raise BadFile(f"{place} has too many fields. Export it again")

    def integers(self, number: int) -> list[int]:
        """Return a repeated integer field, packed or not, as signed 64-bit numbers."""
        found = list[int]()
        for value in self.fields.get(number, []):
            found += [value] if isinstance(value, int) else _packed(value, self.place)
        return [value - 2**64 if value >= 2**63 else value for value in found]

    def integer(self, number: int, default: int = 0) -> int:
        return (self.integers(number) or [default])[-1]

    def parts(self, number: int) -> list[memoryview]:
        """Return a repeated field of bytes, text, messages or fixed-width numbers."""
        found = self.fields.get(number, [])
        return [value for value in found if isinstance(value, memoryview)]

    def messages(self, number: int, place: str) -> list[Message]:
        return [Message(part, f"{place} {at}") for at, part in enumerate(self.parts(number))]

    def texts(self, number: int) -> list[str]:
        return [bytes(part).decode("utf-8", "replace") for part in self.parts(number)]

    def text(self, number: int) -> str:
        return (self.texts(number) or [""])[-1]

    def float32(self, number: int, default: float) -> float:
        parts = self.parts(number)
        if not parts:
            return default
        if len(parts[-1]) != 4:
            raise BadFile(f"{self.place} has a number of a wrong width. Export it again")
        return float(struct.unpack("<f", parts[-1])[0])


def _fields(data: memoryview, place: str) -> Iterator[tuple[int, int | memoryview]]:
    at = 0
    while at < len(data):
        tag, at = _varint(data, at, place)
        number, kind = tag >> 3, tag & 7
        if kind == VARINT:
            value, at = _varint(data, at, place)
            yield number, value
            continue
        if kind == BYTES:
            length, at = _varint(data, at, place)
        elif kind in (FIXED32, FIXED64):
            length = 4 if kind == FIXED32 else 8
        else:
            raise BadFile(f"{place} is damaged, or this is no ONNX file. Export it again")
        if at + length > len(data):
            raise BadFile(f"{place} is damaged or cut off, or this is no ONNX file. Export it again")
        yield number, data[at : at + length]
        at += length


def _varint(data: memoryview, at: int, place: str) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value & (2**64 - 1), at
    raise BadFile(f"{place} is damaged or cut off, or this is no ONNX file. Export it again")


def _packed(data: memoryview, place: str) -> list[int]:
    at, found = 0, list[int]()
    while at < len(data):
        value, at = _varint(data, at, place)
        found.append(value)
        if len(found) > MOST_FIELDS:
            raise BadFile(f"{place} has too many numbers. Export it again")
    return found
