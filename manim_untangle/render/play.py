"""One film, played: what it consists of, and its segments, drawn in this process."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Any

from manim_untangle.render.cache import Cache
from manim_untangle.render.engine import Sink, Sinks, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.played import Played
from manim_untangle.render.record import scene_record
from manim_untangle.render.segments import Advance, Answer, Recorder, Redrawer, SegmentWriter
from manim_untangle.render.settings import Settings


class Teller(Sink):
    """A sink that goes through a film beside the one that draws, and tells it as a timeline (web/document.py).

    problem: why there is none, in a line; "" as long as it goes well.
    """

    problem = ""

    def watching(self) -> AbstractContextManager[None]:
        """Return what is entered before the film is played, and left after it."""
        raise NotImplementedError

    def told(self, scene: Any, record: dict[str, Any]) -> bytes | None:
        """Return the timeline of a scene that was played, with the words of its record; None where there is a
        problem."""
        raise NotImplementedError


def play(
    film: FilmFile,
    scene_class: type[Any],
    settings: Settings,
    cache: Cache,
    advance: Advance,
    *,
    draws: bool = True,
    teller: Teller | None = None,
    watch: Sink | None = None,
) -> Played:
    """Play a film by its loaded class, once Manim is configured. draws: whether to draw what looks new into the cache.
    watch: a sink that gets the film, too.

    A segment that begins like a stored one and goes on in another way is missing, even so.
    """
    recorder = Recorder(cache, settings, advance, draws=draws)
    with teller.watching() if teller else nullcontext():
        scene, _ = play_film(scene_class, Sinks(*(sink for sink in (watch, teller, recorder) if sink)))
    recorder.writer.close()
    record, weights = scene_record(scene, film), tuple(getattr(scene, "weights_files", ()))
    timeline = teller.told(scene, record) if teller else None
    note = teller.problem if teller else ""
    return Played(tuple(recorder.segments), tuple(recorder.missing), record, weights, timeline, note)


def draw_missing(scene_class: type[Any], settings: Settings, cache: Cache, advance: Advance, played: Played) -> None:
    """Play a film again, and draw its missing segments into the cache."""

    def claim(number: int) -> Answer:
        if number in played.missing:
            return Answer.DRAW
        return Answer.SKIP if number < played.missing[-1] else Answer.SKIP_REST

    if played.missing:
        writer = SegmentWriter(cache, settings)
        play_film(scene_class, Redrawer(writer, advance, list(played.segments), claim))
        writer.close()
