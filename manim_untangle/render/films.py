"""The films of this house, found by walking scenes/; and any film file that is named by its path."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from netlib.errors import UnknownName, UntangleError, unknown

SCENES = Path(__file__).parent.parent / "scenes"


@dataclass(frozen=True)
class FilmFile:
    """A film as the file that it is written in: scenes/<name>.py holds the class CamelCase(name).

    Titles and descriptions are read from the source, so that a listing imports neither manim nor the film.
    """

    path: Path

    @property
    def name(self) -> str:
        return self.path.stem

    @property
    def argument(self) -> str:
        """What names this film on the command line: its name, or its path where it is not in scenes/."""
        return self.name if self.path.parent == SCENES else os.path.relpath(self.path)

    @property
    def command(self) -> tuple[str, ...]:
        """The words that ask for this film where they are not `render <argument>`; none here."""
        return ()

    @property
    def class_name(self) -> str:
        return "".join(part.capitalize() for part in self.name.split("_"))

    @cached_property
    def _node(self) -> ast.ClassDef | None:
        tree = ast.parse(self.path.read_text(encoding="utf-8"), str(self.path))
        return next((n for n in tree.body if isinstance(n, ast.ClassDef) and n.name == self.class_name), None)

    @property
    def exists(self) -> bool:
        return self._node is not None

    @property
    def title(self) -> str:
        """The class attribute `title`, or the name in words."""
        for node in self._node.body if self._node else []:
            target, value = _assignment(node)
            if target == "title" and isinstance(value, ast.Constant):
                return str(value.value)
        return self.name.replace("_", " ").capitalize()

    @property
    def description(self) -> str:
        """The first line of the class's docstring."""
        text = ast.get_docstring(self._node) if self._node else None
        return text.splitlines()[0] if text else ""

    def load(self) -> type[Any]:
        """Import the film (and so manim) and return its scene class."""
        module = _imported(self.path)
        found = getattr(module, self.class_name, None)
        if not isinstance(found, type):
            raise UnknownName(f"{self.path} holds no class {self.class_name}. Name the film's class after its file.")
        return found


def films() -> list[FilmFile]:
    """Return every film in scenes/, by name."""
    files = (FilmFile(path) for path in sorted(SCENES.glob("[!_]*.py")))
    return [film for film in files if film.exists]


def film(name: str) -> FilmFile:
    """Return the film of that name, or the film in that .py file; raise UnknownName with the nearest name."""
    if name.endswith(".py"):
        found = FilmFile(Path(name).resolve())
        if not found.path.is_file():
            raise UnknownName(f"there is no file {name}. See: ./untangle list")
        if not _parses(found):
            raise UnknownName(f"{name} holds no class {found.class_name}. Name the film's class after its file.")
        return found
    known = {each.name: each for each in films()}
    if name not in known:
        raise unknown("film", name, list(known))
    return known[name]


def chosen(names: list[str], everything: bool) -> list[FilmFile]:
    """Return the films that a command names; raise UnknownName for none, or for one that nothing carries."""
    if everything:
        return films()
    if not names:
        raise UnknownName("which film? Name one or more, or say --all. See: ./untangle list")
    return [film(name) for name in names]


def listing() -> str:
    """Return a line for each film: its name, and what it shows."""
    found = films()
    width = max((len(each.name) for each in found), default=0)
    return "\n".join(f"{each.name:{width}}  {each.description or each.title}" for each in found)


def _parses(found: FilmFile) -> bool:
    try:
        return found.exists
    except SyntaxError as problem:
        raise UntangleError(f"{found.path.name}, line {problem.lineno}: {problem.msg}") from None


def _assignment(node: ast.stmt) -> tuple[str, ast.expr | None]:
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    return "", None


class _Fresh(SourceFileLoader):
    """Compiles a film anew: Python's compiled copy of a file is stale where it was edited twice within a second."""

    def get_code(self, fullname: str) -> CodeType:
        return self.source_to_code(self.get_data(self.path), self.path)


def _imported(path: Path) -> ModuleType:
    if path.parent == SCENES:
        return importlib.import_module(f"scenes.{path.stem}")
    name = f"films_by_path.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Fresh(name, str(path)))
    if spec is None or spec.loader is None:
        raise UntangleError(f"{path} cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module
