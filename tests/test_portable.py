"""Nothing here needs POSIX: no module imports what Windows lacks, and what behaves otherwise there is not used."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from netlib.command import shown_path

ROOT = Path(__file__).parents[1]
SOURCES = [path for room in ("netlib", "scenes", "manim_untangle") for path in sorted((ROOT / room).rglob("*.py"))]
# of the standard library: https://docs.python.org/3/library, "Availability: Unix"
POSIX_MODULES = {
    *("crypt", "curses", "fcntl", "grp", "nis", "ossaudiodev", "posix", "pty", "pwd", "readline", "resource"),
    *("spwd", "syslog", "termios", "tty"),
}
# os.kill ends the process on Windows, whatever the signal; the others are not there
POSIX_NAMES = {
    "os": {
        *("chown", "fchmod", "fchown", "fork", "forkpty", "getegid", "geteuid", "getgid", "getpgid", "getuid", "kill"),
        *("killpg", "lchown", "mkfifo", "mknod", "nice", "openpty", "posix_spawn", "sched_getaffinity", "setsid"),
        *("setuid", "statvfs", "sysconf", "uname", "wait", "wait3", "wait4", "O_NOFOLLOW", "O_NONBLOCK"),
    },
    "signal": {
        "SIGALRM",
        "SIGCHLD",
        "SIGHUP",
        "SIGKILL",
        "SIGPIPE",
        "SIGUSR1",
        "SIGUSR2",
        "alarm",
        "pause",
        "setitimer",
    },
    "time": {"tzset"},
    "multiprocessing": {"Process"},  # would fork on Linux alone: get_context("spawn") is the same everywhere
}


def posix_only(source: str) -> list[str]:
    """What a source text takes from POSIX: modules, wherever they are imported, and names in modules."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.partition(".")[0] in POSIX_MODULES]
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
            top = node.module.partition(".")[0]
            found += [node.module] if top in POSIX_MODULES else []
            found += [a.name for a in node.names if a.name in POSIX_NAMES.get(node.module, ())]
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found += [f"{node.value.id}.{node.attr}"] if node.attr in POSIX_NAMES.get(node.value.id, ()) else []
    return found


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_source_takes_anything_from_posix(path: Path) -> None:
    assert posix_only(path.read_text(encoding="utf-8")) == []


def test_what_is_of_posix_is_found_in_every_form() -> None:
    source = "import os, fcntl\ndef f():\n    from termios import TCSANOW\n    from os import fork\n    os.kill(1, 0)\n"
    assert sorted(posix_only(source)) == ["fcntl", "fork", "os.kill", "termios"]
    assert posix_only("import os.path\nfrom .pwd import x\nself.kill()\n") == []


IMPORTS = """
import importlib, sys, warnings
from pathlib import Path

warnings.simplefilter("ignore")  # filelock says what it does without fcntl
sys.modules.update(dict.fromkeys(sys.argv[1].split()))  # None: cannot be imported
for path in map(Path, sys.argv[2:]):
    if path.stem != "__main__":
        importlib.import_module(".".join(path.with_suffix("").parts).removesuffix(".__init__"))
"""


@pytest.mark.slow
def test_every_module_is_imported_where_the_modules_of_posix_cannot_be() -> None:
    missing = " ".join(POSIX_MODULES - {"posix"})  # os itself needs that one here
    paths = [str(path.relative_to(ROOT)) for path in SOURCES]
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS, missing, *paths], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_path_on_another_drive_is_shown_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(path: object) -> str:
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("netlib.command.os", SimpleNamespace(path=SimpleNamespace(relpath=refused)))
    assert shown_path(Path("/films/my_film.py")) == str(Path("/films/my_film.py"))
