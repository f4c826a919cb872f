"""Shooting a film: every one of its segments in the cache, drawn by one process or by several."""

from __future__ import annotations

from typing import Any

from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.films import FilmFile
from manim_untangle.render.jobs import Job, draw
from manim_untangle.render.play import NullSink, played
from manim_untangle.render.progress import Counter, Quiet
from manim_untangle.render.segments import Answer, Encoding, Recorder, Redrawer
from manim_untangle.render.settings import Settings


def render_segments(
    film: FilmFile, scene_class: type[Any], settings: Settings, cache: Cache, counter: Counter, jobs: int
) -> tuple[Any, list[Segment]]:
    """Return the scene as it ends, and its segments, all of which the cache now holds.

    With one process, segments that look new are drawn while the film is gone through for the first time. What begins
    like a segment that is there and then turns out otherwise is drawn in a second going. With several, the first
    going draws nothing, and workers draw what is missing.
    """
    _expect(film, scene_class, settings, cache, counter)
    recorder = Recorder(cache, settings, counter, draws=jobs == 1)
    scene, _ = played(scene_class, recorder)
    recorder.encoding.close()
    missing = recorder.missing
    if missing and jobs > 1:
        draw(
            Job(FilmFile(film.path, film.chosen), settings, cache.folder, tuple(recorder.segments)),
            missing,
            jobs,
            counter,
        )
    elif missing:
        _draw_missing(scene_class, settings, cache, counter, recorder.segments, missing)
    return scene, recorder.segments


def _draw_missing(
    scene_class: type[Any],
    settings: Settings,
    cache: Cache,
    counter: Counter,
    segments: list[Segment],
    missing: list[int],
) -> None:
    def claim(number: int) -> Answer:
        if number in missing:
            return Answer.DRAW
        return Answer.LEAVE if number < missing[-1] else Answer.OVER

    encoding = Encoding(cache, settings)
    played(scene_class, Redrawer(encoding, counter, segments, claim))
    encoding.close()


def _expect(film: FilmFile, scene_class: type[Any], settings: Settings, cache: Cache, counter: Counter) -> None:
    """Tell the counter how long the film will be: as long as last time, else by leaping through it."""
    if isinstance(counter, Quiet):
        return
    seconds = cache.length(film.name)
    if seconds is None:
        _, engine = played(scene_class, NullSink(), leap=True)
        counter.expect(engine.frames)
    else:
        counter.expect(round(seconds * settings.fps))
