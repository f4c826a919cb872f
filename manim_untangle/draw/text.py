"""Words and formulas, set by Typst. With the fonts in its package (fonts.py) they look the same on every machine.

Typst takes 90 ms to set a line. So the outlines of words are kept in a file, and reading that takes 3 ms.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterator
from contextlib import contextmanager
from copy import copy
from functools import cache, lru_cache
from importlib.metadata import version
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar, cast
from zipfile import BadZipFile

import numpy as np
from filelock import FileLock
from manim import MathTypst, Mobject, RoundedRectangle, Typst, VGroup, VMobject, config
from numpy.typing import NDArray

from manim_untangle.draw import style
from manim_untangle.draw._manim import without_svg_paths
from manim_untangle.draw.fonts import PACKAGED, families_for, font_setting, fonts_of
from netlib.files import written_whole

Array = NDArray[np.float64]
Text = TypeVar("Text", VGroup, MathTypst)
M = TypeVar("M", bound=Mobject)

PARAGRAPH = "#set par(justify: false, leading: 0.55em)"
STROKE_WIDTH = 0.5  # the face is thin, and on a phone a fine stroke keeps it readable
# Typst sets at 10 pt; this many of its points fill one scene unit at Manim's font size 48.
POINTS_PER_UNIT_AT_48 = 20.0
PLATE_BUFF = 0.14  # scene units from words to the edge of their plate
SIZE_OF_UNIT = 96.0  # the font size whose em is one scene unit
LINE = 0.48  # distance between lines in scene units at that size
PITCH = 0.617  # from one line to the next, in scene units at size 48


def escaped(text: str) -> str:
    """Return text in which nothing is Typst markup, and no line ends within a range such as 0 … 1."""
    text = re.sub(r"(?<=\d) … (?=[\d−])", "\u00a0…\u00a0", text)
    return re.sub(r"([\\#*_`$@<>\[\]~/\-'\"=+])", r"\\\1", text)


def words(
    text: str,
    size: float = style.LABEL_SIZE,
    colour: str = style.INK,
    width: float | None = None,
    align: str = "center",
) -> VGroup:
    """Return plain text as a group of letters, at a font size of Manim's.

    Text wider than `width` scene units is broken into lines of about equal length, aligned as said: "left", "center" or
    "right".
    """
    body = escaped(text)
    text_set = letters(body, size, colour)
    if width is not None and text_set.width > width:
        fewest, whole = math.ceil(text_set.width / width), text_set.width / width
        shares = [(lines, whole / lines + more) for lines in (fewest, fewest + 1) for more in (0.05, 0.12, 0.2)]
        for lines, share in [*shares, (math.inf, 1.0)]:  # a long word may need a wider line
            points = min(share, 1.0) * width * POINTS_PER_UNIT_AT_48 * 48 / size
            block = f"#block(width: {points:.1f}pt)[#set align({align})\n{body}]"
            text_set = letters(block, size, colour)
            if text_set.height < ((lines - 1) * PITCH + 0.7) * size / 48:
                break
    return _with_em(text_set, size, text)


def _with_em(text: Text, size: float, source: str) -> Text:
    """Let text remember what it says, and how large its letters are at a font size of Manim's, as a share of its
    height."""
    if text.height > 0:  # not of empty text
        vars(text).update(em_share=size / SIZE_OF_UNIT / text.height, source=source)
    return text


def em_of(mobject: Mobject) -> float | None:
    """Return the em of words or a formula in scene units, as large as it is now; None for anything else."""
    share = vars(mobject).get("em_share")
    return None if share is None else float(share * mobject.height)


def formula(source: str, size: float = style.LABEL_SIZE, colour: str = style.INK) -> MathTypst:
    """Return a formula in Typst's notation; {{ part : name }} makes a part that `select(name)` finds."""
    return _formula(source, size, colour).copy()


@lru_cache(maxsize=64)
def _formula(source: str, size: float, colour: str) -> MathTypst:
    fonts = cast(Any, fonts_of(families_for(source)))
    with alone():  # Manim's own cache would keep the paths of the SVG, and take long to copy them
        formula_set = MathTypst(source, font_size=size, color=colour, font_paths=fonts, use_svg_cache=False)
    without_svg_paths(formula_set)
    return _with_em(formula_set.set_stroke(colour, width=STROKE_WIDTH), size, source)


def plated(content: VMobject, opacity: float = 0.82, buff: float = PLATE_BUFF) -> VGroup:
    """Return content on a dark plate, which keeps a moving grid from running through the words."""
    plate = RoundedRectangle(
        width=content.width + 2 * buff,
        height=content.height + 2 * buff,
        corner_radius=min(0.1, content.height / 2),
        stroke_width=0,
        fill_color=style.BACKGROUND,
        fill_opacity=opacity,
    ).move_to(content)
    return VGroup(plate, content)


def numbered(text: str, size: float, colour: str, width: float | None = None, align: str = "center") -> VGroup:
    """Return plain text on a plate that is not seen, as `plated(words(...))` does but for a shift of the whole, for
    numbers that run.

    A running number is another line in every frame. So what is set is the line with zeros for digits, and the ten
    digits once: all are of one width here. So, too, the words and the plate stand still around it.
    """
    with_zeros = re.sub("[1-9]", "0", text)
    set_with_zeros = _plated(with_zeros, size, colour, width, align)
    characters = "".join(text.split())
    if with_zeros == text or len(characters) != len(set_with_zeros[1]):  # some letters are set as one, such as ffi
        return _copied(_plated(text, size, colour, width, align))
    result = _copied(set_with_zeros)
    for character, letter in zip(characters, result[1], strict=True):
        if character in "123456789":
            letter.points = letter.points[0] + _digits(size)[int(character)]
    _with_em(cast(VGroup, result[1]), size, text)
    return result


def _copied(group: M) -> M:
    """Return a copy of letters and what holds them. Mobject.copy() takes ten times as long, since it copies colours and
    numbers, too, which nobody changes in place."""
    result = copy(group)
    held = vars(result)
    held |= {name: value.copy() for name, value in held.items() if isinstance(value, np.ndarray | list | dict)}
    result.submobjects = [_copied(each) for each in group.submobjects]
    return result


@lru_cache(maxsize=16)
def _plated(text: str, size: float, colour: str, width: float | None, align: str) -> VGroup:
    return plated(words(text, size, colour, width, align), opacity=0.0)


@lru_cache(maxsize=4)
def _digits(size: float) -> list[Array]:
    """Return the outline (n, 3) of each digit, as it stands beside the first point of a 0 in its place."""
    nought, *all_ten = (letter.points for letter in words("00123456789", size))
    advance = all_ten[0][0] - nought[0]
    return [outline - nought[0] - (k + 1) * advance for k, outline in enumerate(all_ten)]


def letters(source: str, size: float, colour: str) -> VGroup:
    """Return what Typst makes of `source` at a font size, centred, as a group with one mobject for each letter.

    Raises UntangleError for letters that no font here can draw.
    """
    empty = VMobject(fill_color=colour, fill_opacity=1, stroke_color=colour, stroke_width=STROKE_WIDTH)
    made = list[VMobject]()
    for outline in _outlines(source, size):
        made.append(empty.copy())  # which takes an eighth of the time of making one
        made[-1].points = outline
    return VGroup(*made)


def _outlines(source: str, size: float) -> list[Array]:
    """Return the outlines (n, 3) of each letter: those kept, or else set anew and kept."""
    families: tuple[str, ...] = PACKAGED
    file = _file(source, size, families)
    kept = _kept(file)
    if kept is None and not source.isascii():
        families = families_for(source)
        if families != PACKAGED:
            file = _file(source, size, families)
            kept = _kept(file)
    return _set(file, source, size, families) if kept is None else kept


def _file(source: str, size: float, families: tuple[str, ...]) -> Path:
    """Return where outlines are kept: the name depends on everything that could change them."""
    facts = repr((source, float(size), PARAGRAPH, families, *_versions()))
    return Path(config.get_dir("tex_dir")) / f"{hashlib.sha256(facts.encode()).hexdigest()[:32]}.npz"


@cache
def _versions() -> tuple[str, ...]:
    return tuple(version(package) for package in ("manim", "typst", "svgelements"))


def _kept(file: Path) -> list[Array] | None:
    """Return the outlines (n, 3) of each letter from a file; None where it is missing or incomplete."""
    try:
        with np.load(BytesIO(file.read_bytes())) as kept:
            return np.split(kept["points"], kept["ends"][:-1]) if len(kept["ends"]) else []
    except (OSError, ValueError, KeyError, EOFError, BadZipFile):
        return None


def _set(file: Path, source: str, size: float, families: tuple[str, ...]) -> list[Array]:
    preamble, fonts = f"{font_setting(families)}\n{PARAGRAPH}", cast(Any, fonts_of(families))
    with alone():
        # Manim's own cache would hold 0.8 MB for each line until the process ends
        typeset = Typst(source, font_size=size, typst_preamble=preamble, font_paths=fonts, use_svg_cache=False)
    outlines = [np.asarray(letter.points) for letter in typeset.get_family() if len(letter.points)]
    with written_whole(file) as path:
        np.savez(
            path, points=np.vstack([np.zeros((0, 3)), *outlines]), ends=np.cumsum([len(each) for each in outlines])
        )
    return outlines


@contextmanager
def alone() -> Iterator[None]:
    """Let one process at a time set letters.

    Manim reads an SVG through a temporary file beside it, whose name depends on the SVG only, and removes that file.
    Without a lock, two processes that set the same words would remove each other's file.
    """
    folder = Path(config.get_dir("tex_dir"))
    folder.mkdir(parents=True, exist_ok=True)
    with FileLock(folder / "letters.lock", poll_interval=0.01):
        yield
