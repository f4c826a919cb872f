"""Clip: what a video file really is, read from the file and not from what is said of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from manim_untangle.publish.errors import BadFilm

Picture = NDArray[np.uint8]
# The code by which MP4 and H.264 name BT.709, for primaries, transfer and matrix alike.
BT709 = 1
BT709_MATRIX, BT601_MATRIX = "ITU709", "ITU601"


@dataclass(frozen=True)
class Clip:
    """A video file. rate: frames a second. frames: their number. seconds: from the first to the end of the last."""

    path: Path
    width: int
    height: int
    rate: Fraction
    frames: int
    seconds: float
    bytes: int
    codec: str
    profile: str
    pixels: str
    bt709: bool

    @property
    def plays_everywhere(self) -> bool:
        """H.264 up to High, yuv420p, with BT.709 said: what browsers and forums play as it is."""
        known = self.profile in ("Baseline", "Constrained Baseline", "Main", "High")
        return self.codec == "h264" and known and self.pixels == "yuv420p" and self.bt709


def read_clip(path: Path) -> Clip:
    """Return what is in a video file. Raises BadFilm where it cannot be read or holds no video."""
    try:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            context = video.codec_context
            tags = (context.color_primaries, context.color_trc, context.colorspace)
            times = [p.pts for p in container.demux(video) if p.pts is not None]
            if not times or video.time_base is None or not video.average_rate:
                raise BadFilm(f"{path} holds no frames. Render the film again.")
            rate = Fraction(video.average_rate)
            return Clip(
                path,
                context.width,
                context.height,
                rate,
                len(times),
                float((max(times) - min(times)) * video.time_base + 1 / rate),
                path.stat().st_size,
                context.name,
                context.profile or "",
                context.pix_fmt or "",
                tags == (BT709, BT709, BT709),
            )
    except (av.FFmpegError, IndexError, OSError) as problem:
        raise BadFilm(f"{path} cannot be read as a video ({problem}). Render the film again.") from None


def pictures(clip: Clip, times: list[float], width: int) -> list[Picture]:
    """Return the RGB pictures (H, W, 3) on screen at the given ascending times, at most `width` pixels wide."""
    width = min(width, clip.width)
    size = {"width": width, "height": round(clip.height * width / clip.width)}
    found: list[Picture] = []
    with av.open(str(clip.path)) as container:
        video = container.streams.video[0]
        if times and times[0] > 1:
            container.seek(int(times[0] * av.time_base), backward=True)
        shown: av.VideoFrame | None = None
        for frame in container.decode(video):
            starts = float(frame.time or 0.0)
            while shown is not None and len(found) < len(times) and times[len(found)] < starts - 1e-6:
                found.append(_rgb(shown, clip, size))
            shown = frame
            if len(found) == len(times):
                break
        while shown is not None and len(found) < len(times):
            found.append(_rgb(shown, clip, size))
    return found


def matrix_of(clip: Clip) -> str:
    """Return the matrix by which the clip's colours were made: an untagged file comes from a scaler whose default
    is BT.601, whatever players guess from its height."""
    return BT709_MATRIX if clip.bt709 else BT601_MATRIX


def scaled(clip: Clip, height: int) -> tuple[int, int]:
    """Return width and height, both even, of the clip at a height that is not above its own."""
    height = min(height, clip.height)
    return 2 * math.ceil(clip.width * height / clip.height / 2 - 1e-9), 2 * math.ceil(height / 2)


def _rgb(frame: av.VideoFrame, clip: Clip, size: dict[str, int]) -> Picture:
    rgb = frame.reformat(**size, format="rgb24", src_colorspace=matrix_of(clip), interpolation="LANCZOS")
    return np.asarray(rgb.to_ndarray(), dtype=np.uint8)
