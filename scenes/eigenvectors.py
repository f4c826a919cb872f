"""Film: what eigenvectors say of a trained network, and what they do not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from manim import LEFT, RIGHT, Animation, Create, FadeIn, FadeOut, Group, VGroup

import manim_untangle as mu
from netlib import Array, Dataset, Dense, Network, catalogue, certificates, dataset, moves_of, straight_move, together


class Eigenvectors(mu.Film):
    """Two lines keep their direction under one trained W; give the neurons other numbers, and no line does.

    A 2 x 2 matrix with two real eigenvalues keeps two lines through zero, and only stretches along them: these are the
    directions of its eigenvectors. Then tanh bends both lines. And the neurons of a layer have no order of their own:
    swap them and negate one, let the next layer undo it, and the network gives the same answers, with a W that turns
    every line. Eigenvectors describe one linear step, not the network.
    """

    title = "What eigenvectors say, and what not"
    alt = "Arrows around zero are turned by a matrix except along two lines; under another matrix all of them turn."
    order = 13
    signs = False
    recipes = (catalogue.XOR_EARLY,)

    def construct(self) -> None:
        data, network = dataset("xor:n=36"), self.load(catalogue.XOR_EARLY)
        layer, whole = network.hidden[0], self.layout.picture.inset(mu.style.MARGIN)
        keeps, says = certificates.eigen_lines_only_stretch(layer), "Two lines keep their direction"
        self.require(says, keeps)
        values, _ = certificates.eigen_directions(layer.weight)

        self.chapter("Which arrows keep their direction?")
        plane = Plane(whole, layer, unit=1.7)
        self.add(plane)
        self.say("One layer's W, trained. It moves every arrow to a new place.")
        self.ask("Will any arrow keep its direction?", choices=("some will", "none will"), answer=keeps, seconds=0.5)
        self.play(plane.multiplied())
        self.claim(f"{says}. One is {changed(values[0])}, the other {changed(values[1])}.",
                   keeps, *plane.lit())  # fmt: skip
        self.say("Directions that W keeps are called its eigenvectors.")

        self.chapter("Then the bend")
        self.ask("The layer goes on: b, then tanh. What becomes of the two lines?", *plane.lines_drawn())
        bend = together("tanh", moves_of(layer)[2:])
        self.play(mu.ApplyMove(plane.space, bend, replace(plane.space.view, unit=2.4), run_time=SLOW))
        self.claim("Both are bent. After the whole layer, neither is a line.", certificates.eigen_lines_bend(layer))

        # the same function, with its neurons in another order
        self.chapter("Another W, the same answers")
        other = certificates.renumbered(network)
        same = certificates.renumbering_changes_nothing(network, other)
        self.silence()
        first, second = self.layout.panels(2)
        left, right = Plane(first, layer, 1.25), Plane(second, other.hidden[0], 1.25, layer)
        answers = [plane.answers(n, data) for plane, n in ((left, network), (right, other))]
        self.play(FadeOut(plane), FadeIn(left.space.grid, left.matrix, answers[0]))
        self.say("Neurons have no order of their own: swap the two, and turn one sign.",
                 FadeIn(right.space.grid, right.matrix))  # fmt: skip
        self.claim("Another W, but the same answer for every input.", same, FadeIn(answers[1]))
        self.ask("Which arrows keep their direction now?", left.arrows_shown(), right.arrows_shown(),
                 left.space.fade_out(*answers[0]), right.space.fade_out(*answers[1]))  # fmt: skip
        self.play(left.multiplied(), right.multiplied())
        gone = certificates.every_direction_turns(other.dense[0])
        self.claim("Left the same two. Right none: every arrow turns.",
                   certificates.all_hold(keeps, gone), *left.lit())  # fmt: skip
        self.poster_time = self.now
        self.silence()
        self.play(*(mu.AnimateToTime(plane.space, 0) for plane in (left, right)))
        answers = [plane.answers(n, data) for plane, n in ((left, network), (right, other))]
        self.claim("The same answers, and no direction is kept: eigenvectors describe one step, not the network.",
                   certificates.all_hold(same, gone), *map(FadeIn, answers),
                   FadeOut(left.turning, right.turning, right.keeping))  # fmt: skip


SLOW = 1.1 * mu.style.MOVE_SECONDS
BETWEEN = 30.0  # degrees between two arrows, about


def changed(factor: float) -> str:
    """Return in words what a factor does to a length."""
    return f"{'stretched' if factor > 1 else 'shrunk'} ×{factor:.2f}"


class Plane(Group):
    """The plane under one layer, with arrows from zero and faint copies of them that stay, beside the numbers of W.

    keeping, turning: the arrows along the eigenvectors of W, and all others.
    """

    def __init__(self, box: mu.Box, layer: Dense, unit: float, like: Dense | None = None) -> None:
        """unit: scene units for one unit of space. like: the layer along whose eigenvectors arrows stand."""
        self.layer = layer
        if box.width > 1.5 * box.height:  # the numbers stand beside the plane, else above it
            side, area = replace(box, right=box.left + 3.2), replace(box, left=box.left + 3.4)
        else:
            side, area = replace(box, bottom=box.top - 1.1), replace(box, top=box.top - 1.2)
        self.space = mu.Space(mu.View(unit=unit, centre=area.centre), step=0.5, area=area)
        self.space.forget(self.space.ghost, self.space.fine_grid)
        self.eigen = certificates.eigen_directions((like or layer).weight)[1]
        directions = np.vstack([self.eigen, -self.eigen])
        both = (arrows(self.space, each) for each in (directions, between(directions)))
        (self.keeping, *first), (self.turning, *second) = both
        self.arrows, self.copies = Group(self.turning, self.keeping), (*first, *second)
        self.matrix = mu.put(mu.matrix_formula("W", layer.weight, size=48), side, LEFT)
        super().__init__(self.space, self.matrix)

    def multiplied(self) -> mu.ApplyMove:
        """Return the animation that multiplies space by W."""
        return mu.ApplyMove(self.space, straight_move(self.layer.weight), run_time=SLOW)

    def lit(self) -> list[Animation]:
        """Return the animations that light up the arrows along the eigenvectors and dim all others."""
        return [self.keeping.animate.set_color(mu.style.HIGHLIGHT), self.turning.animate.set_opacity(0.25)]

    def lines_drawn(self) -> list[Animation]:
        """Add the whole lines along the eigenvectors; return the animations that show them without the arrows."""
        samples = np.linspace(-4, 4, 401)[:, None] * self.eigen[:, None]
        lines = self.space.add_lines(samples.reshape(-1, 2), mu.style.HIGHLIGHT, 5, starts=[0, 401])
        return [Create(lines.set_z_index(3)), self.space.fade_out(*self.arrows, *self.copies)]

    def arrows_shown(self) -> FadeIn:
        """Return the animation that shows the arrows, over their copies."""
        return FadeIn(*self.copies, self.arrows)

    def answers(self, network: Network, data: Dataset) -> Group:
        """Add the data and where the network's answer changes among the inputs."""
        return Group(*self.space.add_data(data), mu.boundary(self.space, network))


def arrows(space: mu.Space, directions: Array) -> tuple[VGroup, mu.Polylines]:
    """Add arrows from zero to points (N, 2) of the unit circle, and faint copies of them that no move carries."""
    ends, starts = np.stack([0 * directions, directions], axis=1).reshape(-1, 2), 2 * np.arange(len(directions))
    copies = space.add_lines(ends, mu.style.FAINT_INK, 2.0, 0.6, starts, fixed=True).set_z_index(1)
    drawn = VGroup(*(mu.FlatArrow(np.zeros(3), RIGHT, mu.style.INK) for _ in directions))

    def draw(points: Array) -> None:
        for arrow, tip in zip(drawn, points[1:], strict=True):
            arrow.reach(points[0], tip)

    return space.follow(np.vstack([np.zeros(2), directions]), drawn, draw).set_z_index(3), copies


def between(directions: Array) -> Array:
    """Return directions (M, 2) that fill the gaps between some (N, 2), about BETWEEN degrees apart."""
    angles = np.sort(np.degrees(np.arctan2(directions[:, 1], directions[:, 0])))
    gaps = np.diff([*angles, angles[0] + 360])
    counts = np.maximum(1, np.rint(gaps / BETWEEN)).astype(int)
    filled = [start + gap * np.arange(1, n) / n for start, gap, n in zip(angles, gaps, counts, strict=True)]
    radians = np.radians(np.concatenate(filled))
    return np.column_stack([np.cos(radians), np.sin(radians)])
