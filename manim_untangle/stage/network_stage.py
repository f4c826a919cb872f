"""The staging of a network that the film did not know before: what is shown of it, in which units, with which signs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from manim import UP, Group

from manim_untangle.draw import style
from manim_untangle.draw.sampling import sample_lines
from manim_untangle.stage.formula import LayerFormula
from manim_untangle.stage.legend import diagram, legend
from manim_untangle.stage.live_label import LiveLabel
from manim_untangle.stage.measure import frame_cube, ghost_grid, measuring_bar, number
from manim_untangle.stage.ride import FarView, fitted
from manim_untangle.stage.route import Route, RouteSpace
from manim_untangle.stage.space import GRID_HALF
from netlib.activations import Array
from netlib.certificates.evidence import few_of
from netlib.datasets import Dataset, Loop
from netlib.network import Layer, Network, oriented

USUAL = (0.4, 1.6)  # largest coordinates with which data are shown in their own units
LINE_HALF, SHEET_HALF = 3.0, 1.25
FINELY = 50_000  # weights: the grid of a network of up to so many is sampled as finely as its image bends
DEEPEST = 12  # hidden layers of such a network: the images of deeper ones can be crumpled without end
MOST_WORK = 2e10  # multiplications for all samples of the grid of a larger one
SMOOTH = 0.02  # scene units
LABEL_AT = np.array([-0.15, 3.75, 0.0])
WIDEST_LABEL, GAP = 5.9, 0.2


class NetworkStage:
    """A network and data on the stage. units: a sentence for the screen where coordinates are not those of the file,
    else ''. network, data: in these units; shown: the points that are drawn, at most 2,000. half: half the sides of the
    grid of inputs."""

    def __init__(self, network: Network, data: Dataset) -> None:
        self.network, self.data, self.units = in_units(oriented(network), data)
        self.shown = few_of(self.data)
        self.points: Array = np.asarray(self.shown.points, dtype=np.float64)
        self.route = Route(self.network, self.points)
        start = self.route.drawn(self.points, 0)
        self.space = RouteSpace(self.route, view=fitted(FarView(), start))
        flat = all(len(picture.basis) < 3 for picture in self.route.pictures)
        sheet = GRID_HALF if flat else (SHEET_HALF, SHEET_HALF)
        self.half = {1: (LINE_HALF,), 2: sheet, 3: (1.0, 1.0, 1.0)}.get(self.network.inputs, ())
        self.ghost, self.cube = ghost_grid(self.space), frame_cube(self.space)
        self.grid = self._grid()
        self.dots = self.space.add_data(self.shown)
        self.diagram, self.legend, self.bar = diagram(self.route), legend(self.data), measuring_bar(self.space)
        room = 2 * (self.diagram.get_left()[0] - GAP - LABEL_AT[0])  # up to the diagram, and as far to the other side
        self.label = LiveLabel(self.space, self._label, LABEL_AT, UP, width=min(WIDEST_LABEL, room))
        hidden = self.network.hidden
        self.formula = LayerFormula(hidden[0].activation.name) if hidden else None

    @property
    def signs(self) -> list[object]:
        """What stands around space."""
        return [sign for sign in (self.diagram, self.legend, self.bar, self.formula, self.label) if sign is not None]

    def view_of(self, points: Array, turn: float = 0.0) -> FarView:
        """Return the view at which points (N, k) of a picture fill the frame, turned by radians where it is space."""
        view = fitted(self.space.view, points)
        return replace(view, turn=view.turn + turn) if view.tilt else view

    def _grid(self) -> Group:
        """Lines through the inputs, where the inputs have at most three numbers: beyond, a grid means nothing."""
        inputs = self.network.inputs
        if inputs > 3:
            return Group()
        step = {1: 6.0, 2: 0.25 if self.half == GRID_HALF else 0.125, 3: 1.0}[inputs]
        work = sum(layer.weight.size for layer in self.network.layers)
        step *= 2 if work > FINELY and inputs == 2 else 1
        ends = np.array(list(_lines(self.half, step)))
        if work <= FINELY and len(self.network.hidden) <= DEEPEST:
            units = [fitted(FarView(), self.route.drawn(self.points, k)).unit for k in range(len(self.route.pictures))]
            samples, starts = sample_lines(ends, [lambda at: self.route.everywhere(at, units)], SMOOTH)
        else:
            count = int(np.clip(MOST_WORK / work / len(ends), 9, 121))
            samples, starts = _even(ends, count), count * np.arange(len(ends))
        width, opacity = {1: (4.0, 1.0), 2: (2.0, 0.8), 3: (1.5, 0.45)}[inputs]
        drawn = Group(self.space.add_lines(samples, starts, style.GRID, width, opacity))
        if inputs == 1:
            drawn.add(self.space.add_dots(np.arange(-3, 3.1, 0.25)[:, None], style.GRID, radius=0.05))
        return drawn

    def _label(self) -> str:
        k, steps = self.space.picture, self.route.steps
        if k is None:
            return f"inside layer {self.space.leg.layer + 1}"
        place = f"after layer {steps[k - 1].last + 1}" if k else "input"
        width, caption = self.route.width(k), self.route.pictures[k].caption
        return f"{place}: {caption}" if caption else f"{place}: {width} number{'s' if width > 1 else ''}"


def in_units(network: Network, data: Dataset) -> tuple[Network, Dataset, str]:
    """Return the same network and data counted from the data's middle in round steps, and a sentence that says so.

    Only up to three inputs, which are drawn as they are, and only where the data do not already lie around the origin
    at a size of about 1. The first layer takes up the change, so that outputs change by rounding only.
    """
    low, high = data.points.min(axis=0), data.points.max(axis=0)
    usual = USUAL[0] <= max(np.abs(low).max(), np.abs(high).max()) <= USUAL[1] and (high - low).max() > USUAL[0]
    if data.dimension > 3 or usual:
        return network, data, ""
    middle, reach = (low + high) / 2, float((high - low).max() / 2) or 1.0
    unit = 10.0 ** np.floor(np.log10(reach))
    unit = float(min((k * unit for k in (1, 2, 5, 10)), key=lambda step: abs(np.log(step / reach))))
    first, *rest = network.layers
    changed = Layer(unit * first.weight, first.bias + first.weight @ middle, first.activation)
    layers = (changed, *rest)
    loops = tuple(
        Loop(each.name, (each.points - middle) / unit, None if each.around is None else (each.around - middle) / unit)
        for each in data.loops
    )
    moved = replace(data, points=(data.points - middle) / unit, loops=loops)
    sentence = f"Inputs are counted from the middle of the data, in steps of {number(unit)}."
    return Network(layers[:-1], layers[-1]), moved, sentence


def _lines(half: tuple[float, ...], step: float) -> Iterator[Array]:
    """The ends (2, d) of lines along every axis of a box [-half, half], through places a step apart on the others."""
    for axis in range(len(half)):
        others = [step * np.arange(-int(h / step + 1e-9), int(h / step + 1e-9) + 1) for h in np.delete(half, axis)]
        for place in itertools.product(*others):
            yield np.insert(np.tile(np.array(place), (2, 1)), axis, (-half[axis], half[axis]), 1)


def _even(ends: Array, count: int) -> Array:
    """Evenly spaced points (L * count, d) of lines from their ends (L, 2, d)."""
    share = np.linspace(0, 1, count)[None, :, None]
    return ((1 - share) * ends[:, :1] + share * ends[:, 1:]).reshape(-1, ends.shape[2])
