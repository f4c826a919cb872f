"""Units in which data can be drawn: the network computes the same in them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netlib import Dataset, Dense, Layer, LayerNorm, Network, Normalize, Residual, activation, dataset
from netlib.units import drawable_units


@pytest.mark.parametrize(("factor", "offset", "step"), [(25.0, 170.0, 20.0), (1e-4, 0.0, 1e-4), (3e6, -1e7, 2e6)])
@pytest.mark.parametrize("depth", [0, 1])
def test_data_are_counted_from_their_middle_in_round_steps_and_the_network_computes_the_same(
    factor: float, offset: float, step: float, depth: int
) -> None:
    rng, data = np.random.default_rng(0), dataset("two_curves")
    hidden = tuple(
        Dense(rng.normal(size=(2, 2)) / factor, rng.normal(size=2), activation("tanh")) for _ in range(depth)
    )
    network = Network(hidden, Dense(rng.normal(size=(1, 2)) / (1 if depth else factor), rng.normal(size=1)))
    moved = replace(data, points=factor * data.points + offset)
    units = drawable_units(moved)
    assert units is not None
    assert units.step == pytest.approx(step)
    shown = units.of_data(moved)
    np.testing.assert_allclose(units.of_network(network)(shown.points), network(moved.points), atol=1e-9)
    assert 0.4 <= np.abs(shown.points).max() <= 2


@pytest.mark.parametrize(
    ("sides", "steps"),
    [((4.0, 1400.0), (2.0, 500.0)), ((2.0, 0.02), (1.0, 0.01)), ((3.0, 0.0), (2.0, 2.0)), ((20.0, 3.0), (10.0, 10.0))],
)
def test_inputs_of_very_different_size_have_a_unit_each(sides: tuple[float, float], steps: tuple[float, float]) -> None:
    rng = np.random.default_rng(0)
    points = np.vstack([np.ones(2), np.zeros(2), rng.uniform(size=(50, 2))]) * sides + np.array([13.0, 700.0])
    data = Dataset("wine", points, rng.integers(0, 2, 52))
    units = drawable_units(data)
    assert units is not None
    np.testing.assert_allclose(units.step, steps)
    assert units.are_equal == (steps[0] == steps[1])
    network = Network(
        (Dense(rng.normal(size=(3, 2)), rng.normal(size=3), activation("tanh")),), Dense(np.ones((1, 3)), np.ones(1))
    )
    shown = units.of_data(data)
    np.testing.assert_allclose(units.of_network(network)(shown.points), network(points), atol=1e-9)


@pytest.mark.parametrize(
    "first",
    [
        Normalize([0.5, 0.01], [-6.0, -7.0], activation("tanh")),
        LayerNorm([1.0, 2.0], [0.0, 0.1]),
        Residual((Dense(0.1 * np.eye(2), np.ones(2), activation("tanh")),)),
        Residual((Dense(0.1 * np.eye(2), np.ones(2)),), shortcut=(Dense([[0.5, 0.0], [1.0, 0.01]], [1.0, 2.0]),)),
        Residual((Dense(0.1 * np.eye(2), np.ones(2)),), shortcut=(LayerNorm([1.0, 2.0], [0.0, 0.1]),)),
    ],
    ids=["Normalize", "LayerNorm", "Residual", "with a projection", "with a layer norm on its skip path"],
)
def test_networks_that_begin_with_another_layer_compute_the_same_in_them(first: Layer) -> None:
    rng = np.random.default_rng(0)
    data = Dataset("wine", rng.normal(size=(50, 2)) * (2.0, 300.0) + (13.0, 700.0), rng.integers(0, 2, 50))
    network = Network((first, Dense(rng.normal(size=(3, 2)), np.ones(3), activation("relu"))), Dense([[1.0] * 3], [0]))
    units = drawable_units(data)
    assert units is not None
    changed = units.of_network(network)
    np.testing.assert_allclose(changed(units.of_points(data.points)), network(data.points), rtol=1e-9)
    takes_it_up = isinstance(first, Normalize) or "Dense" in str(getattr(first, "shortcut", ""))
    assert len(changed.hidden) == (2 if takes_it_up else 3)


def test_small_data_of_very_different_sides_are_not_usual() -> None:
    points = np.array([[-1.0, 0.0], [1.0, 0.001]])
    units = drawable_units(Dataset("flat", points, np.array([0, 1])))
    assert units is not None
    np.testing.assert_allclose(units.of_points(points), [[-1, -1], [1, 1]])


def test_loops_move_with_their_data_and_usual_data_stay_as_they_are() -> None:
    rings = dataset("disk_in_ring")
    assert drawable_units(rings) is None
    far = replace(rings, points=10 * rings.points + 50)
    units = drawable_units(far)
    assert units is not None
    (loop,) = units.of_data(far).loops
    np.testing.assert_allclose(loop.points * units.step + units.middle, rings.loops[0].points, atol=1e-12)
