"""The data and features of TensorFlow Playground, drawn here by the same rules with numpy's random numbers.

Source: Smilkov, Carter, Sculley, Viégas, Wattenberg, "Direct-Manipulation Visualization of Deep Networks", 2017, and
the application's published settings (radius 5, noise as a share, seven features). Its random numbers are another
generator's, so points are alike and not the same. Coordinates are divided by 6, the half width of its plane, and
products by 36, so that inputs lie inside about [-1, 1]; sines are of its own, undivided coordinates.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array
from netlib.datasets import Dataset
from netlib.errors import unknown

HALF_WIDTH = 6.0
RADIUS = 5.0
FEATURES = ("x1", "x2", "x1x1", "x2x2", "x1x2", "sin1", "sin2")


def playground_circle(n: int = 500, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """A disk r < 2.5 (class 1) inside a ring 3.5 < r < 5 (class 0). Noise moves the border, not the points."""
    rng = np.random.default_rng(seed)
    bounds = np.where(np.arange(n) < n // 2, 0.0, 0.7 * RADIUS), np.where(np.arange(n) < n // 2, RADIUS / 2, RADIUS)
    radius, angle = rng.uniform(*bounds), rng.uniform(0, 2 * np.pi, n)
    points = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    judged = np.linalg.norm(points + noise * rng.uniform(-RADIUS, RADIUS, points.shape), axis=1)
    return _classified("playground_circle", points, judged < RADIUS / 2, features)


def playground_xor(n: int = 500, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Four quadrants, 0.3 away from the axes; class 1 where the signs agree."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-5, 5, (n, 2))
    points += np.where(points > 0, 0.3, -0.3)
    judged = points + noise * rng.uniform(-5, 5, points.shape)
    return _classified("playground_xor", points, judged.prod(axis=1) >= 0, features)


def playground_gauss(n: int = 500, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Two normal clusters at (2, 2) (class 1) and (-2, -2); variance 0.5, and 4 at the most noise (0.5)."""
    rng = np.random.default_rng(seed)
    positive = np.arange(n) < n // 2
    spread = np.sqrt(max(0.5 + 7 * noise, 0.0))
    points = np.where(positive, 2.0, -2.0)[:, None] + spread * rng.normal(size=(n, 2))
    return _classified("playground_gauss", points, positive, features)


def playground_spiral(n: int = 500, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Two arms of 1.75 turns from the middle out to radius 5."""
    rng = np.random.default_rng(seed)
    along = np.tile(np.arange(n // 2) / max(n // 2, 1), 2)
    positive = np.arange(2 * (n // 2)) < n // 2
    angle = 1.75 * 2 * np.pi * along + np.where(positive, 0.0, np.pi)
    points = RADIUS * along[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    points += noise * rng.uniform(-1, 1, points.shape)
    return _classified("playground_spiral", points, positive, features)


def playground_plane(n: int = 1200, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Regression: (x1 + x2) / 10, of Playground's coordinates."""
    points, judged = _square(n, seed, noise)
    return Dataset("playground_plane", with_features(points, features), judged.sum(axis=1) / 10, regression=True)


def playground_hills(n: int = 1200, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Regression: six cones of radius 2 and height +-1, alternating (Playground's "reg-gauss")."""
    points, judged = _square(n, seed, noise)
    centres = np.array([(x, y) for y in (2.5, -2.5) for x in (-4.0, 0.0, 4.0)])
    signs = np.array([1, -1, 1, -1, 1, -1])
    height = np.clip(1 - np.linalg.norm(judged[:, None] - centres, axis=2) / 2, 0, 1)
    highest = height.argmax(axis=1)
    targets = signs[highest] * height.max(axis=1)
    return Dataset("playground_hills", with_features(points, features), targets, regression=True)


def with_features(points: Array, features: str) -> Array:
    """Return the inputs (N, number of features) of points (N, 2) in Playground's own coordinates.

    features: names of FEATURES joined by '+'; raises UnknownName for another. Squares and products are divided by
    36, x1 and x2 by 6, sines are left as they are.
    """
    x, y = points[:, 0], points[:, 1]
    area = HALF_WIDTH**2
    columns = (x / HALF_WIDTH, y / HALF_WIDTH, x * x / area, y * y / area, x * y / area, np.sin(x), np.sin(y))
    names = features.split("+")
    for name in names:
        if name not in FEATURES:
            raise unknown("feature of TensorFlow Playground", name, list(FEATURES))
    return np.column_stack([columns[FEATURES.index(name)] for name in names])


def _square(n: int, seed: int, noise: float) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-HALF_WIDTH, HALF_WIDTH, (n, 2))
    return points, points + noise * rng.uniform(-HALF_WIDTH, HALF_WIDTH, points.shape)


def _classified(name: str, points: Array, positive: NDArray[np.bool_], features: str) -> Dataset:
    return Dataset(name, with_features(points, features), positive.astype(np.int64))
