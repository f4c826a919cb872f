"""Flow: the one animation that films need. It carries all of space along a move, or along its path to any time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from manim import Animation, Scene, smooth
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from manim_untangle.draw import style
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.motion.moves import Move
from netlib.motion.trajectory import Course, Trajectory

# Half width and height, in scene units, of the box around the centre in which the data stays.
KEPT_HALF = (4.9, 2.45)


class AnimateToTime(Animation):
    """Carry space along its path to a time, forwards or backwards, while the view changes as asked.

    keep: input points (N, d) that stay in the frame: where they would leave it, the view draws back.
    """

    def __init__(
        self, space: Space, to: float, view: View | None = None, keep: Array | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("run_time", style.MOVE_SECONDS)
        kwargs.setdefault("rate_func", smooth)
        self.space, self.to, self.to_view, self.keep = space, float(to), view, keep
        super().__init__(space, **kwargs)

    def begin(self) -> None:
        # No copy of the space is made: parts are redrawn from their inputs, not interpolated.
        self.space.refuse_moved()
        self.from_time, self.from_view = self.space.time, self.space.view
        self.starting_mobject = self.mobject
        self.space.resample(self._shown())
        self.floor = int(min(self.from_time, self.to))
        self.base = [None if part.fixed else self.space.at(part.inputs, self.floor) for part in self.space.parts]
        self.ahead = Trajectory(tuple(self.space.path[self.floor :]))
        self.drawn_back = self._drawn_back() if self.keep is not None else None
        self.interpolate(0)

    def finish(self) -> None:
        self.interpolate(1)

    def interpolate(self, alpha: float) -> None:
        t = self.rate_func(alpha)
        self.space.time = self.from_time + t * (self.to - self.from_time)
        if self.to_view is not None:
            view = self.from_view.towards(self.to_view, t)
            if self.drawn_back is not None:
                view = replace(view, unit=view.unit * float(np.interp(t, *self.drawn_back)))
            self.space.view = view
        for part, base in zip(self.space.parts, self.base, strict=True):
            if base is not None:
                part.now = self._at(base)
            part.show(self.space.view)

    def _drawn_back(self) -> tuple[Array, Array]:
        """Shares of the way, and the factor (<= 1, smooth, 1 at both ends) by which the view is drawn back there."""
        shares = np.linspace(0, 1, 81)
        needed = []
        for s in shares:
            view = self.from_view.towards(self.to_view or self.from_view, s)
            points = self.space.at(self.keep, self.from_time + s * (self.to - self.from_time))
            reach = np.abs(view.axes(points)[:, :2]).max(axis=0)
            needed.append(min(1.0, float(np.min(np.array(KEPT_HALF) / np.maximum(view.unit * reach, 1e-9)))))
        lowest = minimum_filter1d(np.log(needed), 15, mode="constant", cval=0.0)
        factor = np.exp(gaussian_filter1d(lowest, 3.0, mode="constant", cval=0.0))
        factor[[0, -1]] = 1.0
        return shares, factor

    def _shown(self) -> list[Callable[[Array], Array]]:
        """Return the maps from inputs to the screen at every half move of the way."""
        halves = max(2, math.ceil(2 * abs(self.to - self.from_time)))
        course = Course(Trajectory(tuple(self.space.path)))

        def at(share: float) -> Callable[[Array], Array]:
            view = self.from_view if self.to_view is None else self.from_view.towards(self.to_view, share)
            time = self.from_time + share * (self.to - self.from_time)
            return lambda inputs: view.project(course.at(inputs, time))

        return [at(share) for share in np.linspace(0, 1, halves + 1)]

    def _at(self, base: Array) -> Array:
        return self.ahead.at(base, self.space.time - self.floor) if self.ahead.moves else base

    def clean_up_from_scene(self, scene: Scene) -> None:
        return None


class ApplyMove(AnimateToTime):
    """Carry space along one more move."""

    def __init__(
        self, space: Space, move: Move, view: View | None = None, keep: Array | None = None, **kwargs: Any
    ) -> None:
        self.move = move
        super().__init__(space, to=len(space.path) + 1, view=view, keep=keep, **kwargs)

    def begin(self) -> None:
        self.space.path.append(self.move)
        super().begin()


class ChangeView(AnimateToTime):
    """Change the view while space stands still."""

    def __init__(self, space: Space, view: View, **kwargs: Any) -> None:
        super().__init__(space, to=space.time, view=view, **kwargs)


def fitting(view: View, points: Array, largest: float = 2.6) -> View:
    """Return the view with the largest unit, up to `largest`, at which points (N, d) of space stay within KEPT_HALF."""
    reach = np.abs(view.axes(points)[:, :2]).max(axis=0)
    return replace(view, unit=float(min(largest, np.min(np.array(KEPT_HALF) / np.maximum(reach, 1e-9)))))


__all__ = ["AnimateToTime", "ApplyMove", "ChangeView", "fitting"]
