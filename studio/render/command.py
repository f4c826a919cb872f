"""`untangle render`: films one after another, each with its progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from studio.films import FilmFile
from studio.progress import counter
from studio.render.film import render
from studio.render.jobs import default_jobs
from studio.render.settings import Settings


def render_all(
    films: Sequence[FilmFile],
    settings: Settings,
    out: Path,
    *,
    jobs: int | None,
    use_cache: bool,
    preview: bool,
    say: Callable[[str], None],
) -> None:
    """Render the films into out/<film>/ and say where each one stands."""
    for film in films:
        with counter(film.name) as count:
            rendered = render(film, settings, out, count, jobs=jobs or default_jobs(), use_cache=use_cache)
        say(f"{rendered.main}  {rendered.summary}")
        if preview:
            typer.launch(str(rendered.main))
