"""`untangle check`: what can be proved or measured about a network, as a table or as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.box import HORIZONTALS
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column, Table

from manim_untangle.render.films import is_film_file
from netlib.certificates.report import Progress as ReportProgress
from netlib.certificates.report import Row, report
from netlib.datasets import Dataset
from netlib.errors import BadWeights, UntangleError
from netlib.network import Network
from netlib.readers import CURES, read_data, read_network, readers
from netlib.training.recipe import Recipe, read_weights

VERDICTS = {True: "yes", False: "no", None: "not decided"}
STYLES = {True: "green", False: "red", None: "yellow"}
WIDTH = 110


@dataclass(frozen=True, eq=False)
class Subject:
    """A network to check: its name, the data, and sentences on what was assumed beyond what its file says."""

    name: str
    network: Network
    data: Dataset
    assumptions: tuple[str, ...] = ()


def check(
    target: str,
    data: str | None = None,
    as_json: bool = False,
    betti: bool = False,
    *,
    activation: str | None = None,
    order: str | None = None,
    layout: str | None = None,
    label: str | None = None,
    width: int = WIDTH,
    colour: bool = False,
) -> str:
    """Return the certificates of a film's networks, a recipe's, or a file's, as a table or as JSON.

    target: a film, a recipe (slug or constant), or a file of weights. data: a data set ("spirals:turns=2,n=400") or a
    file; by default the data that the network was trained on. activation, order and layout give what a file leaves
    open; label names the label column of a table. Progress goes to standard error, if that is a terminal.
    """
    found = list[tuple[Subject, tuple[Row, ...]]]()
    for subject in _subjects(target, data, label, activation, order, layout):
        with _progress(subject.name) as progress:
            found.append((subject, report(subject.network, subject.data, betti, progress)))
    return _json(found) if as_json else "\n".join(_table(subject, rows, width, colour) for subject, rows in found)


def _subjects(
    target: str, data: str | None, label: str | None, activation: str | None, order: str | None, layout: str | None
) -> Iterator[Subject]:
    given = None if data is None else read_data(data, label=label)
    if not _is_file(target):
        recipes, file = _recipes(target)
        for each in recipes:
            yield Subject(each.slug, each.load(file), given or each.dataset())
        return
    read = read_network(target, activation=activation, order=order, layout=layout)
    recipe = read.recipe or _recipe_in(target)
    trained_on = given or (recipe.dataset() if recipe else None)
    if trained_on is None:
        raise UntangleError(f"{target} does not say what it was trained on. Give it: --data disk_in_ring, or a file")
    yield Subject(Path(target).name, read.network, trained_on, read.assumptions)


def _is_file(target: str) -> bool:
    """Whether a target is a file of weights or a URL; slugs may have a dot too."""
    suffix = Path(target).suffix.lower()
    return not is_film_file(target) and ("/" in target or Path(target).is_file() or suffix in {*readers(), *CURES})


def _recipes(target: str) -> tuple[Sequence[Recipe], Path]:
    """The recipes that a target names, and the source file beside which their weights are looked for."""
    from manim_untangle.cli.train import recipes_of

    found = recipes_of(target)
    if not found.recipes:
        raise UntangleError(f"{target} shows no trained network, so there is nothing to check")
    return found.recipes, found.file


def _recipe_in(target: str) -> Recipe | None:
    """The recipe in weights that Untangle wrote."""
    if not target.endswith(".safetensors"):
        return None
    try:
        return Recipe.from_json(read_weights(Path(target))[1]["recipe"])
    except (BadWeights, KeyError):
        return None


def _json(found: Sequence[tuple[Subject, tuple[Row, ...]]]) -> str:
    networks = [
        {
            "name": subject.name,
            "widths": [subject.network.inputs, *subject.network.widths],
            "data": subject.data.name,
            "points": len(subject.data.points),
            "said": list(subject.assumptions),
            "certificates": [_record(row) for row in rows],
        }
        for subject, rows in found
    ]
    return json.dumps({"schema": 1, "networks": networks}, indent=2, ensure_ascii=False, allow_nan=False)


def _record(row: Row) -> dict[str, Any]:
    """A row as JSON; what is not decided was neither proved nor seen on samples."""
    method = None if row.holds is None else row.method
    return {**asdict(row), "measured": _finite(row.measured), "method": method}


def _finite(measured: Mapping[str, float | int | str | bool]) -> dict[str, float | int | str | bool]:
    """Measurements as JSON can hold them: the condition number of a singular matrix is infinite."""
    return {
        name: value if isinstance(value, str) or np.isfinite(value) else str(value) for name, value in measured.items()
    }


def _table(subject: Subject, rows: Sequence[Row], width: int, colour: bool) -> str:
    widths = "-".join(map(str, (subject.network.inputs, *subject.network.widths)))
    title = f"{subject.name}\n{widths}, on {len(subject.data.points):,} points of {subject.data.name}"
    notes = list(dict.fromkeys(row.caveat for row in rows if row.caveat))
    shares = {"What is checked": 5, "": None, "Measured": 4, "How": 4}
    columns = [Column(heading, ratio=share, no_wrap=share is None) for heading, share in shares.items()]
    table = Table(*columns, title=title, title_justify="left", box=HORIZONTALS, show_lines=True)
    for row in rows:
        verdict = f"[{STYLES[row.holds]}]{VERDICTS[row.holds]}[/]"
        measured = "\n".join(f"{name}: {_printable(value)}" for name, value in row.measured.items())
        note = f" ({notes.index(row.caveat) + 1})" if row.caveat else ""
        how = row.resolution if row.holds is None else f"{row.method}: {row.resolution}"
        table.add_row(escape(row.sentence), verdict, escape(measured), escape(how + note))
    console = Console(width=width, force_terminal=colour, no_color=not colour, highlight=False)
    with console.capture() as captured:
        console.print(table)
        for number, note in enumerate(notes, 1):
            console.print(f"({number}) {escape(note)}")
        for sentence in subject.assumptions:
            console.print(escape(sentence))
    return "\n".join(line.rstrip() for line in captured.get().splitlines()) + "\n"


def _printable(value: float | int | str | bool) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


@contextmanager
def _progress(name: str) -> Iterator[ReportProgress]:
    """A progress bar on standard error that names what is computed; none if standard error is no terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(name)

        def show(what: str, done: int, total: int) -> None:
            bar.update(task, description=f"{name}: {what}", completed=done, total=total)

        yield show
