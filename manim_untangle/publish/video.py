"""Video files: what they hold, frames from them, posters, and animated previews for places that play no video."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from manim_untangle.publish.film import BadFilm

Pixels = NDArray[np.uint8]
# The code of BT.709 in MP4 and H.264, for primaries, transfer and matrix alike.
BT709 = 1
BT709_MATRIX, BT601_MATRIX = "ITU709", "ITU601"

POSTER_WIDTH = 1280
PREVIEW_WIDTHS = (640, 480, 360)
PREVIEW_STEP_MS = 80  # a whole number of hundredths of a second, the unit of GIF
PREVIEW_SECONDS = 8.0
SECONDS_AFTER_POSTER = 1.0
PREVIEW_BYTES = 5_000_000  # the most that GitHub's image proxy accepts
COLOURS = 64


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
        """Whether it is H.264 up to High in yuv420p, tagged as BT.709: what every browser and forum plays."""
        known = self.profile in ("Baseline", "Constrained Baseline", "Main", "High")
        return self.codec == "h264" and known and self.pixels == "yuv420p" and self.bt709


def read_clip(path: Path) -> Clip:
    """Return what a video file holds, read from its packets. Raises BadFilm if it cannot be read or has no video."""
    try:
        with av.open(str(path)) as container:
            video = container.streams.video[0]
            context = video.codec_context
            tags = (context.color_primaries, context.color_trc, context.colorspace)
            times = [p.pts for p in container.demux(video) if p.pts is not None]
            if not times or video.time_base is None or not video.average_rate:
                raise BadFilm(f"{path} holds no frames. Render the film again.")
            return Clip(
                path=path,
                width=context.width,
                height=context.height,
                rate=Fraction(video.average_rate),
                frames=len(times),
                seconds=float((max(times) - min(times)) * video.time_base + 1 / video.average_rate),
                bytes=path.stat().st_size,
                codec=context.name,
                profile=context.profile or "",
                pixels=context.pix_fmt or "",
                bt709=tags == (BT709, BT709, BT709),
            )
    except (av.FFmpegError, IndexError, OSError) as problem:
        raise BadFilm(f"{path} cannot be read as a video ({problem}). Render the film again.") from None


def pictures(clip: Clip, times: list[float], width: int) -> list[Pixels]:
    """Return the RGB frames (H, W, 3) on screen at the given ascending times, at most `width` pixels wide."""
    width = min(width, clip.width)
    height = round(clip.height * width / clip.width)
    found: list[Pixels] = []
    with av.open(str(clip.path)) as container:
        if times[0] > 1:
            container.seek(int(times[0] * av.time_base), backward=True)
        frames = container.decode(video=0)
        shown: av.VideoFrame | None = next(frames)
        while shown is not None and len(found) < len(times):
            following = next(frames, None)
            end = math.inf if following is None else float(following.time or 0.0) - 1e-6
            while len(found) < len(times) and times[len(found)] < end:
                rgb = shown.reformat(width, height, "rgb24", src_colorspace=matrix_of(clip), interpolation="LANCZOS")
                found.append(np.asarray(rgb.to_ndarray(), dtype=np.uint8))
            shown = following
    return found


def matrix_of(clip: Clip) -> str:
    """Return the colour matrix of the clip. An untagged file has BT.601: the default of the scaler that made it."""
    return BT709_MATRIX if clip.bt709 else BT601_MATRIX


def scaled(clip: Clip, height: int) -> tuple[int, int]:
    """Return the width and height, both even, of the clip scaled down to at most a height."""
    height = min(height, clip.height)
    return 2 * math.ceil(clip.width * height / clip.height / 2 - 1e-9), 2 * math.ceil(height / 2)


def poster_time(clip: Clip, wanted: float | None) -> float:
    """Return the time of the poster: the one that film.json names, else two thirds of the film's length."""
    return wanted if wanted is not None and wanted < clip.seconds else clip.seconds * 2 / 3


def write_poster(clip: Clip, time: float, target: Path) -> tuple[int, int]:
    """Write the frame on screen at a time as JPEG; return its width and height."""
    image = Image.fromarray(pictures(clip, [time], POSTER_WIDTH)[0])
    image.save(target, quality=88, optimize=True, progressive=True)
    return image.size


def write_previews(clip: Clip, around: float, webp: Path, gif: Path) -> tuple[int, int]:
    """Write the seconds up to a time as animated WebP and GIF; return their width and height.

    They last at most PREVIEW_SECONDS, at the speed of the film. Their width is the largest of PREVIEW_WIDTHS with which
    they keep to PREVIEW_BYTES, else the smallest.
    """
    end = min(clip.seconds, around + SECONDS_AFTER_POSTER)
    start = max(0.0, end - PREVIEW_SECONDS)
    end = min(clip.seconds, start + PREVIEW_SECONDS)
    times = np.arange(start, end - 1e-3, PREVIEW_STEP_MS / 1000).tolist()
    for width in PREVIEW_WIDTHS:
        shown = pictures(clip, times, width)
        _animate(map(Image.fromarray, shown), webp, quality=70, method=2)
        _animate(_with_one_palette(shown), gif)
        if max(webp.stat().st_size, gif.stat().st_size) <= PREVIEW_BYTES:
            break
    return shown[0].shape[1], shown[0].shape[0]


def _animate(images: Iterable[Image.Image], target: Path, **options: Any) -> None:
    first, *rest = images
    first.save(target, save_all=True, append_images=rest, duration=PREVIEW_STEP_MS, loop=0, **options)


def _with_one_palette(shown: list[Pixels]) -> Iterator[Image.Image]:
    """Yield the frames in the colours of one palette, so that a still background does not flicker."""
    strip = Image.fromarray(np.vstack(shown[:: max(1, len(shown) // 8)]))
    palette = strip.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    return (Image.fromarray(p).quantize(palette=palette, dither=Image.Dither.NONE) for p in shown)
