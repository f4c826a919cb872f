"""View: how points of a representation land on the screen. One map for lines, planes and space."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from netlib.activations import Array
from netlib.motion.rotations import RotationPath

# The eye stands this many units of space away from the origin; far enough that a cube looks like one.
EYE_DISTANCE = 9.0


@dataclass(frozen=True, eq=False)
class View:
    """Where the eye stands and how large a unit of space is drawn.

    unit: scene units for one unit of space. frame: rotation (3, 3) of space to upright axes; its third axis is up.
    turn: radians about up. tilt: radians by which the ground is leant back; at 0 it is the screen. centre: scene
    point at which the origin of space is drawn. In the identity frame the first two coordinates lie in the ground,
    the third points up; a fourth has no place (films show it as colour).
    """

    unit: float = 2.2
    turn: float = 0.0
    tilt: float = 0.0
    centre: tuple[float, float] = (0.0, 0.3)
    frame: Array = field(default_factory=lambda: np.eye(3))

    @property
    def rotation(self) -> Array:
        """Return the rotation (3, 3) from space to screen axes: right, up, towards the viewer."""
        c, s = np.cos(self.turn), np.sin(self.turn)
        about = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]])
        c, s = np.cos(self.tilt), np.sin(self.tilt)
        lean = np.array([[1, 0, 0], [0, c, s], [0, -s, c]])
        return np.asarray(lean @ about @ self.frame)

    def project(self, points: Array) -> Array:
        """Map points (N, d) of space to scene points (N, 3), z = 0."""
        screen = self.axes(points)
        scale = self.unit * EYE_DISTANCE / np.maximum(EYE_DISTANCE - screen[:, 2:], 1e-3)
        result = screen * scale
        result[:, 0] += self.centre[0]
        result[:, 1] += self.centre[1]
        result[:, 2] = 0
        return np.asarray(result)

    def axes(self, points: Array) -> Array:
        """Return points (N, d) in screen axes (N, 3), before perspective; the third is nearness to the viewer."""
        points = np.asarray(points, dtype=np.float64)[:, :3]
        return np.asarray(points @ self.rotation.T[: points.shape[1]])

    def towards(self, other: View, t: float) -> View:
        """Return the view a share t of the way to another; the unit changes by equal factors in equal times."""
        between = RotationPath.to(other.frame @ self.frame.T).at(t)
        return View(
            unit=float(self.unit ** (1 - t) * other.unit**t),
            turn=(1 - t) * self.turn + t * other.turn,
            tilt=(1 - t) * self.tilt + t * other.tilt,
            centre=(
                (1 - t) * self.centre[0] + t * other.centre[0],
                (1 - t) * self.centre[1] + t * other.centre[1],
            ),
            frame=between @ self.frame,
        )


def upright(normal: Array) -> Array:
    """Return the rotation (3, 3) of least angle that takes a direction (3,) to the third axis, up."""
    n = np.asarray(normal, dtype=np.float64) / np.linalg.norm(normal)
    up = np.array([0.0, 0.0, 1.0])
    axis, cosine = np.cross(n, up), float(n @ up)
    if cosine < -1 + 1e-12:
        return np.diag([1.0, -1.0, -1.0])
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + cosine))
