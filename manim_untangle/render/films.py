"""The films of this house, found by walking scenes/; and any film file that is named by its path."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

from netlib.command import command, shown_path
from netlib.errors import UnknownName, UntangleError, unknown

SCENES = Path(__file__).resolve().parent.parent / "scenes"
SCENE_NAME = re.compile(r"(Scene|Film)\d*$")  # how the classes are called that scenes derive from, in manim and here
_film_folders: list[Path] = []  # that are in sys.path for the film that was imported last


@dataclass(frozen=True)
class FilmFile:
    """A film as the file that it is written in, and the scene class in it.

    chosen: the name of the class; "" for the class that is named like the file, without regard to case, underscores
    and other signs, and else for the only scene class of the file. Titles and descriptions are read from the source,
    so that a listing imports neither manim nor the film.
    """

    path: Path
    chosen: str = ""

    @property
    def ours(self) -> bool:
        return self.path.parent == SCENES

    @property
    def name(self) -> str:
        """The name of the folder that the film is rendered to: ASCII letters, digits, - and _."""
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", self.path.stem).lstrip("_-") or "film"
        return f"{name}_{self.chosen}" if self.chosen else name

    @property
    def argument(self) -> str:
        """What names this film on the command line: its name, or its path where it is not in scenes/."""
        path = self.path.stem if self.ours else shown_path(self.path)
        return f"{path}:{self.chosen}" if self.chosen else path

    @property
    def source(self) -> str:
        """What the film is made from: its name where it is ours, its path, or an address."""
        return self.name if self.ours else str(self.path)

    @property
    def command(self) -> tuple[str, ...]:
        """The words that ask for this film where they are not `render <argument>`; none here."""
        return ()

    @property
    def scenes(self) -> list[str]:
        """The names of the classes that may be meant: one for a film; none or several where the file leaves it open."""
        if self.chosen:
            return [self.chosen] if self.chosen in self._classes else []
        named = [name for name in self._classes if _plain(name) == _plain(self.path.stem)]
        return named[:1] or self._derived or [name for name, bases in self._classes.items() if bases]

    @property
    def class_name(self) -> str:
        """The name of its scene class. Raises UnknownName where the file has none, or several of which none is named
        like the file."""
        found = self.scenes
        if len(found) > 1:
            known = ", ".join(f"{shown_path(self.path)}:{name}" for name in found)
            raise UnknownName(f"{self.path.name} holds several scenes. Name one of them: {known}")
        if not found and self.chosen:
            raise unknown(f"class in {self.path.name} called", self.chosen, self._classes)
        if not found:
            raise UnknownName(f"{self.path.name} holds no class that derives from Scene or Film. Give it one")
        return found[0]

    @property
    def exists(self) -> bool:
        """Whether the file holds a film."""
        try:
            return bool(self.class_name)
        except UntangleError:
            return False

    @property
    def title(self) -> str:
        """The class attribute `title`, or the name in words."""
        for node in self._node.body:
            target, value = _assignment(node)
            if target == "title" and isinstance(value, ast.Constant) and value.value:
                return str(value.value)
        apart = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", self.chosen or self.path.stem)
        words = " ".join(re.findall(r"[^\W_]+", apart)) or self.class_name
        return words[0].upper() + words[1:]

    @property
    def description(self) -> str:
        """The first line of the class's docstring."""
        text = ast.get_docstring(self._node)
        return text.splitlines()[0] if text else ""

    def load(self) -> type[Any]:
        """Import the film (and so manim) and return its scene class."""
        found = getattr(self.module(), self.class_name, None)
        if not isinstance(found, type):
            raise UnknownName(f"{self.path.name} holds no class {self.class_name} once it is imported")
        return found

    def module(self) -> ModuleType:
        """Import the file, anew where it is not in scenes/."""
        return importlib.import_module(f"scenes.{self.path.stem}") if self.ours else _imported(self.path)

    @cached_property
    def _tree(self) -> ast.Module:
        try:
            return ast.parse(self.path.read_bytes(), str(self.path))
        except SyntaxError as problem:
            where = f", line {problem.lineno}" if problem.lineno else ""
            raise UntangleError(f"{self.path.name}{where}: {problem.msg}") from None
        except (OSError, ValueError) as problem:  # ValueError: a NUL in it
            raise UntangleError(f"{self.path.name}: {getattr(problem, 'strerror', None) or problem}") from None

    @cached_property
    def _classes(self) -> dict[str, list[str]]:
        """The classes at the file's top level, each with the last names of its bases: Scene for manim.Scene."""
        nodes = [node for node in self._tree.body if isinstance(node, ast.ClassDef)]
        return {node.name: [ast.unparse(base).rpartition(".")[2] for base in node.bases] for node in nodes}

    @property
    def _derived(self) -> list[str]:
        """The classes that derive from one that is called like a scene, directly or by another class of the file, and
        from which none of its classes derives."""
        scenes = list[str]()
        for name, bases in self._classes.items():
            if any(base in scenes or SCENE_NAME.search(base) for base in bases):
                scenes.append(name)
        return [name for name in scenes if not any(name in bases for bases in self._classes.values())]

    @property
    def _node(self) -> ast.ClassDef:
        name = self.class_name
        return next(node for node in self._tree.body if isinstance(node, ast.ClassDef) and node.name == name)


def films() -> list[FilmFile]:
    """Return every film in scenes/, by name."""
    return film_files(SCENES)


def film_files(folder: Path) -> list[FilmFile]:
    """Return every film file in a folder, by name."""
    files = (FilmFile(path) for path in sorted(folder.glob("[!_]*.py")))
    return [film for film in files if film.exists]


def is_film_file(name: str) -> bool:
    """Whether a name on the command line is that of a file: my_film.py, my_film.py:MyScene."""
    return bool(re.search(r"\.py(:\w*)?$", name, re.IGNORECASE))


def film(name: str) -> FilmFile:
    """Return the film of that name, or the film in that .py file; raise UnknownName with the nearest name."""
    if is_film_file(name):
        found = source_file(name)
        _ = found.class_name
        return found
    known = {each.name: each for each in films()}
    if name not in known:
        raise unknown("film", name, list(known))
    return known[name]


def source_file(name: str) -> FilmFile:
    """Return a .py file by its path, whether it holds a scene or not; raise UnknownName where it is not there."""
    path, _, chosen = (name, "", "") if name.lower().endswith(".py") else name.rpartition(":")
    if not Path(path).is_file():
        raise UnknownName(f"there is no file {path}. See: {command('list')}")
    found = FilmFile(Path(path).resolve())
    return found if found.exists and found.class_name == chosen else FilmFile(found.path, chosen)


def chosen(names: list[str], everything: bool) -> list[FilmFile]:
    """Return the films that a command names; raise UnknownName for none, or for one that nothing carries."""
    if everything:
        return films()
    if not names:
        raise UnknownName(f"which film? Name one or more, or say --all. See: {command('list')}")
    return [film(name) for name in names]


def listing() -> str:
    """Return a line for each film: its name, and what it shows."""
    found = films()
    width = max((len(each.name) for each in found), default=0)
    return "\n".join(f"{each.name:{width}}  {each.description or each.title}" for each in found)


def _plain(name: str) -> str:
    """A name without regard to case, underscores and other signs."""
    return re.sub(r"[\W_]", "", name).casefold()


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
    """Import a file under a name that no other file has, so that files of the same name do not take each other's place.

    What it imports from its own folder is found there too, as under plain manim, and forgotten once a film of another
    folder is imported.
    """
    name = f"films_by_path.{hashlib.sha256(str(path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path, loader=_Fresh(name, str(path)))
    if spec is None or spec.loader is None:
        raise UntangleError(f"{path} cannot be imported as Python")
    _look_beside(path.parent)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _look_beside(folder: Path) -> None:
    """Let the film import modules from its folder; forget those of the folders of films before it.

    The folder comes last in sys.path: a folder `scenes` of the user's must not stand before ours.
    """
    for before in [each for each in _film_folders if each != folder]:
        _film_folders.remove(before)
        sys.path[:] = [entry for entry in sys.path if entry != str(before)]
        theirs = {name for name, module in sys.modules.items() if _lies_in(before, name, module)}
        for name in [name for name in sys.modules if name.partition(".")[0] in theirs]:
            del sys.modules[name]
    if folder not in _film_folders and str(folder) not in sys.path:
        _film_folders.append(folder)
        sys.path.append(str(folder))


def _lies_in(folder: Path, name: str, module: ModuleType) -> bool:
    """Whether a module is a file or package of that folder, and none of ours."""
    if name in {"__main__", "netlib", "scenes", "studio"}:
        return False
    file = getattr(module, "__file__", None)
    return bool(file) and Path(str(file)).parent in (folder, folder / name)
