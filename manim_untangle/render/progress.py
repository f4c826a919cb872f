"""Progress over the whole of a piece of work, with the time left; nothing where no one watches a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

Report = Callable[[int, int, int, float], None]


class Counter(Protocol):
    """Told how far a render is, in frames."""

    def expect(self, frames: int) -> None:
        """There will be so many frames in all."""

    def done(self, frames: int) -> None:
        """So many more frames are done."""


class Quiet:
    """Tells no one."""

    def expect(self, frames: int) -> None:
        pass

    def done(self, frames: int) -> None:
        pass


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self.progress, self.task = progress, task

    def expect(self, frames: int) -> None:
        self.progress.update(self.task, total=frames)

    def done(self, frames: int) -> None:
        self.progress.advance(self.task, frames)


@contextmanager
def counter(label: str) -> Iterator[Counter]:
    """Show a bar on standard error while a film is rendered."""
    with _progress(label) as (progress, task):
        yield Quiet() if progress is None else _Bar(progress, task)


@contextmanager
def training_bar(label: str) -> Iterator[Report]:
    """Show a bar on standard error while a network is trained: attempt, score, time left of this attempt."""
    with _progress(label) as (progress, task):

        def report(step: int, steps: int, attempt: int, score: float) -> None:
            if progress is not None:
                words = f"{label}  attempt {attempt + 1}  score {score:.4g}"
                progress.update(task, completed=step, total=steps, description=words)

        yield report


@contextmanager
def _progress(label: str) -> Iterator[tuple[Progress | None, TaskID]]:
    console = Console(stderr=True)
    if not console.is_terminal:
        yield None, TaskID(0)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        yield progress, progress.add_task(label, total=None)
