"""Pickles read as data: the opcodes are interpreted here, and none of them can import or call anything.

A pickle is a program for a small stack machine. Ours knows only those instructions that build numbers, text, lists,
dictionaries and records of calls; what a record names is never looked up. Python's own pickle module is not used.
Source: the opcodes as documented in Python's standard library, pickletools.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from netlib.errors import BadFile
from netlib.readers.files import shown


@dataclass(frozen=True)
class Name:
    """A class or function that the pickle names, which stays a name."""

    text: str


@dataclass(eq=False)
class Call:
    """A call that the pickle asks for and that is not made."""

    function: str
    arguments: tuple[Any, ...]


@dataclass(eq=False)
class Persistent:
    """Something kept outside of the pickle (for torch: a tensor's storage), by its key."""

    key: Any


class _Mark:
    pass


MARK = _Mark()


def read_pickle(data: bytes, names: frozenset[str]) -> Any:
    """Return what the pickle builds, calls left as Call; raise BadFile for damage and for any name not in `names`."""
    machine = _Machine(data, names)
    try:
        return machine.run()
    except (IndexError, struct.error, KeyError, ValueError, TypeError, OverflowError) as problem:
        raise BadFile(f"its pickle is damaged at byte {machine.at} ({shown(problem)}). Save it again") from None


class _Machine:
    def __init__(self, data: bytes, names: frozenset[str]) -> None:
        self.data, self.names, self.at = data, names, 0
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}

    def run(self) -> Any:
        while True:
            opcode = self.take(1)
            if opcode == b".":
                return self.stack.pop()
            if opcode not in OPCODES:
                raise BadFile(
                    f"its pickle has the instruction {opcode!r} at byte {self.at - 1}, which no state_dict needs. "
                    "Nothing was run. Save model.state_dict() with torch.save"
                )
            OPCODES[opcode](self)

    def take(self, count: int) -> bytes:
        taken = self.data[self.at : self.at + count]
        if count < 0 or len(taken) != count:
            raise ValueError("it ends too early")
        self.at += count
        return taken

    def number(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def text(self, form: str) -> str:
        return self.take(self.number(form)).decode("utf-8", "strict")

    def line(self) -> str:
        end = self.data.index(b"\n", self.at)
        return self.take(end + 1 - self.at)[:-1].decode("utf-8")

    def since_mark(self) -> list[Any]:
        at = len(self.stack) - 1
        while self.stack[at] is not MARK:
            at -= 1
            if at < 0:
                raise ValueError("a mark is missing")
        items = self.stack[at + 1 :]
        del self.stack[at:]
        return items

    def name(self, module: object, qualified: object) -> Name:
        text = f"{module}.{qualified}"
        if text not in self.names:
            raise BadFile(
                f"its pickle names '{shown(text)}', which is code, not weights. Nothing was run. "
                "Save the weights alone: torch.save(model.state_dict(), path)"
            )
        return Name(text)

    def global_(self) -> None:
        module = self.line()
        self.stack.append(self.name(module, self.line()))

    def stack_global(self) -> None:
        qualified, module = self.stack.pop(), self.stack.pop()
        if not isinstance(qualified, str) or not isinstance(module, str):
            raise ValueError("a name is no text")
        self.stack.append(self.name(module, qualified))

    def call(self) -> None:
        arguments, function = self.stack.pop(), self.stack.pop()
        if not isinstance(function, Name) or not isinstance(arguments, tuple):
            raise ValueError("a call of no function")
        empty = function.text == "collections.OrderedDict" and not arguments
        self.stack.append({} if empty else Call(function.text, arguments))

    def put(self, pairs: list[Any]) -> None:
        holder = self.stack[-1]
        if not isinstance(holder, dict) or len(pairs) % 2:
            raise ValueError("entries without a dictionary")
        for key, value in zip(pairs[::2], pairs[1::2], strict=True):
            if not isinstance(key, str | int):
                raise ValueError("a key is neither text nor a number")
            holder[key] = value

    def extend(self, items: list[Any]) -> None:
        if not isinstance(self.stack[-1], list):
            raise ValueError("items without a list")
        self.stack[-1].extend(items)

    def tuple_of(self, count: int) -> None:
        if len(self.stack) < count:
            raise ValueError("a tuple lacks items")
        at = len(self.stack) - count
        self.stack[at:] = [tuple(self.stack[at:])]

    def build(self) -> None:
        # the state of an OrderedDict is torch's _metadata, which holds versions and no weights
        self.stack.pop()
        if not isinstance(self.stack[-1], dict):
            raise ValueError("a state without a dictionary")

    def long_(self) -> None:
        self.stack.append(int.from_bytes(self.take(self.number("<B")), "little", signed=True))


def _push(value: Callable[[_Machine], Any]) -> Callable[[_Machine], None]:
    return lambda machine: machine.stack.append(value(machine))


def _memoize(machine: _Machine, key: int) -> None:
    machine.memo[key] = machine.stack[-1]


OPCODES: dict[bytes, Callable[[_Machine], None]] = {
    b"\x80": lambda m: _ignore(m.take(1)),
    b"\x95": lambda m: _ignore(m.take(8)),
    b"}": _push(lambda m: {}),
    b"]": _push(lambda m: []),
    b")": _push(lambda m: ()),
    b"(": _push(lambda m: MARK),
    b"N": _push(lambda m: None),
    b"\x88": _push(lambda m: True),
    b"\x89": _push(lambda m: False),
    b"K": _push(lambda m: m.number("<B")),
    b"M": _push(lambda m: m.number("<H")),
    b"J": _push(lambda m: m.number("<i")),
    b"G": _push(lambda m: m.number(">d")),
    b"\x8a": _Machine.long_,
    b"X": _push(lambda m: m.text("<I")),
    b"\x8c": _push(lambda m: m.text("<B")),
    b"q": lambda m: _memoize(m, m.number("<B")),
    b"r": lambda m: _memoize(m, m.number("<I")),
    b"\x94": lambda m: _memoize(m, len(m.memo)),
    b"h": _push(lambda m: m.memo[m.number("<B")]),
    b"j": _push(lambda m: m.memo[m.number("<I")]),
    b"0": lambda m: _ignore(m.stack.pop()),
    b"t": lambda m: m.stack.append(tuple(m.since_mark())),
    b"\x85": lambda m: m.tuple_of(1),
    b"\x86": lambda m: m.tuple_of(2),
    b"\x87": lambda m: m.tuple_of(3),
    b"a": lambda m: m.extend([m.stack.pop()]),
    b"e": lambda m: m.extend(m.since_mark()),
    b"s": lambda m: m.put([m.stack.pop(-2), m.stack.pop()]),
    b"u": lambda m: m.put(m.since_mark()),
    b"c": _Machine.global_,
    b"\x93": _Machine.stack_global,
    b"R": _Machine.call,
    b"b": _Machine.build,
    b"Q": _push(lambda m: Persistent(m.stack.pop())),
}


def _ignore(_: object) -> None:
    pass
