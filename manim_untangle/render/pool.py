"""Several processes that draw the segments of one film.

Each worker plays the whole film, which takes little time without pictures, and asks before each segment whether to draw
it. All workers draw the same frames, so it does not matter which of them draws a segment. A worker that dies is
replaced, and its segments are drawn again.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import traceback
from collections import Counter as Tally
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.engine import manim_config, play_film
from manim_untangle.render.films import FilmFile
from manim_untangle.render.segments import Advance, Answer, Redrawer, SegmentWriter
from manim_untangle.render.settings import Settings
from netlib.errors import UntangleError
from netlib.kept import keeping

ATTEMPTS = 2  # at each segment


@dataclass(frozen=True)
class Job:
    """What a worker needs to know: the film, its settings, the folder of the cache, and the film's segments."""

    film: FilmFile
    settings: Settings
    cache: Path
    segments: tuple[Segment, ...]


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection
    claimed: dict[str, int] = field(default_factory=dict)  # the numbers of its unfinished segments, by key


def default_jobs() -> int:
    """Return how many processes to draw with: one for each four cores, at most eight.

    Measured on two cores: one process draws as fast as the encoder encodes, so a second one gains nothing.
    """
    return max(1, min(8, (os.cpu_count() or 1) // 4))


def draw_segments(job: Job, missing: Sequence[int], count: int, advance: Advance) -> None:
    """Draw the missing segments, given by their numbers, with up to `count` processes; raise what goes wrong in any."""
    pool = _Pool(job, list(missing), advance)
    try:
        for _ in range(min(count, len(missing))):
            pool.start_worker()
        while pool.workers:
            pool.answer_messages()
    finally:
        pool.stop()


class _Pool:
    def __init__(self, job: Job, unclaimed: list[int], advance: Advance) -> None:
        self.job, self.unclaimed, self.advance = job, unclaimed, advance
        self.workers: list[_Worker] = []
        self.process_ids: set[int] = set()  # of all workers, those that ended included
        self.deaths: Tally[int] = Tally()  # by the number of the segment
        self.spawn = multiprocessing.get_context("spawn")

    def start_worker(self) -> None:
        """Start a worker. It ignores Ctrl-C, which this process handles."""
        ours, theirs = self.spawn.Pipe()
        process = self.spawn.Process(target=_work, args=(self.job, theirs), daemon=True)
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
        try:
            process.start()
        finally:
            signal.signal(signal.SIGINT, before)
        theirs.close()
        self.process_ids.add(process.pid or 0)
        self.workers.append(_Worker(process, ours))

    def answer_messages(self) -> None:
        """Wait for a message from any worker, and answer it."""
        ready = wait([worker.connection for worker in self.workers])
        for worker in [each for each in self.workers if each.connection in ready]:
            try:
                kind, value = worker.connection.recv()
            except (EOFError, ConnectionError):
                self._end(worker)
            else:
                self._answer(worker, kind, value)

    def stop(self) -> None:
        """Stop all workers, and remove their unfinished files."""
        for worker in self.workers:
            worker.process.kill()
        for worker in self.workers:
            worker.process.join()
            worker.connection.close()
        self.workers = []
        Cache(self.job.cache).remove_unfinished(self.process_ids)

    def _answer(self, worker: _Worker, kind: str, value: Any) -> None:
        if kind == "claim":
            worker.connection.send(self._claim(worker, value))
        elif kind == "frames":
            self.advance(value)
        elif kind == "stored":
            worker.claimed.pop(value)
        elif kind == "failed":
            raise value

    def _claim(self, worker: _Worker, number: int) -> Answer:
        """Give a segment to a worker if no other has it; return what the worker is to do."""
        if number in self.unclaimed:
            self.unclaimed.remove(number)
            worker.claimed[self.job.segments[number].key] = number
            return Answer.DRAW
        return Answer.SKIP if any(other > number for other in self.unclaimed) else Answer.SKIP_REST

    def _end(self, worker: _Worker) -> None:
        """Remove a worker whose connection is closed. Replace it if it was killed."""
        worker.process.join()
        worker.connection.close()
        self.workers.remove(worker)
        if worker.process.exitcode == 0 and not worker.claimed:
            return
        number = max(worker.claimed.values(), default=-1)  # earlier ones were drawn, and not quite stored
        self.deaths[number] += 1
        if self.deaths[number] >= ATTEMPTS:
            raise UntangleError(
                f"a process that drew {self._name(number)} was killed twice ({_exit_reason(worker.process.exitcode)}). "
                "If memory is short, render with --jobs 1"
            )
        self.unclaimed = sorted({*self.unclaimed, *worker.claimed.values()})
        if self.unclaimed:
            self.start_worker()

    def _name(self, number: int) -> str:
        if number < 0:
            return "segments"
        start = sum(segment.frames for segment in self.job.segments[:number]) / float(self.job.settings.fps)
        return f"the segment at {start:.1f} s"


def _exit_reason(code: int | None) -> str:
    try:
        return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
    except ValueError:
        return f"exit code {code}"


def _work(job: Job, connection: Connection) -> None:
    """Draw segments of a film until none is left, in a process of its own. Messages to the pool are pairs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    def claim(number: int) -> Answer:
        connection.send(("claim", number))
        answer: Answer = connection.recv()
        return answer

    def advance(frames: int) -> None:
        connection.send(("frames", frames))

    try:
        writer = SegmentWriter(Cache(job.cache), job.settings, lambda segment: connection.send(("stored", segment.key)))
        with manim_config(job.settings), keeping(Cache(job.cache).results):
            play_film(job.film.load(), Redrawer(writer, advance, list(job.segments), claim))
            writer.close()
    except (EOFError, ConnectionError):
        os._exit(1)  # the pool is gone
    except UntangleError as problem:
        connection.send(("failed", problem))
    except Exception as problem:
        where = traceback.extract_tb(problem.__traceback__)[-1]
        message = f"{type(problem).__name__}: {problem} ({Path(where.filename).name}, line {where.lineno})"
        connection.send(("failed", UntangleError(message)))
