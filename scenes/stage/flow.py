"""Flow: the one animation that films need. It carries all of space along a move, or along its path to any time."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from manim import Animation, Scene, smooth

from netlib.activations import Array
from netlib.moves import Move
from netlib.trajectory import Trajectory
from scenes.stage import style
from scenes.stage.space import Space
from scenes.stage.view import View


class Travel(Animation):
    """Carry space along its path to a time, forwards or backwards, while the view changes as asked."""

    def __init__(self, space: Space, to: float, view: View | None = None, **kwargs: Any) -> None:
        kwargs.setdefault("run_time", style.MOVE_SECONDS)
        kwargs.setdefault("rate_func", smooth)
        self.space, self.to, self.to_view = space, float(to), view
        super().__init__(space, **kwargs)

    def begin(self) -> None:
        # No copy of the space is made: parts are redrawn from their inputs, not interpolated.
        self.from_time, self.from_view = self.space.time, self.space.view
        self.starting_mobject = self.mobject
        self.floor = int(min(self.from_time, self.to))
        self.base = [None if part.fixed else self.space.at(part.inputs, self.floor) for part in self.space.parts]
        self.ahead = Trajectory(tuple(self.space.path[self.floor :]))
        self.interpolate(0)

    def finish(self) -> None:
        self.interpolate(1)

    def interpolate(self, alpha: float) -> None:
        t = self.rate_func(alpha)
        self.space.time = self.from_time + t * (self.to - self.from_time)
        if self.to_view is not None:
            self.space.view = self.from_view.towards(self.to_view, t)
        for part, base in zip(self.space.parts, self.base, strict=True):
            if base is not None:
                part.now = self._at(base)
            part.draw(self.space.view.project(part.now))

    def _at(self, base: Array) -> Array:
        return self.ahead.at(base, self.space.time - self.floor) if self.ahead.moves else base

    def clean_up_from_scene(self, scene: Scene) -> None:
        return None


class Flow(Travel):
    """Carry space along one more move."""

    def __init__(self, space: Space, move: Move, view: View | None = None, **kwargs: Any) -> None:
        self.move = move
        super().__init__(space, to=len(space.path) + 1, view=view, **kwargs)

    def begin(self) -> None:
        self.space.path.append(self.move)
        super().begin()


class Look(Travel):
    """Change the view while space stands still."""

    def __init__(self, space: Space, view: View, **kwargs: Any) -> None:
        super().__init__(space, to=space.time, view=view, **kwargs)


def fitting(
    view: View, moves: Trajectory, points: Array, half: tuple[float, float] = (4.9, 2.45), largest: float = 2.6
) -> View:
    """Return the view to end with: its unit is the largest, up to `largest`, for which points (N, d) stay within
    half (width, height) scene units of the centre all along the moves while the unit changes steadily."""
    shares = np.linspace(0, 1, 8 * len(moves.moves) + 1)[1:]
    reach = [np.abs(view.axes(moves.at(points, s * len(moves.moves)))[:, :2]).max(axis=0) for s in shares]
    most = np.min(np.array(half) / np.maximum(reach, 1e-9), axis=1)  # largest unit at each share of the way
    # unit(s) = view.unit^(1 - s) * end^s <= most(s), solved for end
    ends = (most / view.unit ** (1 - shares)) ** (1 / shares)
    return replace(view, unit=float(min(largest, ends.min(), most[-1])))


__all__ = ["Flow", "Look", "Travel", "fitting"]
