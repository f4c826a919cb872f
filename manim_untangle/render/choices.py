"""What a user may choose, in manim's own letters. Imports nothing, so that --help comes at once."""

from enum import StrEnum


class Quality(StrEnum):
    """Low, medium, high, production, 4k."""

    l = "l"  # noqa: E741
    m = "m"
    h = "h"
    p = "p"
    k = "k"


class Format(StrEnum):
    """What is written: a film, an animated picture, or the last frame alone."""

    mp4 = "mp4"
    webm = "webm"
    gif = "gif"
    png = "png"
