"""The stage of any network: its signs stay clear of each other, and its data fill the frame."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from manim import ManimColor

from manim_untangle.draw import style
from manim_untangle.draw.pictures import Pictures
from manim_untangle.stage.layout import box_of, using
from manim_untangle.stage.network_film import MOST_PICTURES, NetworkFilm
from manim_untangle.stage.readout import answer_changes
from manim_untangle.stage.signs import LayerFormula
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.activations import tanh
from netlib.datasets import Dataset, dataset
from netlib.layers import Dense, LayerNorm, Normalize, Residual, RMSNorm
from netlib.network import Network

LONGEST = "after layer 33: 3 of 20 dimensions: readout's direction, then principal components, 100 % of the variance"


@pytest.fixture
def staged(tmp_path, monkeypatch):
    """Return a function that sets the stage for a network and a data set by name."""
    from manim import tempconfig

    def stage(network: Network, data: str) -> NetworkFilm:
        film = NetworkFilm()
        layouts.enter_context(using(film.layout))
        film.set_stage(network, dataset(data))
        return film

    with tempconfig({"media_dir": str(tmp_path), "dry_run": True}), ExitStack() as layouts:
        yield stage


def network(widths: list[int], scale: float = 1.0, bias: float = 0.0) -> Network:
    rng = np.random.default_rng(0)
    layers = [Dense(scale * rng.normal(size=(b, a)) / np.sqrt(a), np.full(b, bias), tanh) for a, b in pairwise(widths)]
    return Network(tuple(layers[:-1]), layers[-1])


@pytest.mark.slow
def test_the_name_of_a_projection_stays_clear_of_the_diagram_of_a_deep_network(staged) -> None:
    film = staged(network([2, *[20] * 5, 1000, *[20] * 5, 1000, 20, 1]), "moons")
    film.label.text = lambda: LONGEST
    film.label.refresh()
    assert film.layout.slot("heading").holds(box_of(film.label))
    assert film.layout.slot("diagram").holds(box_of(film.presenter.diagram))
    assert film.label.width > 3


def test_points_that_are_pictures_are_drawn_as_these_in_the_colours_of_their_classes(staged) -> None:
    rng = np.random.default_rng(0)
    points, labels = rng.uniform(0, 16, size=(500, 12)), rng.integers(3, size=500)
    film = NetworkFilm()
    film.images = (4, 3)  # 4 wide
    film.set_stage(network([12, 5, 3]), Dataset("pictures", points, labels))
    assert len(film.shown.points) == MOST_PICTURES
    drawn = film.dots
    assert isinstance(drawn, Pictures)
    assert drawn.levels.shape == (MOST_PICTURES, 3, 4)
    low, high = film.shown.points.min(), film.shown.points.max()
    wanted = (film.shown.points.reshape(-1, 3, 4) - low) / (high - low)
    np.testing.assert_allclose(drawn.levels / 255, wanted, atol=1 / 255)
    np.testing.assert_allclose(drawn.points, film.space.on_screen(film.shown.points))
    colours = np.array([ManimColor(style.CLASS_COLOURS[label]).to_rgb() for label in film.shown.labels])
    np.testing.assert_allclose(drawn.rgbas[:, :3], colours)


def test_data_fill_the_frame_in_every_picture_even_where_fifty_layers_have_shrunk_them(staged) -> None:
    film = staged(network([2, *[20] * 50, 1], 0.57, 0.1), "spirals")
    extents = []
    for k in range(len(film.pictures.projections)):
        drawn = film.pictures.drawn(film.points, k)
        view = film.presenter.fitted(drawn)
        shares = np.abs(view.project(drawn)[:, :2] - view.middle).max(axis=0) / film.layout.kept_half
        assert 0.99 < shares.max() < 1.01, (k, view.unit)
        extents.append(np.abs(drawn).max())
    assert 1e-14 < extents[-1] < 1e-11


def test_layers_that_are_not_dense_have_words_and_a_formula_of_their_own(staged) -> None:
    first = Normalize([2.0, 0.1], [0.0, 1.0])
    block = Residual((Dense(0.5 * np.eye(2), [0.1, 0.2], tanh),))
    film = staged(Network((first, block, LayerNorm([1.0, 2.0], [0, 0])), Dense([[1.0, -1.0]], [0.0])), "moons")
    said = [film.words_before(k, move) for k in range(3) for move in film.pictures.transitions(k)]
    assert said == [
        "Layer 1: each number gets a unit and a zero of its own.",
        "Layer 2: to each point x it adds f(x), small layers of its own.",
        "Layer 3: a point's numbers lose their mean …",
        "Layer 3: … and are scaled until their spread is 1.",
        "Layer 3: each number gets a unit of its own.",
    ]
    other = staged(Network((Dense(np.eye(2), [0, 1]), LayerNorm([1, -2], [0, 1])), Dense([[1.0, -1]], [0])), "moons")
    said = [other.words_before(k, move) for k in range(2) for move in other.pictures.transitions(k)]
    assert said[0] == "Layer 1: W x + b stretches, turns and shifts."
    assert [text for text in said[3:] if text] == ["Layer 2: each number gets a unit, a sign and a zero of its own."]
    plain, norm = Dense(np.eye(2), [0.0, 1.0]), RMSNorm([1.0, 2.0], [0.0, 0.0], activation=tanh)
    assert LayerFormula.of(plain).labels == ["weight", "bias"]
    assert LayerFormula.of(norm).labels == ["bend", "deviation", "gain"]
    for layer, parts in ((first, {"gain", "bias"}), (block, {"branch"})):
        formula, (move, *_) = LayerFormula.of(layer), layer.moves()
        formula.light(move)
        colours = {label: formula.text.select(label)[0].get_color().to_hex().upper() for label in formula.labels}
        assert {label for label, colour in colours.items() if colour == style.HIGHLIGHT.upper()} == parts
    assert film.presenter.formula.shows(first)
    assert not film.presenter.formula.shows(block)


def test_the_inputs_have_the_names_of_their_columns_where_the_data_have_names(staged) -> None:
    film = staged(network([2, 2, 1]), "moons")
    assert film._label() == "input: 2 numbers"
    film.dataset = replace(film.dataset, columns=("mean radius", "größe"))
    assert film._label() == "input: mean radius →, größe ↑"


def test_the_planes_of_a_readout_stay_by_the_points_and_clear_of_the_words() -> None:
    rng = np.random.default_rng(1)
    points = rng.normal(size=(100, 3)) * [3.0, 1.0, 0.7]
    space = Space(View().framing(points), grid=False, dimension=3)
    planes = answer_changes(space, Dense(rng.normal(size=(3, 3)), np.zeros(3)), points)
    assert len(planes) >= 2
    corners = np.vstack([plane.points for plane in planes])
    assert (np.abs(corners[:, :2]).max(axis=0) < np.array(space.layout.frame.half) + 0.1).all()
    # a plane beside all points is shown none the less
    assert answer_changes(space, Dense(np.array([[1.0, 0, 0]]), np.array([-50.0])), points) is not None


@pytest.mark.parametrize("inputs", [1, 2])
def test_at_the_end_each_region_of_a_plane_of_inputs_has_the_tint_of_its_class(staged, inputs: int) -> None:
    rng = np.random.default_rng(0)
    film = NetworkFilm()
    film.set_stage(network([inputs, 3, 1]), Dataset("points", rng.normal(size=(20, inputs)), np.arange(20) % 2))
    film.leaving = [film.label]
    film.backwards()
    tints = [part.mobject.get_fill_color().to_hex() for part in film.space.parts if part.role == "region"]
    assert tints == [colour.upper() for colour in style.CLASS_COLOURS[: 2 * (inputs == 2)]]


def test_the_ghost_grid_keeps_its_places_and_its_lines_apart_at_every_zoom() -> None:
    space = Space(View(unit=2.2), grid=False)
    ghost = space.add_ghost()
    for unit in (2.2, 4.0, 0.3, 1e-6, 1e6):
        space.view = View(unit=unit)
        space.redraw()
        upright = ghost.points[::2][np.ptp(ghost.points.reshape(-1, 2, 3), axis=1)[:, 0] == 0, 0]
        places = (upright - space.view.middle[0]) / unit
        gap = np.diff(np.sort(upright)).min()
        assert gap >= 0.2 - 1e-9
        step = gap / unit
        assert np.isclose(np.log10(step / 0.5), np.round(np.log10(step / 0.5)))
        np.testing.assert_allclose(places / step, np.round(places / step), atol=1e-6)
        assert len(upright) > 3
