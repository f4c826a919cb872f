"""torch .pt and .pth: a state_dict, read without torch and without running the pickle in it.

Source: the zip layout that torch.save writes since torch 1.6 (data.pkl, one file a storage, byteorder).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.archive import Archive
from netlib.readers.files import Budget, count_of, numbers, shown
from netlib.readers.options import ReadOptions
from netlib.readers.ordering import network_from
from netlib.readers.pickles import Call, Name, Persistent, read_pickle
from netlib.readers.steps import ReadNetwork
from netlib.readers.tensors import parts_of

SUFFIXES = (".pt", ".pth")
STORAGES = {
    "torch.DoubleStorage": "<f8",
    "torch.FloatStorage": "<f4",
    "torch.HalfStorage": "<f2",
    "torch.BFloat16Storage": "bf16",
    "torch.LongStorage": "<i8",
    "torch.IntStorage": "<i4",
}
TENSOR, PARAMETER = "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter"
NAMES = frozenset({*STORAGES, TENSOR, PARAMETER, "collections.OrderedDict"})
WRAPPERS = ("state_dict", "model_state_dict", "model", "net", "weights")
CURE = "Save model.state_dict() with torch.save"


def read(data: bytes, asked: ReadOptions) -> ReadNetwork:
    """Return the network whose state_dict is in the bytes, on its own or under a usual key of a checkpoint."""
    if not data.startswith(b"PK"):
        raise BadFile(f"is no file of torch.save since torch 1.6 (a zip). {CURE} of a current torch")
    archive = Archive(data)
    found = [name for name in archive.names if name.endswith("/data.pkl") or name == "data.pkl"]
    if len(found) != 1 or any("/code/" in name for name in archive.names):
        what = "a TorchScript program" if len(found) == 1 else "no torch.save archive"
        raise BadFile(f"is {what}. {CURE}")
    folder = found[0].removesuffix("data.pkl")
    if f"{folder}byteorder" in archive and archive.read(f"{folder}byteorder").strip() != b"little":
        raise BadFile("was written on a big-endian machine. Save it again on another")
    state = _state_dict(read_pickle(archive.read(found[0]), NAMES))
    storages = _Storages(archive, folder)
    tensors = {
        str(key): _tensor(value, str(key), storages)
        for key, value in state.items()
        if not str(key).endswith("num_batches_tracked")
    }
    return network_from(parts_of(tensors), asked)


class _Storages:
    """Storages by key, each read once; tensors may share one."""

    def __init__(self, archive: Archive, folder: str) -> None:
        self.archive, self.folder, self.budget = archive, folder, Budget()
        self.read: dict[tuple[str, str], NDArray[Any]] = {}

    def values(self, key: str, kind: str) -> NDArray[Any]:
        if (key, kind) not in self.read:
            path = f"{self.folder}data/{key}"
            raw, dtype = self.archive.read(path), STORAGES[kind]
            width = 2 if dtype == "bf16" else np.dtype(dtype).itemsize
            self.read[key, kind] = numbers(raw, dtype, (len(raw) // width,), path)
        return self.read[key, kind]


def _state_dict(found: Any) -> Mapping[Any, Any]:
    if isinstance(found, dict) and not any(isinstance(value, Call) for value in found.values()):
        found = next((found[key] for key in WRAPPERS if isinstance(found.get(key), dict)), found)
    if not isinstance(found, dict) or not found:
        raise BadFile(f"holds no state_dict. {CURE}")
    for key, value in found.items():
        if not isinstance(value, Call):
            raise BadFile(f"'{shown(key)}' is no tensor. {CURE}")
    return found


def _tensor(call: Any, name: str, storages: _Storages) -> NDArray[Any]:
    """Return the array that torch would rebuild; each claim about storage, offset and strides is checked."""
    for _ in range(2):  # a parameter wraps its tensor once
        if isinstance(call, Call) and call.function == PARAMETER and call.arguments:
            call = call.arguments[0]
    match call:
        case Call(function=function, arguments=(Persistent(key=key), offset, size, strides, *_)) if function == TENSOR:
            pass
        case _:
            raise BadFile(f"'{shown(name)}' is no plain tensor. {CURE}")
    match key:
        case ("storage", Name(text=kind), str(stored), _, _) if kind in STORAGES:
            values = storages.values(stored, kind)
        case _:
            raise BadFile(f"'{shown(name)}' has a storage of an unknown kind. Save it as float32 or float64")
    shape, steps, (start,) = _whole(size, name), _whole(strides, name), _whole((offset,), name)
    count = count_of(shape, name)
    storages.budget.spend(count)
    last = start + sum((n - 1) * step for n, step in zip(shape, steps, strict=False))
    if len(shape) != len(steps) or (count and last >= len(values)):
        raise BadFile(f"'{shown(name)}' reaches beyond its storage. Save it again")
    if not count:
        return np.zeros(shape)
    bytes_of_steps = [step * values.itemsize for step in steps]
    return np.lib.stride_tricks.as_strided(values[start:], shape, bytes_of_steps).copy()


def _whole(values: object, name: str) -> tuple[int, ...]:
    if isinstance(values, tuple) and len(values) <= 8 and all(type(v) is int and 0 <= v < 2**40 for v in values):
        return values
    raise BadFile(f"'{shown(name)}' has no proper shape. Save it again")
