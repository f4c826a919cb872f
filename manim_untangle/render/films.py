"""Films as files: our own in scenes/, and any file that is named by its path."""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import re
import sys
from dataclasses import dataclass
from functools import cached_property
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import Any

from netlib.command import command, shown_path
from netlib.errors import UnknownName, UntangleError, unknown

PACKAGE = Path(__file__).resolve().parents[1]
# a wheel holds the films as data of this package; in a checkout they lie beside it
SCENES = next(
    (folder for folder in (PACKAGE / "scenes", PACKAGE.parent / "scenes") if folder.is_dir()), PACKAGE / "scenes"
)
SCENE_NAME = re.compile(r"(Scene|Film)\d*$")  # of the classes that scenes derive from, in Manim and here
_film_folders: list[Path] = []  # in sys.path, for the film that was imported last


@dataclass(frozen=True)
class FilmFile:
    """A file and a scene class in it.

    chosen: the name of the class. "" stands for the class that is named like the file, apart from case, underscores and
    other signs, or else for the only scene class of the file. Titles and descriptions are read from the source. So a
    listing imports neither Manim nor the film.
    """

    path: Path
    chosen: str = ""

    @property
    def ours(self) -> bool:
        """Whether this is a film of this project."""
        return self.path.parent == SCENES

    @property
    def name(self) -> str:
        """The name of its folder of renders: ASCII letters, digits, - and _."""
        name = re.sub(r"[^A-Za-z0-9_-]+", "_", self.path.stem).lstrip("_-") or "film"
        return f"{name}_{self.chosen}" if self.chosen else name

    @property
    def argument(self) -> str:
        """Its name on the command line: its path where it is not one of ours."""
        path = self.path.stem if self.ours else shown_path(self.path)
        return f"{path}:{self.chosen}" if self.chosen else path

    @property
    def source(self) -> str:
        """What the film is made from: the name of a film of ours, else the path of the file."""
        return self.name if self.ours else str(self.path)

    @property
    def command(self) -> tuple[str, ...]:
        """The words of the command that makes this film; empty for `render <argument>`."""
        return ()

    @property
    def scenes(self) -> list[str]:
        """The names of the classes that may be meant. A film has one; of none or several, `class_name` says why."""
        if self.chosen:
            return [self.chosen] if self.chosen in self._classes else []
        named = [name for name in self._classes if _plain(name) == _plain(self.path.stem)]
        return named[:1] or self._derived or [name for name, bases in self._classes.items() if bases]

    @property
    def class_name(self) -> str:
        """The name of its scene class. Raises UnknownName where the file has none, or several and none of its name."""
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
        """Whether the file holds such a film."""
        try:
            return bool(self.class_name)
        except UntangleError:
            return False

    @property
    def title(self) -> str:
        """The class attribute `title`; without one, the name in words."""
        for node in self._node.body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Constant):
                target = node.target if isinstance(node, ast.AnnAssign) else node.targets[0]
                if ast.unparse(target) == "title" and node.value.value:
                    return str(node.value.value)
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
        """Import the file anew, and return its module."""
        return imported(self.path)

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
        """The classes that derive from a class with the name of a scene, directly or by another class of the file.

        Classes from which others of the file derive are left out.
        """
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
    """Return the films that a command names; raise UnknownName for none, or for one that does not exist."""
    if everything:
        return films()
    if not names:
        raise UnknownName(f"which film? Name one or more, or say --all. See: {command('list')}")
    return [film(name) for name in names]


def modules_beside(path: Path) -> dict[str, Path]:
    """Return the modules that were imported from a file's own folder, with their files: those of a film of yours."""
    files = {
        name: Path(module.__file__ or "")
        for name, module in list(sys.modules.items())
        if str(getattr(module, "__file__", None)).startswith(str(path.parent)) and _lies_in(path.parent, name, module)
    }
    return {name: file for name, file in files.items() if file != path}


def listing() -> str:
    """Return a line for each of our films: its name, and what it shows."""
    found = films()
    width = max((len(each.name) for each in found), default=0)
    return "\n".join(f"{each.name:{width}}  {each.description or each.title}" for each in found)


def _plain(name: str) -> str:
    """Return a name without case, underscores and other signs."""
    return re.sub(r"[\W_]", "", name).casefold()


def imported(path: Path, home: Path | None = None) -> ModuleType:
    """Import a file under a name that no other file has, so that files of the same name do not replace each other.

    home: the path that gives the name, where the file is a copy of one that lies elsewhere. The file may import modules
    from its own folder, as under plain Manim. It is compiled each time: Python's compiled copy
    would be out of date where a file was edited twice in a second.
    """
    name = f"films_by_path.{hashlib.sha256(str(home or path).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path, loader=SourceFileLoader(name, str(path)))
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    if path.parent != SCENES:
        _put_in_path(path.parent)
    sys.modules[name] = module
    exec(compile(path.read_bytes(), str(path), "exec", dont_inherit=True), vars(module))
    return module


def _put_in_path(folder: Path) -> None:
    """Let a film import modules from its folder; forget the modules from the folders of earlier films.

    The folder comes last in sys.path, so that none of its files hides a module of ours.
    """
    for before in [each for each in _film_folders if each != folder]:
        _film_folders.remove(before)
        sys.path[:] = [entry for entry in sys.path if entry != str(before)]
        from_it = {name for name, module in sys.modules.items() if _lies_in(before, name, module)}
        for name in [name for name in sys.modules if name.partition(".")[0] in from_it]:
            del sys.modules[name]
    if folder not in _film_folders and str(folder) not in sys.path:
        _film_folders.append(folder)
        sys.path.append(str(folder))


def _lies_in(folder: Path, name: str, module: ModuleType) -> bool:
    """Whether a module is a file or package of that folder, and not one of ours."""
    if name in {"__main__", "netlib", "manim_untangle"}:
        return False
    file = getattr(module, "__file__", None)
    return bool(file) and Path(str(file)).parent in (folder, folder / name)
