"""Video files: what they hold, pictures from them, posters, and animated previews for places that play no video."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from manim_untangle.publish.film import BadFilm
from netlib.files import written_whole

Picture = NDArray[np.uint8]
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
    """Return the colour matrix of the clip: BT.601 for an untagged file, the default of the scaler behind it, whatever
    players guess from its height."""
    return BT709_MATRIX if clip.bt709 else BT601_MATRIX


def scaled(clip: Clip, height: int) -> tuple[int, int]:
    """Return the width and height, both even, of the clip scaled down to at most a height."""
    height = min(height, clip.height)
    return 2 * math.ceil(clip.width * height / clip.height / 2 - 1e-9), 2 * math.ceil(height / 2)


def _rgb(frame: av.VideoFrame, clip: Clip, size: dict[str, int]) -> Picture:
    rgb = frame.reformat(**size, format="rgb24", src_colorspace=matrix_of(clip), interpolation="LANCZOS")
    return np.asarray(rgb.to_ndarray(), dtype=np.uint8)


def poster_time(clip: Clip, wanted: float | None) -> float:
    """Return the time of the poster: the one that the film names, else where its second half has the most contrast."""
    if wanted is not None and wanted < clip.seconds:
        return wanted
    times = list(np.linspace(clip.seconds / 2, clip.seconds * 0.97, 12))
    spread = [float(picture.std()) for picture in pictures(clip, times, 160)]
    return float(times[int(np.argmax(spread))])


def write_poster(clip: Clip, time: float, target: Path) -> tuple[int, int]:
    """Write the picture on screen at a time as JPEG; return its width and height."""
    image = Image.fromarray(pictures(clip, [time], POSTER_WIDTH)[0])
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=88, optimize=True, progressive=True)
    _write(buffer.getvalue(), target)
    return image.size


def write_previews(clip: Clip, around: float, webp: Path, gif: Path) -> tuple[int, int]:
    """Write the seconds up to a time as animated WebP and GIF; return their width and height.

    They last at most PREVIEW_SECONDS, at the speed of the film. Their width is the largest of PREVIEW_WIDTHS with which
    they keep to PREVIEW_BYTES, else the smallest.
    """
    end = min(clip.seconds, around + SECONDS_AFTER_POSTER)
    start = max(0.0, end - PREVIEW_SECONDS)
    end = min(clip.seconds, start + PREVIEW_SECONDS)
    times = [float(t) for t in np.arange(start, end - 1e-3, PREVIEW_STEP_MS / 1000)]
    for width in PREVIEW_WIDTHS:
        shown = pictures(clip, times, width)
        made = {webp: _webp(shown), gif: _gif(shown)}
        if max(map(len, made.values())) <= PREVIEW_BYTES:
            break
    for target, content in made.items():
        _write(content, target)
    return Image.fromarray(shown[0]).size


def _webp(shown: list[Picture]) -> bytes:
    first, *rest = map(Image.fromarray, shown)
    buffer = io.BytesIO()
    first.save(
        buffer, "WEBP", save_all=True, append_images=rest, duration=PREVIEW_STEP_MS, loop=0, quality=70, method=2
    )
    return buffer.getvalue()


def _gif(shown: list[Picture]) -> bytes:
    # one palette for all pictures, from a strip of them, so that a still background does not flicker
    strip = Image.fromarray(np.vstack(shown[:: max(1, len(shown) // 8)]))
    palette = strip.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    first, *rest = (Image.fromarray(p).quantize(palette=palette, dither=Image.Dither.NONE) for p in shown)
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=PREVIEW_STEP_MS, loop=0)
    return buffer.getvalue()


def _write(content: bytes, target: Path) -> None:
    with written_whole(target) as path:
        path.write_bytes(content)
