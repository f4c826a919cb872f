"""Hinges: what each unit of one hidden layer adds to the output, as curves over a line or as heights over the plane."""

from __future__ import annotations

import numpy as np

from manim_untangle.draw import style
from manim_untangle.draw.batched import Polylines
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.motion.moves import Move
from netlib.network import Network

UNIT_COLOURS = (style.FIRST_BASIS, style.SECOND_BASIS, style.PROBE)


def contributions(network: Network, points: Array) -> Array:
    """Return what each unit of a network with one hidden layer and one output adds to the output at points (N, d), as
    (N, units); with the readout's bias they add up to the output."""
    return np.asarray(network.represent(points) * network.readout.weight[0])


def lift(network: Network, unit: int) -> Move:
    """Return the move that raises the plane by minus a unit's contribution: a bowl where the output is a hill.

    Heights add up, so the moves of all units give bias - output, in any order.
    """

    def raised(points: Array, t: float) -> Array:
        heights = -contributions(network, points[:, :2])[:, unit]
        space = np.pad(points, ((0, 0), (0, 3 - points.shape[1])))
        return space + t * heights[:, None] * np.array([0.0, 0.0, 1.0])

    return Move(f"unit {unit + 1}", "lift", 3, 3, raised)


def crease(space: Space, network: Network, unit: int, half: float = 1.25) -> Polylines:
    """Add the line in the input plane along which a unit turns on, as far as the square [-half, half]^2."""
    weight, bias = network.hidden[0].weight[unit], network.hidden[0].bias[unit]
    foot, along = -bias * weight / (weight @ weight), np.array([-weight[1], weight[0]]) / np.linalg.norm(weight)
    sides = np.stack([(half - foot) / along, (-half - foot) / along])
    ends = foot + np.outer([sides.min(axis=0).max(), sides.max(axis=0).min()], along)
    share = np.linspace(0, 1, 101)[:, None]
    return space.add_curve((1 - share) * ends[0] + share * ends[1], UNIT_COLOURS[unit], width=5).set_z_index(2)
