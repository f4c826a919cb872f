"""The encoder alone: frames of our film, held ready in memory as YUV, into the video that our film is, or uncut."""

from __future__ import annotations

from pathlib import Path

import av

from benchmarks.ours import Ours
from manim_untangle.render.encoder import add_stream, to_yuv
from manim_untangle.render.engine import Engine, Sink, manim_config, play_film
from manim_untangle.render.settings import Settings
from manim_untangle.render.video import join

Parts = list[list[av.VideoFrame]]


class _Kept(Sink):
    """A sink that keeps frames as the encoder takes them, play by play."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.parts: Parts = []

    def begin(self, engine: Engine) -> None:
        self.parts.append([])

    def frame(self, engine: Engine, repeat: int) -> None:
        self.parts[-1].append(av.VideoFrame(self.settings.width, self.settings.height, "yuv420p"))
        to_yuv(engine.draw(), self.parts[-1][-1])


def frames_of_ours(settings: Settings) -> Parts:
    """Return the frames of our film's plays: 1.5 bytes a pixel, two gigabytes for 640 of them at 1080p."""
    kept = _Kept(settings)
    with manim_config(settings):
        play_film(Ours, kept)
    return kept.parts


def encode(parts: Parts, settings: Settings, path: Path) -> None:
    """Encode each part on its own, as our films are, and join them to a file."""
    segments = [path.with_name(f"{number}.mp4") for number in range(len(parts))]
    for part, segment in zip(parts, segments, strict=True):
        with av.open(str(segment), "w", format="mp4") as container:
            stream = add_stream(container, settings)
            for k, frame in enumerate(part):
                frame.pts, frame.time_base = k, 1 / settings.fps
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
    join(segments, path, settings.fps)
