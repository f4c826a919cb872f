"""The report: what was compared, on which machine, and the ratios with their spread."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from importlib.metadata import version
from itertools import groupby

from benchmarks.contender import Taken
from benchmarks.growth import Growth
from benchmarks.measure import Measured, Spread, ratio

ENCODING = ("encoder", "uncut")  # contenders that draw nothing
NO_MAIN_THREAD = (*ENCODING, "checkout")  # contenders whose main thread's time says nothing, or is not known

INTRODUCTION = """# Benchmarks

`python -m benchmarks` renders the same picture by several means, in one run and in turn, and writes this page. The
picture: 41 x 41 grid lines and 500 dots carried through four layers of two neurons, two arrows, a caption and a
formula, everything in motion in every frame, 2 s a move.

- **ours**: a film of ours, by `untangle render --no-cache`.
- **stock**: the same as good stock Manim: lines of 50 cubics, groups moved by Transform, its own renderer and writer,
  x264 at crf 20 with its default preset.
- **matplotlib**: FuncAnimation with a LineCollection and scatters, its own writer through ffmpeg, x264 as for stock.
- **encoder**: our encoder alone, on frames of our film held ready in memory as YUV. It writes the same video as ours,
  byte for byte: cut where a play begins, so that the cache can hold each on its own.
- **uncut**: the same, but in one piece; encoder / uncut is what cutting costs.
- **wheel**, **checkout**: `untangle render one_layer -q l --no-cache` where our wheel is installed, and in the
  repository.

Clocks run from the first play, with everything imported, until the video is whole; for wheel and checkout from the
start of Python to its end. A ratio is taken round by round,
between neighbours in time; given are the median, and the smallest and largest of all rounds. CPU time of the main
thread is the robust figure; time on the wall also tells how busy the machine was.
"""


def report(
    sides: Sequence[Measured],
    crowd: Sequence[Measured],
    dots: Sequence[Measured],
    places: Sequence[Measured],
    grown: Sequence[Growth],
    rounds: int,
    quick: bool,
) -> str:
    """Return the page as Markdown."""
    pages = [INTRODUCTION, _machine(rounds, quick), _times(sides), _ratios(sides, crowd, dots, places), _growth(grown)]
    return "\n".join(pages)


def _machine(rounds: int, quick: bool) -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("manim", "matplotlib", "numpy", "numba", "av"))
    load = os.getloadavg()[1]
    note = " A quick look: one round of a short picture." if quick else ""
    return (
        f"Rounds: {rounds}. Machine: {platform.machine()}, {os.cpu_count()} cores, load average {load:.1f} at the end "
        f"(near the number of contenders at work, which is one to two, where nothing else ran). "
        f"Python {platform.python_version()}, {versions}.{note}\n"
    )


def _times(sides: Sequence[Measured]) -> str:
    rows = ["| | main thread, ms a frame | all threads, ms a frame | wall, ms a frame | video, kB/s | memory, MB |"]
    rows.append("|---|---|---|---|---|---|")
    for found in sides:
        task, taken = found.task, found.rounds
        main, process, wall = (Spread.of(found.per_frame(of)) for of in (_main, _process, _wall))
        size = Spread.of(t.size * task.fps / t.frames / 1000 for t in taken).median
        # the encoder alone works in threads of its own, and holds its frames ready in memory
        alone = task.contender in ENCODING
        memory = "" if alone else f"{max(t.memory for t in taken) / 1e6:.0f}"
        rows.append(f"| {_name(found)} | {'' if alone else main} | {process} | {wall} | {size:.0f} | {memory} |")
    return "## Time a frame\n\n" + "\n".join(rows) + "\n"


def _ratios(
    sides: Sequence[Measured], crowd: Sequence[Measured], dots: Sequence[Measured], places: Sequence[Measured]
) -> str:
    rows = ["| how many times longer | main thread | all threads | wall |", "|---|---|---|---|"]
    for _, group in groupby(sides, lambda found: (found.task.height, found.task.fps)):
        found = {each.task.contender: each for each in group}
        ours, encoder = found["ours"], found["encoder"]
        pairs = (found["stock"], ours), (found["matplotlib"], ours), (ours, encoder), (encoder, found["uncut"])
        rows += [_ratio(slow, fast) for slow, fast in pairs]
    ours, stock = crowd
    rows.append(_ratio(stock, ours, "2,000 dots, drawing only: "))
    few, many = dots
    rows.append(_ratio(many, few, "20,000 dots / 200 dots, whole film: "))
    wheel, checkout = places
    rows.append(_ratio(wheel, checkout, "whole command: "))
    return "## Ratios\n\n" + "\n".join(rows) + "\n"


def _ratio(slow: Measured, fast: Measured, prefix: str = "") -> str:
    size = f"{slow.task.height}p{slow.task.fps}"
    alone = fast.task.contender in NO_MAIN_THREAD
    values = " | ".join("" if alone and of is _main else str(ratio(slow, fast, of)) for of in (_main, _process, _wall))
    return f"| {prefix}{slow.task.contender} / {fast.task.contender}, {size} | {values} |"


def _growth(grown: Sequence[Growth]) -> str:
    rows = ["| what grows | to | main thread, ms a frame | times the least |", "|---|---|---|---|"]
    for what, group in groupby(grown, lambda each: each.what):
        least: Measured | None = None
        for each in group:
            least = least or each.measured
            times = ratio(each.measured, least, _main)
            rows.append(f"| {what} | {each.value} | {Spread.of(each.measured.per_frame(_main))} | {times} |")
    return "## Growth\n\nOurs, drawn and not encoded, 720p unless the height grows.\n\n" + "\n".join(rows) + "\n"


def _name(found: Measured) -> str:
    return f"{found.task.contender}, {found.task.height}p{found.task.fps}"


def _main(taken: Taken) -> float:
    return taken.main


def _process(taken: Taken) -> float:
    return taken.process


def _wall(taken: Taken) -> float:
    return taken.wall
