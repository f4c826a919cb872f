"""Film: three hinges follow a parabola; three hinges in the plane make a bowl that holds the disk."""

from dataclasses import replace

import numpy as np
from manim import Create, FadeIn, FadeOut, Transform

import manim_untangle as mu
from netlib import Array, Dense, Network, catalogue, certificates, dataset, lift_by_unit, unit_contributions


class ReluParabola(mu.Film):
    """Three ReLU units follow a parabola with three creases; in the plane three of them make a bowl around the disk.

    A ReLU unit is flat, then rises: a hinge. A sum of hinges is made of straight pieces, one crease a unit, and so
    it can follow x² where it was trained, without computing x². In the plane a hinge is a sheet creased along a line.
    Three of them add up to a bowl with six sides. Cut level, it is a hexagon: enough to enclose a disk that no single
    straight line cuts off.
    """

    title = "Three hinges: a parabola and a bowl"
    alt = "Three bent lines add up to a parabola-like curve; three creased sheets add up to a bowl around a disk."
    order = 11
    signs = False
    recipes = (catalogue.RELU_PARABOLA, catalogue.RELU_BOWL)

    def construct(self) -> None:
        data, network = catalogue.RELU_PARABOLA.dataset(), self.load(catalogue.RELU_PARABOLA)
        wide, high = self.layout.picture.width * (1 - 2 * BESIDE), self.layout.picture.height
        box = self.layout.picture.inset(BESIDE * self.layout.picture.width, max(0.5, (high - 0.95 * wide) / 2))
        graph = mu.Graph.within(box, (-1.5, 1.5), (0, 2))
        x = np.linspace(-1.4, 1.4, 561)
        inside = np.abs(x) <= 1
        parts, level = unit_contributions(network, x[:, None]).T, np.full_like(x, network.readout.bias[0])

        # the points on the parabola, and what is to follow them
        self.chapter("Three hinges")
        axes = graph.axes((-1.5, 1.5), (0, 2))
        target = mu.Dots(graph.at(data.points[::5, 0], data.labels[::5]), radius=0.1, color=mu.style.INK).set_z_index(3)
        self.add(axes, target)
        near, creases = certificates.follows_the_curve(network, data), certificates.creases_on_a_line(network, 3, 1.0)
        both = certificates.all_hold(near, creases)
        self.ask("Can three trained ReLU units add up to this parabola?", choices=("nearly", "exactly"), answer=both,
                 seconds=0.0)  # fmt: skip
        hinges = [graph.curve(x[inside], p[inside], c, 5) for p, c in zip(parts, UNIT_COLOURS, strict=True)]
        total = graph.curve(x[inside], level[inside], mu.style.HIGHLIGHT, width=14)
        told = (
            "A ReLU unit is a hinge: flat on one side, a slope on the other.",
            "Yellow: the sum of two …",
            "… and of three.",
        )
        for text, part, hinge in zip(told, parts, hinges, strict=True):
            self.say(text, Create(hinge.set_z_index(2)), *([] if total in self.mobjects else [FadeIn(total)]))
            level = level + part
            summed = graph.curve(x[inside], level[inside], mu.style.HIGHLIGHT, width=14)
            self.play(Transform(total, summed))
        layer = network.dense[0]
        places = -layer.bias / layer.weight[:, 0]
        marks = mu.Dots(
            graph.at(places, network(places[:, None])[:, 0]), radius=0.22, color=mu.style.INK, marker="ring"
        )
        self.claim("Nearly: three creases, and four straight pieces that follow it.",
                   both, FadeIn(marks.set_z_index(4)))  # fmt: skip
        beyond = [graph.curve(x, level, mu.style.HIGHLIGHT, width=6), graph.curve(x, x**2, mu.style.INK, width=4)]
        leaves = certificates.all_hold(creases, certificates.leaves_the_parabola(network, data))
        self.claim("Beyond the points it runs on straight: it does not compute x².", leaves,
                   *map(Create, beyond), FadeOut(*hinges[1:], marks))  # fmt: skip

        # the first hinge stays, and becomes the side view of a sheet
        data, network = dataset("disk_in_ring:n=200"), self.load(catalogue.RELU_BOWL)
        space = mu.Space(side_view(network), grid=False)
        space.restart(lift_by_unit(network, 0))
        space.time = 1.0
        profile = section(space, network, samples=inside.sum())

        self.chapter("A hinge in the plane")
        self.silence()
        self.play(FadeOut(axes, target, total, *beyond), Transform(hinges[0], profile))
        self.remove(hinges[0])
        self.add(profile)
        sheet = space.add_sheet()
        self.say("With two inputs, a hinge is a sheet that is creased along a line.", FadeIn(sheet))
        first = crease(space, network, 0)
        self.play(mu.ChangeView(space, leant(), run_time=0.9 * mu.style.MOVE_SECONDS))
        dots = space.add_data(data)
        self.play(Create(first), FadeIn(dots), space.fade_out(profile))
        self.ask("A disk in a ring. What do three such hinges add up to?")
        for unit, text in ((1, "Add the second hinge …"), (2, "… and the third.")):
            self.say(text)
            self.play(Create(crease(space, network, unit)))
            self.play(mu.ApplyMove(space, lift_by_unit(network, unit)))

        self.chapter("Cut it level")
        plane = mu.divider(space, Dense(np.array([[0.0, 0.0, -1.0]]), network.readout.bias))
        self.claim("A bowl. One level cut has the disk below it, and the ring above.",
                   certificates.a_line_separates(space.where(data.points), data.labels), FadeIn(plane))  # fmt: skip
        self.poster_time = self.now
        self.play(mu.ChangeView(space, space.view.turned(0.7), run_time=0.5 * mu.style.MOVE_SECONDS))
        self.ask("From above: what shape is the cut?", FadeIn(mu.boundary(space, network)))
        self.silence()
        self.play(space.fade_out(plane))
        self.play(
            mu.AnimateToTime(space, 0, mu.View(unit=2.4 * self.layout.growth(WIDTH)), run_time=mu.style.MOVE_SECONDS)
        )
        for unit in range(3):
            self.play(FadeIn(corners(space, network, unit), run_time=mu.style.FADE_SECONDS))
        sides = certificates.sides_of_boundary(network, 6, each=2)
        self.claim("Each crease bends it twice: six sides, closed around the disk.",
                   certificates.all_hold(sides, certificates.disk_enclosed(network, data)))  # fmt: skip


BESIDE = 0.084375  # share of the picture's width that is free beside the axes
WIDTH, LOW = 7.6, 1.4322  # of the bowl, and from the middle of the picture down to its foot, in a wide frame
UNIT_COLOURS = (mu.style.FIRST_BASIS, mu.style.SECOND_BASIS, mu.style.SECOND_HIGHLIGHT)


def leant() -> mu.View:
    """Return the view in which a bowl is seen from the side and a little from above."""
    growth, (x, y) = mu.current_layout().growth(WIDTH), mu.current_layout().picture.centre
    return mu.View(unit=2.0 * growth, turn=0.4, tilt=1.15, centre=(x, y - LOW * growth))


def side_view(network: Network) -> mu.View:
    """Return the view from far away along the crease of the first unit, which rises to the right."""
    x, y = network.dense[0].weight[0]
    return replace(leant(), turn=-float(np.arctan2(y, x)), tilt=np.pi / 2, eye=1e3)


def section(space: mu.Space, network: Network, samples: int, half: float = 1.7) -> mu.Polylines:
    """Add the line of inputs through zero at right angles to the crease of the first unit: the sheet's side view."""
    normal = network.dense[0].weight[0]
    along = np.linspace(-half, half, samples)[:, None] * normal / np.linalg.norm(normal)
    return space.add_lines(along, UNIT_COLOURS[0], width=5).set_z_index(2)


def crease(space: mu.Space, network: Network, unit: int, half: float = 1.25) -> mu.Polylines:
    """Add the line in the input plane along which a unit turns on, as far as the square [-half, half]^2."""
    layer = network.dense[0]
    start, end = line_in_square(layer.weight[unit], float(layer.bias[unit]), half)
    return space.add_lines(np.linspace(start, end, 101), UNIT_COLOURS[unit], width=5).set_z_index(2)


def corners(space: mu.Space, network: Network, unit: int, half: float = 1.25) -> mu.Dots:
    """Add a ring around each place at which the boundary crosses the line along which a unit turns on."""
    layer = network.dense[0]
    along = np.linspace(*line_in_square(layer.weight[unit], float(layer.bias[unit]), half), 2001)
    positive = network(along)[:, 0] > 0
    crossed = along[:-1][positive[:-1] != positive[1:]]
    return space.add_dots(crossed, UNIT_COLOURS[unit], "ring", radius=0.22).set_z_index(6)


def line_in_square(normal: Array, offset: float, half: float) -> Array:
    """Return the ends (2, 2) of the part of the line normal . x + offset = 0 that lies in [-half, half]^2, which the
    line must cross."""
    foot, along = -offset * normal / (normal @ normal), np.array([-normal[1], normal[0]]) / np.linalg.norm(normal)
    with np.errstate(divide="ignore"):
        bounds = np.sort([(-foot - half) / along, (-foot + half) / along], axis=0)
    return np.asarray(foot + np.outer([bounds[0].max(), bounds[1].min()], along))
