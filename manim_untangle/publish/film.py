"""RenderedFilm: what `render` left in a film's folder, read from film.json and checked."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from netlib.command import command
from netlib.errors import UntangleError
from netlib.film_record import Caption, Claim, Section
from netlib.training.recipe import WEIGHTS

# A film's name becomes a folder and a part of an address, so it holds no character that is special in either.
NAME = re.compile(r"[A-Za-z0-9][\w-]*", re.ASCII)
SCHEMA = 1


class MissingFilm(UntangleError):
    """A film has not been rendered or published yet."""


class BadFilm(UntangleError):
    """film.json or film.mp4 does not hold what a page needs."""


@dataclass(frozen=True)
class ShownNetwork:
    """A network that the film shows: its weights file, the digest of the network in it, and where the film did not
    take its data from the recipe, the points (N, d) and labels (N,) that it showed. together: it shows W x + b as one
    move, not stretch, turn and shift one by one."""

    slug: str
    sha256: str
    path: Path
    points: list[list[float]] | None = None
    labels: list[float] | None = None
    together: bool = False


@dataclass(frozen=True)
class RenderedFilm:
    """A film as `render` left it. Times in seconds. `order` places it in the gallery: films without one come last."""

    name: str
    folder: Path
    video: Path
    title: str
    description: str
    about: str
    alt: str
    sources: tuple[str, ...]
    command: str
    poster: Path | None
    poster_time: float | None
    sections: tuple[Section, ...]
    claims: tuple[Claim, ...]
    recipes: tuple[dict[str, Any], ...]
    networks: tuple[ShownNetwork, ...]
    versions: dict[str, str] = field(default_factory=dict)
    order: float = math.inf

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


def _film(name: str, folder: Path, record: dict[str, Any]) -> RenderedFilm:
    poster = record.get("poster") or {}
    poster_file = _within(folder, poster["file"]) if poster.get("file") else None
    return RenderedFilm(
        name=name,
        folder=folder,
        video=_within(folder, record["video"]["file"]),
        title=_text(record["title"]),
        description=_text(record["description"]),
        about=str(record.get("about") or ""),
        alt=_text(record.get("alt") or record["description"]),
        sources=tuple(map(_text, record.get("sources", ()))),
        command=_text(record.get("command") or command("render", name)),
        poster=poster_file if poster_file and poster_file.is_file() else None,
        poster_time=None if poster.get("time") is None else _seconds(poster["time"]),
        sections=tuple(_section(s) for s in record["sections"]),
        claims=tuple(_claim(c) for c in record.get("claims", ())),
        recipes=tuple(dict(recipe) for recipe in record.get("recipes", ())),
        networks=tuple(_network(w, folder) for w in record.get("weights", ())),
        versions={str(k): str(v) for k, v in (record.get("versions") or {}).items()},
        order=float(record.get("order", math.inf)),
    )


def _section(record: dict[str, Any]) -> Section:
    words = tuple(Caption(_text(w["text"]), *_span(w)) for w in record.get("words", ()))
    return Section(_text(record["name"]), *_span(record), words)


def _claim(record: dict[str, Any]) -> Claim:
    measured = dict(record.get("measured") or {})
    return Claim(
        _text(record["text"]),
        _seconds(record["start"]),
        measured,
        *(str(record.get(key) or "") for key in ("resolution", "caveat", "method")),
    )


def _network(record: dict[str, Any], folder: Path) -> ShownNetwork:
    file = record.get("file") or f"{record['slug']}.safetensors"
    beside = _within(folder, file)
    path = beside if beside.is_file() else WEIGHTS / beside.name
    return ShownNetwork(
        str(record["slug"]),
        str(record["sha256"]),
        path,
        record.get("points"),
        record.get("labels"),
        record.get("moves") == "together",
    )


def _span(record: dict[str, Any]) -> tuple[float, float]:
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
    """One line of text: line breaks and runs of spaces become one space."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return " ".join(value.split())


def _within(folder: Path, file: str) -> Path:
    path = folder / file
    if path.resolve().parent != folder.resolve():
        raise ValueError(f"{file} lies outside the film's folder")
    return path
