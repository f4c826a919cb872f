"""A film as its animations: each play is one segment of video in a file of its own."""

from __future__ import annotations

from pathlib import Path

from studio.progress import Counter
from studio.render.encoder import SegmentEncoder
from studio.render.engine import Engine
from studio.render.settings import Settings

# Encoders at work at once: the next segment's frames come while the last one's are still being finished.
AT_ONCE = 2


class Straight:
    """Draws every play and encodes it, in order."""

    def __init__(self, folder: Path, settings: Settings, counter: Counter) -> None:
        self.folder = folder
        self.settings = settings
        self.counter = counter
        self.paths: list[Path] = []
        self.running: list[SegmentEncoder] = []
        self.encoder: SegmentEncoder | None = None

    def begin(self, engine: Engine) -> None:
        path = self.folder / f"{len(self.paths):05}.mp4"
        self.paths.append(path)
        self.encoder = SegmentEncoder(path, self.settings, engine.release)

    def frame(self, engine: Engine, repeat: int) -> None:
        assert self.encoder is not None
        self.encoder.write(engine.draw(), repeat)
        self.counter.done(repeat)

    def end(self, engine: Engine) -> None:
        assert self.encoder is not None
        self.encoder.finish()
        self.running.append(self.encoder)
        self.encoder = None
        while len(self.running) >= AT_ONCE:
            self.running.pop(0).close()

    def abandon(self) -> None:
        for encoder in [self.encoder, *self.running]:
            if encoder:
                encoder.abandon()

    def finished(self) -> list[Path]:
        """Wait for the encoders and return the segments' files in order."""
        while self.running:
            self.running.pop(0).close()
        return self.paths
