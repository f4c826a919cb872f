"""Errors of the command line: one line that names the thing and the cure, and an exit code."""

from __future__ import annotations

import os
import shlex
import signal
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import typer

from manim_untangle.cli.invocation import invocation, note_invocation

FAILURE, USAGE = 1, 2
INTERRUPTED = 130  # what typer makes of Ctrl-C


def run(app: typer.Typer) -> NoReturn:
    """Run the app and exit: 0, 1 for an error, 2 for a wrong name or option."""
    signal.signal(signal.SIGTERM, _interrupted)
    arguments = sys.argv[1:] or ["--help"]
    sys.exit(outcome(lambda: app(arguments, prog_name=note_invocation(), standalone_mode=False)))


def outcome(command: Callable[[], Any]) -> int:
    """Return the exit code of a command; print its error, if any, as one line."""
    try:
        result = command()
        code = result if isinstance(result, int) else 0
        return _stopped() if code == INTERRUPTED else code
    except typer.Exit as end:
        return _stopped() if end.exit_code == INTERRUPTED else int(end.exit_code)
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
    what = f"{type(problem).__name__}: {problem}"
    cure = "UNTANGLE_TRACEBACK=1 shows the traceback"
    return _failed(f"{what} ({Path(where.filename).name}, line {where.lineno}). {cure}", FAILURE)


def _stopped() -> int:
    return _failed("stopped. What is finished is kept: run the same command again to go on", FAILURE)


def _failed(message: str, code: int) -> int:
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return code


def _interrupted(number: int, frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
