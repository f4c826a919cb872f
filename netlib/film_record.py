"""The words of a film in film.json: sections with captions, and claims. Times are in seconds from the film's start."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Caption:
    """A caption: its text, and the times between which it is on screen."""

    text: str
    start: float
    end: float


@dataclass(frozen=True)
class Section:
    """A chapter: its name, its times, its captions in order (the key in film.json is `words`)."""

    name: str
    start: float
    end: float
    words: tuple[Caption, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A sentence that the film shows, when it does, and its certificate: what was measured, at which resolution, what
    that does not show, and whether it is "proved" or "sampled"; "" in records that do not say so."""

    text: str
    start: float
    measured: dict[str, float | int | str | bool]
    resolution: str = ""
    caveat: str = ""
    method: str = ""
