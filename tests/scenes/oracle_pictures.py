"""The oracle of pictures: what must be seen where, computed from weights alone, and looked for in frames.

Its networks are read from the files of weights and computed by numpy, here. It asks nothing of netlib's layers, moves
and trajectories, and nothing of the stage but how it looks at space: the view, which a film records. Data sets are
those of netlib. Whoever looks for something gets '' where it is there, and else one sentence with figures.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open
from safetensors.numpy import load_file
from scipy.ndimage import binary_dilation, find_objects, label
from scipy.spatial import ConvexHull, Delaunay, cKDTree
from shots import LETTERS, SIZE, UNIT, Box, Moment, box_of, to_pixels

from manim_untangle import View, matrix_formula, style, words
from netlib import Dataset, Recipe, dataset
from netlib.activations import Array

# Taken when this module is imported, so that what a test changes in the style is a change of the picture.
CLASSES = style.CLASS_COLOURS[:2]
WRONG, ANSWER, HIGHLIGHT, INK, SECOND = style.WRONG, style.ANSWER, style.HIGHLIGHT, style.INK, style.SECOND_HIGHLIGHT
FAINT, GRID, UNIT_COLOUR, SECOND_UNIT = style.FAINT_INK, style.GRID, style.FIRST_BASIS, style.SECOND_BASIS
DOT, LABEL, CAPTION, TABLE = style.DOT_RADIUS, style.LABEL_SIZE, style.CAPTION_SIZE, 36

NEAR_PX = 2.0  # of a dot's middle, to where it must be
APART_PX = 11  # a dot with a neighbour nearer than this is looked for by its colour only
CROWDED_PX = 5  # of one with a neighbour nearer than this, whose edge may lie on it, a shade is enough
WINDOW_PX = 5
FEWEST_DOTS = 4
TOLERANCE = 110  # distance of a pixel's colour from the one that must be seen, of 441 from black to white
TINT = 0.2  # share of a class's colour where the answer is that class
EDGE_PX = 8
DARK = 140  # distance from black of what hides nothing, the ghost of the grid too
GRID_SHARE, FEWEST_PLACES = 0.8, 40
BAR_PX = 3.5  # of a scale bar's length
STRAY_PX, LONG_PX = 8, 70  # what is white farther than that from a curve, and so long, is another one

Where = Callable[[Array], Array]


# Networks


@dataclass(frozen=True, eq=False)
class Net:
    """A network as its weights: (W, b, name of the activation) of every hidden layer, then W and b of the readout."""

    layers: tuple[tuple[Array, Array, str], ...]
    readout: tuple[Array, Array]

    def after(self, points: Array, depth: int | None = None) -> Array:
        """Return where points (N, d) are after the first `depth` hidden layers, all by default."""
        for weight, bias, name in self.layers[:depth]:
            points = BENDS[name](points @ weight.T + bias)
        return points

    def output(self, points: Array) -> Array:
        """Return the single output (N,) at points (N, d)."""
        return self.after(points) @ self.readout[0][0] + self.readout[1][0]

    def answers(self, points: Array) -> NDArray[np.int64]:
        """Return the class (N,) of points."""
        return (self.output(points) > 0).astype(np.int64)

    def accuracy(self, data: Dataset) -> float:
        return float(np.mean(self.answers(data.points) == data.labels))

    def affine(self, depth: int) -> Where:
        """Return the map to where W x + b of layer `depth`, from 0, has the inputs."""
        weight, bias, _ = self.layers[depth]
        return lambda points: self.after(points, depth) @ weight.T + bias

    def whole(self, depth: int | None = None) -> Where:
        return lambda points: self.after(points, depth)

    def half_affine(self, depth: int) -> Where | None:
        """Return the map to where inputs are half-way through W x + b of layer `depth`: half stretched, turned by half
        the angle, half shifted. None where W is no plane's stretch and turn."""
        weight, bias, _ = self.layers[depth]
        if weight.shape != (2, 2) or np.linalg.det(weight) <= 0:
            return None
        left, sizes, right = np.linalg.svd(weight)
        turn = left @ right
        half = np.arctan2(turn[1, 0], turn[0, 0]) / 2
        turned = np.array([[np.cos(half), -np.sin(half)], [np.sin(half), np.cos(half)]])
        matrix = turned @ (np.eye(2) + right.T @ np.diag(sizes) @ right) / 2
        return lambda points: self.after(points, depth) @ matrix.T + bias / 2

    def half_layer(self, depth: int) -> Where | None:
        """Return the map to where inputs are half-way through W x + b and the bend of a layer, made at once."""
        where, bend = self.half_affine(depth), BENDS[self.layers[depth][2]]
        return None if where is None else between(where, lambda points: bend(where(points)))

    def stretched(self) -> Where:
        """Return the map of the first layer's W without its turn: the symmetric factor of its polar decomposition."""
        values, vectors = np.linalg.eigh(self.layers[0][0].T @ self.layers[0][0])
        factor = vectors @ np.diag(np.sqrt(np.maximum(values, 0))) @ vectors.T
        return lambda points: points @ factor

    def half_turned(self) -> Where:
        """Return the map half-way from `stretched` to `turned`, in the plane: by half the angle, the shorter way."""
        left, sizes, right = np.linalg.svd(self.layers[0][0])
        turn = left @ right
        half = np.arctan2(turn[1, 0], turn[0, 0]) / 2
        rotation = np.array([[np.cos(half), -np.sin(half)], [np.sin(half), np.cos(half)]])
        return lambda points: points @ (rotation @ right.T @ np.diag(sizes) @ right).T

    def turned(self) -> Where:
        return lambda points: points @ self.layers[0][0].T


BENDS: dict[str, Where] = {
    "identity": lambda z: z,
    "tanh": np.tanh,
    "sigmoid": lambda z: 0.5 * (1 + np.tanh(z / 2)),
    "relu": lambda z: np.where(z > 0, z, 0.0),
    "leaky_relu(0.2)": lambda z: np.where(z > 0, z, 0.2 * z),
}


@cache
def net(recipe: Recipe) -> Net:
    """Return the network in a recipe's file of weights."""
    tensors = load_file(recipe.path)
    with safe_open(recipe.path, framework="numpy") as file:
        names = json.loads(file.metadata()["activations"])
    layers = [(tensors[f"{k}.weight"], tensors[f"{k}.bias"], name) for k, name in enumerate(names)]
    return Net(tuple(layers[:-1]), layers[-1][:2])


@cache
def data_of(name: str) -> Dataset:
    """Return a data set by its name, the same one every time."""
    return dataset(name)


def net_of_row(recipe: Recipe, row: Array) -> Net:
    """Return the network whose weights and biases are in one row (P,), layer by layer."""
    inputs, layers, used = data_of(recipe.data).dimension, [], 0
    for outputs in recipe.widths:
        weight = row[used : used + outputs * inputs].reshape(outputs, inputs)
        used += outputs * inputs
        layers.append((weight, row[used : used + outputs], recipe.activation))
        used, inputs = used + outputs, outputs
    return Net(tuple(layers[:-1]), layers[-1][:2])


def recorded(recipe: Recipe, share: float) -> tuple[Net, float]:
    """Return the network, and the step, at a share of the recorded moments of a training; between two of them weights
    are mixed."""
    tensors = load_file(recipe.path.with_name(f"learning-{recipe.path.name}"))
    rows, steps = tensors["rows"], tensors["steps"]
    at, moments = share * (len(rows) - 1), np.arange(len(rows))
    row = np.array([np.interp(at, moments, column) for column in rows.T])
    return net_of_row(recipe, row), float(np.interp(at, moments, steps))


def losses(recipe: Recipe, share: float) -> Array:
    """Return the losses (N, 2) of a training up to a share of its recorded moments: of all steps, and of the largest
    loss."""
    tensors = load_file(recipe.path.with_name(f"learning-{recipe.path.name}"))
    steps, found = tensors["steps"], tensors["losses"]
    moments = np.linspace(0, share * (len(steps) - 1), 400)
    x, y = (np.interp(moments, np.arange(len(steps)), each) for each in (steps - steps[0], found))
    return np.column_stack([x / (steps[-1] - steps[0]), y / found.max()])


def first_all_right(recipe: Recipe) -> float:
    """Return the share of the recorded moments of a training from which on every point is right."""
    data, rows = data_of(recipe.data), load_file(recipe.path.with_name(f"learning-{recipe.path.name}"))["rows"]
    wrong = [k for k, row in enumerate(rows) if net_of_row(recipe, row).accuracy(data) < 1]
    return (wrong[-1] + 1) / (len(rows) - 1)


def still(points: Array) -> Array:
    """The inputs themselves."""
    return points


def between(before: Where, after: Where) -> Where:
    """The middle of the straight way between two maps; what has no third coordinate has it at 0."""

    def where(points: Array) -> Array:
        first, second = before(points), after(points)
        wide = max(first.shape[1], second.shape[1])
        first, second = (np.pad(each, ((0, 0), (0, wide - each.shape[1]))) for each in (first, second))
        return np.asarray(first + second) / 2

    return where


# Numbers


def percent(share: float) -> str:
    """Return a share in [0, 1] as films write it: one digit, none where it is 0, and never 100 for less than all."""
    text = f"{100 * share:.1f}"
    text = text[:-2] if text.endswith(".0") else text
    return "99.9 %" if text == "100" and share < 1 else f"{text} %"


@cache
def width_between(data: Dataset, where: Where) -> float:
    """Return the width of the gap between the images of two classes: the least distance of a point of one hull from the
    other hull, by brute force over directions."""
    return _widest(data, where)[1]


@cache
def widest_line(data: Dataset, where: Where) -> tuple[Array, Array]:
    """Return the line in the middle of the gap between the images of two classes, as weight (1, 2) and bias (1,)."""
    normal, _, middle = _widest(data, where)
    return normal[None], np.array([-middle])


def _widest(data: Dataset, where: Where) -> tuple[Array, float, float]:
    """Return a direction (2,) in which the gap between two images is widest, its width, and where its middle is."""
    points, low, high = where(data.points), 0.0, 2 * np.pi
    first, second = (points[data.labels == k] for k in (0, 1))
    for _ in range(3):  # finer and finer around the best direction
        tried = np.linspace(low, high, 2001)
        normals = np.stack([np.cos(tried), np.sin(tried)])
        above, below = (second @ normals).min(axis=0), (first @ normals).max(axis=0)
        best, step = int((above - below).argmax()), (high - low) / 2000
        low, high = tried[best] - 2 * step, tried[best] + 2 * step
    return normals[:, best], float(above[best] - below[best]), float(above[best] + below[best]) / 2


def best_cut(data: Dataset) -> float:
    """Return the share of points of two classes, of one or two dimensions, that the best straight cut gets right: of
    all lines next to two of the points."""
    points, inside = data.points, data.labels == 1
    if data.dimension == 1:
        places = np.sort(points[:, 0])
        cuts = np.concatenate([places - 1e-9, places + 1e-9])
        return _best((points[:, 0] > cut) == inside for cut in cuts)
    first, second = (points[list(k)] for k in zip(*itertools.combinations(range(len(points)), 2), strict=True))
    along, middle = second - first, (first + second) / 2
    best = 0.0
    for shift, turn in itertools.product((-1e-9, 0.0, 1e-9), repeat=2):
        normal = np.column_stack([-along[:, 1], along[:, 0]]) + turn * along
        offset = shift - (normal * middle).sum(axis=1)
        for some in np.array_split(np.arange(len(normal)), max(1, len(normal) // 4000)):
            best = max(best, _best((normal[some] @ points.T + offset[some, None] > 0) == inside))
    return best


def _best(right: Iterator[Array] | Array) -> float:
    shares = [np.mean(each) for each in right] if not isinstance(right, np.ndarray) else right.mean(axis=1)
    return float(np.maximum(shares, 1 - np.array(shares)).max())


# What is looked for


class Sight(Protocol):
    """Something that must be seen."""

    def missing(self, frame: Array, moment: Moment) -> str:
        """Return '' where it is in a frame (height, width, 3), and else what is wrong, with figures."""


def project(view: View, points: Array) -> Array:
    """Return the pixels (N, 2) at which a view draws points (N, d) of space; a fourth coordinate has no place."""
    space = np.zeros((len(points), 3))
    space[:, : min(3, points.shape[1])] = points[:, :3]
    (c, s), (u, v) = ((np.cos(angle), np.sin(angle)) for angle in (view.turn, view.tilt))
    x, y, up = (space @ view.frame.T).T
    x, y = c * x - s * y, s * x + c * y
    y, near = u * y + v * up, u * up - v * y
    larger = view.unit * view.eye / np.maximum(view.eye - near, 0.3 * view.eye)
    return to_pixels(np.column_stack([x * larger, y * larger]) + view.centre)


def rgb(colour: str) -> Array:
    return np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)], dtype=float)


def in_the_clear(places: Array, moment: Moment, room: float = EDGE_PX) -> NDArray[np.bool_]:
    """Return which places (N, 2) lie in the picture area and under no plate."""
    x, y = places.T
    left, top, right, bottom = moment.picture
    clear = (x > left + room) & (x < right - room) & (y > top + room) & (y < bottom - room)
    for left, top, right, bottom in moment.plates:
        clear &= (x < left - room) | (x > right + room) | (y < top - room) | (y > bottom + room)
    return np.asarray(clear)


def likeness(frame: Array, places: Array, colour: Array, reach: int = 1) -> Array:
    """Return how far (N,) the colour is from the nearest one within some pixels of each place (N, 2)."""
    x, y = np.round(places).astype(int).T
    steps = range(-reach, reach + 1)
    seen = [
        frame[np.clip(y + j, 0, SIZE[1] - 1), np.clip(x + i, 0, SIZE[0] - 1)].astype(float) - colour
        for i in steps
        for j in steps
    ]
    return np.asarray(np.linalg.norm(seen, axis=2).min(axis=0))


def shaded(frame: Array, places: Array, colours: Array, reach: int = 0) -> NDArray[np.bool_]:
    """Return where (N,) a pixel near a place (N, 2) is a shade of a colour (3,) or (N, 3), and not black."""
    x, y = np.round(places).astype(int).T
    steps = range(-reach, reach + 1)
    seen = np.array([frame[y + j, x + i].astype(float) for i in steps for j in steps])
    size = np.linalg.norm(seen, axis=2)
    cosine = (seen * colours).sum(axis=2) / np.maximum(size * np.linalg.norm(colours, axis=-1), 1e-9)
    return np.asarray(((cosine > 0.97) & (size > 25)).any(axis=0))


def centre(frame: Array, at: Array, colour: Array, radius: float) -> Array | None:
    """Return the middle (2,) of the pixels of a colour around a place (2,), None where there are too few."""
    x, y = np.round(at).astype(int)
    low_x, low_y = max(0, x - WINDOW_PX), max(0, y - WINDOW_PX)
    patch = frame[low_y : y + WINDOW_PX + 1, low_x : x + WINDOW_PX + 1].astype(float)
    weight = np.clip(1 - np.linalg.norm(patch - colour, axis=2) / 130, 0, 1)
    if weight.sum() < 0.17 * np.pi * (UNIT * radius) ** 2:
        return None
    rows, columns = np.mgrid[low_y : low_y + len(patch), low_x : low_x + patch.shape[1]]
    return np.array([(columns * weight).sum(), (rows * weight).sum()]) / weight.sum()


@dataclass(frozen=True)
class Dots:
    """Dots of some colours, each at the image of an input.

    groups: colour and inputs (N, d). where: maps inputs to space. hidden: share of the dots that others, or the plane,
    may hide. near: pixels from a dot's middle, by its colour, to where it must be. every: not one may be missing, but
    where others cover all of it.
    """

    groups: tuple[tuple[str, Array], ...]
    where: Where = still
    space: int = 0
    radius: float = DOT
    hidden: float = 0.1
    near: float = NEAR_PX
    every: bool = False

    def missing(self, frame: Array, moment: Moment) -> str:
        moment = moment.within(self.space)
        view = moment.views[self.space]
        places = [project(view, self.where(inputs)) for _, inputs in self.groups]
        groups = [(colour, some) for (colour, _), some in zip(self.groups, places, strict=True)]
        hidden = self.hidden + (0.3 if view.tilt else 0.0)
        missing = dots_missing(frame, moment, groups, self.radius, hidden, self.near)
        missing = missing or (dots_lost(frame, moment, groups, self.radius) if self.every else "")
        return missing or grid_missing(frame, moment, self.space, self.where)


def grid_missing(frame: Array, moment: Moment, space: int, where: Where) -> str:
    """Return what is wrong with the grid of a space: its lines among the inputs, within the square of side 2, must be
    seen where they have come to, but for places that something brighter hides."""
    lines = moment.grids[space] if moment.grids else None
    if lines is None:
        return ""
    middles, ends = lines.mean(axis=1), lines[:, 1]
    within = (np.abs(middles) <= 1).all(axis=1)
    ways = (ends - middles)[within] / np.abs(ends - middles)[within].max(axis=1, keepdims=True)
    samples = middles[within, None] + np.linspace(-1, 1, 81)[:, None] * ways[:, None]
    places = project(moment.views[space], where(samples.reshape(-1, lines.shape[2])))
    clear = places[in_the_clear(places, moment)]
    seen = shaded(frame, clear, rgb(GRID), reach=1)
    dark = ~seen & (likeness(frame, clear, np.zeros(3), reach=0) < DARK)
    share = float(seen.sum() / max(seen.sum() + dark.sum(), 1))
    known = share >= GRID_SHARE or len(clear) < FEWEST_PLACES
    return "" if known else f"{100 * (1 - share):.0f} % of the grid is not where it must be"


def dots_missing(
    frame: Array,
    moment: Moment,
    groups: Sequence[tuple[str, Array]],
    radius: float = DOT,
    hidden: float = 0.1,
    near: float = NEAR_PX,
) -> str:
    """Return what is wrong with dots of some colours at places (N, 2): every one that can be seen must have its colour,
    and those that stand apart must stand within `near` pixels."""
    neighbours = cKDTree(np.vstack([places for _, places in groups]))
    seen, coloured, far, apart = 0, 0, list[float](), 0
    for colour, places in groups:
        clear = places[in_the_clear(places, moment)]
        if not len(clear):
            continue
        room = neighbours.query(clear, k=2)[0][:, 1]
        seen += len(clear)
        whole = likeness(frame, clear, rgb(colour)) < TOLERANCE
        coloured += int((whole | (room < CROWDED_PX) & shaded(frame, clear, rgb(colour), reach=1)).sum())
        alone = clear[room > APART_PX]
        apart += len(alone)
        for at in alone:
            found = centre(frame, at, rgb(colour), radius)
            if found is not None:
                far.append(float(np.linalg.norm(found - at)))
    if seen < FEWEST_DOTS:
        return f"only {seen} dots are in the clear"
    if coloured < (1 - hidden) * seen:
        return f"{seen - coloured} of {seen} dots are not where the network puts them in their colour"
    if apart - len(far) > hidden * apart:
        return f"{apart - len(far)} of {apart} dots that stand apart are not there"
    if far and max(far) > near:
        return f"a dot is {max(far):.2f} px away from where the network puts it"
    return ""


def dots_lost(frame: Array, moment: Moment, groups: Sequence[tuple[str, Array]], radius: float) -> str:
    """Return how many dots of some colours at places (N, 2) are missing: where nothing but a dot itself can be on parts
    of its disk, one of these must have its colour, or be bright by something else that lies over it."""
    every, steps = cKDTree(np.vstack([places for _, places in groups])), np.linspace(0, 2 * np.pi, 12, endpoint=False)
    size = UNIT * radius
    parts = np.vstack([[0, 0], 0.6 * size * np.column_stack([np.cos(steps), np.sin(steps)])])
    seen, lost = 0, 0
    for colour, places in groups:
        clear = places[in_the_clear(places, moment)]
        at = (clear[:, None] + parts).reshape(-1, 2)
        free = every.query(at, k=2)[0][:, 1].reshape(-1, len(parts)) > 1.5 * size  # beyond the corners of another
        own = likeness(frame, at, rgb(colour), reach=0).reshape(free.shape) < TOLERANCE
        dark = likeness(frame, at, np.zeros(3), reach=0).reshape(free.shape) < DARK
        seen += int(free.any(axis=1).sum())
        lost += int(((free & dark).any(axis=1) & ~(free & own).any(axis=1)).sum())
    if seen < FEWEST_DOTS:
        return f"only {seen} dots have a part that no other covers"
    return f"{lost} of {seen} dots are missing" if lost else ""


def data_dots(data: Dataset, where: Where = still, space: int = 0, **more: Any) -> Dots:
    """Return the dots of all classes of a data set."""
    groups = tuple((colour, data.points[data.labels == k]) for k, colour in enumerate(CLASSES))
    return Dots(groups, where, space, **more)


@dataclass(frozen=True)
class Curve:
    """A curve in a colour through the images of inputs (N, d): most of what is in the clear must be seen."""

    inputs: Array
    colour: str
    where: Where = still
    space: int = 0
    share: float = 0.9
    name: str = "curve"

    def missing(self, frame: Array, moment: Moment) -> str:
        moment = moment.within(self.space)
        return curve_missing(frame, moment, project(moment.views[self.space], self.where(self.inputs)), self.colour,
                             self.share, self.name)  # fmt: skip


def curve_missing(frame: Array, moment: Moment, places: Array, colour: str, share: float, name: str) -> str:
    """Return what is wrong with a curve through places (N, 2) in pixels."""
    clear = places[in_the_clear(places, moment)]
    if len(clear) < 10:
        return f"only {len(clear)} points of the {name} are in the clear"
    found = float(np.mean(likeness(frame, clear, rgb(colour)) < TOLERANCE))
    return "" if found >= share else f"{100 * (1 - found):.0f} % of the {name} is not where it must be"


@dataclass(frozen=True)
class Line:
    """The straight line weight . h + bias = 0 of a representation of two dimensions."""

    weight: Array
    bias: float
    space: int = 0
    square: tuple[float, float, float] | None = None  # scene point and half a side, where it ends there
    share: float = 0.9

    def missing(self, frame: Array, moment: Moment) -> str:
        moment = moment.within(self.space)
        foot = -self.bias * self.weight / (self.weight @ self.weight)
        along = np.array([-self.weight[1], self.weight[0]]) / np.linalg.norm(self.weight)
        samples = foot + np.linspace(-4, 4, 1601)[:, None] * along
        places = project(moment.views[self.space], samples)
        if self.square is not None:
            *middle, half = self.square
            places = places[(np.abs(places - to_pixels(np.array([middle]))) < UNIT * half - 2).all(axis=1)]
        missing = curve_missing(frame, moment, places, ANSWER, self.share, "line")
        return missing or stray(frame, moment, places, "line")


def stray(frame: Array, moment: Moment, places: Array, name: str) -> str:
    """Return '' unless a long white curve is there that is not at places (N, 2) in pixels, and no letter either."""
    white = pixels_of(frame, ANSWER, moment, 60)
    for left, top, right, bottom in map(box_of, moment.glyphs):
        x, y = white.T
        white = white[(x < left - 3) | (x > right + 3) | (y < top - 3) | (y > bottom + 3)]
    white = white[cKDTree(places).query(white)[0] > STRAY_PX] if len(white) else white
    if not len(white):
        return ""
    parts = parts_of(white, 2)
    longest = max(float(np.ptp(white[parts == part], axis=0).max()) for part in set(parts))
    return f"a white curve, {longest:.0f} px long, is there beside the {name}" if longest > LONG_PX else ""


def gap_lines(network: Net, data: Dataset, space: int = 0) -> tuple[Curve, ...]:
    """Return the two lines beside a network's line that touch the points nearest to it."""
    weight, offset = network.readout[0][0], float(network.readout[1][0])
    size = float(np.linalg.norm(weight))
    gap = float(np.abs(network.output(data.points)).min()) / size
    along = np.linspace(-4, 4, 1601)[:, None] * np.array([-weight[1], weight[0]]) / size
    lines = [(side * gap - offset / size) * weight / size + along for side in (-1, 1)]
    return tuple(Curve(line, FAINT, still, space, 0.8, "edge of the gap") for line in lines)


def line_of(network: Net, space: int = 0, square: tuple[float, float, float] | None = None) -> Line:
    """Return the line of a network's readout."""
    return Line(network.readout[0][0], float(network.readout[1][0]), space, square)


def plane_of(network: Net, half: float = 1.25, space: int = 0) -> Plane:
    """Return the plane of a network's readout."""
    return Plane(network.readout[0][0], float(network.readout[1][0]), half, space)


@dataclass(frozen=True)
class Plane:
    """A square patch of the plane weight . h + bias = 0 in space, of half a side, around its point nearest to 0. How it
    is turned in its plane is free."""

    weight: Array
    bias: float
    half: float
    space: int = 0
    share: float = 0.85  # of its outline, where something may stand in front of it

    def missing(self, frame: Array, moment: Moment) -> str:
        size = float(np.linalg.norm(self.weight))
        normal, foot = self.weight / size, -self.bias * self.weight / size**2
        first = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
        first /= np.linalg.norm(first)
        second = np.cross(normal, first)
        side = np.linspace(-1, 1, 60)
        square = np.vstack([
            np.column_stack([side, 0 * side + 1]), np.column_stack([side, 0 * side - 1]),
            np.column_stack([0 * side + 1, side]), np.column_stack([0 * side - 1, side]),
        ])  # fmt: skip
        best = 0.0
        for angle in np.radians(np.arange(0, 90, 1.5)):
            u, v = np.cos(angle) * first + np.sin(angle) * second, np.cos(angle) * second - np.sin(angle) * first
            outline = foot + self.half * (square[:, :1] * u + square[:, 1:] * v)
            places = project(moment.views[self.space], outline)
            clear = places[in_the_clear(places, moment)]
            if len(clear) >= 60:
                best = max(best, float(np.mean(likeness(frame, clear, rgb(ANSWER)) < 1.9 * TOLERANCE)))
        return "" if best >= self.share else f"only {100 * best:.0f} % of an outline of the plane is there"


@dataclass(frozen=True)
class Boundary:
    """The curve on which the output of a network is 0, carried from the inputs to where space stands."""

    network: Net
    where: Where = still
    space: int = 0
    share: float = 0.9

    def missing(self, frame: Array, moment: Moment) -> str:
        moment = moment.within(self.space)
        places = project(moment.views[self.space], self.where(zeros(self.network)))
        missing = curve_missing(frame, moment, places, ANSWER, self.share, "boundary")
        return missing or (stray(frame, moment, places, "boundary") if self.where is still else "")


@cache
def zeros(network: Net, half: tuple[float, float] = (4.4, 2.9), step: float = 0.02) -> Array:
    """Return inputs (N, 2) at which the output is 0, on the lines of a fine grid: by regula falsi between its nodes."""
    x, y = (np.arange(-h, h + step / 2, step) for h in half)
    nodes = np.stack(np.meshgrid(x, y, indexing="ij"), axis=-1)
    value = network.output(nodes.reshape(-1, 2)).reshape(nodes.shape[:2])
    found = []
    for before, after in ((np.s_[:-1, :], np.s_[1:, :]), (np.s_[:, :-1], np.s_[:, 1:])):
        crossed = (value[before] > 0) != (value[after] > 0)
        low, high = nodes[before][crossed], nodes[after][crossed]
        low_positive = value[before][crossed] > 0
        for _ in range(30):
            middle = (low + high) / 2
            same = (network.output(middle) > 0) == low_positive
            low, high = np.where(same[:, None], middle, low), np.where(same[:, None], high, middle)
        found.append((low + high) / 2)
    return np.vstack(found)


@dataclass(frozen=True)
class Rings:
    """A pink ring around every input that a network gets wrong, and none around any other.

    wrong: (M, d). right: (N, d).
    """

    wrong: Array
    right: Array
    where: Where = still
    space: int = 0
    radius: float = 2.1 * DOT

    def missing(self, frame: Array, moment: Moment) -> str:
        view = moment.views[self.space]
        wrong, right = (project(view, self.where(points)) for points in (self.wrong, self.right))
        wrong = wrong[in_the_clear(wrong, moment)]
        right = right[in_the_clear(right, moment)]
        if not len(wrong):
            return "no wrong point is in the clear"
        around = np.stack([np.cos(a := np.linspace(0, 2 * np.pi, 16, endpoint=False)), np.sin(a)], axis=1)
        pink = [self._pink(frame, at, around) for at in wrong]
        if np.mean(np.array(pink) > 0.5) < 0.75:  # other marks may lie on some
            return f"{np.sum(np.array(pink) <= 0.5)} of {len(wrong)} wrong points have no ring"
        alone = right[cKDTree(wrong).query(right)[0] > 3.2 * UNIT * self.radius]
        marked = sum(self._pink(frame, at, around) > 0.8 for at in alone)
        return f"{marked} points have a ring that are right" if marked else ""

    def _pink(self, frame: Array, at: Array, around: Array) -> float:
        circle = at + 0.88 * UNIT * self.radius * around
        return float(np.mean(likeness(frame, circle, rgb(WRONG)) < TOLERANCE))


def wrong_rings(network: Net, data: Dataset, where: Where = still, space: int = 0, radius: float = 2.1 * DOT) -> Rings:
    wrong = network.answers(data.points) != data.labels
    return Rings(data.points[wrong], data.points[~wrong], where, space, radius)


@dataclass(frozen=True)
class Tunnel:
    """A pink way in the plane of inputs, from the disk out of the ring; every pixel of it has the class of the disk."""

    network: Net
    data: Dataset
    space: int = 0

    def missing(self, frame: Array, moment: Moment) -> str:
        view, network, data = moment.views[self.space], self.network, self.data
        pink = pixels_of(frame, WRONG, moment)
        if len(pink) < 30:
            return f"only {len(pink)} pixels of a tunnel are there"
        points = unprojected(view, pink)
        rings = project(view, data.points[network.answers(data.points) != data.labels])
        way = cKDTree(rings).query(pink)[0] > UNIT * 2.4 * DOT
        inside = float(np.mean(network.output(points[way]) > 0))
        if inside < 0.97:
            return f"{100 * (1 - inside):.0f} % of the tunnel does not have the class of the disk"
        part, radius = parts_of(pink, 4), np.linalg.norm(points, axis=1)
        through = set(part[radius < 0.5]) & set(part[way & (radius > 1.0)])
        return "" if through else "no tunnel leads from the disk out of the ring"


@dataclass(frozen=True)
class Region:
    """All of the plane of inputs that a network calls "disk", lit, and the rest in the tint of the ring. half: of a box
    around zero."""

    network: Net
    half: tuple[float, float]
    space: int = 0

    def missing(self, frame: Array, moment: Moment) -> str:
        x, y = (np.linspace(-half, half, 160) for half in self.half)
        points = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        output = self.network.output(points)
        places = project(moment.views[self.space], points)
        kept = in_the_clear(places, moment)
        dark = likeness(frame, places[kept], TINT * rgb(CLASSES[0]), reach=2) < 20  # between the lines of the grid
        lit = likeness(frame, places[kept], 0.48 * rgb(CLASSES[1]), reach=2) < 30
        inside = output[kept] > 0
        if inside.sum() < 50:
            return "nearly nothing of the region is in the clear"
        shares = float(np.mean(lit[inside])), float(np.mean(dark[~inside]))
        return (
            ""
            if shares[0] > 0.5 and shares[1] > 0.7
            else (f"{100 * shares[0]:.0f} % of the region is lit, and {100 * shares[1]:.0f} % of the rest is not")
        )


@dataclass(frozen=True)
class Tint:
    """Between the lines of the grid, a tint in the colour of the class that a network answers with, and none of the
    other class. half: of a box of inputs around zero. where: to where space stands."""

    network: Net
    half: tuple[float, float] = (1.2, 1.2)
    where: Where = still
    space: int = 0

    def missing(self, frame: Array, moment: Moment) -> str:
        x, y = (np.linspace(-half, half, 120) for half in self.half)
        inputs = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
        places = project(moment.views[self.space], self.where(inputs))
        # a bend puts many inputs next to each other: one for each few pixels counts
        kept = np.unique(places // 5, axis=0, return_index=True)[1]
        kept = kept[in_the_clear(places[kept], moment.within(self.space))]
        answers, wrong = self.network.output(inputs[kept]) > 0, []
        looks = [likeness(frame, places[kept], TINT * rgb(colour), reach=2) < 18 for colour in CLASSES[:2]]
        for k, own in enumerate((~answers, answers)):
            if own.sum() < 30:
                return f"too little of the region of class {k} is in the clear"
            tinted, other = float(np.mean(looks[k][own])), float(np.mean(looks[1 - k][own]))
            if tinted < 0.6 or other > 0.45:  # grid lines over one tint look a little like the other
                wrong.append(f"{tinted:.2f} of the region of class {k} has its tint, {other:.2f} the other's")
        return " and ".join(wrong)


@dataclass(frozen=True)
class Corner:
    """What a bend makes of the part of the plane where both numbers of a point are below 0, tinted, and nothing else
    between the lines of the grid. half: of a box around zero, before the bend."""

    bend: Where
    half: float = 4.0
    tint: float = 0.16

    def missing(self, frame: Array, moment: Moment) -> str:
        side = np.linspace(-self.half, self.half, 161)
        numbers = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        numbers = numbers[(np.abs(numbers) > 0.1).all(axis=1)]
        places = project(moment.views[0], self.bend(numbers))
        kept = in_the_clear(places, moment)
        inside = (numbers[kept] < 0).all(axis=1)
        dark, lit = (likeness(frame, places[kept], share * rgb(HIGHLIGHT), reach=2) < 28 for share in (0.0, self.tint))
        if inside.sum() < 50 or (~inside).sum() < 50:
            return "too little of the plane is in the clear"
        shares = float(np.mean(lit[inside])), float(np.mean(dark[~inside]))
        return "" if min(shares) > 0.75 else f"{shares[0]:.2f} of it is lit, {shares[1]:.2f} of the rest is dark"


def pixels_of(frame: Array, colour: str, moment: Moment, tolerance: float = 90) -> Array:
    """Return the pixels (N, 2) of a colour in the clear."""
    rows, columns = np.nonzero(np.linalg.norm(frame.astype(float) - rgb(colour), axis=2) < tolerance)
    pixels = np.column_stack([columns, rows])
    return pixels[in_the_clear(pixels, moment, 3)]


def parts_of(pixels: Array, gap: int) -> NDArray[np.int64]:
    """Return the number (N,) of the part to which each pixel (N, 2) belongs; gaps of twice `gap` do not part them."""
    mask = np.zeros(SIZE[::-1], dtype=bool)
    mask[pixels[:, 1], pixels[:, 0]] = True
    return np.asarray(label(binary_dilation(mask, iterations=gap))[0][pixels[:, 1], pixels[:, 0]])


def unprojected(view: View, pixels: Array) -> Array:
    """Return the points (N, 2) of the plane at pixels (N, 2), for a view that looks straight at it."""
    scene = (pixels - np.array(SIZE) / 2 + 0.5) / UNIT * np.array([1, -1])
    return (scene - view.centre) / view.unit


@dataclass(frozen=True)
class Words:
    """Words or numbers on screen, by their outlines: `text`, and left of it on the same line `beside`.

    colour: that they must have, where it matters.
    """

    text: str
    beside: str = ""
    size: float = LABEL
    colour: str = ""

    def missing(self, frame: Array, moment: Moment) -> str:
        found = runs(moment.glyphs, spelled(self.text, self.size))
        boxes = [box for run in found if self._bright(frame, box := box_of(run))]
        if self.colour:
            boxes = [box for box in boxes if bright(frame, box, rgb(self.colour))]
        if not boxes:
            return f'"{self.text}" is not on screen'
        if not self.beside:
            return ""
        names = [box_of(run) for run in runs(moment.glyphs, spelled(self.beside, self.size))]
        pairs = itertools.product(names, boxes)
        together = any(name[2] < box[0] and abs(name[3] - box[3]) < 8 for name, box in pairs)
        return "" if together else f'"{self.text}" does not stand beside "{self.beside}"'

    @staticmethod
    def _bright(frame: Array, box: Box) -> bool:
        seen = within(frame, box)
        return bool(seen.size) and int(seen.max()) > 140


@dataclass(frozen=True)
class Sentence:
    """The sentence of the claim that is made at this moment, letter by letter, whatever its lines and size."""

    def missing(self, frame: Array, moment: Moment) -> str:
        letters = spelled(moment.said, CAPTION)
        for k in range(len(moment.glyphs) - len(letters) + 1):
            run = moment.glyphs[k : k + len(letters)]
            if all(len(a) == len(b) for a, b in zip(run, letters, strict=True)):
                factor = np.ptp(letters[0][:, 1]) / max(np.ptp(run[0][:, 1]), 1e-9)
                pairs = zip(run, letters, strict=True)
                alike = all(np.allclose(factor * (a - a[0]), b - b[0], atol=4e-3) for a, b in pairs)
                if alike and all(within(frame, box_of(letter)).max(initial=0) > 100 for letter in run):
                    return ""
        return f'the claim "{moment.said}" is not on screen'


@dataclass(frozen=True)
class Legend:
    """A bar of colours with a number at the right of the colour that stands for it."""

    number: str
    colour: str

    def missing(self, frame: Array, moment: Moment) -> str:
        boxes = [box_of(run) for run in runs(moment.glyphs, spelled(self.number, LABEL), resized=True)]
        far = UNIT * np.array([0.25, 0.35, 0.45])
        places = [(left - each, (top + bottom) / 2) for left, top, _, bottom in boxes for each in far]
        seen = places and likeness(frame, np.array(places), rgb(self.colour), reach=2).min() < TOLERANCE / 2
        return "" if seen else f'"{self.number}" does not stand beside its colour'


@dataclass(frozen=True)
class ScaleBar:
    """A level bar in the place of the scale bar, with the length beside it that it has in units of space."""

    space: int = 0

    def missing(self, frame: Array, moment: Moment) -> str:
        white = np.linalg.norm(within(frame, moment.scale) - rgb(INK), axis=2) < TOLERANCE
        rows, _ = label(white, np.ones((1, 3)) * [[0], [1], [0]])
        pieces = find_objects(rows)
        if not pieces:
            return "no scale bar is there"
        level, along = max(pieces, key=lambda piece: piece[1].stop - piece[1].start)
        longest = along.stop - along.start
        middle = round(max(0.0, moment.scale[0])) + (along.start + along.stop - 1) / 2
        height = round(max(0.0, moment.scale[1])) + level.start
        pixels = UNIT * moment.views[self.space].unit
        lengths = [k * 10.0**power for power in range(-4, 4) for k in (1, 2, 5)]
        near = [length for length in lengths if abs(length * pixels - longest) < BAR_PX]
        if not near:
            return f"a scale bar of {longest} px, where a unit of space has {pixels:.0f} px"
        names = (runs(moment.glyphs, spelled(f"{length:g}", LABEL)) for length in near)
        boxes = [box_of(run) for run in itertools.chain(*names)]
        beside = any(abs(box[0] + box[2] - 2 * middle) < 8 and 0 < height - box[3] < 20
                     and within(frame, box).max(initial=0) > 140 for box in boxes)  # fmt: skip
        return "" if beside else f"{near[0]:g} does not stand above a scale bar of that length"


@dataclass(frozen=True)
class AxesNamed:
    """The names of both axes of a plane: of what is drawn to the right at the lower right, of what is drawn upwards at
    the upper left. kind: "input" or "neuron"."""

    kind: str
    space: int = 0

    def missing(self, frame: Array, moment: Moment) -> str:
        left, top, right, bottom = moment.areas[self.space]
        for text, place in ((f"{self.kind} 1 →", (right, bottom)), (f"↑ {self.kind} 2", (left, top))):
            boxes = [box_of(run) for run in runs(moment.glyphs, spelled(text, LABEL))]
            corner = [np.abs(np.array([box[k] for k in (0, 2)]) - place[0]).min() < 40
                      and np.abs(np.array([box[k] for k in (1, 3)]) - place[1]).min() < 40
                      and within(frame, box).max(initial=0) > 100 for box in boxes]  # fmt: skip
            if not any(corner):
                return f'"{text}" does not stand at the end of its axis'
        return ""


@dataclass(frozen=True)
class Lit:
    """A diagram of a network in which the neurons of one hidden layer, from 0, are lit, and no others."""

    network: Net
    layer: int

    def missing(self, frame: Array, moment: Moment) -> str:
        widths = [len(weight) for weight, *_ in (*self.network.layers, self.network.readout)]
        widths = [self.network.layers[0][0].shape[1], *widths]
        boxes = sorted(moment.neurons)
        if len(boxes) != sum(widths):
            return f"{len(boxes)} neurons in a diagram, where there are {sum(widths)}"
        places = np.array([[0.8 * left + 0.2 * right, (top + bottom) / 2] for left, top, right, bottom in boxes])
        lit = likeness(frame, places, rgb(HIGHLIGHT)) < TOLERANCE
        columns = np.repeat(np.arange(len(widths)) - 1, widths)
        wrong = int((lit != (columns == self.layer)).sum())
        return f"{wrong} neurons of the diagram are lit or not, wrongly" if wrong else ""


@dataclass(frozen=True)
class Grid:
    """The grid of a space that shows no dots."""

    where: Where = still
    space: int = 0

    def missing(self, frame: Array, moment: Moment) -> str:
        if not moment.grids:  # the video loses the colour of its lines
            return ""
        if moment.grids[self.space] is None:
            return "no grid is there"
        return grid_missing(frame, moment.within(self.space), self.space, self.where)


@dataclass(frozen=True)
class Markers:
    """The marker of each class: a square for the first, in whose corners it has its colour and not beside its sides, a
    disk for the second. On average over the places that no other dot hides."""

    data: Dataset
    where: Where = still
    space: int = 0
    radius: float = DOT

    def missing(self, frame: Array, moment: Moment) -> str:
        moment = moment.within(self.space)
        places = [
            project(moment.views[self.space], self.where(self.data.points[self.data.labels == k])) for k in (0, 1)
        ]
        tree, found = cKDTree(np.vstack(places)), list[float]()
        corners = 0.74 * UNIT * self.radius * np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
        sides = 0.97 * UNIT * self.radius * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
        for colour, of_class in zip(CLASSES, places, strict=True):
            clear = of_class[in_the_clear(of_class, moment)]
            far = []
            for steps in (corners, sides):
                at = (clear[:, None] + steps).reshape(-1, 2)
                at = at[tree.query(at, k=2)[0][:, 1] > 1.4 * UNIT * self.radius]
                if len(at) < 4 * FEWEST_DOTS:
                    return f"only {len(at)} places beside dots of a class are in the clear"
                x, y = np.round(at).astype(int).T
                far.append(np.linalg.norm(frame[y, x].astype(float) - rgb(colour), axis=-1).mean())
            found.append(float(far[0] / far[1]))
        return "" if found[0] < 0.8 < found[1] else f"the markers' corners are {np.round(found, 2)} as far from theirs"


@dataclass(frozen=True)
class Matrix:
    """The numbers of W on screen, each in its place: "W = (matrix)" as formulas are set."""

    weight: Array
    size: float

    def missing(self, frame: Array, moment: Moment) -> str:
        drawn = matrix_formula("W", self.weight, self.size).get_family()
        letters = [each.points for each in drawn if type(each) in LETTERS and len(each.points)]
        shown = [
            run for run in runs(moment.glyphs, letters, resized=True) if within(frame, box_of(run)).max(initial=0) > 140
        ]
        return "" if shown else f"the numbers of W are not on screen: {np.round(self.weight, 2).tolist()}"


def within(frame: Array, box: Box) -> Array:
    """Return the part of a frame in a box."""
    left, top, right, bottom = (max(0, round(each)) for each in box)
    return frame[top : bottom + 1, left : right + 1]


def bright(frame: Array, box: Box, colour: Array) -> bool:
    """Return whether what is brightest in a box has a colour."""
    seen = within(frame, box).reshape(-1, 3).astype(float)
    return bool(len(seen)) and float(np.linalg.norm(seen[seen.sum(axis=1).argmax()] - colour)) < TOLERANCE


def runs(glyphs: list[Array], letters: list[Array], resized: bool = False) -> Iterator[Array]:
    """Yield the outlines (n, 3), joined, of every run of glyphs that is the same as some letters, elsewhere; resized:
    and perhaps of another size."""
    for k in range(len(glyphs) - len(letters) + 1):
        run = glyphs[k : k + len(letters)]
        if any(len(a) != len(b) for a, b in zip(run, letters, strict=True)):
            continue
        factor = np.ptp(np.vstack(letters)[:, 0]) / np.ptp(np.vstack(run)[:, 0]) if resized else 1.0
        shift = factor * run[0][0] - letters[0][0]
        if all(np.allclose(factor * a - shift, b, atol=2e-3) for a, b in zip(run, letters, strict=True)):
            yield np.vstack(run)


@cache
def spelled(text: str, size: float) -> list[Array]:
    """Return the outline (n, 3) of each letter of a text."""
    return [letter.points for letter in words(text, size).get_family() if len(letter.points)]


def caption(text: str) -> Words:
    """Return a part of a caption, within one of its lines."""
    return Words(text, size=CAPTION)


@dataclass(frozen=True)
class OneOf:
    """One of several sights."""

    sights: tuple[Sight, ...]

    def missing(self, frame: Array, moment: Moment) -> str:
        found = [sight.missing(frame, moment) for sight in self.sights]
        return "" if "" in found else " and ".join(found)


def scores(network: Net, data: Dataset, best: bool = True) -> tuple[Words, ...]:
    """Return the rows of a table of scores: the network's, and the best cut's if it can be computed."""
    rows = [(network.accuracy(data), "network")]
    rows += [(best_cut(data), "best cut" if data.dimension == 1 else "best line")] if best else []
    return tuple(Words(percent(share), name, TABLE) for share, name in rows)


@dataclass(frozen=True)
class GraphDots:
    """Dots of some colours at scene points (N, 2), in a graph."""

    groups: tuple[tuple[str, Array], ...]
    radius: float = DOT
    hidden: float = 0.2

    def missing(self, frame: Array, moment: Moment) -> str:
        groups = [(colour, to_pixels(places)) for colour, places in self.groups]
        return dots_missing(frame, moment, groups, self.radius, self.hidden)


@dataclass(frozen=True)
class GraphCurve:
    """A curve in a colour through scene points (N, 2), in a graph."""

    places: Array
    colour: str
    share: float = 0.9
    sign: bool = False  # it stands among the signs, beside the picture

    def missing(self, frame: Array, moment: Moment) -> str:
        if self.sign:
            moment = replace(moment, picture=(0, 0, *SIZE), plates=[])
        return curve_missing(frame, moment, to_pixels(self.places), self.colour, self.share, "graph")


@dataclass(frozen=True)
class Bars:
    """White bars across a line of inputs where the output is 0."""

    network: Net
    where: Where = still
    half: float = 0.0  # scene units: of a bar that stands upright

    def missing(self, frame: Array, moment: Moment) -> str:
        x = np.linspace(-3, 3, 60_001)
        value = self.network.output(x[:, None]) > 0
        roots = (x[:-1] + x[1:])[value[:-1] != value[1:]][:, None] / 2
        places = project(moment.views[0], self.where(roots))
        upright = np.linspace(-self.half, self.half, 9)[:, None] * np.array([0, UNIT])
        samples = (places[:, None] + upright).reshape(-1, 2)
        found = likeness(frame, samples, rgb(ANSWER)) < TOLERANCE
        return "" if len(roots) and found.all() else f"{(~found).sum()} of {len(found)} places on a bar are not white"


@dataclass(frozen=True)
class SomeLine:
    """A white line in a square of the frame that separates the two classes: any that does.

    square: scene point of its middle, and half a side.
    """

    data: Dataset
    where: Where
    space: int
    square: tuple[float, float, float]

    def missing(self, frame: Array, moment: Moment) -> str:
        *middle, half = self.square
        white = pixels_of(frame, ANSWER, moment)
        white = white[(np.abs(white - to_pixels(np.array([middle]))) < UNIT * half).all(axis=1)]
        if len(white) < 60:
            return f"only {len(white)} pixels of a line are there"
        about = white - white.mean(axis=0)
        normal = np.linalg.svd(about, full_matrices=False)[2][1]
        thick = float(np.abs(about @ normal).max())
        if thick > 4:
            return f"what is white is no line, but {thick:.0f} px thick"
        sides = [
            (
                project(moment.views[self.space], self.where(self.data.points[self.data.labels == k]))
                - white.mean(axis=0)
            )
            @ normal
            for k in (0, 1)
        ]
        apart = max(sides[0].min() - sides[1].max(), sides[1].min() - sides[0].max())
        return "" if apart > 0 else f"the line has both classes on one side, {-apart:.0f} px deep"


@dataclass(frozen=True)
class Hook:
    """A yellow triangle whose corners are images of the first class, and in which an image of the second lies."""

    data: Dataset
    where: Where
    space: int = 0

    def missing(self, frame: Array, moment: Moment) -> str:
        yellow = pixels_of(frame, HIGHLIGHT, moment)
        if len(yellow) < 60:
            return f"only {len(yellow)} pixels of a triangle are there"
        first, second = (
            project(moment.views[self.space], self.where(self.data.points[self.data.labels == k])) for k in (0, 1)
        )
        corners = yellow[ConvexHull(yellow).vertices]
        far = cKDTree(first).query(corners)[0].max()
        if far > 1.6 * UNIT * 0.17:
            return f"a corner of the triangle is {far:.0f} px from every point of the first class"
        within = second[Delaunay(corners).find_simplex(second) >= 0]
        deep = cKDTree(yellow).query(within)[0] if len(within) else np.zeros(1)
        return "" if deep.max() > 4 else "no point of the second class lies in the triangle"


FOURTH, STOPS = ("#8F63FF", "#E8E8E8", "#A8E03C"), (-0.5, 0.0, 0.5)  # of the fourth coordinate
TUBE = 0.3  # scene units: a tube's radius
BAR_TOLERANCE = 30.0  # of a colour of the bar: what a tenth of the fourth coordinate changes


@dataclass(frozen=True)
class Tubes:
    """Shaded tubes around the images of two closed curves, in the colours of their classes, pink where `answers` puts
    a place in the other class; with `rims`, both edges of each in the colour of its fourth coordinate. Where one passes
    behind another it is not looked for."""

    loops: tuple[Array, ...]
    where: Where = still
    space: int = 0
    rims: bool = False
    answers: Net | None = None
    share: float = 0.85

    def missing(self, frame: Array, moment: Moment) -> str:
        view = moment.views[self.space]
        images = [self.where(loop) for loop in self.loops]
        places, every = [project(view, image) for image in images], np.vstack(images)[:, :3]
        near = nearness(view, every)
        tree, bad, total = cKDTree(np.vstack(places)), 0, 0
        for k, (image, at) in enumerate(zip(images, places, strict=True)):
            own = nearness(view, image[:, :3])
            close = tree.query_ball_point(at, 2.2 * TUBE * UNIT)
            seen = np.array([near[each].max() < mine + 0.1 for each, mine in zip(close, own, strict=True)])
            seen &= in_the_clear(at, moment, room=UNIT * TUBE)
            hue = np.tile(rgb(CLASSES[k]), (len(image), 1))
            if self.answers is not None:
                hue[self.answers.answers(self.loops[k]) != k] = rgb(WRONG)
            found = shaded(frame, at[seen], hue[seen])
            if self.rims:
                height = image[:, 3] if image.shape[1] > 3 else np.zeros(len(image))
                hue = np.column_stack([np.interp(height, STOPS, stop) for stop in np.array([rgb(c) for c in FOURTH]).T])
                along = np.roll(at, -1, axis=0) - np.roll(at, 1, axis=0)
                across = np.column_stack([-along[:, 1], along[:, 0]])
                across /= np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-9)
                edges = [(at + sign * 0.88 * TUBE * UNIT * across)[seen] for sign in (-1, 1)]
                found = np.concatenate([shaded(frame, edge, hue[seen], reach=1) for edge in edges])
            bad += int((~found).sum())
            total += len(found)
        if total < 40:
            return f"only {total} places on the tubes are in the clear"
        return "" if bad <= (1 - self.share) * total else f"{bad} of {total} places on the tubes have another colour"


class RimsDiffer:
    """Rims in the colours of both signs of the fourth coordinate."""

    def missing(self, frame: Array, moment: Moment) -> str:
        left, top, right, bottom = (round(side) for side in moment.picture)
        seen = frame[top:bottom, left:right].astype(float)
        size = np.maximum(np.linalg.norm(seen, axis=-1), 1e-9)
        like = [(seen @ rgb(c) / size / np.linalg.norm(rgb(c)) > 0.985) & (size > 120) for c in FOURTH[::2]]
        counts = [int(each.sum()) for each in like]
        return "" if min(counts) >= 25 else f"{counts} pixels have the colours of both signs"


@dataclass(frozen=True)
class BesideBar:
    """Outside the picture, a marker of each class left of the colour that stands for the fourth coordinate of its
    input (2, d)."""

    inputs: Array
    where: Where

    def missing(self, frame: Array, moment: Moment) -> str:
        edge, wrong = round(moment.picture[2]) + 2, []
        for k, value in enumerate(self.where(self.inputs)[:, 3]):
            near = np.linalg.norm(frame[:, edge:].astype(float) - rgb(CLASSES[k]), axis=2) < 40
            rows, columns = np.nonzero(near)
            if not len(rows):
                return f"no marker of class {k} is beside the picture"
            row, start = round(np.median(rows)), edge + round(np.median(columns) + 0.2 * UNIT)
            beside = frame[row - 3 : row + 4, start : start + round(UNIT / 2)].astype(float).reshape(-1, 3)
            expected = np.array([np.interp(value, STOPS, stop) for stop in np.array([rgb(c) for c in FOURTH]).T])
            if np.linalg.norm(beside - expected, axis=1).min() > BAR_TOLERANCE:
                wrong.append(f"the marker of class {k} is not beside the colour of {value:.2f}")
        return " and ".join(wrong)


@dataclass(frozen=True)
class Noose:
    """A yellow line where a circle around its own middle, shrunk to a share of its size, has its image. Tubes may hide
    half of it; it is no larger."""

    circle: Array
    size: float
    where: Where = still
    space: int = 0

    def missing(self, frame: Array, moment: Moment) -> str:
        middle = self.circle.mean(axis=0)
        return curve_missing(
            frame, moment, project(moment.views[self.space], self.where(middle + self.size * (self.circle - middle))),
            HIGHLIGHT, 0.4, "noose",
        )  # fmt: skip


@dataclass(frozen=True)
class Marks:
    """Dots of one colour at the images of inputs (N, d), in front of all else: each within NEAR_PX."""

    inputs: Array
    colour: str
    where: Where = still
    space: int = 0
    radius: float = 0.13

    def missing(self, frame: Array, moment: Moment) -> str:
        for at in project(moment.views[self.space], self.where(self.inputs)):
            found = centre(frame, at, rgb(self.colour), self.radius)
            if found is None or np.linalg.norm(found - at) > NEAR_PX:
                return f"no mark of that colour is at {np.round(at)}"
        return ""


def nearness(view: View, points: Array) -> Array:
    """Return how near to the eye (N,) a view has points (N, 3), in units of space."""
    x, y, up = (points @ view.frame.T).T
    return np.cos(view.tilt) * up - np.sin(view.tilt) * (np.sin(view.turn) * x + np.cos(view.turn) * y)


def linking_number(first: Array, second: Array) -> float:
    """Return Gauss's integral over two closed curves (M, 3), as a sum."""
    steps = [(np.roll(curve, -1, axis=0) - np.roll(curve, 1, axis=0)) / 2 for curve in (first, second)]
    between = first[:, None] - second[None]
    volume = (np.cross(steps[0][:, None], steps[1][None]) * between).sum(axis=2)
    return float((volume / np.linalg.norm(between, axis=2) ** 3).sum() / (4 * np.pi))


def winding_number(curve: Array, point: Array) -> float:
    """Return how often a closed curve (M, 2) runs around a point (2,)."""
    x, y = (curve - point).T
    angle = np.unwrap(np.append(np.arctan2(y, x), np.arctan2(y[0], x[0])))
    return float((angle[-1] - angle[0]) / (2 * np.pi))


@dataclass(frozen=True)
class SeedGrid:
    """Small pictures of the plane, a frame around each: blue where a network says "disk", and the colour of the frame
    says whether that region is closed.

    networks: in the order of the frames. half: of the part of the plane that a picture shows.
    """

    networks: tuple[Net, ...]
    half: float = 1.3

    def missing(self, frame: Array, moment: Moment) -> str:
        if len(moment.frames) != len(self.networks):
            return f"{len(moment.frames)} small pictures, where there are {len(self.networks)} networks"
        side = np.linspace(-0.9, 0.9, 24)
        places = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
        for k, (network, box) in enumerate(zip(self.networks, moment.frames, strict=True), 1):
            (left, top, right, bottom), blue = box, rgb(CLASSES[1])
            middle, reach = np.array([left + right, top + bottom]) / 2, (right - left) / 2
            filled = likeness(frame, middle + reach * places * (1, -1), 0.85 * blue, reach=0) < TOLERANCE
            wrong = float(np.mean(filled != (network.output(self.half * places) > 0)))
            if wrong > 0.15:  # the circles and the edge are drawn over it
                return f"{100 * wrong:.0f} % of small picture {k} has another colour than its network's answer"
            corners = np.array([[left, top], [left, bottom], [right, top], [right, bottom]])
            edge = rgb(style.ANSWER if closed_in(network) else WRONG)
            if likeness(frame, corners, edge).min() > TOLERANCE:
                return f"the frame of small picture {k} has another colour than its network's region"
        return ""


@cache
def closed_in(network: Net, half: float = 3.0, nodes: int = 401) -> bool:
    """Return whether the region of the disk's class around zero ends inside a square, as far as a grid shows."""
    side = np.linspace(-half, half, nodes)
    inside = network.output(np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)).reshape(nodes, nodes) > 0
    joined, _ = label(inside, np.ones((3, 3)))
    edge = np.concatenate([joined[0], joined[-1], joined[:, 0], joined[:, -1]])
    return joined[nodes // 2, nodes // 2] not in set(edge[edge > 0])


@cache
def seed_grid(path: Path) -> tuple[Net, ...]:
    """Return the networks in a file of many seeds: by width, depth and seed."""
    tensors = load_file(path)
    with safe_open(path, framework="numpy") as file:
        recipes = {slug: Recipe.from_json(text) for slug, text in json.loads(file.metadata()["recipes"]).items()}
    ordered = sorted(recipes, key=lambda slug: (recipes[slug].widths[0], len(recipes[slug].widths)))
    return tuple(net_of_row(recipes[slug], row) for slug in ordered for row in tensors[slug])


# Storyboards


@dataclass(frozen=True)
class Beat:
    """An event of a film and what must be seen at its end, what the next event must find, and, of a move, what must be
    seen half-way.

    kind: "move", "claim" or "last", as in `Moment`.
    """

    kind: str
    see: tuple[Sight, ...]
    held: tuple[Sight, ...] = ()
    way: tuple[Sight, ...] = ()


class WrongPicture(AssertionError):
    """A frame does not show what the oracle computes."""


@dataclass
class Storyboard:
    """The beats of a film in order; `check` takes its moments one by one and raises WrongPicture."""

    film: str
    beats: tuple[Beat, ...]
    done: int = 0

    def wanted(self, moment: Moment) -> tuple[Sight, ...]:
        """Return what must be seen at the next moment."""
        if moment.kind in ("held", "way"):
            beat = self.beats[self.done - 1] if self.done else Beat("", ())
            return beat.held if moment.kind == "held" else beat.way
        if self.done == len(self.beats) or self.beats[self.done].kind != moment.kind:
            known = self.beats[self.done].kind if self.done < len(self.beats) else "nothing more"
            raise WrongPicture(f"{self.film}, event {self.done + 1}: a {moment.kind}, where {known} was to come")
        self.done += 1
        return self.beats[self.done - 1].see

    def check(self, sights: tuple[Sight, ...], moment: Moment, frame: Array) -> None:
        """Look for everything in a frame (height, width, 3), and at a claim for its sentence."""
        for sight in (*sights, *([Sentence()] if moment.said else [])):
            if wrong := sight.missing(frame, moment):
                raise WrongPicture(
                    f"{self.film} at {moment.time:.1f} s ({moment.kind} {self.done} of {len(self.beats)}): {wrong}"
                )


def moves(*seen: tuple[Sight, ...]) -> tuple[Beat, ...]:
    """Return one move for each of what must be seen at their ends."""
    return tuple(Beat("move", see) for see in seen)


def half_way(wheres: Iterable[Where | None], seen: Callable[[Where], tuple[Sight, ...]]) -> Iterator[tuple[Sight, ...]]:
    """Yield the dots among what must be seen half-way through each of some moves; more of them hide each other there
    than at the ends. Nothing where it is not known."""
    for where in wheres:
        dots = [each for each in seen(where) if isinstance(each, Dots)] if where else []
        yield tuple(replace(each, hidden=max(each.hidden, 0.35)) for each in dots)


def on_the_way(wheres: Iterable[Where | None], seen: Callable[[Where], tuple[Sight, ...]], ends: tuple[Beat, ...]
               ) -> tuple[Beat, ...]:  # fmt: skip
    """Return moves that are looked at half-way, too."""
    return tuple(replace(end, way=way) for end, way in zip(ends, half_way(wheres, seen), strict=True))


def layer_by_layer(network: Net, seen: Callable[[Where], tuple[Sight, ...]], lit: bool = False) -> tuple[Beat, ...]:
    """Return the moves of a network that is shown in two moves a layer; seen(where): what must be seen there. lit:
    whether a diagram shows which layer it is."""
    depths = range(len(network.layers))
    places = [where for k in depths for where in (network.affine(k), network.whole(k + 1))]
    ways = [w for k in depths for w in (network.half_affine(k), between(network.affine(k), network.whole(k + 1)))]
    ends = moves(*((*seen(where), *([Lit(network, k // 2)] if lit else [])) for k, where in enumerate(places)))
    return on_the_way(ways, seen, ends)


def polar(network: Net, seen: Callable[[Where], tuple[Sight, ...]]) -> tuple[Beat, ...]:
    """Return the moves of a first layer that is shown in four: stretch, turn, shift, bend."""
    places = [network.stretched(), network.turned(), network.affine(0), network.whole(1)]
    first, second, third, last = places
    turning = network.half_turned() if network.layers[0][0].shape == (2, 2) else None  # into space its way is free
    ways = [between(still, first), turning, between(second, third), between(third, last)]
    return on_the_way(ways, seen, moves(*map(seen, places)))
