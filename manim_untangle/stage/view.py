"""View: how points of a representation land on the screen. One map for lines, planes and space, at any zoom."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from scipy.spatial.transform import Rotation

from manim_untangle.stage.layout import Box, current_layout
from netlib.activations import Array
from netlib.motion.moves import RotationPath

NEAREST = 0.3  # share of the eye's distance at which what comes nearer grows no more
LARGEST_UNIT = 2.6  # scene units for a unit of space, in films that show their data in units of about 1
SMALLEST, LARGEST = 1e-160, 1e14  # scene units for one unit of space; beyond, rounding (1e-16) would be seen
LEAN, TURN = 1.2, 0.35  # radians: of a view that leans back into space
EYE = 20.0  # scene units from the screen to the eye, of a view that `framing` makes


@dataclass(frozen=True, eq=False)
class View:
    """Where the eye stands and how large a unit of space is drawn.

    unit: scene units for one unit of space. frame: rotation (3, 3) of space to upright axes; its third axis is up.
    turn: radians about up. tilt: radians by which the ground is leant back; at 0 it is the screen. centre: scene
    point at which the origin of space is drawn; None for the middle of the film's picture area. eye: units of space
    from the origin to the eye; at 9, a cube of side 2 looks like one. In the identity frame the first two coordinates
    lie in the ground, the third points up; a fourth has no place (films show it as colour).
    """

    unit: float = 2.5
    turn: float = 0.0
    tilt: float = 0.0
    centre: tuple[float, float] | None = None
    frame: Array = field(default_factory=lambda: np.eye(3))
    eye: float = 9.0

    @property
    def rotation(self) -> Array:
        """Return the rotation (3, 3) from space to screen axes: right, up, towards the viewer."""
        c, s = np.cos(self.turn), np.sin(self.turn)
        about = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        lean = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
        return np.asarray(lean @ about @ self.frame)

    @property
    def middle(self) -> tuple[float, float]:
        """The scene point at which the origin of space is drawn."""
        return current_layout().picture.centre if self.centre is None else self.centre

    @property
    def placed(self) -> View:
        """The same view with the scene point of its centre, whichever film is made next."""
        return replace(self, centre=self.middle)

    def project(self, points: Array) -> Array:
        """Map points (N, d) of space to scene points (N, 3), z = 0."""
        scene = np.zeros((len(points), 3))
        scene[:, :2] = self.unit * self._at_unit_one(points) + self.middle
        return scene

    def _at_unit_one(self, points: Array) -> Array:
        """Return where (N, 2), from the origin's image, points are drawn at one scene unit for one unit of space."""
        screen = self.axes(points)
        return np.asarray(screen[:, :2] * (self.eye / np.maximum(self.eye - screen[:, 2:], NEAREST * self.eye)))

    def axes(self, points: Array) -> Array:
        """Return points (N, d) in screen axes (N, 3), before perspective; the third is nearness to the viewer."""
        points = np.asarray(points, dtype=np.float64)[:, :3]
        return np.asarray(points @ self.rotation.T[: points.shape[1]])

    def towards(self, other: View, t: float) -> View:
        """Return the view a share t of the way to another; lengths change by equal factors in equal times, and so does
        the distance to the point of space, if there is one, that both views draw at the same place: it stands still."""
        between = RotationPath.to(other.frame @ self.frame.T).at(t)
        growth = np.log(other.unit / self.unit)
        share = np.expm1(t * growth) / np.expm1(growth) if growth else t
        x, y = (1 - share) * np.array(self.middle) + share * np.array(other.middle)
        return View(
            unit=float(self.unit ** (1 - t) * other.unit**t),
            turn=(1 - t) * self.turn + t * other.turn,
            tilt=(1 - t) * self.tilt + t * other.tilt,
            centre=(float(x), float(y)),
            frame=between @ self.frame,
            eye=float(self.eye ** (1 - t) * other.eye**t),
        )

    def turned(self, angle: float) -> View:
        """Return the view turned about its vertical axis by radians."""
        return replace(self, turn=self.turn + angle)

    def upright(self, normal: Array) -> View:
        """Return the view in which a direction (3,) of space is up."""
        return replace(self, frame=upright(normal))

    def fitting(self, points: Array, largest: float = LARGEST_UNIT) -> View:
        """Return the view with the largest unit, up to `largest`, at which points (N, d) stay in the part of the
        picture area that the layout keeps for data."""
        drawn, (wide, high) = self._at_unit_one(points), current_layout().kept_half
        off = np.array(self.middle) - current_layout().picture.centre
        room = np.maximum((wide, high) - np.sign(drawn) * off, 0.01 * high)
        return replace(self, unit=min(largest, float(np.min(room / np.maximum(np.abs(drawn), 1e-9)))))

    def centred(self, points: Array) -> View:
        """Return the view that has points (N, d) of space, as a whole, in the middle of the picture area."""
        drawn = self.unit * self._at_unit_one(points)
        x, y = np.array(current_layout().picture.centre) - (drawn.min(axis=0) + drawn.max(axis=0)) / 2
        return replace(self, centre=(float(x), float(y)))

    def framing(self, points: Array) -> View:
        """Return the view at which points (N, d) of any size fill the layout's `kept_half`: leant back for points of
        three dimensions, flat for fewer. Points that all lie at the origin leave the zoom as it is."""
        tilt, turn = (self.tilt or LEAN, self.turn or TURN) if points.shape[1] > 2 else (0.0, 0.0)
        view = replace(self, tilt=tilt, turn=turn)
        largest = float(np.abs(view.axes(points)[:, :2]).max())
        if largest == 0:
            return view
        view = view._with_unit(max(current_layout().kept_half) / largest)
        for _ in range(8 if view.tilt else 1):  # nearer points are drawn larger: one pass is not enough
            reach = np.abs(view.project(points)[:, :2] - view.middle).max(axis=0)
            view = view._with_unit(view.unit * _room_for(reach))
        return view

    def _with_unit(self, unit: float) -> View:
        unit = float(np.clip(unit, SMALLEST, LARGEST))
        return replace(self, unit=unit, eye=EYE / unit)


def _room_for(reach: Array) -> float:
    """Return by how much a reach (2,) to the right and upwards can grow until it fills the part kept for data."""
    return float(np.min(np.array(current_layout().kept_half) / np.maximum(reach, 1e-9)))


def upright(normal: Array) -> Array:
    """Return the rotation (3, 3) of least angle that takes a direction (3,) to the third axis, up."""
    axis = np.cross(normal, (0.0, 0.0, 1.0))
    across = float(np.linalg.norm(axis))
    about = axis / across if across > 0 else np.array([1.0, 0.0, 0.0])
    return np.asarray(Rotation.from_rotvec(np.arctan2(across, normal[2]) * about).as_matrix())


def edge_on(view: View, weight: Array) -> float:
    """Return by how many radians, at most a quarter turn, to turn a view so that the planes between classes whose
    scores have the weights (classes, 3) are seen from the side."""
    normals = weight - weight.mean(axis=0)
    turns = np.linspace(-np.pi / 2, np.pi / 2, 91)
    sights = np.array([view.turned(turn).rotation[2] for turn in turns])
    seen = ((sights @ normals.T) ** 2).sum(axis=1)
    return float(turns[seen.argmin()])


def filling(box: Box, points: Array, room: float = 0.2) -> View:
    """Return the flat view in which points (N, 2) fill a box, up to so many scene units at its edge."""
    low, high = points.min(axis=0), points.max(axis=0)
    unit = float(np.min(2 * np.array(box.inset(room).half) / np.maximum(high - low, 1e-9)))
    x, y = box.centre - unit * (low + high) / 2
    return View(unit=unit, centre=(float(x), float(y)))
