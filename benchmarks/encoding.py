"""The encoder alone: frames of our film, held ready in memory as YUV, into a video file."""

from __future__ import annotations

import contextlib
from pathlib import Path

import av

from benchmarks.ours import Ours
from studio.render.colour import to_yuv
from studio.render.encoder import add_stream
from studio.render.engine import Engine
from studio.render.play import played
from studio.render.settings import Settings
from studio.render.stage import staged


class _Enough(Exception):
    """As many frames as were asked for."""


class _Kept:
    """A sink that keeps frames as the encoder takes them."""

    def __init__(self, settings: Settings, most: int) -> None:
        self.settings, self.most = settings, most
        self.frames: list[av.VideoFrame] = []

    def begin(self, engine: Engine) -> None:
        pass

    def frame(self, engine: Engine, repeat: int) -> None:
        picture = engine.draw()
        self.frames.append(av.VideoFrame(self.settings.width, self.settings.height, "yuv420p"))
        to_yuv(picture, self.frames[-1])
        engine.release(picture)
        if len(self.frames) >= self.most:
            raise _Enough

    def end(self, engine: Engine) -> None:
        pass

    def abandon(self) -> None:
        pass


def frames_of_ours(settings: Settings, most: int) -> list[av.VideoFrame]:
    """Return the first frames of our film, at most so many."""
    kept = _Kept(settings, most)
    with staged(settings), contextlib.suppress(_Enough):
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
