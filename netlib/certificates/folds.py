"""Folds and crushed areas: where the way to a layer turns the input plane over, or squeezes it to a line or a point.

The Jacobian of a layer is diag(a'(z)) W. ReLU's a' is 0 or 1: it collapses areas (rank below 2) and never folds by
itself; a fold needs a layer that is not injective in between (3 -> 2), or an activation that is not monotone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.certificates.injectivity import Injectivity, injectivity
from netlib.errors import UntangleError
from netlib.network import Network

# A wide layer takes width times as long at each node.
NODES, FEW_NODES, WIDE = 201, 41, 64
# Areas that shrink by more than this are drawn as a line or a point.
CRUSHED = 1e-6


@dataclass(frozen=True)
class Folds:
    """What the map from the input square to the representation after a layer does to small areas; shares of the square.

    layer: its index. collapsed: rank of the Jacobian below 2, exactly (slope 0). crushed: area shrunk by more than
    CRUSHED, collapsed ones not counted. turned: orientation opposite to most of the rest; 0 where the representation is
    not a plane. proved: no fold can be there, because all layers so far are injective. box: half the square's side.
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
        """True: both orientations were found, so there is a fold. False: proved that there is none. None: none seen."""
        return True if self.turned > 0 else (False if self.proved else None)

    @property
    def certificate(self) -> Certificate:
        """Evidence for: the layers so far fold the plane nowhere."""
        spacing = 2 * self.box / (self.nodes - 1)
        return Certificate(
            holds=None if self.folded is None else not self.folded,
            measured={"turned over": self.turned, "collapsed": self.collapsed, "crushed": self.crushed},
            resolution="proved: every layer so far is injective" if self.proved else f"grid of {spacing:.2g}",
            caveat="Shares are of the input square; what happens outside it was not computed.",
        )


def folds(network: Network, box: float = 1.0, nodes: int | None = None) -> tuple[Folds, ...]:
    """Return what each hidden layer makes of the square [-box, box]^2, as the end of the way from the input.

    Raises UntangleError for networks whose input is not a plane, and for activations of unknown slope.
    """
    if network.inputs != 2:
        raise UntangleError(f"folds are looked for in the plane; this network takes {network.inputs} numbers")
    nodes = nodes or (NODES if max(network.widths) <= WIDE else FEW_NODES)
    steps = np.linspace(-box, box, nodes)
    points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    frame, shrunk = np.broadcast_to(np.eye(2), (len(points), 2, 2)), np.zeros(len(points))
    proved, found = True, list[Folds]()
    for k, layer in enumerate(network.hidden):
        if layer.activation.slope is None:
            raise UntangleError(f"{layer.activation}: its slope is not known. Give Activation a slope")
        facts, before = injectivity(layer, k), points @ layer.weight.T + layer.bias
        slope = layer.activation.slope(before)
        frame, factor = _carried(frame, slope[:, :, None] * (layer.weight @ frame), slope, facts)
        points, proved = layer.activation(before), proved and facts.injective is True
        with np.errstate(divide="ignore"):
            shrunk = shrunk + np.log(factor)
        # where the frame fills the plane its determinant, +1 or -1, tells whether the plane lies face up
        sign = np.linalg.det(frame).round() if layer.outputs == 2 else np.zeros(len(points))
        found.append(_summary(k, shrunk, sign, proved, box, nodes))
    return tuple(found)


def _carried(frame: Array, columns: Array, slope: Array, facts: Injectivity) -> tuple[Array, Array]:
    """Where a layer carries an orthonormal frame (N, n, 2), given the images of its columns (N, d, 2): the new frame
    (N, d, 2) and the factor of area (N,). The frame is zero where the rank is below 2.

    It is made orthonormal again after every layer, so that neither saturation nor depth wears out its orientation.
    """
    u, v = columns[..., 0], columns[..., 1]
    first = u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-300)
    if facts.widths == (2, 2) and facts.determinant is not None and facts.sign is not None:
        # det W is known exactly, so a nearly singular W cannot look like a fold
        bend = slope.prod(axis=1)
        area = np.abs(facts.determinant * bend)
        turn = np.linalg.det(frame).round() * facts.sign * np.sign(bend)
        second = turn[:, None] * np.column_stack([-first[:, 1], first[:, 0]])
    else:
        second = v
        for _ in range(2):  # twice, so that a needle's second direction is right to the last digit
            second = second - (first * second).sum(axis=1, keepdims=True) * first
            second = second / np.maximum(np.linalg.norm(second, axis=1, keepdims=True), 1e-300)
        area = np.linalg.norm(u, axis=1) * np.abs((second * v).sum(axis=1))
        # decided without rounding: fewer than two units that are not flat, or a W of rank one
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
