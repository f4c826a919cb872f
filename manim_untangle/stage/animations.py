"""The animations that films need: they carry all of space along a move, or along its trajectory to any time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
from manim import Animation
from scipy.ndimage import gaussian_filter1d, minimum_filter1d

from manim_untangle.draw import style
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.activations import Array
from netlib.motion.moves import Move

ViewOnTheWay = View | Callable[[float], View] | None


class RedrawnAnimation(Animation):
    """An animation that draws its mobject anew for each moment: Manim's copies for interpolation are not made."""

    def begin(self) -> None:
        self.starting_mobject = self.mobject
        self.interpolate(0)

    def finish(self) -> None:
        self.interpolate(1)

    def interpolate(self, alpha: float) -> None:
        self.show(self.rate_func(alpha))

    def show(self, share: float) -> None:
        """Draw the moment a share in [0, 1] of the way from the beginning to the end."""
        raise NotImplementedError


class AnimateToTime(RedrawnAnimation):
    """Carry space along its trajectory to a time, forwards or backwards, while the view changes as asked.

    view: the one at the end, which is approached evenly, or a function that gives it for every time; None leaves it as
    it is. keep: input points (N, d) that stay in the frame: where they would leave it, the view draws back.
    """

    def __init__(
        self, space: Space, to: float, view: ViewOnTheWay = None, keep: Array | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("run_time", style.MOVE_SECONDS)
        self.space, self.to, self.to_view, self.keep = space, float(to), view, keep
        super().__init__(space, **kwargs)

    def begin(self) -> None:
        self.space.refuse_moved()
        self.from_time, self.from_view = self.space.time, self.space.view
        if isinstance(self.to_view, View):
            self.to_view = self.to_view.placed
        self.space.resample(self._moments())
        self.drawn_back = None if self.keep is None else self._drawn_back(self.keep)
        super().begin()

    def show(self, share: float) -> None:
        self.space.time, view = self._moment(share)
        if self.drawn_back is not None:
            view = replace(view, unit=view.unit * float(np.interp(share, *self.drawn_back)))
        self.space.view = view
        for part in self.space.parts:
            if part.drawn and not part.fixed:
                part.now = self.space.where(part.inputs)
        self.space.redraw()

    def _moment(self, share: float) -> tuple[float, View]:
        """The time and the view, not drawn back, a share of the way on."""
        time = self.from_time + share * (self.to - self.from_time)
        if isinstance(self.to_view, View):
            return time, self.from_view.towards(self.to_view, share)
        return time, self.to_view(time).placed if self.to_view else self.from_view

    def _drawn_back(self, kept: Array) -> tuple[Array, Array]:
        """Shares of the way, and the factor (<= 1, smooth, 1 at both ends) by which the view is drawn back there."""
        shares, needed = np.linspace(0, 1, 81), list[float]()
        for time, view in map(self._moment, shares):
            fitting = view.fitting(self.space.at(kept, time), largest=view.unit)
            needed.append(fitting.unit / view.unit)
        lowest = minimum_filter1d(np.log(needed), 15, mode="constant", cval=0.0)
        factor = np.exp(gaussian_filter1d(lowest, 3.0, mode="constant", cval=0.0))
        factor[[0, -1]] = 1.0
        return shares, factor

    def _moments(self) -> list[tuple[float, View]]:
        """Return time and view at every half move of the way."""
        halves = max(2, math.ceil(2 * abs(self.to - self.from_time)))
        return [self._moment(share) for share in np.linspace(0, 1, halves + 1)]


class ApplyMove(AnimateToTime):
    """Carry space along one more move."""

    def __init__(
        self, space: Space, move: Move, view: ViewOnTheWay = None, keep: Array | None = None, **kwargs: Any
    ) -> None:
        self.move = move
        super().__init__(space, to=space.end + 1, view=view, keep=keep, **kwargs)

    def begin(self) -> None:
        self.space.trajectory = self.space.trajectory.then(self.move)
        super().begin()


class ChangeView(AnimateToTime):
    """Change the view while space stands still."""

    def __init__(self, space: Space, view: View, **kwargs: Any) -> None:
        super().__init__(space, to=space.time, view=view, **kwargs)
