"""From a film file to the files that people use, by playing and drawing it in this process."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from manim_untangle.render.cache import Cache, cache_folder, results_kept
from manim_untangle.render.engine import Sink, manim_config, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.outputs import Rendered, segment_files, work_folder, written
from manim_untangle.render.play import Teller, draw_missing, play
from manim_untangle.render.played import KeptPlay, purity
from manim_untangle.render.progress import Counter
from manim_untangle.render.record import film_folder, film_seconds, write_last_frame
from manim_untangle.render.settings import Format, Settings
from netlib.files import made_folder


def render(
    film: FilmFile,
    settings: Settings,
    out: Path,
    counter: Counter | None = None,
    *,
    use_cache: bool = True,
    teller: Teller | None = None,
    place: KeptPlay | None = None,
) -> Rendered:
    """Render a film in this process to its folder in `out`, and return the result. Raises UntangleError; leaves no file
    half-written.

    use_cache: use segments and results from the cache, and store new ones there. teller: writes the film's timeline
    from the same play; without one, an older timeline in the folder is removed. place: where
    the play is kept. `many.py` renders with several processes.
    """
    folder, counter = made_folder(film_folder(film, out)), counter or Counter()
    with manim_config(settings), results_kept(use_cache) as needed:
        if settings.format is Format.png:
            scene_class = film.load()
            scene, engine = play_film(scene_class, Sink(), dry_run=True)
            still = write_last_frame(engine.last_picture(scene), film, folder)
            return Rendered(still, settings.width, settings.height)
        with work_folder(folder) as work:
            cache = Cache(cache_folder() if use_cache else work)
            with purity(film) as noted:
                scene_class = film.load()
                if counter.is_shown:
                    counter.expect(_expected_frames(scene_class, settings, folder))
                played = noted(play(film, scene_class, settings, cache, counter.advance, teller=teller))
            draw_missing(scene_class, settings, cache, counter.advance, played)
            rendered = written(film, settings, folder, work, played, cache)
            needed.update(segment_files(cache, played.segments))
            if place:
                place.write(played)
            return rendered


def _expected_frames(scene_class: type[Any], settings: Settings, folder: Path) -> int:
    """Return how long the film will be, in frames: as long as the one in its folder, or else as long as a dry run."""
    seconds = film_seconds(folder)
    return play_film(scene_class, Sink(), dry_run=True)[1].frames if seconds is None else round(seconds * settings.fps)
