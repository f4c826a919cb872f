"""The page of many networks: their films, and their certificates as one table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from manim_untangle.publish.pages import page
from netlib.certificates.report import Row


@dataclass(frozen=True)
class Entry:
    """A row of the page. film: from the page; "" where there is none. certificates: one for each column."""

    model: str
    problem: str = ""
    film: str = ""
    widths: str = ""
    data: str = ""
    points: str = ""
    certificates: Sequence[Row | None] = field(default=())

    @property
    def is_picture(self) -> bool:
        """Whether the film is a still or a GIF, which no video element shows."""
        return PurePosixPath(self.film).suffix in (".png", ".gif")

    @property
    def poster(self) -> str:
        """The poster beside the film, from the page."""
        return str(PurePosixPath(self.film).with_name("poster.jpg"))


def networks_page(columns: Sequence[str], entries: Sequence[Entry]) -> str:
    """Return the page. columns: the names of the certificates."""
    sentences = {row.name: row.sentence for entry in entries for row in entry.certificates if row is not None}
    failed = sum(bool(entry.problem) for entry in entries)
    given = {"columns": columns, "sentences": sentences, "entries": entries, "failed": failed}
    return page("networks.html", root="", **given, reasons=_reasons(entries))


def _reasons(entries: Sequence[Entry]) -> list[tuple[str, list[str]]]:
    """Return why networks failed, the most frequent reason first, each with the names of its networks.

    A reason is the problem without the network's name, and without the names of layers, which stand in brackets.
    """
    found = dict[str, list[str]]()
    for entry in entries:
        if entry.problem:
            line = entry.problem.removeprefix(f"{entry.model}: ")
            reason = re.sub(r"hidden layers \([^()]*\)", "hidden layers", line)
            found.setdefault(reason[:1].upper() + reason[1:], []).append(entry.model)
    return sorted(found.items(), key=lambda each: -len(each[1]))
