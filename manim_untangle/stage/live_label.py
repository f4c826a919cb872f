"""Live numbers: a label whose value is computed anew in every frame.

Setting a line takes 90 ms, and a running number is another line in every frame. So what is set is the line with zeros
for digits, and the ten digits once: all are of one width here. So, too, the words and the plate stand still around it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import numpy as np
from manim import VGroup

from manim_untangle.draw import style
from manim_untangle.draw.text import plated, words
from manim_untangle.stage.space import Space
from netlib.activations import Array

Z = 12


def numbered(text: str, size: float, colour: str, width: float | None = None) -> VGroup:
    """Return plain text on a plate, as `plated(words(...))` does but for a shift of the whole: the plate, then the
    words."""
    with_zeros = re.sub("[1-9]", "0", text)
    set_with_zeros = _plated(with_zeros, size, colour, width)
    characters = "".join(text.split())
    if with_zeros == text or len(characters) != len(set_with_zeros[1]):  # some letters are set as one, such as ffi
        return _plated(text, size, colour, width).copy()
    result = set_with_zeros.copy()
    for character, letter in zip(characters, result[1], strict=True):
        if character in "123456789":
            letter.points = letter.points[0] + _digits(size)[int(character)]
    return result


@lru_cache(maxsize=16)
def _plated(text: str, size: float, colour: str, width: float | None) -> VGroup:
    return plated(words(text, size, colour, width), opacity=0.75)


@lru_cache(maxsize=4)
def _digits(size: float) -> list[Array]:
    """Return the outline (n, 3) of each digit, as it stands beside the first point of a 0 in its place."""
    nought, *all_ten = (letter.points for letter in words("00123456789", size))
    advance = all_ten[0][0] - nought[0]
    return [outline - nought[0] - (k + 1) * advance for k, outline in enumerate(all_ten)]


class LiveLabel(VGroup):
    """A plated label that shows `text()`; redrawn only when the text changes."""

    def __init__(
        self,
        space: Space,
        text: Callable[[], str],
        corner: Array | Callable[[], Array],
        anchor: Array,
        size: float = style.LABEL_SIZE,
        colour: str = style.INK,
        width: float | None = None,
    ) -> None:
        """corner: scene point (3,), or a function that gives it, at which the label's side or corner `anchor` (a
        direction such as UL) stands. width: of its lines, in scene units; None for one line."""
        super().__init__()
        self.text, self.corner, self.anchor = text, corner, anchor
        self.size, self.colour, self.width_of_lines = size, colour, width
        self.shown = ""
        self.set_z_index(Z)
        space.follow(np.zeros((1, space.dimension)), self, lambda _: self.refresh())

    def refresh(self) -> None:
        """Show the text as it is now; moves of space do this themselves."""
        text = self.text()
        if text != self.shown:
            self.shown = text
            label = numbered(text, self.size, self.colour, self.width_of_lines).set_z_index(self.z_index)
            for old in self.get_family()[1:]:
                old.reset_points()  # the play under way goes on drawing the label that it began with
            self.submobjects = [label]
        corner = self.corner() if callable(self.corner) else self.corner
        offset = corner - self.get_critical_point(self.anchor)
        if np.abs(offset).max() > 1e-9:
            self.shift(offset)


def determinant_label(space: Space, corner: Array, anchor: Array) -> LiveLabel:
    """Return a live label: by how much the linear moves of the layer under way have multiplied areas so far."""

    def text() -> str:
        return f"det so far: {determinant(space):.2f}"

    return LiveLabel(space, text, corner, anchor)


def determinant(space: Space) -> float:
    """Return the determinant of the linear moves that space has made since the last bend, in part where under way."""
    product = 1.0
    for k, move in enumerate(space.trajectory.moves[: int(np.ceil(space.time))]):
        matrix = move.matrix(min(1.0, space.time - k))
        product = 1.0 if matrix is None else product * float(np.linalg.det(matrix))
    return product
