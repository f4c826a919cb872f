"""Film: four activations after the same W and b."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from manim import DOWN, Animation, Create, FadeIn, FadeOut, Group, Mobject, Polygon, Transform, VGroup

import manim_untangle as mu
from netlib import (
    Activation,
    Array,
    Dataset,
    Dense,
    Move,
    Network,
    activation,
    affine_then_bend,
    bend_moves,
    catalogue,
    certificates,
    dataset,
)


class Activations(mu.Film):
    """tanh, sigmoid, ReLU, leaky ReLU after the same W and b: each bends the plane so that one line is enough.

    Two neurons give each point two numbers, and no straight line separates two curves there. All of one class, and none
    of the other, has both numbers below 0: W and b put it into a corner, where activations bend. Each number goes
    through an activation. tanh stops what is far at a wall. sigmoid is tanh at half the pace, from 0 to 1. ReLU makes 0
    of all that is below 0, for one neuron, then for the other: half of the data end on one spot. leaky ReLU only
    shortens what is below 0. After each of them one straight line is enough. Without the bend the same line goes around
    the corner, between the curves. W and b were trained with tanh; the other three are tried on them.
    """

    title = "Four activations"
    alt = "Two curves on a grid are bent by tanh, sigmoid, ReLU, leaky ReLU in turn; after each, a line separates them."
    order = 10
    notes = 4
    recipes = (catalogue.FOUR_ACTIVATIONS[1],)

    def construct(self) -> None:
        data, (recipe,) = dataset("two_curves:n=48"), self.recipes
        trained = self.load(recipe)
        tried = [Network((replace(trained.hidden[0], activation=bend),), trained.readout) for bend in BENDS.values()]
        enough = [certificates.a_line_separates(data.points, data.labels, network) for network in tried]
        says = "Four bends, four lines, and each goes around the same corner."
        self.require(says, certificates.all_hold(*enough))
        tanh, sigmoid, relu, leaky = (with_widest_gap(network, data) for network in tried)
        plane = Plane(trained.hidden[0], data)
        graph, rows = Graph(), mu.Checklist(tuple(BENDS), 36)

        self.chapter("Before the bend")
        self.add(plane, mu.AxisNames(plane.space), mu.scale_bar(plane.space, None))
        straight = Network((replace(trained.hidden[0], activation=activation("identity")),), trained.readout)
        none = certificates.no_line_separates(data.points, data.labels, straight)
        self.claim("Two neurons put two curves here. No straight line separates them.", none)
        cornered = certificates.below_zero_together(trained.hidden[0], data.of_class(0), data.of_class(1))
        self.claim("Both numbers below 0: all of orange, and no blue.", cornered, FadeIn(plane.corner()))
        self.ask("After which activations is one line enough?", FadeIn(rows),
                 choices=("after some", "after all four"), answer=1, seconds=0.0)  # fmt: skip

        self.chapter("tanh")
        self.say("tanh: what is far comes near a wall, at −1 or 1.", FadeIn(graph), *rows.lit(0))
        self.play(*plane.bends(tanh, 2))
        self.play(plane.nearer())
        self.claim("Now one straight line is enough.", enough[0], plane.line_drawn(tanh), rows.answer(0, FOUND))
        self.say("Undo tanh. What becomes of the line?")
        self.play(*plane.undone(tanh))

        self.chapter("sigmoid")
        self.claim(
            "sigmoid: the same bend, at half the pace, and from 0 to 1.",
            certificates.sigmoid_is_half_of_tanh(),
            plane.without_line(),
            *rows.lit(1),
            graph.becomes("sigmoid"),
        )
        self.play(*plane.bends(sigmoid, 2))
        self.play(plane.nearer())
        self.claim("Again, one line is enough.", enough[1], plane.line_drawn(sigmoid), rows.answer(1, FOUND))
        self.finish_reading()
        self.play(*plane.undone(sigmoid))

        # all of one class is below 0 in both neurons: it falls on a wall, and then on one spot
        self.chapter("ReLU")
        self.say("ReLU makes 0 of all that is below 0: first for neuron 1 …",
                 plane.without_line(), *rows.lit(2), graph.becomes("ReLU"))  # fmt: skip
        first, second = plane.bends(relu, 1, 2)
        self.play(first)
        self.say("… then for neuron 2.")
        self.play(second)
        self.play(plane.nearer())
        one_spot = certificates.points_meet(relu.hidden[0], data.of_class(0))
        count = one_spot.measured["points"]
        self.claim(f"All {count} orange points are on one spot. One line is enough.",
                   certificates.all_hold(one_spot, enough[2]), plane.line_drawn(relu), rows.answer(2, FOUND),
                   FadeIn(label := plane.counted(data.of_class(0), f"{count} points")))  # fmt: skip
        self.finish_reading()
        self.play(*plane.undone(relu), plane.space.fade_out(label))

        self.chapter("leaky ReLU")
        self.say("leaky ReLU only shortens what is below 0, to a fifth.",
                 plane.without_line(), *rows.lit(3), graph.becomes("leaky ReLU"))  # fmt: skip
        self.play(*plane.bends(leaky, 2))
        self.play(plane.nearer())
        apart = certificates.layers_are_homeomorphisms(leaky)
        self.claim("No two points meet, and one line is enough.", certificates.all_hold(apart, enough[3]),
                   plane.line_drawn(leaky), rows.answer(3, FOUND))  # fmt: skip

        self.chapter("The same four times")
        self.silence()
        self.play(*plane.undone(leaky))
        for k, (name, network) in enumerate(zip(BENDS, (tanh, sigmoid, relu), strict=False)):
            line = FadeIn(mu.boundary(plane.space, network))
            self.play(line, *rows.lit(k), graph.becomes(name), run_time=LINE)
        self.claim(says, certificates.all_hold(none, cornered, *enough),
                   *rows.lit(len(rows)), FadeOut(graph))  # fmt: skip
        self.poster_time = self.now


BENDS: dict[str, Activation] = {
    "tanh": activation("tanh"),
    "sigmoid": activation("sigmoid"),
    "ReLU": activation("relu"),
    "leaky ReLU": activation("leaky_relu(0.2)"),
}
FOUND = "a line!"
SHOWN = np.array([[-5.1, -5.1], [1.4, 1.4]])  # of the numbers of both neurons: what fills the picture before the bend
GRID = (10.0, 8.0)  # half of the width and height of the grid of these numbers
SHADE = 0.16  # opacity of the corner where both numbers are below 0
X, Y = (-3.0, 3.0), (-1.1, 1.6)  # of the graph
QUICK = 0.45 * mu.style.MOVE_SECONDS
LINE = 0.7  # seconds for each of the lines at the end


class Plane(Group):
    """The plane of the numbers that two neurons have before their bend, with its grid and data.

    At time 1 space stands after W x + b, later after a bend.
    """

    def __init__(self, layer: Dense, data: Dataset) -> None:
        self.layer, self.line = layer, Mobject()
        self.area = mu.current_layout().picture.inset(mu.style.MARGIN)
        self.far = mu.filling(self.area, SHOWN)
        self.space = mu.Space(self.far, grid=False)
        self.stand(affine_then_bend(layer)[0])
        fine, whole = (self.inputs(mu.grid_lines(GRID, 0.5, offset=offset)) for offset in (0.25, 0.0))
        zero = np.array([[[-GRID[0], 0], [GRID[0], 0]], [[0, -GRID[1]], [0, GRID[1]]]])
        self.space.add_ghost()
        self.space.add_straight(fine, mu.style.GRID, 1.0, 0.3, role="grid")
        self.space.add_straight(whole, mu.style.GRID, 2.0, 0.85, role="grid")
        self.space.add_straight(self.inputs(zero), mu.style.GRID, 7.0)
        self.space.add_data(data, 1.3 * mu.style.DOT_RADIUS)
        super().__init__(self.space)

    def inputs(self, numbers: Array) -> Array:
        """Return the inputs (..., 2) at which the neurons have some numbers before their bend."""
        return np.asarray((numbers - self.layer.bias) @ np.linalg.inv(self.layer.weight).T)

    def corner(self) -> Polygon:
        """Add the part of the plane where both numbers are below 0. A bend keeps its sides straight and upright."""
        (x, y), part = GRID, Polygon(*np.zeros((4, 3)), color=mu.style.HIGHLIGHT, stroke_width=0, fill_opacity=SHADE)
        corners = self.inputs(np.array([[0.0, 0.0], [-x, 0.0], [-x, -y], [0.0, -y]]))
        follow = self.space.follow(corners, part, lambda at: part.set_points_as_corners([*at, at[0]]))
        return follow.set_z_index(-1)

    def stand(self, *moves: Move) -> None:
        """Give space other moves, and let it stand after the first of them."""
        self.space.restart(*moves)
        self.space.time = 1.0

    def bends(self, network: Network, *widths: int) -> list[mu.AnimateToTime]:
        """Return the animations that make the bend of a network: in so many neurons, one width after another. More than
        one width is right only for a bend that changes nothing the second time, as ReLU."""
        affine, _ = affine_then_bend(network.hidden[0])
        self.stand(affine, *(bend_moves(network.hidden[0].activation, width, 2)[0] for width in widths))
        seconds = 0.75 * mu.style.MOVE_SECONDS
        return [mu.AnimateToTime(self.space, 2 + k, run_time=seconds) for k in range(len(widths))]

    def nearer(self) -> mu.ChangeView:
        """Return the animation that fills the picture with what it showed before the bend."""
        corners = self.space.where(self.inputs(SHOWN))
        return mu.ChangeView(self.space, mu.filling(self.area, corners), run_time=QUICK)

    def counted(self, points: Array, text: str) -> VGroup:
        """Add words below the first of some points, in the colour of the first class."""
        label = mu.plated(mu.words(text, mu.style.LABEL_SIZE, mu.style.CLASS_COLOURS[0])).set_z_index(6)
        return self.space.follow(points[:1], label, lambda places: label.next_to(places[0], DOWN, 0.12))

    def line_drawn(self, network: Network) -> Create:
        """Add the line of a readout; return the animation that draws it."""
        self.line = mu.divider(self.space, network.readout)
        return Create(self.line)

    def undone(self, network: Network) -> list[Animation]:
        """Return the animations that take the bend of a network back, and its line with it."""
        straight, self.line = self.line, mu.boundary(self.space, network)
        back = mu.AnimateToTime(self.space, 1, self.far, run_time=QUICK)
        return [back, self.space.fade_out(straight)]

    def without_line(self) -> FadeOut:
        """Return the animation that takes the bent line away."""
        return self.space.fade_out(self.line)


class Graph(Group):
    """The graph of an activation above the list of all: its curve becomes that of the next."""

    def __init__(self) -> None:
        self.axes = mu.Graph.within(mu.graph_box(beside_scale=True), X, Y)
        self.curve = self.curve_of("tanh")
        names = mu.graph_names("f(x)", "x", beside_scale=True)
        super().__init__(self.axes.axes(X, Y), self.curve, names)

    def curve_of(self, name: str) -> mu.Polylines:
        """Return the curve of an activation as far as there is room for it."""
        x = np.linspace(*X, 1201)
        x = np.linspace(X[0], x[BENDS[name](x) <= Y[1]][-1], 241)
        return self.axes.curve(x, BENDS[name](x), mu.style.HIGHLIGHT, 6.0)

    def becomes(self, name: str) -> Transform:
        """Return the animation that turns the curve into that of another activation."""
        return Transform(self.curve, self.curve_of(name))


def with_widest_gap(network: Network, data: Dataset) -> Network:
    """Return a network with another readout: the line that keeps the greatest distance from the images of both classes,
    which some line must separate."""
    found = certificates.separability(network.represent(data.points), data.labels)
    assert found.normal is not None
    return Network(network.hidden, Dense(found.normal[None], np.array([found.offset])))
