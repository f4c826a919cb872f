"""python -m benchmarks: render side by side, print ratios with their spread, write docs/benchmarks.md."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.growth import SMALL_DOTS, growth
from benchmarks.measure import Measured, Task, measured
from benchmarks.picture import Picture
from benchmarks.places import wheel_and_checkout
from benchmarks.report import report

DRAFT, MIDDLE, FINAL = (854, 480, 15, "l"), (1280, 720, 30, "m"), (1920, 1080, 60, "h")
APART = "\n## Measured apart\n"  # what this command leaves as it is: figures of other programs, with their date
CONTENDERS = ("ours", "stock", "matplotlib", "encoder", "uncut")


def main() -> None:
    """Measure and report, as the arguments ask."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one round of a short picture: a look, not a measurement")
    parser.add_argument("--rounds", type=int, default=3, help="how often each contender renders (default 3)")
    parser.add_argument("--out", type=Path, default=Path("docs/benchmarks.md"), help="where the table is written")
    arguments = parser.parse_args()
    picture = Picture(seconds=0.4 if arguments.quick else 2.0)
    rounds = 1 if arguments.quick else arguments.rounds
    sides = [found for size in (DRAFT, MIDDLE, FINAL) for found in side_by_side(picture, size, rounds)]
    crowd = measured(crowded(picture), rounds)
    dots = measured(dotted(picture), rounds)
    with TemporaryDirectory() as folder:
        places = measured(wheel_and_checkout(Path(folder)), rounds)
    text = report(sides, crowd, dots, places, growth(rounds, quick=arguments.quick), rounds, quick=arguments.quick)
    print(text)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    before = arguments.out.read_text(encoding="utf-8") if arguments.out.exists() else ""
    arguments.out.write_text(text + "".join(before.partition(APART)[1:]), encoding="utf-8")


def side_by_side(picture: Picture, size: tuple[int, int, int, str], rounds: int) -> list[Measured]:
    """Measure every contender at one size."""
    return measured([Task(name, *size, picture) for name in CONTENDERS], rounds)


def crowded(picture: Picture) -> Sequence[Task]:
    """Return the tasks that compare drawing with 2,000 dots."""
    many = replace(picture, dots=2000, seconds=picture.seconds / 4)
    return [Task(name, *MIDDLE, many) for name in ("drawing", "stock_drawing")]


def dotted(picture: Picture) -> Sequence[Task]:
    """Return the tasks that compare whole films of few dots and of many, small enough to stay apart."""
    pictures = (replace(picture, dots=dots, radius=SMALL_DOTS, seconds=picture.seconds / 2) for dots in (200, 20_000))
    return [Task("ours", *MIDDLE, each) for each in pictures]


if __name__ == "__main__":
    main()
