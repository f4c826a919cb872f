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

from studio.films import FilmFile
from studio.progress import Counter
from studio.render.choices import Format
from studio.render.engine import Engine
from studio.render.gif import write_gif
from studio.render.join import join
from studio.render.output import refusals_explained, written_whole
from studio.render.poster import poster_time, write_poster
from studio.render.record import describe, film_json
from studio.render.segments import Straight
from studio.render.settings import Settings
from studio.render.stage import staged


@dataclass(frozen=True)
class Rendered:
    """What a render left behind: its main file, and how large and long it is."""

    main: Path
    width: int
    height: int
    seconds: float = 0.0

    @property
    def summary(self) -> str:
        size = f"{self.main.stat().st_size / 1e6:.1f} MB"
        length = f", {self.seconds:.1f} s" if self.seconds else ""
        return f"{self.width}x{self.height}{length}, {size}"


def render(film: FilmFile, settings: Settings, out: Path, counter: Counter) -> Rendered:
    """Render a film to out/<film>/ and return what stands there. Raises UntangleError; leaves nothing half-written."""
    folder = out / film.name
    with refusals_explained(folder):
        folder.mkdir(parents=True, exist_ok=True)
    with staged(settings):
        scene_class = film.load()
        if settings.format is Format.png:
            return _last_frame(scene_class, folder, settings)
        with work_folder(folder) as work:
            counter.expect(_length(scene_class))
            segments = Straight(work, settings, counter)
            scene = scene_class()
            engine = Engine(scene, segments)
            scene.render()
            said = describe(scene, film)
            video = _assembled(segments.finished(), work, settings)
            at = said.get("poster_time")
            seconds = engine.frames / float(settings.fps)
            at = min(at, seconds) if at is not None else poster_time(video, said.get("sections", []), seconds)
            write_poster(video, at, work / "poster.jpg")
            text = film_json(said, film, settings, video, at)
            (work / "film.json").write_text(text, encoding="utf-8")
            main = folder / video.name
            for name in (video.name, "poster.jpg", "film.json"):
                os.replace(work / name, folder / name)
    return Rendered(main, settings.width, settings.height, seconds)


@contextmanager
def work_folder(folder: Path) -> Iterator[Path]:
    """Yield a new folder inside `folder` for what is not finished yet; it is gone afterwards, whatever happens."""
    work = folder / f".{os.getpid()}.partial"
    with refusals_explained(folder):
        work.mkdir(parents=True)
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _length(scene_class: type[Any]) -> int:
    """Return how many frames the film has, by leaping through it."""
    scene = scene_class()
    engine = Engine(scene, Nowhere(), leap=True)
    scene.render()
    return engine.frames


class Nowhere:
    """A sink that takes no frames."""

    def begin(self, engine: Engine) -> None:
        pass

    def frame(self, engine: Engine, repeat: int) -> None:
        pass

    def end(self, engine: Engine) -> None:
        pass

    def abandon(self) -> None:
        pass


def _assembled(segments: list[Path], work: Path, settings: Settings) -> Path:
    if settings.format is Format.gif:
        joined = work / "joined.mp4"
        join(segments, joined, settings.fps)
        write_gif(joined, work / "film.gif", settings)
        return work / "film.gif"
    video = work / f"film.{settings.format.value}"
    join(segments, video, settings.fps)
    return video


def _last_frame(scene_class: type[Any], folder: Path, settings: Settings) -> Rendered:
    scene = scene_class()
    engine = Engine(scene, Nowhere(), leap=True)
    scene.render()
    with written_whole(folder / "last_frame.png") as path:
        Image.fromarray(engine.last_picture(scene)).convert("RGB").save(path)
    return Rendered(folder / "last_frame.png", settings.width, settings.height)
