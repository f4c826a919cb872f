"""Folds and crushed areas: where the map to a layer turns the input plane over, or squeezes it to a line or a point.

The Jacobian of a layer is diag(a'(z)) W. ReLU's a' is 0 or 1: it collapses areas (rank below 2) and never folds by
itself; a fold needs a layer that is not injective in between (3 -> 2), or an activation that is not monotone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.certificates.injectivity import Injectivity
from netlib.errors import UntangleError
from netlib.network import Network

# Nodes a side of the grid; fewer for networks with a layer wider than WIDE, which take width times as long.
NODES, FEW_NODES, WIDE = 201, 41, 64
# Areas that shrink by more than this factor look like a line or a point.
CRUSHED = 1e-6


@dataclass(frozen=True)
class Folds:
    """What the map from the input square to the representation after a layer does to small areas, as shares of the
    square.

    layer: its index. collapsed: the rank of the Jacobian is below 2, exactly (slope 0). crushed: the area shrinks by
    more than CRUSHED, without the collapsed areas. turned: the orientation is opposite to that of the larger part; 0
    where the representation is not a plane. proved: there is no fold, because all layers so far are injective. box:
    half the square's side. nodes: of the grid, a side.
    """

    layer: int
    collapsed: float
    crushed: float
    turned: float
    proved: bool
    box: float
    nodes: int

    @property
    def folded(self) -> bool | None:
        """True: both orientations were found, so there is a fold. False: it is proved that there is none. None: not
        decided."""
        return True if self.turned > 0 else (False if self.proved else None)

    @property
    def spacing(self) -> float:
        """Distance of the grid's nodes, in the units of the input."""
        return 2 * self.box / (self.nodes - 1)

    @property
    def certificate(self) -> Certificate:
        """Evidence for: up to this layer the plane is folded nowhere."""
        return Certificate(
            holds=None if self.folded is None else not self.folded,
            measured={"turned over": self.turned, "collapsed": self.collapsed, "crushed": self.crushed},
            resolution="proved: every layer so far is injective" if self.proved else f"grid of {self.spacing:.2g}",
            caveat="Shares are of the input square; what happens outside it was not computed.",
        )


def folds(network: Network, box: float = 1.0, nodes: int | None = None) -> tuple[Folds, ...]:
    """Return what the map from the input to each hidden layer does to the square [-box, box]^2.

    nodes: of the grid, a side; chosen by the widest layer where None. Raises UntangleError for networks whose input is
    not a plane, and for activations of unknown slope.
    """
    if network.inputs != 2:
        raise UntangleError(f"folds are looked for in the plane; this network takes {network.inputs} numbers")
    nodes = nodes or (NODES if max(network.widths) <= WIDE else FEW_NODES)
    steps = np.linspace(-box, box, nodes)
    points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    frame, shrunk = np.broadcast_to(np.eye(2), (len(points), 2, 2)), np.zeros(len(points))
    proved, found = True, list[Folds]()
    for k, layer in enumerate(network.dense[:-1]):
        if layer.activation.slope is None:
            raise UntangleError(f"{layer.activation}: its slope is not known. Give Activation a slope")
        facts, before = layer.injectivity, points @ layer.weight.T + layer.bias
        slope = layer.activation.slope(before)
        frame, factor = _carried(frame, slope[:, :, None] * (layer.weight @ frame), slope, facts)
        points, proved = layer.activation(before), proved and facts.injective is True
        with np.errstate(divide="ignore"):
            shrunk = shrunk + np.log(factor)
        # in the plane the determinant of the frame, +1 or -1, is the orientation
        sign = np.linalg.det(frame).round() if layer.outputs == 2 else np.zeros(len(points))
        found.append(_summary(k, shrunk, sign, proved, box, nodes))
    return tuple(found)


def _carried(frame: Array, columns: Array, slope: Array, facts: Injectivity) -> tuple[Array, Array]:
    """The orthonormal frame (N, d, 2) to which a layer carries one (N, n, 2), given the images of its columns (N, d,
    2), and the factor of area (N,). The frame is zero where the rank is below 2.

    It is made orthonormal again after every layer, so that its orientation is right in saturated and deep networks too.
    """
    u, v = columns[..., 0], columns[..., 1]
    first = u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-300)
    if facts.widths == (2, 2) and facts.determinant is not None and facts.sign is not None:
        # with the exact det W, a nearly singular W cannot look like a fold
        bend = slope.prod(axis=1)
        area = np.abs(facts.determinant * bend)
        turn = np.linalg.det(frame).round() * facts.sign * np.sign(bend)
        second = turn[:, None] * np.column_stack([-first[:, 1], first[:, 0]])
    else:
        second = v
        for _ in range(2):  # twice, so that the second direction of a thin frame is right to the last digit
            second = second - (first * second).sum(axis=1, keepdims=True) * first
            second = second / np.maximum(np.linalg.norm(second, axis=1, keepdims=True), 1e-300)
        area = np.linalg.norm(u, axis=1) * np.abs((second * v).sum(axis=1))
        # decided without rounding: fewer than two units have a slope, or W has rank one
        area *= ((slope != 0).sum(axis=1) >= 2) & (facts.rank is None or facts.rank >= 2)
    return np.where(area[:, None, None] > 0, np.stack([first, second], axis=2), 0.0), area


def _summary(layer: int, shrunk: Array, sign: Array, proved: bool, box: float, nodes: int) -> Folds:
    collapsed = np.isneginf(shrunk)
    positive, negative = float((sign > 0).mean()), float((sign < 0).mean())
    return Folds(
        layer=layer,
        collapsed=float(collapsed.mean()),
        crushed=float((~collapsed & (shrunk < np.log(CRUSHED))).mean()),
        turned=min(positive, negative),
        proved=proved,
        box=box,
        nodes=nodes,
    )
