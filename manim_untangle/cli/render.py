"""`untangle render`: films one after another, each with its progress."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import typer

from manim_untangle.render.film import render
from manim_untangle.render.films import FilmFile
from manim_untangle.render.pool import default_jobs
from manim_untangle.render.progress import render_bar
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
    """Render each film to its folder in `out`, and say where it is."""
    for film in films:
        with render_bar(film.name) as counter:
            rendered = render(film, settings, out, counter, jobs=jobs or default_jobs(), use_cache=use_cache)
        say(f"{rendered.main}  {rendered.summary}")
        if preview:
            typer.launch(str(rendered.main))
