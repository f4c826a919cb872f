"""%%untangle: a cell of a notebook that holds a film, or any scene of Manim, renders it and shows it.

%%untangle -q m
class Mine(Film):
    def construct(self): ...
"""

from __future__ import annotations

import ast
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from manim_untangle.notebook import NotebookFilm
from manim_untangle.render.films import FilmFile
from manim_untangle.render.settings import Quality
from netlib.errors import UntangleError

USAGE = f"%%untangle [NAME] [-q {'|'.join(Quality)}]"


@dataclass(frozen=True)
class CellFilm(FilmFile):
    """A film that a cell holds. path: a file with the cell's text. scene: the class, as it is in memory."""

    scene: type[Any] = field(kw_only=True)

    def load(self) -> type[Any]:
        return self.scene


def untangle(line: str, cell: str, shell: Any) -> NotebookFilm:
    """Run a cell, render the film that it holds, and return that film, which shows itself.

    Of several scenes the last is shown, or the one that the line names. Raises UntangleError, in one line, for what
    goes wrong in the film, with the line of the cell. Where the cell itself fails, IPython shows that first.
    """
    name, quality = _options(line)
    source = shell.transform_cell(cell)
    if not shell.run_cell(cell, store_history=False).success:
        raise UntangleError("the cell fails before its film begins; see above")
    scene = _scene(source, shell.user_ns, name)

    def write(folder: Path, name: str) -> FilmFile:
        path = folder / f"{name}.py"
        path.write_text(source, encoding="utf-8")
        return CellFilm(path, scene.__name__, scene=scene)

    shown = NotebookFilm(getattr(scene, "title", "") or scene.__name__, write, quality, jobs=1)
    try:
        shown.render(quality)
    except UntangleError:
        raise
    except Exception as problem:
        raise UntangleError(f"{type(problem).__name__}: {problem}{_place(problem, cell)}") from None
    return shown


def _options(line: str) -> tuple[str | None, str]:
    """The name of a class, if one is given, and the quality."""
    name, quality, words = None, "l", line.split()
    while words:
        word = words.pop(0)
        if word in ("-q", "--quality") and words:
            quality = words.pop(0)
        elif word.startswith("-q") and len(word) == 3:
            quality = word[2:]
        elif word.isidentifier() and name is None:
            name = word
        else:
            raise UntangleError(f"'{word}' is no option of the cell. Write: {USAGE}")
    if quality not in set(Quality):
        raise UntangleError(f"there is no quality '{quality}'. There are: {', '.join(Quality)} (480p to 4K)")
    return name, quality


def _scene(source: str, names: Mapping[str, Any], chosen: str | None) -> type[Any]:
    """The scene that the cell defines under a name; the last one where none is given."""
    from manim import Scene

    defined = [node.name for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    scenes = [name for name in defined if isinstance(names.get(name), type) and issubclass(names[name], Scene)]
    if not scenes:
        raise UntangleError("the cell holds no film. Write a class that derives from Film: class Mine(Film)")
    if chosen is not None and chosen not in scenes:
        raise UntangleError(f"the cell holds no film called {chosen}. It holds: {', '.join(scenes)}")
    found: type[Any] = names[chosen or scenes[-1]]
    return found


def _place(problem: Exception, cell: str) -> str:
    """The innermost line of the cell that an error passed through."""
    lines = cell.splitlines()
    for frame in reversed(traceback.extract_tb(problem.__traceback__)):
        number = frame.lineno or 0
        if not Path(frame.filename).is_absolute() or "ipykernel" in frame.filename:  # IPython's name of a cell
            shown = lines[number - 1].strip() if 0 < number <= len(lines) else ""
            return f" (line {number + 1} of the cell{': ' if shown else ''}{shown})"  # %%untangle is the first
    return ""
