"""Diagram: the network as columns in a corner, neuron by neuron or block by block; the layer at work lights up."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from manim import DOWN, RIGHT, Circle, Line, RoundedRectangle, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.text import plated, words
from netlib.layers import Dense
from netlib.motion.projected import LayerGroup, layer_groups
from netlib.network import Network

# A layer wider than this is drawn as its first and last neurons with dots between.
MOST_NEURONS = 5
WIDEST_DRAWN = 100  # neurons; beyond, and where layers are grouped, columns are drawn as blocks
RADIUS = 0.12
GAP = 0.36
BLOCK = (0.16, 1.5)  # width, and height of the widest layer, in scene units
WIDEST, STEP = 3.6, 0.72  # of the whole diagram, and between columns, in scene units
LONGEST_LABEL = 6  # numbers, or runs of equal numbers
DIM = 0.55
Z = 12


class Diagram(VGroup):
    """A network's representations as columns, inputs first; lines between neurons have the colour of their weight's
    sign."""

    def __init__(self, network: Network, groups: Sequence[LayerGroup] | None = None) -> None:
        """groups: hidden layers that are shown as one step; by default each is a step of its own."""
        groups = layer_groups(network, len(network.hidden)) if groups is None else groups
        widths = [network.inputs, *(group.layers[-1].outputs for group in groups), network.readout.outputs]
        single = all(len(group.layers) == 1 for group in groups)
        self.blocks = not single or max(network.inputs, *network.widths) > WIDEST_DRAWN
        step = min(STEP, WIDEST / max(1, len(widths) - 1))
        heights = BLOCK[1] * np.sqrt(np.log1p(widths) / np.log1p(max(widths)))
        self.columns = [
            (_block(height) if self.blocks else _neurons(width)).shift(k * step * RIGHT)
            for k, (width, height) in enumerate(zip(widths, heights, strict=True))
        ]
        steps = [*(group.layers[-1] for group in groups), network.readout]
        self.links = [
            _bundle(layer.weight, before, after)
            if isinstance(layer, Dense) and not self.blocks
            else VGroup(Line(before.get_right(), after.get_left(), stroke_width=3, color=style.FAINT_INK))
            for layer, (before, after) in zip(steps, itertools.pairwise(self.columns), strict=True)
        ]
        label = words(outline(network), style.LABEL_SIZE - 2, style.FAINT_INK)
        drawing = VGroup(*self.links, *self.columns)
        self.lit: int | None = None
        super().__init__(plated(VGroup(drawing, label.next_to(drawing, DOWN, buff=0.16))))
        self.to_corner(np.array([1.0, 1.0, 0.0]), buff=style.MARGIN - 0.1).set_z_index(Z)

    def light(self, step: int | None) -> Diagram:
        """Light up the links and the column of a step (0 is the first hidden one), and nothing else."""
        self.lit = step
        for k, (link, column) in enumerate(zip(self.links, self.columns[1:], strict=True)):
            colour = style.HIGHLIGHT if k == step else style.FAINT_INK
            if self.blocks:
                link.set_stroke(colour)
            else:
                link.set_stroke(opacity=1.0 if k == step else DIM)
            column.set_stroke(colour).set_fill(style.HIGHLIGHT if k == step else style.BACKGROUND, opacity=1.0)
        return self


def outline(network: Network) -> str:
    """Return the widths in short: '2 → 3 → 1', '2 → 1000 ×50 → 1'; the middle of many different ones is left out."""
    widths = (network.inputs, *network.widths)
    if len(widths) <= LONGEST_LABEL + 2 and max(widths) < 100:
        return " → ".join(map(str, widths))
    runs = [(width, len(list(same))) for width, same in itertools.groupby(widths)]
    parts = [f"{width} ×{count}" if count > 1 else str(width) for width, count in runs]
    return " → ".join(parts if len(parts) <= LONGEST_LABEL else [*parts[:3], "…", *parts[-2:]])


def _neurons(width: int) -> VGroup:
    circle = Circle(RADIUS, color=style.FAINT_INK, stroke_width=2).set_fill(style.BACKGROUND, 1)
    return VGroup(*(circle.copy() for _ in range(min(width, MOST_NEURONS)))).arrange(DOWN, buff=GAP - 2 * RADIUS)


def _block(height: float) -> VGroup:
    block = RoundedRectangle(
        width=BLOCK[0], height=max(height, BLOCK[0]), corner_radius=0.07, stroke_width=2,
        color=style.FAINT_INK, fill_color=style.BACKGROUND, fill_opacity=1,
    )  # fmt: skip
    return VGroup(block)


def _bundle(weight: np.ndarray, before: VGroup, after: VGroup) -> VGroup:
    return VGroup(
        *(
            Line(start.get_right(), end.get_left(), stroke_width=2, stroke_opacity=DIM).set_color(
                style.CLASS_COLOURS[1] if weight[i, j] >= 0 else style.CLASS_COLOURS[0]
            )
            for i, end in enumerate(after)
            for j, start in enumerate(before)
        )
    )
