"""What a Film shows, every other scene of Manim shows as well."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import av
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
    Restore,
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
from manim.utils.hashing import get_json

from manim_untangle.draw.camera import as_opacity_fade
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.stage.animations import ApplyMove
from manim_untangle.stage.film import Film
from manim_untangle.stage.layout import current_layout
from manim_untangle.stage.space import Space
from manim_untangle.stage.story import LayerPresenter, NetworkStory
from manim_untangle.stage.view import View
from netlib import Dense, activation
from netlib.errors import UntangleError
from netlib.motion.trajectory import StatesCache, moves_of
from netlib.training.catalogue import SPIRALS

ROOT = Path(__file__).parents[3]
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
    scene.wait(0.2)  # what fades in first, a Film shows at once
    scene.play(Create(lines), FadeIn(dots, shift=UP), run_time=0.6)
    scene.play(Indicate(lines), Rotate(dots, PI / 3), run_time=0.6)
    scene.play(Transform(lines, waves(color=RED).rotate(PI / 5)), FadeOut(dots), run_time=0.6)


def carried_by_moves(scene: Scene) -> None:
    space = Space(View(centre=(0.0, 0.0)), area=current_layout().frame)  # of a Film, too, the whole frame
    space.add_dots(np.random.default_rng(3).uniform(-1, 1, (60, 2)), "#FF9A3C")
    scene.add(space)
    for move in moves_of(Dense([[1.6, -0.9], [0.7, 1.2]], [0.3, -0.4], activation("tanh"))):
        scene.play(ApplyMove(space, move, run_time=0.4))


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


@pytest.mark.slow
@pytest.mark.parametrize("kind", [Scene, MovingCameraScene, ZoomedScene, ThreeDScene], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("construct", [among_ordinary_mobjects, animated, carried_by_moves])
def test_every_scene_shows_what_a_film_shows(frames, likeness, construct, kind):
    expected, shown = frames(construct, Film), frames(construct, kind)
    assert len(shown) == len(expected) >= 3
    for picture, same in zip(shown, expected, strict=True):
        assert likeness(picture, same)[0] >= 0.98


def test_what_is_kept_of_points_on_their_way_is_nothing_that_manim_goes_through() -> None:
    # it is dropped with the points, at any moment: Manim must not be going through it then
    points, cache = np.random.default_rng(3).uniform(-1, 1, (60, 2)), StatesCache()
    before = get_json(cache)
    cache.of(points).append(2 * points)
    assert get_json(cache) == before


def zoom(scene: MovingCameraScene) -> None:
    scene.play(scene.camera.frame.animate.scale(0.4).shift(UP + RIGHT), run_time=0.6)
    scene.play(scene.camera.frame.animate.scale(4), run_time=0.4)


def move_in_space(scene: ThreeDScene) -> None:
    scene.move_camera(phi=1, theta=0.5, zoom=1.2, run_time=0.4)
    scene.begin_ambient_camera_rotation(1)
    scene.wait(0.4)


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "move"), [(MovingCameraScene, zoom), (ThreeDScene, move_in_space)])
def test_a_camera_that_moves_sees_lines_as_manims_own(frames, likeness, kind, move):
    for make in (waves, lambda: waves(closed=True, stroke_opacity=0.5)):
        ours = frames(lambda scene, make=make: (scene.add(Square(), make()), move(scene)), kind)
        manims = frames(lambda scene, make=make: (scene.add(Square(), make().as_cubics()), move(scene)), kind)
        assert all(likeness(*pair)[0] >= 0.98 for pair in zip(ours, manims, strict=True))


@pytest.mark.slow
def test_a_camera_that_zooms_sees_dots_as_manims_own(frames, likeness):
    for kind in (MovingCameraScene, type("ZoomingFilm", (Film, MovingCameraScene), {})):
        ours = frames(lambda scene: (scene.add(cloud()), zoom(scene)), kind)
        manims = frames(lambda scene: (scene.add(cloud().as_cubics()), zoom(scene)), kind)
        assert all(likeness(*pair)[0] >= 0.98 for pair in zip(ours, manims, strict=True))


@pytest.mark.parametrize("kind", [ThreeDScene, type("FilmInSpace", (Film, ThreeDScene), {})])
def test_dots_in_space_face_the_viewer_and_what_is_fixed_in_the_frame_stays(frames, likeness, kind):
    def construct(scene: ThreeDScene, ours: bool) -> None:
        dots, fixed = cloud(20).set_z(1), cloud(20, color=RED)
        turned, fixed = (dots, fixed) if ours else (dots.as_cubics(), fixed.as_cubics())
        scene.set_camera_orientation(phi=1, theta=0.3)
        if not ours:
            for dot in turned:
                scene.add_fixed_orientation_mobjects(dot)
        scene.add(turned)
        scene.add_fixed_in_frame_mobjects(fixed)
        scene.move_camera(theta=0.5, run_time=0.4)

    ours, manims = (frames(lambda scene, which=which: construct(scene, which), kind) for which in (True, False))
    assert all(likeness(*pair)[0] >= 0.98 for pair in zip(ours, manims, strict=True))


@pytest.mark.parametrize(
    "settings",
    [{"background_color": WHITE}, {"background_color": "#336699"}, {"background_opacity": 0.0}],
    ids=lambda settings: str(next(iter(settings.values()))),
)
def test_batches_lie_on_any_background_as_manims_own_mobjects_do(frames, likeness, settings):
    def construct(scene: Scene, ours: bool) -> None:
        drawn = waves(color=RED, stroke_opacity=0.6), cloud(opacity=0.6)
        scene.add(*(batch if ours else batch.as_cubics() for batch in drawn))
        scene.wait(0.2)

    (ours,), (manims,) = (
        frames(lambda scene, which=which: construct(scene, which), **settings) for which in (True, False)
    )
    assert likeness(ours, manims)[0] >= 0.98
    assert abs(ours[..., 3] - manims[..., 3]).mean() < 1  # its opacity as well


def test_a_space_that_a_camera_zooms_in_on_stays_where_its_points_are(frames):
    corner = np.array([[1.0, 0.5]])

    def construct(scene: MovingCameraScene) -> None:
        space = Space(grid=False)
        scene.add(space, space.add_dots(corner, "#FF0000"))
        layer = Dense([[1.6, -0.9], [0.7, 1.2]], [0.3, -0.4], activation("tanh"))
        for move in moves_of(layer):
            scene.play(ApplyMove(space, move, run_time=0.2))
        (at,) = space.view.project(layer(corner))
        scene.play(scene.camera.frame.animate.scale(0.1).move_to(at), run_time=0.2)
        scene.wait(0.2)

    last = frames(construct, MovingCameraScene)[-1]
    red = np.argwhere((last[..., 0] > 200) & (last[..., 1] < 60))
    np.testing.assert_allclose(red.mean(axis=0), (89.5, 159.5), atol=1)


@pytest.mark.parametrize("by_hand", [lambda s: s.shift(LEFT), lambda s: s.scale(0.5), lambda s: s.rotate(1)])
def test_a_space_that_was_moved_by_hand_does_not_jump_back(frames, by_hand):
    move = moves_of(Dense([[1.6, -0.9], [0.7, 1.2]], [0.3, -0.4], activation("tanh")))[0]

    def construct(scene: Scene, comes_back: bool) -> None:
        space = Space()
        scene.add(space)
        space.save_state()
        scene.play(by_hand(space.animate), run_time=0.2)
        if comes_back:
            scene.play(Restore(space), run_time=0.2)
        scene.play(Indicate(space, run_time=0.2), FadeIn(Square()))
        scene.play(ApplyMove(space, move, run_time=0.2))

    frames(lambda scene: construct(scene, comes_back=True))
    with pytest.raises(UntangleError, match=r"Move the view instead: ChangeView\(space, replace\(space\.view, centre="):
        frames(lambda scene: construct(scene, comes_back=False))


@pytest.mark.parametrize(
    "asks",
    [
        lambda scene: NetworkStory(scene, SPIRALS),
        lambda scene: NetworkStory.opened(scene, "A chapter", SPIRALS),
        lambda scene: LayerPresenter(scene, SPIRALS.load(), Space(), SPIRALS.dataset()),
    ],
    ids=["NetworkStory", "NetworkStory.opened", "LayerPresenter"],
)
def test_what_tells_its_story_in_a_film_says_so_in_another_scene(frames, asks):
    with pytest.raises(UntangleError, match=r"tells its story in a Film, .* Write: class Shown\(Film\)$"):
        frames(asks)


def test_an_opacity_fade_outside_a_film_says_what_to_play(frames):
    with pytest.raises(UntangleError, match="FadeIn"):
        frames(lambda scene: scene.play(as_opacity_fade(FadeIn(Square()))))


SCENE = """
from manim import *
import numpy as np
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines

class MyScene({kind}):
    def construct(self):
        x = np.linspace(-6, 6, 61)
        lines = [np.column_stack([x, k + np.sin(x + k), 0 * x]) for k in range(-3, 4)]
        lines = Polylines(np.concatenate(lines), 61 * np.arange(7), color=BLUE, stroke_width=8)
        self.add(lines{convert}, Dots(np.zeros((1, 3)), radius=0.5, color=RED){convert})
        self.play(FadeIn(Square(2)), run_time=0.4)
        self.wait(0.4)
"""
CELL = r"""
from IPython.core.interactiveshell import InteractiveShell

shell = InteractiveShell.instance()
shell.run_cell("from manim import *").raise_error()
shell.run_cell("%%manim {options} MyScene\n" + open("my_scene.py").read()).raise_error()
"""
OPTIONS = ["-r", "320,180", "--fps", "5", "-v", "ERROR", "--progress_bar", "none", "--media_dir", "media"]
IN_A_CELL = CELL.replace("{options}", " ".join(OPTIONS))
IPYTHON = importlib.util.find_spec("IPython") is not None  # which manim's magics need
MANIM = [sys.executable, "-m", "manim", *OPTIONS]


def run(folder: Path, command: list[str], kind: str = "Scene", convert: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command in a folder that holds SCENE as my_scene.py."""
    (folder / "my_scene.py").write_text(SCENE.format(kind=kind, convert=convert), encoding="utf-8")
    paths = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    env = {**os.environ, "PYTHONPATH": paths, "UNTANGLE_CACHE": str(folder / "cache")}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, timeout=300)


def last_frame(folder: Path) -> Array:
    """Return the last frame of the one film below a folder."""
    (path,) = (
        path for path in folder.rglob("*.mp4") if not {"partial_movie_files", "jupyter", "cache"} & {*path.parts}
    )
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)][-1].astype(int)


@pytest.fixture(scope="module")
def manims_own(tmp_path_factory: pytest.TempPathFactory) -> Array:
    """What the manim command shows of the same lines and dots as ordinary mobjects."""
    folder = tmp_path_factory.mktemp("manims_own")
    done = run(folder, [*MANIM, "my_scene.py", "MyScene"], convert=".as_cubics()")
    assert done.returncode == 0, done.stderr
    return last_frame(folder)


UNTANGLE = [sys.executable, "-m", "manim_untangle", "render", "my_scene.py", "--resolution", "320,180", "--fps", "5"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "kind"),
    [
        ([*MANIM, "my_scene.py", "MyScene"], "Scene"),
        ([*MANIM, "my_scene.py", "MyScene"], "ThreeDScene"),
        (UNTANGLE, "Scene"),
        (UNTANGLE, "ThreeDScene"),
        pytest.param(
            [sys.executable, "-c", IN_A_CELL], "Scene", marks=pytest.mark.skipif(not IPYTHON, reason="no IPython")
        ),
    ],
    ids=["manim", "manim in space", "untangle", "untangle in space", "a notebook's cell"],
)
def test_every_way_to_render_shows_the_same_picture(tmp_path, likeness, manims_own, command, kind):
    done = run(tmp_path, command, kind)
    assert done.returncode == 0, done.stdout + done.stderr
    assert likeness(last_frame(tmp_path), manims_own)[0] >= 0.98


@pytest.mark.slow
def test_manims_opengl_renderer_stops_with_a_line_that_says_what_to_write(tmp_path):
    done = run(tmp_path, [*MANIM, "--renderer=opengl", "--format=png", "my_scene.py", "MyScene"])
    assert done.returncode != 0
    assert "Render with --renderer=cairo" in " ".join((done.stdout + done.stderr).split())
