"""`untangle document`: films as timelines, which play live in a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from manim_untangle.render.films import FilmFile
from manim_untangle.render.record import TIMELINE, film_folder
from manim_untangle.web.timeline import timeline_of
from netlib.errors import UntangleError
from netlib.files import made_folder, written_whole

SUFFIX = ".timeline"


def write_documents(films: Sequence[FilmFile], out: Path, rate: float, say: Callable[[str], None]) -> list[Path]:
    """Write each film's timeline beside its video in `out`, or to `out` itself where that ends in .timeline.

    Raises UntangleError for what a timeline cannot tell, and for several films that go to one file.
    """
    if out.suffix == SUFFIX and len(films) > 1:
        raise UntangleError(f"{out} can hold one film. Name a folder: -o renders")
    return [_written(film, out, rate, say) for film in films]


def _written(film: FilmFile, out: Path, rate: float, say: Callable[[str], None]) -> Path:
    content = timeline_of(film, rate)
    folder = out.parent if out.suffix == SUFFIX else film_folder(film, out)
    path = made_folder(folder) / (out.name if out.suffix == SUFFIX else TIMELINE)
    with written_whole(path) as file:
        file.write_bytes(content)
    say(f"{path}  {len(content) / 1e3:.0f} kB")
    return path
