"""RenderedFilm: what `render` wrote to a film's folder, read from film.json and checked."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from manim_untangle.web.translation import translations_beside
from netlib.command import command
from netlib.errors import UntangleError
from netlib.film_record import Caption, Claim, Question, Section
from netlib.training.recipe import WEIGHTS

# A film's name becomes a folder and a part of an address, so it holds no character that is special in either.
NAME = re.compile(r"[A-Za-z0-9][\w-]*", re.ASCII)
SCHEMA = 1
TIMELINE = "film.timeline"
Json = dict[str, Any]


class MissingFilm(UntangleError):
    """A film has not been rendered or published yet."""


class BadFilm(UntangleError):
    """film.json or film.mp4 does not hold what a page needs."""


@dataclass(frozen=True)
class ShownNetwork:
    """A network that the film shows. path: its weights file. sha256: the hash of the network in it. points (N, d) and
    labels (N,): the data that the film showed, where they are not those of the recipe. together: the film shows
    W x + b as one move, and not stretch, turn and shift one by one."""

    slug: str
    sha256: str
    path: Path
    points: list[list[float]] | None = None
    labels: list[float] | None = None
    together: bool = False


@dataclass(frozen=True)
class RenderedFilm:
    """A film as `render` wrote it. Times in seconds. order: its place in the gallery; films without one come last.
    timeline: the film as a document, None where there is none. is_outdated: there is one, from another render.
    translations: files with its words, by language."""

    name: str
    video: Path
    title: str
    description: str
    about: str
    alt: str
    sources: tuple[str, ...]
    command: str
    poster_time: float | None
    sections: tuple[Section, ...]
    claims: tuple[Claim, ...]
    recipes: tuple[Json, ...]
    networks: tuple[ShownNetwork, ...]
    versions: dict[str, str] = field(default_factory=dict)
    order: float | None = None
    timeline: Path | None = None
    is_outdated: bool = False
    questions: tuple[Question, ...] = ()
    translations: dict[str, Path] = field(default_factory=dict)

    @property
    def captions(self) -> tuple[Caption, ...]:
        """Every caption in order."""
        return tuple(caption for section in self.sections for caption in section.words)


def rendered_films(renders: Path) -> list[str]:
    """Return the names of the films rendered under a folder, sorted."""
    return sorted(path.parent.name for path in renders.glob("*/film.json") if NAME.fullmatch(path.parent.name))


def read_film(name: str, renders: Path) -> RenderedFilm:
    """Return the film rendered in renders/<name>.

    Raises MissingFilm where it was not rendered, BadFilm where film.json or film.mp4 is incomplete.
    """
    folder = renders / name
    if not NAME.fullmatch(name) or not (folder / "film.json").is_file():
        known = ", ".join(rendered_films(renders)) or "none"
        folder_option = () if renders == Path("renders") else ("--out", str(renders))
        again = command("render", name, *folder_option)
        raise MissingFilm(f"{name} is not rendered in {renders} (there: {known}). Run: {again}")
    try:
        record = json.loads((folder / "film.json").read_text(encoding="utf-8"))
        if record.get("schema", SCHEMA) != SCHEMA:
            raise ValueError(f"it has schema {record['schema']}, this version reads {SCHEMA}")
        film = _film(name, folder, record)
    except (KeyError, TypeError, ValueError, AttributeError) as problem:
        what = f"{problem} is missing" if isinstance(problem, KeyError) else str(problem)
        raise BadFilm(f"film.json of {name} cannot be used: {what}. Run: {command('render', name)}") from None
    if not film.video.is_file():
        raise BadFilm(f"{film.video} is not there. Run: {command('render', name)}")
    return film


def _film(name: str, folder: Path, record: Json) -> RenderedFilm:
    poster_time, order = record.get("poster", {}).get("time"), record.get("order")
    timeline = folder / TIMELINE
    said = record.get("timeline", {}).get("sha256")
    found = sha256(timeline.read_bytes()).hexdigest() if timeline.is_file() else None
    return RenderedFilm(
        name=name,
        video=_within(folder, record["video"]["file"]),
        title=_text(record["title"]),
        description=_text(record["description"]),
        about=str(record.get("about", "")),
        alt=_text(record.get("alt") or record["description"]),
        sources=tuple(map(_text, record.get("sources", ()))),
        command=_text(record.get("command") or command("render", name)),
        poster_time=None if poster_time is None else _seconds(poster_time),
        sections=tuple(map(_section, record["sections"])),
        claims=tuple(map(_claim, record.get("claims", ()))),
        recipes=tuple(map(dict, record.get("recipes", ()))),
        networks=tuple(_network(shown, folder) for shown in record.get("weights", ())),
        versions={key: str(version) for key, version in record.get("versions", {}).items()},
        order=None if order is None else float(order),
        timeline=timeline if found is not None and found == said else None,
        is_outdated=found is not None and found != said,
        questions=tuple(map(_question, record.get("questions", ()))),
        translations=translations_beside(timeline),
    )


def _section(record: Json) -> Section:
    words = tuple(Caption(_text(each["text"]), *_span(each)) for each in record.get("words", ()))
    return Section(_text(record["name"]), *_span(record), words)


def _claim(record: Json) -> Claim:
    notes = (str(record.get(key, "")) for key in ("resolution", "caveat", "method"))
    return Claim(_text(record["text"]), _seconds(record["start"]), dict(record.get("measured", {})), *notes)


def _question(record: Json) -> Question:
    first, second = map(_text, record["choices"])
    answer = int(record["answer"])
    if answer not in (0, 1):
        raise ValueError(f"{answer} is no answer: of two choices the first is 0, the second 1")
    return Question(_text(record["text"]), *_span(record), (first, second), answer)


def _network(record: Json, folder: Path) -> ShownNetwork:
    beside = _within(folder, record.get("file", f"{record['slug']}.safetensors"))
    path = beside if beside.is_file() else WEIGHTS / beside.name
    together = record.get("moves") == "together"
    return ShownNetwork(record["slug"], record["sha256"], path, record.get("points"), record.get("labels"), together)


def _span(record: Json) -> tuple[float, float]:
    start, end = _seconds(record["start"]), _seconds(record["end"])
    if end < start:
        raise ValueError(f"something ends at {end} s, before it starts at {start} s")
    return start, end


def _seconds(value: Any) -> float:
    seconds = float(value)
    if not math.isfinite(seconds) or seconds < 0:
        raise ValueError(f"{value} is no time in a film")
    return seconds


def _text(value: Any) -> str:
    """Return one line of text: line breaks and runs of spaces become one space."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return " ".join(value.split())


def _within(folder: Path, file: str) -> Path:
    path = folder / file
    if path.resolve().parent != folder.resolve():
        raise ValueError(f"{file} lies outside the film's folder")
    return path
