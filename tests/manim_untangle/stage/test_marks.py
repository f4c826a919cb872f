"""Marks in a space: basis vectors, a circle with its winding number; and a matrix in the arrows' colours."""

from __future__ import annotations

import numpy as np
import pytest

from manim_untangle import (
    ApplyMove,
    Space,
    View,
    basis_vectors,
    circle_with_number,
    decision_regions,
    matrix_formula,
    style,
    widest_gap,
    wrong_points,
)  # fmt: skip
from netlib import Dataset, Dense, Loop, Move, Network, activation, catalogue, dataset, moves_of
from netlib.errors import UntangleError

LAYER = Dense([[1.5, -0.4], [0.7, 1.1]], [0.3, -0.2], activation("tanh"))


def test_the_arrows_end_at_the_columns_of_w_moved_by_b():
    space = Space(grid=False)
    arrows = basis_vectors(space)
    for move in moves_of(LAYER)[:3]:
        step = ApplyMove(space, move)
        step.begin()
        step.finish()
    for arrow, column in zip(arrows, LAYER.weight.T, strict=True):
        tip = arrow.get_start_anchors()[3]  # the third corner after the neck's two
        np.testing.assert_allclose(tip, space.view.project((column + LAYER.bias)[None])[0], atol=1e-9)


def test_columns_of_a_matrix_have_the_arrows_colours_and_a_vector_has_none():
    for matrix, colours in ((LAYER.weight, {style.FIRST_BASIS, style.SECOND_BASIS}), (LAYER.bias[:, None], set())):
        shown = matrix_formula("A", matrix)
        found = {letter.get_fill_color().to_hex().upper() for letter in shown.family_members_with_points()}
        assert found & {style.FIRST_BASIS.upper(), style.SECOND_BASIS.upper()} == {c.upper() for c in colours}


@pytest.mark.parametrize(("moved", "number"), [(0.0, "1"), (3.0, "0")])
def test_the_number_counts_how_often_the_moved_circle_winds_around_the_moved_point(moved, number):
    """The point alone is moved: out of its circle, or not at all."""
    angle = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    loop = Loop("ring", np.column_stack([np.cos(angle), np.sin(angle)]), around=np.zeros(2))
    space = Space(grid=False)
    _, label = circle_with_number(space, loop)

    def out(points, t):
        return points + t * np.exp(-9 * (points**2).sum(axis=1))[:, None] * (moved, 0)

    step = ApplyMove(space, Move("out", "bend", 2, 2, out))
    step.begin()
    step.finish()
    assert label.shown == f"ring winds around disk: {number}×"


def test_wrong_points_are_those_that_the_network_puts_in_the_other_class():
    data, network = dataset("xor:n=40"), Network((), Dense([[1.0, 0.0]], [0.0]))
    wrong = wrong_points(Space(grid=False), network, data)
    assert len(wrong.points) == round((1 - network.accuracy(data.points, data.labels)) * len(data.points)) > 0


def test_the_widest_gap_lies_between_the_nearest_points_and_is_refused_where_there_is_none() -> None:
    square = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    data = Dataset("corners", square, np.array([0, 0, 1, 1]))
    line, edges = widest_gap(space := Space(View(centre=(0.0, 0.0), unit=1.0), grid=False), data)
    np.testing.assert_allclose(line.points[:, 1], 0.5, atol=1e-6)
    np.testing.assert_allclose(np.sort(edges.points[:, 1]), [0, 0, 1, 1], atol=1e-6)
    with pytest.raises(UntangleError, match="no line separates"):
        widest_gap(space, Dataset("crossed", square, np.array([0, 1, 1, 0])))


def test_regions_hold_the_inputs_that_the_network_puts_in_their_class_wherever_a_move_carries_them():
    network, points = catalogue.ONE_LAYER.load(), np.random.default_rng(0).uniform(-2.5, 2.5, (300, 2))
    space = Space(View(unit=1.0), grid=False)
    regions = decision_regions(space, network)
    for move in (None, *moves_of(network.hidden[0])):
        if move is not None:
            step = ApplyMove(space, move)
            step.begin()
            step.finish()
        places = space.on_screen(points)[:, :2]
        # the nonzero winding rule: the turns of a region's lines add up
        inside = [sum(_winds(line[:, :2], places) for line in region.lines()) > 0.5 for region in regions]
        far = np.abs(network.scores(points)[:, 1] - network.scores(points)[:, 0]) > 0.2
        np.testing.assert_array_equal(np.argmax(inside, axis=0)[far], network.classify(points)[far])
        assert (np.sum(inside, axis=0)[far] == 1).all()


def _winds(line: np.ndarray, places: np.ndarray) -> np.ndarray:
    """How often (N,) a closed line winds around places (N, 2), by the sum of its angles."""
    ways = line[:, None] - places
    angles = np.unwrap(np.arctan2(ways[..., 1], ways[..., 0]), axis=0)
    return np.round((angles[-1] - angles[0]) / (2 * np.pi))
