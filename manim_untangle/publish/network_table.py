"""The page of many networks: their films, and their certificates as one table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from manim_untangle.publish.pages import page
from netlib.certificates.report import Row


@dataclass(frozen=True)
class Entry:
    """A row of the page. video, poster: from the page; "" where there is no film. certificates: one for each column."""

    model: str
    problem: str = ""
    video: str = ""
    poster: str = ""
    widths: str = ""
    data: str = ""
    points: str = ""
    certificates: Sequence[Row | None] = field(default=())


def networks_page(columns: Sequence[str], entries: Sequence[Entry]) -> str:
    """Return the page. columns: the names of the certificates."""
    sentences = {row.name: row.sentence for entry in entries for row in entry.certificates if row is not None}
    failed = [entry for entry in entries if entry.problem]
    return page("networks.html", root="", columns=columns, sentences=sentences, entries=entries, failed=failed)
