"""The toolchain's fingerprint: the settings, encoder, versions and code that turn drawn data into video."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import pkgutil
import platform
import sys
import sysconfig
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.machinery import ModuleSpec
from importlib.metadata import Distribution, distributions, version
from pathlib import Path
from typing import Any

import av

from manim_untangle.render.encoder import THREADS, codec
from manim_untangle.render.settings import Settings

OWN = ("netlib", "manim_untangle")  # the top-level packages of this project: hashed wherever they are installed
# Batches draw themselves, whatever the camera, so these modules always count, with what they import.
ALWAYS = (
    "manim_untangle.draw.dots",
    "manim_untangle.draw.polylines",
    "manim_untangle.draw.raster",
    "manim_untangle.render.encoder",
    "manim_untangle.render.engine",
    "manim_untangle.render.frame_hash",
)
DRAWING = ("manim", "numpy", "pycairo", "numba", "llvmlite", "pillow", "av")
STANDARD = Path(sysconfig.get_path("stdlib"))


@dataclass(frozen=True)
class Code:
    """The code that draws and encodes.

    files: the SHA-256 of each file that can change on its own, by the name of its module. packages: the version of
    each installed distribution that these files import, by its name. The standard library is in neither.
    """

    files: dict[str, str]
    packages: dict[str, str]


def toolchain_fingerprint(camera: Any, settings: Settings) -> bytes:
    """Return bytes that differ whenever the same drawn data could become other video.

    camera: its class draws, and so do all modules that the class's module imports.
    """
    code = code_behind(type(camera))
    facts = {
        "size": (settings.width, settings.height, str(settings.fps)),
        "codec": (codec(settings), THREADS),
        "theme": (settings.theme.value, settings.transparent),
        "libraries": av.library_versions,
        "python": platform.python_version(),
        "versions": {name: version(name) for name in DRAWING},
        "packages": code.packages,
        "raster": os.environ.get("UNTANGLE_RASTER"),
        "code": code.files,
    }
    return json.dumps(facts, sort_keys=True).encode()


def code_behind(camera: type) -> Code:
    """Return the code of a class of cameras, of the encoder, and of all that they import, without importing anything.

    It follows imports from file to file, through this project and the user's own modules. It stops at an installed
    distribution, whose version stands for its files, and at the standard library.
    """
    waiting = [*ALWAYS, *(kind.__module__ for kind in camera.__mro__)]
    seen: set[str] = set()
    files: dict[str, str] = {}
    packages: dict[str, str] = {}
    while waiting:
        name = waiting.pop()
        spec = None if name in seen else _spec(name)
        seen.add(name)
        if spec is None or not spec.has_location or _is_standard(spec):
            continue
        if distribution := _distribution(spec):
            packages.update([distribution])
        elif (content := _content(spec)) is not None:
            files[name] = hashlib.sha256(content).hexdigest()
            waiting += _imports(spec.parent, content if str(spec.origin).endswith(".py") else b"")
    return Code(files, packages)


def _spec(name: str) -> ModuleSpec | None:
    """Return where a module is, or would be imported from; None or a place without a file where there is no module."""
    if name in sys.modules:
        spec, file = (getattr(sys.modules[name], each, None) for each in ("__spec__", "__file__"))
        # a script has a file and no spec
        return spec or (importlib.util.spec_from_file_location(name, file) if file else None)
    package, _, _ = name.rpartition(".")
    if not package:
        return importlib.util.find_spec(name)
    # for a name with dots, importlib.util.find_spec imports the package: look into its folders instead
    above = _spec(package)
    portions: list[str] = []
    for folder in (above and above.submodule_search_locations) or ():
        finder = pkgutil.get_importer(folder)
        spec = finder.find_spec(name) if finder else None
        if spec and spec.loader:
            return spec
        portions += (spec and spec.submodule_search_locations) or ()
    namespace = ModuleSpec(name, None, is_package=True)
    namespace.submodule_search_locations = portions
    return namespace


def _is_standard(spec: ModuleSpec) -> bool:
    # a user's file may have the name of a standard module, and the user's folders may lie beside the standard library
    return spec.name.partition(".")[0] in sys.stdlib_module_names and STANDARD in Path(str(spec.origin)).parents


def _distribution(spec: ModuleSpec) -> tuple[str, str] | None:
    """Return name and version of the installed distribution of a module; None for this project and the user's files."""
    path, parts = Path(str(spec.origin)), spec.name.split(".")
    stem = path.name.partition(".")[0]
    module = path.parent if stem == "__init__" else path.with_name(stem)
    if parts[0] in OWN or module.parts[-len(parts) :] != tuple(parts):
        return None
    return _provider(str(module.parents[len(parts) - 1]), parts[0])


@cache
def _provider(folder: str, top: str) -> tuple[str, str] | None:
    """Return name and version of the distribution that put a top-level module into a folder of the import path."""
    for distribution, files in _installed(folder):
        if any(f"\n{top}{end}" in files for end in "/.\n"):
            return distribution.name, distribution.version
    return None


@cache
def _installed(folder: str) -> list[tuple[Distribution, str]]:
    """Return the distributions in a folder of the import path, each with a text of the files that it installed there.

    A distribution that is installed for development has its files elsewhere, and does not list them.
    """
    found = []
    for distribution in distributions(path=[folder]):
        files = distribution.read_text("RECORD")
        if files is None and distribution.read_text("SOURCES.txt") is None:
            files = distribution.read_text("top_level.txt")  # all that some of Debian's packages have
        found.append((distribution, f"\n{files or ''}\n"))
    return found


@lru_cache(maxsize=256)
def _imports(package: str | None, source: bytes) -> list[str]:
    """Return the full names of all that a module of a package imports anywhere in its source."""
    names: list[str] = []
    try:
        tree = ast.parse(source)
    except SyntaxError:  # a file for another Python, which is never imported here
        return names
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            try:
                base = importlib.util.resolve_name("." * node.level + (node.module or ""), package)
            except ImportError:  # a relative import outside of a package, which fails when it runs
                continue
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return names


def _content(spec: ModuleSpec) -> bytes | None:
    """Return what is in a module's file, which may be inside a zip; None where there is no such file."""
    loader: Any = spec.loader
    try:
        return bytes(loader.get_data(spec.origin))
    except OSError:  # some packages make modules while they run, and give them the name of a file
        return None
