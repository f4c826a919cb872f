"""Film: one layer trained under four activations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from manim import LEFT, ApplyMethod, Create, FadeIn, FadeOut, Group, ManimColor, VGroup
from numpy.typing import NDArray

import manim_untangle as mu
from netlib import Array, Dataset, Network, affine_then_bend, catalogue, certificates, dataset


class Activations(mu.Film):
    """sigmoid, tanh, ReLU and leaky ReLU bend the plane in four ways; after each, one straight line is enough.

    The same layer of two neurons was trained four times on the same two curves, each time with another activation.
    sigmoid and tanh are one curve at two scales: both squeeze the plane into a square. ReLU is flat on the whole lower
    half: it presses most of the plane onto a line or a point. leaky ReLU only creases it. Training found another W for
    each of them, and after each a straight line separates the classes.
    """

    title = "Four activations"
    alt = "Two grids side by side are bent, first by sigmoid and tanh, then by ReLU and leaky ReLU; a line cuts each."
    order = 10
    signs = False
    recipes = catalogue.FOUR_ACTIVATIONS

    def construct(self) -> None:
        data = dataset("two_curves:n=48")
        networks = dict(zip(NAMES, map(self.load, self.recipes), strict=True))
        sigmoid, tanh, relu, leaky = networks.values()

        def separated(*which: Network) -> certificates.Certificate:
            found = [certificates.a_line_separates(data.points, data.labels, network) for network in which]
            return certificates.all_hold(*found)

        self.chapter("A smooth bend")
        smooth = self.panels(data, sigmoid=sigmoid, tanh=tanh)
        self.add(*smooth)
        self.say("Two networks, trained on the same curves: one with sigmoid, one with tanh.")
        self.finish_reading()
        self.carry(smooth, 1)
        self.ask("After which bend will a line separate the curves?", choices=("after both", "after one"),
                 answer=separated(sigmoid, tanh), seconds=0.5)  # fmt: skip
        self.carry(smooth, 2)
        lines = [panel.add_line() for panel in smooth]
        self.claim("After both: one straight line is enough.", separated(sigmoid, tanh), *map(Create, lines))
        self.claim("They are one curve: sigmoid is tanh at half the pace, moved to 0 … 1.",
                   certificates.sigmoid_is_half_of_tanh(), *(panel.lit_graph() for panel in smooth))  # fmt: skip

        # back to the inputs, where the other two begin
        self.chapter("A corner")
        self.silence()
        self.play(*(panel.space.fade_out(line) for panel, line in zip(smooth, lines, strict=True)))
        self.carry(smooth, 0, mu.style.MOVE_SECONDS)
        cornered = self.panels(data, **{"ReLU": relu, "leaky ReLU": leaky})
        self.remove(*(panel.moving for panel in smooth))
        self.add(*(panel.moving for panel in cornered))
        self.say("The same curves, and two activations with a corner at 0.",
                 *(FadeOut(panel.head) for panel in smooth), *(FadeIn(panel.head) for panel in cornered))  # fmt: skip
        self.finish_reading()
        self.carry(cornered, 1)
        self.say("Bright: where a neuron is below 0. What will ReLU make of it?",
                 *(panel.lit_below_zero() for panel in cornered))  # fmt: skip
        self.carry(cornered, 2)
        crushed = mu.percent(certificates.folds(relu)[0].collapsed)
        self.claim(f"ReLU presses {crushed} of this square flat: onto a line or a point.",
                   certificates.areas_collapse(relu))  # fmt: skip
        self.claim("leaky ReLU only creases it: no two points of the plane meet.",
                   certificates.layers_are_homeomorphisms(leaky))  # fmt: skip
        self.claim("And still: after both, one straight line is enough.", separated(relu, leaky),
                   *(Create(panel.add_line()) for panel in cornered))  # fmt: skip

        self.chapter("Four bends")
        self.silence()
        four = self.panels(data, done=True, **networks)
        self.play(*map(FadeOut, cornered), *map(FadeIn, four))
        self.poster_time = self.now
        self.claim("Four different bends. After each of them, training found one straight line.",
                   separated(*networks.values()))  # fmt: skip

    def panels(self, data: Dataset, done: bool = False, **networks: Network) -> list[Panel]:
        """Return the plane under each of some networks, by name, side by side. done: as in `Panel`."""
        boxes = self.layout.panels(len(networks))
        return [Panel(box, *each, data, done) for box, each in zip(boxes, networks.items(), strict=True)]

    def carry(self, panels: list[Panel], time: int, run_time: float = 1.0 * mu.style.MOVE_SECONDS) -> None:
        """Carry the planes to a time: 0 the inputs, 1 after W x + b, 2 after the bend."""
        self.play(*(mu.AnimateToTime(each.space, time, each.filled) for each in panels), run_time=run_time)


NAMES = ("sigmoid", "tanh", "ReLU", "leaky ReLU")
X, TOP = np.linspace(-3, 3, 241), 1.6  # of the graphs


class Panel(Group):
    """The plane under one network in a part of the picture, with the activation's name, its graph and a scale bar.

    moving: the plane and its scale bar. head: name and graph.
    """

    def __init__(self, box: mu.Box, name: str, network: Network, data: Dataset, done: bool = False) -> None:
        """done: it shows the plane after the layer, with the line."""
        self.network, self.layer = network, network.hidden[0]
        self.area, title, graph, scale = parts(box)
        self.kept, starts = sheet_lines()
        self.space = mu.Space(grid=False, area=self.area)
        self.space.restart(*affine_then_bend(self.layer))
        self.space.time = float(self.space.end) if done else 0.0
        self.space.view = self.filled(self.space.time)
        # samples that stay the same throughout, for each has its own colour
        self.sheet = self.space.add_lines(self.kept, mu.style.GRID, 2.5, 0.9, starts)
        self.space.add_data(data)
        self.curve, axes = self.graph(graph)
        self.moving = Group(self.space, mu.scale_bar(self.space, None, scale))
        self.head = Group(axes, self.curve, mu.put(mu.words(name, mu.style.CAPTION_SIZE), title, LEFT))
        super().__init__(self.moving, self.head)
        if done:
            self.add_line()

    def graph(self, box: mu.Box) -> tuple[mu.Polylines, mu.Polylines]:
        """Return the activation's curve and its axes."""
        unit = min(box.width / np.ptp(X), box.height / (TOP + 1))
        graph = mu.Graph((box.left + 0.5 * unit * float(np.ptp(X)), box.top - TOP * unit), (unit, unit))
        values = self.layer.activation(X)
        shown = (values <= TOP) & (values >= -1)
        return graph.curve(X[shown], values[shown], mu.style.GRID, 5.0), graph.axes((X[0], X[-1]), (-1, TOP))

    def lit_graph(self) -> ApplyMethod:
        """Return the animation that lights up the activation's curve."""
        return ApplyMethod(self.curve.set_stroke, mu.style.HIGHLIGHT)

    def lit_below_zero(self) -> ApplyMethod:
        """Return the animation that lights up the plane where a neuron is below 0."""
        below = (self.space.where(self.kept) < 0).any(axis=1)
        colours = np.array([ManimColor(colour).to_rgb() for colour in (mu.style.GRID, mu.style.HIGHLIGHT)])
        rgbas = np.column_stack([colours[below.astype(int)], np.full(len(below), 0.9)])
        return ApplyMethod(self.sheet.set_rgbas, rgbas)

    def filled(self, time: float) -> mu.View:
        """Return the view in which the plane's piece, as it is at a time, fills the area."""
        return mu.filling(self.area, self.space.at(self.kept, time))

    def add_line(self) -> mu.Polylines | VGroup:
        """Add the network's line."""
        return mu.divider(self.space, self.network.readout)


def parts(box: mu.Box) -> tuple[mu.Box, mu.Box, mu.Box, mu.Box]:
    """Return the parts of a panel for its plane, name, graph and scale bar: beside the plane, or around it."""
    if box.width > 0.9 * box.height:
        side, area = replace(box, right=box.left + 0.32 * box.width), replace(box, left=box.left + 0.34 * box.width)
        name, graph = replace(side, bottom=side.top - 0.8), replace(side, top=side.top - 1.0, bottom=side.bottom + 0.8)
    else:
        area = replace(box, bottom=box.bottom + 0.8, top=box.top - 1.9)
        side = replace(box, bottom=area.top)
        name, graph = replace(side, bottom=side.top - 0.5), replace(side, top=side.top - 0.6)
    return area, name, graph, replace(box, right=side.right, top=box.bottom + 0.7)


def sheet_lines(steps: int = 11, samples: int = 161) -> tuple[Array, NDArray[np.int64]]:
    """Return sampled lines (N, 2) of a grid of [-1, 1]^2, and the index at which each begins."""
    across, along = np.meshgrid(np.linspace(-1, 1, steps), np.linspace(-1, 1, samples), indexing="ij")
    upright = np.column_stack([across.ravel(), along.ravel()])
    return np.vstack([upright, upright[:, ::-1]]), samples * np.arange(2 * steps)
