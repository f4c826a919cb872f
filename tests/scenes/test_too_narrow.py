"""The part of a circle that a network gets wrong, the region that it calls "disk", and the grid of other trainings."""

import numpy as np
import pytest
from manim import Rectangle
from props import props

from manim_untangle import Space, style, wrong_part
from netlib import Run, catalogue, certificates


@pytest.fixture(scope="module")
def trained():
    return catalogue.TOO_NARROW.load(), catalogue.TOO_NARROW.dataset()


def test_the_pink_part_is_all_of_the_circle_that_is_called_disk(trained) -> None:
    (network, data), space, radius = trained, Space(grid=False), 0.825
    (wrong,) = certificates.wrong_arcs(network, data, (radius,))
    wrong_part(space, np.zeros(2), wrong)
    inputs = space.parts[-1].inputs
    np.testing.assert_allclose(np.linalg.norm(inputs, axis=1), radius)
    assert (network.classify(inputs[1:-1]) == 1).all()
    angles = np.linspace(0, 2 * np.pi, 10_000)
    circle = radius * np.column_stack([np.cos(angles), np.sin(angles)])
    length = np.linalg.norm(np.diff(inputs, axis=0), axis=1).sum()
    assert length == pytest.approx(2 * np.pi * radius * (network.classify(circle) == 1).mean(), rel=0.01)


def test_the_region_called_disk_ends_where_the_answer_changes(trained) -> None:
    network, space = trained[0], Space(grid=False)
    region = props("too_narrow").called_disk(space, network)
    assert region.fill_color.to_hex() == style.CLASS_COLOURS[1]
    inputs = space.parts[-1].inputs
    inner = inputs[(np.abs(inputs) < (4.4, 2.9)).all(axis=1)]
    assert len(inner) > 100
    around = inner[:, None] + 0.03 * np.array([[1, 0], [-1, 0], [0, 1], [0, -1]])
    answers = network.classify(around.reshape(-1, 2)).reshape(-1, 4)
    assert (answers.min(axis=1) < answers.max(axis=1)).all()


@pytest.mark.slow
def test_the_grid_has_a_picture_of_the_deepest_network_of_two_neurons_and_one_of_three(trained) -> None:
    network, data = trained
    enclosing = catalogue.ONE_MORE_NEURON.load()
    runs = [Run(2, depth, seed, enclosing if depth < 4 else network) for depth in (1, 2, 3, 4) for seed in range(2)]
    grid = props("too_narrow").SeedGrid([*runs, *(Run(3, 1, seed, enclosing) for seed in range(6))], data)
    frames = [[each for each in picture.get_family() if isinstance(each, Rectangle)] for picture in grid.pictures]
    assert [[each.stroke_color.to_hex() for each in some] for some in frames] == [[style.WRONG], [style.ANSWER]]
    assert (len(grid.of_width(2)), len(grid.of_width(3)), grid.layers(2)) == (8, 6, "1 to 4")
    assert frames[0][0].width == pytest.approx(frames[1][0].width)
    assert frames[0][0].get_right()[0] < frames[1][0].get_left()[0]
