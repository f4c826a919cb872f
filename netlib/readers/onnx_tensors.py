"""The constants of an ONNX graph (TensorProto), in the file itself or in one beside it.

Source: onnx.proto, published by the ONNX project.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import Budget, count_of, numbers, shown
from netlib.readers.protobuf import Message

# Field numbers of TensorProto and StringStringEntryProto
DIMS, TYPE, FLOATS, INT32S, INT64S, NAME, RAW, DOUBLES, EXTERNAL, LOCATION = 1, 2, 4, 5, 7, 8, 9, 10, 13, 14
KEY, VALUE = 1, 2
TYPES = {1: "<f4", 6: "<i4", 7: "<i8", 10: "<f2", 11: "<f8", 16: "bf16"}


def tensor(message: Message, beside: Callable[[str], bytes] | None, budget: Budget) -> tuple[str, NDArray[Any]]:
    """Return the name and values of a tensor; raise BadFile, with its name, where it is damaged."""
    name, shape = message.text(NAME) or message.place, tuple(message.integers(DIMS))
    dtype = TYPES.get(message.integer(TYPE))
    if dtype is None:
        # kept as no numbers: an operator that needs it refuses it by name
        return name, np.zeros(0)
    budget.spend(count_of(shape, name))
    if message.integer(LOCATION) == 1:
        return name, numbers(_external(message, name, beside), dtype, shape, name)
    if message.parts(RAW):
        return name, numbers(message.parts(RAW)[-1], dtype, shape, name)
    return name, _listed(message, dtype, shape, name)


def _listed(message: Message, dtype: str, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """Values as a repeated field: packed floats and doubles, or varints."""
    if dtype in ("<f4", "<f8"):
        return numbers(b"".join(message.parts(FLOATS if dtype == "<f4" else DOUBLES)), dtype, shape, name)
    found = message.integers(INT64S if dtype == "<i8" else INT32S)
    if len(found) != count_of(shape, name):
        raise BadFile(f"'{shown(name)}' has {len(found)} values, its shape is {shown(shape)}. Export it again")
    if dtype in ("<f2", "bf16"):  # half floats are listed as the integers of their bits
        bits = np.array([value & 0xFFFF for value in found], dtype="<u2")
        return numbers(bits.tobytes(), dtype, shape, name)
    return np.array(found, dtype=np.float64).reshape(shape)


def _external(message: Message, name: str, beside: Callable[[str], bytes] | None) -> memoryview:
    """The bytes of a tensor that the exporter put into a second file, which must lie in the same folder."""
    said = {entry.text(KEY): entry.text(VALUE) for entry in message.messages(EXTERNAL, f"{name}: place")}
    location = said.get("location", "")
    if beside is None:
        raise BadFile(f"keeps '{shown(name)}' in the file '{shown(location)}'. Export it with external_data=False")
    try:
        offset, length = int(said.get("offset", "0")), int(said.get("length", "-1"))
    except ValueError:
        offset = length = -1
    data = beside(location)
    end = len(data) if length < 0 and "length" not in said else offset + length
    if offset < 0 or end < offset or end > len(data):
        raise BadFile(f"'{shown(location)}' is too short for '{shown(name)}'. Export both files again")
    return memoryview(data)[offset:end]
