"""`untangle check`: what can be proved or measured about a network, as a table or as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.box import HORIZONTALS
from rich.console import Console
from rich.markup import escape
from rich.table import Column, Table

from manim_untangle.cli.networks import certificates, in_one_line, named, weight_files
from manim_untangle.cli.options import UNSAID, Reading
from manim_untangle.cli.train import recipes_of
from manim_untangle.render.cache import results_kept
from manim_untangle.render.cluster import default_jobs, workers_of
from manim_untangle.render.films import films, is_film_file
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
    """A network to check: what names it on the command line, its own name, the data, and sentences on what was assumed
    beyond what its file says."""

    target: str
    name: str
    network: Network
    data: Dataset
    assumptions: tuple[str, ...] = ()


def check(
    targets: str | Sequence[str],
    data: str | None = None,
    as_json: bool = False,
    betti: bool = False,
    reading: Reading = UNSAID,
    *,
    use_cache: bool = False,
    jobs: int | None = None,
    scheduler: str | None = None,
    say: Callable[[str], object] = lambda line: None,
    failed: list[str] | None = None,
    width: int = WIDTH,
    colour: bool = False,
) -> str:
    """Return the certificates of films' networks, of recipes, or of files, as tables or as JSON.

    targets: films, recipes (slug or constant), or files of weights. data: a data set
    ("spirals:turns=2,n=400") or a file; by default the data that the network was trained on. use_cache: use results
    from the cache, and keep new ones there. jobs, scheduler, say: as for `workers_of`. failed: where there are several
    targets, gets a line for each that cannot be checked; one alone raises it. Progress goes to standard error, if that
    is a terminal.
    """
    names = [targets] if isinstance(targets, str) else targets
    alone, failures = len(names) == 1, dict[str, str]()
    subjects = list[Subject]()
    for name in names:
        try:
            subjects += _subjects(name, data, reading, alone)
        except Exception as problem:
            if alone:
                raise
            failures[name] = in_one_line(problem)
    found = dict[int, tuple[Row, ...]]()
    with workers_of(jobs or (1 if alone else default_jobs()), scheduler, say) as workers:
        if alone and workers.cluster is None:
            for number, subject in enumerate(subjects):
                with report_bar(subject.name) as progress, results_kept(use_cache):
                    found[number] = report(subject.network, subject.data, betti, progress)
        else:
            networks = [(subject.network, subject.data) for subject in subjects]
            for number, rows in certificates(networks, workers, use_cache, betti):
                if not isinstance(rows, Exception):
                    found[number] = rows
                elif alone:
                    raise rows
                else:
                    failures[subjects[number].target] = in_one_line(rows)
    if failed is not None:
        failed += [named(line, name) for name, line in failures.items()]
    checked = [(subjects[number], found[number]) for number in sorted(found)]
    if as_json:
        return _json(checked, failures)
    return "\n".join(_table(subject, rows, width, colour) for subject, rows in checked)


def expanded(targets: Sequence[str]) -> list[str]:
    """Return the targets, with the files of weights in a folder in place of it. The name of a film is that of a film,
    whatever folder has it, too."""
    names = {film.name for film in films()}
    found = [name for target in targets for name in ([target] if target in names else weight_files([target]))]
    return list(dict.fromkeys(found))


def _subjects(target: str, data: str | None, said: Reading, alone: bool) -> Iterator[Subject]:
    """The networks of a target. alone: it is the only one, so what is said must be right for it."""
    if not _is_file(target):
        given = None if data is None else read_data(data, label=said.label, features=said.features, drop=said.drop)
        named = recipes_of(target)
        if not named.recipes:
            raise UntangleError(f"{target} shows no trained network, so there is nothing to check")
        for each in named.recipes:
            network, of_recipe = ReadNetwork(each.load(named.file)), given or each.dataset()
            read, found = matched(network, of_recipe, classes=said.classes, threshold=said.threshold)
            yield Subject(target, each.slug, read.network, found, read.assumptions)
        return

    def read_as(reading: Reading) -> tuple[ReadNetwork, Dataset]:
        return read_pair(target, data, **asdict(reading))

    read, found = read_as(said) if alone else said.of_each(read_as)
    yield Subject(target, Path(target).name if alone else target, read.network, found, read.assumptions)


def _is_file(target: str) -> bool:
    """Return whether a target is a file of weights or a URL. Slugs may have a dot too."""
    suffix = Path(target).suffix.lower()
    return not is_film_file(target) and ("/" in target or Path(target).is_file() or suffix in {*readers(), *CURES})


def _json(found: Sequence[tuple[Subject, tuple[Row, ...]]], failures: Mapping[str, str]) -> str:
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
    failed = [{"name": name, "problem": problem} for name, problem in failures.items()]
    return json.dumps(
        {"schema": 1, "networks": networks, "failed": failed}, indent=2, ensure_ascii=False, allow_nan=False
    )


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
