"""`untangle film --each`: the films and certificates of many networks, and one page and one table of them all.

What is wrong with one network is listed beside the others, and stops none of them.
"""

from __future__ import annotations

import csv
from collections import Counter as Tally
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import typer

from manim_untangle.cli.film import FilmOptions, NetworkFilmFile, film_of, subject_of
from manim_untangle.cli.networks import certificates, in_one_line, named, weight_files
from manim_untangle.cli.options import Reading, Rendering
from manim_untangle.publish.network_table import Entry, networks_page
from manim_untangle.render.cluster import Workers, workers_of
from manim_untangle.render.many import render_by
from manim_untangle.render.network_folder import Subject, shape
from manim_untangle.render.outputs import Rendered
from manim_untangle.render.progress import render_bar
from manim_untangle.render.settings import Settings
from manim_untangle.web.document import DocumentTeller
from netlib.certificates.report import Row
from netlib.errors import UntangleError
from netlib.files import written_whole

PAGE, TABLE = "networks.html", "networks.csv"


@dataclass
class _Made:
    """What became of one network."""

    options: FilmOptions
    subject: Subject | None = None
    film: NetworkFilmFile | None = None
    rendered: Rendered | None = None
    rows: tuple[Row, ...] = ()
    problem: str = ""

    @property
    def told(self) -> str:
        """The problem in one line, with the model's name."""
        return named(self.problem, self.options.model)

    def read(self) -> Subject:
        """Read the network and its data."""

        def read_as(reading: Reading) -> Subject:
            self.options = replace(self.options, reading=reading)
            return subject_of(self.options)

        return self.options.reading.of_each(read_as)

    def fail(self, problem: Exception) -> None:
        """Keep the first thing that went wrong, as one line."""
        self.problem = self.problem or in_one_line(problem)


def films_of_each(
    models: Sequence[str], common: FilmOptions, how: Settings, rendering: Rendering, say: Callable[[str], object]
) -> None:
    """Make the films and certificates of many networks; write networks.html and networks.csv beside their folders.

    models: files of weights, or folders of them. common: the options of all. Raises UntangleError, in the end, where
    some have no film or no certificates.
    """
    files = weight_files(models, rendering.out)
    everything = [
        _Made(replace(common, model=file, name=name)) for file, name in zip(files, _names(files), strict=True)
    ]
    out = rendering.out
    for made in everything:
        try:
            made.subject = made.read()
            made.film = film_of(made.subject, made.options, out, lambda line: None)
        except Exception as problem:
            made.fail(problem)
            say(made.told)
    with workers_of(**rendering.workers, say=say) as workers:
        _certify([made for made in everything if made.subject], workers, rendering.cache)
        _render([made for made in everything if made.film], how, rendering, workers, say)
    _write(everything, out)
    say(f"{out / PAGE}  {len(everything)} networks; the same as a table: {out / TABLE}")
    if rendering.preview:
        typer.launch(str(out / PAGE))
    if failed := sum(bool(made.problem) for made in everything):
        raise UntangleError(f"{failed} of {len(everything)} networks failed. {out / PAGE} says of each why")


def _certify(made: list[_Made], workers: Workers, use_cache: bool) -> None:
    networks = [(each.subject.read.network, each.subject.data) for each in made if each.subject]
    for number, found in certificates(networks, workers, use_cache):
        if isinstance(found, Exception):
            made[number].fail(found)
        else:
            made[number].rows = found


def _render(
    made: list[_Made], how: Settings, rendering: Rendering, workers: Workers, say: Callable[[str], object]
) -> None:
    by_path = {each.film.path: each for each in made if each.film}
    films = [each.film for each in made if each.film]
    with render_bar(f"{len(films)} films", len(films)) as counter:
        for film, result in render_by(
            workers, films, how, rendering.out, counter, use_cache=rendering.cache, teller=DocumentTeller
        ):
            each = by_path[film.path]
            if isinstance(result, UntangleError):
                each.fail(result)
                say(each.told)
            else:
                each.rendered = result
                say(f"{result.main}  {result.summary}")
                if result.note:
                    say(f"{each.options.model}: {result.note}")


def _names(files: Sequence[str]) -> list[str]:
    """Return a name for each film: that of its file, with the folder's before it where several have the same."""
    stems = Tally(Path(file).stem for file in files)
    names = [
        Path(file).stem if stems[Path(file).stem] == 1 else f"{Path(file).absolute().parent.name}_{Path(file).stem}"
        for file in files
    ]
    seen = Tally[str]()
    for k, name in enumerate(names):
        seen[name.lower()] += 1
        if seen[name.lower()] > 1:
            names[k] = f"{name}_{seen[name.lower()]}"
    return names


def _write(everything: list[_Made], out: Path) -> None:
    columns = list(dict.fromkeys(row.name for made in everything for row in made.rows))
    entries = [_entry(made, columns, out) for made in everything]
    with written_whole(out / PAGE) as path:
        path.write_text(networks_page(columns, entries), encoding="utf-8")
    with written_whole(out / TABLE) as path, path.open("w", newline="", encoding="utf-8") as file:
        table = csv.writer(file)
        table.writerow(["network", "film", "problem", "widths", "data", "points", *_headings(columns)])
        for made, entry in zip(everything, entries, strict=True):
            rows = {row.name: row for row in made.rows}
            found = [cell for column in columns for cell in _cells(rows.get(column))]
            facts = (entry.model, entry.film, entry.problem, entry.widths, entry.data, entry.points)
            table.writerow([_harmless(cell) for cell in (*facts, *found)])


def _headings(columns: list[str]) -> list[str]:
    return [heading for column in columns for heading in (column, f"{column}: how", f"{column}: measured")]


def _cells(row: Row | None) -> tuple[str, str, str]:
    if row is None:
        return "", "", ""
    return row.verdict, "" if row.holds is None else row.method, "; ".join(row.measured_words)


def _harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def _entry(made: _Made, columns: list[str], out: Path) -> Entry:
    rows, subject = {row.name: row for row in made.rows}, made.subject
    film = made.rendered.main if made.rendered else None
    return Entry(
        model=made.options.model,
        problem=made.problem,
        film=film.relative_to(out).as_posix() if film else "",
        widths=shape(subject.read.network) if subject else "",
        data=subject.data.name if subject else "",
        points=str(len(subject.data.points)) if subject else "",
        certificates=[rows.get(column) for column in columns],
    )
