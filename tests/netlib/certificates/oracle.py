"""An oracle for the certificates: small, slow, and without a line of what it judges.

A network is a list of (W, b, activation's name), the readout last, without an activation. Where all activations are
piecewise linear everything is computed in fractions; else in numpy's longest float.
"""

from __future__ import annotations

import itertools
from collections import deque
from fractions import Fraction

import numpy as np
from scipy.special import erfc

LINEAR = {"identity": None, "relu": Fraction(0), "leaky_relu": Fraction(0.01)}
STRICT = {
    "identity",
    "tanh",
    "sigmoid",
    "leaky_relu",
    "elu",
    "softplus",
    "selu",
    "softsign",
    "logsigmoid",
    "tanhshrink",
}
# lambda and alpha of the paper, as torch rounds them
SELU = np.longdouble(1.6732632423543772), np.longdouble(1.0507009873554805)


def normal(z):
    """The normal distribution by its series in long floats; far out, where that is tiny or 1, in floats."""
    x = np.clip(np.asarray(z, dtype=np.longdouble), -6, 6)
    term, total = x.copy(), x.copy()
    for n in range(1, 160):  # the sum of x^(2n+1) / (1 3 5 ... (2n+1)), all of one sign
        term = term * x * x / (2 * n + 1)
        total = total + term
    near = np.longdouble(0.5) + total * np.exp(-x * x / 2) / np.sqrt(2 * np.longdouble(np.pi))
    return np.where(np.abs(z) < 6, near, erfc(-np.asarray(z, dtype=np.float64) / np.sqrt(2)) / 2)


CURVES = {
    "identity": lambda z: z,
    "tanh": lambda z: 2 / (1 + np.exp(-2 * z)) - 1,
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "relu": lambda z: (z + np.abs(z)) / 2,
    "leaky_relu": lambda z: np.where(z > 0, z, z * np.longdouble(0.01)),
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "softplus": lambda z: np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0),
    "relu6": lambda z: np.minimum(np.maximum(z, 0), 6),
    "hardsigmoid": lambda z: np.minimum(np.maximum(z + 3, 0), 6) / 6,
    "selu": lambda z: SELU[1] * np.where(z > 0, z, SELU[0] * np.expm1(np.minimum(z, 0))),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "silu": lambda z: z / (1 + np.exp(np.minimum(-z, 11000))),
    "mish": lambda z: z * np.tanh(np.log1p(np.exp(-np.abs(z))) + np.maximum(z, 0)),
    "gelu": lambda z: z * normal(z),
    "gelu_tanh": lambda z: (
        z / (1 + np.exp(np.minimum(-2 * np.sqrt(np.longdouble(2) / np.pi) * (z + z**3 * 0.044715), 11000)))
    ),
    "hardtanh": lambda z: np.minimum(np.maximum(z, -1), 1),
    "softshrink": lambda z: np.sign(z) * np.maximum(np.abs(z) - np.longdouble(0.5), 0),
    "logsigmoid": lambda z: np.minimum(z, 0) - np.log1p(np.exp(-np.abs(z))),
    "tanhshrink": lambda z: z - np.sign(z) * (1 - 2 / (1 + np.exp(np.minimum(2 * np.abs(z), 11000)))),
    "hardswish": lambda z: z * np.minimum(np.maximum(z + 3, 0), 6) / 6,
}


def forward(layers, points):
    """Outputs (N, classes) in long floats."""
    values = np.asarray(points, dtype=np.longdouble)
    for weight, bias, name in layers:
        weight, bias = (np.asarray(a, dtype=np.longdouble) for a in (weight, bias))
        values = CURVES[name](values @ weight.T + bias)
    return values


def answers(layers, points):
    """The class of each point (N,), and how far it is from another class."""
    outputs = forward(layers, points)
    if outputs.shape[1] == 1:
        return (outputs[:, 0] > 0).astype(int), np.abs(outputs[:, 0])
    ordered = np.sort(outputs, axis=1)
    return outputs.argmax(axis=1), ordered[:, -1] - ordered[:, -2]


def exact(layers, point):
    """The values after every layer at a point, and the Jacobian of each, in fractions; for piecewise linear layers."""
    values, jacobian, found = [Fraction(v) for v in point], None, []
    for weight, bias, name in layers:
        rows = [[Fraction(float(w)) for w in row] for row in weight]
        before = [dot(row, values) + Fraction(float(b)) for row, b in zip(rows, bias, strict=True)]
        slopes = [Fraction(1) if z > 0 or LINEAR[name] is None else LINEAR[name] for z in before]
        kink = any(z == 0 for z in before) and name != "identity"
        values = [s * z for s, z in zip(slopes, before, strict=True)]
        columns = rows if jacobian is None else product(rows, jacobian)
        jacobian = [[s * entry for entry in row] for s, row in zip(slopes, columns, strict=True)]
        found.append((values, jacobian, kink))
    return found


def dot(a, b):
    return sum((x * y for x, y in zip(a, b, strict=True)), Fraction(0))


def product(rows, matrix):
    return [[dot(row, column) for column in zip(*matrix, strict=True)] for row in rows]


def rank(matrix):
    """Rank of a matrix, by Gauss in fractions."""
    rows, found = [[Fraction(v) for v in row] for row in matrix], 0
    for column in range(len(rows[0]) if rows else 0):
        pivot = next((r for r in range(found, len(rows)) if rows[r][column]), None)
        if pivot is None:
            continue
        rows[found], rows[pivot] = rows[pivot], rows[found]
        for r in range(found + 1, len(rows)):
            share = rows[r][column] / rows[found][column]
            rows[r] = [a - share * b for a, b in zip(rows[r], rows[found], strict=True)]
        found += 1
    return found


def determinant(matrix):
    """Determinant by cofactors."""
    if len(matrix) == 1:
        return Fraction(matrix[0][0])
    minors = ([row[:k] + row[k + 1 :] for row in matrix[1:]] for k in range(len(matrix)))
    return sum(((-1) ** k * Fraction(matrix[0][k]) * determinant(minor) for k, minor in enumerate(minors)), Fraction(0))


def injective(weight, name):
    """Whether a layer is injective: True, False, or None where this oracle does not know."""
    full = rank(np.asarray(weight).tolist()) == len(weight[0])
    if name in STRICT:
        return full
    return False if not full or len(weight) == len(weight[0]) else None


def hulls_meet(first, second):
    """Whether the convex hulls of two sets of points meet: the simplex method in fractions, by Bland's rule."""
    columns = [[*map(Fraction, p), 1, 0] for p in first] + [[*(-Fraction(v) for v in p), 0, 1] for p in second]
    height, right = len(columns[0]), [Fraction(0)] * (len(columns[0]) - 2) + [Fraction(1)] * 2
    # phase one, with one artificial variable a row: the tableau holds [columns | right], the cost is their sum
    rows = [[Fraction(column[r]) for column in columns] + [right[r]] for r in range(height)]
    basis = [None] * height
    while True:
        free = [r for r in range(height) if basis[r] is None]
        gain = [sum((rows[r][c] for r in free), Fraction(0)) for c in range(len(columns) + 1)]
        if gain[-1] == 0:
            return True
        entering = next((c for c in range(len(columns)) if gain[c] > 0), None)
        if entering is None:
            return False
        ratios = [(rows[r][-1] / rows[r][entering], -1 if basis[r] is None else basis[r], r)
                  for r in range(height) if rows[r][entering] > 0]  # fmt: skip
        leaving = min(ratios)[2]
        pivot = rows[leaving][entering]
        rows[leaving] = [v / pivot for v in rows[leaving]]
        for r in range(height):
            if r != leaving and rows[r][entering]:
                share = rows[r][entering]
                rows[r] = [a - share * b for a, b in zip(rows[r], rows[leaving], strict=True)]
        basis[leaving] = entering


def orientation(a, b, c):
    """The side of the line from a to b on which c lies: 1 left, -1 right, 0 on it, exactly."""
    (ax, ay), (bx, by), (cx, cy) = (map(Fraction, p) for p in (a, b, c))
    turn = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
    return (turn > 0) - (turn < 0)


def best_split(points, labels):
    """The largest number of points (N, 2) that a line can have right, by trying every way to split them.

    Every line can be moved until it passes through two points; those on it then go to either side in their order.
    """
    n, ones = len(points), sum(labels)
    most = max(ones, n - ones)
    for i, j in itertools.combinations(range(n), 2):
        if points[i] == points[j]:
            continue
        side = [orientation(points[i], points[j], p) for p in points]
        axis = 0 if points[i][0] != points[j][0] else 1
        on = sorted((k for k in range(n) if side[k] == 0), key=lambda k: points[k][axis])
        places = sorted({points[k][axis] for k in on})
        for place in (*places, np.inf):
            for before in (1, -1):
                above = [s > 0 if s else (before > 0) == (p[axis] < place) for s, p in zip(side, points, strict=True)]
                right = sum(a == (label == 1) for a, label in zip(above, labels, strict=True))
                most = max(most, right, n - right)
    return most


def reaches(layers, label, centre, start, goal, nodes=121):
    """Whether the region with that answer leads from within `start` of the centre to beyond `goal`, on a dense grid."""
    steps = np.linspace(-1.3 * goal, 1.3 * goal, nodes)
    x, y = np.meshgrid(steps, steps)
    points = np.column_stack([x.ravel(), y.ravel()]) + centre
    inside = (answers(layers, points)[0] == label).reshape(nodes, nodes)
    distance = np.hypot(x, y)
    seen, queue = inside & (distance <= start), deque(map(tuple, np.argwhere(inside & (distance <= start))))
    while queue:
        i, j = queue.popleft()
        if distance[i, j] > goal:
            return True
        for a, b in ((i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)):
            if 0 <= a < nodes and 0 <= b < nodes and inside[a, b] and not seen[a, b]:
                seen[a, b] = True
                queue.append((a, b))
    return False


def gauss_integral(first, second, fine=6):
    """The linking number of two closed polygons (M, 3) by the midpoint rule on Gauss's double integral."""
    pieces = []
    for polygon in (np.asarray(first), np.asarray(second)):
        share = (np.arange(fine) + 0.5)[:, None] / fine
        step = np.roll(polygon, -1, axis=0) - polygon
        pieces.append(((polygon[:, None] + share * step[:, None]).reshape(-1, 3), np.repeat(step / fine, fine, axis=0)))
    (p, u), (q, v) = pieces
    between = p[:, None] - q
    triple = (np.cross(u[:, None], v) * between).sum(axis=2)
    return float((triple / np.linalg.norm(between, axis=2) ** 3).sum() / (4 * np.pi))
