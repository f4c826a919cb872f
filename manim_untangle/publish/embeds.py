"""Snippets: what to paste where. One template in templates/embed/ for each place."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path

from manim_untangle.publish import templates
from manim_untangle.publish.published import Published, address, read_published
from netlib.errors import unknown

FOLDER = "embed"
# The first line of a template is a comment: {# Name of the place: what it takes. #}
FIRST_LINE = re.compile(r"\{# (?P<title>[^:]+): (?P<takes>.+) #\}")


@dataclass(frozen=True)
class Place:
    """Where a film may go. name: on the command line; title: as people write it; takes: what it accepts, in words."""

    name: str
    title: str
    takes: str
    template: str


def places() -> dict[str, Place]:
    """Return the places that there is a snippet for, by name."""
    files = sorted((templates.FOLDER / FOLDER).glob("*.[mt]*"))
    return {file.stem: _place(file) for file in files}


def _place(file: Path) -> Place:
    first = FIRST_LINE.match(file.read_text(encoding="utf-8"))
    assert first, f"{file.name} says in its first line what place it is for"
    return Place(file.stem, first["title"], first["takes"], f"{FOLDER}/{file.name}")


def snippet(film: Published, place: str) -> str:
    """Return the text to paste at a place. Raises UnknownName for a place without a snippet, BadAddress for a film
    that was published without a base_url."""
    known = places()
    if place not in known:
        raise unknown("place", place, list(known))
    film.url()  # an address is needed by every place
    return templates.rendered(known[place].template, film=film).strip() + "\n"


def snippet_for(name: str, place: str, site: Path, base_url: str | None = None) -> str:
    """Return the snippet of a published film, for the address that it was published with or for another one."""
    film = read_published(site, name)
    return snippet(replace(film, base_url=address(base_url)) if base_url else film, place)
