"""Captions, chapters and a transcript in the film's own words: WebVTT, SubRip (SRT), plain text."""

from __future__ import annotations

import math
from collections.abc import Iterable
from html import escape

from manim_untangle.publish.film import RenderedFilm
from netlib.film_record import Caption


def captions_vtt(film: RenderedFilm) -> str:
    """Return the captions as WebVTT, with the times at which they are on screen in the film."""
    return _vtt(film.captions)


def chapters_vtt(film: RenderedFilm) -> str:
    """Return the chapters as WebVTT."""
    return _vtt(Caption(section.name, section.start, section.end) for section in film.sections)


def captions_srt(film: RenderedFilm) -> str:
    """Return the captions as SubRip, which Open edX takes. SubRip has no escapes: the text is written as it is."""
    cues = enumerate(_visible(film.captions), start=1)
    return "".join(f"{k}\n{_clock(c.start, ',')} --> {_clock(c.end, ',')}\n{c.text}\n\n" for k, c in cues)


def transcript(film: RenderedFilm) -> str:
    """Return title, description, chapters and captions as plain text."""
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
    """Return a time for a link, rounded up to hundredths of a second: a player shows the frame that begins there."""
    return f"{math.ceil(round(100 * seconds, 3)) / 100:.7g}"


def _vtt(cues: Iterable[Caption]) -> str:
    blocks = [f"{_clock(c.start)} --> {_clock(c.end)}\n{escape(c.text, quote=False)}\n" for c in _visible(cues)]
    return "\n".join(["WEBVTT\n", *blocks])


def _visible(cues: Iterable[Caption]) -> list[Caption]:
    """Return the cues that last at least a millisecond."""
    return [cue for cue in cues if _clock(cue.end) > _clock(cue.start)]


def _clock(seconds: float, mark: str = ".") -> str:
    whole, milliseconds = divmod(round(seconds * 1000), 1000)
    return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}{mark}{milliseconds:03}"
