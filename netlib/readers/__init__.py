"""Readers: one file a format. Each takes bytes and returns a network; nothing in a file is ever executed.

A module of this package with SUFFIXES and read(data, asked) is a reader; there is no other registry.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from netlib.errors import AmbiguousFile, BadFile
from netlib.readers.data import read_data
from netlib.readers.files import contents, shown
from netlib.readers.matching import check_match
from netlib.readers.options import ReadOptions
from netlib.readers.playground import is_playground, read_playground
from netlib.readers.steps import ReadNetwork

SAYS_ALL = "says its own layers and activations. Leave --activation, --order and --layout away"
CURES = {
    ".pkl": "A pickle can run code. Save it with safetensors, numpy.savez or skops instead",
    ".pickle": "A pickle can run code. Save it with safetensors, numpy.savez or skops instead",
    ".joblib": "A pickle can run code. Save it with skops.io.dump instead",
    ".pb": "Save the Keras model with model.save('model.keras')",
    ".tflite": "Save the Keras model with model.save('model.keras')",
    ".bin": "Save it with safetensors, or torch.save(model.state_dict(), 'model.pt')",
    ".ckpt": "Save it with torch.save(model.state_dict(), 'model.pt')",
}


def read_network(
    source: str | Path, *, activation: str | None = None, order: str | None = None, layout: str | None = None
) -> ReadNetwork:
    """Return the network in a file, or the one that a TensorFlow Playground URL describes, trained here.

    What the file does not say is given by name: activation, one for all hidden layers ("tanh") or one each
    ("tanh,relu"); order, names of layers ("fc1,fc2,out"), with activations between them where wanted; layout, of
    weight matrices ("out,in" or "in,out"). Raises NotSaid where it is needed and not given, BadFile where the file
    cannot be read or shown; both name the file, the place and the cure in one line. A Playground URL holds no
    weights: it needs torch (MissingTorch), and the network is like the one on that page, not the same.
    """
    path = Path(source)
    asked = ReadOptions.of(activation, order, layout, functools.partial(_beside, path))
    if is_playground(str(source)):
        if not asked.is_empty:
            raise BadFile(f"the Playground URL {SAYS_ALL}")
        return read_playground(str(source))
    if "://" in str(source):
        raise BadFile(
            f"{shown(source)}: no URL but TensorFlow Playground's can be read. Download the file, and give that"
        )
    try:
        return network_of(contents(path), path.suffix, asked)
    except (BadFile, AmbiguousFile) as problem:
        raise type(problem)(f"{shown(path)}: {problem}") from None


def network_of(data: bytes, suffix: str, asked: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of a file with this suffix; messages of errors begin after the file's name."""
    known = readers()
    if suffix.lower() not in known:
        cure = CURES.get(suffix.lower(), "Save it as one of them")
        raise BadFile(f"'{shown(suffix)}' is no format that can be read ({', '.join(known)}). {cure}")
    reader = known[suffix.lower()]
    found: ReadNetwork = reader.read(data, asked)  # first of all: what is damaged says nothing
    if getattr(reader, "SAYS_ALL", False) and not asked.is_empty:
        raise BadFile(SAYS_ALL)
    return found


@functools.cache
def readers() -> dict[str, ModuleType]:
    """Return the reader of every suffix, found by walking this package."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    return {suffix: module for module in modules for suffix in getattr(module, "SUFFIXES", ())}


def _beside(path: Path, name: str) -> bytes:
    if not name or Path(name).name != name or name in (".", ".."):
        raise BadFile(f"keeps weights in '{shown(name)}', which is not beside it. Put both files in one folder")
    try:
        return contents(path.with_name(name))
    except BadFile as problem:
        raise BadFile(f"its weights '{shown(name)}': {problem}") from None


__all__ = ["ReadNetwork", "check_match", "read_data", "read_network", "read_playground"]
