"""The timeline of networks without a film: each with its moves, a grid, its data, and a view that always holds them.

The player shows it as the live picture that people explore. netlib computes every matrix; the player only applies them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from manim_untangle.draw import style
from manim_untangle.web.container import Arrays
from manim_untangle.web.tracks import Tracks, Value
from netlib.activations import Array
from netlib.boundary import boundary_curves
from netlib.datasets import Dataset
from netlib.motion.moves import Move, Step
from netlib.motion.trajectory import Trajectory, affine_then_bend
from netlib.network import Network

Json = dict[str, Any]

RATE = 30
MOVE_FRAMES, REST_FRAMES = 39, 15
SIDE = 8.0  # scene units: of the square in which everything is seen; a wide page shows more of the grid
# With more points a page would be slow to load, and the picture would be unreadable.
MOST_POINTS, LOOP_POINTS = 2000, 100
# The square of inputs in which the decision boundary is drawn, and the samples along its side.
BOUNDARY_HALF, BOUNDARY_SAMPLES = 3.0, 241
GRID_STEP, GRID_HALF = 0.25, (3.0, 2.0)  # of input space, beyond the frame at the start
CUBE_HALF = 1.2  # of the grid of three inputs
MOST_DETAILED = 4  # dimensions up to which the numbers of a move are said: more would fill the page
# The view: margins around the data, seen straight and leant; how far it leans, radians; the eye's distance, in units of
# the largest distance of the data from the origin, which is at least LEAST_REACH.
MARGINS, TURN, TILT, EYE, LEAST_REACH = (1.12, 1.3), -0.45, 1.05, 6.0, 0.35
WITHIN = np.arange(1, 8) / 8  # shares of a move at which it is looked how far the data go
VIEW_TOLERANCE, TIME_TOLERANCE = 1e-4, 1e-5
FOURTH = [[143, 99, 255, 255], [232, 232, 232, 255], [168, 224, 60, 255]]  # a fourth coordinate at -1, 0 and 1


@dataclass(frozen=True, eq=False)
class Explored:
    """A network to explore, with its data if there are any. name: as people write it. together: W x + b is one move,
    and not stretch, turn and shift one by one."""

    network: Network
    data: Dataset | None = None
    name: str = ""
    together: bool = True

    @property
    def points(self) -> Array:
        """The points that are shown (N, inputs): of very many, every k-th."""
        return np.zeros((0, self.network.inputs)) if self.data is None else self.data.points[self._kept]

    @property
    def labels(self) -> Array:
        """The classes or targets of these points (N,)."""
        return np.zeros(0) if self.data is None else np.asarray(self.data.labels[self._kept])

    @property
    def _kept(self) -> slice:
        assert self.data is not None
        return slice(None, None, max(1, -(-len(self.data.points) // MOST_POINTS)))


def networks_timeline(title: str, explored: list[Explored]) -> bytes:
    """Return the timeline of networks, one after another, as the content of a .timeline file. The chapters are the
    layers; of several networks, the networks."""
    arrays = Arrays()
    writer = _Writer(arrays, Tracks(arrays))
    for each in explored:
        writer.add(each, several=len(explored) > 1)
    empty = {"points": arrays.add_floats(np.zeros((0, 2)))}
    empty |= {name: arrays.add_rounded(np.zeros(0)) for name in ("curves", "subpaths")}
    header: Json = {
        "format": "untangle-timeline",
        "version": 1,
        "title": title,
        "description": "",
        "about": "",
        "sources": [],
        "language": "en",
        "alt": "The network’s space, with its grid, its data and a point to move",
        "rate": RATE,
        "frames": writer.frames,
        "frame": [SIDE, SIDE],
        "background": [0, 0, 0, 255],
        "poster": 0,
        "chapters": writer.chapters,
        "captions": [],
        "claims": [],
        "questions": [],
        "plays": writer.plays,
        "camera": None,
        "networks": writer.networks,
        "trainings": [],
        "spaces": writer.spaces,
        "outlines": empty,
        "items": writer.items,
        "tracks": writer.tracks.entries,
    }
    return arrays.packed(header)


def layers_told(network: Network) -> list[Json]:
    """Return the layers of a network as a timeline has them, for the forward pass."""
    return [
        {"weight": layer.weight.tolist(), "bias": layer.bias.tolist(), "activation": layer.activation.name}
        for layer in network.dense
    ]


def moves_told(network: Network, together: bool = False) -> list[Json]:
    """Return the moves through a network's layers as a timeline has them; together: each W x + b as one move."""
    single, told = iter(Trajectory.through(network).moves), list[Json]()
    for move in _way(network, together).moves:
        steps, title = list[Json](), move.title
        while len(steps) < len(move.steps):
            part = next(single)
            name = f"{part.title} {_detail(part)}".strip()
            whole = len(part.steps) == len(move.steps)
            title = name if whole else title
            steps += [{**plain(step), **({} if whole else {"title": name})} for step in part.steps]
        facts = {name: getattr(move, name) for name in ("part", "layer", "inputs", "ambient")}
        told.append({"title": title, **facts, "steps": steps})
    return told


def _way(network: Network, together: bool) -> Trajectory:
    return Trajectory.through(network, affine_then_bend) if together else Trajectory.through(network)


def plain(step: Step) -> Json:
    """Return a step of a move with lists in place of arrays."""
    return {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in step.items()}


def decision_boundary(network: Network) -> list[Array]:
    """Return the curves (M, 2) in the input plane on which the network's answer changes; none but for two inputs."""
    half = (BOUNDARY_HALF, BOUNDARY_HALF)
    return boundary_curves(network, half, BOUNDARY_SAMPLES) if network.inputs == 2 else []


def _detail(move: Move) -> str:
    """Return the numbers of a move: the factors of a stretch, the degrees of a plane turn, the vector of a shift."""
    matrix = move.matrix(1.0)
    if matrix is None or len(matrix) > MOST_DETAILED:
        return ""
    if move.part == "stretch":
        return "by " + ", ".join(f"{factor:.2f}" for factor in np.linalg.eigvalsh(matrix)[::-1])
    if move.part == "rotate" and len(matrix) == 2:
        return f"by {np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])):.0f}°".replace("-", "−")
    if move.part == "translate":
        vector = move.at(np.zeros((1, move.inputs)), 1.0)[0]
        return ("by (" + ", ".join(f"{v:.2f}" for v in vector) + ")").replace("-", "−")
    return ""


class _Writer:
    """Writes networks into a timeline, each with a space of its own."""

    def __init__(self, arrays: Arrays, tracks: Tracks) -> None:
        self.arrays, self.tracks, self.first, self.frames = arrays, tracks, 0, 0
        self.chapters, self.plays = list[Json](), list[Json]()
        self.networks, self.spaces, self.items = list[Json](), list[Json](), list[Json]()

    def add(self, explored: Explored, several: bool) -> None:
        """Add a network after those that are there."""
        network = explored.network
        self.first = first = self.frames
        moves = moves_told(network, explored.together)
        ends = [first + MOVE_FRAMES * k for k in range(len(moves) + 1)]
        self.frames = ends[-1] + REST_FRAMES
        self.plays += [
            {"from": start, "to": end, "still": False, "title": move["title"]}
            for move, start, end in zip(moves, ends[:-1], ends[1:], strict=True)
        ]
        self.plays.append({"from": ends[-1], "to": self.frames, "still": True, "title": ""})
        self._chapters(explored.name, moves, ends, several)
        stages = _Stages(explored, moves)
        eased = np.linspace(0, 1, MOVE_FRAMES, endpoint=False)
        times = np.concatenate(
            [*(k + eased**2 * (3 - 2 * eased) for k in range(len(moves))), np.full(REST_FRAMES, len(moves))]
        )
        self.networks.append({"layers": layers_told(network), "name": explored.name})
        self.spaces.append(
            {
                "dimension": network.inputs,
                "network": len(self.networks) - 1,
                "time": self.tracks.value(times[:, None], first, TIME_TOLERANCE, 4e-6),
                "view": self.tracks.value(stages.view(times), first, VIEW_TOLERANCE, 1e-5),
                "moves": moves,
            }
        )

        def shares(values: Array) -> Value:
            return self.tracks.value(values[:, None], first, 4e-3, 1e-3)

        arrived = np.clip(times - len(moves) + 1, 0, 1) if moves else np.ones(len(times))
        lean, fourth = (np.interp(times, np.arange(len(each)), each) for each in (stages.leans, stages.fourths))
        self._space(network, lean=shares(lean), leans=bool(lean.any()))
        self._boundary(explored, shares(arrived))
        self._data(explored, {"fourth": shares(fourth), "fourth_colours": FOURTH} if fourth.any() else {})

    def _chapters(self, name: str, moves: list[Json], ends: list[int], several: bool) -> None:
        layers = [move["layer"] for move in moves]
        marks = [k for k, layer in enumerate(layers) if k == 0 or layer != layers[k - 1]]
        starts = [ends[0]] if several or not marks else [ends[k] for k in marks]
        names = [name] if several or not marks else [f"Layer {layers[k] + 1}" for k in marks]
        last = ends[-1] + REST_FRAMES // 2  # before the next network, so that a film in steps rests at its end
        for title, start, end in zip(names, starts, [*starts[1:], last], strict=True):
            self.chapters.append({"name": title, "start": start / RATE, "end": end / RATE})

    def _item(self, kind: str, look: Json, **part: Any) -> None:
        space = {"space": len(self.spaces) - 1}
        placed = {"part_of": {**space, **part}} if part else space
        when = {"from": self.first, "to": self.frames}
        self.items.append({**when, "kind": kind, "id": len(self.items) + 1, **placed, **look})

    def _lines(self, lines: list[Array], look: Json, colour: str, width: float, **how: Any) -> None:
        if lines:
            inputs = self.arrays.add_floats(np.vstack(lines))
            ink = {"stroke": _colour(colour), "width": [width], "sizes": [len(line) for line in lines]}
            self._item("lines", {**ink, **look}, inputs=inputs, **how)

    def _space(self, network: Network, lean: Value, leans: bool) -> None:
        """The grid that stays, in three dimensions the axes, and the grid of inputs."""
        ghost = {"stroke": _colour(style.GHOST), "width": [0.015], "role": "ghost"}
        self._item("ghost", {**ghost, "step": 0.5, "nearest": 0.2, "whole": 0.3, "lean": 0.3})
        if leans:
            axes = [1.5 * np.outer([-1, 1], axis) for axis in np.eye(3)]
            self._lines(axes, {"opacity": lean, "role": "ghost"}, style.GHOST, 0.015, fixed=True)
        ends = self.arrays.add_floats(_grid(network.inputs))
        fainter = {"opacity": [0.5]} if network.inputs == 3 else {}
        grid = {"stroke": _colour(style.GRID), "width": [0.022], "role": "grid", **fainter}
        self._item("lines", grid, ends=ends)

    def _boundary(self, explored: Explored, arrived: Value) -> None:
        """Where the answer changes among the inputs; and the readout, once the last layer is reached."""
        network = explored.network
        if explored.data is not None and explored.data.regression:
            return
        self._lines(decision_boundary(network), {"role": "boundary"}, style.ANSWER, 0.037)
        readout = network.dense[-1]
        if len(readout.weight) == 1 and readout.inputs in (2, 3):
            look = {"opacity": arrived, "role": "readout"}
            width = 0.037 if readout.inputs == 2 else 0.02
            self._lines(_divider(readout.weight[0], readout.bias[0]), look, style.ANSWER, width, fixed=True)

    def _data(self, explored: Explored, fourth: Json) -> None:
        """The data, coloured by class or target; rings around what is answered wrong; the loops of the data."""
        data, points, labels = explored.data, explored.points, explored.labels
        if data is None or data.dimension != explored.network.inputs:
            return
        deep = {"deep": True} if explored.network.inputs > 2 or max(explored.network.widths) > 2 else {}
        look = {"radius": [style.DOT_RADIUS], "role": "data", **deep, **fourth}
        if data.regression:
            colours = [round(number) for row in _between(labels) for number in row]
            look |= {"marker": style.CLASS_MARKERS[1], "colours": colours}
            self._item("dots", look, inputs=self.arrays.add_floats(points))
        for label in range(data.classes):
            inputs = self.arrays.add_floats(points[labels == label])
            look |= {"marker": style.CLASS_MARKERS[label % len(style.CLASS_MARKERS)], "label": label}
            look["fill"] = _colour(style.CLASS_COLOURS[label % len(style.CLASS_COLOURS)])
            self._item("dots", dict(look), inputs=inputs)
        wrong = np.zeros(len(points), bool) if data.regression else explored.network.classify(points) != labels
        if wrong.any():
            ring = {
                "marker": "disk",
                "radius": [0.14],
                "stroke": _colour(style.WRONG),
                "width": [0.03],
                "role": "wrong",
            }
            self._item("dots", ring, inputs=self.arrays.add_floats(points[wrong]))
        loops = [_thinned(loop.points) for loop in data.loops]
        self._lines(loops, {"role": "loops"}, style.SECOND_HIGHLIGHT, 0.037)


class _Stages:
    """What the view needs to know of a network after each move, the inputs first.

    leans: 1 where space has three dimensions or more. fourths: 1 where it has four. reach: how far the data go.
    bulges: by which share they go farther within each move than between its ends, at its middle.
    """

    def __init__(self, explored: Explored, moves: list[Json]) -> None:
        network, points = explored.network, explored.points
        way = _way(network, explored.together)
        sizes, reach, bulges = [network.inputs], [_reach(points)], list[float]()
        for k, (told, move) in enumerate(zip(moves, way.moves, strict=True)):
            last = k + 1 == len(moves) or moves[k + 1]["layer"] != told["layer"]
            sizes.append(len(network.dense[told["layer"]].weight) if last else told["ambient"])
            start, points = points, move.at(points, 1.0)
            reach.append(_reach(points))
            between = np.interp(WITHIN, (0, 1), reach[-2:])
            far = np.array([_reach(move.at(start, share)) for share in WITHIN])
            bulges.append(max(0.0, float(((far / between - 1) / (4 * WITHIN * (1 - WITHIN))).max())))
        self.leans = np.array([float(size >= 3) for size in sizes])
        self.fourths = np.array([float(size == 4) for size in sizes])
        self.reach, self.bulges = np.array(reach), np.array([*bulges, 0.0])

    def view(self, times: Array) -> Array:
        """Return the ten numbers of the view at each time (F, 10)."""
        stages = np.arange(len(self.reach))
        within, lean = np.interp(times, stages, self.reach), np.interp(times, stages, self.leans)
        share = times - np.floor(times)
        within *= 1 + self.bulges[np.floor(times).astype(int)] * 4 * share * (1 - share)
        unit = SIDE / 2 / (within * (MARGINS[0] + (MARGINS[1] - MARGINS[0]) * lean))
        still, whole = np.zeros(len(times)), np.ones(len(times))
        rows = [np.log(unit), TURN * lean, TILT * lean, still, still, np.log(EYE * within), still, still, still, whole]
        return np.column_stack(rows)


def _reach(points: Array) -> float:
    if not len(points):
        return 1.0
    return max(LEAST_REACH, float(np.linalg.norm(points[:, :3], axis=1).max()))


def _grid(inputs: int) -> Array:
    """Return straight lines (L, 2, inputs) of the inputs."""
    if inputs == 1:
        return np.array([[[-GRID_HALF[0]], [GRID_HALF[0]]]])
    lines = []
    for axis in range(inputs):
        others = [k for k in range(inputs) if k != axis]
        if inputs == 2:
            reach, half = GRID_HALF[axis], GRID_HALF[others[0]]
            places = np.linspace(-half, half, 1 + round(2 * half / GRID_STEP))[:, None]
        else:
            reach, places = CUBE_HALF, np.array([[a, b] for a in (-1, 0, 1) for b in (-1, 0, 1)])
        for place in places:
            line = np.zeros((2, inputs))
            line[:, axis], line[:, others] = (-reach, reach), place
            lines.append(line)
    return np.array(lines)


def _divider(weight: Array, bias: float) -> list[Array]:
    """Return the line or plane w . h + b = 0 of two or three neurons, as lines (2, k): of a plane a net."""
    length = np.linalg.norm(weight)
    foot, normal = -bias * weight / length**2, weight / length
    if len(weight) == 2:
        return [foot + 20 * np.outer([-1, 1], [-normal[1], normal[0]])]
    first = np.cross(normal, np.eye(3)[np.abs(normal).argmin()])
    side = first / np.linalg.norm(first)
    pairs = ((side, np.cross(normal, side)), (np.cross(normal, side), side))
    places = np.linspace(-1.2, 1.2, 7)
    return [foot + place * along + 1.2 * np.outer([-1, 1], across) for along, across in pairs for place in places]


def _colour(name: str) -> list[int]:
    return [*bytes.fromhex(name[1:]), 255]


def _between(values: Array) -> Array:
    """Return a colour (N, 4) for each of real values, between the two ends of those of a fourth coordinate."""
    spread = float(np.ptp(values)) or 1.0
    return np.column_stack(
        [np.interp((values - values.min()) / spread, (0, 0.5, 1), band) for band in zip(*FOURTH, strict=True)]
    )


def _thinned(loop: Array) -> Array:
    """Return about LOOP_POINTS points of a closed curve; the last one is the first again."""
    return np.vstack([loop[:: max(1, len(loop) // LOOP_POINTS)], loop[:1]])
