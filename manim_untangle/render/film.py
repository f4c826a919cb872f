"""From a film file to the files that people use: film.mp4, film.timeline, poster.jpg and film.json. They are written
whole or not at all."""

from __future__ import annotations

import os
import shutil
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from manim_untangle.render.cache import Cache, Segment, cache_folder
from manim_untangle.render.engine import Sink, Sinks, manim_config, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.pool import Job, draw_segments
from manim_untangle.render.progress import Counter
from manim_untangle.render.record import (
    TIMELINE,
    film_folder,
    film_json,
    film_seconds,
    scene_record,
    write_last_frame,
)
from manim_untangle.render.segments import Answer, Recorder, Redrawer, SegmentWriter
from manim_untangle.render.settings import Format, Settings
from manim_untangle.render.video import join, poster_time, write_gif, write_poster
from netlib.errors import UntangleError
from netlib.files import made_folder, refusals_explained
from netlib.kept import keeping
from netlib.training.recipe import WEIGHTS


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


@dataclass(frozen=True)
class Rendered:
    """The result of a render: its main file, its size in pixels, and its length in seconds (0 for a still).

    note: what the user should know, "" for nothing.
    """

    main: Path
    width: int
    height: int
    seconds: float = 0.0
    note: str = ""

    @property
    def summary(self) -> str:
        """Size, length and bytes in words."""
        held = self.main.stat().st_size
        size = f"{held / 1e6:.1f} MB" if held >= 1e5 else f"{held / 1e3:.0f} kB"
        length = f", {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.width}x{self.height}{length}, {size}"


def render(
    film: FilmFile,
    settings: Settings,
    out: Path,
    counter: Counter | None = None,
    *,
    jobs: int = 1,
    use_cache: bool = True,
    teller: Teller | None = None,
) -> Rendered:
    """Render a film to its folder in `out`, and return the result. Raises UntangleError; leaves no file half-written.

    jobs: processes that draw. use_cache: use segments and results from the cache, and store new ones there. teller:
    writes the film's timeline from the same play; without one, an older timeline in the folder is removed.
    """
    folder, counter = made_folder(film_folder(film, out)), counter or Counter()
    with manim_config(settings), keeping(Cache(cache_folder()).results if use_cache else None):
        scene_class = film.load()
        if settings.format is Format.png:
            scene, engine = play_film(scene_class, Sink(), dry_run=True)
            still = write_last_frame(engine.last_picture(scene), film, folder)
            return Rendered(still, settings.width, settings.height)
        with refusals_explained(folder):
            work_folder = TemporaryDirectory(".partial", ".", folder, ignore_cleanup_errors=True)
        with work_folder as name:
            work = Path(name)
            cache = Cache(cache_folder() if use_cache else work)
            if counter.is_shown:
                counter.expect(_expected_frames(scene_class, settings, folder))
            with teller.watching() if teller else nullcontext():
                scene, segments = render_segments(film, scene_class, settings, cache, counter, jobs, teller)
            files = _segment_files(cache, segments)
            video = _joined(files, work, settings)
            seconds = sum(segment.frames for segment in segments) / float(settings.fps)
            with refusals_explained(folder):
                record = scene_record(scene, film)
                timeline = teller.told(scene, record) if teller else None
                _write_files(record, film, folder, settings, video, seconds, timeline)
                weights = _copied_weights(scene, folder, work)
                if timeline is None:
                    (folder / TIMELINE).unlink(missing_ok=True)
                told = [] if timeline is None else [TIMELINE]
                for file in (*weights, video.name, *told, "poster.jpg", "film.json"):
                    os.replace(work / file, folder / file)
        if use_cache:
            cache.prune(keep=files)
    return Rendered(folder / video.name, settings.width, settings.height, seconds, teller.problem if teller else "")


def render_segments(
    film: FilmFile,
    scene_class: type[Any],
    settings: Settings,
    cache: Cache,
    counter: Counter,
    jobs: int,
    beside: Sink | None = None,
) -> tuple[Any, list[Segment]]:
    """Return the scene as it ends, and its segments, all of which the cache then holds.

    beside: a sink that is handed the film, too, when it is played for the first time.

    One process draws segments that look new while it plays the film for the first time. A segment that begins like a
    stored one and goes on in another way is drawn when the film is played a second time. With several processes, the
    first time draws nothing, and the pool draws what is missing.
    """
    recorder = Recorder(cache, settings, counter.advance, draws=jobs == 1)
    scene, _ = play_film(scene_class, Sinks(beside, recorder) if beside else recorder)
    recorder.writer.close()
    missing = recorder.missing
    if missing and jobs > 1:
        # a film file of its own, without the source that this one has parsed
        job = Job(FilmFile(film.path, film.chosen), settings, cache.folder, tuple(recorder.segments))
        draw_segments(job, missing, jobs, counter.advance)
    elif missing:

        def claim(number: int) -> Answer:
            if number in missing:
                return Answer.DRAW
            return Answer.SKIP if number < missing[-1] else Answer.SKIP_REST

        writer = SegmentWriter(cache, settings)
        play_film(scene_class, Redrawer(writer, counter.advance, recorder.segments, claim))
        writer.close()
    return scene, recorder.segments


def _expected_frames(scene_class: type[Any], settings: Settings, folder: Path) -> int:
    """Return how long the film will be, in frames: as long as the one in its folder, or else as long as a dry run."""
    seconds = film_seconds(folder)
    return play_film(scene_class, Sink(), dry_run=True)[1].frames if seconds is None else round(seconds * settings.fps)


def _segment_files(cache: Cache, segments: list[Segment]) -> list[Path]:
    found = [path for segment in segments if (path := cache.find(segment))]
    if len(found) < len(segments):
        raise UntangleError(f"segments vanished from {cache.folder} while they were in use. Run the same command again")
    return found


def _joined(segments: list[Path], work: Path, settings: Settings) -> Path:
    """Write the film of these segments to the folder `work`, in the format of the settings; return its path."""
    video = work / f"film.{settings.format.value}"
    if settings.format is Format.gif:
        join(segments, work / "joined.mp4", settings.fps)
        write_gif(work / "joined.mp4", video, settings)
    else:
        join(segments, video, settings.fps)
    return video


def _write_files(
    record: dict[str, Any],
    film: FilmFile,
    folder: Path,
    settings: Settings,
    video: Path,
    seconds: float,
    timeline: bytes | None,
) -> None:
    """Write poster.jpg, film.json and the timeline beside a finished video, for a film that goes to `folder`."""
    at = poster_time(video, record.get("poster_time"), record.get("sections", []), seconds)
    write_poster(video, at, video.with_name("poster.jpg"))
    if timeline is not None:
        video.with_name(TIMELINE).write_bytes(timeline)
    text = film_json(record, film, folder, settings, video, at, timeline)
    video.with_name("film.json").write_text(text, encoding="utf-8")


def _copied_weights(scene: Any, folder: Path, work: Path) -> list[str]:
    """Copy the weights that a film shows and that lie in the user's folders to `work`, and return their names.

    Who publishes the film needs them. An older copy of weights that are committed is removed from `folder`.
    """
    copied = []
    for path in getattr(scene, "weights_files", ()):
        if path.parent == WEIGHTS:
            (folder / path.name).unlink(missing_ok=True)
        elif path.parent.resolve() != folder.resolve():
            shutil.copyfile(path, work / path.name)
            copied.append(path.name)
    return copied
