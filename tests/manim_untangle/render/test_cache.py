"""The cache gives back a segment only if its picture is the one that would be drawn; and then it always does."""

from __future__ import annotations

import os
import textwrap
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import Camera, ImageMobjectFromCamera, MovingCamera, MultiCamera, Square

from manim_untangle.draw.dots import Dots
from manim_untangle.render import toolchain
from manim_untangle.render.cache import LONGEST_RENDER, Cache, Segment, cache_folder
from manim_untangle.render.engine import manim_config
from manim_untangle.render.films import FilmFile
from manim_untangle.render.frame_hash import FrameHash
from manim_untangle.render.play import draw_missing, play
from manim_untangle.render.settings import Format, Quality, Settings, settings

SMALL = settings(Quality.l, fps=10, resolution="96,54")


@dataclass
class Shot:
    """A film's segments, the numbers of those that were drawn for it, and their frames as the files hold them."""

    segments: list[Segment]
    drawn: list[int]
    frames: np.ndarray


@pytest.fixture
def shot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Shot]:
    """Return a function that shoots a film of this source, always with the same cache unless told otherwise.

    parts: how often it is played once more, to draw every so many of its segments, as several workers do.
    """
    monkeypatch.setenv("UNTANGLE_CACHE", str(tmp_path / "cache"))

    def shoot_source(source: str, how: Settings = SMALL, cache: Path = tmp_path / "cache", parts: int = 0) -> Shot:
        path = tmp_path / "held.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        film, kept = FilmFile(path), Cache(cache)
        before = {each.name for each in kept.segments.glob("*.mp4")}
        with manim_config(how):
            scene_class = film.load()
            played = play(film, scene_class, how, kept, lambda frames: None, draws=not parts)
            for part in range(max(parts, 1)):
                missing = played.missing[part :: max(parts, 1)]
                draw_missing(scene_class, how, kept, lambda frames: None, replace(played, missing=missing))
        segments = list(played.segments)
        files = [kept.find(segment) for segment in segments]
        drawn = [number for number, file in enumerate(files) if file is not None and file.name not in before]
        return Shot(segments, drawn, np.concatenate([_decoded(file) for file in files if file is not None]))

    return shoot_source


def _decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)])


FOUR_PARTS = """
from manim import *
import dataclasses, functools, types
import numpy as np

W = {weights}
{holding}

class Held(Scene):
    def construct(self):
        square = Square(3, color=RED)
        self.play(Create(square), run_time=0.3)
        self.clear()
        line = Line(3 * LEFT, 3 * RIGHT, stroke_width=12)
        before = line.points.copy()
        move = lambda mobject, t: mobject.set_points((1 - t) * before + t * carried(before))
        self.play(UpdateFromAlphaFunc(line, move), run_time=0.4)
        self.play(FadeOut(line), run_time=0.3)
        self.clear()
        self.play(Create(Circle(2)), run_time=0.3)
"""

# Each defines carried(points), which depends on W, the weights (2, 2); and holds them in a way of its own.
WAYS = {
    "global": "def carried(p): return p @ np.pad(W, ((0, 1), (0, 1)))",
    "closure": """
def make():
    w = np.pad(W, ((0, 1), (0, 1)))
    return lambda p: p @ w
carried = make()""",
    "default argument of a lambda": "carried = lambda p, w=np.pad(W, ((0, 1), (0, 1))): p @ w",
    "partial": "carried = functools.partial(lambda w, p: p @ w, np.pad(W, ((0, 1), (0, 1))))",
    "bound method": """
class Net:
    def __init__(self): self.w = np.pad(W, ((0, 1), (0, 1)))
    def forward(self, p): return p @ self.w
carried = Net().forward""",
    "callable module with buffers": """
class Module:
    def __init__(self): self._parameters = {'weight': np.pad(W, ((0, 1), (0, 1)))}
    def __getattr__(self, name): return self.__dict__['_parameters'][name]
    def __call__(self, p): return p @ self.weight
carried = Module()""",
    "slots": """
class Net:
    __slots__ = ('w',)
    def __init__(self): self.w = np.pad(W, ((0, 1), (0, 1)))
net = Net()
def carried(p): return p @ net.w""",
    "class attribute": """
class Net:
    w = np.pad(W, ((0, 1), (0, 1)))
    @classmethod
    def carried(cls, p): return p @ cls.w
carried = Net.carried""",
    "state of an iterator": """
def layers():
    yield np.pad(W, ((0, 1), (0, 1)))
stream = layers()
kept = []
def carried(p):
    kept.extend(stream)
    return p @ kept[0]""",
    "property": """
class Net:
    @property
    def w(self): return np.pad(W, ((0, 1), (0, 1)))
net = Net()
def carried(p): return p @ net.w""",
    "cached function": """
@functools.cache
def weights(): return np.pad(W, ((0, 1), (0, 1)))
def carried(p): return p @ weights()""",
    "array of objects": """
w = np.empty(1, dtype=object)
w[0] = np.pad(W, ((0, 1), (0, 1)))
def carried(p): return p @ w[0]""",
    "memoryview": """
w = memoryview(np.pad(W, ((0, 1), (0, 1))).astype(float))
def carried(p): return p @ np.asarray(w)""",
    "frozen dataclass": """
@dataclasses.dataclass(frozen=True, eq=False)
class Layer:
    weight: np.ndarray
    def __call__(self, p): return p @ self.weight
carried = Layer(np.pad(W, ((0, 1), (0, 1))))""",
    "array changed in place": """
w = np.zeros((3, 3))
w[:2, :2] += W
def carried(p): return p @ w""",
    "module made on the fly": """
net = types.ModuleType('net')
net.w = np.pad(W, ((0, 1), (0, 1)))
def carried(p): return p @ net.w""",
}


drawn_afresh: list[np.ndarray] = []  # the frames of the changed film, which are the same for all ways


@pytest.mark.slow
@pytest.mark.parametrize("way", ["global", *(pytest.param(way, marks=pytest.mark.slow) for way in [*WAYS][1:])])
def test_changed_weights_are_seen_however_they_are_held(shot: Callable[..., Shot], tmp_path: Path, way: str) -> None:
    def film(slope: float) -> str:
        return FOUR_PARTS.format(weights=f"np.array([[1, {slope}], [-0.4, 1]])", holding=WAYS[way])

    if not drawn_afresh:
        drawn_afresh.append(shot(film(0.5), cache=tmp_path / "empty").frames)
    first, again, changed = shot(film(0.3)), shot(film(0.3)), shot(film(0.5))
    assert (first.drawn, again.drawn, changed.drawn) == ([0, 1, 2, 3], [], [1, 2])
    np.testing.assert_array_equal(again.frames, first.frames)
    np.testing.assert_array_equal(changed.frames, drawn_afresh[0])
    assert np.abs(changed.frames.astype(int) - first.frames).max() > 50


PICTURE = {
    "corner": "DR",
    "seconds": "0.3",
    "colour": "BLUE",
    "width": "4",
    "curve": "smooth",
    "ground": "BLACK",
    "before": "",
    "note": "",
}
THREE_PARTS = """
from manim import *

class Held(Scene):
    def construct(self):
        self.camera.background_color = {ground}
        square, label = Square(2), Circle(0.4, color={colour}, stroke_width={width}).to_corner({corner})
        self.play(Create(square), run_time=0.3){note}
        self.play(FadeIn(label), run_time={seconds}, rate_func={curve})
        self.play(FadeOut(label), run_time=0.3)
        {before}
        self.play(Rotate(square, 1), run_time=0.3)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("part", "value", "drawn"),
    [
        ("corner", "UL", [1, 2]),
        ("colour", "RED", [1, 2]),
        ("width", "4.1", [1, 2]),
        ("seconds", "0.5", [1]),
        ("curve", "linear", [1]),
        ("ground", "DARK_GRAY", [0, 1, 2, 3]),
        ("before", "self.add(Dot(UP))", [3]),
        ("before", "square.set_z_index(-1)", []),
        ("before", "self.camera.frame_center = UP", [3]),
        ("note", "  # a word to the reader", []),
    ],
)
def test_what_changes_in_a_film_decides_what_is_drawn_again(
    shot: Callable[..., Shot], tmp_path: Path, part: str, value: str, drawn: list[int]
) -> None:
    shot(THREE_PARTS.format(**PICTURE))
    changed = shot(THREE_PARTS.format(**{**PICTURE, part: value}))
    assert changed.drawn == drawn
    afresh = shot(THREE_PARTS.format(**{**PICTURE, part: value}), cache=tmp_path / "empty")
    np.testing.assert_array_equal(changed.frames, afresh.frames)


@pytest.mark.slow
def test_a_change_of_one_caption_draws_the_segments_that_show_it(shot: Callable[..., Shot]) -> None:
    film = """
    from manim import Square, Create, Rotate
    from manim_untangle.stage.film import Film

    class Held(Film):
        title = "Held"

        def construct(self):
            square = Square()
            self.play(Create(square), run_time=0.2)
            self.say("First words.")
            self.silence()
            self.play(Rotate(square), run_time=0.2)
            self.say("{words}")
            self.silence()
            self.play(Rotate(square), run_time=0.2)
            self.say("Third words.")
    """
    first = shot(film.format(words="Second words."))
    changed = shot(film.format(words="Other words!!"))
    told = [0, 1, 1, 1, 2, 3, 3, 3, 4, 5]  # 0: square; 1: first say, read, gone; 2: turn; 3: second caption; ...
    assert [told[number] for number in changed.drawn] == [3, 3, 3]
    assert len(changed.segments) == len(first.segments)


@pytest.mark.slow
@pytest.mark.parametrize(
    "how",
    [
        settings(Quality.l, fps=12, resolution="96,54"),
        settings(Quality.l, fps=10, resolution="96,64"),
        settings(Quality.l, fps=10, resolution="96,54", format=Format.webm),
    ],
)
def test_other_settings_share_no_segments(shot: Callable[..., Shot], how: Settings) -> None:
    shot(THREE_PARTS.format(**PICTURE))
    assert shot(THREE_PARTS.format(**PICTURE), how).drawn == [0, 1, 2, 3]


@pytest.mark.slow
def test_another_version_of_what_draws_or_encodes_draws_all_again(
    shot: Callable[..., Shot], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, true, others = THREE_PARTS.format(**PICTURE), toolchain.version, set[bytes]()
    shot(one)
    for package in toolchain.DRAWING:
        monkeypatch.setattr(toolchain, "version", lambda name: "another" if name == package else true(name))  # noqa: B023
        others.add(toolchain.toolchain_fingerprint(Camera(), SMALL))
    assert shot(one).drawn == [0, 1, 2, 3]
    monkeypatch.setattr(toolchain, "version", true)
    assert len(others | {toolchain.toolchain_fingerprint(Camera(), SMALL)}) == 1 + len(toolchain.DRAWING)


@pytest.fixture
def edited(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return a list of file names; modules in files of the last name look edited."""
    names, true = ["none.py"], toolchain._content

    def content(spec: ModuleSpec) -> bytes:
        return (true(spec) or b"") + (b"\n# edited" if Path(str(spec.origin)).name == names[-1] else b"")

    monkeypatch.setattr(toolchain, "_content", content)
    return names


@pytest.mark.slow
def test_changed_drawing_code_draws_all_again_and_other_code_nothing(
    shot: Callable[..., Shot], edited: list[str]
) -> None:
    film = """
    from manim import Square, Create
    from manim_untangle.stage.film import Film

    class Held(Film):
        def construct(self):
            self.play(Create(Square()), run_time=0.2)
    """
    assert shot(film).drawn == [0, 1]
    edited.append("text.py")
    assert shot(film).drawn == []
    for name in ("camera.py", "raster_numba.py", "encoder.py", "engine.py", "_manim.py"):
        edited.append(name)
        assert shot(film).drawn == [0, 1]


@pytest.mark.slow
def test_code_that_draws_batches_counts_with_any_camera(shot: Callable[..., Shot], edited: list[str]) -> None:
    scene = """
    from manim import Create, Scene, Square
    from manim_untangle.draw.dots import Dots

    class Held(Scene):
        def construct(self):
            self.play(Create(Square()), run_time=0.2)
            self.add(Dots([(0, 0, 0)]))
            self.wait(0.2)
    """
    shot(scene)
    for name in ("dots.py", "_manim.py", "raster_numba.py"):
        edited.append(name)
        assert shot(scene).drawn == [0, 1]
    assert shot(scene).drawn == []


@pytest.mark.slow
def test_a_camera_of_the_films_own_counts_as_drawing_code(shot: Callable[..., Shot]) -> None:
    film = """
    from manim import Camera, Create, Scene, Square

    class Dimmed(Camera):
        def capture_mobjects(self, *args, **kwargs):
            super().capture_mobjects(*args, **kwargs)
            self.pixel_array[..., :3] //= {by}

    class Held(Scene):
        def __init__(self, **kwargs):
            super().__init__(camera_class=Dimmed, **kwargs)

        def construct(self):
            self.play(Create(Square()), run_time=0.3)
    """
    bright, dim = shot(film.format(by=1)), shot(film.format(by=4))
    assert dim.drawn == [0]
    assert dim.frames.max() < bright.frames.max()


MOVING_CAMERAS = {
    "in space": """
class Held(ThreeDScene):
    def construct(self):
        self.add(Dots(np.eye(3), radius=0.5))
        self.move_camera(phi=1, theta={to}, run_time=0.4)
        self.begin_ambient_camera_rotation(1)
        self.wait(0.4)
""",
    "in the plane": """
class Held(MovingCameraScene):
    def construct(self):
        self.add(Dots(np.eye(3), radius=0.5))
        self.play(self.camera.frame.animate.scale({to}), run_time=0.4)
        self.play(self.camera.frame.animate.shift(UP), run_time=0.4)
""",
}


@pytest.mark.slow
@pytest.mark.parametrize("scene", MOVING_CAMERAS.values(), ids=MOVING_CAMERAS.keys())
def test_what_a_moving_camera_sees_is_found_again_and_told_from_what_another_sees(
    shot: Callable[..., Shot], tmp_path: Path, scene: str
) -> None:
    source = "import numpy as np\nfrom manim import *\nfrom manim_untangle.draw.dots import Dots\n" + scene
    first = shot(source.format(to=0.5))
    assert shot(source.format(to=0.5)).drawn == []
    by_two = shot(source.format(to=0.5), cache=tmp_path / "empty", parts=2)
    np.testing.assert_array_equal(by_two.frames, first.frames)
    assert shot(source.format(to=0.8)).drawn == [0, 1]


def test_a_key_holds_what_another_camera_sees_and_not_whether_it_was_drawn() -> None:
    keys = []
    for place, drawn in ((0.0, False), (0.0, True), (1.0, False)):
        within = MovingCamera()
        display = ImageMobjectFromCamera(within)
        camera, frame_hash = MultiCamera([display]), FrameHash(b"")
        within.frame.shift((place, 0, 0))
        if drawn:
            within.capture_mobjects([Square(5)])
        frame_hash.add_frame(camera, [Square(5), display], 1)
        keys.append(frame_hash.key)
    assert keys[0] == keys[1] != keys[2]


def test_a_key_holds_which_markers_are_shown() -> None:
    keys = []
    for share in (0.5, 0.5, 0.8):
        dots, frame_hash = Dots(np.eye(3)[[0, 1, 2, 0, 1]]), FrameHash(b"")
        dots.pointwise_become_partial(dots, 0, share)
        frame_hash.add_frame(Camera(), [dots], 1)
        keys.append(frame_hash.key)
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.slow
def test_a_segment_that_begins_like_another_is_drawn_in_a_second_going(
    shot: Callable[..., Shot], tmp_path: Path
) -> None:
    film = """
    from manim import Create, Rotate, Scene, Square

    class Held(Scene):
        def construct(self):
            square = Square(2)
            turned = []
            square.add_updater(lambda m, dt: turned.append(m.rotate(3 * dt * (1 + 0.1 * len(turned)))))
            self.add(square)
            for angle in (1, {angle}, 1):
                other = square.copy().clear_updaters()
                self.play(Rotate(other, angle), run_time=0.3)
                self.remove(other)
    """
    shot(film.format(angle=1))
    changed = shot(film.format(angle=2))
    assert changed.drawn == [1]
    afresh = shot(film.format(angle=2), cache=tmp_path / "empty")
    np.testing.assert_array_equal(changed.frames, afresh.frames)


BREAKS_OFF = """
from manim import *

class Held(Scene):
    def construct(self):
        for colour in (RED, GREEN, BLUE):
            self.play(FadeIn(Square(3, color=colour)), run_time=0.5)
        self.add({there}.set_color(RED))
        self.play(FadeIn(Circle()), run_time=0.5)
"""


def test_what_was_drawn_before_a_film_broke_off_is_not_drawn_again(shot: Callable[..., Shot]) -> None:
    with pytest.raises(AttributeError, match="has_not"):
        shot(BREAKS_OFF.format(there="self.has_not"))
    assert shot(BREAKS_OFF.format(there="Dot()")).drawn == [3]


@pytest.mark.slow
def test_a_segment_that_broke_off_is_drawn_again(shot: Callable[..., Shot], tmp_path: Path) -> None:
    one = THREE_PARTS.format(**PICTURE)
    first = shot(one)
    path = Cache(tmp_path / "cache").find(first.segments[2])
    assert path is not None
    path.write_bytes(path.read_bytes()[:-10])
    again = shot(one)
    assert again.drawn == []  # under its old name again
    np.testing.assert_array_equal(again.frames, first.frames)


def test_beyond_its_limit_the_cache_forgets_the_least_recently_used(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=250)
    segments = [Segment(f"first{k}", f"key{k}", k) for k in range(4)]
    for age, segment in enumerate(segments):
        path = cache.final_path(segment, 100)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(100))
        os.utime(path, (1e9 + age, 1e9 + age))
    cache.find(segments[0])
    cache.prune(keep=[cache.final_path(segments[1], 100)])
    left = [segment for segment in segments if cache.find(segment)]
    assert left == [segments[0], segments[1], segments[3]]


def test_unfinished_files_go_with_the_processes_that_ended_and_after_a_day(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.segments.mkdir()
    files = {name: cache.segments / f".{name}.partial" for name in ("11-0", "12-0", "12-1", "1-2", "nobody")}
    for file in files.values():
        file.touch()
    cache.remove_unfinished()
    assert all(file.exists() for file in files.values())
    cache.remove_unfinished(["12"])
    assert {name for name, file in files.items() if file.exists()} == {"11-0", "1-2", "nobody"}
    old = time.time() - LONGEST_RENDER - 1
    os.utime(files["1-2"], (old, old))
    cache.remove_unfinished()
    assert {name for name, file in files.items() if file.exists()} == {"11-0", "nobody"}


def test_the_cache_is_where_the_user_says_in_the_checkout_or_in_the_users_cache_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNTANGLE_CACHE", str(tmp_path / "chosen"))
    assert cache_folder() == tmp_path / "chosen"
    monkeypatch.setenv("UNTANGLE_CACHE", "")
    assert cache_folder() == Path(__file__).parents[3] / "renders" / ".cache"
    monkeypatch.setattr("manim_untangle.render.cache.PROJECT", tmp_path)  # as in site-packages
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name, **_: tmp_path / "users" / name)
    assert cache_folder() == tmp_path / "users" / "manim-untangle"


def test_untangle_cache_shows_and_clears(untangle: Callable[..., Any], tiny: Path) -> None:
    assert "0 segments, 0 results, 0.0 MB of at most 2000 MB" in untangle("cache").out
    untangle("render", tiny, "-q", "l", "--resolution", "96,54")
    assert "4 segments" in untangle("cache").out
    assert untangle("cache", "--clear").out.startswith("cleared ")
    assert "0 segments" in untangle("cache").out


@pytest.mark.slow
def test_no_cache_neither_takes_nor_leaves_segments(untangle: Callable[..., Any], tiny: Path) -> None:
    small = ("-q", "l", "--resolution", "96,54")
    untangle("render", tiny, *small)
    kept = Path("renders/tiny_film/film.mp4").read_bytes()
    untangle("cache", "--clear")
    untangle("render", tiny, *small, "--no-cache")
    assert "0 segments" in untangle("cache").out
    assert Path("renders/tiny_film/film.mp4").read_bytes() == kept


BOUNDARY = """
from pathlib import Path
import numpy as np
from manim import Line, Scene
from netlib import Dense, Network
from netlib.boundary import boundary_curves

class Boundary(Scene):
    def construct(self):
        network = Network((), Dense([np.load(Path(__file__).with_suffix(".npy"))], [0.0]))
        (curve,) = boundary_curves(network, (2.0, 2.0), 61)
        self.add(*(Line((*a, 0), (*b, 0), stroke_width=8) for a, b in zip(curve, curve[1:])))
        self.wait(0.1)
"""


@pytest.mark.slow
def test_results_are_kept_and_a_film_of_changed_weights_is_never_that_of_the_old_ones(
    untangle: Callable[..., Any], write_film: Callable[[str, str], Path]
) -> None:
    film, seen = write_film("boundary", BOUNDARY), []
    for weights in ([1.0, 0.3], [1.0, -0.3], [1.0, 0.3]):
        np.save(film.with_suffix(".npy"), weights)
        pictures = []
        for words in ((), ("--no-cache",)):
            assert untangle("render", film, "-q", "l", "-s", "--resolution", "192,108", *words).code == 0
            pictures.append(Path("renders/boundary/last_frame.png").read_bytes())
        assert pictures[0] == pictures[1]
        seen.append(pictures[0])
    assert seen[0] == seen[2] != seen[1]
    assert " 2 results," in untangle("cache").out


def test_results_count_to_the_limit_of_the_cache(tmp_path: Path) -> None:
    cache = Cache(tmp_path, limit=150)
    cache.results.mkdir()
    for k, name in enumerate(("old.json", "used.json", ".half.1.partial.json")):
        path = cache.results / name
        path.write_bytes(bytes(100))
        os.utime(path, (k, k))
    cache.prune()
    assert [path.name for path in cache.results.iterdir()] == ["used.json"]
    assert cache.size() == (0, 1, 100)
