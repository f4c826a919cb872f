"""Film: three hinges follow a parabola; three hinges in the plane make a bowl that holds the disk."""

import numpy as np
from manim import Create, FadeIn, FadeOut, Transform

from manim_untangle.draw import style
from manim_untangle.draw.batched import Dots
from manim_untangle.stage.animations import AnimateToTime, ApplyMove, ChangeView
from manim_untangle.stage.film import Film
from manim_untangle.stage.graph import Graph
from manim_untangle.stage.hinges import UNIT_COLOURS, contributions, crease, lift
from manim_untangle.stage.readout import boundary, separating_plane
from manim_untangle.stage.scores import Table
from manim_untangle.stage.story import NetworkStory
from manim_untangle.stage.view import View
from netlib.certificates.claims import a_line_separates, disk_enclosed, follows_the_curve, leaves_the_parabola
from netlib.datasets import dataset
from netlib.network import Layer, Network
from netlib.training.catalogue import RELU_BOWL, RELU_PARABOLA

GRAPH = Graph(origin=(-1.2, -2.1), unit=(3.8, 2.9))
LEANT = View(unit=2.4, turn=0.4, tilt=1.15, centre=(-0.6, -0.9))


class ReluParabola(Film):
    """Three ReLU units follow a parabola with three folds; in the plane three of them fold a bowl around the disk.

    A ReLU unit is flat, then rises: a hinge. A sum of hinges is made of straight pieces, one fold a unit, and so it
    can follow x² where it was trained, without computing x². In the plane a hinge is a sheet folded along a line.
    Three of them add up to a bowl with six sides. Cut level, it is a hexagon: enough to enclose a disk that no single
    straight line cuts off.
    """

    title = "Three hinges: a parabola and a bowl"
    alt = "Three bent lines add up to a parabola-like curve; three folded sheets add up to a bowl around a disk."
    order = 11
    recipes = (RELU_PARABOLA, RELU_BOWL)

    def construct(self) -> None:
        self.on_a_line()
        self.in_the_plane()

    def on_a_line(self) -> None:
        data, network = RELU_PARABOLA.dataset(), self.load(RELU_PARABOLA)
        x = np.linspace(-1.4, 1.4, 561)
        inside = np.abs(x) <= 1

        self.chapter("Three hinges")
        axes = GRAPH.axes((-1.5, 1.5), (0, 2))
        target = Dots(GRAPH.at(data.points[::5, 0], data.labels[::5]), radius=style.DOT_RADIUS, color=style.INK)
        self.play(FadeIn(axes, target))
        self.say("Three ReLU units are to follow these points on x². Each is a hinge: flat, then it rises. Guess how!")
        self.pause(1.2)
        parts = contributions(network, x[:, None]).T
        level = np.full_like(x, network.readout.bias[0])
        total = GRAPH.curve(x[inside], level[inside], style.HIGHLIGHT, width=6)
        self.play(FadeIn(total))
        hinges = [GRAPH.curve(x[inside], p[inside], c, width=3) for p, c in zip(parts, UNIT_COLOURS, strict=True)]
        for unit, (part, hinge) in enumerate(zip(parts, hinges, strict=True)):
            side = "right" if network.hidden[0].weight[unit, 0] > 0 else "left"
            self.say(f"Unit {unit + 1} rises to the {side}. Yellow: the sum.", Create(hinge))
            level = level + part
            self.play(Transform(total, GRAPH.curve(x[inside], level[inside], style.HIGHLIGHT, width=6)))
        near = follows_the_curve(network, data)
        errors = [f"{near.measured[name]:.3f}" for name in ("root mean square error", "of the best straight line")]
        table = Table([("error (RMSE)", errors[0], style.HIGHLIGHT), ("best straight line", errors[1], style.INK)])
        self.claim("Three folds, four straight pieces: they follow x².", near, FadeIn(table))

        self.chapter("Not x²")
        beyond = [GRAPH.curve(x, level, style.HIGHLIGHT, width=6), GRAPH.curve(x, x**2, style.INK, width=2)]
        self.claim("Beyond its data it runs on straight: it does not compute x².", leaves_the_parabola(network, data),
                   *map(Create, beyond), FadeOut(*hinges))  # fmt: skip
        self.silence()
        self.play(FadeOut(axes, target, total, table, *beyond))

    def in_the_plane(self) -> None:
        # fewer points of the same disk and ring than it was trained on, so that the sheet is seen between them
        act = NetworkStory(self, RELU_BOWL, dataset("disk_in_ring:n=200"))
        data, network, space = act.data, act.network, act.space

        self.chapter("Three hinges in the plane")
        act.open(act.walk.scale_bar)
        self.say("In the plane, a hinge folds a sheet along a line. Three folds for a disk in a ring.")
        self.play(*(Create(crease(space, network, unit)) for unit in range(3)))
        act.to_sheet()
        self.play(ChangeView(space, LEANT, run_time=1.5 * style.MOVE_SECONDS))
        for unit, text in enumerate(("One unit: one half rises.", "Two.", "Three: a bowl, the disk at its bottom.")):
            self.say(text)
            self.play(ApplyMove(space, lift(network, unit)))

        self.chapter("Cut it level")
        plane = separating_plane(space, Network((), Layer(np.array([[0.0, 0.0, -1.0]]), network.readout.bias)))
        self.claim("A level cut separates the disk from the ring.",
                   a_line_separates(space.where(data.points), data.labels), FadeIn(plane))  # fmt: skip
        self.play(FadeIn(act.scores()))
        self.say("From above, what shape has the cut?", FadeIn(boundary(space, network)))
        self.play(FadeOut(plane))
        space.forget(plane)
        self.play(AnimateToTime(space, 0, View(), keep=data.points, run_time=1.5 * style.MOVE_SECONDS))
        self.claim("Three folds, six sides: a closed curve around the disk.", disk_enclosed(network, data))
