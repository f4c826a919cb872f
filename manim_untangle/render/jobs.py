"""Segments drawn by several processes at once.

Each worker goes through the whole film, which costs little without pictures, and draws the segments that it comes to
first. The same state leads to the same frames, so it does not matter which worker draws what. A worker that dies is
replaced, and what it had in hand is drawn again, once.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.films import FilmFile
from manim_untangle.render.progress import Counter
from manim_untangle.render.segments import Answer
from manim_untangle.render.settings import Settings
from netlib.errors import UntangleError

ATTEMPTS = 2


class WorkerLost(UntangleError):
    """A process that drew a segment was killed, and its successor too."""


@dataclass(frozen=True)
class Job:
    """What a worker needs to know: the film, how to render it, and its segments."""

    film: FilmFile
    settings: Settings
    cache: Path
    segments: tuple[Segment, ...]


@dataclass
class _Worker:
    process: BaseProcess
    line: Connection
    in_hand: dict[str, int] = field(default_factory=dict)  # numbers of the segments that it claimed, by key


def default_jobs() -> int:
    """Return how many processes to draw with: one for each four cores.

    Measured on two cores: one process draws as fast as the encoder encodes, and a second only takes time from it.
    """
    return max(1, min(8, (os.cpu_count() or 1) // 4))


def draw(job: Job, missing: Sequence[int], count: int, counter: Counter) -> None:
    """Draw the missing segments with up to `count` processes; raise what goes wrong in any of them."""
    crew = _Pool(job, list(missing), counter)
    try:
        for _ in range(min(count, len(missing))):
            crew.start_worker()
        while crew.workers:
            crew.listen()
    finally:
        crew.stop()


class _Pool:
    def __init__(self, job: Job, open_segments: list[int], counter: Counter) -> None:
        self.job, self.open, self.counter = job, open_segments, counter
        self.workers: list[_Worker] = []
        self.processes: set[int] = set()  # their numbers, and those of the workers that are gone
        self.lost: Tally[int] = Tally()
        self.spawn = multiprocessing.get_context("spawn")

    def start_worker(self) -> None:
        """Start a worker. It ignores Ctrl-C, which is for this process to act upon."""
        from manim_untangle.render.worker import work

        ours, theirs = self.spawn.Pipe()
        process = self.spawn.Process(target=work, args=(self.job, theirs), daemon=True)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process.start()
        finally:
            signal.signal(signal.SIGINT, before)
        theirs.close()
        self.processes.add(process.pid or 0)
        self.workers.append(_Worker(process, ours))

    def listen(self) -> None:
        """Wait for a word of any worker, and answer it."""
        speaking = wait([worker.line for worker in self.workers])
        for worker in [each for each in self.workers if each.line in speaking]:
            try:
                kind, value = worker.line.recv()
            except (EOFError, ConnectionError):
                self._gone(worker)
            else:
                self._answer(worker, kind, value)

    def stop(self) -> None:
        """End every worker that is left, and remove what they left unfinished."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()
            worker.line.close()
        self.workers = []
        Cache(self.job.cache).sweep(self.processes)

    def _answer(self, worker: _Worker, kind: str, value: Any) -> None:
        if kind == "claim":
            worker.line.send(self._claimed(worker, value))
        elif kind == "frames":
            self.counter.done(value)
        elif kind == "kept":
            worker.in_hand.pop(value)
        elif kind == "failed":
            raise value

    def _claimed(self, worker: _Worker, number: int) -> Answer:
        if number in self.open:
            self.open.remove(number)
            worker.in_hand[self.job.segments[number].key] = number
            return Answer.DRAW
        return Answer.LEAVE if any(other > number for other in self.open) else Answer.OVER

    def _gone(self, worker: _Worker) -> None:
        """A worker hung up: done with its work, or killed with some of it in hand."""
        worker.process.join()
        worker.line.close()
        self.workers.remove(worker)
        if worker.process.exitcode == 0 and not worker.in_hand:
            return
        drawing = max(worker.in_hand.values(), default=-1)  # what it claimed before was drawn, and nearly kept
        self.lost[drawing] += 1
        if self.lost[drawing] >= ATTEMPTS:
            raise WorkerLost(
                f"a process that drew {self._name(drawing)} was killed twice ({_reason(worker.process.exitcode)}). "
                "If memory is short, render with --jobs 1"
            )
        self.open = sorted({*self.open, *worker.in_hand.values()})
        if self.open:
            self.start_worker()

    def _name(self, number: int) -> str:
        if number < 0:
            return "segments"
        start = sum(segment.frames for segment in self.job.segments[:number]) / float(self.job.settings.fps)
        return f"the segment at {start:.1f} s"


def _reason(code: int | None) -> str:
    try:
        return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
    except ValueError:
        return f"exit code {code}"
