"""Pictures of mobjects and how alike two are; tiny films; and the command line as a function."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

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
        x, y = (picture[..., :3] @ np.array([0.2126, 0.7152, 0.0722]) for picture in (a, b))
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
