"""Where layers are too wide to be drawn: a straight way past them, which is said to be one on screen."""

from __future__ import annotations

from netlib.moves import Move
from netlib.network import Network


def straight_to(network: Network) -> Move:
    """Return the move that carries each input (N, 2) in a straight line to where the last hidden layer, of width 2, has
    it. Only its ends are computed by the network, and on the way points may pass through each other."""
    width = network.hidden[-1].outputs
    return Move(
        "straight to the last layer",
        "skip",
        network.inputs,
        width,
        lambda points, t: (1 - t) * points + t * network.represent(points),
        layer=len(network.hidden) - 1,
    )
