"""One contender in a process of its own: render the picture once, and print what it took as one line of JSON.

Clocks start at the first play, when everything is imported and set up, and stop when the video is whole.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from benchmarks.picture import Picture
from manim_untangle.render.settings import Quality, Settings


@dataclass(frozen=True)
class Taken:
    """What a render took. Seconds on the wall, of the main thread and of all threads and children; bytes of video and
    memory."""

    frames: int
    wall: float
    main: float
    process: float
    size: int
    memory: int


class Clock:
    """Measures from `start` to `taken`."""

    def start(self) -> None:
        self.begun = self._now()

    def taken(self, frames: int, video: Path | None) -> Taken:
        wall, main, process = (now - begun for now, begun in zip(self._now(), self.begun, strict=True))
        memory = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return Taken(frames, wall, main, process, video.stat().st_size if video else 0, memory)

    @staticmethod
    def _now() -> tuple[float, float, float]:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)  # matplotlib's encoder is one
        return time.perf_counter(), time.thread_time(), time.process_time() + children.ru_utime + children.ru_stime


def ours(settings: Settings, folder: Path) -> Taken:
    """Our film, by our engine and encoder, without the cache."""
    from manim_untangle.render.film import render
    from manim_untangle.render.films import film

    clock, frames = Clock(), [0]
    found = film(str(Path(__file__).with_name("ours.py")))
    _compiled(settings)
    with _at_first_play(clock, frames):
        rendered = render(found, settings, folder, use_cache=False)
    return clock.taken(frames[0], rendered.main)


def drawing(settings: Settings, folder: Path) -> Taken:
    """Our film's frames, drawn and not encoded."""
    from benchmarks.ours import Ours
    from manim_untangle.render.engine import manim_config, play_film

    clock, frames = Clock(), [0]
    _compiled(settings)
    with manim_config(settings), _at_first_play(clock, frames):
        play_film(Ours, _Thrown())
    return clock.taken(frames[0], None)


def stock(settings: Settings, folder: Path) -> Taken:
    """Stock Manim, with its own renderer, writer and preset, at the quality of our final encodes."""
    from manim import tempconfig

    from benchmarks.stock import Stock

    clock, frames = Clock(), [0]
    with tempconfig(_manim(settings, folder)), _at_first_play(clock, frames):
        scene = Stock()
        scene.render()
        return clock.taken(frames[0], scene.renderer.file_writer.movie_file_path)


def stock_drawing(settings: Settings, folder: Path) -> Taken:
    """Stock Manim's frames, drawn and not encoded."""
    from benchmarks.stock import Stock
    from manim_untangle.render.engine import manim_config, play_film

    clock, frames = Clock(), [0]
    with manim_config(settings), _at_first_play(clock, frames):
        play_film(Stock, _Thrown())
    return clock.taken(frames[0], None)


def matplotlib(settings: Settings, folder: Path) -> Taken:
    """matplotlib's FuncAnimation, with its own writer."""
    from benchmarks.plot import Plot, save

    clock, video = Clock(), folder / "plot.mp4"
    plot = Plot(Picture.from_environment(), settings)
    clock.start()
    save(plot, video, settings)
    return clock.taken(plot.frames, video)


def encoder(settings: Settings, folder: Path, cut: bool = True) -> Taken:
    """The encoder alone, on our film's frames, held ready as YUV; cut into plays as our film is, or not."""
    from benchmarks.encoding import encode, frames_of_ours

    clock, video = Clock(), folder / "encoded.mp4"
    parts = frames_of_ours(settings)
    frames = [frame for part in parts for frame in part]
    clock.start()
    encode(parts if cut else [frames], settings, video)
    return clock.taken(len(frames), video)


def uncut(settings: Settings, folder: Path) -> Taken:
    """The encoder alone, on our film's frames in one piece."""
    return encoder(settings, folder, cut=False)


CONTENDERS: dict[str, Callable[[Settings, Path], Taken]] = {
    each.__name__: each for each in (ours, stock, matplotlib, encoder, uncut, drawing, stock_drawing)
}


class _at_first_play:
    """While entered: start the clock at a scene's first play, and count the frames that are drawn."""

    def __init__(self, clock: Clock, frames: list[int]) -> None:
        self.clock, self.frames = clock, frames

    def __enter__(self) -> None:
        from manim import Scene

        self.play, self.update = Scene.play, Scene.update_to_time

        def play(scene: Scene, *args: Any, **kwargs: Any) -> None:
            if not self.frames[0]:
                self.clock.start()
            self.play(scene, *args, **kwargs)

        def update(scene: Scene, t: float) -> None:
            self.frames[0] += 1
            self.update(scene, t)

        Scene.play, Scene.update_to_time = play, update

    def __exit__(self, *_: object) -> None:
        from manim import Scene

        Scene.play, Scene.update_to_time = self.play, self.update


class _Thrown:
    """A sink that has every frame drawn and keeps none. It is no Sink, so that this module imports little."""

    def begin(self, engine: Any) -> None:
        pass

    def frame(self, engine: Any, repeat: int) -> None:
        engine.draw()

    def end(self, engine: Any) -> None:
        pass

    def abandon(self) -> None:
        pass


def _compiled(settings: Settings) -> None:
    """Have the kernels compiled, or fetched from numba's cache, before any clock starts."""
    import av
    import cairo
    import numpy as np

    from manim_untangle.draw import raster
    from manim_untangle.render.encoder import to_yuv

    picture = np.zeros((32, 32, 4), np.uint8)
    ctx = cairo.Context(cairo.ImageSurface.create_for_data(picture.data, cairo.FORMAT_ARGB32, 32, 32))
    colour = np.ones((1, 4))
    raster.stroke_lines(ctx, np.array([(0.0, 0.0), (9.0, 9.0)]), np.array([0]), 2.0, colour)
    raster.fill_markers(ctx, np.array([(9.0, 9.0)]), 3.0, "disk", colour, colour[0], 1.0)
    to_yuv(picture, av.VideoFrame(32, 32, "yuv420p"))


def _manim(settings: Settings, folder: Path) -> dict[str, Any]:
    return {
        "pixel_width": settings.width,
        "pixel_height": settings.height,
        "frame_rate": float(settings.fps),
        "media_dir": str(folder),
        "disable_caching": True,
        "progress_bar": "none",
        "verbosity": "ERROR",
        "video_encoder_options": {"crf": "20"},
    }


def main() -> None:
    """Run the contender that the arguments name: NAME WIDTH HEIGHT FPS QUALITY."""
    name, width, height, fps, quality = sys.argv[1:6]
    settings = Settings(Quality(quality), int(width), int(height), Fraction(fps))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["UNTANGLE_CACHE"] = folder
        print(json.dumps(asdict(CONTENDERS[name](settings, Path(folder)))))


if __name__ == "__main__":
    main()
