"""`untangle check`: what can be proved or measured about a network, as a table or as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.box import HORIZONTALS
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from manim_untangle.cli.options import UNSAID, Reading
from manim_untangle.cli.train import recipes_of
from manim_untangle.render.cache import results_kept
from manim_untangle.render.films import is_film_file
from manim_untangle.render.progress import report_bar
from netlib.certificates.report import Row, report
from netlib.datasets import Dataset
from netlib.errors import UntangleError
from netlib.network import Network
from netlib.readers import CURES, ReadNetwork, matched, read_data, read_pair, readers

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
    reading: Reading = UNSAID,
    *,
    use_cache: bool = False,
    width: int = WIDTH,
    colour: bool = False,
) -> str:
    """Return the certificates of a film's networks, a recipe's, or a file's, as a table or as JSON.

    target: a film, a recipe (slug or constant), or a file of weights. data: a data set ("spirals:turns=2,n=400") or a
    file; by default the data that the network was trained on. use_cache: use results from the cache, and keep new ones
    there. Progress goes to standard error, if that is a terminal.
    """
    found = list[tuple[Subject, tuple[Row, ...]]]()
    for subject in _subjects(target, data, reading):
        with report_bar(subject.name) as progress, results_kept(use_cache):
            found.append((subject, report(subject.network, subject.data, betti, progress)))
    return _json(found) if as_json else "\n".join(_table(subject, rows, width, colour) for subject, rows in found)


def _subjects(target: str, data: str | None, said: Reading) -> Iterator[Subject]:
    if not _is_file(target):
        given = None if data is None else read_data(data, label=said.label, features=said.features, drop=said.drop)
        named = recipes_of(target)
        if not named.recipes:
            raise UntangleError(f"{target} shows no trained network, so there is nothing to check")
        for each in named.recipes:
            network, of_recipe = ReadNetwork(each.load(named.file)), given or each.dataset()
            read, found = matched(network, of_recipe, classes=said.classes, threshold=said.threshold)
            yield Subject(each.slug, read.network, found, read.assumptions)
        return
    read, found = read_pair(target, data, **asdict(said))
    yield Subject(Path(target).name, read.network, found, read.assumptions)


def _is_file(target: str) -> bool:
    """Return whether a target is a file of weights or a URL. Slugs may have a dot too."""
    suffix = Path(target).suffix.lower()
    return not is_film_file(target) and ("/" in target or Path(target).is_file() or suffix in {*readers(), *CURES})


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
    """A row as JSON, which has no infinity; what is not decided was neither proved nor seen on samples."""
    measured = {name: str(value) if value == math.inf else value for name, value in row.measured.items()}
    return {**asdict(row), "measured": measured, "method": None if row.holds is None else row.method}


def _table(subject: Subject, rows: Sequence[Row], width: int, colour: bool) -> str:
    widths = "-".join(map(str, (subject.network.inputs, *subject.network.widths)))
    title = f"{subject.name}\n{widths}, on {len(subject.data.points):,} points of {subject.data.name}"
    notes = list(dict.fromkeys(row.caveat for row in rows if row.caveat))
    shares = {"What is checked": 5, "": None, "Measured": 4, "How": 4}
    columns = [Column(heading, ratio=share, no_wrap=share is None) for heading, share in shares.items()]
    table = Table(*columns, title=title, title_justify="left", box=HORIZONTALS, show_lines=True)
    for row in rows:
        verdict = f"[{STYLES[row.holds]}]{row.verdict}[/]"
        measured = "\n".join(row.measured_words)
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
