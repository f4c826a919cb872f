"""Panels: the same layer with several activations in small pictures side by side, all at one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from manim import Group, ManimColor, RoundedRectangle

from manim_untangle.draw import style
from manim_untangle.draw.batched import Polylines
from manim_untangle.draw.text import words
from manim_untangle.stage.animations import ApplyMove
from manim_untangle.stage.graph import Graph
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.activations import Activation, Array
from netlib.certificates.separability import Separability
from netlib.datasets import Dataset
from netlib.motion.moves import Move
from netlib.network import Layer

SIDE = 3.0  # of a panel, in scene units
MIDDLE, GRAPH_LEVEL, NAME_LEVEL = 0.2, 2.35, 3.4
FLAT = 0.05  # of the steepest slope
GRAPH_X = np.linspace(-3, 3, 241)
GRAPH_UNIT, GRAPH_TOP = 0.36, 2.0


class Panel(Group):
    """A sheet of the plane with the data, and above it the graph of an activation and its name."""

    def __init__(self, column: int, columns: int, layer: Layer, name: str, data: Dataset) -> None:
        x = 2 * (style.FRAME_HALF[0] - style.MARGIN) * ((column + 0.5) / columns - 0.5)
        self.x, self.layer = x, layer
        self.space = Space(View(unit=1.0, centre=(x, MIDDLE)), grid=False)
        # samples that stay: each has its colour
        self.sheet = self.space.add_lines(*_sheet(), style.GRID, 2.0, 0.8)
        self.dots = self.space.add_data(data, radius=0.05)
        self.graph = Group(*_graph(layer.activation, x))
        self.title = words(name, style.LABEL_SIZE).move_to([x, NAME_LEVEL, 0])
        super().__init__(self.graph, self.title, self.space)

    def extent(self, move: Move | None = None) -> tuple[Array, Array]:
        """Return the lower left and upper right corner (2,) of the sheet, after a move where one is given."""
        points = self.space.where(self.space.parts[0].inputs)
        points = points if move is None else move.at(points, 1)[:, :2]
        return points.min(axis=0), points.max(axis=0)

    def view(self, unit: float, move: Move | None = None) -> View:
        """Return the view of a given unit in which the sheet is in the middle of its panel."""
        low, high = self.extent(move)
        x, y = np.array([self.x, MIDDLE]) - unit * (low + high) / 2
        return replace(self.space.view, unit=unit, centre=(float(x), float(y)))

    def flat(self, inputs: Array) -> Array:
        """Return at which inputs (N, 2) a neuron of the layer is where its activation is flat."""
        slope = self.layer.activation.slope
        assert slope is not None
        return (slope(inputs @ self.layer.weight.T + self.layer.bias) < FLAT * slope(GRAPH_X).max()).any(axis=1)

    def coloured(self) -> Array:
        """Return colours (N, 4) for the sheet's samples: bright where a neuron is flat."""
        return _coloured(self.flat(self.space.parts[0].inputs), 0.8)

    def line(self, found: Separability) -> Polylines:
        """Return the separating line of the present representation, cut off where its panel ends."""
        middle = (np.array([self.x, MIDDLE]) - self.space.view.centre) / self.space.view.unit
        foot = middle - (middle @ found.normal + found.offset) * found.normal
        along = np.array([-found.normal[1], found.normal[0]])
        reach = (SIDE / 2 / self.space.view.unit - np.abs(foot - middle)) / np.abs(along)
        ends = np.vstack([foot - reach.min() * along, foot + reach.min() * along])
        line = Polylines(np.zeros((2, 3)), np.array([0]), color=style.READOUT, stroke_width=4)
        return self.space.follow(ends, line, line.set_samples, fixed=True).set_z_index(4)

    def frame(self) -> RoundedRectangle:
        """Return a frame around the panel and its graph, to point at it."""
        height = NAME_LEVEL + 0.3 - MIDDLE + SIDE / 2
        frame = RoundedRectangle(0.15, width=SIDE + 0.25, height=height, color=style.HIGHLIGHT, stroke_width=3)
        return frame.move_to([self.x, NAME_LEVEL + 0.25 - height / 2, 0])

    def note(self, text: str, row: int, colour: str = style.INK) -> Group:
        """Return words in a row, 0 or 1, below the panel."""
        return words(text, style.LABEL_SIZE, colour).move_to([self.x, MIDDLE - SIDE / 2 - 0.25 - 0.4 * row, 0])


def one_scale(panels: Sequence[Panel], moves: Sequence[Move | None]) -> float:
    """Return the largest unit at which every panel's sheet, after its move, fits its panel."""
    sizes = [np.subtract(*panel.extent(move)[::-1]).max() for panel, move in zip(panels, moves, strict=True)]
    return SIDE / float(max(sizes))


def flows(panels: Sequence[Panel], moves: Sequence[Move], run_time: float = style.MOVE_SECONDS) -> list[ApplyMove]:
    """Return the animations that carry each panel's space along its move, to one unit for all."""
    unit = one_scale(panels, moves)
    return [ApplyMove(p.space, m, p.view(unit, m), run_time=run_time) for p, m in zip(panels, moves, strict=True)]


def _sheet(steps: int = 9, samples: int = 161) -> tuple[Array, Array]:
    """Return sampled lines (N, 2) of a grid of [-1, 1]^2, and the index at which each begins."""
    across, along = np.meshgrid(np.linspace(-1, 1, steps), np.linspace(-1, 1, samples), indexing="ij")
    upright = np.column_stack([across.ravel(), along.ravel()])
    return np.vstack([upright, upright[:, ::-1]]), samples * np.arange(2 * steps)


def _graph(activation: Activation, x: float) -> list[Polylines]:
    graph = Graph((x, GRAPH_LEVEL), (GRAPH_UNIT, GRAPH_UNIT))
    values = activation(GRAPH_X)
    shown = values <= GRAPH_TOP
    curve = graph.curve(GRAPH_X[shown], values[shown], style.GRID)
    assert activation.slope is not None
    slope = activation.slope(GRAPH_X)
    curve.set_rgbas(_coloured(slope[shown] < FLAT * slope.max(), 1.0))
    return [graph.axes((-3, 3), (-1, GRAPH_TOP)), curve]


def _coloured(bright: Array, opacity: float) -> Array:
    colours = np.array([ManimColor(c).to_rgb() for c in (style.GRID, style.WRONG)])
    return np.column_stack([colours[bright.astype(int)], np.full(len(bright), opacity)])
