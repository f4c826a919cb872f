"""`untangle render`: films one after another, each with its progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from manim_untangle.render.film import render
from manim_untangle.render.films import FilmFile
from manim_untangle.render.jobs import default_jobs
from manim_untangle.render.progress import counter
from manim_untangle.render.settings import Settings


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
