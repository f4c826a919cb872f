"""Damage: mutations of valid files, and what a reader may do with them."""

from __future__ import annotations

import functools
import io
import json
import random
import zipfile
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from netlib import ReadNetwork, UntangleError, activations

CASES_A_SEED = 80
EDGES = (0, 1, 0x7F, 0x80, 0xFF)
HUGE = (2**31 - 1, 2**32 - 1, 2**63 - 1, 2**64 - 1, 2**40, 0)


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes with one to six faults of different kinds, or other bytes altogether."""
    if rng.random() < 0.05:
        return rng.randbytes(rng.randrange(200))
    found = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 3, 6))):
        at, span = rng.randrange(len(found) + 1), rng.randrange(1, 33)
        match rng.randrange(8):
            case 0 if found:
                found[min(at, len(found) - 1)] ^= 1 << rng.randrange(8)
            case 1 if found:
                found[min(at, len(found) - 1)] = rng.choice(EDGES)
            case 2:
                del found[at : at + span]
            case 3:
                found[at:at] = rng.randbytes(span)
            case 4:
                found[at : at + span] = found[(start := rng.randrange(len(found) + 1)) : start + span]
            case 5 if rng.random() < 0.3:
                del found[at:]
            case 6:
                width = rng.choice((4, 8))
                found[at : at + width] = (rng.choice(HUGE) & (256**width - 1)).to_bytes(width, "little")
            case _:
                found[at : at + span] = bytes(rng.choice(EDGES) for _ in range(span))
    return bytes(found)


def damaged_json(data: bytes, rng: random.Random) -> bytes:
    """Return the JSON with one value put in another's place, or replaced or removed."""
    whole = json.loads(data)
    holders = [whole]
    for holder in holders:
        holders += [value for value in (holder.values() if isinstance(holder, dict) else holder) if value_holds(value)]
    holder, other = rng.choice(holders), rng.choice(holders)
    keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    key = rng.choice(keys)
    if rng.random() < 0.2:
        del holder[key]
    elif rng.random() < 0.3:
        holder[key] = json.loads(json.dumps(other))
    else:
        holder[key] = rng.choice((None, True, -1, 1e308, 2**70, "", "relu", "\n\x1b[2J", [], {}, [[]], "Dense", 0.2))
    return json.dumps(whole).encode()


def value_holds(value: object) -> bool:
    return isinstance(value, dict | list) and bool(value)


@functools.cache
def unpacked(data: bytes) -> tuple[tuple[str, bytes], ...]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return tuple((name, archive.read(name)) for name in archive.namelist())


def damaged_zip(data: bytes, rng: random.Random) -> bytes:
    """Damage the zip file itself, or one of its members, packed again so that its checksum is right."""
    if rng.random() < 0.25:
        return damaged(data, rng)
    members = dict(unpacked(data))
    # mostly the members that say how to read the others
    short = [name for name in members if name.endswith((".pkl", ".json", ".h5"))] if rng.random() < 0.8 else []
    chosen = rng.choice(short or [*members])
    by_value = chosen.endswith(".json") and rng.random() < 0.7
    members[chosen] = (damaged_json if by_value else damaged)(members[chosen], rng)
    packed = io.BytesIO()
    with zipfile.ZipFile(
        packed, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)), compresslevel=1
    ) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def damaged_file(data: bytes, rng: random.Random) -> bytes:
    """Damage a file where it hurts: inside the members of a zip, in the header of a safetensors file, or anywhere."""
    if data.startswith(b"PK"):
        return damaged_zip(data, rng)
    length = int.from_bytes(data[:8], "little")
    if data[8:9] == b"{" and length < len(data) and rng.random() < 0.7:
        header = damaged_json(data[8 : 8 + length], rng)
        return len(header).to_bytes(8, "little") + header + data[8 + length :]
    return damaged(data, rng)


@pytest.fixture(scope="session")
def agrees() -> Callable[..., None]:
    """A check that a network, with the final activation that was left out, is the function of the library's own."""
    from scipy.special import log_softmax, softmax

    finals = {"softmax": lambda z: softmax(z, axis=1), "log_softmax": lambda z: log_softmax(z, axis=1)}

    def check(read: ReadNetwork, theirs: Callable[[np.ndarray], np.ndarray], inputs: int) -> None:
        points = np.random.default_rng(1).normal(size=(50, inputs))
        ours = finals.get(read.final, activations().get(read.final))(read.network(points))
        assert ours == pytest.approx(np.asarray(theirs(points)).reshape(ours.shape), rel=1e-6, abs=1e-6)

    return check


@pytest.fixture(scope="session")
def survives() -> Callable[..., None]:
    """A check of CASES_A_SEED damaged files: each is read, or refused in one line; no other exception, no warning."""

    def check(read: Callable[[bytes], object], files: Sequence[bytes], seed: int) -> None:
        rng = random.Random(seed)
        for _ in range(CASES_A_SEED):
            whole = rng.choice(files)
            data = damaged_file(whole, rng)
            try:
                found = read(data)
            except UntangleError as problem:
                message = str(problem)
                assert message
                assert message.isprintable()
                assert len(message) < 600
            else:
                for layer in getattr(getattr(found, "network", None), "layers", ()):
                    assert np.isfinite(layer.weight).all()
                    assert np.isfinite(layer.bias).all()

    return check
