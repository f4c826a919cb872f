"""From a film file to the files that people use: film.mp4, film.timeline, poster.jpg and film.json. They are written
whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from manim_untangle.render.cache import Cache, Segment, cache_folder, results_kept
from manim_untangle.render.engine import Sink, manim_config, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.play import Played, Teller, draw_missing, play
from manim_untangle.render.progress import Counter
from manim_untangle.render.record import TIMELINE, film_folder, film_json, film_seconds, write_last_frame
from manim_untangle.render.settings import Format, Settings
from manim_untangle.render.video import join, poster_time, write_gif, write_poster
from netlib.errors import UntangleError
from netlib.files import made_folder, refusals_explained
from netlib.training.recipe import WEIGHTS


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
    use_cache: bool = True,
    teller: Teller | None = None,
) -> Rendered:
    """Render a film in this process to its folder in `out`, and return the result. Raises UntangleError; leaves no file
    half-written.

    use_cache: use segments and results from the cache, and store new ones there. teller: writes the film's timeline
    from the same play; without one, an older timeline in the folder is removed. `many.py` renders with several
    processes.
    """
    folder, counter = made_folder(film_folder(film, out)), counter or Counter()
    with manim_config(settings), results_kept(use_cache) as needed:
        scene_class = film.load()
        if settings.format is Format.png:
            scene, engine = play_film(scene_class, Sink(), dry_run=True)
            still = write_last_frame(engine.last_picture(scene), film, folder)
            return Rendered(still, settings.width, settings.height)
        with work_folder(folder) as work:
            cache = Cache(cache_folder() if use_cache else work)
            if counter.is_shown:
                counter.expect(_expected_frames(scene_class, settings, folder))
            played = play(film, scene_class, settings, cache, counter.advance, teller=teller)
            draw_missing(scene_class, settings, cache, counter.advance, played)
            rendered = written(film, settings, folder, work, played, cache)
            needed.update(segment_files(cache, played.segments))
            return rendered


@contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """Yield a folder inside `folder` for unfinished files; it is removed afterwards."""
    with refusals_explained(folder):
        made = TemporaryDirectory(".partial", ".", folder, ignore_cleanup_errors=True)
    with made as name:
        yield Path(name)


def written(film: FilmFile, settings: Settings, folder: Path, work: Path, played: Played, cache: Cache) -> Rendered:
    """Write a film whose segments the cache holds to its folder, all files or none, and return it.

    work: a folder inside of it for unfinished files.
    """
    video = _joined(segment_files(cache, played.segments), work, settings)
    seconds = sum(segment.frames for segment in played.segments) / float(settings.fps)
    with refusals_explained(folder):
        _write_files(played, film, folder, settings, video, seconds)
        weights = _copied_weights(played.weights, folder, work)
        if played.timeline is None:
            (folder / TIMELINE).unlink(missing_ok=True)
        told = [] if played.timeline is None else [TIMELINE]
        for file in (*weights, video.name, *told, "poster.jpg", "film.json"):
            os.replace(work / file, folder / file)
    return Rendered(folder / video.name, settings.width, settings.height, seconds, played.note)


def _expected_frames(scene_class: type[Any], settings: Settings, folder: Path) -> int:
    """Return how long the film will be, in frames: as long as the one in its folder, or else as long as a dry run."""
    seconds = film_seconds(folder)
    return play_film(scene_class, Sink(), dry_run=True)[1].frames if seconds is None else round(seconds * settings.fps)


def segment_files(cache: Cache, segments: Sequence[Segment]) -> list[Path]:
    """Return the files of a film's segments, in order."""
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


def _write_files(played: Played, film: FilmFile, folder: Path, settings: Settings, video: Path, seconds: float) -> None:
    """Write poster.jpg, film.json and the timeline beside a finished video, for a film that goes to `folder`."""
    record, timeline = played.record, played.timeline
    at = poster_time(video, record.get("poster_time"), record.get("sections", []), seconds)
    write_poster(video, at, video.with_name("poster.jpg"))
    if timeline is not None:
        video.with_name(TIMELINE).write_bytes(timeline)
    text = film_json(record, film, folder, settings, video, at, timeline)
    video.with_name("film.json").write_text(text, encoding="utf-8")


def _copied_weights(files: Sequence[Path], folder: Path, work: Path) -> list[str]:
    """Copy the weights that a film shows and that lie in the user's folders to `work`, and return their names.

    Who publishes the film needs them. An older copy of weights that are committed is removed from `folder`.
    """
    copied = []
    for path in files:
        if path.parent == WEIGHTS:
            (folder / path.name).unlink(missing_ok=True)
        elif path.parent.resolve() != folder.resolve():
            shutil.copyfile(path, work / path.name)
            copied.append(path.name)
    return copied
