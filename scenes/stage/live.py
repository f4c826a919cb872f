"""Live numbers: a label whose value is computed anew in every frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from manim import VGroup

from scenes.stage import style
from scenes.stage.space import Space
from scenes.stage.words import plated, words

Z = 12


@lru_cache(maxsize=16)
def _set(text: str, size: float, colour: str, width: float | None = None) -> VGroup:
    return plated(words(text, size, colour, width), opacity=0.75)


class Live(VGroup):
    """A plated label that shows `text()`; redrawn only when the text changes."""

    def __init__(
        self,
        space: Space,
        text: Callable[[], str],
        corner: np.ndarray,
        anchor: np.ndarray,
        size: float = style.LABEL_SIZE,
        colour: str = style.INK,
        width: float | None = None,
    ) -> None:
        """corner: scene point at which the label's side or corner `anchor` (a direction such as UL) stands. width: of
        its lines, in scene units; None for one line."""
        super().__init__()
        self.width_of_lines = width
        self.shown, self.corner, self.anchor, self.size, self.colour = "", corner, anchor, size, colour
        self.text = text
        space.follow(np.zeros((1, space.dimension)), self, lambda _: self.refresh())
        self.set_z_index(Z)

    def refresh(self) -> None:
        """Show the text as it is now; moves of space do this themselves."""
        self._show(self.text())

    def _show(self, text: str) -> None:
        if text == self.shown:
            return
        self.shown = text
        label = _set(text, self.size, self.colour, self.width_of_lines).copy()
        label.shift(self.corner - label.get_critical_point(self.anchor)).set_z_index(Z)
        for old in self.get_family()[1:]:
            old.reset_points()  # the play under way goes on drawing the label that it began with
        self.submobjects = [label]


def determinant_label(space: Space, corner: np.ndarray, anchor: np.ndarray) -> Live:
    """Return a live label: by how much the linear moves of the layer under way have multiplied areas so far."""

    def text() -> str:
        return f"det so far: {determinant(space):.2f}"

    return Live(space, text, corner, anchor)


def determinant(space: Space) -> float:
    """Return the determinant of the linear moves that space has made since the last bend, in part where under way."""
    product = 1.0
    for k, move in enumerate(space.path[: int(np.ceil(space.time))]):
        matrix = move.matrix(min(1.0, space.time - k))
        product = 1.0 if matrix is None else product * float(np.linalg.det(matrix))
    return product
