"""Eigen-directions and singular directions of one 2 x 2 layer, and what its bend and neuron order leave of them.

An eigenvector compares a layer's input with its output as if both had the same axes. Neurons have no order of their
own: renumber them and W has other eigenvalues, while the network computes the same.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from netlib.activations import Array
from netlib.certificates.certificate import Certificate
from netlib.errors import UntangleError
from netlib.motion.rotations import polar_rotation
from netlib.network import Layer, Network

QUARTER = np.array([[0.0, -1.0], [1.0, 0.0]])
DIRECTIONS = 720
CAVEAT = "It is about W alone, one linear step, and about the order in which its neurons are numbered."


def discriminant(weight: Array) -> Fraction:
    """Return (trace^2 - 4 det) of a (2, 2) matrix, exactly: above zero where it has two real eigenvalues."""
    if np.shape(weight) != (2, 2):
        raise UntangleError(f"eigen-directions are shown for 2 x 2 matrices, got {np.shape(weight)}")
    (a, b), (c, d) = _exact(weight)
    return (a - d) ** 2 + 4 * b * c


def _exact(weight: Array) -> list[list[Fraction]]:
    return [[Fraction(float(value)) for value in row] for row in weight]


def eigen_directions(weight: Array) -> tuple[Array, Array]:
    """Return the two real eigenvalues (2,), the larger first, and their unit directions (2, 2), one a row.

    Raises UntangleError where there are none.
    """
    if discriminant(weight) <= 0:
        raise UntangleError("this matrix has no two real eigenvalues")
    values, vectors = np.linalg.eig(weight)
    order = np.argsort(values)[::-1]
    return np.asarray(values[order]), np.asarray(vectors.T[order])


def eigen_lines_only_stretch(layer: Layer) -> Certificate:
    """W keeps two lines through zero where they are, and stretches along them without turning them round.

    That is: two different real eigenvalues, both above zero; so their sum (trace) and product (det) are.
    """
    exact = discriminant(layer.weight)
    if exact <= 0:
        return Certificate(False, {"discriminant": float(exact)}, "exact (rational arithmetic)", CAVEAT)
    values, directions = eigen_directions(layer.weight)
    off = float(np.abs(directions @ layer.weight.T - values[:, None] * directions).max())
    measured = {"first eigenvalue": float(values[0]), "second eigenvalue": float(values[1]), "off the lines": off}
    (a, b), (c, d) = _exact(layer.weight)
    holds = off < 1e-9 and a + d > 0 and a * d - b * c > 0
    return Certificate(holds, {**measured}, "existence and sign exact, their size in float64", CAVEAT)


def every_direction_turns(layer: Layer) -> Certificate:
    """W keeps no line through zero where it is."""
    exact = discriminant(layer.weight)
    least = float(np.degrees(turns(layer.weight).min()))
    measured = {"discriminant": float(exact), "least turn in degrees": least}
    resolution = f"exact (rational arithmetic); the turn of {DIRECTIONS} directions"
    return Certificate(exact < 0, {**measured}, resolution, CAVEAT)


def turns(weight: Array, directions: int = DIRECTIONS) -> Array:
    """Return by how much W turns each of some lines through zero, in radians from 0 to a right angle."""
    angles = np.linspace(0, np.pi, directions, endpoint=False)
    before = np.column_stack([np.cos(angles), np.sin(angles)])
    after = before @ weight.T
    cosines = np.abs((before * after).sum(axis=1)) / np.linalg.norm(after, axis=1)
    return np.asarray(np.arccos(np.clip(cosines, 0, 1)))


def singular_directions_turn(layer: Layer) -> Certificate:
    """Two directions at right angles are at right angles after W, and are turned by the same angle."""
    _, sizes, directions = np.linalg.svd(layer.weight)
    first, second = directions @ layer.weight.T
    cosine = float(abs(first @ second) / (np.linalg.norm(first) * np.linalg.norm(second)))
    turn = turned(layer.weight)
    measured = {"turn in degrees": turn, "cosine between them": cosine, "stretch 1": sizes[0], "stretch 2": sizes[1]}
    return Certificate(cosine < 1e-9 and abs(turn) > 1, {k: float(v) for k, v in measured.items()}, "float64", CAVEAT)


def turned(weight: Array) -> float:
    """Return the angle, in degrees, of the rotation in the polar decomposition of W with det W > 0."""
    rotation = polar_rotation(weight)
    return float(np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0])))


def eigen_lines_bend(layer: Layer, reach: float = 2.0, samples: int = 401) -> Certificate:
    """After the whole layer neither eigen-line, within `reach` of zero, is a straight line any more."""
    _, directions = eigen_directions(layer.weight)
    off = []
    for direction in directions:
        image = layer(np.linspace(-reach, reach, samples)[:, None] * direction)
        centred = image - image.mean(axis=0)
        across = np.linalg.svd(centred, full_matrices=False)[2][1]
        off.append(float(np.abs(centred @ across).max()))
    measured = {"first line off any straight one": off[0], "second line off any straight one": off[1]}
    caveat = "Other lines may be bent less; those along which a neuron stays at zero stay straight."
    return Certificate(min(off) > 0.01, {**measured}, f"{samples} points a line", caveat)


def renumbered(network: Network) -> Network:
    """Return the same function with the two neurons of the first layer swapped and one of them negated: its
    representation is turned by a right angle, and the next layer turns it back.

    Raises UntangleError for other widths, and for activations that negation does not pass through.
    """
    first = network.layers[0]
    if not network.hidden or first.outputs != 2 or first.activation.reflection != 0:
        raise UntangleError("only a layer of two neurons with an odd activation (tanh) is renumbered like this")
    second = network.layers[1]
    turned_first = replace(first, weight=QUARTER @ first.weight, bias=QUARTER @ first.bias)
    layers = (turned_first, replace(second, weight=second.weight @ QUARTER.T), *network.layers[2:])
    return Network(layers[:-1], layers[-1])


def renumbering_changes_nothing(network: Network, other: Network, half: float = 2.0) -> Certificate:
    """Two networks give the same outputs on the square [-half, half]^2, up to rounding."""
    steps = np.linspace(-half, half, 101)
    points = np.stack(np.meshgrid(steps, steps), axis=-1).reshape(-1, 2)
    far = float(np.abs(network(points) - other(points)).max())
    return Certificate(far < 1e-9, {"largest difference of outputs": far}, "grid of 101 x 101", "In float64.")
