"""Readers: one file a format. Each takes bytes and returns a network; nothing in a file is ever executed.

A module of this package with SUFFIXES, recognises(data, members) and read(data, options) is a reader; there is no other
registry. It imports the library of its format, which EXTRA (of pyproject.toml) installs, when it reads.
"""

from __future__ import annotations

import functools
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType

from netlib.command import install
from netlib.datasets import Dataset
from netlib.errors import AmbiguousFile, BadFile, MissingExtra, SaysAll
from netlib.readers import playground, tables
from netlib.readers.data import BUNDLED, BUNDLED_EXTRA, read_data
from netlib.readers.files import ReadOptions, contents, members, printable
from netlib.readers.matching import matched, numbered
from netlib.readers.steps import ReadNetwork
from netlib.training.recipe import recipe_in

SAYS_ALL = "says its own layers and activations. Leave --activation, --order and --layout away"
PICKLE, KERAS = "A pickle can run code. Save it with", "Save the Keras model with model.save('model.keras')"
CURES = {
    ".pkl": f"{PICKLE} safetensors, numpy.savez or skops instead",
    ".pickle": f"{PICKLE} safetensors, numpy.savez or skops instead",
    ".joblib": f"{PICKLE} skops.io.dump instead",
    ".pb": KERAS,
    ".tflite": KERAS,
    ".bin": "Save it with safetensors, or torch.save(model.state_dict(), 'model.pt')",
    ".ckpt": "Save it with torch.save(model.state_dict(), 'model.pt')",
}


def read_network(
    source: str | Path, *, activation: str | None = None, order: str | None = None, layout: str | None = None
) -> ReadNetwork:
    """Return the network in a file, or the one that a TensorFlow Playground URL describes, trained here.

    The content of a file says its format; its name does where it is damaged.
    What the file does not say is given by name: activation, one for all hidden layers ("tanh") or one each
    ("tanh,relu"); order, names of layers ("fc1,fc2,out"), with activations between them where wanted; layout, of
    weight matrices ("out,in" or "in,out"). Raises AmbiguousFile where it is needed and not given, BadFile where the
    file cannot be read or shown; both name the file, the place and the cure in one line. MissingExtra names the
    library that the format needs. A Playground URL holds no weights: it needs torch (MissingTorch), and the network
    is like the one on that page, not the same.
    """
    path = Path(source)
    options = ReadOptions.of(activation, order, layout, functools.partial(_beside, path))
    if playground.is_playground(str(source)):
        if not options.is_empty:
            raise SaysAll(f"the Playground URL {SAYS_ALL}")
        return playground.read_playground(str(source))
    if "://" in str(source):
        url = printable(source)
        raise BadFile(f"{url}: no URL but TensorFlow Playground's can be read. Download the file, and give that")
    try:
        return network_of(contents(path), path.suffix, options)
    except (BadFile, AmbiguousFile) as problem:
        raise type(problem)(f"{printable(path)}: {problem}") from None


def network_of(data: bytes, suffix: str, options: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of a file; messages of errors begin after the file's name.

    The bytes say which format it is. Where they do not, because it is damaged or another one, the suffix does.
    """
    known, suffix = readers(), suffix.lower()
    reader = next((module for module in known.values() if module.recognises(data, members(data))), known.get(suffix))
    if reader is None:
        cure = CURES.get(suffix, CURES[".pkl"] if data[:1] == b"\x80" else "Save it as one of them")
        what = f"'{printable(suffix)}' is no format" if suffix else "is of no format"
        raise BadFile(f"{what} that can be read ({', '.join(known)}). {cure}")
    try:
        found: ReadNetwork = reader.read(data, options)
    except ModuleNotFoundError as missing:
        shown = suffix if suffix in reader.SUFFIXES else reader.SUFFIXES[0]
        raise MissingExtra(f"reading {shown} needs {missing.name}. Run: {install(reader.EXTRA)}") from None
    # after reading, so that a damaged file is called damaged whatever the options are
    if getattr(reader, "SAYS_ALL", False) and not options.is_empty:
        raise SaysAll(SAYS_ALL)
    return found


@functools.cache
def readers() -> dict[str, ModuleType]:
    """Return the reader of every suffix, found by walking this package."""
    modules = (importlib.import_module(f"{__name__}.{info.name}") for info in pkgutil.iter_modules(__path__))
    return {suffix: module for module in modules for suffix in getattr(module, "SUFFIXES", ())}


def extra_for(source: str | Path) -> str | None:
    """Return the extra of pyproject.toml that reading a file, URL or data set needs, or None if it needs none.

    The file need not exist, and no library of a format is imported.
    """
    if playground.is_playground(str(source)):
        return playground.EXTRA
    reader = readers().get(Path(source).suffix.lower())
    if Path(source).suffix.lower() in tables.OF_PANDAS:
        return tables.EXTRA
    return BUNDLED_EXTRA if str(source) in BUNDLED else getattr(reader, "EXTRA", None)


def read_pair(
    source: str | Path,
    data: str | Path | None = None,
    *,
    activation: str | None = None,
    order: str | None = None,
    layout: str | None = None,
    label: str | None = None,
    features: str | None = None,
    drop: bool = False,
    classes: str | None = None,
    threshold: float | None = None,
) -> tuple[ReadNetwork, Dataset]:
    """Return a network and data that fit it, by default the data that the network was trained on here.

    Options: as in `read_network`, `read_data` and `matched`. Raises UntangleError, in one line with the cure, where
    one cannot be read or they do not fit.
    """
    read = read_network(source, activation=activation, order=order, layout=layout)
    if not data and read.recipe is None and (recipe := recipe_in(Path(source))):
        data = recipe.data
    if data is None and read.recipe is None:
        cure = "Give it: --data FILE, or a data set (--data spirals)"
        raise BadFile(f"{printable(source)} does not say what it was trained on. {cure}")
    if data is None and read.recipe:
        found = read.recipe.dataset()
    else:
        found = read_data(data or "", label=label, features=features, drop=drop)
    try:
        return matched(read, found, classes=classes, threshold=threshold)
    except (BadFile, AmbiguousFile) as problem:
        model = printable(source if "://" in str(source) else Path(source))
        raise type(problem)(f"{model} on {printable(Path(data or found.name))}: {problem}") from None


def _beside(path: Path, name: str) -> bytes:
    if not name or Path(name).name != name or name in (".", ".."):
        raise BadFile(f"keeps weights in '{printable(name)}', which is not beside it. Put both files in one folder")
    try:
        return contents(path.with_name(name))
    except BadFile as problem:
        raise BadFile(f"its weights '{printable(name)}': {problem}") from None


__all__ = ["ReadNetwork", "extra_for", "matched", "numbered", "read_data", "read_network", "read_pair", "readers"]
