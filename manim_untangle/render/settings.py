"""Settings: size, frame rate and format of a render, in manim's own letters."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from manim_untangle.render.choices import Format, Quality
from netlib.command import portable_command, shown_path
from netlib.errors import UntangleError
from netlib.training.recipe import chosen_folder

LARGEST = 8192  # x264 and viewers alike stop being useful beyond
FASTEST = 240


SIZES = {
    Quality.l: (854, 480, 15),
    Quality.m: (1280, 720, 30),
    Quality.h: (1920, 1080, 60),
    Quality.p: (2560, 1440, 60),
    Quality.k: (3840, 2160, 60),
}


class BadOption(UntangleError):
    """A value that an option does not take."""


@dataclass(frozen=True)
class Settings:
    """How a film is rendered. width and height in pixels, both even; fps in frames a second."""

    quality: Quality
    width: int
    height: int
    fps: Fraction
    format: Format = Format.mp4

    @property
    def draft(self) -> bool:
        """Drafts are for thinking: the encoder then spends less time and more bytes."""
        return self.quality is Quality.l

    def command(self, film: str, *asked: str) -> str:
        """Return the exact command that renders this again. asked: its words where they are not `render film`."""
        words = [*(asked or ("render", film)), "-q", self.quality.value]
        width, height, fps = SIZES[self.quality]
        if self.fps != fps:
            words += ["--fps", f"{float(self.fps):g}"]
        if (self.width, self.height) != (width, height):
            words += ["--resolution", f"{self.width},{self.height}"]
        if self.format is not Format.mp4:
            words += ["--format", self.format.value]
        if (weights := chosen_folder()) is not None:
            words += ["--weights", shown_path(weights)]
        return portable_command(*words)


def settings(
    quality: Quality = Quality.m,
    fps: float | None = None,
    resolution: str | None = None,
    format: Format = Format.mp4,
) -> Settings:
    """Return the settings of a quality, with another frame rate or size where given; raise BadOption if unfit."""
    width, height, rate = SIZES[quality]
    if resolution is not None:
        width, height = _size(resolution)
    if fps is not None:
        if not math.isfinite(fps) or not 0 < fps <= FASTEST:
            raise BadOption(f"--fps must be between 0 and {FASTEST}, got {fps:g}")
        return Settings(quality, width, height, Fraction(fps).limit_denominator(1001), format)
    return Settings(quality, width, height, Fraction(rate), format)


def _size(resolution: str) -> tuple[int, int]:
    try:
        width, height = (int(part) for part in resolution.lower().replace("x", ",").split(","))
    except ValueError:
        raise BadOption(f"--resolution must be W,H in pixels, as in 1280,720, got '{resolution}'") from None
    if not all(16 <= side <= LARGEST for side in (width, height)):
        raise BadOption(f"--resolution must lie between 16 and {LARGEST} pixels a side, got {width},{height}")
    if width % 2 or height % 2:
        even = f"{width + width % 2},{height + height % 2}"
        raise BadOption(f"--resolution must be even on both sides (yuv420p), got {width},{height}. Try {even}")
    return width, height
