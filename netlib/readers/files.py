"""The bytes of a user's file, within bounds, and the words in which its faults are told."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array
from netlib.errors import BadFile

# Fifty layers of width 1,000 are 400 MB in float64; nothing that a film can show is larger.
MAX_BYTES = 512 * 2**20
MAX_NUMBERS = MAX_BYTES // 8
LONGEST_SHOWN = 60
SAVE_LESS = "Save the weights alone, or fewer points"  # the file may be a network's or data


def contents(path: Path) -> bytes:
    """Return the bytes of a regular file of at most MAX_BYTES; raise BadFile otherwise."""
    try:
        if path.is_dir():
            raise BadFile("is a folder. Give the file itself")
        if not path.exists():
            raise BadFile("is not there. Check the path")
        if not path.is_file():
            raise BadFile("is no regular file. Save it to a file first")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadFile(f"has {size / 2**20:.0f} MiB, the limit is {MAX_BYTES // 2**20}. {SAVE_LESS}")
        if size == 0:
            raise BadFile("is empty. Save it again")
        with path.open("rb") as file:
            return file.read(MAX_BYTES)
    except (OSError, ValueError) as problem:  # ValueError: a path with a NUL in it
        reason = getattr(problem, "strerror", None) or shown(problem)
        raise BadFile(f"cannot be opened ({reason}). Check the path and its permissions") from None


def shown(thing: object, longest: int = LONGEST_SHOWN) -> str:
    """Return a word of the file in one short, printable line: it may hold anything. A path is shown whole."""
    text = str(thing)
    text = text if len(text) <= longest or isinstance(thing, Path) else text[: longest - 1] + "…"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def parsed_json(data: bytes, place: str) -> dict[str, Any]:
    """Return the JSON object in the bytes; raise BadFile, with its place, where there is none."""
    try:
        found = json.loads(data.decode("utf-8"))
    except RecursionError:
        raise BadFile(f"{place} is nested too deeply. Save it again") from None
    except ValueError as problem:
        raise BadFile(f"{place} is no JSON ({shown(problem)}). Save it again") from None
    if not isinstance(found, dict):
        raise BadFile(f"{place} is no JSON object. Save it again")
    return found


class Budget:
    """How many numbers may still be read: parts of a file may claim the same bytes many times over."""

    def __init__(self) -> None:
        self.left = MAX_NUMBERS

    def spend(self, count: int) -> None:
        self.left -= abs(count)
        if self.left < 0:
            raise BadFile(f"holds more than {MAX_NUMBERS:,} numbers. Save a smaller network")


def count_of(shape: tuple[int, ...], name: str) -> int:
    """Return how many numbers an array of this shape has; raise BadFile for a shape that no array here may have.

    numpy limits the product of the sizes that are not zero, even where there is nothing to store.
    """
    if len(shape) > 8 or min(shape, default=0) < 0 or math.prod(size for size in shape if size) > MAX_NUMBERS:
        raise BadFile(
            f"'{shown(name)}' has the shape {shown(shape)}, which is none or too large. Save a smaller network"
        )
    return math.prod(shape)


def numbers(data: bytes | memoryview, dtype: str, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """Return bytes as an array of this type ('<f4', or 'bf16') and shape; raise BadFile where they do not fit."""
    count = count_of(shape, name)
    width = 2 if dtype == "bf16" else np.dtype(dtype).itemsize
    if len(data) != count * width:
        raise BadFile(
            f"{shown(name)} has {len(data)} bytes, its shape {shown(shape)} needs {count * width}. Save it again"
        )
    if dtype != "bf16":
        return np.frombuffer(data, dtype=dtype).reshape(shape)
    # a bfloat16 is the upper half of a float32
    return (np.frombuffer(data, dtype="<u2").astype("<u4") << 16).view("<f4").reshape(shape)


def finite(values: NDArray[Any], name: str, cure: str = "Train again, with a smaller learning rate") -> Array:
    """Return the values in float64; raise BadFile where one is NaN, infinite or no number at all."""
    if values.dtype.kind not in "fiub":
        raise BadFile(f"{shown(name)} holds {values.dtype}, not numbers. Save it as float32 or float64")
    with np.errstate(all="ignore"):  # a signalling NaN warns when it is converted
        values = values.astype(np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        place = ", ".join(str(i) for i in np.argwhere(bad)[0]) or "0"
        what = "NaN" if np.isnan(values[bad][0]) else "infinity"
        raise BadFile(f"{shown(name)}[{place}] is {what}. {cure}")
    return values


def field(holder: object, key: str, kind: type | tuple[type, ...], place: str, default: object = ...) -> Any:
    """Return holder[key] if it is of this kind; raise BadFile, with its place, otherwise."""
    value = holder.get(key, default) if isinstance(holder, dict) else ...
    if value is ... or not (isinstance(value, kind) or value is default):
        raise BadFile(f"{shown(place)} does not say its '{key}' as expected. Save it again")
    return value
