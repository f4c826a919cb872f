"""Spaces as data: their moves, and where their time and view stand in each frame; parts by their inputs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from manim_untangle.draw.batch import Batch
from manim_untangle.stage.space import Part, Space
from manim_untangle.stage.view import View
from manim_untangle.web.container import Arrays
from manim_untangle.web.tracks import Tracks
from netlib.layers import Dense
from netlib.motion.moves import Move, Step
from netlib.motion.projected import ProjectedTrajectory, Transition
from netlib.motion.trajectory import TrainingTrajectory
from netlib.network import Network

Array = NDArray[np.float64]
Json = dict[str, Any]

# of time in moves; of the view's numbers: at most a fifth of a pixel at 720p at the edge of the frame
TIME_TOLERANCE = 1e-5
VIEW_TOLERANCE = np.array([4e-5, 4e-5, 4e-5, 5e-4, 5e-4, 4e-4, *4 * [2e-5]])
MOST_WEIGHTS = 4000  # of a network whose numbers are told


@dataclass(eq=False)
class Epoch:
    """The time of a space in which its moves follow one another: until it forgets them, and begins anew.

    frames, rows: where time and view (11 numbers) changed. told: whether all of its moves can be told as steps.
    """

    trajectory: Any
    told: bool
    frames: list[int] = field(default_factory=list)
    rows: list[Array] = field(default_factory=list)
    number: int | None = None  # of the space in the timeline, once an item needs it


class SpaceNotes:
    """What a walk notes of one space."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.epochs: list[Epoch] = []
        self._view: View | None = None
        self._time = -1.0

    def note(self, frame: int) -> None:
        """Note where the space stands in a frame."""
        space = self.space
        trajectory = space.trajectory
        if not self.epochs or not _goes_on(self.epochs[-1], trajectory):
            self.epochs.append(Epoch(trajectory, is_told(trajectory)))
            self._view = None
        epoch = self.epochs[-1]
        if len(trajectory.moves) > len(epoch.trajectory.moves):
            epoch.trajectory = trajectory
        if space.view is not self._view or space.time != self._time:
            self._view, self._time = space.view, space.time
            row = np.array([space.time, *view_numbers(space.view)])
            if epoch.rows and row[7:] @ epoch.rows[-1][7:] < 0:  # the same rotation, nearer to the one before
                row[7:] = -row[7:]
            epoch.frames.append(frame)
            epoch.rows.append(row)

    def leave_undrawn(self) -> None:
        """Have no picture made of the parts that tell themselves, as long as the moves are told, too."""
        for part in self.space.parts:
            drawn = part.told is None or not self.epochs[-1].told
            if drawn and not part.drawn:
                part.drawn, part.now = True, part.inputs if part.fixed else self.space.where(part.inputs)
                part.show(self.space.view)
            elif part.drawn and not drawn:
                part.drawn = False
                for mobject in part.mobject.get_family():  # what has no points now would not be among what is shown
                    if isinstance(mobject, Batch) and not len(mobject.points):
                        mobject.points = np.zeros((1, 3))

    def told_parts(self) -> Iterator[tuple[Part, Epoch]]:
        """Yield the parts that are told by their inputs, or that tell themselves."""
        epoch = self.epochs[-1]
        if epoch.told:
            for part in self.space.parts:
                if part.told is not None or part.is_drawn_plainly:
                    yield part, epoch


def is_told(trajectory: Any) -> bool:
    """Return whether a trajectory can be told: each of its moves has steps."""
    return not isinstance(trajectory, TrainingTrajectory) and all(move.steps for move in trajectory.moves)


def _goes_on(epoch: Epoch, trajectory: Any) -> bool:
    before, after = epoch.trajectory.moves, trajectory.moves
    alike = all(one is other for one, other in zip(before, after, strict=False))
    return alike and type(trajectory) is type(epoch.trajectory) and is_told(trajectory) == epoch.told


def view_numbers(view: View) -> Array:
    """Return a view as ten numbers: log unit, turn, tilt, centre, log eye, and its frame as a quaternion."""
    turned = Rotation.from_matrix(view.frame).as_quat()
    centre = view.placed.centre or (0.0, 0.0)
    return np.array([np.log(view.unit), view.turn, view.tilt, *centre, np.log(view.eye), *turned])


class SpaceWriter:
    """Writes spaces, their parts and trainings into a timeline."""

    def __init__(self, arrays: Arrays, tracks: Tracks) -> None:
        self.spaces: list[Json] = []
        self.trainings: list[Json] = []
        self.networks: list[Json] = []
        self._arrays, self._tracks = arrays, tracks
        self._networks: dict[int, int] = {}

    def number(self, space: Space, epoch: Epoch) -> int:
        """Return the place of an epoch of a space among the timeline's spaces."""
        if epoch.number is None:
            epoch.number = len(self.spaces)
            self.spaces.append(self._told(space, epoch))
        return epoch.number

    def part_of(self, space: Space, epoch: Epoch, part: Part) -> Json:
        """Return the entry `part_of` of an item."""
        said: Json = {"space": self.number(space, epoch)}
        if part.fixed:
            return {**said, "inputs": self._arrays.add_floats(part.now), "fixed": True}
        if part.lines is not None:
            return {**said, "ends": self._arrays.add_floats(part.lines)}
        inputs = part.inputs
        stages = stages_of(epoch.trajectory, inputs)
        if 0 in stages:
            inputs = stages.pop(0)
        said["inputs"] = self._arrays.add_floats(inputs)
        if stages:
            said["stages"] = {str(k): self._arrays.add_floats(points) for k, points in stages.items()}
        return said

    def _told(self, space: Space, epoch: Epoch) -> Json:
        first, last = epoch.frames[0], epoch.frames[-1]
        rows = np.array(epoch.rows)[np.searchsorted(epoch.frames, np.arange(first, last + 1), side="right") - 1]
        # a time after 0 stays after 0 when it is rounded: there a training has begun
        rows[:, 0] = np.where((rows[:, 0] > 0) & (rows[:, 0] < TIME_TOLERANCE), TIME_TOLERANCE, rows[:, 0])
        return {
            "dimension": space.dimension,
            "network": self._network(space),
            "time": self._tracks.value(rows[:, :1], first, TIME_TOLERANCE, 4e-6),
            "view": self._tracks.value(rows[:, 1:], first, VIEW_TOLERANCE, 1e-5),
            "moves": [self._move(move) for move in epoch.trajectory.moves],
        }

    def _move(self, move: Move) -> Json:
        facts = {name: getattr(move, name) for name in ("title", "part", "layer", "inputs", "ambient")}
        return {**facts, "steps": [self._step(step) for step in move.steps]}

    def _step(self, step: Step) -> Json:
        said = {name: _plain(value) for name, value in step.items() if name != "networks"}
        if "networks" in step:
            said["training"] = self._training(step["networks"])
        return said

    def _training(self, networks: list[Network]) -> int:
        layers = [
            {
                "activation": layer.activation.name,
                "weight": self._arrays.add_floats(np.stack([each.dense[k].weight for each in networks])),
                "bias": self._arrays.add_floats(np.stack([each.dense[k].bias for each in networks])),
            }
            for k, layer in enumerate(networks[0].dense)
        ]
        self.trainings.append({"layers": layers})
        return len(self.trainings) - 1

    def _network(self, space: Space) -> int | None:
        network = space.network
        if network is None or not all(isinstance(layer, Dense) for layer in network.layers):
            return None
        if sum(layer.weight.size for layer in network.dense) > MOST_WEIGHTS:
            return None
        if id(network) not in self._networks:
            self._networks[id(network)] = len(self.networks)
            layers = [
                {"weight": layer.weight.tolist(), "bias": layer.bias.tolist(), "activation": layer.activation.name}
                for layer in network.dense
            ]
            self.networks.append({"layers": layers})
        return self._networks[id(network)]


def stages_of(trajectory: Any, inputs: Array) -> dict[int, Array]:
    """Return where inputs (N, d) are at those whole times of a trajectory that its steps do not tell."""
    if not isinstance(trajectory, ProjectedTrajectory):
        return {}
    pictures = trajectory.pictures
    told = {0: 0} if pictures.projections[0].name else {}
    for k, move in enumerate(trajectory.moves, 1):
        assert isinstance(move, Transition)
        if move.part == "blend" and move.picture is not None:
            told[k] = move.picture
    return {k: pictures.drawn(inputs, picture) for k, picture in told.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, tuple) else value
