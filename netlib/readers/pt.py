"""torch .pt and .pth: a state_dict, read without torch and without running the pickle in it.

A pickle is a program for a small stack machine. The standard library's pickletools decodes its instructions. Only
those that build numbers, text, lists, dictionaries and tuples are followed here; a call is noted and never made, and
a name of code is compared with a fixed list and never looked up.
Source: the opcodes in pickletools; the zip that torch.save writes since torch 1.6 (data.pkl, one file a storage).
"""

from __future__ import annotations

import functools
import pickletools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import (
    MAX_STRUCTURE,
    Archive,
    Budget,
    ReadOptions,
    count_of,
    damage,
    listing,
    numbers,
    printable,
)
from netlib.readers.named_arrays import network_from
from netlib.readers.steps import ReadNetwork

SUFFIXES = (".pt", ".pth")
OLDER = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."  # with which torch.save began files before 1.6
STORAGES = {
    "torch.DoubleStorage": "<f8",
    "torch.FloatStorage": "<f4",
    "torch.HalfStorage": "<f2",
    "torch.BFloat16Storage": "bf16",
    "torch.LongStorage": "<i8",
    "torch.IntStorage": "<i4",
    "torch.ShortStorage": "<i2",
    "torch.CharStorage": "|i1",
    "torch.ByteStorage": "|u1",
    "torch.BoolStorage": "|b1",
}
TENSOR, PARAMETER = "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter"
# What a checkpoint may hold besides tensors. Such values are noted like all calls, and none is made.
BESIDE = {
    *("numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "numpy.core.multiarray._reconstruct"),
    *("numpy._core.multiarray._reconstruct", "numpy.ndarray", "numpy.dtype", "_codecs.encode", "argparse.Namespace"),
    *(
        "collections.defaultdict",
        "collections.Counter",
        "builtins.dict",
        "builtins.set",
        "torch.Size",
        "torch.device",
        "torch.float32",
    ),
    *("torch.float64", "pathlib.PosixPath", "pathlib.WindowsPath", "pathlib._local.PosixPath", "datetime.datetime"),
}
NAMES = {*STORAGES, TENSOR, PARAMETER, "collections.OrderedDict", *BESIDE}
OPTIMISER = {"exp_avg", "exp_avg_sq", "momentum_buffer", "square_avg", "param_groups"}
DEEPEST = 8  # of dictionaries and lists in each other, in which a state_dict is looked for
CURE = "Save model.state_dict() with torch.save"


def recognises(data: bytes, members: tuple[str, ...]) -> bool:
    """Whether a zip has the member (by name) in which torch.save keeps its pickle, or it is the older kind of file."""
    return data.startswith(OLDER) or any(name.endswith("/data.pkl") or name == "data.pkl" for name in members)


def read(data: bytes, options: ReadOptions) -> ReadNetwork:
    """Return the network whose state_dict is in the bytes, wherever in a checkpoint it is."""
    if not data.startswith(b"PK"):
        raise BadFile(f"is no file of torch.save since torch 1.6 (a zip). {CURE} of a current torch")
    archive = Archive(data)
    found = [name for name in archive.names if name.endswith("/data.pkl") or name == "data.pkl"]
    if len(found) != 1 or any("/code/" in name for name in archive.names):
        what = "a TorchScript program" if len(found) == 1 else "no torch.save archive"
        raise BadFile(f"is {what}. {CURE}")
    folder = found[0].removesuffix("data.pkl")
    if f"{folder}byteorder" in archive.names and archive.read(f"{folder}byteorder").strip() != b"little":
        raise BadFile("was written on a big-endian machine. Save it again on another")
    (state, said), budget = _state_dict(read_pickle(archive.read(found[0]))), Budget()
    stored = functools.cache(lambda key: archive.read(f"{folder}data/{key}"))
    read = network_from({name: _tensor(call, name, stored, budget) for name, call in state.items()}, options)
    return replace(read, assumptions=(*said, *read.assumptions))


# ---- the pickle --------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Name:
    """A class or function that the pickle names."""

    text: str


@dataclass(frozen=True, eq=False)
class Call:
    """A call that the pickle asks for; of STORED for what is kept outside of it, by its key (a tensor's storage)."""

    function: str
    arguments: tuple[Any, ...]


MARK, STORED = object(), "stored"
PUSH = {
    "BINBYTES",
    "SHORT_BINBYTES",
    "BININT",
    "BININT1",
    "BININT2",
    "LONG1",
    "BINFLOAT",
    "BINUNICODE",
    "SHORT_BINUNICODE",
}
EMPTY: dict[str, Callable[[], Any]] = {"EMPTY_DICT": dict, "EMPTY_LIST": list}
CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False, "EMPTY_TUPLE": (), "MARK": MARK}
# How many values an instruction takes from the stack; 0 for all since the last mark.
TAKES = {"TUPLE": 0, "TUPLE1": 1, "TUPLE2": 2, "TUPLE3": 3, "APPEND": 1, "APPENDS": 0, "SETITEM": 2, "SETITEMS": 0}
TAKES |= {"STACK_GLOBAL": 2, "REDUCE": 2, "BINPERSID": 1, "BUILD": 1, "POP": 1, "NEWOBJ": 2}


def read_pickle(data: bytes) -> Any:
    """Return what the pickle builds, with each call left as Call; raise BadFile for damage and for any other code."""
    if len(data) > MAX_STRUCTURE:
        raise BadFile(f"its pickle has {len(data):,} bytes, the limit is {MAX_STRUCTURE:,}. {CURE}")
    stack, memo = list[Any](), dict[int, Any]()
    with damage("its pickle is damaged"):
        instructions: Iterator[tuple[Any, Any, int | None]] = pickletools.genops(data)
        for opcode, operand, at in instructions:
            name = opcode.name
            if name == "STOP":
                return stack.pop()
            if name in PUSH:
                stack.append(operand)
            elif name in CONSTANTS:
                stack.append(CONSTANTS[name])
            elif name in EMPTY:
                stack.append(EMPTY[name]())
            elif name in ("BINGET", "LONG_BINGET"):
                stack.append(memo[operand])
            elif name in ("BINPUT", "LONG_BINPUT", "MEMOIZE"):
                memo[len(memo) if name == "MEMOIZE" else operand] = stack[-1]
            elif name == "GLOBAL":
                stack.append(_named(operand.replace(" ", ".")))
            elif name in TAKES:
                _follow(name, _taken(stack, TAKES[name]), stack)
            elif name not in ("PROTO", "FRAME"):
                raise BadFile(
                    f"its pickle has the instruction {name} at byte {at}, which no state_dict needs. "
                    f"Nothing was run. {CURE}"
                )
    raise BadFile(f"its pickle is damaged. {CURE}")


def _taken(stack: list[Any], count: int) -> list[Any]:
    start = len(stack) - count
    if count == 0:
        while start > 0 and stack[start - 1] is not MARK:
            start -= 1
    if start < (1 if count == 0 else 0):
        raise ValueError("a value or a mark is missing")
    items = stack[start:]
    del stack[start - (count == 0) :]
    return items


def _follow(name: str, items: list[Any], stack: list[Any]) -> None:
    """Carry out an instruction that takes items from the stack and changes what lies below, or adds to it."""
    match name, items, stack[-1:]:
        case "TUPLE" | "TUPLE1" | "TUPLE2" | "TUPLE3", _, _:
            stack.append(tuple(items))
        case "APPEND" | "APPENDS", _, [list() as holder]:
            holder.extend(items)
        case "SETITEM" | "SETITEMS", _, [dict() as holder]:
            if not all(isinstance(key, str) or type(key) is int for key in items[::2]):
                raise ValueError("a key is neither text nor a number")
            holder.update(zip(items[::2], items[1::2], strict=True))
        case "STACK_GLOBAL", [str(module), str(qualified)], _:
            stack.append(_named(f"{module}.{qualified}"))
        case "REDUCE", [Name(text="collections.OrderedDict" | "collections.defaultdict"), tuple()], _:
            stack.append({})
        case "REDUCE", [Name(text=function), tuple(arguments)], _:
            stack.append(Call(function, arguments))
        case "BINPERSID", [key], _:
            stack.append(Call(STORED, (key,)))
        case "BUILD", _, [dict() | Call()]:
            pass  # the state of an OrderedDict is torch's _metadata, which holds versions and no weights
        case "NEWOBJ", [Name(text=function), tuple(arguments)], _ if function in BESIDE:
            stack.append(Call(function, arguments))
        case "POP", _, _:
            pass
        case _:
            raise ValueError(f"{name} of values of a wrong kind")


def _named(text: str) -> Name:
    if text not in NAMES:
        raise BadFile(
            f"its pickle names '{printable(text)}', which is code, not weights. Nothing was run. "
            "Save the weights alone: torch.save(model.state_dict(), path)"
        )
    return Name(text)


# ---- tensors -----------------------------------------------------------------------------------------------------


def _state_dict(found: Any) -> tuple[dict[str, Call], list[str]]:
    """The one dictionary with matrices in a checkpoint, and a sentence on where it is and what is left out."""
    states = dict(_state_dicts(found, "", set(), 2)) or dict(_state_dicts(found, "", set(), 0))
    if not states:
        raise BadFile(f"holds no state_dict. {CURE}")
    if len(states) > 1:
        places = listing([*states])
        example = f"torch.save(torch.load(path){printable(next(iter(states)))}, 'model.pt')"
        raise BadFile(f"holds {len(states)} networks, in {places}. Save the one to show, for example: {example}")
    ((place, state),) = states.items()
    tensors = {str(name): value for name, value in state.items() if _is_tensor(value)}
    beside = [str(name) for name in state if str(name) not in tensors]
    said = [f"The weights are those in {printable(place)}."] if place else []
    return tensors, said + ([f"Left out, as they are no tensors: {listing(beside)}."] if beside else [])


def _state_dicts(found: Any, place: str, seen: set[int], rank: int) -> Iterator[tuple[str, dict[Any, Any]]]:
    """Every dictionary that holds a tensor of such a rank or more, with its place ("['model']"); the innermost ones."""
    if id(found) in seen or place.count("[") > DEEPEST or not isinstance(found, dict | list | tuple):
        return
    seen.add(id(found))
    if isinstance(found, dict) and OPTIMISER & {key for key in found if isinstance(key, str)}:
        return
    items = found.items() if isinstance(found, dict) else enumerate(found)
    inner = [pair for key, value in items for pair in _state_dicts(value, f"{place}[{key!r}]", seen, rank)]
    yield from inner
    if not inner and isinstance(found, dict) and any(_is_tensor(value, rank) for value in found.values()):
        yield place, found


def _is_tensor(value: Any, rank: int = 0) -> bool:
    """Whether the pickle asks for a tensor here, of such a rank or more."""
    match value:
        case Call(function=function, arguments=(Call() as inner, *_)) if function == PARAMETER:
            return _is_tensor(inner, rank)
        case Call(function=function, arguments=(_, _, tuple(shape), *_)) if function == TENSOR:
            return len(shape) >= rank
    return False


def _tensor(call: Call, name: str, stored: Callable[[str], bytes], budget: Budget) -> NDArray[Any]:
    """Return the array that torch would rebuild; each claim about storage, offset and strides is checked."""
    if call.function == PARAMETER and call.arguments and isinstance(call.arguments[0], Call):
        call = call.arguments[0]
    match call.arguments:
        case (Call("stored", (("storage", Name(kind), str(key), *_),)), start, tuple(shape), tuple(strides), *_) if (
            call.function == TENSOR and kind in STORAGES
        ):
            claims = (start, *shape, *strides)
        case _:
            raise BadFile(f"'{printable(name)}' is no plain tensor of numbers. {CURE}")
    if len(shape) != len(strides) or not all(type(claim) is int and 0 <= claim < 2**40 for claim in claims):
        raise BadFile(f"'{printable(name)}' has no proper shape. Save it again")
    count, dtype, raw = count_of(shape, name), STORAGES[kind], memoryview(stored(key))
    if not count:
        return np.zeros(shape)
    width = 2 if dtype == "bf16" else np.dtype(dtype).itemsize
    span = 1 + sum((size - 1) * stride for size, stride in zip(shape, strides, strict=True))
    if (start + span) * width > len(raw):
        raise BadFile(f"'{printable(name)}' reaches beyond its storage. Save it again")
    budget.spend(max(count, span))
    values = numbers(raw[start * width : (start + span) * width], dtype, (span,), name)
    return np.lib.stride_tricks.as_strided(values, shape, [stride * values.itemsize for stride in strides]).copy()
