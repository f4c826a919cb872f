"""The process around the command line: how the user called it, for messages; errors in one line; exit codes.

It imports next to nothing of ours before a command fails, so that --help is fast.
"""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import typer

from netlib.command import CALLED, LAUNCHER, PACKAGE, SCRIPT

FAILURE, USAGE = 1, 2
INTERRUPTED = 130  # what typer makes of Ctrl-C


def run(app: typer.Typer) -> NoReturn:
    """Run the app and exit: 0, 1 for an error, 2 for a wrong name or option."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.exit(outcome(lambda: app(sys.argv[1:] or ["--help"], prog_name=note_invocation(), standalone_mode=False)))


def outcome(command: Callable[[], Any]) -> int:
    """Return the exit code of a command; print its error, if any, as one line."""
    try:
        code: int | None = command()
        return _stopped() if code == INTERRUPTED else code or 0
    except typer.TyperException as problem:
        message = getattr(problem, "format_message", problem.__str__)().replace("Value error, ", "").rstrip(".")
        context = getattr(problem, "ctx", None)
        return _failed(f"{message}. See: {context.command_path if context else shlex.join(invocation())} --help", USAGE)
    except (KeyboardInterrupt, typer.Abort):
        return _stopped()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILURE
    except Exception as problem:
        return _explained(problem)


def _explained(problem: Exception) -> int:
    from manim_untangle.render.settings import BadOption
    from netlib.errors import UnknownName, UntangleError

    if isinstance(problem, UntangleError):
        return _failed(str(problem), USAGE if isinstance(problem, UnknownName | BadOption) else FAILURE)
    if os.environ.get("UNTANGLE_TRACEBACK"):
        traceback.print_exception(problem)
    where = traceback.extract_tb(problem.__traceback__)[-1]
    what = f"{type(problem).__name__}: {problem} ({Path(where.filename).name}, line {where.lineno})"
    return _failed(f"{what}. UNTANGLE_TRACEBACK=1 shows the traceback", FAILURE)


def _stopped() -> int:
    return _failed("stopped. What is finished is kept: run the same command again to go on", FAILURE)


def _failed(message: str, code: int) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return code


def note_invocation() -> str:
    """Store how this process was called, for it and for the processes that it starts; return it in one line."""
    words = invocation()
    os.environ[CALLED] = "\n".join(words)
    return shlex.join(words)


def invocation() -> list[str]:
    """Return the words that call the program again: ["./untangle"], ["uvx", "manim-untangle"], ["python", "-m", …]."""
    if launcher := os.environ.get(LAUNCHER):
        return [_typed(launcher)]
    path = Path(sys.argv[0])
    if path.name == "__main__.py" and path.parent == Path(__file__).parents[1]:
        return [sys.orig_argv[0], "-m", path.parent.name]
    name = path.name.removesuffix(".exe")
    if name not in (SCRIPT, PACKAGE):
        return [SCRIPT]
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
