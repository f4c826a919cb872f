"""Eigen-directions, and how little they say about a network."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib.activations import relu, tanh
from netlib.certificates.directions import (
    discriminant,
    eigen_directions,
    eigen_lines_only_stretch,
    every_direction_turns,
    renumbered,
    renumbering_changes_nothing,
)
from netlib.errors import UntangleError
from netlib.layers import Dense
from netlib.network import Network
from netlib.training.catalogue import MOONS

TURN = np.array([[0.0, -1.0], [1.0, 0.0]])
SHEAR = np.array([[2.0, 1.0], [0.0, 0.5]])


def layer(weight: np.ndarray, bend=tanh) -> Dense:
    return Dense(weight, np.zeros(2), bend)


def test_a_turn_keeps_no_direction_and_a_stretch_along_two_lines_keeps_them() -> None:
    assert every_direction_turns(layer(TURN)).holds is True
    assert every_direction_turns(layer(TURN)).measured["least turn in degrees"] == pytest.approx(90)
    assert eigen_lines_only_stretch(layer(TURN)).holds is False
    found = eigen_lines_only_stretch(layer(SHEAR))
    assert found.holds is True
    assert (found.measured["first eigenvalue"], found.measured["second eigenvalue"]) == (2.0, 0.5)
    np.testing.assert_allclose(np.abs(eigen_directions(SHEAR)[1][0]), (1, 0), atol=1e-12)


def turn(weight: np.ndarray, angles: np.ndarray) -> np.ndarray:
    """Brute force: by how many degrees each line is turned, in numpy's longest floats."""
    angles = np.asarray(angles, dtype=np.longdouble)
    before = np.array([np.cos(angles), np.sin(angles)])
    after = weight.astype(np.longdouble) @ before
    cross, dot = before[0] * after[1] - before[1] * after[0], (before * after).sum(axis=0)
    return np.degrees(np.arctan2(np.abs(cross), np.abs(dot)))


def nearest(weight: np.ndarray) -> float:
    """The least turn, by trying finer and finer around the least."""
    middle, width = np.pi / 2, np.pi / 2
    for _ in range(12):
        angles = middle + np.linspace(-width, width, 4001)
        middle, width = float(angles[turn(weight, angles).argmin()]), width / 500
    return float(turn(weight, np.array([middle]))[0])


@pytest.mark.parametrize("thin", [1.0, 0.3, 1e-2, 1e-4, 1e-6])
@pytest.mark.parametrize("seed", range(6))
def test_the_least_turn_is_that_of_the_line_that_is_turned_least_and_never_more(seed: int, thin: float) -> None:
    rng = np.random.default_rng(seed)
    left, right = (np.linalg.qr(rng.normal(size=(2, 2)))[0] for _ in range(2))
    weight = left @ np.diag([1.0, thin]) @ right
    found = every_direction_turns(layer(weight))
    least = found.measured["least turn in degrees"]
    assert least <= nearest(weight) + 1e-12
    assert least == pytest.approx(nearest(weight), rel=1e-9, abs=1e-9)
    assert (least > 0) is bool(found.holds)


def test_a_line_between_those_of_a_fine_fan_counts_too() -> None:
    angle = np.radians(57.375)
    kept, lost = np.array([np.cos(angle), np.sin(angle)]), np.array([-np.sin(angle), np.cos(angle)])
    thin = TURN @ (np.outer(lost, lost) + 1e-8 * np.outer(kept, kept))
    assert turn(thin, np.linspace(0, np.pi, 720, endpoint=False)).min() > 0.1
    assert every_direction_turns(layer(thin)).measured["least turn in degrees"] < 0.02


def test_a_line_that_is_turned_round_is_not_only_stretched() -> None:
    assert eigen_lines_only_stretch(layer(np.diag([2.0, -1.0]))).holds is False


@given(st.lists(st.integers(-8, 8), min_size=4, max_size=4))
def test_the_discriminant_has_the_sign_that_tells_real_from_complex_eigenvalues(entries: list[int]) -> None:
    weight = np.reshape(entries, (2, 2)) / 4
    trace, determinant = entries[0] + entries[3], entries[0] * entries[3] - entries[1] * entries[2]
    assert discriminant(weight) * 16 == trace**2 - 4 * determinant


@pytest.mark.parametrize("size", [1e-200, 1e-9, 1e12, 1e150, 1e155, 1e300])
def test_eigenvalues_of_any_size_are_told_from_others(size: float) -> None:
    assert eigen_lines_only_stretch(layer(size * SHEAR)).holds is True
    assert eigen_lines_only_stretch(layer(size * np.diag([2.0, -1.0]))).holds is False
    assert every_direction_turns(layer(size * TURN)).holds is True
    assert every_direction_turns(layer(size * TURN)).measured["least turn in degrees"] == pytest.approx(90)
    nearly_one = np.array([[1.0, 1.0], [1e-30, 1.0]])  # its two eigenvalues differ by 2e-15
    assert eigen_lines_only_stretch(layer(size * nearly_one)).holds is True


def test_renumbering_turns_the_representation_and_leaves_the_function() -> None:
    network = MOONS.load()
    other = renumbered(network)
    points = np.random.default_rng(0).normal(size=(50, 2))
    np.testing.assert_allclose(other(points), network(points), atol=1e-12)
    np.testing.assert_allclose(other.represent(points, 1), network.represent(points, 1) @ TURN.T, atol=1e-12)
    same = renumbering_changes_nothing(network, other)
    assert (same.holds, same.method) == (True, "proved")
    assert discriminant(network.hidden[0].weight) > 0 > discriminant(other.hidden[0].weight)


def test_networks_that_differ_by_more_than_numbers_and_signs_are_not_proved_to_be_the_same() -> None:
    network = MOONS.load()
    other = renumbered(network)
    *hidden, readout = other.dense
    nudged = replace(readout, bias=readout.bias + 1e-12)
    moved = replace(readout, bias=readout.bias + 0.1)
    assert renumbering_changes_nothing(network, Network(tuple(hidden), nudged)).holds is None
    assert renumbering_changes_nothing(network, Network(tuple(hidden), moved)).holds is False


def test_other_networks_and_matrices_are_refused_by_name() -> None:
    with pytest.raises(UntangleError, match="odd activation"):
        renumbered(Network((layer(SHEAR, relu),), Dense(np.ones((1, 2)), np.zeros(1))))
    with pytest.raises(UntangleError, match="2 x 2"):
        discriminant(np.eye(3))
    with pytest.raises(UntangleError, match="no two real"):
        eigen_directions(TURN)
