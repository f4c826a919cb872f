"""Diagram: the network as circles and lines in a corner; the layer at work lights up."""

from __future__ import annotations

import itertools

import numpy as np
from manim import DOWN, RIGHT, Circle, Line, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.text import plated, words
from netlib.network import Network

# A layer wider than this is drawn as its first and last neurons with dots between.
MOST_NEURONS = 5
RADIUS = 0.12
GAP = 0.36
DIM = 0.55
Z = 12


class Diagram(VGroup):
    """A network's layers as columns of neurons, inputs first; lines coloured by the sign of their weight."""

    def __init__(self, network: Network, most_wide: float = 3.6) -> None:
        widths = [network.inputs, *network.widths]
        step = min(0.72, most_wide / max(1, len(widths) - 1))
        self.columns = [_column(n).shift(k * step * RIGHT) for k, n in enumerate(widths)]
        self.bundles = [
            _bundle(layer.weight, before, after)
            for layer, (before, after) in zip(network.layers, itertools.pairwise(self.columns), strict=True)
        ]
        label = words(_label(widths), style.LABEL_SIZE - 2, style.FAINT_INK)
        drawing = VGroup(*self.bundles, *self.columns)
        label.next_to(drawing, DOWN, buff=0.16)
        self.lit: int | None = None
        super().__init__(plated(VGroup(drawing, label)))
        self.to_corner(np.array([1.0, 1.0, 0.0]), buff=style.MARGIN - 0.1).set_z_index(Z)

    def light(self, layer: int | None) -> Diagram:
        """Light up the weights and neurons of a layer (0 is the first hidden one), and nothing else."""
        self.lit = layer
        for k, (bundle, column) in enumerate(zip(self.bundles, self.columns[1:], strict=True)):
            on = k == layer
            bundle.set_stroke(opacity=1.0 if on else DIM)
            column.set_stroke(style.HIGHLIGHT if on else style.FAINT_INK)
            column.set_fill(style.HIGHLIGHT if on else style.BACKGROUND, opacity=1.0)
        return self


def _column(n: int) -> VGroup:
    shown = min(n, MOST_NEURONS)
    neurons = VGroup(
        *(Circle(RADIUS, color=style.FAINT_INK, stroke_width=2).set_fill(style.BACKGROUND, 1) for _ in range(shown))
    )
    return neurons.arrange(DOWN, buff=GAP - 2 * RADIUS)


def _bundle(weight: np.ndarray, before: VGroup, after: VGroup) -> VGroup:
    rows, columns = len(after), len(before)
    return VGroup(
        *(
            Line(before[j].get_right(), after[i].get_left(), stroke_width=2, stroke_opacity=DIM).set_color(
                style.CLASS_COLOURS[1] if weight[i, j] >= 0 else style.CLASS_COLOURS[0]
            )
            for i in range(rows)
            for j in range(columns)
        )
    )


def _label(widths: list[int]) -> str:
    return " → ".join(map(str, widths))
