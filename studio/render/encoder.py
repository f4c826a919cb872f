"""One segment of a film as an independent stretch of video, encoded in a thread of its own."""

from __future__ import annotations

import contextlib
import os
import queue
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from studio.render.choices import Format
from studio.render.colour import Pixels, to_yuv
from studio.render.memory import return_the_rest
from studio.render.output import refusals_explained
from studio.render.settings import Settings

# Bytes of frames that wait for the encoder: enough to keep both it and the drawing busy, also while an encoder has
# taken its first frames and gives none back, or has been given its last.
WAITING = 24_000_000

Naming = Callable[[int], Path]


@dataclass(frozen=True)
class Codec:
    """An encoder and its options. threads is fixed, since x264's output depends on it."""

    name: str
    options: tuple[tuple[str, str], ...]
    threads: int = 4


def codec(settings: Settings) -> Codec:
    """Return how to encode, small files at a low price in time.

    Measured on films' frames at 1080p, CPU time and size at equal quality (luma PSNR): placing B-frames at fixed places
    makes "veryfast" as small as "faster" is without, within 2 %, for 0.6 of its time and 0.4 of "medium"'s; lines in
    steady motion gain nothing from a search for places. Looking 8 frames ahead instead of 40 costs 3 % of the size,
    slices instead of frames in parallel another 1 to 3 %; together they save 290 MB of memory at 1080p, and slices a
    tenth of the time. Searching for cuts and for fades to weigh, where a play holds neither, is a tenth of the time for
    nothing. Without mbtree it would take a quarter less, but a picture all in motion loses 0.7 dB at equal size.
    """
    if settings.format is Format.webm:
        speed = "8" if settings.draft else "4"
        return Codec("libvpx-vp9", (("crf", "31"), ("b", "0"), ("row-mt", "1"), ("cpu-used", speed)))
    looking = (("b_strategy", "0"), ("rc-lookahead", "8"), ("sc_threshold", "0"), ("weightp", "0"))
    return Codec("libx264", (("crf", "20"), ("preset", "veryfast"), ("profile", "high"), *looking))


def waiting_frames(settings: Settings) -> int:
    """Return how many frames may wait for the encoder."""
    return min(8, max(2, 2 * WAITING // (3 * settings.width * settings.height)))


class SegmentEncoder:
    """Frames in, a video file out. Errors of the thread are raised by the next `write` or by `close`.

    turn: a lock that encoders share so that only one of them, with its hundreds of megabytes, is at work.

    The video is written to `partial`, and takes its final name when `finish` has told it; else it is removed.
    """

    def __init__(self, partial: Path, settings: Settings, turn: threading.Lock | None = None) -> None:
        self.partial = partial
        self.settings = settings
        self.turn = turn or threading.Lock()
        self.problem: BaseException | None = None
        self._final: Naming | None = None
        self._ended = False
        self._frames: queue.Queue[tuple[av.VideoFrame, int] | None] = queue.Queue(waiting_frames(settings))
        self._thread = threading.Thread(target=self._run, name=f"encode {partial.name}", daemon=True)
        self._thread.start()

    def write(self, picture: Pixels, repeat: int = 1) -> None:
        """Take one picture (height, width, 4), shown `repeat` times. It may change as soon as this returns.

        Converted here and not by the encoding thread, which has more to do than the one that draws.
        """
        if self.problem:
            raise self.problem
        frame = av.VideoFrame(self.settings.width, self.settings.height, "yuv420p")
        to_yuv(picture, frame)
        self._frames.put((frame, repeat))

    def finish(self, final: Naming | None) -> None:
        """Say that no more frames come, and what a file of so many bytes is called; None drops it. Returns at once."""
        self._final = final
        self._frames.put(None)

    def close(self) -> None:
        """Wait until the file is whole under its name, or raise what went wrong."""
        self._thread.join()
        if self.problem:
            raise self.problem

    def abandon(self) -> None:
        """Drop the segment and its file, whatever state it is in."""
        self._final = None
        while self._thread.is_alive():
            with contextlib.suppress(queue.Full):
                self._frames.put(None, timeout=0.05)
            self._thread.join(timeout=0.05)

    def _run(self) -> None:
        try:
            with self.turn, refusals_explained(self.partial.parent):
                self._encode()
                if self._final is not None:
                    os.replace(self.partial, self._final(self.partial.stat().st_size))
        except BaseException as problem:
            self.problem = problem
            for _ in self._coming():  # so that nobody waits for a place in the queue
                pass
        finally:
            self.partial.unlink(missing_ok=True)
            return_the_rest()

    def _coming(self) -> Iterator[tuple[av.VideoFrame, int]]:
        """Yield what is written until `finish`."""
        while not self._ended:
            item = self._frames.get()
            if item is None:
                self._ended = True
            else:
                yield item

    def _encode(self) -> None:
        with av.open(str(self.partial), "w", format="mp4") as container:
            stream = add_stream(container, self.settings)
            shown = 0
            for frame, repeat in self._coming():
                # a pause is the same picture again: nearly free for the encoder
                for _ in range(repeat):
                    frame.pts, frame.time_base = shown, 1 / self.settings.fps
                    container.mux(stream.encode(frame))
                    shown += 1
            if self._final is not None:
                container.mux(stream.encode())


def add_stream(container: av.container.OutputContainer, settings: Settings) -> VideoStream:
    """Add the film's video stream to a file: 8-bit 4:2:0, BT.709 limited range, and tagged as such."""
    how = codec(settings)
    stream: VideoStream = container.add_stream(how.name, rate=settings.fps, options=dict(how.options))  # type: ignore[assignment]
    stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "yuv420p"
    stream.time_base = Fraction(1) / settings.fps
    context = stream.codec_context
    context.thread_count, context.thread_type = how.threads, "SLICE"
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream
