"""What a Film shows, every other scene of Manim shows as well."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from manim import (
    BLUE,
    LEFT,
    PI,
    RED,
    RIGHT,
    UP,
    WHITE,
    YELLOW,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    Indicate,
    MovingCameraScene,
    Rotate,
    Scene,
    Square,
    ThreeDScene,
    Transform,
    VGroup,
    ZoomedScene,
    tempconfig,
)
from manim.renderer.cairo_renderer import CairoRenderer

from netlib import Layer, activation
from netlib.moves import moves_of
from scenes.stage.batched import Dots, Polylines
from scenes.stage.film import Film
from scenes.stage.flow import Flow
from scenes.stage.space import Space

Array = np.ndarray
Construct = Callable[[Scene], None]
SMALL = {"pixel_width": 320, "pixel_height": 180, "frame_rate": 5, "dry_run": True, "progress_bar": "none"}


def waves(lines: int = 25, **style: object) -> Polylines:
    x = np.linspace(-6.5, 6.5, 41)
    samples = [np.column_stack([x, 0.3 * k + 0.2 * np.sin(2 * x + k), 0 * x]) for k in range(-lines // 2, lines // 2)]
    style = {"stroke_width": 4, **style}
    return Polylines(np.concatenate(samples), 41 * np.arange(len(samples)), **style)


def cloud(count: int = 150, **style: object) -> Dots:
    places = np.random.default_rng(3).uniform((-6.5, -3.5, 0), (6.5, 3.5, 0), (count, 3))
    return Dots(places, **{"radius": 0.2, "color": YELLOW, **style})


def among_ordinary_mobjects(scene: Scene) -> None:
    above = Square(3, color=RED, fill_opacity=0.7).set_z_index(2).shift(2 * LEFT)
    below = Circle(2, color=BLUE, fill_opacity=0.7).set_z_index(-1).shift(2 * RIGHT)
    group = VGroup(waves(closed=True, color=WHITE), above, below, cloud(marker="triangle").set_z_index(1))
    scene.add(group)
    scene.wait(0.2)
    scene.play(group.animate.shift(0.5 * UP).set_opacity(0.5), run_time=0.4)


def animated(scene: Scene) -> None:
    lines, dots = waves(), cloud(rgbas=np.random.default_rng(1).random((150, 4)))
    scene.play(Create(lines), FadeIn(dots, shift=UP), run_time=0.6)
    scene.play(Indicate(lines), Rotate(dots, PI / 3), run_time=0.6)
    scene.play(Transform(lines, waves(color=RED).rotate(PI / 5)), FadeOut(dots), run_time=0.6)


def carried_by_moves(scene: Scene) -> None:
    space = Space()
    space.add_dots(np.random.default_rng(3).uniform(-1, 1, (60, 2)), "#FF9A3C")
    scene.add(space)
    for move in moves_of(Layer([[1.6, -0.9], [0.7, 1.2]], [0.3, -0.4], activation("tanh"))):
        scene.play(Flow(space, move, run_time=0.4))


@pytest.fixture
def frames(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Array]]:
    """Return a function (construct, scene class, settings) -> every frame (height, width, 4) that Manim writes."""

    def shown(construct: Construct, kind: type[Scene] = Scene, **settings: object) -> list[Array]:
        taken: list[Array] = []
        add = CairoRenderer.add_frame

        def keep(renderer: CairoRenderer, frame: Array, num_frames: int = 1) -> None:
            taken.append(frame.astype(int))
            add(renderer, frame, num_frames)

        class Shown(kind):  # type: ignore[misc, valid-type]
            def construct(self) -> None:
                construct(self)

            def tear_down(self) -> None:
                Scene.tear_down(self)  # without the rest that a Film ends with

        with tempconfig({**SMALL, **settings}), monkeypatch.context() as patch:
            patch.setattr(CairoRenderer, "add_frame", keep)
            Shown().render()
        return taken

    return shown


@pytest.mark.parametrize("kind", [Scene, MovingCameraScene, ZoomedScene, ThreeDScene], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("construct", [among_ordinary_mobjects, animated, carried_by_moves])
def test_every_scene_shows_what_a_film_shows(frames, likeness, construct, kind):
    expected, shown = frames(construct, Film), frames(construct, kind)
    assert len(shown) == len(expected) >= 3
    for picture, same in zip(shown, expected, strict=True):
        assert likeness(picture, same)[0] >= 0.98
