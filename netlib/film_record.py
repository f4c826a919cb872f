"""The words of a film in film.json: sections with captions, and claims. Times are in seconds from the film's start."""

from __future__ import annotations

from dataclasses import dataclass, field


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


@dataclass(frozen=True)
class Question:
    """A question that the film asks before it shows the answer: when it is on screen, the choices that are drawn, the
    index of the right one, and, where a certificate decides it, what was measured at which resolution."""

    text: str
    start: float
    end: float
    choices: tuple[str, str]
    answer: int
    measured: dict[str, float | int | str | bool] = field(default_factory=dict)
    resolution: str = ""
