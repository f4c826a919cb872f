"""A film that is being written: gone through again, in the same process, whenever one of its files has changed."""

from __future__ import annotations

import gc
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from manim import Scene

from manim_untangle.render.engine import Engine, manim_config
from manim_untangle.render.films import FilmFile, modules_beside
from manim_untangle.render.record import scene_record
from manim_untangle.render.settings import Quality, settings
from manim_untangle.web.container import header_of
from manim_untangle.web.glance import glance
from manim_untangle.web.timeline import RATE, timeline
from manim_untangle.web.walk import Walk
from netlib.errors import UntangleError

Json = dict[str, Any]


class Changed(Exception):
    """The film was changed while it was gone through."""


class LiveFilm:
    """A film file that is gone through again and again. header: that of its last whole timeline, if there is one."""

    def __init__(self, film: FilmFile, rate: float = RATE) -> None:
        self.film, self.rate = film, rate
        self.header: Json | None = None
        self._seen = dict[Path, tuple[int, int] | None]()

    def changed(self) -> bool:
        """Return whether the film's file, or a module from its folder, is another than when it was last loaded."""
        now = {path: _state(path) for path in self._seen}
        return not now or (now != self._seen and now[self.film.path] is not None)  # some editors move a file aside

    def glance(self, moment: float) -> bytes | None:
        """Return the timeline around a moment in seconds, soon; None where the film ends before that.

        Of a film that was not seen whole before, that is its beginning, and its later words are not known.
        """
        header = self.header or {"frames": 1, "chapters": [], "captions": []}
        with self._loaded() as (scene_class, record):
            return glance(scene_class, self.rate, moment, header, record)

    def whole(self) -> bytes:
        """Return the whole timeline. Raises Changed where the film is changed before that is done."""

        class Whole(Walk):
            def before(_, engine: Engine) -> None:
                if self.changed():
                    raise Changed

        with self._loaded() as (scene_class, record):
            content = timeline(scene_class, self.rate, record, Whole())
        self.header = header_of(content)
        return content

    @contextmanager
    def _loaded(self) -> Iterator[tuple[type[Scene], Callable[[Scene], Json]]]:
        """Load the film anew, with the modules of its folder; note the state of its files as it was before."""
        film, path = replace(self.film), self.film.path
        beside = list(path.parent.glob("*.py"))
        self._seen = {each: _state(each) for each in {path, *beside}}
        for name in modules_beside(path):
            del sys.modules[name]
        _ = film.class_name  # a mistake in the file's grammar is told with its line
        gc.disable()  # nothing of the film is let go before its end
        try:
            with manim_config(settings(Quality.m, self.rate)):
                yield film.load(), lambda scene: scene_record(scene, film)
            needed = {path, *modules_beside(path).values()}
            self._seen = {each: self._seen.get(each, _state(each)) for each in needed}
        finally:
            gc.enable()


def fault(problem: BaseException, film: Path) -> str:
    """Return an error in one line, with the line of the film, or of a module beside it, that led to it."""
    if isinstance(problem, SyntaxError):
        return f"{Path(problem.filename or film).name}, line {problem.lineno}: {problem.msg}"
    said = " ".join(str(problem).split())
    what = said if isinstance(problem, UntangleError) else f"{type(problem).__name__}: {said}".rstrip(": ")
    for place in reversed(traceback.extract_tb(problem.__traceback__)):
        if Path(place.filename).parent == film.parent:
            return f"{Path(place.filename).name}, line {place.lineno}: {what}"
    return what


def _state(path: Path) -> tuple[int, int] | None:
    """Return what changes when a file is saved; None where there is no file."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
