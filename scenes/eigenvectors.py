"""Film: what eigenvectors say of a trained network, and what they do not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from manim import (
    LEFT,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Circle,
    FadeIn,
    FadeOut,
    Group,
    Line,
    Transform,
    VGroup,
    linear,
)

import manim_untangle as mu
from netlib import Array, Dense, catalogue, certificates, dataset, straight_move


class Eigenvectors(mu.Film):
    """Two lines keep their direction under one trained W; give the neurons other numbers, and no line does.

    A 2 x 2 matrix with two real eigenvalues keeps two lines through zero, and only stretches along them: these are the
    directions of its eigenvectors. But the neurons of a layer have no order of their own:
    swap them and negate one, let the next layer undo it, and the network gives the same answers, with a W that turns
    every line. Eigenvectors tell about the numbers in W, which depend on how the neurons are numbered and signed. They
    tell nothing about the function.
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
        self.ask("A trained W moves every arrow. Will any keep its direction?", choices=("some will", "none will"),
                 answer=keeps, seconds=0.3)  # fmt: skip
        self.play(plane.multiplied())
        self.claim(f"{says}. One is {changed(values[0])}, the other {changed(values[1])}.",
                   keeps, *plane.lit(), FadeIn(factors := plane.factors(values)))  # fmt: skip
        self.say("A vector that W leaves on its own line is called an eigenvector of W.")

        # the same function: the boundary stays still, and each neuron takes its row of W along
        self.chapter("Another W, the same answers")
        other = certificates.renumbered(network)
        same = certificates.renumbering_changes_nothing(network, other)
        first, second = self.layout.panels(2)
        left, right = Plane(first, layer, 1.25), Plane(second, other.hidden[0], 1.25, layer)
        drawn = Wiring(right.area)
        answers = Group(*left.space.add_data(data), mu.boundary(left.space, network),
                        *mu.decision_regions(left.space, network))  # fmt: skip
        neurons = [drawn.neuron(k, colour) for k, colour in enumerate(ROWS)]
        swapped = certificates.renumbered(network, certificates.SWAP)
        rows = right.rows(layer, ROWS)
        self.finish_reading()
        self.play(FadeOut(plane, factors), run_time=mu.style.FADE_SECONDS)
        self.say("The whole network’s answer: it changes at the white curves.",
                 FadeIn(left.space.grid, left.matrix, answers))  # fmt: skip
        self.say("In colour: the layer’s two neurons, each with its row of W.", FadeIn(drawn, *neurons, rows))
        self.say("Neurons have no order: swap the two, with all their numbers.",
                 *(Transform(neurons[k], drawn.neuron(1 - k, ROWS[k]), path_arc=1.5, run_time=SLOW) for k in (0, 1)),
                 rows.swapped(right.rows(swapped.hidden[0], ROWS[::-1])))  # fmt: skip
        signs = drawn.signs(ROWS[1])
        self.say("Turn one’s signs, in and out: tanh(−x) = −tanh(x).",
                 FadeIn(signs), FadeOut(rows), FadeIn(turned := right.rows(other.hidden[0], ROWS[::-1])))  # fmt: skip
        theirs = Group(*right.space.add_data(data), mu.boundary(right.space, other),
                       *mu.decision_regions(right.space, other))  # fmt: skip
        self.claim("Another W, and the same answer for every input.", same,
                   FadeOut(drawn, *neurons, signs), FadeIn(right.space.grid, theirs))  # fmt: skip
        self.poster_time = self.now
        self.ask("Which arrows keep their direction now?", left.space.fade_out(*answers),
                 right.space.fade_out(*theirs), FadeOut(turned), FadeIn(right.matrix),
                 left.arrows_shown(), right.arrows_shown(), seconds=0.0)  # fmt: skip
        self.play(left.multiplied(), right.multiplied())
        # every direction is tried: the angle between it and its image closes on the left, twice, and never on the right
        angles = [Angle(each) for each in (left, right)]
        self.play(*map(FadeIn, angles), run_time=0.3)
        self.play(*(Sweep(each, run_time=SWEEP) for each in angles))
        self.play(*map(FadeOut, angles), run_time=0.3)
        gone = certificates.every_direction_turns(other.dense[0])
        least = math.floor(gone.measured["least turn in degrees"])
        here, there = ("Left", "Right") if second.left > first.right else ("Above", "Below")
        self.claim(f"{here} the same two. {there} none: all turn, by {least}° or more.",
                   certificates.all_hold(keeps, gone), *left.lit())  # fmt: skip
        self.claim("One function, two matrices: eigenvectors tell about W, not about the function.",
                   certificates.all_hold(same, keeps, gone))  # fmt: skip


TWO = (mu.style.HIGHLIGHT, mu.style.SECOND_HIGHLIGHT)  # of the two eigenvectors
ROWS = (mu.style.FIRST_BASIS, mu.style.SECOND_BASIS)  # of the two neurons, and of their rows of W
SLOW = 1.2 * mu.style.MOVE_SECONDS
HIGH = 1.1  # scene units: of a neuron above the middle
SWEEP = 4.0  # seconds, for a direction to be led through half a turn
RADIUS = 0.6  # of the drawn angle between a direction and its image
BESIDE = 0.85  # scene units: from an arrow to its factor
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
            side, area = replace(box, right=box.left + 3.9), replace(box, left=box.left + 4.2)
        else:
            side, area = replace(box, bottom=box.top - 1.1), replace(box, top=box.top - 1.2)
        self.space = mu.Space(mu.View(unit=unit, centre=area.centre), step=0.5, area=area)
        self.space.forget(self.space.ghost, self.space.fine_grid)
        self.eigen = certificates.eigen_directions((like or layer).weight)[1]
        directions = np.vstack([self.eigen, -self.eigen])
        both = (arrows(self.space, each) for each in (directions, between(directions)))
        (self.keeping, *first), (self.turning, *second) = both
        self.arrows, self.copies = Group(self.turning, self.keeping), (*first, *second)
        self.area = area
        self.side, self.matrix = side, Rows(layer, side, (mu.style.INK, mu.style.INK))
        super().__init__(self.space, self.matrix)
        self.names = mu.AxisNames(self.space)

    def multiplied(self) -> mu.ApplyMove:
        """Return the animation that multiplies space by W."""
        return mu.ApplyMove(self.space, straight_move(self.layer.weight), run_time=SLOW)

    def rows(self, layer: Dense, colours: Sequence[str]) -> Rows:
        """Return the numbers of a layer's W in the place of this one's, with the colours of its rows."""
        return Rows(layer, self.side, colours)

    def lit(self) -> list[Animation]:
        """Return the animations that light up the arrows along each eigenvector and dim all others."""
        lit = [arrow.animate.set_color(TWO[k % 2]) for k, arrow in enumerate(self.keeping)]
        return [*lit, self.turning.animate.set_opacity(0.3)]

    def factors(self, values: Array) -> VGroup:
        """Return the eigenvalues (2,) in the colours of their arrows, each at the right of the head of one of them."""
        middle, *tips = self.space.view.project(np.vstack([np.zeros(2), values[:, None] * self.eigen]))
        shown = VGroup()
        for value, colour, tip in zip(values, TWO, tips, strict=True):
            x, y, _ = (tip - middle) / np.linalg.norm(tip - middle)
            across = np.array([abs(y), -np.sign(x * y) * abs(x), 0])
            factor = mu.plated(mu.words(f"×{value:.2f}", mu.style.CAPTION_SIZE, colour), buff=0.08)
            shown.add(factor.move_to(middle + 0.85 * (tip - middle) + BESIDE * across))
        return shown.set_z_index(6)

    def arrows_shown(self) -> FadeIn:
        """Return the animation that shows the arrows, over their copies."""
        return FadeIn(*self.copies, self.arrows)


class Angle(Group):
    """A direction of a plane, an arrow along it, the arrow's image under W, and the angle between the two."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        before, after = (mu.Polylines(np.zeros((2, 3)), np.array([0]), color=colour, stroke_width=6).set_z_index(5)
                         for colour in (mu.style.FAINT_INK, mu.style.HIGHLIGHT))  # fmt: skip
        between = mu.Polylines(np.zeros((0, 3)), np.array([0]), stroke_width=0.0, closed=True)
        self.before, self.after, self.between = before, after, between.set_fill(mu.style.HIGHLIGHT, 0.5).set_z_index(4)
        super().__init__(*(plane.space.clip(each) for each in (self.between, before, after)))
        self.turn_to(0.0)

    def turn_to(self, radians: float) -> None:
        """Draw another direction, given by its angle to the first axis."""
        arrow = np.array([np.cos(radians), np.sin(radians)])
        image = self.plane.layer.weight @ arrow
        across, along = arrow[0] * image[1] - arrow[1] * image[0], arrow @ image
        turns = radians + np.linspace(0, np.arctan2(across, along), 40)
        arc = RADIUS * np.column_stack([np.cos(turns), np.sin(turns)])
        project, zero = self.plane.space.view.project, np.zeros(2)
        self.before.set_samples(project(np.stack([zero, arrow])))
        self.after.set_samples(project(np.stack([zero, image])))
        self.between.set_samples(project(np.vstack([zero, arc])), np.array([0]))


class Sweep(mu.RedrawnAnimation):
    """Lead the direction of an angle through half a turn."""

    def __init__(self, angle: Angle, **kwargs: Any) -> None:
        self.angle = angle
        super().__init__(angle, rate_func=linear, **kwargs)

    def show(self, share: float) -> None:
        self.angle.turn_to(share * np.pi)


class Wiring(VGroup):
    """A small network with two neurons in its first layer, which `neuron` draws, with all others and their wires."""

    def __init__(self, box: mu.Box) -> None:
        (x, y), apart = box.centre, 0.26 * box.width
        self.inputs, self.places, self.following = (
            [np.array([x + k * apart, y + sign * HIGH, 0]) for sign in (1, -1)] for k in (-1.6, -0.2, 1.0)
        )
        end = np.array([x + 1.8 * apart, y, 0])
        wires = [Line(each, end, color=mu.style.FAINT_INK, stroke_width=3) for each in self.following]
        circles = [circle(place, mu.style.FAINT_INK) for place in (*self.inputs, *self.following, end)]
        super().__init__(*wires, *circles)

    def neuron(self, k: int, colour: str) -> VGroup:
        """Return neuron k of the first layer in its place, with its wires."""
        wires = [Line(each, self.places[k], color=colour, stroke_width=5) for each in (*self.inputs, *self.following)]
        return VGroup(*wires, circle(self.places[k], colour))

    def signs(self, colour: str) -> VGroup:
        """Return what changes the signs of the weights into the upper neuron, and of those out of it."""
        ends = ((self.inputs[0] + self.places[0]) / 2, (self.places[0] + self.following[0]) / 2)
        return VGroup(*(mu.words("× −1", mu.style.CAPTION_SIZE, colour).next_to(end, UP, buff=0.2) for end in ends))


class Rows(VGroup):
    """The numbers of a layer's W in a place, each row in a colour."""

    def __init__(self, layer: Dense, place: mu.Box, colours: Sequence[str]) -> None:
        drawn = mu.put(mu.matrix_formula("W", layer.weight, size=60), place, LEFT)
        self.numbers = [VGroup(*(drawn[0].select(f"c{j}r{i}") for j in (0, 1))) for i in (0, 1)]
        for row, colour in zip(self.numbers, colours, strict=True):
            row.set_color(colour)
        super().__init__(drawn)

    def swapped(self, other: Rows) -> AnimationGroup:
        """Return the animation that carries each row to the place that it has in another matrix, the other row."""
        pairs = zip(self.numbers, other.numbers[::-1], strict=True)
        return AnimationGroup(*(Transform(*each, path_arc=1.5, run_time=SLOW) for each in pairs))


def circle(place: Array, colour: str) -> Circle:
    """Return a neuron."""
    return Circle(0.27, color=colour, stroke_width=5).set_fill(mu.style.BACKGROUND, 1).move_to(place)


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
