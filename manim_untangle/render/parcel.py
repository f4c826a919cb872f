"""A film with the files that it needs, as bytes, so that a machine that shares no disk with this one can play it."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath
from types import ModuleType

from manim_untangle.render.films import SCENES, FilmFile, imported
from netlib.errors import UntangleError
from netlib.files import made_folder, written_whole
from netlib.training.recipe import CHOSEN, WEIGHTS, chosen_folder

LARGEST = 500_000_000  # bytes
LONGEST_NAME = 200  # letters of a text that may name a file
ELSEWHERE = "weights-of-the-user"  # the place of weights that lie outside of the film's folder


@dataclass(frozen=True)
class Parcel:
    """A film of any machine.

    path: of the film's file on the machine that asks; for a film of ours its name, since each machine has it. files:
    the place of each file, from the folder of the film, and its content. chosen_weights: whether the user chose another
    folder for weights; its files have places in ELSEWHERE. name: differs where anything of it does.
    """

    path: Path
    chosen: str
    ours: bool
    files: tuple[tuple[str, bytes], ...] = field(repr=False)
    chosen_weights: Path | None = None

    @cached_property
    def name(self) -> str:
        whole = hashlib.sha256(repr((str(self.path), self.chosen, self.ours, str(self.chosen_weights))).encode())
        for place, content in self.files:
            whole.update(f"\0{place}\0{len(content)}\0".encode() + content)
        return whole.hexdigest()[:16]

    @property
    def size(self) -> int:
        """Its bytes."""
        return sum(len(content) for _, content in self.files)

    @property
    def is_here(self) -> bool:
        """Whether its files lie where they lie on the machine that asks, and hold the same."""
        folders = {ELSEWHERE: self.chosen_weights} if self.chosen_weights else {}
        for place, content in self.files:
            top, _, rest = place.partition("/")
            path = folders[top] / rest if top in folders else self.path.parent / place
            try:
                if path.read_bytes() != content:
                    return False
            except OSError:
                return False
        return True

    @contextmanager
    def opened(self, folder: Path, *, in_place: bool) -> Iterator[FilmFile]:
        """Yield the film, ready to load. in_place: its files are here, too. Else they are written to a folder."""
        before = os.environ.get(CHOSEN, "")
        film: FilmFile = FilmFile(SCENES / self.path.name if self.ours else self.path, self.chosen)
        weights = self.chosen_weights
        if not in_place:
            root = self._unpacked(folder)
            film = film if self.ours else UnpackedFilm(root / self.path.name, self.chosen, home=self.path)
            weights = weights and root / ELSEWHERE
        os.environ[CHOSEN] = str(weights or "")
        try:
            yield film
        finally:
            os.environ[CHOSEN] = before

    def home_of(self, path: Path, film: FilmFile) -> Path:
        """Return where a weights file of the opened film lies on the machine that asks; its name where it is committed,
        so that each machine has it."""
        if path.parent == WEIGHTS:
            return Path(path.name)
        if path.parent.name == ELSEWHERE and self.chosen_weights:
            return self.chosen_weights / path.name
        folder = film.path.parent
        return self.path.parent / path.relative_to(folder) if path.is_relative_to(folder) else path

    def _unpacked(self, folder: Path) -> Path:
        """Write the files to a folder inside `folder`, and return it."""
        root = made_folder(folder / f"film-{self.name}")
        for place, content in self.files:
            if not (root / place).is_file():
                with written_whole(root / place) as path:
                    path.write_bytes(content)
        return root


@dataclass(frozen=True)
class UnpackedFilm(FilmFile):
    """A film file from another machine. home: its path there, by which its module is named, since segments are named
    by what draws them."""

    home: Path = field(kw_only=True)

    def module(self) -> ModuleType:
        return imported(self.path, self.home)


def packed(film: FilmFile) -> Parcel:
    """Return a film with the files that it needs: modules of its folder that it imports, files of its folder that its
    source names or that are called like it, and trained weights."""
    weights = chosen_folder()
    found = {} if film.ours else _files_of(film)
    folders = {} if film.ours else {"weights": film.path.parent / "weights"}
    folders |= {ELSEWHERE: weights} if weights else {}
    for place, folder in folders.items():
        found |= {f"{place}/{path.name}": path for path in sorted(folder.glob("*.safetensors"))}
    held = sum(path.stat().st_size for path in found.values())
    if held > LARGEST:
        raise UntangleError(
            f"{film.argument} needs {held / 1e6:.0f} MB of files, and at most {LARGEST / 1e6:.0f} MB are sent to other "
            "machines. Render it without --scheduler"
        )
    files = tuple((place, path.read_bytes()) for place, path in found.items())
    return Parcel(Path(film.path.name) if film.ours else film.path.absolute(), film.chosen, film.ours, files, weights)


def _files_of(film: FilmFile) -> dict[str, Path]:
    """Return the files beside a film that it needs, by their place in its folder."""
    folder = film.path.parent
    found = {film.path.name: film.path}
    waiting = [film.path]
    while waiting:
        tree = ast.parse(waiting.pop().read_bytes())
        for name in _names(tree):
            module = folder / f"{name}.py"
            package = folder / name
            modules = [module] if module.is_file() else sorted(package.rglob("*.py")) if package.is_dir() else []
            for path in modules:
                place = path.relative_to(folder).as_posix()
                if place not in found:
                    found[place] = path
                    waiting.append(path)
        for text in _texts(tree):
            named = PurePosixPath(text)
            if not named.is_absolute() and ".." not in named.parts and (folder / named).is_file():
                found[named.as_posix()] = folder / named
    for path in folder.glob(f"{film.path.stem}.*"):
        if path.suffix in (".safetensors", ".npz", ".csv", ".json"):
            found[path.name] = path
    return found


def _names(tree: ast.AST) -> Iterator[str]:
    """Yield the first name of each module that a source imports."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


def _texts(tree: ast.AST) -> Iterator[str]:
    """Yield the texts of a source that may name a file."""
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) else None
        if isinstance(text, str) and 0 < len(text) < LONGEST_NAME and text.isprintable():
            yield text
