"""Eigen-directions of one 2 x 2 layer, and what its activation and its order of neurons change.

An eigenvector compares the input of a layer with its output as if both had the same axes. But neurons have no order:
other numbers for them give W other eigenvalues, while the network computes the same function.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.certificates.injectivity import nearest_float, rational
from netlib.errors import UntangleError
from netlib.layers import Dense
from netlib.network import Network

SWAP = np.array([[0.0, 1.0], [1.0, 0.0]])
QUARTER = np.array([[0.0, -1.0], [1.0, 0.0]])
BITS = 100  # of a root
DOWN = 1 - 2.0**-48  # more than the rounding of an arc tangent and what is done with it
CAVEAT = "It is about W alone, one linear step, and about the order in which its neurons are numbered."


def discriminant(weight: Array) -> Fraction:
    """Return trace^2 - 4 det of a (2, 2) matrix, exactly. It is positive where the matrix has two real eigenvalues."""
    if np.shape(weight) != (2, 2):
        raise UntangleError(f"eigen-directions are shown for 2 x 2 matrices, got {np.shape(weight)}")
    (a, b), (c, d) = rational(weight)
    return Fraction((a - d) ** 2 + 4 * b * c)


def eigen_directions(weight: Array) -> tuple[Array, Array]:
    """Return the two real eigenvalues (2,), the larger first, and their unit directions (2, 2), one a row.

    Raises UntangleError where there are not two of them.
    """
    if discriminant(weight) <= 0:
        raise UntangleError("this matrix has no two real eigenvalues")
    values, vectors = map(np.real, np.linalg.eig(weight))  # two that are nearly equal may be given as complex
    order = np.argsort(values)[::-1]
    return np.asarray(values[order]), np.asarray(vectors.T[order])


def eigen_lines_only_stretch(layer: Dense) -> Certificate:
    """W maps two lines through zero to themselves, and only stretches along them, without reversing them.

    That is, it has two different real eigenvalues, and both are positive: their sum (trace) and product (det) are.
    """
    exact = discriminant(layer.weight)
    if exact <= 0:
        return Certificate(
            False, {"discriminant": nearest_float(exact)}, "exact (rational arithmetic)", CAVEAT, "proved"
        )
    values, directions = eigen_directions(layer.weight)
    off = float(np.abs(directions @ layer.weight.T - values[:, None] * directions).max())
    measured = {"first eigenvalue": float(values[0]), "second eigenvalue": float(values[1]), "off the lines": off}
    (a, b), (c, d) = rational(layer.weight)
    holds = bool(a + d > 0 and a * d - b * c > 0)
    return Certificate(holds, measured, "existence and sign exact, their size in float64", CAVEAT, "proved")


def every_direction_turns(layer: Dense) -> Certificate:
    """W turns every line through zero: it has no real eigenvector."""
    exact, least = discriminant(layer.weight), least_turn(layer.weight)
    measured = {"discriminant": nearest_float(exact), "least turn in degrees": least}
    resolution = "exact (rational arithmetic); the least turn in closed form, rounded down"
    return Certificate(exact < 0, measured, resolution, CAVEAT, "proved")


def least_turn(weight: Array) -> float:
    """Return the least angle by which W (2, 2) turns a line through zero, in degrees from 0 to 90, rounded down.

    In complex numbers W takes the direction u = e^(it) to (z + c e^(-2it)) u. So the directions W u / u are those of a
    circle around z, and the least turn is the angle between the real line and the nearer tangent to it from 0. Its
    tangent is computed in fractions, with bounds on two roots.
    """
    (a, b), (c, d) = rational(weight)
    along, across = abs(a + d) / 2, abs(c - b) / 2  # z
    radius = ((a - d) ** 2 + (b + c) ** 2) / 4  # of the circle, squared
    if across**2 <= radius:
        return 0.0
    # sqrt(det W) is the length of the tangent
    far, wide = _root_from_above(a * d - b * c), _root_from_above(radius)
    over = (along**2 + across**2) * (across**2 - radius)
    under = (across * far + along * wide) * (along * far + across * wide)
    return 90 * DOWN if under == 0 else math.degrees(math.atan(nearest_float(over / under))) * DOWN


def _root_from_above(value: Fraction) -> Fraction:
    """A fraction that is not below the square root of one, and hardly above it."""
    if value == 0:
        return Fraction(0)
    size = value.denominator << BITS
    return Fraction(math.isqrt((value.numerator * value.denominator) << (2 * BITS)) + 1, size)


def renumbered(network: Network, signs: Array = QUARTER) -> Network:
    """Return the same function with other numbers and signs of the two neurons of the first layer, which the next layer
    undoes.

    signs: the signed permutation (2, 2) that multiplies the first representation; by default the two are swapped, and
    the one that is then the first is negated: a turn by a right angle. Raises UntangleError for other widths, and for
    activations that are not odd.
    """
    first = network.dense[0]
    if not network.hidden or first.outputs != 2 or first.activation.reflection != 0:
        raise UntangleError("only a layer of two neurons with an odd activation (tanh) can be renumbered like this")
    return _renumbered(network, signs)


def renumbering_changes_nothing(network: Network, other: Network, half: float = 2.0) -> Certificate:
    """Two networks give the same output for every input.

    Proved where their first layers differ by numbers and signs of neurons only, the next layers undo exactly that, all
    else is equal bit by bit, and the activation is odd: f(S z) = S f(z) for a signed permutation S. Otherwise the
    outputs are compared on a grid of the square [-half, half]^2.
    """
    steps = np.linspace(-half, half, 101)
    points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    far = float(np.abs(network(points) - other(points)).max())
    measured = {"largest difference of outputs": far}
    if _differ_by_signed_permutation(network, other):
        return Certificate(True, measured, "exact: numbers and signs of neurons", "In real numbers.", "proved")
    return Certificate(False if far > 1e-6 else None, measured, "grid of 101 x 101", "In float64.")


def _differ_by_signed_permutation(network: Network, other: Network) -> bool:
    if network.widths != other.widths or not network.hidden or network.dense[0].activation.reflection != 0:
        return False
    signs = np.rint(other.dense[0].weight @ np.linalg.pinv(network.dense[0].weight))
    if any((np.abs(signs).sum(axis=axis) != 1).any() for axis in (0, 1)):
        return False
    pairs = zip(_renumbered(network, signs).dense, other.dense, strict=True)
    return all(
        a.activation.name == b.activation.name and np.array_equal(a.weight, b.weight) and np.array_equal(a.bias, b.bias)
        for a, b in pairs
    )


def _renumbered(network: Network, signs: Array) -> Network:
    """Return the network whose first representation is multiplied by a signed permutation, undone by the next layer."""
    first, second = network.dense[:2]
    turned = replace(first, weight=signs @ first.weight, bias=signs @ first.bias)
    layers = (turned, replace(second, weight=second.weight @ signs.T), *network.dense[2:])
    return Network(layers[:-1], layers[-1])
