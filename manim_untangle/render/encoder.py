"""One segment of a film as an independent stretch of video, encoded while the next frames are drawn."""

from __future__ import annotations

import os
import queue
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream

from manim_untangle.render.choices import Format
from manim_untangle.render.colour import Pixels, to_yuv
from manim_untangle.render.memory import return_the_rest
from manim_untangle.render.output import refusals_explained
from manim_untangle.render.settings import Settings

# Bytes of frames between drawing and encoder: enough to keep both busy, also while the encoder takes in the first
# frames of a segment, or works on its last.
IN_FLIGHT = 24_000_000

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


class Frames:
    """The YUV frames of one process, filled again and again: fresh memory for each costs as much as filling it.

    They are few, and whoever takes one waits until one is free: so drawing never gets far ahead of the encoder.
    """

    def __init__(self, settings: Settings) -> None:
        self.size = settings.width, settings.height
        self._free: queue.LifoQueue[av.VideoFrame | None] = queue.LifoQueue()
        for _ in range(min(16, max(4, 2 * IN_FLIGHT // (3 * settings.width * settings.height)))):
            self._free.put(None)  # made when it is first needed

    def take(self) -> av.VideoFrame:
        """Return a frame that is nobody else's, with whatever it last held."""
        frame = self._free.get() or av.VideoFrame(*self.size, "yuv420p")
        frame.make_writable()  # in memory of its own, should an encoder still look at the old one
        return frame

    def give_back(self, frame: av.VideoFrame) -> None:
        """Let the frame be filled again."""
        self._free.put(frame)


class SegmentEncoder:
    """Frames in, a video file out: drawn by one thread, and encoded by another, which calls `run`.

    The video is written to `partial`, and takes its final name when `finish` has told it; else it is removed.
    """

    def __init__(self, partial: Path, settings: Settings, frames: Frames) -> None:
        self.partial, self.settings, self.frames = partial, settings, frames
        self._final: Naming | None = None
        self._problem: BaseException | None = None
        self._ended = False
        self._written: queue.SimpleQueue[tuple[av.VideoFrame, int] | None] = queue.SimpleQueue()

    def write(self, picture: Pixels, repeat: int = 1) -> None:
        """Take one picture (height, width, 4), shown `repeat` times; raise what went wrong with those before.

        It may change as soon as this returns. It is converted here and not by the encoding thread, which has more to do
        than the one that draws.
        """
        if self._problem:
            raise self._problem
        frame = self.frames.take()
        to_yuv(picture, frame)
        self._written.put((frame, repeat))

    def finish(self, final: Naming | None) -> None:
        """Say that no more frames come, and what a file of so many bytes is called; None drops it, whatever was said
        before. Returns at once."""
        self._final = final
        self._written.put(None)

    def run(self) -> None:
        """Encode what is written until `finish`, and name the file; raise what goes wrong."""
        try:
            with refusals_explained(self.partial.parent):
                self._encode()
                if self._final is not None:
                    os.replace(self.partial, self._final(self.partial.stat().st_size))
        except BaseException as problem:
            self._problem = problem
            for _ in self._coming():  # so that nobody waits for a frame
                pass
            raise
        finally:
            self.partial.unlink(missing_ok=True)
            return_the_rest()

    def _coming(self) -> Iterator[tuple[av.VideoFrame, int]]:
        """Yield what is written until `finish`."""
        while not self._ended:
            item = self._written.get()
            if item is None:
                self._ended = True
            else:
                yield item
                self.frames.give_back(item[0])

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
