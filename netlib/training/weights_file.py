"""Weights files: tensors in float64 with metadata and a digest of both, as safetensors."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from netlib.activations import Array
from netlib.errors import BadWeights
from netlib.files import written_whole


def write_tensors(tensors: Mapping[str, Array], metadata: Mapping[str, str], path: Path) -> Path:
    """Write tensors and metadata to `path`, whole or not at all, and return it.

    Raises Unwritable where the folder cannot be written to or the disk is full.
    """
    whole = {name: np.ascontiguousarray(tensor, dtype=np.float64) for name, tensor in tensors.items()}
    content = _in_order(save(whole, {**metadata, "sha256": _digest(whole, metadata)}))
    with written_whole(path) as partial:
        partial.write_bytes(content)
    return path


def read_tensors(path: Path, *needed: str) -> tuple[dict[str, Array], dict[str, str]]:
    """Return the tensors and metadata of a file that `write_tensors` wrote.

    needed: keys that its metadata must have. Raises BadWeights where the file is missing, truncated, altered since it
    was written, from another program, or holds NaN or infinity.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = dict(file.metadata() or {})
            tensors = {name: np.asarray(file.get_tensor(name), dtype=np.float64) for name in sorted(file.keys())}
    except (SafetensorError, OSError, ValueError, TypeError) as problem:
        raise bad(path, f"cannot be read ({problem})") from None
    digest = metadata.pop("sha256", None)
    if digest is None or not metadata.keys() >= {*needed}:
        raise bad(path, "was not written by Untangle")
    if not all(np.isfinite(tensor).all() for tensor in tensors.values()):
        raise bad(path, "holds NaN or infinity")
    if digest != _digest(tensors, metadata):
        raise bad(path, "was altered after it was written")
    return tensors, metadata


def bad(path: Path, complaint: str) -> BadWeights:
    """Return the error for a weights file."""
    return BadWeights(f"{path.name} {complaint}")


def _in_order(content: bytes) -> bytes:
    """The same file with sorted keys in its header; safetensors writes metadata in an order that changes each time.

    A file is the header's length in 8 bytes, the header as JSON padded with spaces to a multiple of 8, the tensors.
    """
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.dumps(json.loads(content[8:start]), sort_keys=True, separators=(",", ":")).encode()
    header += b" " * (-len(header) % 8)
    return len(header).to_bytes(8, "little") + header + content[start:]


def _digest(tensors: Mapping[str, Array], metadata: Mapping[str, str]) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(tensors.items()):
        digest.update(f"{name}{tensor.shape}".encode() + tensor.astype("<f8").tobytes())
    for key, value in sorted(metadata.items()):
        digest.update(f"{key}={value}\n".encode())
    return digest.hexdigest()
