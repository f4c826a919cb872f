"""The values of command-line options, in Manim's own letters. Imports nothing, so that --help is fast."""

from enum import StrEnum


class Quality(StrEnum):
    """Low, medium, high, production, 4k."""

    l = "l"  # noqa: E741
    m = "m"
    h = "h"
    p = "p"
    k = "k"


class Format(StrEnum):
    """What a render writes: a video, an animated GIF, or the last frame as a PNG."""

    mp4 = "mp4"
    webm = "webm"
    gif = "gif"
    png = "png"
