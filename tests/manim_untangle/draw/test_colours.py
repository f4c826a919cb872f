"""Colours that stand together are told apart, by viewers with each kind of dichromacy too."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from manim import ManimColor
from numpy.typing import NDArray

from manim_untangle import style

Array = NDArray[np.float64]

# Of linear RGB, for dichromats. Source: G. M. Machado, M. M. Oliveira and L. A. F. Fernandes, A Physiologically-based
# Model for Simulation of Color Vision Deficiency, IEEE TVCG 15 (2009), severity 1.0
SEEN_BY = {
    "most": np.eye(3),
    "protanopes": np.array([
        [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ]),
    "deuteranopes": np.array([
        [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ]),
    "tritanopes": np.array([
        [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ]),
}  # fmt: skip
TO_XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
WHITE = TO_XYZ.sum(axis=1)
APART = 20.0  # in CIELAB, where 2.3 is just seen side by side

CLASSES = dict(zip(("class 0", "class 1"), style.CLASS_COLOURS, strict=False))
SPACE = {"grid": style.GRID}
MARKS = {"answer": style.ANSWER, "wrong": style.WRONG, "highlight": style.HIGHLIGHT}
SECOND = {"second highlight": style.SECOND_HIGHLIGHT}
BASIS = {"first basis": style.FIRST_BASIS, "second basis": style.SECOND_BASIS}
# wrong points never stand with basis vectors
TOGETHER = [CLASSES | SPACE | MARKS | SECOND, CLASSES | SPACE | SECOND | BASIS | {"highlight": style.HIGHLIGHT}]


def linear(colour: str) -> Array:
    """Return a colour (3,) of sRGB as linear light."""
    c = np.array(ManimColor(colour).to_rgb())
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def lab(light: Array) -> Array:
    """Return linear light (3,) in CIELAB (CIE 15:2004)."""
    share = TO_XYZ @ np.clip(light, 0, 1) / WHITE
    x, y, z = np.where(share > 216 / 24389, np.cbrt(share), (24389 / 27 * share + 16) / 116)
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def distance(one: str, two: str, viewer: str) -> float:
    return float(np.linalg.norm(lab(SEEN_BY[viewer] @ linear(one)) - lab(SEEN_BY[viewer] @ linear(two))))


@pytest.mark.parametrize("viewer", SEEN_BY)
@pytest.mark.parametrize("together", TOGETHER, ids=("marks", "basis"))
def test_colours_that_stand_together_are_told_apart(together: dict[str, str], viewer: str) -> None:
    near = {
        pair: round(found)
        for pair in combinations(together, 2)
        if (found := distance(together[pair[0]], together[pair[1]], viewer)) < APART
    }
    assert not near


def test_the_simulation_makes_red_and_green_alike() -> None:
    red, green = "#FC6255", "#83C167"
    assert distance(red, green, "most") > 60
    assert distance(red, green, "deuteranopes") < APART
    for matrix in SEEN_BY.values():  # a grey stays as it is
        assert matrix.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-4)


def test_every_meaning_has_a_colour_of_its_own() -> None:
    colours = [*style.CLASS_COLOURS, *(CLASSES | SPACE | MARKS | SECOND | BASIS).values()]
    assert len(set(colours)) == len(colours) - len(CLASSES)
