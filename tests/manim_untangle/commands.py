"""Tiny films for the tests of the studio, and the command line as a function."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

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
    from manim_untangle.cli.errors import outcome

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
