"""Progress bars on standard error, with the time left. Where standard error is no terminal, they show nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

TrainingReport = Callable[[int, int, int, float], None]  # step, steps, attempt, score
CertificateReport = Callable[[str, int, int], None]  # what is computed, how many are done, of how many


class Counter:
    """Counts the frames of one or more films in a bar; without one it shows nothing.

    films: how many there are. Films whose length is not known yet are taken to be as long as the others on average.
    """

    def __init__(self, bar: Progress | None = None, label: str = "", films: int = 1) -> None:
        self.bar, self.films = bar or Progress(disable=True), films
        self.task = self.bar.add_task(label, total=None)
        self.expected: list[int] = []
        self.ahead = 0

    @property
    def is_shown(self) -> bool:
        """Whether anybody sees it."""
        return not self.bar.disable

    def label(self, text: str) -> None:
        """Set the words before the bar."""
        self.bar.update(self.task, description=text)

    def expect(self, frames: int) -> None:
        """Set how many frames one more of the films will have."""
        self.expected.append(frames)
        self.bar.update(self.task, total=sum(self.expected) * max(self.films / len(self.expected), 1))

    def advance(self, frames: int) -> None:
        """Add frames that are done."""
        self.bar.advance(self.task, frames)

    def reach(self, frames: int) -> None:
        """Set how many frames are done, of all films that are drawn."""
        self.bar.update(self.task, completed=self.ahead + frames)

    def skip(self, frames: int) -> None:
        """Set how many frames one more of the films has, which is not drawn."""
        self.ahead += frames
        self.expect(frames)
        self.advance(frames)


@contextmanager
def render_bar(label: str, films: int = 1) -> Iterator[Counter]:
    """Show a bar while films are rendered; yield its counter."""
    with _bar() as bar:
        yield Counter(bar, label, films)


@contextmanager
def training_bar(label: str) -> Iterator[TrainingReport]:
    """Show a bar while a network is trained: the attempt, its score, and the time left of it; yield its report."""
    with _bar() as bar:
        task = bar.add_task(label, total=None)

        def report(step: int, steps: int, attempt: int, score: float) -> None:
            words = f"{label}  attempt {attempt + 1}  score {score:.4g}"
            bar.update(task, completed=step, total=steps, description=words)

        yield report


@contextmanager
def report_bar(label: str) -> Iterator[CertificateReport]:
    """Show a bar while certificates are made: what is computed, and the time left; yield its report."""
    with _bar() as bar:
        task = bar.add_task(label)

        def report(what: str, done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, description=f"{label}: {what}")

        yield report


@contextmanager
def _bar() -> Iterator[Progress]:
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    if bar.disable:  # to enter it would end with an empty line
        yield bar
    else:
        with bar:
            yield bar
