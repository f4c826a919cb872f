"""Commands in messages: spelled as the user called the program, so that they can be copied and run."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

CALLED = "UNTANGLE_COMMAND"  # the program sets this variable to the words, one a line, by which it was called
LAUNCHER = "UNTANGLE_LAUNCHER"  # the launcher sets this one to its path, as it was typed
PACKAGE, SCRIPT = "manim-untangle", "untangle"


def command(*words: str) -> str:
    """Return a command line of the program: the way in which it was called, then the words, quoted for the shell."""
    return quoted(*program(), *words)


def portable_command(*words: str) -> str:
    """Return a command line for others to read: without an absolute path by which the program was called here."""
    called = program()
    return quoted(*([SCRIPT] if os.path.isabs(called[0]) else called), *words)


def program() -> list[str]:
    """Return the words by which the program was called, such as "./untangle" or "uvx manim-untangle".

    Where the running program is not ours (plain manim, a notebook) that is "untangle".
    """
    return os.environ.get(CALLED, SCRIPT).split("\n")


def install(extra: str) -> str:
    """Return the command that brings an extra of the package to where the program runs; with uvx, which installs
    nothing for long, the command that was given with the extra."""
    if LAUNCHER in os.environ:
        return command("setup", extra)
    wanted = f'"{PACKAGE}[{extra}]"'  # double quotes mean the same in every shell
    if program()[0] == "uvx":
        return f"uvx --from {wanted} {quoted(program()[-1], *sys.argv[1:])}"
    return f"pip install {wanted}"


def installed_version(package: str) -> str:
    """Return the version of an installed package, or "unknown"."""
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def shown_path(path: Path) -> str:
    """Return a path as the user would type it: from the current folder, or whole where it is on another drive."""
    try:
        return os.path.relpath(path)
    except ValueError:
        return str(path)


def quoted(*words: str) -> str:
    """Return words as one line that the shell takes apart into them."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
