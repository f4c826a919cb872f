"""Small multiples: the same data through several networks side by side, layer by layer, at one scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from manim import Group

from manim_untangle.draw import style
from manim_untangle.draw.batched import Polylines
from manim_untangle.draw.text import words
from manim_untangle.stage.animations import ApplyMove
from manim_untangle.stage.ring import wrong_points
from manim_untangle.stage.scores import baseline, percent
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.datasets import Dataset
from netlib.motion.moves import Move
from netlib.network import Network

LEVEL, LARGEST = 0.85, 1.4  # the height of the row on screen, and the largest unit of space
DOT = 0.045
BASELINE_LEVEL = -1.95


class Multiple:
    """One network in its place in the row. drawn: all that is on screen of it."""

    def __init__(self, column: int, columns: int, network: Network, data: Dataset) -> None:
        self.half = style.FRAME_HALF[0] / columns - 0.3
        self.middle = np.array([(2 * column + 1) * style.FRAME_HALF[0] / columns - style.FRAME_HALF[0], LEVEL])
        self.network, self.data = network, data
        self.space = Space(View(unit=LARGEST, centre=tuple(self.middle)), grid=False)
        self.space.add_sheet(half=1.05, step=0.21)
        self.space.add_data(data, radius=DOT)
        self.drawn = Group(self.space)

    def corners(self, move: Move) -> tuple[Array, Array]:
        """Return the lower left and the upper right corner (2,) of the data, in space, after a move."""
        points = move.at(self.space.where(self.data.points), 1)[:, :2]
        return points.min(axis=0), points.max(axis=0)

    def view(self, unit: float, move: Move) -> View:
        """Return the view of that unit in which the data, after a move, are in the middle of this network's place."""
        x, y = self.middle - unit * sum(self.corners(move)) / 2
        return replace(self.space.view, unit=unit, centre=(float(x), float(y)))

    def verdict(self, name: str) -> Group:
        """Return the network's line, the points that it gets wrong, and its score below."""
        weight, offset = self.network.readout.weight[0], float(self.network.readout.bias[0])
        normal = weight / np.linalg.norm(weight)
        foot, along = -offset / np.linalg.norm(weight) * normal, np.array([-normal[1], normal[0]])
        # cut off where the network's place ends: |foot + s along - middle| <= reach in both coordinates
        view = self.space.view
        middle, reach = (self.middle - view.centre) / view.unit, self.half / view.unit
        ends = np.sort(np.stack([(middle - reach - foot) / along, (middle + reach - foot) / along]), axis=0)
        line = Polylines(np.zeros((2, 3)), np.array([0]), color=style.READOUT, stroke_width=4)
        shares = np.array([[ends[0].max()], [ends[1].min()]])
        self.space.follow(foot + shares * along, line, line.set_samples, fixed=True)
        score = percent(self.network.accuracy(self.data.points, self.data.labels))
        note = words(f"{name}: {score}", style.LABEL_SIZE, style.HIGHLIGHT)
        note.move_to([self.middle[0], LEVEL - self.half - 0.3, 0])
        wrong = wrong_points(self.space, self.network, self.data)
        wrong.radius = 2 * DOT
        return Group(line.set_z_index(4), wrong, note)


def row(networks: Sequence[Network], data: Dataset) -> list[Multiple]:
    """Return the networks in a row across the frame, each with the data before its first layer."""
    return [Multiple(k, len(networks), network, data) for k, network in enumerate(networks)]


def flows(multiples: Sequence[Multiple], moves: Sequence[Move], run_time: float) -> list[ApplyMove]:
    """Return the animations that carry each network's space along its move, to one unit for all."""
    sizes = [np.subtract(*m.corners(move)[::-1]).max() / (2 * m.half) for m, move in zip(multiples, moves, strict=True)]
    unit = min(LARGEST, 1 / max(sizes))
    return [
        ApplyMove(m.space, move, m.view(unit, move), run_time=run_time)
        for m, move in zip(multiples, moves, strict=True)
    ]


def baselines(data: Dataset) -> Group:
    """Return one line of words below the row: what the best straight line and one answer for all have right."""
    cut, best = baseline(data)
    text = f"{cut}: {percent(best)}  ·  always the same answer: {percent(data.majority)}"
    return words(text, style.LABEL_SIZE, style.FAINT_INK).move_to([0, BASELINE_LEVEL, 0])


def none_is_right(networks: Sequence[Network], data: Dataset) -> Certificate:
    """Each of the networks has some points of the data wrong."""
    shares = [network.accuracy(data.points, data.labels) for network in networks]
    measured = {f"network {k}": share for k, share in enumerate(shares, 1)}
    caveat = "Other starts of the same widths may do better."
    return Certificate(max(shares) < 1, {**measured}, "every point", caveat)
