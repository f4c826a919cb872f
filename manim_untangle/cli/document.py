"""`untangle document`: films as timelines, which play live in a page, and their words for translators."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from manim_untangle.render.films import FilmFile
from manim_untangle.render.record import TIMELINE, film_folder
from manim_untangle.web.container import header_of
from manim_untangle.web.timeline import timeline_of
from manim_untangle.web.translation import file_of, read_translation, to_translate, words_of
from netlib.errors import UntangleError
from netlib.files import made_folder, written_whole

SUFFIX = ".timeline"


def write_documents(
    films: Sequence[FilmFile], out: Path, rate: float, languages: Sequence[str], say: Callable[[str], None]
) -> None:
    """Write each film's timeline beside its video in `out`, or to `out` itself where that ends in .timeline.

    languages: those that it gets a file to translate into; what is translated there already stays. Raises
    UntangleError for what a timeline cannot tell, for several films that go to one file, and for a file of a language
    that cannot be read.
    """
    if out.suffix == SUFFIX and len(films) > 1:
        raise UntangleError(f"{out} can hold one film. Name a folder: -o renders")
    for film in films:
        _write(film, out if out.suffix == SUFFIX else film_folder(film, out) / TIMELINE, rate, languages, say)


def _write(film: FilmFile, path: Path, rate: float, languages: Sequence[str], say: Callable[[str], None]) -> None:
    files = [file_of(path, language) for language in languages]
    known = [read_translation(file) if file.is_file() else {} for file in files]
    content = timeline_of(film, rate)
    made_folder(path.parent)
    with written_whole(path) as file:
        file.write_bytes(content)
    say(f"{path}  {len(content) / 1e3:.0f} kB")
    words = words_of(header_of(content))
    for file, translated in zip(files, known, strict=True):
        with written_whole(file) as partial:
            partial.write_text(to_translate(words, translated), encoding="utf-8", newline="\n")
        missing = sum(translated.get(word, word) == word for word in words)
        say(f"{file}  {missing} of {len(words)} to translate")
