"""A poster, and a few silent seconds as animated WebP and GIF for places that play no video."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

from manim_untangle.publish.clip import Clip, Picture, pictures

POSTER_WIDTH = 1280
PREVIEW_WIDTHS = (640, 480, 360)
# 80 ms a picture is a whole number of the hundredths of a second that GIF counts in: nothing is re-timed.
PREVIEW_STEP = 0.08
PREVIEW_SECONDS = 8.0
SECONDS_AFTER_POSTER = 1.0
# GitHub's image proxy refuses more than 5 MB.
PREVIEW_BYTES = 5_000_000
COLOURS = 64


def poster_time(clip: Clip, wanted: float | None) -> float:
    """Return the time of the still that stands for the film: the one it names, else the busiest of its second half."""
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
    _write(target, buffer.getvalue())
    return image.size


def write_previews(clip: Clip, around: float, webp: Path, gif: Path) -> tuple[int, int]:
    """Write the seconds that lead up to a time as animated WebP and GIF; return their width and height.

    At most PREVIEW_SECONDS, at the film's own pace; the widest of PREVIEW_WIDTHS that keeps to PREVIEW_BYTES, else
    the narrowest.
    """
    end = min(clip.seconds, around + SECONDS_AFTER_POSTER)
    start = max(0.0, end - PREVIEW_SECONDS)
    end = min(clip.seconds, start + PREVIEW_SECONDS)
    times = [float(t) for t in np.arange(start, end - 1e-3, PREVIEW_STEP)]
    for width in PREVIEW_WIDTHS:
        shown = pictures(clip, times, width)
        made = {webp: _webp(shown), gif: _gif(shown)}
        if max(map(len, made.values())) <= PREVIEW_BYTES:
            break
    for target, content in made.items():
        _write(target, content)
    return Image.fromarray(shown[0]).size


def _webp(shown: list[Picture]) -> bytes:
    first, *rest = map(Image.fromarray, shown)
    buffer = io.BytesIO()
    first.save(buffer, "WEBP", save_all=True, append_images=rest, duration=_STEP_MS, loop=0, quality=70, method=2)
    return buffer.getvalue()


def _gif(shown: list[Picture]) -> bytes:
    # one palette for all pictures, from a strip of them, so that a still background does not flicker
    strip = Image.fromarray(np.vstack(shown[:: max(1, len(shown) // 8)]))
    palette = strip.quantize(COLOURS, method=Image.Quantize.MEDIANCUT)
    first, *rest = (Image.fromarray(p).quantize(palette=palette, dither=Image.Dither.NONE) for p in shown)
    buffer = io.BytesIO()
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=_STEP_MS, loop=0)
    return buffer.getvalue()


_STEP_MS = round(1000 * PREVIEW_STEP)


def _write(target: Path, content: bytes) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(content)
        os.replace(partial, target)
    finally:
        partial.unlink(missing_ok=True)
