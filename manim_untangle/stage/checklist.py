"""A list of words among the signs, and an answer beside each of them."""

from __future__ import annotations

from collections.abc import Sequence

from manim import DOWN, LEFT, RIGHT, UP, Animation, ApplyMethod, FadeIn, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.text import words
from manim_untangle.stage.layout import current_layout, put

GAP = 0.24  # scene units between two rows


class Checklist(VGroup):
    """Words below each other in the layout's place for notes. Their answers stand at the right edge of that place."""

    def __init__(self, rows: Sequence[str], size: float = style.CAPTION_SIZE) -> None:
        """size: of words and answers, as a font size."""
        self.slot, self.size = current_layout().slot("notes"), size
        super().__init__(*(words(row, size) for row in rows))
        self.arrange(DOWN, aligned_edge=LEFT, buff=GAP)
        put(self, self.slot, UP + LEFT)

    def lit(self, k: int) -> list[Animation]:
        """Return the animations that light up row k, from 0, and no other."""
        colours = (style.HIGHLIGHT if j == k else style.INK for j in range(len(self)))
        return [ApplyMethod(row.set_color, colour) for row, colour in zip(self, colours, strict=True)]

    def answer(self, k: int, text: str, colour: str = style.ANSWER) -> FadeIn:
        """Return the animation that shows an answer beside row k, from 0."""
        shown = words(text, self.size, colour)
        return FadeIn(shown.move_to((self.slot.right, self[k].get_center()[1], 0), aligned_edge=RIGHT))
