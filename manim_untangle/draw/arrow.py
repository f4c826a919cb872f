"""An arrow that is one filled outline: cheap enough to be laid anew in every frame, where Manim's Arrow takes 2 ms."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from manim import VMobject
from manim.utils.color import ParsableManimColor
from numpy.typing import NDArray

Array = NDArray[np.float64]

WIDTH_UNIT = 0.01  # scene units for one of Manim's units of stroke width
LONGEST_TIP = 0.4  # of the whole arrow


class FlatArrow(VMobject):
    """A straight arrow in the plane of the screen, from start to end, both scene points (3,).

    width: of the shaft, as a stroke's. tip: length and width of its head in scene units; a short arrow has a shorter
    one. An arrow without length is not seen.
    """

    def __init__(
        self,
        start: Array,
        end: Array,
        color: ParsableManimColor,
        width: float = 6.0,
        tip: float = 0.22,
        **kwargs: Any,
    ) -> None:
        super().__init__(color=color, fill_opacity=1.0, stroke_width=0.0, **kwargs)
        self.shaft, self.tip = width * WIDTH_UNIT, tip
        self.reach(start, end)

    def reach(self, start: Array, end: Array) -> Self:
        """Lay the arrow from start to end."""
        start, end = np.asarray(start, dtype=np.float64), np.asarray(end, dtype=np.float64)
        length = float(np.hypot(*(end - start)[:2]))
        along = (end - start) / length if length > 0 else np.zeros(3)
        across = np.array([-along[1], along[0], 0.0])
        tip = min(self.tip, LONGEST_TIP * length)
        neck, half = end - tip * along, min(self.shaft, tip) / 2
        wing = tip / 2 * across
        side = half * across
        outline = [start + side, neck + side, neck + wing, end, neck - wing, neck - side, start - side, start + side]
        corners = np.array(outline)
        share = np.linspace(0, 1, 4)[:, None]
        self.points = ((1 - share) * corners[:-1, None] + share * corners[1:, None]).reshape(-1, 3)
        return self
