"""Folds and crushed areas: where the map to a layer turns the input plane over, or squeezes it to a line or a point.

The Jacobian of a layer is diag(a'(z)) W. ReLU's a' is 0 or 1: it collapses areas (rank below 2) and never folds by
itself; a fold needs a layer that is not injective in between (3 -> 2), or an activation that is not monotone.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np

from netlib.activations import Array, identity, relu
from netlib.certificates.boxes import UNIT, box_image, slope_range
from netlib.certificates.certificate import Certificate
from netlib.certificates.injectivity import WIDEST_EXACT, Injectivity, exact_rank, rational
from netlib.errors import UntangleError
from netlib.kept import kept
from netlib.layers import Dense
from netlib.network import Network

# Nodes a side of the grid; fewer for networks with a layer wider than WIDE, which take width times as long.
NODES, FEW_NODES, WIDE = 201, 41, 64
# Areas that shrink by more than this factor look like a line or a point.
CRUSHED = 1e-6


@dataclass(frozen=True)
class Folds:
    """What the map from the input square to the representation after a layer does to small areas, as shares of the
    square.

    layer: its index. collapsed: proved to be squeezed to a line or a point; a share of the grid's nodes but where it is
    `exact`, after a first layer of ReLU. crushed: the area shrinks by more than CRUSHED, without the collapsed areas.
    turned: the orientation is opposite to that of the larger part, whatever the rounding; 0 where the representation is
    not a plane. proved: there is no fold, because all layers so far are injective, or 2 -> 2 with a non-decreasing
    activation. injective: all layers so far are. spacing: of the grid's nodes, in the units of the input.
    """

    layer: int
    collapsed: float
    crushed: float
    turned: float
    proved: bool
    injective: bool
    spacing: float
    exact: bool = False

    @property
    def folded(self) -> bool | None:
        """True: both orientations were found, so there is a fold. False: it is proved that there is none. None: not
        decided."""
        return True if self.turned > 0 else (False if self.proved else None)

    @property
    def squeezed(self) -> bool | None:
        """True: some area is proved to be squeezed to a line or a point. False: none is. None: not decided."""
        return True if self.collapsed > 0 else (False if self.injective or self.exact else None)

    @property
    def certificate(self) -> Certificate:
        """Evidence for: up to this layer the plane is folded nowhere."""
        reason = "every layer so far is injective, or 2 to 2 and monotone" if self.folded is False else ""
        return self._certificate(None if self.folded is None else not self.folded, reason)

    @property
    def squeezing(self) -> Certificate:
        """Evidence for: some area is squeezed to a line or a point."""
        reason = "every layer so far is injective" if self.injective else ""
        return self._certificate(self.squeezed, "the share, in rational arithmetic" if self.exact else reason)

    def _certificate(self, holds: bool | None, reason: str) -> Certificate:
        grid = f"grid of {self.spacing:.2g}"
        resolution = grid if holds is None else reason or f"{grid}, with bounds on rounding"
        measured = {"turned over": self.turned, "collapsed": self.collapsed, "crushed": self.crushed}
        caveat = "Shares are of the input square; what happens outside it was not computed."
        return Certificate(holds, measured, resolution, caveat, "proved")


@kept(Folds, Certificate)
def folds(network: Network, box: float = 1.0, nodes: int | None = None) -> tuple[Folds, ...]:
    """Return what the map from the input to each hidden layer does to the square [-box, box]^2.

    nodes: of the grid, a side; chosen by the widest layer where None. Raises UntangleError for networks whose input is
    not a plane, and for activations of unknown slope.
    """
    if network.inputs != 2:
        raise UntangleError(f"folds are looked for in the plane; this network takes {network.inputs} numbers")
    nodes = nodes or (NODES if max(network.widths) <= WIDE else FEW_NODES)
    steps = np.linspace(-box, box, nodes)
    middle = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    reach, frames = np.zeros_like(middle), Frames.of(len(middle))
    shrunk, collapsed = np.zeros(len(middle)), np.zeros(len(middle), dtype=bool)
    affine: Any = None  # the exact product of the matrices since the last bend
    proved, injective, found = True, True, list[Folds]()
    for k, layer in enumerate(network.dense[:-1]):
        facts = layer.injectivity
        before, off = box_image(replace(layer, activation=identity), middle, reach)
        least, most = slope_range(layer.activation, before - off, before + off)
        middle, reach = box_image(layer, middle, reach)
        frames, factor = frames.carried(layer, facts, least, most)
        with np.errstate(divide="ignore"):
            shrunk = shrunk + np.log(factor)
        injective &= facts.injective is True
        proved &= facts.injective is True or (facts.widths == (2, 2) and layer.activation.monotone)
        # what is flat nowhere has a slope, even where float64 has none left
        sloped = (most != 0) | (least != 0) | (not layer.activation.flat)
        collapsed = collapsed | (sloped.sum(axis=1) < 2)
        if facts.rank is not None:
            exact = rational(layer.weight) if affine is None else rational(layer.weight) @ affine
            collapsed = collapsed | (facts.rank < 2) | (affine is not None and exact_rank(exact, most=2) < 2)
            affine = exact if layer.activation is identity else None
        else:
            affine = None
        positive, negative = (float((frames.sign == sign).mean()) for sign in (1, -1))
        share = squeezed_share(layer, box) if k == 0 else None
        flat, crushed = float(collapsed.mean()), float((~collapsed & (shrunk < np.log(CRUSHED))).mean())
        turned = min(positive, negative) if layer.outputs == 2 else 0.0
        known = (k, flat, crushed, turned, proved, injective, 2 * box / (nodes - 1))
        found.append(Folds(*known) if share is None else replace(Folds(*known), collapsed=float(share), exact=True))
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Frames:
    """The images of the directions e1 and e2 at N points, made orthonormal after every layer, so that they are right in
    saturated and deep networks too.

    basis: (N, d, 2). sign: (N,), the orientation of the image of (e1, e2) against that of the basis, 1 or -1; 0 where
    it is open. doubt: (N,), a bound on the error of the basis.
    """

    basis: Array
    sign: Array
    doubt: Array

    @classmethod
    def of(cls, count: int, sign: Array | None = None) -> Frames:
        """The axes of the plane at `count` points; the sign is 1 where none is given."""
        return cls(np.broadcast_to(np.eye(2), (count, 2, 2)), np.ones(count) if sign is None else sign, np.zeros(count))

    def carried(self, layer: Dense, facts: Injectivity, least: Array, most: Array) -> tuple[Frames, Array]:
        """Return the images of the frames under a layer whose slopes are between least and most (N, out), and the
        factor by which it changes areas (N,)."""
        # by powers of two, which change no direction, so that squares of tiny and of huge numbers stay in range
        largest = 2.0 ** np.clip(np.frexp(np.abs(layer.weight).max() or 1.0)[1], -1022, 1023)
        slope, weight = (least + most) / 2, layer.weight / largest
        size = np.abs(weight)
        # the orientation that the activation keeps (1) or changes (-1); 0 where a slope may be 0
        bend = np.where((np.sign(least) == np.sign(most)).all(axis=1), np.sign(least).prod(axis=1), 0.0)
        bend = np.ones_like(bend) if layer.activation.injective else bend
        if facts.widths == (2, 2) and facts.determinant is not None and facts.sign is not None:
            # with the exact det W, a nearly singular W cannot look like a fold
            return Frames.of(len(slope), self.sign * facts.sign * bend), np.abs(facts.determinant * slope.prod(axis=1))
        if layer.outputs == 2:  # the slopes change the area and nothing else
            least = most = np.ones_like(slope)
        steep = np.maximum(np.abs(least), np.abs(most))
        scale = np.maximum(steep.max(axis=1), 1e-300)[:, None]
        half, steep = (most - least) / (2 * scale), steep / scale
        columns = ((least + most) / (2 * scale))[:, :, None] * (weight @ self.basis)
        off = (half + (layer.inputs + 8) * UNIT * steep)[:, :, None] * (size @ np.abs(self.basis))
        error = np.linalg.norm(off, axis=(1, 2)) + self.doubt * np.linalg.norm(steep[:, :, None] * size, axis=(1, 2))
        u, v = columns[..., 0], columns[..., 1]
        first = u / np.maximum(np.linalg.norm(u, axis=1, keepdims=True), 1e-300)
        second = v
        for _ in range(2):  # twice, so that the second direction of a thin frame is right to the last digit
            second = second - (first * second).sum(axis=1, keepdims=True) * first
            second = second / np.maximum(np.linalg.norm(second, axis=1, keepdims=True), 1e-300)
        area = np.linalg.norm(u, axis=1) * np.abs((second * v).sum(axis=1))
        # at least the smaller singular value of the columns; an error well below it turns nothing over
        thin = area / np.maximum(np.linalg.norm(columns, axis=(1, 2)), 1e-300)
        doubt = np.minimum(4 * error / np.maximum(thin, 1e-300) + 16 * UNIT, 1.0)
        sign, factor = np.where(doubt < 1, self.sign, 0.0), area * scale[:, 0] ** 2 * largest * largest
        if layer.outputs == 2:
            turn = np.sign(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
            return Frames.of(len(sign), sign * turn * bend), factor * np.abs(slope.prod(axis=1))
        return Frames(np.stack([first, second], axis=2), sign, doubt), factor


def squeezed_share(layer: Dense, box: float = 1.0) -> Fraction | None:
    """Return the share of the square [-box, box]^2 that a layer of ReLU squeezes to a line or a point, exactly: that in
    which fewer than two of its units are on. None for other layers, and where two of its hinges are parallel."""
    rows = [tuple(map(Fraction, row)) for row in np.column_stack([layer.weight, layer.bias]).tolist()]
    crossing = all(a[0] * b[1] != a[1] * b[0] for a, b in itertools.combinations(rows, 2))
    if layer.activation is not relu or layer.inputs != 2 or not crossing or len(rows) > WIDEST_EXACT:
        return None
    side = Fraction(box)
    square = [(-side, -side), (side, -side), (side, side), (-side, side)]
    all_off = _area(square, rows)
    # the parts in which all units but one are off meet only where all are
    parts = sum((_area(square, rows[:k] + rows[k + 1 :]) - all_off for k in range(len(rows))), all_off)
    return parts / (4 * side**2)


def _area(polygon: list[tuple[Fraction, Fraction]], rows: list[tuple[Fraction, ...]]) -> Fraction:
    """The area of the part of a convex polygon in which a x + b y + c <= 0 for every row (a, b, c)."""
    for a, b, c in rows:
        cut = list[tuple[Fraction, Fraction]]()
        for (x, y), (u, v) in zip(polygon, polygon[1:] + polygon[:1], strict=True):
            here, there = a * x + b * y + c, a * u + b * v + c
            cut += [(x, y)] if here <= 0 else []
            if here * there < 0:
                t = here / (here - there)
                cut.append((x + t * (u - x), y + t * (v - y)))
        polygon = cut
    twice = (x * v - u * y for (x, y), (u, v) in zip(polygon, polygon[1:] + polygon[:1], strict=True))
    return sum(twice, Fraction(0)) / 2
