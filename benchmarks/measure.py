"""Contenders run one after another, round after round, each in a process of its own; medians and their spread."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.contender import Taken
from benchmarks.picture import Picture
from benchmarks.places import Command

TIMEOUT_SECONDS = 1800


@dataclass(frozen=True)
class Task:
    """One contender, one picture, one size. quality: a letter of `untangle render -q`."""

    contender: str
    width: int
    height: int
    fps: int
    quality: str
    picture: Picture

    def run(self) -> Taken:
        """Render once, in a new process."""
        words = [self.contender, self.width, self.height, self.fps, self.quality]
        command = [sys.executable, "-m", "benchmarks.contender", *map(str, words)]
        environment = os.environ | self.picture.to_environment()
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_SECONDS)
        if done.returncode:
            raise SystemExit(f"{self.contender}: {done.stderr.strip()[-2000:]}")
        return Taken(**json.loads(done.stdout.splitlines()[-1]))


@dataclass(frozen=True)
class Measured:
    """What a task took, once for each round."""

    task: Task | Command
    rounds: tuple[Taken, ...]

    def per_frame(self, of: Callable[[Taken], float]) -> list[float]:
        """Return milliseconds a frame, in each round."""
        return [1000 * of(taken) / taken.frames for taken in self.rounds]


@dataclass(frozen=True)
class Spread:
    """A median, and the smallest and largest value of all rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Spread:
        values = list(values)
        return cls(statistics.median(values), min(values), max(values))

    def __str__(self) -> str:
        digits = 2 if self.median < 10 else 1
        return f"{self.median:.{digits}f} ({self.low:.{digits}f} to {self.high:.{digits}f})"


def measured(tasks: Sequence[Task | Command], rounds: int, say: Callable[[str], object] = print) -> list[Measured]:
    """Run all tasks in turn, in each round. Ratios are taken round by round, because the machine's speed drifts."""
    taken: list[list[Taken]] = [[] for _ in tasks]
    for number in range(rounds):
        for task, results in zip(tasks, taken, strict=True):
            results.append(task.run())
            last = results[-1]
            say(
                f"round {number + 1}: {task.contender:14} {task.height}p{task.fps} {last.frames} frames, "
                f"{1000 * last.wall / last.frames:.1f} ms a frame, main thread {1000 * last.main / last.frames:.1f} ms"
            )
    return [Measured(task, tuple(results)) for task, results in zip(tasks, taken, strict=True)]


def ratio(slow: Measured, fast: Measured, of: Callable[[Taken], float]) -> Spread:
    """Return how many times longer one took than the other, a frame, round by round."""
    pairs = zip(slow.per_frame(of), fast.per_frame(of), strict=True)
    return Spread.of(a / b for a, b in pairs)
