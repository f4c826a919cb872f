"""Small multiples: squares side by side, one scale for all, and lines that end where a square ends."""

from __future__ import annotations

import numpy as np
import pytest

from manim_untangle import SmallMultiple, apply_side_by_side, column_middles, common_unit, line_in_square
from netlib import dataset, lift, straight_move

DATA = dataset("xor:n=40")


def multiples(unit: float = 1.0) -> list[SmallMultiple]:
    return [SmallMultiple(middle, 1.5, kept=DATA.points, unit=unit) for middle in column_middles(3, 0.5)]


def test_columns_are_equal_and_reach_from_margin_to_margin() -> None:
    middles = column_middles(4, 0.5, margin=0.11)
    width = 2 * (64 / 9 - 0.11) / 4
    np.testing.assert_allclose(np.diff([x for x, _ in middles]), width)
    assert middles[0] == pytest.approx((-64 / 9 + 0.11 + width / 2, 0.5))
    assert middles[0][0] == pytest.approx(-middles[-1][0])


def test_all_spaces_end_at_one_unit_and_the_widest_fills_its_square_around_the_middle() -> None:
    row, weights = multiples(), [np.diag(sizes) for sizes in ((1.0, 1.0), (3.0, 1.0), (1.0, 2.0))]
    for animation in apply_side_by_side(row, [straight_move(weight) for weight in weights]):
        animation.begin()
        animation.finish()
    sides = []
    for each, weight in zip(row, weights, strict=True):
        placed = each.space.view.project(DATA.points @ weight.T)[:, :2]
        sides.append(np.ptp(placed, axis=0).max())
        np.testing.assert_allclose((placed.min(axis=0) + placed.max(axis=0)) / 2, each.middle, atol=1e-9)
    assert sides[1] == max(sides) == pytest.approx(2 * 1.5)
    assert len({each.space.view.unit for each in row}) == 1


def test_no_unit_is_larger_than_asked_and_a_third_coordinate_does_not_count() -> None:
    row = multiples()
    assert common_unit(row, largest=0.7) == 0.7
    assert common_unit(row, [lift(lambda points: 9 + points[:, 0])] * 3) == common_unit(row)


@pytest.mark.parametrize("seed", range(20))
def test_a_line_lies_on_the_line_and_ends_on_two_sides_of_the_square(seed: int) -> None:
    rng = np.random.default_rng(seed)
    normal, middle, inside = rng.normal(size=2), rng.normal(size=2), rng.uniform(-1, 1, 2)
    offset = -float(normal @ (middle + 1.3 * inside))
    ends = line_in_square(normal, offset, 1.3, middle)
    np.testing.assert_allclose(ends @ normal + offset, 0, atol=1e-9)
    np.testing.assert_allclose(np.abs(ends - middle).max(axis=1), 1.3)
    assert np.linalg.norm(ends[1] - ends[0]) > 1e-6


@pytest.mark.parametrize(("normal", "ends"), [((2.0, 0.0), [0.5, -1.0, 0.5, 1.0]), ((0.0, 2.0), [-1.0, 0.5, 1.0, 0.5])])
def test_an_upright_and_a_level_line_end_at_the_square_too(normal: tuple[float, float], ends: list[float]) -> None:
    found = line_in_square(np.array(normal), -1.0, 1.0)
    np.testing.assert_allclose(found[np.lexsort(found.T)].ravel(), ends)


def test_a_line_of_the_representation_is_cut_off_where_its_picture_ends() -> None:
    (each, *_) = multiples(unit=2.0)
    line = each.line(np.array([1.0, 0.3]), -0.2)
    np.testing.assert_allclose(np.abs(line.points[:, :2] - each.middle).max(axis=1), 1.5)
    placed = (line.points[:, :2] - each.space.view.centre) / each.space.view.unit
    np.testing.assert_allclose(placed @ (1.0, 0.3) - 0.2, 0, atol=1e-9)
