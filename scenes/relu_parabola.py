"""Film: three hinges follow a parabola; three hinges in the plane make a bowl that holds the disk."""

import numpy as np
from manim import Create, FadeIn, FadeOut, Transform

import manim_untangle as mu
from netlib import Dense, Network, catalogue, certificates, dataset, lift_by_unit, unit_contributions


class ReluParabola(mu.Film):
    """Three ReLU units follow a parabola with three creases; in the plane three of them make a bowl around the disk.

    A ReLU unit is flat, then rises: a hinge. A sum of hinges is made of straight pieces, one crease a unit, and so
    it can follow x² where it was trained, without computing x². In the plane a hinge is a sheet creased along a line.
    Three of them add up to a bowl with six sides. Cut level, it is a hexagon: enough to enclose a disk that no single
    straight line cuts off.
    """

    title = "Three hinges: a parabola and a bowl"
    alt = "Three bent lines add up to a parabola-like curve; three folded sheets add up to a bowl around a disk."
    order = 11
    recipes = (catalogue.RELU_PARABOLA, catalogue.RELU_BOWL)

    def construct(self) -> None:
        data, network = catalogue.RELU_PARABOLA.dataset(), self.load(catalogue.RELU_PARABOLA)
        x = np.linspace(-1.4, 1.4, 561)
        inside = np.abs(x) <= 1

        self.chapter("Three hinges")
        places = GRAPH.at(data.points[::5, 0], data.labels[::5])
        target = mu.Dots(places, radius=mu.style.DOT_RADIUS, color=mu.style.INK)
        self.play(FadeIn(GRAPH.axes((-1.5, 1.5), (0, 2)), target))
        self.ask("Three ReLU units are to follow these points on x². Each is a hinge: flat, then it rises. Guess how!")
        parts, level = unit_contributions(network, x[:, None]).T, np.full_like(x, network.readout.bias[0])
        total = GRAPH.curve(x[inside], level[inside], mu.style.HIGHLIGHT, width=6)
        self.play(FadeIn(total))
        hinges = [GRAPH.curve(x[inside], p[inside], c, width=5) for p, c in zip(parts, UNIT_COLOURS, strict=True)]
        # each hinge puts one more crease into the yellow sum
        for unit, (part, hinge) in enumerate(zip(parts, hinges, strict=True)):
            self.say(f"Unit {unit + 1}: its hinge. Yellow: the sum so far.", Create(hinge))
            level = level + part
            self.play(Transform(total, GRAPH.curve(x[inside], level[inside], mu.style.HIGHLIGHT, width=6)))
        near = certificates.follows_the_curve(network, data)
        own, straight = (f"{near.measured[k]:.3f}" for k in ("root mean square error", "of the best straight line"))
        table = mu.Table([("error (RMSE)", own, mu.style.HIGHLIGHT), ("best line", straight, mu.style.INK)])
        creases = certificates.creases_on_a_line(network, 3, half=1.0)
        self.claim("Three creases, four straight pieces: they follow x².",
                   certificates.all_hold(near, creases), FadeIn(table))  # fmt: skip

        self.chapter("Not x²")
        beyond = [GRAPH.curve(x, level, mu.style.HIGHLIGHT, width=6), GRAPH.curve(x, x**2, mu.style.INK, width=4)]
        leaves = certificates.all_hold(creases, certificates.leaves_the_parabola(network, data))
        self.claim("Beyond its data it runs on straight: it does not compute x².", leaves,
                   *map(Create, beyond), FadeOut(*hinges))  # fmt: skip
        self.fade_out_all()

        # fewer points of the same disk and ring than it was trained on, so that the sheet is seen between them
        story = mu.NetworkStory(self, catalogue.RELU_BOWL, dataset("disk_in_ring:n=200"))
        data, network, space = story.data, story.network, story.space

        self.chapter("Three hinges in the plane")
        story.open(story.scale_bar)
        self.say("In the plane, a hinge creases a sheet along a line. Three creases for a disk in a ring.")
        self.play(*(Create(crease(space, network, unit)) for unit in range(3)))
        story.to_sheet()
        self.play(mu.ChangeView(space, LEANT, run_time=1.5 * mu.style.MOVE_SECONDS))
        # heights over the plane add up as the curves over the line did
        for unit, text in enumerate(("One unit: one half rises.", "Two.", "Three: where is the disk now?")):
            self.say(text)
            self.play(mu.ApplyMove(space, lift_by_unit(network, unit)))

        self.chapter("Cut it level")
        plane = mu.divider(space, Dense(np.array([[0.0, 0.0, -1.0]]), network.readout.bias))
        self.claim("A level cut separates the disk from the ring.",
                   certificates.a_line_separates(space.where(data.points), data.labels), FadeIn(plane))  # fmt: skip
        self.play(FadeIn(story.scores()))
        self.say("From above, what shape has the cut?", FadeIn(mu.boundary(space, network)))
        self.play(space.fade_out(plane))
        story.travel(0, mu.View(), 1.5 * mu.style.MOVE_SECONDS)
        sides = certificates.sides_of_boundary(network, 6)
        self.claim("Three creases, six sides: a closed curve around the disk.",
                   certificates.all_hold(sides, certificates.disk_enclosed(network, data)))  # fmt: skip


GRAPH = mu.Graph(origin=(-2.0, -2.0), unit=(3.3, 2.75))
LEANT = mu.View(unit=2.4, turn=0.4, tilt=1.15, centre=(-2.0, -0.3))
UNIT_COLOURS = (mu.style.FIRST_BASIS, mu.style.SECOND_BASIS, mu.style.SECOND_HIGHLIGHT)


def crease(space: mu.Space, network: Network, unit: int, half: float = 1.25) -> mu.Polylines:
    """Add the line in the input plane along which a unit turns on, as far as the square [-half, half]^2."""
    layer = network.dense[0]
    start, end = mu.line_in_square(layer.weight[unit], float(layer.bias[unit]), half)
    return space.add_lines(np.linspace(start, end, 101), UNIT_COLOURS[unit], width=5).set_z_index(2)
