"""What turns drawn data into video, as bytes: settings, encoder, versions, and the code that draws and encodes."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import json
import os
import sys
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import av

from manim_untangle.render.encoder import codec
from manim_untangle.render.settings import Settings

ROOT = Path(__file__).parent.parent.parent
ENCODING = (
    "manim_untangle.render.colour",
    "manim_untangle.render.encoder",
    "manim_untangle.render.engine",
    "manim_untangle.render.draw_order",
)
DRAWING = ("manim", "numpy", "pycairo", "numba", "llvmlite", "pillow", "av")


def salt(camera: Any, settings: Settings) -> bytes:
    """Return bytes that differ whenever the same drawn data could become other video.

    camera: whose class, with every module of this project that it leans on, does the drawing.
    """
    names = [*ENCODING, "manim_untangle.render.frame_hash", *(kind.__module__ for kind in type(camera).__mro__)]
    facts = {
        "size": (settings.width, settings.height, str(settings.fps)),
        "codec": asdict(codec(settings)),
        "libraries": av.library_versions,
        "versions": {name: _version(name) for name in DRAWING},
        "raster": os.environ.get("UNTANGLE_RASTER"),
        "code": {name: _digest(file) for name, file in sorted(leaned_on(names).items())},
    }
    return json.dumps(facts, sort_keys=True).encode()


def leaned_on(names: list[str]) -> dict[str, Path]:
    """Return the source files of modules and of all that they import, by name, without those of installed packages."""
    found: dict[str, Path] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        file = None if name in found else _file(name)
        if file is not None and _ours(file):
            found[name] = file
            waiting += _imports(file)
    return found


def _file(name: str) -> Path | None:
    """Return a module's source file, without importing the module; None where it has none."""
    try:
        file = (
            sys.modules[name].__file__
            if name in sys.modules
            else getattr(importlib.util.find_spec(name), "origin", None)
        )
    except (ImportError, AttributeError, ValueError):
        return None
    return Path(file) if file and file.endswith(".py") else None


def _imports(file: Path) -> list[str]:
    """Return the names of what a source file imports, anywhere in it."""
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_bytes())):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return names


def _ours(file: Path) -> bool:
    """Whether a source file can change between two renders without a package's version changing."""
    if ROOT in file.parents and "site-packages" not in file.relative_to(ROOT).parts:
        return True
    installed = {"site-packages", "dist-packages"} & set(file.parts) or Path(sys.base_prefix) in file.parents
    return not installed


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
