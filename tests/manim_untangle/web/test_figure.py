"""Figures: curves in the place, order and colours that the film has them in."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import numpy as np
import pytest
from manim import BLUE, RIGHT, FadeIn, ImageMobject, Scene, Square
from PIL import Image

import manim_untangle as mu
from manim_untangle.web.figure import figure, lightened
from netlib import UntangleError, affine_then_bend
from netlib.layers import Dense


class Moves(mu.Film):
    """A dot that a layer carries along, in two chapters."""

    edge: tuple[float, float, float, float] | None = None  # of the picture area, once the film was played

    def construct(self) -> None:
        space = mu.Space(mu.View(unit=1.0, centre=(0.0, 0.0)), grid=False)
        Moves.edge = space.edge
        dot = space.add_dots(np.array([[1.0, 0.0]]), "#FF0000", radius=0.4)
        self.chapter("One")
        self.play(FadeIn(dot), run_time=0.2)
        layer = Dense(np.array([[2.0, 0.0], [0.0, 2.0]]), np.zeros(2))
        self.chapter("Two")
        for move in affine_then_bend(layer):
            self.play(mu.ApplyMove(space, move, run_time=0.4))


class Plain(Scene):
    def construct(self) -> None:
        square = Square(color=BLUE, fill_opacity=1)
        self.play(square.animate.shift(2 * RIGHT), run_time=1)
        self.wait(0.2)


class Raster(Scene):
    def construct(self) -> None:
        self.add(ImageMobject(np.zeros((2, 2), np.uint8)))
        self.wait(0.2)


def middle(path: Path, channel: int) -> float:
    """The mean x, from 0 to 1, of the pixels that are bright in one channel only."""
    pixels = np.asarray(Image.open(path).convert("RGB")).astype(int)
    seen = pixels[..., channel] - np.delete(pixels, channel, axis=2).max(axis=2) > 100
    return float(np.nonzero(seen)[1].mean() / pixels.shape[1])


@pytest.mark.slow
def test_a_chapter_and_a_moment_are_drawn_as_they_are(tmp_path: Path) -> None:
    before = middle(figure(Moves, tmp_path / "a.png", chapter=1), 0)
    after = middle(figure(Moves, tmp_path / "b.png", at=0.7), 0)
    one = 9 / (8 * 16)  # a scene unit, as a share of the frame's width
    assert before == pytest.approx(0.5 + one, abs=2e-3)
    assert after == pytest.approx(0.5 + 2 * one, abs=2e-3)


def test_an_svg_is_made_of_paths_and_has_the_width_that_was_asked_for(tmp_path: Path) -> None:
    root = ElementTree.parse(figure(Plain, tmp_path / "a.svg", at=1.1, width=100)).getroot()
    assert float(root.attrib["width"].removesuffix("pt")) == pytest.approx(100 / 25.4 * 72, abs=0.1)
    assert not root.findall(".//{*}image")
    assert root.findall(".//{*}path")


def test_a_pdf_is_written(tmp_path: Path) -> None:
    assert figure(Plain, tmp_path / "a.pdf", at=0.5).read_bytes().startswith(b"%PDF")


@pytest.mark.slow
def test_layers_stand_side_by_side(tmp_path: Path) -> None:
    with Image.open(figure(Moves, tmp_path / "a.png", layers=True)) as picture:
        wide, high = picture.size
    assert Moves.edge is not None
    left, bottom, right, top = Moves.edge
    assert wide / high == pytest.approx((2 * (right - left) + 0.25) / (top - bottom), rel=0.01)


def test_on_paper_black_and_white_change_places_and_a_hue_stays() -> None:
    assert lightened(np.array([0.0, 0.0, 0.0, 1.0])) == (1.0, 1.0, 1.0, 1.0)
    red, green, blue, _ = lightened(np.array([1.0, 0.6, 0.6, 1.0]))
    assert (red, green, blue) == pytest.approx((0.4, 0.0, 0.0))


@pytest.mark.parametrize(
    ("scene", "name", "chosen", "said"),
    [
        (Plain, "a.gif", {"at": 0.1}, "a.gif"),
        (Plain, "a.svg", {}, "--at"),
        (Plain, "a.svg", {"at": 99.0}, "99.0 s"),
        (Plain, "a.svg", {"layers": True}, "no move"),
        (Plain, "a.svg", {"chapter": 2}, "no chapter 2"),
        (Raster, "a.svg", {"at": 0.1}, "ImageMobject"),
    ],
)
def test_what_cannot_be_drawn_is_said_and_leaves_no_file(
    scene: type[Scene], name: str, chosen: dict[str, float], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UntangleError, match=said):
        figure(scene, tmp_path / name, **chosen)
    assert not list(tmp_path.iterdir())
