"""Words and formulas, set by Typst with the fonts in its package: the same on a machine without any font."""

from __future__ import annotations

import math
import re

from manim import MathTypst, RoundedRectangle, VGroup, VMobject

from manim_untangle.draw import style
from manim_untangle.draw.letters import STROKE_WIDTH, alone, letters

PREAMBLE = '#set text(font: "New Computer Modern", fallback: false)\n#set par(justify: false, leading: 0.55em)'
# Typst sets at 10 pt; this many of its points fill one scene unit at Manim's font size 48.
POINTS_PER_UNIT_AT_48 = 20.0
LINE = 0.48  # distance between lines in scene units at that size


def escaped(text: str) -> str:
    """Return text in which nothing is Typst markup."""
    return re.sub(r"([\\#*_`$@<>\[\]~/\-'\"=+])", r"\\\1", text)


def words(text: str, size: float = style.LABEL_SIZE, colour: str = style.INK, width: float | None = None) -> VGroup:
    """Return plain text as a group of letters; broken into centred lines where it is wider than `width` scene units.

    Lines are of about equal length, so that no single word is left for the last one.
    """
    body = escaped(text)
    text_set = letters(body, size, colour, PREAMBLE)
    if width is not None and text_set.width > width:
        lines = math.ceil(text_set.width / width)
        equal = text_set.width / lines / width
        for share in (equal + 0.05, equal + 0.12, equal + 0.2, 1.0):  # a long word may need a wider line
            points = min(share, 1.0) * width * POINTS_PER_UNIT_AT_48 * 48 / size
            block = f"#block(width: {points:.1f}pt)[#set align(center)\n{body}]"
            text_set = letters(block, size, colour, PREAMBLE)
            if text_set.height < (lines + 0.5) * LINE * size / 48:
                break
    return text_set


def formula(source: str, size: float = style.LABEL_SIZE, colour: str = style.INK) -> MathTypst:
    """Return a formula in Typst's notation; {{ part : name }} makes a part that `select(name)` finds."""
    with alone():
        formula_set = MathTypst(source, font_size=size, color=colour)
    for letter in formula_set.get_family():
        # the outline that a letter was made from: nothing needs it any more, and copies would spend 9/10 of their time
        letter.path_obj = None
    return formula_set.set_stroke(colour, width=STROKE_WIDTH)


def plated(content: VMobject, opacity: float = 0.82, buff: float = 0.14) -> VGroup:
    """Return content on a dark plate, so that a moving grid never runs through words."""
    plate = RoundedRectangle(
        width=content.width + 2 * buff,
        height=content.height + 2 * buff,
        corner_radius=min(0.1, content.height / 2),
        stroke_width=0,
        fill_color=style.BACKGROUND,
        fill_opacity=opacity,
    ).move_to(content)
    return VGroup(plate, content)
