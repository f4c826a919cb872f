"""python -m benchmarks.machines: one film, all films and many small networks by 1, 2, 4 and 8 workers of this machine,
what a task costs beside its work, and what that predicts for many machines."""

from __future__ import annotations

import argparse
import math
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import psutil

from manim_untangle.cli.film import FilmOptions, film_of, subject_of
from manim_untangle.cli.networks import certified
from manim_untangle.cli.options import Reading
from manim_untangle.render.cluster import Workers, cluster
from manim_untangle.render.films import FilmFile, film, films
from manim_untangle.render.many import render_by
from manim_untangle.render.network_folder import Subject
from manim_untangle.render.outputs import Rendered
from manim_untangle.render.parcel import packed
from manim_untangle.render.settings import Quality, Settings, settings

CALLS = 400  # without work, by which the cost of a task is measured
WIDTHS = ((2,), (3,), (2, 2), (4, 2), (3, 3))  # of the hidden layers of the small networks, in turn
PREDICTED = (1, 10, 100)  # workers
PLAYING = 0.3  # of the time that a worker takes for a film; the rest is drawing and encoding


@dataclass(frozen=True)
class Taken:
    """What one case took: seconds on the wall; of processors, in this process and in the workers; how many films and
    segments there were, and the bytes of all segments."""

    case: str
    workers: int
    wall: float
    own: float
    theirs: float
    films: int
    segments: int
    size: int

    def predicted(self, workers: int) -> float:
        """Return the seconds on the wall by so many workers, each with two idle cores of this machine's speed.

        Where there are no more workers than films, each draws its films one after another. Where there are more, a film
        is played by one, and then once more by all that draw it, up to their segments. This process hands out tasks and
        joins segments meanwhile, and the last film afterwards.
        """
        each, hands = self.theirs / self.films, workers / self.films
        if hands <= 1:
            worked = math.ceil(self.films / workers) * each
        else:
            worked = each * (2 * PLAYING + (1 - PLAYING) / min(hands, self.segments / self.films))
        return max(worked, self.own) + self.own / self.films


def main() -> None:
    """Measure and print, as the arguments ask."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.machines", description=__doc__)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4, 8])
    parser.add_argument("--networks", type=int, default=200, help="how many small networks (0: none)")
    parser.add_argument("--films", nargs="*", default=[each.name for each in films()], help="of the catalogue")
    parser.add_argument("--quality", type=Quality, default=Quality.l)
    asked = parser.parse_args()
    how, found = settings(asked.quality), list[Taken]()
    for count in asked.workers:
        for case in ("one film", "films", "networks"):
            with _cache(), TemporaryDirectory() as folder, cluster(count, None) as made:
                workers, out = Workers(made), Path(folder)
                _warm_up(workers, count)
                if case == "networks":
                    if not asked.networks:
                        continue
                    subjects, chosen = _networks(asked.networks, out)
                    taken = _measured(f"{asked.networks} networks", count, workers, chosen, how, out, subjects)
                elif case == "films":
                    if len(asked.films) < 2:
                        continue
                    chosen = [film(name) for name in asked.films]
                    taken = _measured(f"{len(chosen)} films", count, workers, chosen, how, out)
                else:
                    taken = _measured("one film", count, workers, [film(asked.films[0])], how, out)
                found.append(taken)
                print(taken, flush=True)
    with cluster(1, None) as made:
        _warm_up(Workers(made), 1)
        task = _seconds_a_task(Workers(made))
    print(_table(found, task, [film(name) for name in asked.films]))


@contextmanager
def _cache() -> Iterator[None]:
    """Let this process and the workers that it starts keep segments and results in a folder that is empty."""
    before = os.environ.get("UNTANGLE_CACHE")
    with TemporaryDirectory() as folder:
        os.environ["UNTANGLE_CACHE"] = folder
        try:
            yield
        finally:
            os.environ.pop("UNTANGLE_CACHE")
            if before is not None:
                os.environ["UNTANGLE_CACHE"] = before


def _warm_up(workers: Workers, count: int) -> None:
    """Wait until all workers are there and have imported what draws."""
    assert workers.cluster
    workers.cluster.client.wait_for_workers(count)
    workers.cluster.refuse_other_versions()


def _networks(count: int, out: Path) -> tuple[list[Subject], list[FilmFile]]:
    """Write small networks with random weights, and return them and their films."""
    subjects, made = list[Subject](), list[FilmFile]()
    for number in range(count):
        rng, widths = np.random.default_rng(number), (2, *WIDTHS[number % len(WIDTHS)], 1)
        arrays = {}
        for layer, (narrow, wide) in enumerate(pairwise(widths)):
            arrays |= {f"{layer}.weight": rng.normal(size=(wide, narrow)), f"{layer}.bias": rng.normal(size=wide)}
        path = out / f"net{number}.npz"
        np.savez(path, **arrays)
        options = FilmOptions(str(path), "two_curves", Reading(activation="tanh"))
        subjects.append(subject_of(options))
        made.append(film_of(subjects[-1], options, out, lambda line: None))
    return subjects, made


def _measured(
    case: str,
    count: int,
    workers: Workers,
    chosen: Sequence[FilmFile],
    how: Settings,
    out: Path,
    subjects: Sequence[Subject] = (),
) -> Taken:
    """Make the certificates of the subjects and draw the films. Raises what goes wrong with any of them."""
    began, own, theirs = time.perf_counter(), time.process_time(), _of_children()
    for _, rows in workers.each_of(certified, [(each.read.network, each.data, True) for each in subjects]):
        if isinstance(rows, Exception):
            raise rows
    for _, result in render_by(workers, chosen, how, out):
        if not isinstance(result, Rendered):
            raise result
    wall, own, theirs = time.perf_counter() - began, time.process_time() - own, _of_children() - theirs
    segments = list(Path(os.environ["UNTANGLE_CACHE"]).glob("segments/*.mp4"))
    size = sum(path.stat().st_size for path in segments)
    return Taken(case, count, wall, own, theirs, len(chosen), len(segments), size)


def _of_children() -> float:
    """Return the seconds of processors that the processes took which this one started and which still run."""
    times = [child.cpu_times() for child in psutil.Process().children(recursive=True)]
    return sum(each.user + each.system for each in times)


def _seconds_a_task(workers: Workers) -> float:
    """Return what a task without work takes, of processors of this process, where scheduler and client run."""
    costs = []
    for _ in range(3):
        began = time.process_time()
        assert all(found == 1 for _, found in workers.each_of(abs, [(-1,)] * CALLS))
        costs.append((time.process_time() - began) / CALLS)
    return statistics.median(costs)


def _table(found: Sequence[Taken], task: float, chosen: Sequence[FilmFile]) -> str:
    least = {each.case: each for each in reversed(found)}  # by as few workers as were asked for
    heads = [
        "case",
        "workers",
        "wall, s",
        "of the first",
        "processors, s: workers",
        "this process",
        "segments, kB each",
    ]
    rows = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for each in found:
        first = least[each.case]
        kilobytes = each.size / max(each.segments, 1) / 1000
        rows.append(
            f"| {each.case} | {each.workers} | {each.wall:.0f} | {each.wall / first.wall:.2f} | {each.theirs:.0f} | "
            f"{each.own:.1f} | {each.segments}, {kilobytes:.0f} |"
        )
    parcels = [packed(each).size for each in chosen]
    rows.append(
        f"\nA task: {1000 * task:.1f} ms of scheduler and client; a film of ours travels as {max(parcels)} bytes.\n"
    )
    rows += [
        f"| case, predicted | {' | '.join(f'{n} workers' for n in PREDICTED)} |",
        "|---" * (1 + len(PREDICTED)) + "|",
    ]
    for case, each in least.items():
        rows.append(f"| {case} | {' | '.join(f'{each.predicted(n):.0f} s' for n in PREDICTED)} |")
    return "\n".join(rows)


if __name__ == "__main__":
    main()
