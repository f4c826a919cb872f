"""What all readers share: the bytes of a user's file within bounds, arrays in them, what the user adds where the file
leaves something open, and the words of error messages."""

from __future__ import annotations

import contextlib
import functools
import io
import json
import math
import warnings
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array, activations, is_activation
from netlib.errors import AmbiguousFile, BadFile, UntangleError, unknown

# Fifty layers of width 1,000 are 400 MB in float64; nothing that a film can show is larger.
MAX_BYTES = 512 * 2**20
MAX_NUMBERS = MAX_BYTES // 8
MAX_MEMBERS = 20_000
MAX_STRUCTURE = 8 * 2**20  # bytes of JSON or of a pickle, whose values take up to 70 times as many in memory
LONGEST_PRINTED = 60
LAYOUTS = ("out,in", "in,out")
# Functions of PyTorch and Keras. None of ours is to be proposed for them as if their names were misspelled.
OTHER_ACTIVATIONS = {
    *("celu", "prelu", "rrelu", "hardtanh", "logsigmoid", "log_sigmoid", "tanhshrink"),
    "exponential",
}
SAME = {  # other names of ours
    "swish": "silu",
    "hard_sigmoid": "hardsigmoid",
    **dict.fromkeys(("hard_silu", "hard_swish"), "hardswish"),
}
SAVE_LESS = "Save the weights alone, or fewer points"  # the file may hold a network or data


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
        reason = getattr(problem, "strerror", None) or printable(problem)
        raise BadFile(f"cannot be opened ({reason}). Check the path and its permissions") from None


def printable(thing: object, longest: int = LONGEST_PRINTED) -> str:
    """Return text from a file as one short line of printable characters. A path is not shortened."""
    text = str(thing)
    text = text if len(text) <= longest or isinstance(thing, Path) else text[: longest - 1] + "…"
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in text)


def ask(what: str, option: str, example: str) -> AmbiguousFile:
    """Return the error that asks for what the file leaves open, in both spellings."""
    return AmbiguousFile(f'does not say {what}. Give it: --{option} {example} (in Python: {option}="{example}")')


def listing(labels: Sequence[str]) -> str:
    """Return labels in one line, without those in the middle where they are many."""
    few = [printable(label) for label in labels]
    return ", ".join(few if len(few) <= 8 else [*few[:4], "…", *few[-2:]])


@contextmanager
def damage(fault: str, cure: str = "Save it again") -> Iterator[None]:
    """Turn every error of the libraries called inside into BadFile "<fault> (<error>). <cure>"; hide their warnings.

    Libraries raise errors of many kinds on damaged input, RecursionError and MemoryError among them, and promise none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except BadFile:
        raise
    except Exception as problem:
        raise BadFile(f"{fault} ({printable(problem) or type(problem).__name__}). {cure}") from None


def parsed_json(data: bytes, place: str) -> dict[str, Any]:
    """Return the JSON object in the bytes; raise BadFile, with its place, where there is none."""
    if len(data) > MAX_STRUCTURE:
        raise BadFile(f"{place} has {len(data):,} bytes, the limit is {MAX_STRUCTURE:,}. {SAVE_LESS}")
    with damage(f"{place} is damaged or no JSON"):
        found = json.loads(data.decode("utf-8"))
    if not isinstance(found, dict):
        raise BadFile(f"{place} is no JSON object. Save it again")
    return found


def field(holder: object, key: str, kind: type | tuple[type, ...], place: str, default: object = ...) -> Any:
    """Return holder[key] if it is of this kind; raise BadFile, with its place, otherwise."""
    value = holder.get(key, default) if isinstance(holder, dict) else ...
    if value is ... or not (isinstance(value, kind) or value is default):
        raise BadFile(f"{printable(place)} does not say its '{key}' as expected. Save it again")
    return value


class Archive:
    """The members of a zip file in memory. The sizes that it claims are checked before anything is unpacked."""

    def __init__(self, data: bytes, most: int = MAX_BYTES) -> None:
        """Raises BadFile for what is no zip, for encrypted members, and for what would unpack to more than `most`."""
        entries = data.count(b"PK\1\2")
        if entries > MAX_MEMBERS:
            raise BadFile(f"would unpack to {entries:,} parts, the limit is {MAX_MEMBERS:,}. {SAVE_LESS}")
        with damage("is damaged or no zip archive"):
            self._zip = zipfile.ZipFile(io.BytesIO(data))
        members = self._zip.infolist()
        total = sum(member.file_size for member in members)
        if total > most:
            raise BadFile(f"would unpack to {total / 2**20:.0f} MiB, the limit is {most // 2**20}. {SAVE_LESS}")
        for member in members:
            if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise BadFile(f"part '{printable(member.filename)}' is encrypted or packed unusually. Save it again")
        self.names = tuple(member.filename for member in members)

    def read(self, name: str) -> bytes:
        """Return one member unpacked, with its checksum verified; raise BadFile where it is damaged or missing."""
        if name not in self.names:
            raise BadFile(f"lacks its part '{printable(name)}'. Save it again")
        with damage(f"part '{printable(name)}' is damaged"), self._zip.open(name) as member:
            # zipfile unpacks no more than the size that was checked. Read at once, a large member is copied many times.
            return b"".join(iter(functools.partial(member.read, 2**20), b""))

    def repacked(self) -> bytes:
        """Return the same archive without compression, for a library that would unpack more than a member claims."""
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name in dict.fromkeys(self.names):
                archive.writestr(name, self.read(name))
        return file.getvalue()


def members(data: bytes) -> tuple[str, ...]:
    """Return the names of the members of a zip file; none where the bytes are no sound zip file."""
    if data.startswith(b"PK"):
        with contextlib.suppress(BadFile):
            return Archive(data).names
    return ()


class Budget:
    """How many numbers may still be read. Parts of a file may use the same bytes many times over."""

    def __init__(self) -> None:
        self.left = MAX_NUMBERS

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise BadFile(f"holds more than {MAX_NUMBERS:,} numbers. Save a smaller network")


def count_of(shape: tuple[int, ...], name: str) -> int:
    """Return how many numbers an array of this shape has; raise BadFile for a shape that no array here may have.

    numpy limits the product of the sizes that are not zero, even where there is nothing to store.
    """
    if len(shape) > 8 or min(shape, default=0) < 0 or math.prod(size for size in shape if size) > MAX_NUMBERS:
        raise BadFile(
            f"'{printable(name)}' has the shape {printable(shape)}, which is invalid or too large. "
            "Save a smaller network"
        )
    return math.prod(shape)


def numbers(data: bytes | memoryview, dtype: str, shape: tuple[int, ...], name: str) -> NDArray[Any]:
    """Return bytes as an array of this type ('<f4', or 'bf16') and shape; raise BadFile where they do not fit."""
    size = count_of(shape, name) * (2 if dtype == "bf16" else np.dtype(dtype).itemsize)
    if len(data) != size:
        raise BadFile(
            f"'{printable(name)}' has {len(data)} bytes, its shape {printable(shape)} needs {size}. Save it again"
        )
    if dtype == "bf16":  # a bfloat16 is the upper half of a float32
        return (np.frombuffer(data, "<u2").astype("<u4") << 16).view("<f4").reshape(shape)
    return np.frombuffer(data, dtype).reshape(shape)


def finite(values: NDArray[Any], name: str, cure: str = "Train again, with a smaller learning rate") -> Array:
    """Return the values in float64; raise BadFile where one is NaN, infinite or no number at all."""
    if values.dtype.kind not in "fiub":
        raise BadFile(f"{printable(name)} holds {values.dtype}, not numbers. Save it as float32 or float64")
    with np.errstate(all="ignore"):  # a signalling NaN warns when it is converted
        values = values.astype(np.float64, copy=False)
    bad = ~np.isfinite(values)
    if bad.any():
        place = ", ".join(str(i) for i in np.argwhere(bad)[0]) or "0"
        what = "NaN" if np.isnan(values[bad][0]) else "infinity"
        raise BadFile(f"{printable(name)}[{place}] is {what}. {cure}")
    return values


# ---- what the user adds --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReadOptions:
    """What the user gave; empty where nothing was given.

    activations: one for all hidden layers, or one each. order: names of layers in order, with activations between
    them where wanted. layout: of weight matrices, 'out,in' (torch) or 'in,out' (Keras). beside: returns the bytes of
    a file in the same folder, by its name.
    """

    activations: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    layout: str = ""
    beside: Callable[[str], bytes] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.activations or self.order or self.layout)

    @classmethod
    def of(
        cls,
        activation: str | None = None,
        order: str | None = None,
        layout: str | None = None,
        beside: Callable[[str], bytes] | None = None,
    ) -> ReadOptions:
        """Return the options in texts such as "tanh,relu"; raise UntangleError for an unknown activation or layout."""
        names, layout = listed(activation), (layout or "").replace(" ", "")
        known = activations()
        names = tuple(SAME.get(name.lower(), name.lower()) for name in names)
        for name in names:
            if name in OTHER_ACTIVATIONS:
                raise UntangleError(f"--activation {name} is not supported. Supported: {', '.join(sorted(known))}")
            if not is_activation(name):
                raise unknown("--activation", printable(name), known)
        if layout and layout not in LAYOUTS:
            raise UntangleError(
                f"--layout must be 'out,in' (as in torch) or 'in,out' (as in Keras), got '{printable(layout)}'"
            )
        return cls(names, listed(order), layout, beside)


def listed(given: str | None) -> tuple[str, ...]:
    """Return the parts of a text such as "tanh,relu"."""
    return tuple(part.strip() for part in (given or "").split(",") if part.strip())
