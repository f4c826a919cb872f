"""The picture that every contender renders: a grid and two classes of dots, carried through a network."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from netlib import Dense, Move, Network, Trajectory, affine_then_bend
from netlib.activations import tanh

Array = NDArray[np.float64]

VARIABLE = "UNTANGLE_BENCHMARK"  # in the environment: tells a contender's process which picture it renders
HALF = 1.5  # the grid spans [-HALF, HALF] in both directions of the input plane
UNIT = 3.2  # scene units for one unit of space
CAPTION = "Each layer stretches, turns and shifts the plane, then bends it."
FORMULA = "tanh(W x + b)"
GRID_COLOUR, CLASS_COLOURS, ARROW_COLOURS = "#3E8FC4", ("#FF9A3C", "#7CD4FF"), ("#83C167", "#FC6255")
GRID_WIDTH, ARROW_WIDTH, OUTLINE_WIDTH = 2.0, 6.0, 1.0  # 0.01 scene units


@dataclass(frozen=True)
class Picture:
    """What is shown: hidden layers, lines in each direction, dots and their radius in scene units; and for how many
    seconds each move lasts. Each hidden layer is two moves, affine and bend."""

    layers: int = 4
    lines: int = 41
    dots: int = 500
    radius: float = 0.065
    seconds: float = 1.0

    @classmethod
    def from_environment(cls) -> Picture:
        """Return the picture that this process was told to render."""
        return cls(**json.loads(os.environ.get(VARIABLE, "{}")))

    def to_environment(self) -> dict[str, str]:
        """Return the variables that tell another process to render this picture."""
        return {VARIABLE: json.dumps(asdict(self))}

    def network(self) -> Network:
        """Return random layers of two neurons that keep the plane open: rotations, stretched by 1.1 to 1.5."""
        rng = np.random.default_rng(7)
        hidden = []
        for _ in range(self.layers):
            angle = rng.uniform(-1.2, 1.2)
            rotation = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
            hidden.append(Dense(rotation @ np.diag(rng.uniform(1.1, 1.5, 2)), rng.uniform(-0.15, 0.15, 2), tanh))
        return Network(tuple(hidden), Dense(np.ones((1, 2)), np.zeros(1), tanh))

    def moves(self) -> tuple[Move, ...]:
        """Return the moves, each the straight way from where points are to where they go: what Manim's tweens do."""
        return tuple(_straight(move) for move in Trajectory.through(self.network(), affine_then_bend).moves)

    def line_ends(self) -> Array:
        """Return the grid's lines as pairs of points (2 * lines, 2, 2)."""
        across = np.linspace(-HALF, HALF, self.lines)
        upright = [[(x, -HALF), (x, HALF)] for x in across]
        level = [[(-HALF, y), (HALF, y)] for y in across]
        return np.array(upright + level)

    def classes(self) -> tuple[Array, Array]:
        """Return the dots of two classes: a disk, and a ring around it."""
        k = np.arange(self.dots) + 0.5
        angle = k * np.pi * (3 - np.sqrt(5))
        inner = self.dots // 2
        radius = np.where(k < inner, 0.35 * np.sqrt(k / max(inner, 1)), 0.65 + 0.35 * (k - inner) / (self.dots - inner))
        points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
        return points[:inner], points[inner:]


def _straight(move: Move) -> Move:
    def function(points: Array, t: float) -> Array:
        return (1 - t) * points + t * move.at(points, 1.0)

    return Move(move.title, move.part, 2, 2, function, None, move.layer)
