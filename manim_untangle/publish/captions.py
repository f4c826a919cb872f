"""Captions, chapters and a transcript in the film's own words: WebVTT, SubRip (SRT), plain text."""

from __future__ import annotations

import math
from collections.abc import Iterable

from manim_untangle.publish.film import RenderedFilm
from netlib.film_record import Caption


def captions_vtt(film: RenderedFilm) -> str:
    """Return the captions as WebVTT; each is on screen exactly as long as in the film."""
    return _vtt((caption.start, caption.end, caption.text) for caption in film.captions)


def chapters_vtt(film: RenderedFilm) -> str:
    """Return the chapters as WebVTT."""
    return _vtt((section.start, section.end, section.name) for section in film.sections)


def captions_srt(film: RenderedFilm) -> str:
    """Return the captions as SubRip, which Open edX takes. SubRip has no escapes: its words are plain text."""
    cues = enumerate(_visible(film.captions), start=1)
    return "".join(f"{k}\n{_clock(c.start, ',')} --> {_clock(c.end, ',')}\n{c.text}\n\n" for k, c in cues)


def transcript(film: RenderedFilm) -> str:
    """Return title, description, chapters and words as plain text, for those who read instead of watch."""
    lines = [film.title, "", film.description, "", f"What is seen: {film.alt}", ""]
    for section in film.sections:
        lines += [f"[{stamp(section.start)}] {section.name}", *(caption.text for caption in section.words), ""]
    return "\n".join(lines)


def stamp(seconds: float) -> str:
    """Return a time as people write it: 0:07, 1:02:30."""
    whole = int(seconds + 1e-6)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def moment(seconds: float) -> str:
    """Return a time for a link, in hundredths of a second and never earlier: a player then shows what begins there."""
    return f"{math.ceil(round(100 * seconds, 3)) / 100:.7g}"


def escaped(text: str) -> str:
    """Return cue text that WebVTT shows as it is written: no tag, no entity, no arrow."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _vtt(cues: Iterable[tuple[float, float, str]]) -> str:
    blocks = [f"{_clock(a)} --> {_clock(b)}\n{escaped(text)}\n" for a, b, text in cues if _clock(b) > _clock(a)]
    return "\n".join(["WEBVTT\n", *blocks])


def _visible(captions: Iterable[Caption]) -> list[Caption]:
    return [caption for caption in captions if _clock(caption.end) > _clock(caption.start)]


def _clock(seconds: float, mark: str = ".") -> str:
    milliseconds = round(seconds * 1000)
    rest, milliseconds = divmod(milliseconds, 1000)
    return f"{rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}{mark}{milliseconds:03}"
