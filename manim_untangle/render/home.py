"""Where a film goes: a folder of its own, so that films of the same name do not overwrite each other."""

from __future__ import annotations

import itertools
import json
import os
from pathlib import Path

from PIL import Image

from manim_untangle.render.films import FilmFile

STILL = "last_frame.png"
SOURCE = "source"  # the key, in film.json and in the text of a still, of what a film is made from


def film_folder(film: FilmFile, out: Path) -> Path:
    """Return where a film is rendered to: out/<name>; where the film of another file is there, out/<name>_2, and so on.

    A film file that lies in out/<name> itself, where `untangle film` writes them, is rendered to it in any case.
    """
    folder = out / film.name
    return folder if film.path.parent == folder.resolve() else free_folder(folder, film.source)


def free_folder(wanted: Path, source: str) -> Path:
    """Return the wanted folder, or the first of <wanted>_2, <wanted>_3, … with no film from another source in it."""
    numbered = (wanted.with_name(f"{wanted.name}_{number}") for number in itertools.count(2))
    return next(
        folder for folder in itertools.chain([wanted], numbered) if _noted(folder) in (None, _from(folder, source))
    )


def source_to_note(film: FilmFile, folder: Path) -> str:
    """Return what to note in a film's folder as its source. A film file that lies there itself keeps what was noted
    before: the network that it was made for."""
    before = _noted(folder) if film.path.parent == folder.resolve() else None
    return before or _from(folder, film.source)


def _from(folder: Path, source: str) -> str:
    """A path as it is from the folder, so that both can be moved together; a name or an address as it is."""
    if not Path(source).is_absolute():
        return source
    try:
        return Path(os.path.relpath(source, folder.resolve())).as_posix()
    except ValueError:  # another drive
        return source


def _noted(folder: Path) -> str | None:
    """The source of the film in a folder; None where there is no film, or nothing that says it."""
    try:
        return str(json.loads((folder / "film.json").read_text(encoding="utf-8"))[SOURCE])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        with Image.open(folder / STILL) as still:
            return str(still.info[SOURCE])
    except (OSError, ValueError, KeyError):
        return None
