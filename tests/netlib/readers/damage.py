"""Damaged files: a seeded generator, and a process of its own that gives them to a reader and watches what happens.

Run by test_damage.py: python damage.py FORMAT FOLDER FIRST COUNT. FOLDER holds undamaged files of the format. The last
line of the output is a JSON object; see `watched`. A case can be made again from its number alone.
"""

from __future__ import annotations

import collections
import contextlib
import faulthandler
import io
import json
import os
import random
import re
import resource
import sys
import time
import traceback
import zipfile
import zlib
from collections.abc import Callable, Sequence
from functools import cache, partial
from pathlib import Path

import numpy as np

import netlib
from netlib import layer_tensors
from netlib.errors import UntangleError
from netlib.readers import network_of
from netlib.readers.data import data_of
from netlib.readers.files import ReadOptions
from netlib.readers.playground import playground_recipe

LONGEST_CASE = 30  # seconds after which a case counts as hung, on a machine with other work to do
MAX_MEMORY = 8 * 2**30  # bytes of address space: a reader that fills it fails, and the machine goes on
EDGES = (0, 1, 0x7F, 0x80, 0xFF)
HUGE = (2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1, 2**40, 2**24, 0)
TANH = ReadOptions.of("tanh")
FULL = ("onnx", "keras", "h5", "skops")  # formats that say their activations
BRACKETS = ((b"[", b"]"), (b'{"a":', b"}"), (b"(", b")"), (b"]", b"a"), (b")", b"\x85"), (b"-", b"1"))
READERS: dict[str, Callable[[bytes], object]] = {
    **{name: partial(network_of, suffix=f".{name}", options=TANH) for name in ("safetensors", "npz", "pt")},
    **{name: partial(network_of, suffix=f".{name}", options=ReadOptions()) for name in FULL},
    "csv": lambda data: data_of(data, ".csv", "mine"),
    "data_npz": lambda data: data_of(data, ".npz", "mine"),
    **{name: partial(data_of, suffix=f".{name}", name="mine") for name in ("mat", "xlsx", "parquet")},
    "url": lambda data: playground_recipe(data.decode("utf-8", "replace")),
}


# ---- damage of any bytes -----------------------------------------------------------------------------------------


def flip(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """One to six bits are changed, or bytes set to values at the edge of their range."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 6)) if found else 0):
        at = place(found, rng)
        found[at] = found[at] ^ 1 << rng.randrange(8) if rng.random() < 0.6 else rng.choice(EDGES)
    return bytes(found)


def cut(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """The end or the beginning is lost, or a piece in between."""
    at, span = rng.randrange(len(data) + 1), rng.randrange(1, 33)
    return rng.choice((data[:at], data[:at], data[at:], data[:at] + data[at + span :]))


def splice(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """A piece of this or another file, or a random one, stands between or over the bytes."""
    other, at = rng.choice((data, rng.choice(others), rng.randbytes(64))), place(data, rng)
    start, span = rng.randrange(len(other) + 1), rng.choice((1, 4, 8, 32, 512, len(other)))
    piece = other[start : start + span]
    return data[:at] + piece + data[at + (len(piece) if rng.random() < 0.6 else 0) :]


def inflate(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """A number becomes huge: one in bytes of its own, a varint, or one in digits."""
    huge, at = rng.choice(HUGE), place(data, rng)
    if (digits := list(re.finditer(rb"\d+", data))) and rng.random() < 0.4:
        found = rng.choice(digits)
        return data[: found.start()] + str(huge).encode() + data[found.end() :]
    if rng.random() < 0.2:
        return data[:at] + b"\xff" * rng.randrange(1, 11) + b"\x01" + data[at + 1 :]
    width = rng.choice((2, 4, 8))
    return data[:at] + (huge & (256**width - 1)).to_bytes(width, "little") + data[at + width :]


def redirect(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """One to four words of eight bytes point somewhere else in the file: structures share parts, or hold themselves."""
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4))):
        at, other = (place(data, rng) & ~7 for _ in range(2))
        target = rng.choice((found[other : other + 8], (rng.randrange(len(data) + 1) & ~7).to_bytes(8, "little")))
        found[at : at + 8] = target
    return bytes(found)


def nest(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Brackets of text, of a pickle or of protobuf messages are opened and closed many times."""
    at, depth = place(data, rng), rng.choice((30, 300, 3_000, 30_000))
    opened, closed = rng.choice(BRACKETS)
    if rng.random() < 0.3:
        inner = b""
        for _ in range(min(depth, 3_000)):  # a graph in an attribute of a node of a graph
            for tag in (0x32, 0x2A, 0x0A):
                inner = bytes([tag]) + varint(len(inner)) + inner
        return rng.choice((data[:at] + inner + data[at:], data + b"\x3a" + varint(len(inner)) + inner))
    return data[:at] + opened * depth + closed * rng.choice((0, depth)) + data[at:]


def replaced(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """Other bytes altogether."""
    return rng.choice((rng.randbytes(rng.randrange(200)), data[: rng.randrange(16)] + rng.randbytes(300)))


ANY = (flip, flip, flip, cut, splice, inflate, inflate, redirect, redirect, nest, replaced)


def place(data: bytes | bytearray, rng: random.Random) -> int:
    """Where to damage: mostly where something is, since files are padded with zeros."""
    tries = [rng.randrange(len(data) or 1) for _ in range(6)]
    return next((at for at in tries if data and data[at]), tries[0])


def varint(number: int) -> bytes:
    low, rest = number & 127, number >> 7
    return bytes([low | 128]) + varint(rest) if rest else bytes([low])


# ---- damage inside of zip archives and JSON ----------------------------------------------------------------------


def changed_value(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """JSON in which one value is removed, or is another one's or an odd one."""
    whole = json.loads(data)
    holders = [whole]
    for holder in holders:
        inner = holder.values() if isinstance(holder, dict) else holder
        holders += [value for value in inner if isinstance(value, dict | list) and value]
    holder, other = rng.choice(holders), rng.choice(holders)
    key = rng.choice(list(holder) if isinstance(holder, dict) else range(len(holder)))
    if rng.random() < 0.2:
        del holder[key]
    elif rng.random() < 0.3:
        holder[key] = json.loads(json.dumps(other))
    else:
        holder[key] = rng.choice((None, True, -1, 1e308, 2**70, "", "relu", "\n\x1b[2J", [], {}, [[]], "Dense", 0.2))
    return json.dumps(whole).encode()


def repacked(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """A zip with one member damaged, and its checksum right; or a member that is lost, or under another's name."""
    members = dict(unpacked(data))
    # mostly one of the members that say how to read the others
    short = [name for name in members if name.endswith((".pkl", ".json", ".h5"))] if rng.random() < 0.8 else []
    chosen = rng.choice(short or [*members])
    if rng.random() < 0.04:
        other = rng.choice([*members])
        members[other] = members.pop(chosen)
    else:
        kinds = (changed_value, *ANY) if chosen.endswith(".json") and rng.random() < 0.7 else ANY
        members[chosen] = rng.choice(kinds)(members[chosen], rng, [*members.values()])
    return packed(members, rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)))


def bomb(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """A zip whose members unpack to 600 MiB of zeros, or are very many; it may claim otherwise."""
    members = dict(unpacked(data))
    if rng.random() < 0.02:
        return packed({**members, **{str(k): b"" for k in range(20_001)}}, zipfile.ZIP_STORED)
    chosen = rng.choice([*members])
    claim = rng.choice((600 * 2**20, 2**32 - 2, 2**26, 100, len(members.pop(chosen))))
    whole = bytearray(packed({**members, chosen: ZEROS}, zipfile.ZIP_STORED))
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        local = archive.getinfo(chosen).header_offset
    central = whole.rindex(b"PK\1\2", 0, whole.rindex(chosen.encode()))
    for method, size in ((local + 8, local + 22), (central + 10, central + 24)):
        whole[method], whole[size : size + 4] = zipfile.ZIP_DEFLATED, claim.to_bytes(4, "little")
    return bytes(whole)


def packed(members: dict[str, bytes], method: int) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method, compresslevel=1) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


@cache
def unpacked(data: bytes) -> tuple[tuple[str, bytes], ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return tuple((name, archive.read(name)) for name in archive.namelist())


def zeros(count: int) -> bytes:
    """Deflated zeros, count MiB of them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return (packer.compress(bytes(2**20)) + packer.flush(zlib.Z_FULL_FLUSH)) * count


ZEROS = zeros(600)


def header_changed(data: bytes, rng: random.Random, others: Sequence[bytes]) -> bytes:
    """A safetensors file with one value of its JSON header changed."""
    end = 8 + int.from_bytes(data[:8], "little")
    header = changed_value(data[8:end], rng, others)
    return len(header).to_bytes(8, "little") + header + data[end:]


def damaged(files: Sequence[bytes], rng: random.Random) -> tuple[str, bytes]:
    """Return the kind of damage and a damaged file, the same for the same numbers of rng."""
    data = rng.choice(files)
    kinds = ANY
    if data.startswith(b"PK"):
        kinds = (*[repacked] * 24, bomb, *ANY)
    elif data[8:9] == b"{":
        kinds = (*[header_changed] * 12, *ANY)
    kind = rng.choice(kinds)
    return kind.__name__, kind(data, rng, files)


# ---- the process that reads them ---------------------------------------------------------------------------------


FORBIDDEN = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "os.remove", "os.rename", "shutil")
FORBIDDEN += ("subprocess", "socket", "pickle", "ctypes")


class Watch:
    """What a reader must not do: run code, open files, start processes, connect. Lazy imports of libraries may read."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.on = False
        ours = str(Path(netlib.__file__).parent)
        self.own = (sys.prefix, sys.base_prefix, str(Path(os.__file__).parent), str(Path(np.__file__).parents[1]), ours)
        sys.addaudithook(self)

    def __enter__(self) -> None:
        self.on = True

    def __exit__(self, *_: object) -> None:
        self.on = False

    def __call__(self, event: str, details: tuple[object, ...]) -> None:
        if not self.on:
            return
        bad = event.startswith(FORBIDDEN)
        if event == "open" and isinstance(details[0], str | bytes):
            bad |= not os.fsdecode(details[0]).startswith(self.own)
        if event == "exec":
            bad |= not getattr(details[0], "co_filename", "").startswith((*self.own, "<frozen"))
        if bad:
            self.seen.append(f"{event} {details!r:.200}")
            raise RuntimeError(f"a reader did what it must not do: {self.seen[-1]}")


def watched(name: str, files: Sequence[bytes], first: int, count: int, progress: Callable[[int], object]) -> dict:
    """Read the damaged files number first, first + 1, ...; return how many were read and refused, and all faults."""
    read = READERS[name]
    for data in files:
        outcome(read, data)  # libraries are loaded now
    watch, before = Watch(), peak_mib()
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    counts, faults, longest = collections.Counter[str](), list[str](), (0.0, first)
    for case in range(first, first + count):
        kind, data = damaged(files, random.Random(f"{name} {case}"))
        progress(case)
        faulthandler.dump_traceback_later(LONGEST_CASE, exit=True)
        start = time.perf_counter()
        found, fault = outcome(read, data, watch)
        longest = max(longest, (time.perf_counter() - start, case))
        faulthandler.cancel_dump_traceback_later()
        counts[f"{kind}: {found}"] += 1
        faults += [f"case {case} ({kind}): {fault}"] if fault else []
    grown = peak_mib() - before
    done = {"counts": counts, "faults": [*watch.seen, *faults][:9], "longest_s": longest[0], "longest": longest[1]}
    return {**done, "grown_mib": grown}


def peak_mib() -> float:
    """The most memory that this process has had. The figure of getrusage counts that of the parent before exec, too."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(re.findall(r"VmHWM:\s*(\d+) kB", status.read_text())[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # macOS counts bytes


def outcome(read: Callable[[bytes], object], data: bytes, watch: Watch | None = None) -> tuple[str, str]:
    """Return 'read' or 'refused', and what is wrong with how it ended."""
    try:
        with watch or contextlib.nullcontext():
            found = read(data)
    except UntangleError as problem:
        message = str(problem)
        right = message and message.isprintable() and len(message) < 600
        return "refused", "" if right else f"the message {message!r}"
    except BaseException:
        return "failed", traceback.format_exc()
    arrays = layer_tensors.packed(getattr(getattr(found, "network", None), "layers", ()))[1]
    return "read", "" if all(np.isfinite(array).all() for array in arrays.values()) else "weights that are not finite"


def main(name: str, folder: str, first: str, count: str) -> None:
    faulthandler.enable()
    files = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    with open(Path(folder).with_suffix(".case"), "wb", buffering=0) as file:
        found = watched(name, files, int(first), int(count), lambda case: os.pwrite(file.fileno(), b"%9d" % case, 0))
    print(json.dumps(found))


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("error")
    main(*sys.argv[1:])
