"""Messages name the program as it was called, so that their commands can be copied and run."""

from __future__ import annotations

import ast
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from manim_untangle.cli.process import invocation, note_invocation
from netlib.command import command, install, portable_command

ROOT = Path(__file__).parents[3]
# as pip writes it where a #! line could not hold the path of Python
SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys
from manim_untangle.cli.app import main
sys.exit(main())
"""
COMMANDS = "list|train|render|check|film|publish|embed|serve|cache|setup|test"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder, with a space in its name, that holds the scripts as pip installs them."""
    folder = tmp_path / "my tools"
    folder.mkdir()
    for name in ("untangle", "manim-untangle"):
        (folder / name).write_text(SCRIPT.format(python=sys.executable))
        (folder / name).chmod(0o755)
    return folder


def said(words: list[str], cwd: Path, **environment: str) -> str:
    """The command that the error of `render` names."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("UNTANGLE_", "UV"))}
    done = subprocess.run(
        [*words, "render"],
        cwd=cwd,
        env={**clean, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr.count("\n") == 1, done.stderr
    assert done.stderr.endswith(" list\n"), done.stderr
    return done.stderr.rpartition("See: ")[2].removesuffix(" list\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", [pytest.param("untangle", marks=pytest.mark.slow), "manim-untangle"])
def test_a_script_that_the_shell_finds_is_named_alone_and_any_other_by_the_path_that_was_typed(
    scripts: Path, name: str
) -> None:
    found = {"PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}"}
    assert said([str(scripts / name)], scripts, **found) == name
    elsewhere = {"PATH": "/usr/bin:/bin"}
    assert said([f"./{name}"], scripts, **elsewhere) == f"./{name}"
    assert said([f"my tools/{name}"], scripts.parent, **elsewhere) == f"'my tools/{name}'"
    whole = str(scripts / name)
    assert said([whole], scripts.parent, **elsewhere) == shlex.quote(whole)


@pytest.mark.slow
def test_a_command_that_a_message_names_runs(scripts: Path) -> None:
    named = said(["my tools/untangle"], scripts.parent)
    done = subprocess.run(f"{named} --version", shell=True, cwd=scripts.parent, capture_output=True, text=True)
    assert done.stdout.startswith("untangle "), done.stderr


@pytest.mark.slow
def test_a_module_is_named_with_the_python_that_was_typed(tmp_path: Path) -> None:
    assert said([sys.executable, "-m", "manim_untangle"], tmp_path) == f"{sys.executable} -m manim_untangle"
    bin_folder = Path(sys.executable).parent
    path = f"{bin_folder}{os.pathsep}{os.environ['PATH']}"
    shell = ["/bin/sh", "-c", f'{Path(sys.executable).name} -m manim_untangle "$@"', "sh"]
    assert said(shell, tmp_path, PATH=path) == f"{Path(sys.executable).name} -m manim_untangle"


@pytest.mark.slow
def test_the_launcher_says_how_it_was_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said([sys.executable, "-m", "manim_untangle"], tmp_path, UNTANGLE_LAUNCHER="./untangle") == "./untangle"
    monkeypatch.setenv("UNTANGLE_LAUNCHER", "../untangle")
    assert invocation() == ["../untangle"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("manim-untangle", ["uvx", "manim-untangle"]), ("untangle", ["uvx", "--from", "manim-untangle", "untangle"])],
)
def test_uvx_is_known_by_the_cache_that_it_runs_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, words: list[str]
) -> None:
    environment = tmp_path / "cache" / "archive-v0" / "5F1nG"
    (environment / "bin").mkdir(parents=True)
    (environment / "bin" / name).touch(mode=0o755)
    monkeypatch.setattr(sys, "argv", [str(environment / "bin" / name), "train", "my film.py"])
    monkeypatch.setattr(sys, "prefix", str(environment))
    monkeypatch.setenv("PATH", str(environment / "bin"))
    monkeypatch.setenv("UV", "/usr/bin/uv")
    monkeypatch.setenv("UNTANGLE_COMMAND", "")
    assert invocation() == [name]  # an environment in no cache
    (tmp_path / "cache" / "CACHEDIR.TAG").touch()
    assert invocation() == words
    note_invocation()
    assert command("train", "a b.py") == f"{shlex.join(words)} train 'a b.py'"
    assert install("train") == f"uvx --from \"manim-untangle[train]\" {name} train 'my film.py'"


def test_uv_run_is_known_by_what_it_sets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "argv", ["/project/.venv/bin/untangle"])
    monkeypatch.setenv("UV_RUN_RECURSION_DEPTH", "1")
    assert invocation() == ["uv", "run", "untangle"]


def test_under_another_program_the_script_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNTANGLE_COMMAND", raising=False)
    monkeypatch.delenv("UNTANGLE_LAUNCHER", raising=False)
    monkeypatch.setattr(sys, "argv", ["/usr/bin/manim"])
    assert invocation() == ["untangle"]
    assert command("train", "my_film.py") == "untangle train my_film.py"
    assert install("train") == 'pip install "manim-untangle[train]"'


def test_what_others_read_holds_no_path_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for call, told in {"/home/me/bin/untangle": "untangle", "./untangle": "./untangle"}.items():
        monkeypatch.setenv("UNTANGLE_COMMAND", call)
        assert portable_command("render", "spirals") == f"{told} render spirals"
    monkeypatch.setenv("UNTANGLE_COMMAND", "uvx\nmanim-untangle")
    assert portable_command("render", "spirals") == "uvx manim-untangle render spirals"


SOURCES = [path for room in ("netlib", "scenes", "manim_untangle") for path in sorted((ROOT / room).rglob("*.py"))]
TEMPLATES = sorted((ROOT / "manim_untangle").rglob("templates/**/*.*"))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_message_spells_the_program_itself(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    texts = [n for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    spelled = [n.value for n in texts if id(n) not in docstrings and names_a_command(n.value)]
    assert not spelled


def test_no_page_spells_the_program_itself() -> None:
    assert TEMPLATES
    assert not [path for path in TEMPLATES if names_a_command(path.read_text(encoding="utf-8"))]


def names_a_command(text: str) -> bool:
    return bool(re.search(rf"\./untangle|\buntangle ({COMMANDS})\b", text))


def test_a_command_in_a_text_is_found() -> None:
    assert names_a_command("Run: untangle train x")
    assert names_a_command("See ./untangle")
    assert not names_a_command("four layers untangle two spirals")
