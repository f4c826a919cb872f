"""Progress bars on standard error, with the time left; none where standard error is no terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

TrainingReport = Callable[[int, int, int, float], None]  # step, steps, attempt, score
CertificateReport = Callable[[str, int, int], None]  # what is computed, how many are done, of how many


class Counter(Protocol):
    """Counts the frames of a render."""

    def expect(self, frames: int) -> None:
        """Set how many frames there will be in all."""

    def advance(self, frames: int) -> None:
        """Add frames that are done."""


class NullCounter:
    """A counter that shows nothing."""

    def expect(self, frames: int) -> None:
        pass

    def advance(self, frames: int) -> None:
        pass


class _Bar:
    def __init__(self, progress: Progress, task: TaskID) -> None:
        self.progress, self.task = progress, task

    def expect(self, frames: int) -> None:
        self.progress.update(self.task, total=frames)

    def advance(self, frames: int) -> None:
        self.progress.advance(self.task, frames)


@contextmanager
def render_bar(label: str) -> Iterator[Counter]:
    """Show a bar while a film is rendered; yield its counter."""
    with _progress(label) as (progress, task):
        yield NullCounter() if progress is None else _Bar(progress, task)


@contextmanager
def training_bar(label: str) -> Iterator[TrainingReport]:
    """Show a bar while a network is trained: the attempt, its score, and the time left of it; yield its report."""
    with _progress(label) as (progress, task):

        def report(step: int, steps: int, attempt: int, score: float) -> None:
            if progress is not None:
                words = f"{label}  attempt {attempt + 1}  score {score:.4g}"
                progress.update(task, completed=step, total=steps, description=words)

        yield report


@contextmanager
def report_bar(label: str) -> Iterator[CertificateReport]:
    """Show a bar while certificates are made: what is computed, and the time left; yield its report."""
    with _progress(label) as (progress, task):

        def report(what: str, done: int, total: int) -> None:
            if progress is not None:
                progress.update(task, completed=done, total=total, description=f"{label}: {what}")

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
