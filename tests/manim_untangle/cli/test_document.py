"""`untangle document`: a film file becomes a timeline, or a line that says why not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

SCENE = """
from manim import Circle, PMobject, Scene
import numpy as np

class Round(Scene):
    '''A circle that waits.'''
    def construct(self):
        self.add(Circle())
        self.wait(0.5)

class Cloud(Scene):
    def construct(self):
        self.add(PMobject().add_points(np.zeros((3, 3))))
        self.wait(0.1)
"""


def header(path: Path) -> dict[str, object]:
    raw = gzip.decompress(path.read_bytes())
    return dict(json.loads(raw[8 : 8 + int.from_bytes(raw[4:8], "little")]))


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    file = tmp_path / "round.py"
    file.write_text(SCENE, encoding="utf-8")
    return file


def test_a_film_file_becomes_a_timeline(scene: Path, tmp_path: Path, untangle: Callable[..., object]) -> None:
    said = untangle("document", f"{scene}:Round", "-o", str(tmp_path / "a.timeline"), "--fps", "20")
    assert said.code == 0
    told = header(tmp_path / "a.timeline")
    assert (told["rate"], told["frames"], told["description"]) == (20, 10, "A circle that waits.")


def test_without_a_file_it_lies_beside_the_film(scene: Path, tmp_path: Path, untangle: Callable[..., object]) -> None:
    assert untangle("document", f"{scene}:Round", "-o", str(tmp_path / "out")).code == 0
    assert header(next((tmp_path / "out").glob("*/film.timeline")))["frames"] == 15


def test_what_cannot_be_told_ends_in_one_line_and_no_file(
    scene: Path, tmp_path: Path, untangle: Callable[..., object]
) -> None:
    said = untangle("document", f"{scene}:Cloud", "-o", str(tmp_path / "a.timeline"))
    assert said.code == 1
    assert "PMobject" in said.error
    assert not (tmp_path / "a.timeline").exists()


def test_one_file_holds_one_film(scene: Path, tmp_path: Path, untangle: Callable[..., object]) -> None:
    said = untangle("document", f"{scene}:Round", f"{scene}:Round", "-o", str(tmp_path / "a.timeline"))
    assert said.code == 1
    assert "one film" in said.error
