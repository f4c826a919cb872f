"""What a film shows after each flow of space, kept while it renders: the oracle for its decoded frames."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import pytest
from manim import Scene

from manim_untangle.draw.dots import Dots
from manim_untangle.stage.animations import AnimateToTime
from manim_untangle.stage.film import Film
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib import Network
from netlib.activations import Array
from netlib.motion.moves import Move

# At 480p a scene unit is 60 px; a dot with a neighbour nearer than this is not looked for.
APART_PX = 11
WINDOW_PX = 5
SMALLEST = 0.05  # scene units: smaller dots, in small pictures, melt together in a decoded frame


@dataclass(frozen=True)
class Shot:
    """A moment when space stands after `depth` whole layers, and after W x + b of the next one where `affine`.

    time: seconds from the start; the frame that begins there shows the dots.
    """

    time: float
    depth: int
    affine: bool
    view: View
    dots: tuple[tuple[Array, Array, Array], ...]  # colour (3,), inputs (N, d), where the film has them (N, d')
    marks: tuple[Array, ...]  # inputs (N, d) of what is drawn around some dots
    path: tuple[Move, ...]  # the moves so far

    @property
    def raised(self) -> bool:
        """Whether the dots lie above the plane of inputs, by the readout's bias minus the output."""
        return bool(self.path) and self.path[-1].part == "lift"

    def points(self, network: Network, inputs: Array) -> Array:
        """Where the network's own forward pass puts inputs (N, d), in space."""
        points = network.represent(inputs, self.depth)
        if self.raised:
            points = np.column_stack([inputs, network.readout.bias[0] - network(inputs)[:, 0]])
        if self.affine:
            layer = network.hidden[self.depth]
            points = points @ layer.weight.T + layer.bias
        return points

    def pixels(self, network: Network, inputs: Array, size: tuple[int, int]) -> Array:
        """Where the network's own forward pass puts the dots, in pixels (N, 2) of a frame (width, height)."""
        scene = self.view.project(self.points(network, inputs))
        unit = size[1] / 8
        middle = np.array(size) / 2 - 0.5  # pixel k covers k to k + 1
        return middle + unit * scene[:, :2] * np.array([1, -1])

    def shows(self, network: Network) -> bool:
        """Whether this is the network that the film shows here: all dots are where it puts them."""
        deep = self.depth + self.affine
        if len(network.hidden) < deep or any(inputs.shape[1] != network.inputs for _, inputs, _ in self.dots):
            return False
        for _, inputs, now in self.dots:
            points = self.points(network, inputs)
            seen = now[:, : points.shape[1]]
            if seen.shape != points.shape or not np.allclose(seen, points, atol=1e-6):
                return False
            if now[:, points.shape[1] :].any():
                return False
        return True


@contextmanager
def kept_shots(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[list[Shot], list[Network]]]:
    """Yield the lists that fill up with shots and networks while a film renders."""
    shots, networks = list[Shot](), list[Network]()
    load, make = Film.load, Film.__init__

    def made(self: Film, **kwargs: object) -> None:
        # a renderer may run a film more than once: what counts is a whole run
        shots.clear()
        networks.clear()
        make(self, **kwargs)

    def loaded(self: Film, recipe: object) -> Network:
        networks.append(load(self, recipe))
        return networks[-1]

    def stands(self: AnimateToTime, scene: Scene) -> None:
        place = layers_done(self.space)
        shown = set(scene.get_mobject_family_members())
        if place is not None:
            drawn = [p for p in self.space.parts if isinstance(p.mobject, Dots) and p.mobject in shown]
            parts = [p for p in drawn if p.mobject.radius >= SMALLEST]
            dots = tuple(
                (p.mobject.point_rgbas()[0, :3], p.inputs, p.now.copy()) for p in parts if p.mobject.marker != "ring"
            )
            marks = tuple(p.inputs for p in parts if p.mobject.marker == "ring")
            done = self.space.trajectory.moves[: int(self.space.time)]
            shots.append(Shot(float(scene.renderer.time), *place, self.space.view, dots, marks, tuple(done)))

    def begins(self: AnimateToTime, scene: Scene) -> None:
        # before its first move, and where nothing is just fading in or out, space shows the inputs
        if not self.space.end and len(scene.animations or ()) == 1:
            stands(self, scene)

    with monkeypatch.context() as patch:
        patch.setattr(Film, "__init__", made)
        patch.setattr(Film, "load", loaded)
        patch.setattr(AnimateToTime, "_setup_scene", begins)
        patch.setattr(AnimateToTime, "clean_up_from_scene", stands)
        yield shots, networks


def layers_done(space: Space) -> tuple[int, bool] | None:
    """Return the number of whole layers behind space and whether the next is half done (W x + b), or None elsewhere."""
    if space.time != int(space.time):
        return None
    done = space.trajectory.moves[: int(space.time)]
    if done and all(move.part == "lift" for move in done):
        return (0, False) if len(done) == space.end == 3 else None  # three units, the most that are coloured
    if not done or "bend" in done[-1].part:
        return len({move.layer for move in done}), False
    return (done[-1].layer, True) if "translate" in done[-1].part else None


def found(frame: Array, at: Array, colour: Array) -> Array | None:
    """Return the centre (2,) of the pixels of a colour within WINDOW_PX of a place (2,), None where there are few."""
    x, y = np.round(at).astype(int)
    low_x, low_y = max(0, x - WINDOW_PX), max(0, y - WINDOW_PX)
    patch = frame[low_y : y + WINDOW_PX + 1, low_x : x + WINDOW_PX + 1].astype(float)
    feature_fit = np.clip(1 - np.linalg.norm(patch - 255 * colour, axis=2) / 130, 0, 1)
    if feature_fit.sum() < 8:
        return None
    rows, columns = np.mgrid[low_y : low_y + len(patch), low_x : low_x + patch.shape[1]]
    return np.array([(columns * feature_fit).sum(), (rows * feature_fit).sum()]) / feature_fit.sum()
