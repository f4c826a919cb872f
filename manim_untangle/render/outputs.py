"""The files that people use: film.mp4, film.timeline, poster.jpg and film.json. They are written whole or not at all.

Nothing here imports Manim: the files of a film that did not change are written without it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.films import FilmFile
from manim_untangle.render.played import Played
from manim_untangle.render.record import TIMELINE, film_json
from manim_untangle.render.settings import Format, Settings
from manim_untangle.render.video import join, poster_time, write_gif, write_poster
from netlib.errors import UntangleError
from netlib.files import refusals_explained
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
