"""Pictures of mobjects and how alike two are; tiny films, timelines by hand; a browser; the command as a function."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import struct
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import Camera, Mobject
from scipy.ndimage import uniform_filter

from manim_untangle.draw.camera import BatchCamera

Array = np.ndarray


@dataclass(frozen=True)
class Studio:
    """Draws mobjects; both sides of a comparison come from here, so that they differ in one thing only."""

    height: int = 360

    @property
    def width(self) -> int:
        return self.height * 16 // 9

    def picture(self, *mobjects: Mobject, camera: type[Camera] = BatchCamera, **kwargs: object) -> Array:
        """Return the pixels (height, width, 4) of mobjects, as int."""
        made = camera(pixel_height=self.height, pixel_width=self.width, **kwargs)
        made.capture_mobjects(mobjects)
        return made.pixel_array.astype(int)


BROWSER_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium without a window."""
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: pip install playwright"
    )
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    with playwright.sync_playwright() as started:
        try:
            launched = started.chromium.launch(executable_path=found, args=BROWSER_FLAGS)
        except playwright.Error as problem:
            pytest.skip(f"Chromium cannot be had here ({str(problem).splitlines()[0]}): apt-get install chromium")
        yield launched
        launched.close()


@pytest.fixture(params=["compiled", "cairo"])
def raster(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each of the two ways of drawing in turn."""
    monkeypatch.setenv("UNTANGLE_RASTER", request.param)
    return str(request.param)


@pytest.fixture
def studio() -> Studio:
    return Studio()


@pytest.fixture
def studio_of() -> Callable[[int], Studio]:
    return Studio


@pytest.fixture
def likeness() -> Callable[[Array, Array], tuple[float, float]]:
    """Return a function (a, b) -> (structural similarity of their luma, mean absolute difference of their colours).

    Wang, Bovik, Sheikh, Simoncelli (2004), with a uniform window of 7 x 7 pixels.
    """

    def compare(a: Array, b: Array) -> tuple[float, float]:
        x, y = (picture[..., :3].astype(float) @ np.array([0.2126, 0.7152, 0.0722]) for picture in (a, b))
        mx, my, xx, yy, xy = (uniform_filter(v, 7) for v in (x, y, x * x, y * y, x * y))
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        similar = (2 * mx * my + c1) * (2 * (xy - mx * my) + c2)
        scale = (mx**2 + my**2 + c1) * (xx - mx**2 + yy - my**2 + c2)
        return float(np.mean(similar / scale)), float(np.abs(a[..., :3] - b[..., :3]).mean())

    return compare


@pytest.fixture(autouse=True)
def _manims_settings_as_they_were() -> Iterator[None]:
    from manim import config

    before = config.copy()
    yield
    if dict(config) != dict(before):  # setting them takes longer than most tests
        config.update(before)


TINY = '''
from manim import BLUE, RED, Circle, Create, FadeOut, Scene, Square, Transform


class TinyFilm(Scene):
    """A square becomes a disk.

    It tells no more than that."""

    title = "Tiny"

    def construct(self):
        shape = Square(color=BLUE)
        self.play(Create(shape), run_time=0.5)
        self.wait(0.4)
        self.play(Transform(shape, Circle(color=RED, fill_opacity=0.5)), run_time=0.6)
        self.play(FadeOut(shape), run_time=0.3)
'''


@dataclass
class Spoken:
    """What a command printed and how it ended."""

    code: int
    out: str
    error: str


@pytest.fixture
def write_film(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a film file and returns its path."""

    def write(name: str, source: str) -> Path:
        path = tmp_path / f"{name}.py"
        path.write_text(textwrap.dedent(source), encoding="utf-8")
        return path

    return write


@pytest.fixture
def tiny(write_film: Callable[[str, str], Path]) -> Path:
    return write_film("tiny_film", TINY)


@pytest.fixture
def untangle(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Callable[..., Spoken]:
    """Return the command line as a function, as if called ./untangle; it runs in an empty folder, with a cache of its
    own."""
    from manim_untangle.cli.app import app
    from manim_untangle.cli.process import outcome

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("UNTANGLE_COMMAND", "./untangle")
    monkeypatch.setenv("UNTANGLE_WEIGHTS", "")  # what --weights sets is taken back afterwards
    monkeypatch.setenv("UNTANGLE_CACHE", str(tmp_path / "cache"))

    def call(*words: object) -> Spoken:
        capfd.readouterr()
        os.environ["UNTANGLE_WEIGHTS"] = ""
        code = outcome(lambda: app([str(word) for word in words], prog_name="./untangle", standalone_mode=False))
        out, error = capfd.readouterr()
        return Spoken(code, out, error)

    return call


@dataclass
class TimelineByHand:
    """A timeline of a film, packed as docs/timeline.md says, without the code that writes those of films."""

    header: dict[str, Any] = field(default_factory=dict)
    arrays: list[list[Any]] = field(default_factory=list)
    tracks: list[dict[str, Any]] = field(default_factory=list)
    parts: list[bytes] = field(default_factory=list)

    def array(self, values: Any, kind: str = "f64", scale: float = 1.0) -> int:
        """Add an array and return its place. Of whole numbers: the values divided by the scale are stored."""
        values = np.asarray(values)
        if kind == "u8" or kind[0] == "f":
            types = {"u8": "u1", "f32": "<f4", "f64": "<f8"}
            self.arrays.append([kind, list(values.shape)])
            self.parts.append(values.astype(types[kind]).tobytes())
        else:
            size = int(kind[1:]) // 8
            whole = np.rint(values / scale).astype(np.int64)
            steps = np.diff(whole, axis=0, prepend=np.zeros_like(whole[:1])).astype(f"<i{size}")
            planes = np.frombuffer(steps.tobytes(), np.uint8).reshape(-1, size).T
            self.arrays.append([kind, list(values.shape), scale])
            self.parts.append(planes.tobytes())
        return len(self.arrays) - 1

    def track(self, starts: list[int], spans: list[int], orders: list[int], rows: Any) -> int:
        """Add a track and return its place."""
        values = self.array(np.asarray(rows, dtype=np.float64))
        self.tracks.append({"starts": starts, "spans": spans, "orders": orders, "values": values})
        return len(self.tracks) - 1

    def packed(self) -> bytes:
        """Return the content of the file."""
        text = json.dumps({**self.header, "tracks": self.tracks, "arrays": self.arrays}).encode()
        return gzip.compress(b"UTL1" + struct.pack("<I", len(text)) + text + b"".join(self.parts), mtime=0)


RED, BLUE = [255, 0, 0, 255], [0, 128, 255, 255]  # of class 0 and class 1 in the film by hand
POINTS = np.array([[-1.0, -0.5], [-0.8, 0.4], [-0.6, 0.0], [0.7, 0.5], [0.9, -0.4], [1.1, 0.1]])
LABELS = np.array([0, 0, 0, 1, 1, 1])


@dataclass
class FilmByHand:
    """A film of four seconds: two moves between pauses, data of two classes, a grid, words. `change` may alter its
    header. network: what it shows; view: of its space, at all times."""

    network: Any
    view: Any
    change: Callable[[TimelineByHand], None] | None = None
    rate: int = 30
    frames: int = 120

    def times(self, x: float) -> float:
        """Return the time along the moves at frame x."""
        return float(np.clip((x - 30) / 30, 0, len(self.moves)))

    @property
    def moves(self) -> tuple[Any, ...]:
        from netlib import Trajectory, affine_then_bend

        return Trajectory.through(self.network, affine_then_bend).moves

    def timeline(self) -> bytes:
        """Return the film as the content of a .timeline file."""
        from manim_untangle.web.network import layers_told, moves_told

        made = TimelineByHand()
        moves = moves_told(self.network, together=True)
        view = self.view
        numbers = [np.log(view.unit), view.turn, view.tilt, *view.centre, np.log(view.eye), 0, 0, 0, 1]
        end = len(moves)
        time = made.track([0, 30], [0, 30 * end], [0, 1], [[0], [0], [end]])
        grid = made.array([[[-3, y], [3, y]] for y in (-1.0, 0.0, 1.0)])
        word = np.array([[x, y] for x, y in [(0, 0), (1, 0), (2, 0), (3, 0), (3, 0.1), (3, 0.2), (3, 0.4), (2, 0.4),
                         (1, 0.4), (0, 0.4), (0, 0.2), (0, 0.1), (0, 0)]])  # fmt: skip
        outlines = {"points": made.array(word, "i16", 0.0005), "curves": made.array([4], "i8"),
                    "subpaths": made.array([1], "i8")}  # fmt: skip
        whole = {"from": 0, "to": self.frames}
        dots = [
            {**whole, "kind": "dots", "id": 10 + k, "marker": "disk", "radius": [0.2], "fill": colour, "role": "data",
             "label": k, "part_of": {"space": 0, "inputs": made.array(POINTS[k == LABELS])}}
            for k, colour in enumerate((RED, BLUE))
        ]  # fmt: skip
        fade = made.track([60, 90], [15, 0], [1, 0], [[1], [0], [0]])
        caption = {"kind": "path", "outlines": [0], "fill": [255, 255, 255, 255]}
        made.header = {
            "format": "untangle-timeline", "version": 1, "title": "By hand", "description": "", "about": "",
            "alt": "Two classes are moved.", "sources": [], "language": "en", "rate": self.rate, "frames": self.frames,
            "frame": [14.222222, 8.0], "background": [0, 0, 0, 255], "poster": 60, "camera": None, "trainings": [],
            "chapters": [{"name": "Before", "start": 0, "end": 1}, {"name": "After", "start": 1, "end": 4}],
            "captions": [
                {"text": "First words", "start": 0.5, "end": 2}, {"text": "Other words", "start": 2, "end": 4},
            ],
            "claims": [{"text": "Other words", "start": 2, "measured": {"accuracy": 1.0}}],
            "plays": [
                {"from": a, "to": b, "still": still, "title": ""}
                for a, b, still in ((0, 30, True), (30, 60, False), (60, 90, False), (90, 120, True))
            ],
            "networks": [{"layers": layers_told(self.network)}],
            "spaces": [{"dimension": 2, "network": 0, "time": time, "view": numbers, "moves": moves}],
            "outlines": outlines,
            "items": [
                {**whole, "kind": "ghost", "id": 1, "space": 0, "step": 0.5, "nearest": 0.2, "whole": 0.3, "lean": 0.3,
                 "stroke": [74, 74, 74, 255], "width": [0.01], "role": "ghost"},
                {**whole, "kind": "lines", "id": 2, "stroke": [62, 143, 196, 255], "width": [0.02], "role": "grid",
                 "part_of": {"space": 0, "ends": grid}},
                *dots,
                {"from": 15, "to": 60, "id": 20, **caption, "place": [-1.5, -3.4], "text": "First words"},
                {"from": 60, "to": 120, "id": 21, **caption, "place": [-1.5, -3.4], "text": "Other words"},
                {**whole, "kind": "path", "id": 22, "outlines": [0], "place": [3, 3], "fill": [0, 255, 0, 255],
                 "fade": fade},
            ],
        }  # fmt: skip
        if self.change is not None:
            self.change(made)
        return made.packed()


@pytest.fixture(scope="session")
def film_by_hand() -> type[FilmByHand]:
    """FilmByHand(network, view).timeline() is a small film as a document."""
    return FilmByHand


@pytest.fixture(scope="session")
def timeline_by_hand() -> type[TimelineByHand]:
    return TimelineByHand
