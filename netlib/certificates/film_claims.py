"""Certificates for sentences about several networks at once, and about the way between two layers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.spatial.distance import cdist

from netlib.certificates.certificate import Certificate
from netlib.certificates.tunnel import Tunnel
from netlib.datasets import Dataset
from netlib.errors import UntangleError
from netlib.motion.trajectory import affine_then_bend
from netlib.network import Network


def loops_stay_apart(network: Network, data: Dataset, layer: int, moments: int = 101) -> Certificate:
    """On the way through hidden layer `layer`, from 0, the data's two loops never come nearer to each other than the
    widest step between neighbouring points of a loop.

    moments: at which each move is looked at. Raises UntangleError where the data has not two loops.
    """
    if len(data.loops) != 2:
        raise UntangleError(f"{data.name}: two loops are needed, this data has {len(data.loops)}")
    first, second = (network.represent(loop.points, layer) for loop in data.loops)
    nearest, widest = np.inf, 0.0
    for move in affine_then_bend(network.hidden[layer], layer):
        for t in np.linspace(0, 1, moments):
            pair = move.at(first, t), move.at(second, t)
            nearest = min(nearest, float(cdist(*pair).min()))
            steps = (np.linalg.norm(np.roll(loop, -1, axis=0) - loop, axis=1).max() for loop in pair)
            widest = max(widest, float(max(steps)))
        first, second = pair
    return Certificate(
        nearest > widest,
        {"nearest": nearest, "widest step between points": widest},
        f"{len(first)} and {len(second)} points, {moments} moments a move",
        "The way from layer to layer is our choice; the network computes its ends only.",
    )


def no_network_is_right(networks: Sequence[Network], data: Dataset) -> Certificate:
    """Each of the networks has some points of the data wrong."""
    shares = [network.accuracy(data.points, data.labels) for network in networks]
    return Certificate(
        max(shares) < 1,
        {f"network {k}": share for k, share in enumerate(shares, 1)},
        "every point",
        "Other starts of the same widths may do better.",
    )


def all_leak(found: Sequence[Tunnel]) -> Certificate:
    """In every network the region called "disk" leads out through the ring. found: what `tunnel` says of each."""
    return _all_are("tunnel", found)


def all_enclose(found: Sequence[Tunnel]) -> Certificate:
    """Every network encloses the disk in a closed curve. found: what `tunnel` says of each network."""
    return _all_are("enclosed", found)


def _all_are(outcome: str, found: Sequence[Tunnel]) -> Certificate:
    outcomes = [each.outcome for each in found]
    undecided = "not decided" in outcomes or not outcomes
    return Certificate(
        None if undecided else set(outcomes) == {outcome},
        {"networks": len(outcomes), **{name: outcomes.count(name) for name in sorted(set(outcomes))}},
        "tunnels and closed curves proved by intervals",
        "These networks only; that no other of width 2 does better is a theorem (Johnson 2018).",
    )
