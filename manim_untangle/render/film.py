"""From a film file to the files that people use: film.mp4, poster.jpg and film.json, whole or not at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from manim_untangle.render.cache import Cache, Segment, cache_folder
from manim_untangle.render.choices import Format
from manim_untangle.render.films import FilmFile
from manim_untangle.render.gif import write_gif
from manim_untangle.render.home import SOURCE, STILL, film_folder, source_to_note
from manim_untangle.render.join import join
from manim_untangle.render.manim_config import manim_config
from manim_untangle.render.output import made_folder, refusals_explained, written_whole
from manim_untangle.render.play import NullSink, played
from manim_untangle.render.poster import poster_time, write_poster
from manim_untangle.render.progress import Counter
from manim_untangle.render.record import describe, film_json
from manim_untangle.render.settings import Settings
from manim_untangle.render.whole_film import render_segments
from netlib.errors import UntangleError
from netlib.training.recipe import WEIGHTS


@dataclass(frozen=True)
class Rendered:
    """What a render left behind: its main file, and how large and long it is."""

    main: Path
    width: int
    height: int
    seconds: float = 0.0

    @property
    def summary(self) -> str:
        held = self.main.stat().st_size
        size = f"{held / 1e6:.1f} MB" if held >= 1e5 else f"{held / 1e3:.0f} kB"
        length = f", {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.width}x{self.height}{length}, {size}"


def render(
    film: FilmFile, settings: Settings, out: Path, counter: Counter, *, jobs: int = 1, use_cache: bool = True
) -> Rendered:
    """Render a film to its folder in `out` and return what stands there. Raises UntangleError; leaves nothing
    half-written.

    jobs: processes that draw. use_cache: take segments from the cache, and leave new ones there.
    """
    folder = made_folder(film_folder(film, out))
    with manim_config(settings):
        scene_class = film.load()
        if settings.format is Format.png:
            return _last_frame(film, scene_class, folder, settings)
        with work_folder(folder) as work:
            cache = Cache(cache_folder() if use_cache else work)
            scene, segments = render_segments(film, scene_class, settings, cache, counter, jobs)
            files = _files(cache, segments)
            video = _assembled(files, work, settings)
            seconds = sum(segment.frames for segment in segments) / float(settings.fps)
            with refusals_explained(folder):
                _describe(scene, film, settings, video, seconds)
                weights = _copied_weights(scene, folder, work)
                for name in (*weights, video.name, "poster.jpg", "film.json"):
                    os.replace(work / name, folder / name)
        if use_cache:
            cache.remember_length(film.name, seconds)
            cache.prune(keep=files)
    return Rendered(folder / video.name, settings.width, settings.height, seconds)


@contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder inside `folder` for what is not finished yet; it is gone afterwards, whatever happens."""
    work = made_folder(folder / f".{os.getpid()}.partial")
    try:
        yield work
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _copied_weights(scene: Any, folder: Path, work: Path) -> list[str]:
    """Copy the weights that a film shows and that come from the user's folders to `work`, for those who publish the
    film; return their names. An older copy of weights that are committed goes."""
    shown: list[Path] = getattr(scene, "weights_files", [])
    copied = [path for path in shown if path.parent != WEIGHTS and path.parent.resolve() != folder.resolve()]
    for path in copied:
        shutil.copyfile(path, work / path.name)
    for path in shown:
        if path.parent == WEIGHTS:
            (folder / path.name).unlink(missing_ok=True)
    return [path.name for path in copied]


def _describe(scene: Any, film: FilmFile, settings: Settings, video: Path, seconds: float) -> None:
    """Write poster.jpg and film.json beside a finished video."""
    said = describe(scene, film)
    at = said.get("poster_time")
    at = min(at, seconds) if at is not None else poster_time(video, said.get("sections", []), seconds)
    write_poster(video, at, video.with_name("poster.jpg"))
    text = film_json(said, film, video.parent.parent, settings, video, at)
    video.with_name("film.json").write_text(text, encoding="utf-8")


def _files(cache: Cache, segments: list[Segment]) -> list[Path]:
    found = [cache.find(segment) for segment in segments]
    if None in found:
        raise UntangleError(f"segments vanished from {cache.folder} while they were in use. Run the same command again")
    return [path for path in found if path is not None]


def _assembled(segments: list[Path], work: Path, settings: Settings) -> Path:
    if settings.format is Format.gif:
        joined = work / "joined.mp4"
        join(segments, joined, settings.fps)
        write_gif(joined, work / "film.gif", settings)
        return work / "film.gif"
    video = work / f"film.{settings.format.value}"
    join(segments, video, settings.fps)
    return video


def _last_frame(film: FilmFile, scene_class: type[Any], folder: Path, settings: Settings) -> Rendered:
    scene, engine = played(scene_class, NullSink(), leap=True)
    facts = PngInfo()
    facts.add_text(SOURCE, source_to_note(film, folder))
    with written_whole(folder / STILL) as path:
        Image.fromarray(engine.last_picture(scene)).convert("RGB").save(path, pnginfo=facts)
    return Rendered(folder / STILL, settings.width, settings.height)
