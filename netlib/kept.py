"""Kept results: what a costly function found is kept on disk under a hash of all that it depends on.

That is the numbers that it is given (weights, points, labels, parameters), the source of netlib and of the function's
own package, and the versions of the libraries that compute. Nothing is kept outside of `keeping`. A kept result is text
without code. A damaged file is no result: the function computes it again.
"""

from __future__ import annotations

import base64
import contextlib
import functools
import hashlib
import inspect
import json
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import CodeType, FunctionType, MethodType
from typing import Any, ParamSpec, TypeVar

import numpy as np

from netlib.command import installed_version
from netlib.errors import UntangleError
from netlib.files import written_whole

STARTED = time.time()
COMPUTING = ("numpy", "scipy", "contourpy", "gudhi")  # libraries that certificates compute with
LIBRARIES = ("numpy", "scipy.special")  # their functions may be in an activation, and so in an argument
OURS = ("netlib", "manim_untangle")  # packages
NO_KINDS: Mapping[str, type] = {}
EXACT = "biufc"  # the kinds of numbers that are their bytes

P = ParamSpec("P")
R = TypeVar("R")

_folder: ContextVar[Path | None] = ContextVar("folder of kept results", default=None)


class _Unknown(Exception):
    """A value of which nobody here can say all that it depends on, or how to write it."""


@contextlib.contextmanager
def keeping(folder: Path | None) -> Iterator[None]:
    """Within it, results of functions that are `kept` are taken from a folder, and put there; None: neither."""
    before = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(before)


def kept(*kinds: type) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Return a decorator for a function of this project whose result depends on its arguments alone.

    kinds: the dataclasses of which results consist, beside numbers, text, arrays, tuples, lists and dictionaries. Where
    an argument holds code from elsewhere, such as a layer of a user's own class, the function is called each time.
    Fields of a dataclass that do not count when two are compared do not count here.
    """

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        signature, allowed = inspect.signature(function), {kind.__name__: kind for kind in kinds}
        package = _package(function)
        if package not in OURS:
            raise ValueError(f"{function.__qualname__} is no function of {' or '.join(OURS)}: who knows its code?")

        @functools.wraps(function)
        def found(*args: P.args, **kwargs: P.kwargs) -> R:
            folder = _folder.get()
            if folder is None or (code := code_version(package)) is None:
                return function(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            bound.apply_defaults()
            try:
                key = _key(function, code, bound.arguments)
            except (_Unknown, RecursionError):
                return function(*args, **kwargs)
            path = folder / f"{key}.json"
            with contextlib.suppress(Exception):  # whatever is wrong with a file, the result is computed
                result: R = read_result(path, allowed)
                return result
            result = function(*args, **kwargs)
            with contextlib.suppress(_Unknown, OSError, UntangleError):  # on a full disk there is still the result
                write_result(path, result, allowed)
            return result

        return found

    return decorated


@functools.cache
def code_version(package: str = "netlib") -> bytes | None:
    """Return a digest of the source of netlib and of a package of this project, and of the versions that they compute
    with; None where a file of the source changed since this process began, since the code in memory may be of either
    version."""
    digest = hashlib.sha256(f"{sys.version} {[installed_version(name) for name in COMPUTING]}".encode())
    root = Path(__file__).parents[1]
    for path in sorted(path for name in {"netlib", package} for path in (root / name).rglob("*.py")):
        facts = path.stat()
        if max(facts.st_mtime, facts.st_ctime) > STARTED:
            return None
        content = path.read_bytes()
        digest.update(f"{path.relative_to(root).as_posix()} {len(content)} ".encode() + content)
    return digest.digest()


def _package(thing: Any) -> str:
    return str(thing.__module__).partition(".")[0]


def _key(function: Callable[..., Any], version: bytes, arguments: dict[str, Any]) -> str:
    digest = hashlib.sha256(version)
    digest.update(f"{function.__module__}.{function.__qualname__}".encode())
    _add(digest.update, arguments, {"netlib", _package(function)})
    return digest.hexdigest()


def _add(update: Callable[[bytes], object], value: Any, own: set[str]) -> None:
    """Add a value to a hash, with its type and lengths, so that no two values look alike; or raise _Unknown.

    own: the packages whose source is in the hash already, and so all that their functions refer to by name.
    """
    kind = type(value)
    if value is None or kind in (bool, int, float, str, bytes):
        text = value if kind is bytes else repr(value).encode("utf-8", "surrogatepass")
        update(f"{kind.__name__} {len(text)} ".encode() + text)
    elif (kind is np.ndarray or isinstance(value, np.generic)) and value.dtype.kind in EXACT:
        update(f"{kind.__name__} {value.dtype.str} {value.shape} ".encode() + value.tobytes())
    elif kind in (tuple, list, dict):
        update(f"{kind.__name__} {len(value)} ".encode())
        for each in value.items() if kind is dict else value:
            _add(update, each, own)
    elif is_dataclass(kind) and _package(kind) in own:
        update(f"{kind.__module__}.{kind.__qualname__} ".encode())
        for field in fields(value):
            if field.compare:
                _add(update, getattr(value, field.name), own)
    elif kind is MethodType:
        update(b"method ")
        _add(update, [value.__self__, value.__func__], own)
    elif kind is FunctionType and _package(value) in own:
        update(f"{value.__module__}.{value.__qualname__} ".encode())
        held = [cell.cell_contents for cell in value.__closure__ or ()]
        _add(update, [value.__defaults__, value.__kwdefaults__, held], own)
        _add_code(update, value.__code__, own)
    elif any(value is getattr(sys.modules.get(name), getattr(value, "__name__", ""), None) for name in LIBRARIES):
        update(f"function {value.__name__} ".encode())
    else:
        raise _Unknown


def _add_code(update: Callable[[bytes], object], code: CodeType, own: set[str]) -> None:
    _add(update, [code.co_code, code.co_names, code.co_varnames, code.co_freevars], own)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            _add_code(update, constant, own)
        else:
            _add(update, constant, own)


def read_result(path: Path, allowed: Mapping[str, type] = NO_KINDS) -> Any:
    """Return the result in a file, and mark it as used; raise an error where there is none, or a damaged one.

    allowed: the dataclasses that may be in it, by name.
    """
    head, _, text = path.read_bytes().partition(b"\n")
    if head != _sum(path, text):
        raise ValueError("damaged")
    result = _decoded(json.loads(text), allowed)
    with contextlib.suppress(OSError):
        os.utime(path)
    return result


def write_result(path: Path, result: Any, allowed: Mapping[str, type] = NO_KINDS) -> None:
    """Write a result to a file, whole or not at all."""
    text = json.dumps(_encoded(result, allowed)).encode()
    with written_whole(path) as partial:
        partial.write_bytes(_sum(path, text) + b"\n" + text)


def _sum(path: Path, text: bytes) -> bytes:
    return hashlib.sha256(path.stem.encode() + text).hexdigest().encode()


def _encoded(value: Any, allowed: Mapping[str, type]) -> Any:
    """Return a result as what JSON holds; or raise _Unknown."""
    kind = type(value)
    if value is None or kind in (bool, int, float, str):
        return value
    if kind is list:
        return [_encoded(each, allowed) for each in value]
    if kind is tuple:
        return {"tuple": [_encoded(each, allowed) for each in value]}
    if kind is dict and all(type(name) is str for name in value):
        return {"dict": {name: _encoded(each, allowed) for name, each in value.items()}}
    if (kind is np.ndarray or isinstance(value, np.generic)) and value.dtype.kind in EXACT:
        numbers = base64.b85encode(value.tobytes()).decode()
        return {"array" if kind is np.ndarray else "number": [value.dtype.str, list(value.shape), numbers]}
    if allowed.get(kind.__name__) is kind and is_dataclass(kind):
        held = {field.name: _encoded(getattr(value, field.name), allowed) for field in fields(value)}
        return {"kind": kind.__name__, "fields": held}
    raise _Unknown


def _decoded(value: Any, allowed: Mapping[str, type]) -> Any:
    """Return what `_encoded` was given; raise an error where it never wrote this."""
    if isinstance(value, list):
        return [_decoded(each, allowed) for each in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"tuple": held}:
            return tuple(_decoded(each, allowed) for each in held)
        case {"dict": held}:
            return {name: _decoded(each, allowed) for name, each in held.items()}
        case {"kind": name, "fields": held}:
            return allowed[name](**{field: _decoded(each, allowed) for field, each in held.items()})
        case {"array": [kind, shape, numbers]} | {"number": [kind, shape, numbers]}:
            array = np.frombuffer(base64.b85decode(numbers), np.dtype(kind)).reshape(shape).copy()
            return array if "array" in value else array[()]
    raise ValueError(f"not written here: {value}")
