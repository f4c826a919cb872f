"""Which fonts words are set in: those in Typst's package, and of the system only for letters that these lack.

So a film looks the same on every machine, unless it has letters that only a font of the system has. A letter that no
font has is refused: Typst would draw an empty box for it.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import TYPE_CHECKING

from netlib.errors import UntangleError

if TYPE_CHECKING:
    from typst import Fonts

# Latin, Greek, Cyrillic and Hebrew; then symbols; then Arabic and more symbols.
PACKAGED = ("New Computer Modern", "New Computer Modern Math", "Libertinus Serif", "DejaVu Sans Mono")
# Of the system's fonts those that go well with the packaged ones, in this order; then all others, by name.
PREFERRED = ("Noto Serif CJK", "Noto Sans CJK", "WenQuanYi", "PingFang", "Hiragino", "Microsoft YaHei", "Yu Gothic",
             "Malgun Gothic", "DejaVu", "Symbola", "Noto Serif", "Noto Sans")  # fmt: skip
BOXES = ("LastResort", ".LastResort")  # of macOS: frames that stand for letters
LAST = "Unifont"  # coarse pixels
GLYPH = re.compile('href="#(g[0-9A-F]+)"')  # in Typst's SVG
UNSEEN = ("Cc", "Cf", "Mn", "Zl", "Zp", "Zs")  # categories of what may leave no trace: blanks, joiners, selectors
NOWHERE = "\U0010fffd"  # a code point that no font gives a letter
# Debian's package of a font for letters whose name in Unicode begins so
PACKAGES = {
    ("CJK", "HIRAGANA", "KATAKANA", "HANGUL", "BOPOMOFO", "IDEOGRAPHIC", "FULLWIDTH", "HALFWIDTH"): "fonts-noto-cjk",
    ("ARABIC", "BENGALI", "DEVANAGARI", "GEORGIAN", "ARMENIAN", "ETHIOPIC", "GUJARATI", "GURMUKHI", "KANNADA", "KHMER",
     "LAO", "MALAYALAM", "MYANMAR", "SINHALA", "TAMIL", "TELUGU", "THAI", "TIBETAN"): "fonts-noto-core",
}  # fmt: skip
SYMBOLS, ANY = "fonts-symbola", "fonts-unifont"  # emoji and other symbols; any letter
MOST_LISTED, LONGEST_SHOWN = 12, 40


@cache
def families_for(text: str) -> tuple[str, ...]:
    """Return the families of fonts, in order of preference, that have all letters of a text.

    They are the packaged ones alone where these do. Raises UntangleError, with the letters and the package of a font
    that has them, where no font here draws a letter.
    """
    missing = _without_outline(text, PACKAGED, packaged())
    if not missing:
        return PACKAGED
    found = list(PACKAGED)
    for family in system_families():
        left = _without_outline("".join(missing), (family,), of_the_system())
        if len(left) < len(missing):
            found.append(family)
            missing = left
        if not missing:
            return tuple(found)
    listed = " ".join(missing[:MOST_LISTED]) + (" …" if len(missing) > MOST_LISTED else "")
    shown = text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"
    packages = sorted({_package(letter) for letter in missing})
    raise UntangleError(
        f"no font here can draw {listed} (in '{shown}'). Install one (Debian, "
        f"Ubuntu: apt-get install {' '.join(packages)}), or use other letters in titles and names"
    )


def fonts_of(families: tuple[str, ...]) -> Fonts:
    """Return the fonts among which Typst finds these families."""
    return packaged() if families == PACKAGED else of_the_system()


def font_setting(families: tuple[str, ...]) -> str:
    """Return the line of Typst that sets text in these families and in no other."""
    return f"#set text(font: ({', '.join(_quoted(family) for family in families)},), fallback: false)"


@cache
def packaged() -> Fonts:
    """Return the fonts in Typst's package. The system's are not looked for, which takes a while."""
    from typst import Fonts

    return Fonts(include_system_fonts=False)


@cache
def of_the_system() -> Fonts:
    """Return the packaged fonts and those of the system."""
    from typst import Fonts

    return Fonts()


@cache
def system_families() -> tuple[str, ...]:
    """Return the families that the system has beyond the packaged ones, in order of preference."""

    def rank(family: str) -> tuple[int, str]:
        begins = (k for k, start in enumerate(PREFERRED) if family.startswith(start))
        return next(begins, len(PREFERRED) + family.startswith(LAST)), family

    return tuple(sorted((name for name in of_the_system().families() if name not in (*PACKAGED, *BOXES)), key=rank))


def _without_outline(text: str, families: tuple[str, ...], fonts: Fonts) -> tuple[str, ...]:
    """Return the letters of a text, in order, that these families do not have, or have as pixels (coloured emoji)."""
    from typst import compile

    letters = tuple(dict.fromkeys(c for c in text if not c.isascii()))
    if not letters:
        return ()
    pages = "\n".join(f"#page[\\u{{{ord(letter):x}}}]" for letter in (NOWHERE, *letters))
    source = f"#set page(width: auto, height: auto, margin: 0pt)\n{font_setting(families)}\n{pages}"
    made = compile(source.encode(), format="svg", font_paths=fonts)
    assert isinstance(made, list)  # of several pages
    box, *drawn = (page.decode() for page in made)
    boxes = set(GLYPH.findall(box))
    missing = list[str]()
    for letter, page in zip(letters, drawn, strict=True):
        glyphs = set(GLYPH.findall(page))
        if glyphs & boxes or "<image" in page or (not glyphs and unicodedata.category(letter) not in UNSEEN):
            missing.append(letter)
    return tuple(missing)


def _package(letter: str) -> str:
    name = unicodedata.name(letter, "")
    if unicodedata.category(letter).startswith("S"):
        return SYMBOLS
    return next((package for starts, package in PACKAGES.items() if name.startswith(starts)), ANY)


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
