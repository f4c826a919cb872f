"""A class's name stands beside its own points, on nothing that is shown, and only while these stand still."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from manim_untangle.draw import style
from manim_untangle.render.engine import Sink, manim_config, play_film
from manim_untangle.render.settings import Quality, settings
from manim_untangle.stage.animations import AnimateToTime, ChangeView
from manim_untangle.stage.cloud_names import CELL, CLEAR, cloud_names
from manim_untangle.stage.layout import box_of
from manim_untangle.stage.network_film import NetworkFilm
from manim_untangle.stage.readout import divider
from manim_untangle.stage.space import Space
from netlib import Dense, Network, activation
from netlib.datasets import Dataset, dataset

RANDOM = np.random.default_rng(0)
MIDDLES = np.array([[-1.0, 0.6], [0.0, -0.7], [1.0, 0.5], [0.1, 0.8]])
CLOUDS = Dataset(
    "clouds",
    np.vstack([middle + 0.12 * RANDOM.normal(size=(40, 2)) for middle in MIDDLES]),
    np.repeat(np.arange(4), 40),
    class_names=("oak", "beech", "a very long name", "fir"),
)


@pytest.fixture(autouse=True)
def _kept_here(tmp_path: Path) -> Any:
    with tempconfig({"media_dir": str(tmp_path), "dry_run": True}):
        yield


def distance(box: Any, points: np.ndarray) -> float:
    """From a box to the nearest of points (N, 2); 0 inside."""
    across = np.maximum(np.maximum(box.left - points[:, 0], points[:, 0] - box.right), 0)
    up = np.maximum(np.maximum(box.bottom - points[:, 1], points[:, 1] - box.top), 0)
    return float(np.hypot(across, up).min())


def test_each_name_is_free_and_nearest_to_its_own_points() -> None:
    space = Space(grid=False)
    names = cloud_names(space, CLOUDS)
    placed, boxes = space.on_screen(CLOUDS.points)[:, :2], [box_of(name) for name in names]
    assert len(names) == 4
    assert not any(one.meets(other) for one, other in combinations(boxes, 2))
    colours = [name[1][0].get_fill_color().to_hex() for name in names]
    assert sorted(colours) == sorted(style.CLASS_COLOURS[:4])
    for box, colour in zip(boxes, colours, strict=True):
        assert space.layout.picture.holds(box)
        away = [distance(box, placed[CLOUDS.labels == k]) for k in range(4)]
        assert np.argmin(away) == style.CLASS_COLOURS.index(colour)
        assert CLEAR - CELL <= min(away) < 1


def test_no_name_lies_on_the_readouts_line() -> None:
    space = Space(grid=False)
    free = cloud_names(space, CLOUDS)
    name = next(each for each in free if each[1][0].get_fill_color().to_hex() == style.CLASS_COLOURS[0])
    middle = (box_of(name).centre - np.array(space.view.placed.centre)) / space.view.unit
    line = divider(space, Dense(np.array([[0.0, 1.0]]), np.array([-middle[1]])))  # level, through that name
    level = line.points[0, 1]
    assert box_of(name).bottom < level < box_of(name).top
    boxes = [box_of(each) for each in cloud_names(space, CLOUDS, line)]
    assert len(boxes) >= 3
    assert all(level < box.bottom or level > box.top for box in boxes)


def test_clouds_that_are_mixed_or_fill_the_picture_have_no_names() -> None:
    points = RANDOM.uniform(-1.5, 1.5, size=(3000, 2)) * (3, 1)
    assert len(cloud_names(Space(grid=False), Dataset("mixed", points, RANDOM.integers(2, size=3000)))) == 0


@pytest.mark.slow
def test_names_are_there_at_both_ends_and_never_while_points_move(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = list[tuple[bool, bool]]()

    class Watched(NetworkFilm):
        title = "Watched"

        def construct(self) -> None:
            hidden = Dense(np.array([[2.0, 0.3], [-0.2, 2.0]]), np.zeros(2), activation("tanh"))
            self.trained_here = False
            self.set_stage(Network((hidden,), Dense(np.array([[1.0, 1.0]]), np.zeros(1))), dataset("moons"))
            self.opening()
            self.step(0)
            self.readout()
            self.backwards()

        def play(self, *animations: Any, **kwargs: Any) -> None:
            super().play(*animations, **kwargs)
            moves = any(isinstance(animation, AnimateToTime | ChangeView) for animation in animations)
            names = bool(len(self.names)) and self.names in self.mobjects
            if not shown or shown[-1] != (moves, names):
                shown.append((moves, names))

    for name in ("MOVE_SECONDS", "PAUSE_SECONDS"):
        monkeypatch.setattr(style, name, 0.1)
    monkeypatch.setattr(style, "READING_RATE", 1000.0)
    with manim_config(settings(Quality.l)):
        play_film(Watched, Sink(), dry_run=True)
    assert (True, True) not in shown
    still = [names for moves, names in shown if not moves]
    assert still.count(True) >= 3  # at the inputs, after the last layer, and at the inputs again
    assert (True, False) in shown
