"""Data sets: small, deterministic by seed, inside about [-1, 1] in each coordinate.

A specification such as "spirals:turns=0.75,n=160" names a function of this module that takes (n, seed, ...) and returns
a Dataset. The shapes are the usual toy problems of the field; we chose the parameters so that a film can show the gaps.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array
from netlib.errors import UntangleError, unknown

# The data sets and features of TensorFlow Playground, made by the same rules.
# Source: Smilkov, Carter, Sculley, Viégas, Wattenberg, "Direct-Manipulation Visualization of Deep Networks", 2017, and
# the application's published settings (radius 5, noise as a share, seven features). Its random numbers come from
# another generator, so its points are similar, not the same. Coordinates are divided by 6, the half width of its plane,
# and products by 36, so that inputs lie inside about [-1, 1]; sines are those of the undivided coordinates.
PLAYGROUND_HALF_WIDTH = 6.0
PLAYGROUND_RADIUS = 5.0
PLAYGROUND_FEATURES = ("x1", "x2", "x1x1", "x2x2", "x1x2", "sin1", "sin2")
MOST_POINTS = 200_000  # of a data set, made here or read from a file
# `sampled` takes SAMPLE points of a larger data set, where all of them would take too long. It takes LEAST_OF_A_CLASS
# points of each class (or all, where a class has fewer), so that chance does not leave out a rare class.
SAMPLE, LEAST_OF_A_CLASS = 2_000, 20


@dataclass(frozen=True, eq=False)
class Loop:
    """A closed curve with a topological meaning.

    points: (M, d), the last joined to the first. around: a point (d,) around which it winds, or None.
    """

    name: str
    points: Array
    around: Array | None = None


@dataclass(frozen=True, eq=False)
class Dataset:
    """Points and their labels.

    points: (N, d). labels: (N,), the classes 0, 1, ... as integers, or real targets where `regression` is true.
    loops: closed curves that belong to the data. class_names: one for each class, where the classes have names; there
    may be no point of a class. columns: names of the coordinates, where they have names. notes: what was decided when
    the data were read, in sentences. target: the name of what a regression is about, where it has one.
    """

    name: str
    points: Array
    labels: NDArray[Any]
    loops: tuple[Loop, ...] = ()
    regression: bool = False
    class_names: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    target: str = ""

    @property
    def classes(self) -> int:
        """Number of classes; 0 for a regression."""
        return 0 if self.regression else max(int(self.labels.max()) + 1, len(self.class_names))

    @property
    def dimension(self) -> int:
        return int(self.points.shape[1])

    def of_class(self, label: int) -> Array:
        """Return the points (M, d) of one class."""
        return np.asarray(self.points[self.labels == label])

    @property
    def majority(self) -> float:
        """Share of the largest class, the accuracy of a constant answer."""
        return float(np.bincount(self.labels.astype(np.int64)).max() / len(self.labels))


def two_curves(n: int = 160, seed: int = 0, height: float = 0.4, gap: float = 0.6) -> Dataset:
    """Two cosine arcs, one above the other."""
    t = np.linspace(-1, 1, n // 2)
    below, above = (np.column_stack([t, height * np.cos(np.pi * t) + s * gap / 2]) for s in (-1, 1))
    return _classes("two_curves", below, above)


def spirals(n: int = 160, seed: int = 0, turns: float = 0.75) -> Dataset:
    """Two spiral arms from radius 0.12 to 1, evenly spaced along their length; the second is minus the first."""
    fine = np.linspace(0, 1, 4001)
    radius, angle = 0.12 + 0.88 * fine, 2 * np.pi * turns * fine
    curve = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(curve, axis=0), axis=1))])
    even = np.linspace(0, length[-1], n // 2)
    arm = np.column_stack([np.interp(even, length, curve[:, i]) for i in range(2)])
    return _classes("spirals", arm, -arm)


def disk_in_ring(n: int = 400, seed: int = 0) -> Dataset:
    """A disk r <= 0.35 (class 1) inside a ring 0.65 <= r <= 1 (class 0), points even by area (sunflower)."""
    inner = round(n * 0.375)
    disk, ring = sunflower(inner, 0.0, 0.35), sunflower(n - inner, 0.65, 1.0)
    return _classes("disk_in_ring", ring, disk, loops=(Loop("ring", circle(0.825), around=np.zeros(2)),))


def moons(n: int = 160, seed: int = 0, noise: float = 0.033) -> Dataset:
    """Two interlocking half circles, with normal noise."""
    t = np.linspace(0, np.pi, n // 2)
    upper = np.column_stack([np.cos(t) - 0.5, np.sin(t) - 0.25]) / 1.5
    rng = np.random.default_rng(seed)
    both = _classes("moons", upper, -upper)
    return Dataset("moons", both.points + rng.normal(0, noise, both.points.shape), both.labels)


def xor(n: int = 160, seed: int = 0, spread: float = 0.13) -> Dataset:
    """Four clusters at (+-0.6, +-0.6); class 1 where the coordinates' signs agree. Cut at 2.3 sd, which leaves a
    gap."""
    rng = np.random.default_rng(seed)
    corners = np.array([(0.6, -0.6), (-0.6, 0.6), (0.6, 0.6), (-0.6, -0.6)])
    clusters = [c + spread * _cut_normal(rng, n // 4, 2.3) for c in corners]
    return _classes("xor", np.vstack(clusters[:2]), np.vstack(clusters[2:]))


def checkerboard(n: int = 240, seed: int = 0, k: int = 4) -> Dataset:
    """k x k cells of alternating class, points jittered in the middle 72 % of each cell."""
    rng = np.random.default_rng(seed)
    i, j = (a.ravel() for a in np.meshgrid(np.arange(k), np.arange(k)))
    per_cell = max(1, n // (k * k))
    middles = np.repeat(np.column_stack([i, j]) + 0.5, per_cell, axis=0)
    points = 2 / k * (middles + rng.uniform(-0.36, 0.36, middles.shape)) - 1
    return Dataset("checkerboard", points, np.repeat((i + j) % 2, per_cell))


def linked_rings(n: int = 400, seed: int = 0, tube: float = 0.12) -> Dataset:
    """Two perpendicular circles of radius 0.6 in space, each through the other's middle, thickened to a tube."""
    rng = np.random.default_rng(seed)
    t = np.arange(n // 2) * 2 * np.pi / (n // 2)
    first, second = _linked_circles(t)
    fine = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    loops = tuple(Loop(f"ring {i + 1}", c) for i, c in enumerate(_linked_circles(fine)))
    return _classes("linked_rings", *(c + tube * _in_ball(rng, len(c)) for c in (first, second)), loops=loops)


def interval_in_interval(n: int = 90, seed: int = 0) -> Dataset:
    """On a line: [-1/3, 1/3] (class 1) between [-1, -2/3] and [2/3, 1] (class 0)."""
    third = n // 3
    outer = np.concatenate([np.linspace(-1, -2 / 3, third), np.linspace(2 / 3, 1, third)])
    return _classes("interval_in_interval", outer[:, None], np.linspace(-1 / 3, 1 / 3, third)[:, None])


def parabola(n: int = 101, seed: int = 0) -> Dataset:
    """Regression: y = x^2 on [-1, 1]."""
    x = np.linspace(-1, 1, n)
    return Dataset("parabola", x[:, None], x**2, regression=True)


def playground_circle(n: int = 500, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """A disk r < 2.5 (class 1) inside a ring 3.5 < r < 5 (class 0). Noise changes the classes, not the points."""
    rng = np.random.default_rng(seed)
    is_inner = np.arange(n) < n // 2
    radius = PLAYGROUND_RADIUS * rng.uniform(np.where(is_inner, 0.0, 0.7), np.where(is_inner, 0.5, 1.0))
    angle = rng.uniform(0, 2 * np.pi, n)
    points = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    judged = np.linalg.norm(points + noise * rng.uniform(-PLAYGROUND_RADIUS, PLAYGROUND_RADIUS, points.shape), axis=1)
    return _playground("circle", points, judged < PLAYGROUND_RADIUS / 2, features)


def playground_xor(n: int = 500, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Four quadrants, 0.3 away from the axes; class 1 where the signs agree."""
    rng = np.random.default_rng(seed)
    points = rng.uniform(-5, 5, (n, 2))
    points += np.where(points > 0, 0.3, -0.3)
    judged = points + noise * rng.uniform(-5, 5, points.shape)
    return _playground("xor", points, judged.prod(axis=1) >= 0, features)


def playground_gauss(n: int = 500, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Two normal clusters at (2, 2) (class 1) and (-2, -2); variance 0.5, and 4 at the most noise (0.5)."""
    rng = np.random.default_rng(seed)
    positive = np.arange(n) < n // 2
    spread = np.sqrt(max(0.5 + 7 * noise, 0.0))
    points = np.where(positive, 2.0, -2.0)[:, None] + spread * rng.normal(size=(n, 2))
    return _playground("gauss", points, positive, features)


def playground_spiral(n: int = 500, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Two arms of 1.75 turns from the middle out to radius 5."""
    rng = np.random.default_rng(seed)
    along = np.tile(np.arange(n // 2) / max(n // 2, 1), 2)
    positive = np.arange(2 * (n // 2)) < n // 2
    angle = 1.75 * 2 * np.pi * along + np.where(positive, 0.0, np.pi)
    points = PLAYGROUND_RADIUS * along[:, None] * np.column_stack([np.sin(angle), np.cos(angle)])
    points += noise * rng.uniform(-1, 1, points.shape)
    return _playground("spiral", points, positive, features)


def playground_plane(n: int = 1200, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Regression: (x1 + x2) / 10, of Playground's coordinates."""
    points, judged = _square(n, seed, noise)
    return _playground("plane", points, judged.sum(axis=1) / 10, features)


def playground_hills(n: int = 1200, seed: int = 0, noise: float = 0.0, features: str = "x1+x2") -> Dataset:
    """Regression: six cones of radius 2 and height +-1, alternating (Playground's "reg-gauss")."""
    points, judged = _square(n, seed, noise)
    centres = np.array([(x, y) for y in (2.5, -2.5) for x in (-4.0, 0.0, 4.0)])
    signs = np.array([1, -1, 1, -1, 1, -1])
    height = np.clip(1 - np.linalg.norm(judged[:, None] - centres, axis=2) / 2, 0, 1)
    highest = height.argmax(axis=1)
    return _playground("hills", points, signs[highest] * height.max(axis=1), features)


def with_features(points: Array, features: str) -> Array:
    """Return the inputs (N, number of features) of points (N, 2) in Playground's own coordinates.

    features: names of PLAYGROUND_FEATURES joined by '+'; raises UnknownName for another. Squares and products are
    divided by 36, x1 and x2 by 6, sines by nothing.
    """
    x, y = points.T / PLAYGROUND_HALF_WIDTH
    columns = (x, y, x * x, y * y, x * y, *np.sin(points.T))
    names = features.split("+")
    for name in names:
        if name not in PLAYGROUND_FEATURES:
            raise unknown("feature of TensorFlow Playground", name, PLAYGROUND_FEATURES)
    return np.column_stack([columns[PLAYGROUND_FEATURES.index(name)] for name in names])


def circle(radius: float, samples: int = 400) -> Array:
    """Return a closed circle around the origin, (samples, 2)."""
    t = np.linspace(0, 2 * np.pi, samples, endpoint=False)
    return radius * np.column_stack([np.cos(t), np.sin(t)])


def datasets() -> dict[str, Callable[..., Dataset]]:
    """Return the function of every data set, by name: the public functions of this module that take (n, seed, ...)."""
    public = {name: f for name, f in globals().items() if inspect.isfunction(f) and not name.startswith("_")}
    return {name: f for name, f in public.items() if [*inspect.signature(f).parameters][:2] == ["n", "seed"]}


def dataset(specification: str) -> Dataset:
    """Return the data set of a specification: a name, then parameters, as in "spirals:turns=2,n=400".

    Raises UnknownName for an unknown name or parameter, UntangleError for values that give no usable points.
    """
    name, arguments = parsed(specification)
    if arguments["n"] > MOST_POINTS:
        raise UntangleError(f"{specification}: at most {MOST_POINTS:,} points can be shown. Choose a smaller n")
    try:
        made = datasets()[name](**arguments)
    except (ValueError, ZeroDivisionError, MemoryError) as problem:
        raise UntangleError(
            f"{specification}: {problem}. Try a larger n, or parameters nearer to the defaults"
        ) from None
    if len(made.points) < 2 or not np.isfinite(made.points).all() or made.classes == 1:
        raise UntangleError(f"{specification}: these parameters leave no usable points. Try a larger n")
    return made


def parsed(specification: str) -> tuple[str, dict[str, int | float]]:
    """Return the name in a specification and all parameters of that data set, with defaults.

    Raises UnknownName for an unknown name or parameter, UntangleError for a value that is no number.
    """
    name, _, rest = specification.partition(":")
    known = datasets()
    if name not in known:
        raise unknown("data set", name, list(known))
    arguments = {key: parameter.default for key, parameter in inspect.signature(known[name]).parameters.items()}
    for item in filter(None, rest.split(",")):
        key, value = (part.strip() for part in item.partition("=")[::2])
        if key not in arguments:
            raise unknown(f"parameter of {name}", key, list(arguments))
        try:
            arguments[key] = type(arguments[key])(value)
        except ValueError:
            raise UntangleError(f"{name}: {key} must be a number, got '{value}'") from None
    return name, arguments


def sampled(data: Dataset, most: int = SAMPLE) -> Dataset:
    """Return the data, or a sample of `most` of its points with at least LEAST_OF_A_CLASS of each class that has so
    many."""
    if len(data.points) <= most:
        return data
    order = np.random.default_rng(0).permutation(len(data.points))
    ordered, rank = data.labels[order], np.arange(len(order))
    for k in range(data.classes):  # the first points of every class come before all others
        rank[np.flatnonzero(ordered == k)[:LEAST_OF_A_CLASS]] -= len(order)
    chosen = order[np.argsort(rank, kind="stable")[:most]]
    return replace(data, points=data.points[chosen], labels=data.labels[chosen])


def _classes(name: str, *groups: Array, loops: tuple[Loop, ...] = ()) -> Dataset:
    labels = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    return Dataset(name, np.vstack(groups), labels, loops)


def sunflower(n: int, inner: float, outer: float) -> Array:
    """Return n points (n, 2) between two radii, even by area."""
    k = np.arange(n) + 0.5
    radius = np.sqrt(inner**2 + (outer**2 - inner**2) * k / n)
    angle = k * np.pi * (3 - np.sqrt(5))
    return np.asarray(radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]))


def _cut_normal(rng: np.random.Generator, n: int, cut: float) -> Array:
    points = rng.normal(size=(4 * n + 100, 2))
    return np.asarray(points[np.linalg.norm(points, axis=1) <= cut][:n])


def _in_ball(rng: np.random.Generator, n: int) -> Array:
    direction = rng.normal(size=(n, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return np.asarray(direction * rng.uniform(size=(n, 1)) ** (1 / 3))


def _linked_circles(t: Array) -> tuple[Array, Array]:
    c, s, o = 0.6 * np.cos(t), 0.6 * np.sin(t), np.zeros_like(t)
    return np.column_stack([c - 0.3, s, o]), np.column_stack([c + 0.3, o, s])


def _square(n: int, seed: int, noise: float) -> tuple[Array, Array]:
    rng = np.random.default_rng(seed)
    points = rng.uniform(-PLAYGROUND_HALF_WIDTH, PLAYGROUND_HALF_WIDTH, (n, 2))
    return points, points + noise * rng.uniform(-PLAYGROUND_HALF_WIDTH, PLAYGROUND_HALF_WIDTH, points.shape)


def _playground(name: str, points: Array, labels: NDArray[Any], features: str) -> Dataset:
    """The data set with these features; it is a regression where the labels are numbers, not truth values."""
    is_regression = labels.dtype.kind == "f"
    labels = labels if is_regression else labels.astype(np.int64)
    return Dataset(f"playground_{name}", with_features(points, features), labels, regression=is_regression)
