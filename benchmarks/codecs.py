"""python -m benchmarks.codecs FILM.mp4 …: what encoders make of rendered films: size at equal likeness, and time.

Each encodes some seconds from the middle of a film at several qualities. Likeness is SSIM of luma (Wang, Bovik, Sheikh,
Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE TIP 2004), over squares of
8 x 8 pixels. Sizes are compared at the likeness that x264 has at the rate factor of `publish`; between two qualities of
an encoder they are interpolated. Time is that of all threads.
"""

from __future__ import annotations

import argparse
import io
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter

from manim_untangle.publish.encode import PRESET

SQUARE = 8  # pixels
EVERY = 5  # frames: of so many one is compared


@dataclass(frozen=True)
class Contender:
    """An encoder with its options, the name of the option for quality, and the qualities that are tried."""

    name: str
    codec: str
    options: dict[str, str]
    quality: str
    tried: tuple[int, ...]
    kind: str = "yuv420p"


X264 = Contender(f"x264 {PRESET}", "libx264", {"preset": PRESET, "profile": "high"}, "crf", (20,))
CONTENDERS = (
    Contender("x264 veryfast", "libx264", {"preset": "veryfast", "profile": "high"}, "crf", (17, 20, 23)),
    *(Contender(f"SVT-AV1 {p}", "libsvtav1", {"preset": str(p)}, "crf", (20, 30, 40)) for p in (6, 8, 10)),
    Contender("NVENC", "h264_nvenc", {"preset": "p5", "rc": "constqp", "bf": "0"}, "qp", (17, 21, 25)),
    Contender("VideoToolbox", "h264_videotoolbox", {"flags": "+qscale"}, "global_quality", (5900, 7670, 9440)),
    Contender("Quick Sync", "h264_qsv", {"preset": "medium", "bf": "0"}, "global_quality", (17, 21, 25), "nv12"),
)


@dataclass(frozen=True)
class Encoded:
    """A video: bytes, likeness to its source, milliseconds of processor a frame."""

    size: int
    likeness: float
    time: float


def frames_of(path: Path, seconds: float) -> tuple[list[av.VideoFrame], Fraction]:
    """Return the frames of some seconds from the middle of a film, and its rate."""
    with av.open(str(path)) as source:
        stream = source.streams.video[0]
        rate = stream.average_rate or Fraction(30)
        first = max(0, int((stream.frames - seconds * rate) / 2))
        last = first + int(seconds * rate)
        return [frame for k, frame in enumerate(source.decode(stream)) if first <= k < last], rate


def encoded(frames: list[av.VideoFrame], rate: Fraction, contender: Contender, quality: int) -> Encoded:
    """Encode frames, and compare them with what is decoded again. Raises what PyAV raises where it cannot."""
    file = io.BytesIO()
    begun = time.process_time()
    with av.open(file, "w", format="mp4") as container:
        options = {**contender.options, contender.quality: str(quality)}
        stream = container.add_stream(contender.codec, rate=rate, options=options)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = frames[0].width, frames[0].height, contender.kind
        for k, frame in enumerate(frames):
            frame.pts, frame.time_base, frame.pict_type = k, 1 / rate, av.video.frame.PictureType.NONE
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    taken = time.process_time() - begun
    size = file.tell()
    file.seek(0)
    with av.open(file) as container:
        shown = (frame for k, frame in enumerate(container.decode(video=0)) if k % EVERY == 0)
        found = [likeness(luma(a), luma(b)) for a, b in zip(frames[::EVERY], shown, strict=True)]
    return Encoded(size, float(np.mean(found)), 1000 * taken / len(frames))


def luma(frame: av.VideoFrame) -> NDArray[np.float64]:
    """Return the luma (height, width) of a yuv420p frame."""
    return frame.to_ndarray(format="yuv420p")[: frame.height].astype(np.float64)


def likeness(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the SSIM of two pictures (height, width) with values up to 255."""
    means = [uniform_filter(each, SQUARE) for each in (first, second)]
    spreads = [
        uniform_filter(a * b, SQUARE) - p * q
        for a, b, p, q in (
            (first, first, means[0], means[0]),
            (second, second, means[1], means[1]),
            (first, second, means[0], means[1]),
        )
    ]
    c, d = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    same = (2 * means[0] * means[1] + c) * (2 * spreads[2] + d)
    return float(np.mean(same / ((means[0] ** 2 + means[1] ** 2 + c) * (spreads[0] + spreads[1] + d))))


def size_at(tried: list[Encoded], wanted: float) -> float:
    """Return the bytes at a likeness, along a line through log bytes over log (1 - likeness)."""
    tried = sorted(tried, key=lambda each: each.likeness)
    losses = [-np.log(max(1e-9, 1 - each.likeness)) for each in tried]
    at = -np.log(max(1e-9, 1 - wanted))
    k = min(max(int(np.searchsorted(losses, at)), 1), len(tried) - 1)
    a, b = np.log(tried[k - 1].size), np.log(tried[k].size)
    return float(np.exp(a + (at - losses[k - 1]) / (losses[k] - losses[k - 1]) * (b - a)))


def main() -> None:
    """Print a table for each film."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codecs", description=__doc__)
    parser.add_argument("films", nargs="+", type=Path, metavar="FILM.mp4")
    parser.add_argument("--seconds", type=float, default=12.0, help="of each film (default 12)")
    arguments = parser.parse_args()
    for path in arguments.films:
        frames, rate = frames_of(path, arguments.seconds)
        base = encoded(frames, rate, X264, X264.tried[0])
        kilobytes = base.size / 1e3 / arguments.seconds
        print(f"\n{path}: {X264.name} at {X264.tried[0]}: {kilobytes:.0f} kB/s, SSIM {base.likeness:.5f}")
        print(f"{'':16}size at equal SSIM   time, ms a frame   time", flush=True)
        print(f"{X264.name:16}{1:18.2f} {base.time:18.1f} {1:6.2f}", flush=True)
        for contender in CONTENDERS:
            try:
                tried = [encoded(frames, rate, contender, quality) for quality in contender.tried]
            except (av.FFmpegError, ValueError, OSError):
                print(f"{contender.name:16}does not work here")
                continue
            size, taken = size_at(tried, base.likeness) / base.size, np.mean([each.time for each in tried])
            print(f"{contender.name:16}{size:18.2f} {taken:18.1f} {taken / base.time:6.2f}", flush=True)


if __name__ == "__main__":
    main()
