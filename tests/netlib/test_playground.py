"""Playground's data by its published rules."""

from __future__ import annotations

import numpy as np
import pytest

from netlib import dataset, datasets
from netlib.errors import UnknownName
from netlib.playground_data import FEATURES, with_features

NAMES = sorted(name for name in datasets() if name.startswith("playground_"))


def test_there_are_four_classifications_and_two_regressions() -> None:
    assert sum(dataset(name).regression for name in NAMES) == 2
    assert len(NAMES) == 6


@pytest.mark.parametrize("name", NAMES)
def test_points_lie_inside_the_square_and_depend_on_the_seed_alone(name: str) -> None:
    first, again, other = (dataset(f"{name}:seed={seed},noise=0.1") for seed in (1, 1, 2))
    assert np.abs(first.points).max() < 1.2
    assert np.array_equal(first.points, again.points)
    assert not np.array_equal(first.points, other.points)


def test_circle_keeps_its_gap_and_xor_its_padding() -> None:
    circle, xor = dataset("playground_circle"), dataset("playground_xor")
    radius = 6 * np.linalg.norm(circle.points, axis=1)
    assert radius[circle.labels == 1].max() <= 2.5
    assert radius[circle.labels == 0].min() >= 3.5
    assert 6 * np.abs(xor.points).min() >= 0.3
    assert np.array_equal(xor.labels == 1, xor.points.prod(axis=1) > 0)


def test_the_gauss_clusters_have_the_variance_of_the_page() -> None:
    for noise, variance in ((0.0, 0.5), (0.5, 4.0)):
        data = dataset(f"playground_gauss:n=40000,noise={noise}")
        for label, centre in ((1, 2.0), (0, -2.0)):
            points = 6 * data.of_class(label)
            assert points.mean(axis=0) == pytest.approx([centre, centre], abs=0.05)
            assert points.var(axis=0) == pytest.approx([variance, variance], rel=0.05)


def test_the_spiral_turns_one_and_three_quarters_of_a_turn() -> None:
    data = dataset("playground_spiral:n=2000")
    arm = 6 * data.of_class(1)
    turned = np.abs(np.diff(np.unwrap(np.arctan2(*arm[1:].T)))).sum()
    assert turned / (2 * np.pi) == pytest.approx(1.75, abs=0.01)
    assert np.linalg.norm(arm, axis=1).max() == pytest.approx(5, abs=0.01)


def test_regressions_have_the_targets_of_the_page() -> None:
    plane, hills = dataset("playground_plane"), dataset("playground_hills")
    assert plane.labels == pytest.approx(0.6 * plane.points.sum(axis=1))
    assert np.abs(hills.labels).max() <= 1
    near = np.linalg.norm(6 * hills.points - (0, 2.5), axis=1) < 0.3
    assert (hills.labels[near] < -0.8).all()


def test_features_are_those_of_the_page_in_its_own_coordinates() -> None:
    points = np.random.default_rng(0).uniform(-6, 6, (50, 2))
    x, y = points.T
    expected = (x / 6, y / 6, x**2 / 36, y**2 / 36, x * y / 36, np.sin(x), np.sin(y))
    assert with_features(points, "+".join(FEATURES)) == pytest.approx(np.column_stack(expected))
    with pytest.raises(UnknownName, match="no feature of TensorFlow Playground 'cos1'"):
        with_features(points, "x1+cos1")
