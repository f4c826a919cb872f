"""One segment of a film as an independent stretch of video, encoded in a thread of its own."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from studio.render.choices import Format
from studio.render.colour import Pixels, to_yuv
from studio.render.output import refusals_explained, written_whole
from studio.render.settings import Settings

# Frames waiting between raster and encoder: enough to keep both busy, and 50 MB at 1080p.
WAITING_FRAMES = 6


@dataclass(frozen=True)
class Codec:
    """An encoder and its options. threads is fixed, since x264's output depends on it."""

    name: str
    options: tuple[tuple[str, str], ...]
    threads: int = 4


def codec(settings: Settings) -> Codec:
    """Return how to encode: fast and larger for drafts, slower and smaller for what is shown to others."""
    if settings.format is Format.webm:
        speed = "8" if settings.draft else "4"
        return Codec("libvpx-vp9", (("crf", "31"), ("b", "0"), ("row-mt", "1"), ("cpu-used", speed)))
    preset = "veryfast" if settings.draft else "medium"
    return Codec("libx264", (("crf", "20"), ("preset", preset), ("profile", "high")))


class SegmentEncoder:
    """Frames in, a video file out. Errors of the thread are raised by the next `write` or by `close`.

    `write` hands a frame (height, width, 4) over: it must not change until `release(frame)` is called.
    """

    def __init__(self, path: Path, settings: Settings, release: Callable[[Pixels], None] = lambda frame: None) -> None:
        self.path = path
        self.settings = settings
        self.release = release
        self.problem: BaseException | None = None
        self._abandoned = False
        self._frames: queue.Queue[tuple[Pixels, int] | None] = queue.Queue(WAITING_FRAMES)
        self._thread = threading.Thread(target=self._run, name=f"encode {path.name}", daemon=True)
        self._thread.start()

    def write(self, frame: Pixels, repeat: int = 1) -> None:
        """Take one frame, shown `repeat` times."""
        if self.problem:
            raise self.problem
        self._frames.put((frame, repeat))

    def finish(self) -> None:
        """Say that no more frames come; return at once."""
        self._frames.put(None)

    def close(self) -> None:
        """Wait until the file is whole under its name, or raise what went wrong."""
        self._thread.join()
        if self.problem:
            raise self.problem

    def abandon(self) -> None:
        """Drop the segment and its file."""
        self._abandoned = True
        while self._thread.is_alive():
            try:
                self._frames.put(None, timeout=0.05)
            except queue.Full:
                continue
            self._thread.join(timeout=0.05)

    def _run(self) -> None:
        try:
            with written_whole(self.path) as path, refusals_explained(self.path.parent):
                self._encode(path)
                if self._abandoned:
                    raise Abandoned
        except BaseException as problem:
            self.problem = problem
            self._drain()

    def _drain(self) -> None:
        """Take what still comes, so that nobody waits for a place in the queue."""
        while (item := self._frames.get()) is not None:
            self.release(item[0])

    def _encode(self, path: Path) -> None:
        with av.open(str(path), "w", format="mp4") as container:
            stream = add_stream(container, self.settings)
            shown = 0
            while (item := self._frames.get()) is not None and not self._abandoned:
                picture, repeat = item
                frame = av.VideoFrame(self.settings.width, self.settings.height, "yuv420p")
                to_yuv(picture, frame)
                self.release(picture)
                # a pause is the same picture again: converted once, and nearly free for the encoder
                for _ in range(repeat):
                    frame.pts, frame.time_base = shown, 1 / self.settings.fps
                    container.mux(stream.encode(frame))
                    shown += 1
            container.mux(stream.encode())


class Abandoned(Exception):
    """A segment that nobody wants any more."""


def add_stream(container: av.container.OutputContainer, settings: Settings) -> VideoStream:
    """Add the film's video stream to a file: 8-bit 4:2:0, BT.709 limited range, and tagged as such."""
    how = codec(settings)
    stream: VideoStream = container.add_stream(how.name, rate=settings.fps, options=dict(how.options))  # type: ignore[assignment]
    stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "yuv420p"
    stream.time_base = Fraction(1) / settings.fps
    context = stream.codec_context
    context.thread_count, context.thread_type = how.threads, "FRAME"
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream
