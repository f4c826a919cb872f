"""Settings: the size, frame rate and format of a render. Light to import, since `untangle --help` needs the choices."""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path

from netlib.command import portable_command, shown_path
from netlib.errors import UntangleError

LARGEST_SIDE = 8192  # pixels; x264 and most players support no more
HIGHEST_FPS = 240


class Quality(StrEnum):
    """Low, medium, high, production, 4k: Manim's own letters."""

    l = "l"  # noqa: E741
    m = "m"
    h = "h"
    p = "p"
    k = "k"


class Format(StrEnum):
    """What a render writes: a video (mov: ProRes 4444, for editors), an animated GIF, or the last frame as a PNG."""

    mp4 = "mp4"
    webm = "webm"
    mov = "mov"
    gif = "gif"
    png = "png"


class Aspect(StrEnum):
    """The shape of the frame: of a screen, of a square post, of a phone that is held upright."""

    wide = "16:9"
    square = "1:1"
    tall = "9:16"


class Theme(StrEnum):
    """Whether films are bright on black, or dark on white."""

    dark = "dark"
    light = "light"


class Encoder(StrEnum):
    """What encodes an MP4: x264, or the machine's hardware; auto: the hardware where it works."""

    auto = "auto"
    x264 = "x264"
    hardware = "hardware"


SOFTWARE = "libx264"  # FFmpeg's name of x264
# Of the frame in scene units: words are as large in each as in the others.
FRAMES = {Aspect.wide: (8 * 16 / 9, 8.0), Aspect.square: (10.4, 10.4), Aspect.tall: (8.0, 8 * 16 / 9)}
SIZES = {
    Quality.l: (854, 480, 15),
    Quality.m: (1280, 720, 30),
    Quality.h: (1920, 1080, 60),
    Quality.p: (2560, 1440, 60),
    Quality.k: (3840, 2160, 60),
}


class BadOption(UntangleError):
    """An option has a value that it does not take."""


@dataclass(frozen=True)
class Settings:
    """How a film is rendered. width and height in pixels, both even; fps in frames a second. transparent: without its
    background. encoder: FFmpeg's name of the encoder of an MP4. crf: x264's rate factor."""

    quality: Quality
    width: int
    height: int
    fps: Fraction
    format: Format = Format.mp4
    aspect: Aspect = Aspect.wide
    theme: Theme = Theme.dark
    transparent: bool = False
    encoder: str = SOFTWARE
    crf: int = 20

    def command(self, film: str, *words: str) -> str:
        """Return the command that renders the film again. words: its first words where they are not `render <film>`."""
        line = [*(words or ("render", film)), "-q", self.quality.value]
        (width, height), fps = _pixels(self.quality, self.aspect), SIZES[self.quality][2]
        if self.fps != fps:
            line += ["--fps", f"{float(self.fps):g}"]
        if (self.width, self.height) != (width, height):
            line += ["--resolution", f"{self.width},{self.height}"]
        if self.format is not (Format.webm if self.transparent else Format.mp4):
            line += ["--format", self.format.value]
        if self.aspect is not Aspect.wide:
            line += ["--aspect", self.aspect.value]
        if self.theme is not Theme.dark:
            line += ["--theme", self.theme.value]
        if self.transparent:
            line.append("--transparent")
        if self.encoder != SOFTWARE:
            line += ["--encoder", Encoder.hardware.value]
        if weights := os.environ.get("UNTANGLE_WEIGHTS"):  # the command line sets it for --weights
            line += ["--weights", shown_path(Path(weights))]
        return portable_command(*line)


def settings(
    quality: Quality = Quality.m,
    fps: float | None = None,
    resolution: str | None = None,
    format: Format = Format.mp4,
    aspect: Aspect = Aspect.wide,
    theme: Theme = Theme.dark,
    transparent: bool = False,
) -> Settings:
    """Return the settings of a quality, with another frame rate or "width,height" where given; or raise BadOption.

    A transparent film is a WebM where no other format is asked for, since MP4 has no opacity.
    """
    (width, height), rate = _pixels(quality, aspect), SIZES[quality][2]
    if transparent and format is Format.mp4:
        format = Format.webm
    if transparent and format is Format.gif:
        raise BadOption("--transparent needs --format webm, mov or png: a GIF has no partial opacity")
    if format is Format.mov and not transparent:
        raise BadOption("--format mov is for --transparent. Render an mp4, or add --transparent")
    if resolution is not None:
        width, height = _size(resolution)
    if fps is not None and not 0 < fps <= HIGHEST_FPS:  # false for nan, too
        raise BadOption(f"--fps must be between 0 and {HIGHEST_FPS}, got {fps:g}")
    exact = Fraction(rate if fps is None else fps).limit_denominator(1001)
    return Settings(quality, width, height, exact, format, aspect, theme, transparent)


def _pixels(quality: Quality, aspect: Aspect) -> tuple[int, int]:
    """Return the width and height of a frame; its shorter side is that of the quality."""
    long, short, _ = SIZES[quality]
    return {Aspect.wide: (long, short), Aspect.square: (short, short), Aspect.tall: (short, long)}[aspect]


def _size(resolution: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in resolution.lower().replace("x", ",").split(","))
    except ValueError:
        raise BadOption(f"--resolution must be W,H in pixels, as in 1280,720, got '{resolution}'") from None
    if not all(16 <= side <= LARGEST_SIDE for side in (width, height)):
        raise BadOption(f"--resolution must lie between 16 and {LARGEST_SIDE} pixels a side, got {width},{height}")
    if width % 2 or height % 2:
        even = f"{width + width % 2},{height + height % 2}"
        raise BadOption(f"--resolution must be even on both sides (yuv420p), got {width},{height}. Try {even}")
    return width, height
