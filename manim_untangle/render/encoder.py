"""The encoder: it turns the frames of one segment into a video file while the next frames are drawn."""

from __future__ import annotations

import ctypes
import io
import os
import queue
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc
from av.video.stream import VideoStream
from numpy.typing import NDArray

from manim_untangle.draw.raster_numba import njit
from manim_untangle.render.settings import SOFTWARE, Encoder, Format, Quality, Settings
from manim_untangle.render.theme import straight
from netlib.errors import UntangleError
from netlib.files import FULL, refusals_explained

# Bytes of frames between drawing and encoding. This keeps both busy, also while the encoder reads the first frames of a
# segment or works on its last ones.
IN_FLIGHT = 24_000_000
MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
LARGE_BLOCK = 4 << 20  # bytes; less than a frame
THREADS = 4  # of an encoder: fixed, because the output of x264 depends on it

# H.264 in hardware, in the order in which they are tried: the format of pixels that each takes, and its options, for
# about the quality of x264 at 20. None reorders frames, so that segments can be joined. FFmpeg uploads no frames for
# VAAPI by itself: it opens only where a driver takes them from memory.
HARDWARE = {
    "h264_nvenc": ("yuv420p", {"preset": "p5", "rc": "constqp", "qp": "21", "bf": "0", "profile": "high"}),
    "h264_videotoolbox": ("yuv420p", {"flags": "+qscale", "global_quality": str(65 * 118), "bf": "0"}),
    "h264_qsv": ("nv12", {"global_quality": "21", "preset": "medium", "bf": "0"}),
    "h264_vaapi": ("nv12", {"rc_mode": "CQP", "qp": "21", "bf": "0"}),
}

Pixels = NDArray[np.uint8]
NameForSize = Callable[[int], Path]


def codec(settings: Settings) -> tuple[str, dict[str, str]]:
    """Return the name of the encoder for a film and its options, chosen for small files in little time.

    Measured on frames of films at 1080p, as CPU time and size at equal quality (PSNR of luma): with B-frames at fixed
    places, "veryfast" makes files as small as "faster", within 2 %, in 0.6 of its time and in 0.4 of that of "medium".
    A search for better places gains nothing for lines in steady motion. Looking 8 frames ahead instead of 40 costs 3 %
    of size, and slices instead of frames in parallel another 1 to 3 %; together they save 290 MB of memory at 1080p,
    and slices save a tenth of the time. A search for cuts and fades takes a tenth of the time and finds nothing, since
    a segment has neither. Without mbtree the time would be a quarter less, but where the whole picture moves, quality
    at equal size would drop by 0.7 dB.
    """
    if settings.format is Format.mov:
        return "prores_ks", {"profile": "4444", "alpha_bits": "8"}
    if settings.format is Format.webm:
        speed = "8" if settings.quality is Quality.l else "4"  # low quality takes less time, and more bytes
        return "libvpx-vp9", {"crf": "31", "b": "0", "row-mt": "1", "cpu-used": speed}
    if settings.encoder in HARDWARE:
        return settings.encoder, HARDWARE[settings.encoder][1]
    search = {"b_strategy": "0", "rc-lookahead": "8", "sc_threshold": "0", "weightp": "0"}
    return "libx264", {"crf": str(settings.crf), "preset": "veryfast", "profile": "high", **search}


class Frames:
    """The YUV frames of a process. They are used again, since allocating one takes as long as filling it.

    There are only a few, and `take` waits until one is free. So drawing never runs far ahead of the encoder.
    """

    def __init__(self, settings: Settings) -> None:
        self.size, self.kind = (settings.width, settings.height), pixel_format(settings)
        self._free: queue.LifoQueue[av.VideoFrame | None] = queue.LifoQueue()
        for _ in range(min(16, max(4, 2 * IN_FLIGHT // (3 * settings.width * settings.height)))):
            self._free.put(None)  # allocated on first use

    def take(self) -> av.VideoFrame:
        """Return a frame that nobody else uses; its contents are arbitrary."""
        frame = self._free.get() or av.VideoFrame(*self.size, self.kind)
        frame.make_writable()  # allocates new memory if an encoder still refers to the old
        return frame

    def give_back(self, frame: av.VideoFrame) -> None:
        """Make a frame free again."""
        self._free.put(frame)


class SegmentEncoder:
    """Encodes one segment. One thread draws and calls `write`; another calls `run`, which encodes.

    The video is written to `partial`. `finish` gives its final name; without one, the file is removed.
    """

    def __init__(self, partial: Path, settings: Settings, frames: Frames) -> None:
        self.partial, self.settings, self.frames = partial, settings, frames
        self._name: NameForSize | None = None
        self._problem: BaseException | None = None
        self._queue: queue.SimpleQueue[tuple[av.VideoFrame, int] | None] = queue.SimpleQueue()
        self._written = iter(self._queue.get, None)  # ends for good at the first None

    def write(self, picture: Pixels, repeat: int = 1) -> None:
        """Add a picture (height, width, 4) that is shown for `repeat` frames. Raises what went wrong with earlier ones.

        The caller may change the picture afterwards. It is converted here, because the thread that draws has less to do
        than the one that encodes.
        """
        if self._problem:
            raise self._problem
        frame = self.frames.take()
        if self.settings.transparent:
            frame = to_yuva(picture, self.frames.kind)
        else:
            to_yuv(picture, frame)
        self._queue.put((frame, repeat))

    def finish(self, name: NameForSize | None) -> None:
        """End the segment, and return at once. name: gives the file's path for its size in bytes; None drops it."""
        self._name = name
        self._queue.put(None)

    def run(self) -> None:
        """Encode what is written until `finish`, and rename the file. Raises what goes wrong."""
        try:
            with refusals_explained(self.partial.parent), _hardware_explained(self.settings):
                self._encode()
                if self._name is not None:
                    os.replace(self.partial, self._name(self.partial.stat().st_size))
        except BaseException as problem:
            self._problem = problem
            for frame, _ in self._written:  # else `write` would wait for a free frame for ever
                self.frames.give_back(frame)
            raise
        finally:
            self.partial.unlink(missing_ok=True)
            return_free_memory()

    def _encode(self) -> None:
        # a WebM keeps opacity beside each frame, where an MP4 would lose it
        kind = self.settings.format.value if self.settings.transparent else "mp4"
        with av.open(str(self.partial), "w", format=kind) as container:
            stream = add_stream(container, self.settings)
            shown = 0
            for frame, repeat in self._written:
                for _ in range(repeat):  # a repeated frame costs the encoder nearly nothing
                    frame.pts, frame.time_base = shown, 1 / self.settings.fps
                    container.mux(stream.encode(frame))
                    shown += 1
                self.frames.give_back(frame)
            if self._name is not None:
                container.mux(stream.encode())


@contextmanager
def _hardware_explained(settings: Settings) -> Iterator[None]:
    """Turn what PyAV says of an encoder in hardware, for example on a worker without one, into one line."""
    try:
        yield
    except (av.FFmpegError, ValueError) as problem:
        if settings.encoder not in HARDWARE or getattr(problem, "errno", None) in FULL:
            raise
        raise UntangleError(f"{settings.encoder} does not work ({problem}). Render with --encoder x264") from None


def add_stream(container: av.container.OutputContainer, settings: Settings) -> VideoStream:
    """Add a film's video stream to a file: 8-bit 4:2:0 (of ProRes 10-bit 4:4:4), BT.709, limited range."""
    name, options = codec(settings)
    stream = container.add_stream(name, rate=settings.fps, options=options)
    assert isinstance(stream, VideoStream)
    stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, pixel_format(settings)
    if name in HARDWARE:
        stream.pix_fmt = HARDWARE[name][0]  # PyAV converts
    stream.time_base = Fraction(1) / settings.fps
    if settings.transparent:
        stream.metadata["alpha_mode"] = "1"  # without it, a WebM leaves the opacity out
    context = stream.codec_context
    context.thread_count, context.thread_type = THREADS, "SLICE"
    context.colorspace, context.color_range = Colorspace.ITU709, ColorRange.MPEG
    context.color_primaries, context.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
    return stream


def with_encoder(settings: Settings, wanted: Encoder) -> tuple[Settings, str]:
    """Return the settings with the encoder that is wanted and works here, and a line for the user, "" for nothing.

    The first encoder in hardware that really encodes a frame of the film's size is taken, and x264 where none does.
    """
    if wanted is Encoder.x264:
        return settings, ""
    if settings.format is not Format.mp4:
        note = f"--encoder {wanted.value} is for MP4: {settings.format.value} is encoded as always"
        return settings, note if wanted is Encoder.hardware else ""
    for name in HARDWARE:
        chosen = replace(settings, encoder=name)
        if encodes(chosen):
            return chosen, f"encoded by {name}"
    missing = "no encoder in hardware works here" + f" (tried: {', '.join(HARDWARE)}). x264 encodes instead"
    return replace(settings, encoder=SOFTWARE), missing if wanted is Encoder.hardware else ""


def encodes(settings: Settings) -> bool:
    """Return whether the encoder of these settings really turns a frame of their size into video here."""
    frame = av.VideoFrame(settings.width, settings.height, pixel_format(settings))
    frame.pts, frame.time_base = 0, 1 / settings.fps
    for plane in frame.planes:
        plane.update(bytes(plane.buffer_size))
    try:
        with av.open(io.BytesIO(), "w", format="mp4") as container:
            stream = add_stream(container, settings)
            packets = [*stream.encode(frame), *stream.encode()]
            container.mux(packets)
            return any(packet.size for packet in packets)
    except (av.FFmpegError, ValueError, OSError):  # not in PyAV; no driver or device; not at this size
        return False


def pixel_format(settings: Settings) -> str:
    """Return FFmpeg's name of the format of pixels in a film."""
    if settings.format is Format.mov:
        return "yuva444p10le"
    return "yuva420p" if settings.transparent else "yuv420p"


def to_yuva(rgba: Pixels, kind: str) -> av.VideoFrame:
    """Return a picture (height, width, 4) with premultiplied colours as a frame with opacity, by BT.709."""
    frame = av.VideoFrame.from_ndarray(straight(rgba), format="rgba")
    return frame.reformat(format=kind, dst_colorspace=Colorspace.ITU709, dst_color_range=ColorRange.MPEG)


def to_yuv(rgba: Pixels, frame: av.VideoFrame) -> None:
    """Fill a yuv420p frame with an opaque picture, rgba (height, width, 4), C-contiguous, both sides even.

    One pass over the pixels, by BT.709 in limited range (ITU-R BT.709-6: luma 16 to 235, chroma 16 to 240), in 16-bit
    fixed point, rounded to nearest. Chroma is the mean of each 2 x 2 block. swscale takes four to five times as long.
    """
    height, width = rgba.shape[:2]
    packed = rgba.view(np.uint32).reshape(height, width)
    _convert(packed, *(_plane(frame, index) for index in range(3)))


def _plane(frame: av.VideoFrame, index: int) -> Pixels:
    plane = frame.planes[index]
    rows: Pixels = np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)
    return rows[: plane.height, : plane.width]


@njit(cache=True, nogil=True)
def _convert(packed, y, u, v):  # type: ignore[no-untyped-def]  # pragma: no cover
    low, pair, eight = np.uint32(255), np.uint32(0x00FF00FF), np.uint32(8)
    half, middle = np.uint32((16 << 16) + 32768), np.int32((128 << 18) + 131072)
    height, width = packed.shape
    for i in range(0, height, 2):  # two rows at a time, so that each is read from memory once
        for k in range(i, i + 2):
            row, luma = packed[k], y[k]
            for j in range(width):
                p = row[j]
                r, g, b = p & low, (p >> eight) & low, (p >> np.uint32(16)) & low
                weighted = np.uint32(11966) * r + np.uint32(40254) * g + np.uint32(4064) * b
                luma[j] = np.uint8((weighted + half) >> np.uint32(16))
        above, below, blue, red = packed[i], packed[i + 1], u[i >> 1], v[i >> 1]
        for j in range(width >> 1):
            p, q, s, t = above[2 * j], above[2 * j + 1], below[2 * j], below[2 * j + 1]
            both = (p & pair) + (q & pair) + (s & pair) + (t & pair)  # the sums of red and of blue side by side
            r, b = np.int32(both & np.uint32(0xFFFF)), np.int32(both >> np.uint32(16))
            g = np.int32(((p >> eight) & low) + ((q >> eight) & low) + ((s >> eight) & low) + ((t >> eight) & low))
            blue[j] = np.uint8((np.int32(-6596) * r - np.int32(22189) * g + np.int32(28784) * b + middle) >> 18)
            red[j] = np.uint8((np.int32(28784) * r - np.int32(26145) * g - np.int32(2639) * b + middle) >> 18)


def return_large_blocks() -> None:
    """Let glibc return large blocks to the system when they are freed; by itself it would keep them."""
    if (mallopt := _c_function("mallopt")) is not None:
        mallopt(MMAP_THRESHOLD, LARGE_BLOCK)


def return_free_memory() -> None:
    """Return free memory between used blocks to the system, where the C library is glibc. Takes a millisecond."""
    if (trim := _c_function("malloc_trim")) is not None:
        trim(0)


@cache
def _c_function(name: str) -> Callable[..., Any] | None:
    """Return a function of the C library; None where it has none of that name, and on Windows."""
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):  # Windows opens no library without a name
        return None
