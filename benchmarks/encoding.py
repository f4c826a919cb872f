"""The encoder alone: frames of our film, held ready in memory as YUV, into a video file."""

from __future__ import annotations

from pathlib import Path

import av

from benchmarks.ours import Ours
from studio.render.colour import to_yuv
from studio.render.encoder import add_stream
from studio.render.engine import Engine
from studio.render.play import played
from studio.render.settings import Settings
from studio.render.stage import staged


class _Kept:
    """A sink that keeps frames as the encoder takes them."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.frames: list[av.VideoFrame] = []

    def begin(self, engine: Engine) -> None:
        pass

    def frame(self, engine: Engine, repeat: int) -> None:
        picture = engine.draw()
        self.frames.append(av.VideoFrame(self.settings.width, self.settings.height, "yuv420p"))
        to_yuv(picture, self.frames[-1])
        engine.release(picture)

    def end(self, engine: Engine) -> None:
        pass

    def abandon(self) -> None:
        pass


def frames_of_ours(settings: Settings) -> list[av.VideoFrame]:
    """Return the frames of our film: 1.5 bytes a pixel, a gigabyte for 320 of them at 1080p."""
    kept = _Kept(settings)
    with staged(settings):
        played(Ours, kept)
    return kept.frames


def encode(frames: list[av.VideoFrame], settings: Settings, path: Path) -> None:
    """Encode frames to a file, as our films are."""
    with av.open(str(path), "w", format="mp4") as container:
        stream = add_stream(container, settings)
        for k, frame in enumerate(frames):
            frame.pts, frame.time_base = k, 1 / settings.fps
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
