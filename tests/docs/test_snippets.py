"""The documentation is true: its Python runs, page by page in order; its commands and options exist."""

from __future__ import annotations

import ast
import importlib.util
import re
import shlex
import warnings
from contextlib import chdir
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import typer

from manim_untangle.cli.app import app

ROOT = Path(__file__).parents[2]
DOCS = sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("docs/api/*.md")])
FENCED = re.compile(r"^```python ?(slow)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"^    (?:\./)?untangle (\S.*)$", re.MULTILINE)
LIBRARIES = {"jax", "keras", "lightning", "sklearn", "torch"}  # in which readers have their models
OF_LAUNCHER = {"setup", "test"}  # which has tests of its own


@dataclass(frozen=True)
class Snippet:
    """A fenced block of Python. line: of the page, at which it begins. libraries: which of LIBRARIES it imports."""

    source: str
    line: int
    slow: bool

    @property
    def libraries(self) -> set[str]:
        found = set[str]()
        for node in ast.walk(ast.parse(self.source)):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                found.add(node.module.partition(".")[0])
        return found & LIBRARIES

    @property
    def runs_here(self) -> bool:
        return all(importlib.util.find_spec(name) for name in self.libraries)


@dataclass(eq=False)
class Page:
    """The snippets of a page, which run in one namespace, as if a reader typed one after another."""

    path: Path
    namespace: dict[str, Any] = field(default_factory=lambda: {"__name__": "__main__"})
    done: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        text = self.path.read_text(encoding="utf-8")
        self.snippets = [
            Snippet(found[2], text[: found.start(2)].count("\n"), bool(found[1])) for found in FENCED.finditer(text)
        ]

    def run(self, number: int) -> None:
        """Run a snippet, after all before it that are not slow and whose libraries are there; none runs twice."""
        before = [k for k in range(number) if self.snippets[k].runs_here and not self.snippets[k].slow]
        for k in (*before, number):
            if k not in self.done:
                self.done.add(k)
                snippet = self.snippets[k]
                exec(compile("\n" * snippet.line + snippet.source, str(self.path), "exec"), self.namespace)


def snippets() -> list[Any]:
    return [
        pytest.param(page, k, id=f"{page.path.stem}-{k + 1}", marks=[pytest.mark.slow] if snippet.slow else [])
        for page in map(Page, DOCS)
        for k, snippet in enumerate(page.snippets)
    ]


@pytest.mark.slow
@pytest.mark.parametrize(("page", "number"), snippets())
def test_the_python_of_the_pages_runs(page: Page, number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    for library in page.snippets[number].libraries:
        pytest.importorskip(library)
    with chdir(tmp_path), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of these libraries about each other
        page.run(number)


def commands() -> list[tuple[str, str]]:
    pages = [*DOCS, ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
    found = [(page.name, words) for page in pages for words in COMMAND.findall(page.read_text(encoding="utf-8"))]
    return [(page, words) for page, words in found if words.split()[0] not in OF_LAUNCHER]


@pytest.mark.parametrize(("page", "line"), commands())
def test_the_commands_of_the_pages_are_understood(page: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UNTANGLE_WEIGHTS", raising=False)  # which --weights sets: put back after the test
    name, *words = shlex.split(line, comments=True)
    known = typer.main.get_command(app).commands
    assert name in known
    known[name].make_context(name, words)  # raises where an option or its value is unknown


def test_the_commands_are_found() -> None:
    assert len(commands()) > 15
    assert len(snippets()) > 20
