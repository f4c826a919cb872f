"""Course: how a network learns, as its last layer at the recorded moments, with the loss so far beside it."""

from __future__ import annotations

import numpy as np
from manim import LEFT, RIGHT, UL, Group, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.batched import Dots, Polylines
from manim_untangle.draw.text import words
from manim_untangle.stage.graph import Graph
from manim_untangle.stage.live_label import LiveLabel
from manim_untangle.stage.readout import REACH
from manim_untangle.stage.scores import baseline, percent
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.datasets import Dataset
from netlib.motion.moves import Move
from netlib.network import Network
from netlib.training.recorded import Learning

PICTURE = View(unit=2.55, centre=(-3.3, 0.65))
CORNER = np.array([1.1, 3.6, 0.0])
WIDE, HIGH, FOOT = 4.9, 2.6, (1.6, -1.85)  # of the loss curve, in scene units, and where its axes meet
START = 1e-9  # the time at which training begins: 0 is the plane of inputs
ROOM = 2.85  # half the width of the picture: where the line ends


class Course:
    """A space in which the data stand where the network's last layer puts them, at any moment of its training.

    Carry space through `enter` first, to the layer as it was before training; then call `begin`, and let time run
    from 0, the first recorded moment, to 1, the last.
    """

    def __init__(self, learning: Learning, data: Dataset) -> None:
        self.learning, self.data, self.started = learning, data, False
        self.space = Space(PICTURE, grid=False)
        self.picture = Group(self.space.add_sheet(half=1.1, step=0.11), Group(*self._dots()))
        self.graph = Graph(FOOT, (WIDE / learning.steps[-1], HIGH / learning.losses.max()))
        self.line = Polylines(np.zeros((2, 3)), np.array([0]), color=style.READOUT, stroke_width=5).set_z_index(4)
        self.curve = Polylines(np.zeros((0, 3)), np.array([0]), color=style.HIGHLIGHT, stroke_width=4)
        self.now = Dots(np.zeros((0, 3)), radius=0.11, color=style.HIGHLIGHT).set_z_index(4)

    def _dots(self) -> list[Dots]:
        """Every second point is drawn, so that markers stay apart; all count."""
        return [
            self.space.add_dots(self.data.of_class(k)[::2], style.CLASS_COLOURS[k], style.CLASS_MARKERS[k])
            for k in range(self.data.classes)
        ]

    @property
    def moment(self) -> float:
        """Where in the recorded moments the picture stands."""
        return self.space.time * (self.learning.moments - 1) if self.started else 0.0

    @property
    def network(self) -> Network:
        return self.learning.at(self.moment)

    def enter(self) -> Move:
        """Return the move that carries each input straight to where the untrained network's last layer has it."""
        first = self.learning.at(0)
        return Move("enter", "skip", 2, 2, lambda points, t: (1 - t) * points + t * first.represent(points))

    def begin(self) -> Group:
        """From now on let time be the training's; return the line, the loss so far and the labels, which follow it."""
        self.space.path, self.space.time, self.started = [self._learn()], START, True
        axes = self.graph.axes((0, self.learning.steps[-1]), (0, self.learning.losses.max()))
        told = LiveLabel(self.space, self._told, CORNER, UL, colour=style.HIGHLIGHT)
        for mobject, draw in ((self.line, self._draw_line), (Group(self.curve, self.now), self._draw_loss)):
            self.space.follow(np.zeros((1, 2)), mobject, lambda _, draw=draw: draw(), fixed=True)
        return Group(self.line, axes, self.curve, self.now, self._names(), told)

    def _learn(self) -> Move:
        """As a move must, it leaves points alone at 0; from the first instant on they are where a network has them."""
        last = self.learning.moments - 1

        def at(points: Array, t: float) -> Array:
            return self.learning.at(t * last).represent(points) if t > 0 else points

        return Move("learn", "learn", 2, 2, at)

    def _told(self) -> str:
        step = float(np.interp(self.moment, np.arange(self.learning.moments), self.learning.steps))
        return f"step {round(step)}: {percent(self.network.accuracy(self.data.points, self.data.labels))} right"

    def _names(self) -> VGroup:
        cut, best = baseline(self.data)
        rows = (f"{cut}: {percent(best)}", f"always the same answer: {percent(self.data.majority)}")
        names = [words(row, style.LABEL_SIZE, style.FAINT_INK) for row in rows]
        for k, name in enumerate(names):
            name.move_to(CORNER + np.array([0.14, -0.75 - 0.42 * k, 0]), aligned_edge=LEFT)
        loss = words("loss", style.LABEL_SIZE).move_to([FOOT[0] + 0.3, FOOT[1] + HIGH + 0.1, 0], aligned_edge=LEFT)
        step = words(f"step {self.learning.steps[-1]:.0f}", style.LABEL_SIZE)
        return VGroup(*names, loss, step.move_to([FOOT[0] + WIDE, FOOT[1] - 0.25, 0], aligned_edge=RIGHT))

    def _draw_line(self) -> None:
        readout = self.network.readout
        weight, offset = readout.weight[0], float(readout.bias[0])
        along = np.array([-weight[1], weight[0]]) / np.linalg.norm(weight)
        ends = -offset * weight / (weight @ weight) + np.linspace(-REACH, REACH, 801)[:, None] * along
        placed = self.space.view.project(ends)
        kept = (np.abs(placed[:, 0] - PICTURE.centre[0]) < ROOM) & (np.abs(placed[:, 1] - PICTURE.centre[1]) < ROOM)
        self.line.set_samples(placed[kept], np.array([0]))

    def _draw_loss(self) -> None:
        k = int(self.moment)
        at = np.append(np.arange(k + 1), self.moment)
        steps, losses = (np.interp(at, np.arange(self.learning.moments), row) for row in
                         (self.learning.steps, self.learning.losses))  # fmt: skip
        placed = self.graph.at(steps, losses)
        self.curve.set_samples(placed, np.array([0]))
        self.now.set_centres(placed[-1:])
