"""Film: the same trained W and b under four activations."""

from dataclasses import replace

import numpy as np
from manim import ApplyMethod, Create, FadeIn, FadeOut, ManimColor, RoundedRectangle
from numpy.typing import NDArray

import manim_untangle as mu
from netlib import Array, Dataset, Dense, Network, activation, affine_then_bend, catalogue, certificates, dataset, leaky


class Activations(mu.Film):
    """What sigmoid, tanh, ReLU and leaky ReLU do to the same plane, after the same W and b.

    W and b were trained with tanh; here the activation alone is exchanged. Where its curve is flat, space is crushed:
    tanh and sigmoid flatten out far from zero (they saturate), ReLU is flat on the whole lower half. An activation
    that rises everywhere keeps every two points apart, however close; ReLU puts whole areas on a line or a point. To
    separate classes neither is needed nor enough: with these weights a line separates the classes after ReLU, and
    none does after the sigmoid.
    """

    title = "Four activations, one W and b"
    alt = "Four small grids are turned alike, then bent by sigmoid, tanh, ReLU and leaky ReLU in four ways."
    order = 10
    signs = False
    recipes = (catalogue.ONE_LAYER,)

    def construct(self) -> None:
        data, trained = dataset("two_curves:n=36"), self.load(catalogue.ONE_LAYER)
        four = {name: activation(name.lower()) for name in ("sigmoid", "tanh", "ReLU")}
        four["leaky ReLU (0.2)"] = leaky(0.2)
        layers = [replace(trained.hidden[0], activation=each) for each in four.values()]
        networks = [Network((layer,), trained.readout) for layer in layers]
        places = mu.column_middles(4, 0.2, mu.style.MARGIN)
        panels = [Panel(*each, data) for each in zip(places, layers, four, strict=True)]
        affine, bends = zip(*map(affine_then_bend, layers), strict=True)

        self.chapter("One layer, four activations")
        self.play(FadeIn(*panels))
        self.say("The same W and b, trained with tanh, under four activations.")
        self.pause()
        # all four sheets move alike: so far nothing depends on the activation
        self.play(*mu.apply_side_by_side(panels, affine))
        self.ask("Pink: where a curve is flat, or nearly. Guess what becomes of the pink parts of the plane!",
                 *(ApplyMethod(panel.sheet.set_rgbas, panel.coloured()) for panel in panels))  # fmt: skip

        self.chapter("Bend")
        self.play(*mu.apply_side_by_side(panels, bends, run_time=1.75 * mu.style.MOVE_SECONDS))
        crushed = mu.percent(certificates.folds(networks[2])[0].collapsed)
        apart = certificates.layers_are_homeomorphisms
        claims = [
            ("sigmoid squeezes each axis into 0 … 1: crowded, but no two points meet.", apart),
            ("tanh squeezes into −1 … 1, and crowds what lies far out.", apart),
            (f"ReLU makes 0 of all below 0: {crushed} of the square is crushed flat.", certificates.areas_collapse),
            ("leaky ReLU creases the plane there, and keeps points apart.", apart),
        ]
        frame = panels[0].frame()
        for panel, network, (text, certificate) in zip(panels, networks, claims, strict=True):
            self.claim(text, certificate(network), ApplyMethod(frame.move_to, panel.frame()))

        # points that meet, and classes that a line separates, are two different things
        self.chapter("Apart is not separated")
        after = [network.represent(data.points) for network in networks]
        spots, counts = np.unique(after[2], axis=0, return_counts=True)
        spot = (after[2] == spots[counts.argmax()]).all(axis=1)
        found = [certificates.separability(points, data.labels) for points in after]
        met = ["points stay apart", "points stay apart", f"{spot.sum()} on one spot", "points stay apart"]
        cut = ["a line separates" if each.separable else "no line separates" for each in found]
        self.say("What counts is the classes. Does a line separate them?", FadeOut(frame),
                 *(FadeIn(panel.note(text, 0.25)) for panel, text in zip(panels, met, strict=True)))  # fmt: skip
        self.finish_reading()
        lines = [p.line(f.normal, f.offset) for p, f in zip(panels, found, strict=True) if f.normal is not None]
        mark = panels[2].space.add_dots(data.points[spot], mu.style.WRONG, "ring", radius=0.16)
        self.claim(f"ReLU put {spot.sum()} points on one spot, and still a line separates the classes.",
                   certificates.a_line_separates(data.points, data.labels, networks[2]),
                   FadeIn(mark), *map(Create, lines),
                   *(FadeIn(panel.note(text, 0.65)) for panel, text in zip(panels, cut, strict=True)))  # fmt: skip
        self.claim("sigmoid kept all points apart, and here no line is enough.",
                   certificates.no_line_separates(data.points, data.labels, networks[0]))  # fmt: skip


SIDE = 3.0  # of a panel's square, in scene units
GRAPH_LEVEL, NAME_LEVEL = 2.35, 3.4
GRAPH_UNIT, GRAPH_TOP = 0.36, 2.0
FLAT = 0.05  # of the steepest slope
X = np.linspace(-3, 3, 241)


class Panel(mu.SmallMultiple):
    """A sheet of the plane with the data, and above it the graph of the layer's activation and its name."""

    def __init__(self, middle: tuple[float, float], layer: Dense, name: str, data: Dataset) -> None:
        points, starts = sheet_lines()
        super().__init__(middle, SIDE / 2, kept=points, unit=SIDE / 2)
        assert layer.activation.slope is not None
        self.layer, self.slope = layer, layer.activation.slope
        # samples that stay the same throughout, for each has its own colour
        self.sheet = self.space.add_lines(points, mu.style.GRID, 2.0, 0.8, starts)
        self.space.add_data(data, radius=mu.style.DOT_RADIUS)
        self.add(*self.graph(), mu.words(name, mu.style.LABEL_SIZE).move_to((middle[0], NAME_LEVEL, 0)))

    def graph(self) -> list[mu.Polylines]:
        """Return the axes, and the activation's curve: bright where it is flat."""
        graph, values = mu.Graph((self.middle[0], GRAPH_LEVEL), (GRAPH_UNIT, GRAPH_UNIT)), self.layer.activation(X)
        shown = values <= GRAPH_TOP
        curve = graph.curve(X[shown], values[shown], mu.style.GRID)
        return [graph.axes((-3, 3), (-1, GRAPH_TOP)), curve.set_rgbas(bright_where(self.is_flat(X)[shown], 1.0))]

    def is_flat(self, z: Array) -> NDArray[np.bool_]:
        """Return where the activation is flat, at z of any shape."""
        return np.asarray(self.slope(z) < FLAT * self.slope(X).max())

    def flat(self, inputs: Array) -> NDArray[np.bool_]:
        """Return at which inputs (N, 2) a neuron of the layer is where its activation is flat, (N,)."""
        return np.asarray(self.is_flat(inputs @ self.layer.weight.T + self.layer.bias).any(axis=1))

    def coloured(self) -> Array:
        """Return colours (N, 4) for the sheet's samples: bright where a neuron is flat."""
        return bright_where(self.flat(self.kept), 0.8)

    def frame(self) -> RoundedRectangle:
        """Return a frame around the panel and its graph, to point at it."""
        height = NAME_LEVEL + 0.3 - self.middle[1] + SIDE / 2
        frame = RoundedRectangle(0.15, width=SIDE + 0.25, height=height, color=mu.style.HIGHLIGHT, stroke_width=3)
        return frame.move_to((self.middle[0], NAME_LEVEL + 0.25 - height / 2, 0))


def sheet_lines(steps: int = 9, samples: int = 161) -> tuple[Array, NDArray[np.int64]]:
    """Return sampled lines (N, 2) of a grid of [-1, 1]^2, and the index at which each begins."""
    across, along = np.meshgrid(np.linspace(-1, 1, steps), np.linspace(-1, 1, samples), indexing="ij")
    upright = np.column_stack([across.ravel(), along.ravel()])
    return np.vstack([upright, upright[:, ::-1]]), samples * np.arange(2 * steps)


def bright_where(bright: NDArray[np.bool_], opacity: float) -> Array:
    """Return colours (N, 4): pink where `bright` (N,) is true, else the grid's."""
    colours = np.array([ManimColor(colour).to_rgb() for colour in (mu.style.GRID, mu.style.WRONG)])
    return np.column_stack([colours[bright.astype(int)], np.full(len(bright), opacity)])
