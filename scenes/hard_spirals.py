"""Film: a longer spiral, on which training often fails."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from manim import UL, Create, FadeIn, FadeOut, Group

import manim_untangle as mu
from netlib import Array, Dataset, Dense, Network, affine_then_bend, catalogue, certificates, together


class HardSpirals(mu.Film):
    """Six layers of two fail on a longer spiral from eight starts; the ninth unwinds it.

    Unwound means that a straight line has one arm of the spiral on each side. From eight random starts training ends
    where the arms still hook into each other, and no line at all can part them. No law of topology forbids that bending
    the plane unwinds this spiral, and from the ninth start the same six layers of two neurons do. A failed training
    says that a solution was not found, not that there is none.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the spiral that is not untangled
    """

    title = "Hard is not impossible"
    alt = "Small networks fail to unwind a spiral, its arms stay hooked; the same layers, from another start, do it."
    order = 4
    signs = False
    recipes = (*catalogue.HARD_SPIRALS_STUCK, catalogue.HARD_SPIRALS)

    def construct(self) -> None:
        data, network = catalogue.HARD_SPIRALS.dataset(), self.load(catalogue.HARD_SPIRALS)
        stuck = [self.load(recipe) for recipe in catalogue.HARD_SPIRALS_STUCK]
        start, picture = catalogue.HARD_SPIRALS.record()["attempts"], self.layout.picture.inset(mu.style.MARGIN, 0)

        self.chapter("A longer spiral")
        whole = Plane(picture, data)
        self.add(whole)
        self.claim("A long spiral. No straight line has one arm on each side.",
                   certificates.no_line_separates(data.points, data.labels))  # fmt: skip

        self.chapter("Two random starts")
        first = [
            Plane(box, data, each, k) for k, (box, each) in enumerate(zip(picture.parts(2), stuck, strict=False), 1)
        ]
        self.silence()
        self.play(
            mu.ChangeView(whole.space, first[0].space.view, run_time=0.6 * mu.style.MOVE_SECONDS),
            FadeIn(first[1], first[0].label),
        )
        self.remove(whole)
        self.add(first[0])
        self.ask("Six layers of two neurons, two random starts. Will they unwind it?")
        for k in range(len(network.hidden)):
            self.play(*(plane.through_layer(k, QUICK) for plane in first))
        self.finish_reading()
        verdicts = [plane.verdict() for plane in first]
        self.claim("Neither. The pink points are on the wrong side.", certificates.no_network_is_right(stuck[:2], data),
                   *(Create(line) for line, _ in verdicts), *(FadeIn(wrong) for _, wrong in verdicts))  # fmt: skip
        self.claim("The arms still hook into each other: no line can part them.", hooked(stuck[:2], data))

        self.chapter("Six more starts")
        self.silence()
        others = [
            Plane(box, data, each, k, len(network.hidden))
            for k, (box, each) in enumerate(zip(picture.cells(3, 2), stuck[2:], strict=True), 3)
        ]
        for each in others:
            each.verdict()
        self.play(*map(FadeOut, first), *map(FadeIn, others))
        self.claim("Six more starts fail, too: one wrong point is enough.",
                   hooked(stuck[2:], data))  # fmt: skip
        found = certificates.all_points_right(network, data)
        self.ask("Can these layers unwind it at all?", choices=("yes, it is only hard", "no"),
                 answer=found, seconds=0.0)  # fmt: skip

        # the same layers and the same data; only the weights that training began with are others
        self.chapter(f"Start {start}")
        self.silence()
        plane = Plane(picture, data, network, start)
        self.play(*map(FadeOut, others), FadeIn(plane))
        self.say(f"Start {start}, with the same six layers.")
        for k in range(4):
            self.play(plane.through_layer(k, QUICK))
        says = "After layer 4 a line fits between the arms, barely."
        unhooked = certificates.a_line_separates(data.points, data.labels, network, 4)
        self.require(says, unhooked)
        barely = plane.line_between()
        self.claim(says, unhooked, Create(barely))
        self.claim("The last two layers widen the gap.", certificates.gap_widens(network, data, 4),
                   plane.space.fade_out(barely))  # fmt: skip
        for k in (4, 5):
            self.play(plane.through_layer(k, 0.6 * mu.style.MOVE_SECONDS))
        line, _ = plane.verdict()
        self.claim("Unwound: a straight line has one arm on each side.",
                   certificates.a_line_separates(data.points, data.labels, network), Create(line))  # fmt: skip
        self.poster_time = self.now

        self.chapter("Hard is not impossible")
        self.finish_reading()
        boundary = mu.boundary(plane.space, network)
        self.play(FadeIn(boundary), FadeOut(line), run_time=0.3)
        plane.space.forget(line)
        self.play(mu.AnimateToTime(plane.space, 0, plane.start, run_time=1.2 * mu.style.MOVE_SECONDS))
        self.claim(f"{len(stuck)} starts failed, start {start} found a way. Hard is not impossible.",
                   certificates.all_hold(certificates.no_network_is_right(stuck, data), found))  # fmt: skip


QUICK = 0.4 * mu.style.MOVE_SECONDS
FINE = 8  # samples of an arm between two of its points
LABEL = 0.55  # scene units, for the words above a plane


class Plane(Group):
    """The plane with both arms of the spiral in a box of the frame, on its way through a network, one move a layer."""

    def __init__(
        self, box: mu.Box, data: Dataset, network: Network | None = None, number: int = 0, time: int = 0
    ) -> None:
        """number: of the start, which stands above the plane. time: how many layers are behind it."""
        self.judged = False  # whether the network's line was drawn
        self.area, self.data, self.network = replace(box, top=box.top - LABEL), data, network
        self.start = self.filled(data.points)
        self.space = mu.Space(self.start, grid=False, area=self.area)
        super().__init__(self.space)
        if network is not None:
            self.layers = [
                together(f"layer {k}", affine_then_bend(each, k)) for k, each in enumerate(network.hidden, 1)
            ]
            self.space.restart(*self.layers[:time])
            self.space.time = float(time)
            self.space.view = self.filled(network.represent(data.points, time))
        self.space.add_straight(mu.grid_lines((1.05, 1.05), 0.21), mu.style.GRID, 1.5, 0.5)
        for k in range(data.classes):
            points = data.of_class(k)
            place = np.linspace(0, len(points) - 1, FINE * len(points))
            arm = np.column_stack([np.interp(place, np.arange(len(points)), x) for x in points.T])
            self.space.add_lines(arm, mu.style.CLASS_COLOURS[k], 4.0, 0.6).set_z_index(2)
        self.dots = self.space.add_data(data, radius=mu.style.SMALLEST_DOT)
        if number:
            self.label = mu.LiveLabel(self.space, lambda: self.heading(number), box.corner(UL), UL).set_z_index(6)

    def heading(self, number: int) -> str:
        """Return what stands above the plane: the start, after how many layers, or how many points are wrong."""
        assert self.network is not None
        layer = math.ceil(self.space.time)
        if not self.judged:
            return f"start {number}" + f", layer {layer}" * (layer > 0)
        wrong = round(len(self.data.points) * (1 - self.network.accuracy(self.data.points, self.data.labels)))
        return f"start {number}: {wrong} wrong"

    def filled(self, points: Array) -> mu.View:
        """Return the view in which points (N, 2) fill the plane's part of the frame."""
        return mu.filling(self.area, points)

    def through_layer(self, k: int, run_time: float) -> mu.ApplyMove:
        """Return the animation that carries the plane through hidden layer k, from 0."""
        assert self.network is not None
        end = self.filled(self.network.represent(self.data.points, k + 1))
        return mu.ApplyMove(self.space, self.layers[k], end, run_time=run_time)

    def line_between(self) -> mu.Polylines:
        """Add the line that has the greatest distance from the points of both classes, where they are now."""
        found = certificates.separability(self.space.where(self.data.points), self.data.labels)
        assert found.normal is not None
        return mu.divider(self.space, Dense(found.normal[None], np.array([found.offset])))

    def verdict(self) -> tuple[mu.Polylines, mu.Dots]:
        """Add the network's line, and rings around the points that it gets wrong."""
        assert self.network is not None
        self.judged = True
        self.label.refresh()
        wrong = mu.wrong_points(self.space, self.network, self.data, radius=0.13)
        return mu.divider(self.space, self.network.readout), wrong.set_z_index(5)


def hooked(networks: Sequence[Network], data: Dataset) -> certificates.Certificate:
    """Return the evidence that after the layers of each network no line separates the classes."""
    return certificates.all_hold(*(certificates.no_line_separates(data.points, data.labels, each) for each in networks))
