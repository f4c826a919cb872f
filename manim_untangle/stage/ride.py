"""Ride: how space is carried along a route, seen from as near as its points allow, over any number of decades."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np

from manim_untangle.stage.animations import KEPT_HALF, AnimateToTime
from manim_untangle.stage.route import RouteSpace, Transition
from manim_untangle.stage.view import View
from netlib.activations import Array

EYE = 20.0  # scene units from the screen to the eye: the perspective is the same at every zoom
NEAREST = 0.3  # share of that distance at which what comes nearer grows no more
LEAN, TURN = 1.2, 0.35
SMALLEST, LARGEST = 1e-160, 1e14  # scene units for one unit of space; beyond, rounding (1e-16) would be seen


class FarView(View):
    """A view whose eye draws back as it zooms out, so that spaces of a million units are seen like those of one."""

    def project(self, points: Array) -> Array:
        """Map points (N, d) of space to scene points (N, 3), z = 0."""
        screen = self.unit * self.axes(points)
        if self.tilt != 0:
            screen *= EYE / np.maximum(EYE - screen[:, 2:], NEAREST * EYE)
        screen[:, :2] += self.centre
        screen[:, 2] = 0
        return screen

    def towards(self, other: View, t: float) -> FarView:
        """Return the view a share t of the way to another."""
        between = super().towards(other, t)
        return FarView(**{part.name: getattr(between, part.name) for part in fields(View)})


class Ride(AnimateToTime):
    """Carry space along its route to a time, forwards or backwards, while the view changes as asked."""

    def begin(self) -> None:
        self.space.refuse_moved()
        self.from_time, self.from_view = self.space.time, self.space.view
        self.starting_mobject = self.mobject
        self.space.resample(self._shown())
        self.drawn_back = self._drawn_back() if self.keep is not None else None
        self.interpolate(0)

    def interpolate(self, alpha: float) -> None:
        t = self.rate_func(alpha)
        self.space.time = self.from_time + t * (self.to - self.from_time)
        if self.to_view is not None:
            view = self.from_view.towards(self.to_view, t)
            factor = float(np.interp(t, *self.drawn_back)) if self.drawn_back is not None else 1.0
            self.space.view = replace(view, unit=view.unit * factor)
        for part in self.space.parts:
            if not part.fixed:
                part.now = self.space.where(part.inputs)
            part.show(self.space.view)


class ApplyTransition(Ride):
    """Carry space along one more leg."""

    def __init__(self, space: RouteSpace, leg: Transition, view: View, keep: Array, **kwargs: object) -> None:
        self.leg = leg
        super().__init__(space, to=len(space.path) + 1, view=view, keep=keep, **kwargs)

    def begin(self) -> None:
        self.space.path.append(self.leg)
        super().begin()


def fitted(view: View, points: Array) -> View:
    """Return the view, leant back for points (N, d) of three dimensions, flat for fewer, at which they fill the frame.

    Points that are all at the origin leave the zoom as it is.
    """
    leant = view.tilt if view.tilt else LEAN
    view = replace(view, tilt=leant if points.shape[1] > 2 else 0.0, turn=view.turn if points.shape[1] > 2 else 0.0)
    if points.shape[1] > 2 and not view.turn:
        view = replace(view, turn=TURN)
    largest = np.abs(view.axes(points)[:, :2]).max()
    if largest == 0:
        return view
    view = replace(view, unit=float(np.clip(max(KEPT_HALF) / largest, SMALLEST, LARGEST)))
    for _ in range(8 if view.tilt else 1):  # what is near the eye is drawn larger, so that a smaller unit needs less
        reach = np.abs(view.project(points)[:, :2] - view.centre).max(axis=0)
        share = float(np.min(np.array(KEPT_HALF) / np.maximum(reach, 1e-9)))
        view = replace(view, unit=float(np.clip(view.unit * share, SMALLEST, LARGEST)))
    return view


def edge_on(view: View, weight: Array) -> float:
    """Return by how many radians, at most a quarter turn, to turn a view so that the planes between classes whose
    scores have the weights (classes, 3) are seen from the side."""
    normals = weight - weight.mean(axis=0)
    turns = np.linspace(-np.pi / 2, np.pi / 2, 91)
    sights = np.array([replace(view, turn=view.turn + turn).rotation[2] for turn in turns])
    seen = ((sights @ normals.T) ** 2).sum(axis=1)
    return float(turns[seen.argmin()])
