"""How the user called the program, for messages that name its commands (netlib/command.py).

This module imports nothing of ours, so that --help is quick.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

PACKAGE = "manim-untangle"
SCRIPTS = ("untangle", PACKAGE)  # of pyproject.toml


def note_invocation() -> str:
    """Store how this process was called, for it and for the processes that it starts; return it in one line."""
    words = invocation()
    os.environ["UNTANGLE_COMMAND"] = "\n".join(words)
    return shlex.join(words)


def invocation() -> list[str]:
    """Return the words that call the program again: ["./untangle"], ["uvx", "manim-untangle"], ["python", "-m", …]."""
    if launcher := os.environ.get("UNTANGLE_LAUNCHER"):
        return [_typed(launcher)]
    path = Path(sys.argv[0])
    if path.name == "__main__.py" and path.parent == Path(__file__).parents[1]:
        return [sys.orig_argv[0], "-m", path.parent.name]
    name = path.name.removesuffix(".exe")
    if name not in SCRIPTS:
        return [SCRIPTS[0]]
    if "UV" in os.environ and any((folder / "CACHEDIR.TAG").is_file() for folder in Path(sys.prefix).parents):
        # uvx made this environment for one call: it lies in the cache of uv
        return ["uvx", name] if name == PACKAGE else ["uvx", "--from", PACKAGE, name]
    return ["uv", "run", name] if "UV_RUN_RECURSION_DEPTH" in os.environ else [_typed(sys.argv[0])]


def _typed(path: str) -> str:
    """The word that runs a script again: its name if the shell finds it by that, else the path that was typed."""
    found = shutil.which(Path(path).name)
    if found and _plain(found) == _plain(path):
        return Path(path).name.removesuffix(".exe")
    return path if os.path.dirname(path) else os.path.join(os.curdir, path)


def _plain(path: str) -> str:
    return os.path.normcase(os.path.abspath(path)).removesuffix(".exe")
