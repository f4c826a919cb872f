"""Film: one layer trained under four activations."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from manim import LEFT, UP, ApplyMethod, Create, FadeIn, FadeOut, Group, ManimColor, Transform, VGroup, squish_rate_func
from manim import smooth as ease
from numpy.typing import NDArray

import manim_untangle as mu
from netlib import Array, Dataset, Network, activation, affine_then_bend, catalogue, certificates, dataset


class Activations(mu.Film):
    """sigmoid, tanh, ReLU and leaky ReLU: three kinds of bend, and after each one straight line is enough.

    sigmoid is tanh at half the pace, half as high, and moved up: one bend at two scales, which squeezes the plane
    into a square. ReLU is flat on the whole lower half: it presses most of the plane onto a line or a point. leaky ReLU
    only creases it. The same layer of two neurons was trained with each of the three bends on the same two curves.
    Training found another W each time, and after each a straight line separates the classes.
    """

    title = "Four activations"
    alt = "The curve of tanh becomes that of sigmoid; then tanh, ReLU and leaky ReLU bend a grid, and a line cuts each."
    order = 10
    signs = False
    recipes = catalogue.FOUR_ACTIVATIONS[1:]

    def construct(self) -> None:
        data = dataset("two_curves:n=48")
        tanh, relu, leaky = map(self.load, self.recipes)

        def separated(*which: Network) -> certificates.Certificate:
            found = [certificates.a_line_separates(data.points, data.labels, network) for network in which]
            return certificates.all_hold(*found)

        self.chapter("Two that are one")
        graphs = Graphs(self.layout.picture)
        self.add(graphs)
        self.say("Two activations: sigmoid and tanh.")
        self.say("Stretch tanh to half its pace, halve it, lift it …", FadeOut(name := graphs.names[1]))
        graphs.names.remove(name)
        for scale, height in ((1.0, 0.0), (0.5, 0.0), (0.5, 0.5)):
            self.play(graphs.tanh_becomes(0.5, scale, height))
        self.claim("… and it is sigmoid. They are one bend, at two scales.",
                   certificates.sigmoid_is_half_of_tanh())  # fmt: skip

        self.chapter("A smooth bend")
        (smooth,) = self.panels(data, tanh=tanh)
        self.say("A layer with tanh, trained on two curves.", FadeOut(graphs), FadeIn(smooth))
        self.carry([smooth], 1)
        self.ask("After tanh, will one straight line separate the curves?", choices=("it will", "it will not"),
                 answer=separated(tanh), seconds=0.1)  # fmt: skip
        self.say("tanh squeezes each axis into −1 … 1: what is far ends at a wall.")
        self.carry([smooth], 2)
        self.finish_reading()
        self.claim("It will: one straight line is enough.", separated(tanh), Create(smooth.add_line()))

        self.chapter("A corner")
        cornered = self.panels(data, **{"ReLU": relu, "leaky ReLU": leaky})
        later = squish_rate_func(ease, 0.4, 1)
        self.say("Two activations with a corner at 0, trained on the same curves.",
                 FadeOut(smooth, run_time=0.5), FadeIn(*cornered, rate_func=later))  # fmt: skip
        self.carry(cornered, 1)
        crushed = mu.percent(certificates.folds(relu)[0].collapsed)
        which = "left" if cornered[0].area.right < cornered[1].area.left else "upper"
        self.claim(f"Bright: where a neuron is below 0. ReLU will press that flat: {crushed} of the {which} sheet.",
                   certificates.areas_collapse(relu), *(panel.lit_below_zero() for panel in cornered))  # fmt: skip
        self.finish_reading()
        pair = pressed_together(relu)
        marks = [each.space.add_dots(pair, mu.style.INK, "diamond", 0.16).set_z_index(4) for each in cornered]
        self.say("Follow the two white points.", *map(FadeIn, marks))
        self.carry(cornered, 2)
        self.claim("ReLU puts them on one. leaky ReLU only creases the plane: no two points meet.",
                   certificates.all_hold(certificates.two_points_meet(relu.hidden[0], pair),
                                         certificates.layers_are_homeomorphisms(leaky)))  # fmt: skip
        self.finish_reading()
        self.claim("Smooth, flat or creased: after each of these bends, one straight line is enough.",
                   separated(tanh, relu, leaky), *(Create(panel.add_line()) for panel in cornered),
                   *map(FadeOut, marks))  # fmt: skip
        self.poster_time = self.now

    def panels(self, data: Dataset, **networks: Network) -> list[Panel]:
        """Return the plane under each of some networks, by name, side by side."""
        boxes = self.layout.panels(len(networks))
        return [Panel(box, *each, data) for box, each in zip(boxes, networks.items(), strict=True)]

    def carry(self, panels: list[Panel], time: int, run_time: float = 1.0 * mu.style.MOVE_SECONDS) -> None:
        """Carry the planes to a time: 0 the inputs, 1 after W x + b, 2 after the bend."""
        self.play(*(mu.AnimateToTime(each.space, time, each.filled) for each in panels), run_time=run_time)


X, TOP = np.linspace(-3, 3, 241), 1.6  # of a panel's graph
NAME_WIDTH = 2.0  # scene units, for the longest name
WIDE = np.linspace(-4.5, 4.5, 361)  # of the two large graphs


class Graphs(Group):
    """The graphs of sigmoid and tanh in one picture. names: the two words beside them."""

    def __init__(self, box: mu.Box) -> None:
        self.graph = mu.Graph.within(box.inset(1.2, 0.7), (WIDE[0], WIDE[-1]), (-1.0, 1.0))
        sigmoid = self.graph.curve(WIDE, activation("sigmoid")(WIDE), mu.style.SECOND_HIGHLIGHT, 8.0)
        self.tanh = self.curve_of_tanh(1.0, 1.0, 0.0)
        axes = self.graph.axes((WIDE[0], WIDE[-1]), (-1.0, 1.0))
        self.names = VGroup(*(
            mu.words(name, mu.style.CAPTION_SIZE, curve.get_stroke_color().to_hex()).next_to(curve.points[30], UP, 0.2)
            for name, curve in (("sigmoid", sigmoid), ("tanh", self.tanh))
        ))  # fmt: skip
        ends = self.graph.at(np.array([0.2, 0.3]), np.array([0.95, -0.95]))
        numbers = (mu.words(text).move_to(end) for text, end in zip(("1", "−1"), ends, strict=True))
        super().__init__(axes, sigmoid, self.tanh, self.names, *numbers)

    def tanh_becomes(self, pace: float, scale: float, height: float) -> Transform:
        """Return the animation that turns the curve of tanh into scale tanh(pace x) + height."""
        return Transform(self.tanh, self.curve_of_tanh(pace, scale, height), run_time=0.5 * mu.style.MOVE_SECONDS)

    def curve_of_tanh(self, pace: float, scale: float, height: float) -> mu.Polylines:
        """Return the curve of scale tanh(pace x) + height."""
        values = scale * np.tanh(pace * WIDE) + height
        return self.graph.curve(WIDE, values, mu.style.HIGHLIGHT, 5.0).set_z_index(2)


class Panel(Group):
    """The plane under one network in a part of the picture, with the activation's name, its graph and a scale bar."""

    def __init__(self, box: mu.Box, name: str, network: Network, data: Dataset) -> None:
        self.network, self.layer = network, network.hidden[0]
        self.area, title, graph, scale = parts(box)
        self.kept, starts = sheet_lines()
        self.space = mu.Space(grid=False, area=self.area)
        self.space.restart(*affine_then_bend(self.layer))
        self.space.view = self.filled(self.space.time)
        # samples that stay the same throughout, for each has its own colour
        self.sheet = self.space.add_lines(self.kept, mu.style.GRID, 2.5, 0.9, starts)
        self.space.add_data(data)
        self.curve, axes = self.graph(graph)
        title = mu.put(mu.words(name, mu.style.CAPTION_SIZE), title, LEFT)
        super().__init__(self.space, mu.scale_bar(self.space, None, scale), axes, self.curve, title)

    def graph(self, box: mu.Box) -> tuple[mu.Polylines, mu.Polylines]:
        """Return the activation's curve and its axes."""
        unit = min(box.width / np.ptp(X), box.height / (TOP + 1))
        graph = mu.Graph((box.left + 0.5 * unit * float(np.ptp(X)), box.top - TOP * unit), (unit, unit))
        values = self.layer.activation(X)
        shown = (values <= TOP) & (values >= -1)
        return graph.curve(X[shown], values[shown], mu.style.GRID, 5.0), graph.axes((X[0], X[-1]), (-1, TOP))

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


def pressed_together(network: Network) -> Array:
    """Return two points (2, 2) of the sheet, far from each other, at which both neurons are clearly below 0."""
    side = np.linspace(-0.9, 0.9, 19)
    points = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    low = points[(points @ network.hidden[0].weight.T + network.hidden[0].bias < -0.2).all(axis=1)]
    apart = np.linalg.norm(low[:, None] - low, axis=2)
    return np.asarray(low[list(np.unravel_index(apart.argmax(), apart.shape))])


def parts(box: mu.Box) -> tuple[mu.Box, mu.Box, mu.Box, mu.Box]:
    """Return the parts of a panel for its plane, name, graph and scale bar: beside the plane, or around it."""
    if box.width > 0.9 * box.height:
        side, area = replace(box, right=box.left + 0.32 * box.width), replace(box, left=box.left + 0.34 * box.width)
        name, graph = replace(side, bottom=side.top - 0.8), replace(side, top=side.top - 1.0, bottom=side.bottom + 0.8)
        if side.width < NAME_WIDTH:  # the name has a line of its own
            name, area = replace(box, bottom=box.top - 0.5), replace(area, top=box.top - 0.55)
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
