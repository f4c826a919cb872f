"""Injectivity of one layer: does it ever map two points to the same one? Decided exactly, in rational arithmetic.

Every float is a fraction with a power of two as its denominator, so the rank of W and the sign of det W can be computed
in whole numbers. With a strictly increasing continuous activation, a nonsingular square W makes the layer a
homeomorphism onto its image (C. Olah, "Neural Networks, Manifolds, and Topology", 2014).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np

from netlib.activations import Activation, Array
from netlib.certificates.boxes import TINY
from netlib.certificates.certificate import Certificate

# Elimination in whole numbers takes about a second at this size, and grows with the fourth power of it; and it takes as
# long for smaller matrices of numbers of very different sizes, which are long whole numbers.
WIDEST_EXACT, MOST_WORK = 64, 3e11


@dataclass(frozen=True)
class Injectivity:
    """What decides whether a layer is injective.

    widths: of its input and output. rank: of W, exact; None for layers wider than WIDEST_EXACT.
    determinant: the float nearest to the exact value, None unless W is square. sign: of the exact value, -1, 0 or 1.
    condition: largest over smallest singular value (float64). activation: its name. strict: it is strictly increasing.
    flat: in some direction, far from zero, so few units have a slope that the layer collapses a whole area there.
    """

    widths: tuple[int, int]
    rank: int | None
    determinant: float | None
    sign: int | None
    condition: float
    activation: str
    strict: bool
    flat: bool = False

    @property
    def injective(self) -> bool | None:
        """True: no two points of the input space have the same image. False: some do. None: not decided."""
        inputs, outputs = self.widths
        if inputs > outputs or (self.rank is not None and self.rank < inputs):
            return False
        if self.rank is None:
            return None
        if self.strict:
            return True
        # where W reaches all of space, it reaches two values at which the activation is the same
        return False if inputs == outputs or self.flat else None

    @property
    def homeomorphism(self) -> bool | None:
        """Whether the layer is a homeomorphism of the whole space onto its image, of the same dimension."""
        return self.injective if self.widths[0] == self.widths[1] else False

    @property
    def certificate(self) -> Certificate:
        """Evidence for: this layer never maps two points to the same one."""
        measured: dict[str, float | int | str | bool] = {"condition number": self.condition}
        if self.determinant is not None:
            measured["det W"] = self.determinant
        if self.rank is not None:
            measured["rank W"] = self.rank
        measured["activation"] = self.activation
        caveat = "True of the exact function; float64 still rounds points together where the activation saturates."
        if self.injective is None:
            return Certificate(None, measured, "not decided: too wide for exact work, or flat in places", caveat)
        return Certificate(self.injective, measured, "exact (rational arithmetic)", caveat, "proved")


def injectivity(weight: Array, bias: Array, activation: Activation) -> Injectivity:
    """Return whether x -> activation(W x + b) is injective on all of space, with rank and determinant of W exactly.

    weight: W (out, in). bias: b (out,).
    """
    outputs, inputs = weight.shape
    exact = max(inputs, outputs) <= WIDEST_EXACT and _work(weight) <= MOST_WORK
    rank, det = _rank_and_determinant(rational(weight)) if exact else (None, None)
    singular = np.linalg.svd(weight, compute_uv=False)
    condition = float(singular[0] / singular[-1]) if singular[-1] > 0 else float("inf")
    nearest, sign = (None, None) if det is None else (nearest_float(det), (det > 0) - (det < 0))
    flat = _flat_somewhere(weight, bias, activation)
    return Injectivity((inputs, outputs), rank, nearest, sign, condition, activation.name, activation.injective, flat)


def determinant(matrix: Array) -> Fraction:
    """Return the exact determinant of a square matrix of floats (n, n)."""
    det = _rank_and_determinant(rational(matrix))[1]
    assert det is not None, "a determinant needs a square matrix"
    return det


def solved(matrix: list[list[Fraction]], right: list[Fraction]) -> list[Fraction] | None:
    """Return the exact x with matrix x = right, or None unless there is exactly one."""
    rows = [[*row, value] for row, value in zip(matrix, right, strict=True)]
    unknowns = len(matrix[0])
    for pivot in range(unknowns):
        # every column so far has its pivot, in the row of the same number
        chosen = next((r for r in range(pivot, len(rows)) if rows[r][pivot]), None)
        if chosen is None:
            return None
        rows[pivot], rows[chosen] = rows[chosen], rows[pivot]
        rows[pivot] = [value / rows[pivot][pivot] for value in rows[pivot]]
        for r in range(len(rows)):
            if r != pivot and rows[r][pivot]:
                rows[r] = [a - rows[r][pivot] * b for a, b in zip(rows[r], rows[pivot], strict=True)]
    return [row[-1] for row in rows[:unknowns]] if not any(row[-1] for row in rows[unknowns:]) else None


def _flat_somewhere(weight: Array, bias: Array, activation: Activation) -> bool:
    """Whether, in some direction and far from zero, fewer units have a slope than the input has dimensions."""
    slope, reach = activation.slope, 1e9 * (1 + float(np.abs(bias).max()))
    if not activation.flat or slope is None:
        return False
    rng = np.random.default_rng(0)
    rows = weight / np.maximum(np.abs(weight).max(axis=1, keepdims=True), TINY)
    directions = np.vstack([rows, -rows, rng.normal(size=(200, weight.shape[1]))])
    heights = directions @ rows.T
    # a unit whose hinge runs along the direction has a slope on one side of the hinge, so it counts; so does one of
    # which nothing is known, because its numbers are too large
    known = np.isfinite(far := reach * (directions @ weight.T) + bias) & (np.abs(heights) >= 1e-6)
    sloped = ~known | (slope(np.where(known, far, 0.0)) != 0)
    # fewer units than dimensions cannot have full rank, whatever the weights are
    return bool((sloped.sum(axis=1) < weight.shape[1]).any())


def _work(matrix: Array) -> float:
    """A number that grows as the time that `_rank_and_determinant` takes for a matrix of floats (n, m): about 1e11 a
    second."""
    exponents = np.frexp(matrix[matrix != 0])[1]
    size, bits = max(matrix.shape), 53 + (int(np.ptp(exponents)) if len(exponents) else 0)
    return float(size**3 * (size * bits) ** 1.6)


def rational(matrix: Array) -> Any:
    """Return the exact values of a matrix of floats (n, m), as an array of fractions."""
    return np.array([[Fraction(value) for value in row] for row in matrix.tolist()], dtype=object)


def exact_rank(matrix: Any, most: int | None = None) -> int:
    """Return the rank of a matrix of fractions (n, m), or `most` where it is higher, which takes less time."""
    return _rank_and_determinant(matrix, most)[0]


def _rank_and_determinant(matrix: Any, most: int | None = None) -> tuple[int, Fraction | None]:
    """Bareiss's elimination without fractions (Math. Comp. 22, 1968), in which every division leaves no remainder."""
    scale = lcm(*(value.denominator for row in matrix for value in row))
    rows = [[int(value * scale) for value in row] for row in matrix]
    rank, sign, last = 0, 1, 1
    for column in range(len(rows[0])):
        chosen = next((r for r in range(rank, len(rows)) if rows[r][column]), None)
        if chosen is None:
            continue
        if chosen != rank:
            rows[rank], rows[chosen], sign = rows[chosen], rows[rank], -sign
        pivot = rows[rank]
        for r in range(rank + 1, len(rows)):
            head = rows[r][column]
            rows[r] = [(pivot[column] * a - head * b) // last for a, b in zip(rows[r], pivot, strict=True)]
        last, rank = pivot[column], rank + 1
        if rank in (len(rows), most):
            break
    if matrix.shape[0] != matrix.shape[1]:
        return rank, None
    return rank, Fraction(sign * last, scale ** len(rows)) if rank == len(rows) else Fraction(0)


def nearest_float(value: Fraction) -> float:
    """Return the float nearest to a fraction; inf or -inf where it is too large for one."""
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")
