"""What turns drawn data into video, as bytes: settings, encoder, versions, and the code that draws and encodes."""

from __future__ import annotations

import hashlib
import json
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

import av

from studio.render.encoder import codec
from studio.render.settings import Settings

ROOT = Path(__file__).parent.parent.parent
ENCODING = ("studio.render.colour", "studio.render.encoder", "studio.render.engine", "studio.render.digest")
DRAWING = ("manim", "numpy", "pycairo", "numba", "llvmlite", "pillow", "av")


def salt(camera: Any, settings: Settings) -> bytes:
    """Return bytes that differ whenever the same drawn data could become other video.

    camera: whose class, with every module of this project that it leans on, does the drawing.
    """
    modules = {name: code for kind in type(camera).__mro__ for name, code in drawing_code(kind.__module__).items()}
    modules |= {name: _code(sys.modules[name]) for name in ENCODING}
    facts = {
        "size": (settings.width, settings.height, str(settings.fps)),
        "codec": asdict(codec(settings)),
        "libraries": av.library_versions,
        "versions": {name: version(name) for name in DRAWING},
        "code": dict(sorted(modules.items())),
    }
    return json.dumps(facts, sort_keys=True).encode()


def drawing_code(name: str) -> dict[str, str]:
    """Return digests of the source of a module and of all that it uses, as far as they are no installed packages."""
    found: dict[str, str] = {}
    waiting = [name]
    while waiting:
        module = sys.modules.get(waiting.pop())
        if module is None or module.__name__ in found or not _ours(module):
            continue
        found[module.__name__] = _code(module)
        for value in list(vars(module).values()):
            owner = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
            if isinstance(owner, str):
                waiting.append(owner)
    return found


def _ours(module: ModuleType) -> bool:
    """Whether a module's source can change between two renders without a package's version changing."""
    file = getattr(module, "__file__", None)
    if not file or not file.endswith(".py"):
        return False
    path = Path(file)
    return ROOT / "scenes" in path.parents or (
        not {"site-packages", "dist-packages"} & set(path.parts) and (Path(sys.base_prefix) not in path.parents)
    )


def _code(module: ModuleType) -> str:
    assert module.__file__ is not None
    return hashlib.sha256(Path(module.__file__).read_bytes()).hexdigest()
