"""The stage of a network whose answer is a number: colours, the readout's arrow, lines of equal answers, heights."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from manim import ManimColor, tempconfig

from manim_untangle.draw import style
from manim_untangle.stage.animations import AnimateToTime
from manim_untangle.stage.layout import box_of, current_layout
from manim_untangle.stage.network_film import NetworkFilm
from manim_untangle.stage.regression import (
    Landscape,
    RegressionScores,
    TargetScale,
    level_lines,
    level_sets,
    readout_arrow,
    rounded,
    target_bar,
)
from netlib import Dataset, Dense, Network, UntangleError, activation
from netlib.models import model_dataset

TANH = activation("tanh")
RNG = np.random.default_rng(0)
POINTS = RNG.uniform(-1, 1, (200, 2))
DATA = Dataset("bowl", POINTS, (POINTS**2).sum(axis=1) - 0.7 * POINTS[:, 0], regression=True, target="height")


def network(inputs: int = 2, width: int = 2) -> Network:
    rng = np.random.default_rng(4)
    hidden = Dense(1.5 * rng.normal(size=(width, inputs)), rng.normal(size=width), TANH)
    return Network((hidden,), Dense(rng.normal(size=(1, width)), [0.3]))


@pytest.fixture
def staged(tmp_path):
    def stage(network: Network, data: Dataset) -> NetworkFilm:
        film = NetworkFilm()
        film.set_stage(network, data)
        return film

    small = {"pixel_width": 160, "pixel_height": 90, "frame_rate": 3}
    with tempconfig({"media_dir": str(tmp_path), "dry_run": True, **small}):
        yield stage


def test_points_have_the_colours_of_their_targets(staged) -> None:
    film = staged(network(), DATA)
    (dots,) = film.dots
    order = np.argsort(DATA.labels)
    low, high = (ManimColor(style.CLASS_COLOURS[k]).to_rgba() for k in (0, 1))
    np.testing.assert_allclose(dots.rgbas[order[0]], low)
    np.testing.assert_allclose(dots.rgbas[order[-1]], high)
    blue = dots.rgbas[order, 2]
    assert (np.diff(blue) >= -0.15).all()
    np.testing.assert_allclose(TargetScale(0, 4).rgbas([-5, 9]), [low, high])


@pytest.mark.parametrize("width", [2, 3, 5])
def test_the_answer_grows_along_the_arrow_and_the_arrow_stays_by_the_points(staged, width: int) -> None:
    film = staged(network(width=width), DATA)
    last = len(film.pictures.groups)
    drawn, seen = film.pictures.drawn(film.points, last), film.pictures.projections[last].seen(film.network.readout)
    readout_arrow(film.space, seen.weight[0], drawn)
    tail, tip = film.space.parts[-1].now
    along = (tip - tail) / np.linalg.norm(tip - tail)
    np.testing.assert_allclose(along, seen.weight[0] / np.linalg.norm(seen.weight[0]), atol=1e-9)
    assert seen(tip[None]) > seen(tail[None])
    room = 0.4 * np.ptp(drawn, axis=0).max()
    assert (np.vstack([tail, tip]) >= drawn.min(axis=0) - room).all()
    assert (np.vstack([tail, tip]) <= drawn.max(axis=0) + room).all()
    assert readout_arrow(film.space, 0 * seen.weight[0], drawn) is None


def test_lines_of_equal_answers_carry_the_answer_of_their_colour(staged) -> None:
    film = staged(network(), DATA)
    drawn, scale = film.pictures.drawn(film.points, 1), film.target_scale
    lines = level_lines(film.space, film.network.readout, drawn, scale)
    ends = film.space.parts[-1].now
    np.testing.assert_allclose(film.network.readout(ends)[:, 0], np.repeat(scale.levels, 2), atol=1e-9)
    np.testing.assert_allclose(lines.rgbas, scale.rgbas(np.repeat(scale.levels, 2)))
    curves = level_sets(film.space, film.network, film.half, scale)
    inputs = film.space.parts[-1].inputs
    answers = film.network(inputs)[:, 0]
    nearest = scale.levels[np.abs(answers[:, None] - scale.levels).argmin(axis=1)]
    np.testing.assert_allclose(answers, nearest, atol=1e-3)
    np.testing.assert_allclose(curves.rgbas, scale.rgbas(nearest), atol=1e-9)


def test_a_landscape_is_flat_at_first_and_then_as_high_as_the_answer_and_the_targets(staged) -> None:
    film = staged(network(), DATA)
    land = Landscape.over(film.network, film.shown, film.target_scale, film.space.view)
    sheet, gaps, dots = land.space.parts
    for part in (sheet, gaps, dots):
        assert not part.now[:, 2].any()
    np.testing.assert_allclose(land.dots.points, film.space.on_screen(film.shown.points), atol=1e-9)
    rise = AnimateToTime(land.space, 0, land.seen)
    rise.begin()
    rise.finish()
    heights, answers = sheet.now[:, 2], film.network(sheet.now[:, :2])[:, 0]
    unit, zero = np.polyfit(answers, heights, 1)
    assert unit > 0
    np.testing.assert_allclose(heights, unit * answers + zero, atol=1e-9)
    np.testing.assert_allclose(dots.now[:, 2], unit * DATA.labels + zero, atol=1e-9)
    np.testing.assert_allclose(land.sheet.rgbas, film.target_scale.rgbas(answers))
    ends = gaps.now.reshape(-1, 2, 3)
    np.testing.assert_allclose(ends[:, 1, 2], unit * film.network(DATA.points)[:, 0] + zero, atol=1e-9)
    box = current_layout().picture
    for mobject in (land.sheet, land.dots):
        assert box.holds(box_of(mobject))


@pytest.mark.slow
def test_signs_say_the_target_its_ends_and_how_well_it_does(staged) -> None:
    film = staged(network(), DATA)
    bar = target_bar(DATA, film.target_scale)
    assert bar.width <= film.layout.slot("notes").width + 0.1
    scores = RegressionScores(film.network, DATA)
    assert len(scores) == 6
    assert max(text.height for text in scores[::2]) < 1.5 * min(text.height for text in scores[::2]), (
        "a name has two lines"
    )
    assert scores.width <= film.layout.upper.width + 0.1
    assert [rounded(value) for value in (123456.0, 0.012345, -7.0)] == ["123,000", "0.0123", "-7"]


@pytest.mark.slow
def test_the_film_of_a_table_with_real_targets_is_rendered(tmp_path: Path) -> None:
    """Whole numbers that only the network makes a regression stay targets in the folder of the film."""
    from manim_untangle import film

    points = np.linspace(-1, 1, 40)[:, None]
    made = film(network(1), points, model_dataset(points, np.round(4 * points[:, 0] ** 2)).labels)
    assert made.subject.data.regression
    page = made.save(tmp_path / "film.mp4", "l")
    assert page.stat().st_size > 10_000


def test_pictures_of_a_regression_are_refused() -> None:
    from manim_untangle.render.network_folder import Subject
    from netlib import ReadNetwork

    with pytest.raises(UntangleError, match="has real targets"):
        Subject(ReadNetwork(network()), DATA, "net", images=(2, 1)).refuse()


def test_the_folder_of_a_film_says_that_its_data_are_a_regression() -> None:
    from manim_untangle.render.network_folder import Subject
    from netlib import ReadNetwork

    record = json.loads(json.dumps(Subject(ReadNetwork(network()), DATA, "net").record))
    assert (record["regression"], record["target"]) == (True, "height")
