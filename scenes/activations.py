"""Film: the same trained W and b under four activations."""

from dataclasses import replace

import numpy as np
from manim import Create, FadeIn, FadeOut

from manim_untangle.draw import style
from manim_untangle.stage.film import Film
from manim_untangle.stage.panel import Panel, flows, one_scale
from manim_untangle.stage.scale_bar import scale_bar
from manim_untangle.stage.scores import percent
from netlib.activations import leaky, relu, sigmoid, tanh
from netlib.certificates.claims import a_line_separates, areas_collapse, layers_are_homeomorphisms, no_line_separates
from netlib.certificates.folds import folds
from netlib.certificates.separability import separability
from netlib.datasets import dataset
from netlib.motion.trajectory import affine_then_bend
from netlib.network import Network
from netlib.training.catalogue import ONE_LAYER

FOUR = {"sigmoid": sigmoid, "tanh": tanh, "ReLU": relu, "leaky ReLU (0.2)": leaky(0.2)}


class Activations(Film):
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
    recipes = (ONE_LAYER,)

    def construct(self) -> None:
        data, trained = dataset("two_curves:n=36"), self.load(ONE_LAYER)
        layers = [replace(trained.hidden[0], activation=activation) for activation in FOUR.values()]
        networks = [Network((layer,), trained.readout) for layer in layers]
        panels = [Panel(k, 4, layer, name, data) for k, (layer, name) in enumerate(zip(layers, FOUR, strict=True))]
        affine, bends = zip(*map(affine_then_bend, layers), strict=True)

        self.chapter("One layer, four activations")
        for panel in panels:
            panel.space.view = panel.view(one_scale(panels, [None] * 4))
            panel.space.redraw()
        bar = scale_bar(panels[0].space, level=-2.55)
        self.play(FadeIn(*panels, bar))
        self.say("The same W and b, trained with tanh, under four activations.")
        self.pause()
        self.play(*flows(panels, affine))
        self.say("Pink: where a curve is flat. Guess what becomes of the pink parts of the plane!",
                 *(panel.sheet.animate.set_rgbas(panel.coloured()) for panel in panels))  # fmt: skip
        self.pause(1.2)

        self.chapter("Bend")
        self.play(*flows(panels, bends, run_time=1.75 * style.MOVE_SECONDS))
        crushed = percent(folds(networks[2])[0].collapsed)
        told = [
            ("sigmoid squeezes each axis into 0 … 1: crowded, but no two points meet.", layers_are_homeomorphisms),
            ("tanh squeezes into −1 … 1, and crowds what lies far out.", layers_are_homeomorphisms),
            (f"ReLU makes 0 of all below 0: {crushed} of the square is crushed flat.", areas_collapse),
            ("leaky ReLU creases the plane there, and keeps points apart.", layers_are_homeomorphisms),
        ]
        frame = panels[0].frame()
        for panel, network, (text, shown) in zip(panels, networks, told, strict=True):
            self.claim(text, shown(network), frame.animate.move_to(panel.frame()))

        self.chapter("Apart is not separated")
        after = [network.represent(data.points) for network in networks]
        spots, counts = np.unique(after[2], axis=0, return_counts=True)
        spot = (after[2] == spots[counts.argmax()]).all(axis=1)
        found = [separability(points, data.labels) for points in after]
        apart = [f"{spot.sum()} on one spot" if k == 2 else "points stay apart" for k in range(4)]
        cut = ["a line separates" if f.separable else "no line separates" for f in found]
        self.say("What counts is the classes. Does a line separate them?", FadeOut(frame, bar),
                 *(FadeIn(p.note(a, 0)) for p, a in zip(panels, apart, strict=True)))  # fmt: skip
        self.finish_reading()
        lines = [p.line(f) for p, f in zip(panels, found, strict=True) if f.separable]
        mark = panels[2].space.add_dots(data.points[spot], style.WRONG, "ring", radius=0.16)
        self.claim(f"ReLU put {spot.sum()} points on one spot, and still a line separates the classes.",
                   a_line_separates(after[2], data.labels), *map(Create, lines), FadeIn(mark),
                   *(FadeIn(p.note(c, 1)) for p, c in zip(panels, cut, strict=True)))  # fmt: skip
        self.claim("sigmoid kept all points apart, and here no line is enough.",
                   no_line_separates(after[0], data.labels))  # fmt: skip
