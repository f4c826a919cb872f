"""python -m benchmarks.codecs FILM.mp4 …: what encoders make of rendered films: size at equal likeness, and time.

Each encodes some seconds from the middle of a film at several qualities. Likeness is SSIM of luma (Wang, Bovik, Sheikh,
Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE TIP 2004), over squares of
8 x 8 pixels. Sizes are compared at the likenesses that x264 reaches at two rate factors; between two qualities of an
encoder they are interpolated, and beyond them nothing is said. Time is that of all threads.
"""

from __future__ import annotations

import argparse
import io
import os
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


X264 = Contender(f"x264 {PRESET}", "libx264", {"preset": PRESET, "profile": "high"}, "crf", (20, 26))
AV1 = (35, 45, 52, 58, 63)
CONTENDERS = (
    Contender("x264 veryfast", "libx264", {"preset": "veryfast", "profile": "high"}, "crf", (16, 20, 26)),
    *(Contender(f"SVT-AV1 {p}", "libsvtav1", {"preset": str(p)}, "crf", AV1) for p in (6, 8)),
    Contender("NVENC", "h264_nvenc", {"preset": "p5", "rc": "constqp", "bf": "0"}, "qp", (15, 20, 26)),
    Contender("VideoToolbox", "h264_videotoolbox", {"flags": "+qscale"}, "global_quality", (5900, 7670, 9440)),
    Contender("Quick Sync", "h264_qsv", {"preset": "medium", "bf": "0"}, "global_quality", (15, 20, 26), "nv12"),
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


def size_at(tried: list[Encoded], wanted: float) -> float | None:
    """Return the bytes at a likeness, between those tried, in logarithms of bytes and of 1 - likeness; None beyond."""
    tried = sorted(tried, key=lambda each: each.likeness)
    if not tried[0].likeness <= wanted <= tried[-1].likeness:
        return None
    losses, sizes = [-np.log(1 - each.likeness) for each in tried], [np.log(each.size) for each in tried]
    return float(np.exp(np.interp(-np.log(1 - wanted), losses, sizes)))


def main() -> None:
    """Print a table for each film."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.codecs", description=__doc__)
    parser.add_argument("films", nargs="+", type=Path, metavar="FILM.mp4")
    parser.add_argument("--seconds", type=float, default=8.0, help="of each film (default 8)")
    arguments = parser.parse_args()
    os.environ.setdefault("SVT_LOG", "1")  # errors only
    for path in arguments.films:
        frames, rate = frames_of(path, arguments.seconds)
        bases = [encoded(frames, rate, X264, quality) for quality in X264.tried]
        for quality, base in zip(X264.tried, bases, strict=True):
            kilobytes = base.size / 1e3 / arguments.seconds
            print(f"{path}, {X264.name} at {quality}: {kilobytes:.0f} kB/s, SSIM {base.likeness:.5f}")
        usual = float(np.mean([base.time for base in bases]))
        print(
            f"{'':18}size at these SSIM   time, ms a frame   time\n{X264.name:18}{1:9.2f}{1:9.2f}{usual:19.1f}{1:7.2f}"
        )
        for contender in CONTENDERS:
            try:
                tried = [encoded(frames, rate, contender, quality) for quality in contender.tried]
            except (av.FFmpegError, ValueError, OSError):
                print(f"{contender.name:18}does not work here")
                continue
            sizes = [size_at(tried, base.likeness) for base in bases]
            shown = (
                f"{'?':>9}" if size is None else f"{size / base.size:9.2f}"
                for size, base in zip(sizes, bases, strict=True)
            )
            taken = float(np.mean([each.time for each in tried]))
            print(f"{contender.name:18}{''.join(shown)}{taken:19.1f}{taken / usual:7.2f}", flush=True)
        print()


if __name__ == "__main__":
    main()
