"""How the cost of a frame grows with dots, lines, pixels and layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.measure import Measured, Task, measured
from benchmarks.picture import Picture

SIZE = (1280, 720, 15, "m")
SMALL_DOTS = 0.02  # scene units: 20,000 dots of the usual radius would cover the frame twice


@dataclass(frozen=True)
class Growth:
    """What grows, how large it was, and what drawing took."""

    what: str
    value: int
    measured: Measured


def growth(rounds: int, quick: bool) -> list[Growth]:
    """Measure drawing alone, one thing growing at a time."""
    cases = list(_cases(quick))
    found = measured([task for _, _, task in cases], rounds)
    return [Growth(what, value, each) for (what, value, _), each in zip(cases, found, strict=True)]


def _cases(quick: bool) -> Iterator[tuple[str, int, Task]]:
    seconds = 0.4 if quick else 1.0
    for dots in (200, 2000, 20_000):
        yield "dots", dots, Task("drawing", *SIZE, Picture(dots=dots, radius=SMALL_DOTS, seconds=seconds))
    for lines in (21, 41, 81, 161):
        yield "lines", lines, Task("drawing", *SIZE, Picture(lines=lines, seconds=seconds))
    for height in (480, 720, 1080, 1440, 2160):
        width = 854 if height == 480 else height * 16 // 9
        yield "height", height, Task("drawing", width, height, 15, "m", Picture(seconds=seconds))
    for layers in (1, 2, 4, 8, 16):
        yield "layers", layers, Task("drawing", *SIZE, Picture(layers=layers, seconds=seconds))
