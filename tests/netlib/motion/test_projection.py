"""Projections against scikit-learn's PCA, scipy's Procrustes, and what must not change."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy.linalg import orthogonal_procrustes
from scipy.stats import ortho_group
from sklearn.decomposition import PCA

from netlib import Dense, Network, UntangleError, activation
from netlib.activations import Array
from netlib.motion import projection
from netlib.motion.projection import Projection, principal_components

TANH = activation("tanh")


def projections(net, points, *dimensions):
    return projection.projections(net.hidden, net.readout, points, *dimensions)


def network(*widths: int, seed: int = 0, scale: float = 1.0, kind: str = "tanh") -> Network:
    rng = np.random.default_rng(seed)
    layers = [
        Dense(scale * rng.normal(size=(m, n)) / np.sqrt(n), rng.normal(size=m), activation(kind))
        for n, m in itertools.pairwise(widths)
    ]
    return Network(tuple(layers[:-1]), Dense(layers[-1].weight, layers[-1].bias))


def cloud(n: int, d: int, seed: int = 0) -> Array:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) * np.linspace(1, 3, d) + rng.normal(size=d)


def test_principal_components_are_those_of_scikit_learn() -> None:
    points = cloud(200, 7)
    theirs = PCA(3).fit(points)
    ours = principal_components(points, 3)
    assert np.abs(ours @ theirs.components_.T) == pytest.approx(np.eye(3), abs=1e-9)


def test_the_share_of_variance_is_that_of_scikit_learn() -> None:
    points = cloud(200, 7)
    (shown, *_) = projections(network(7, 5, 1), points)
    assert shown.share == pytest.approx(PCA(3).fit(points).explained_variance_ratio_.sum(), abs=1e-12)
    assert shown.caption == f"3 of 7 dimensions: principal components, {100 * shown.share:.0f} % of the variance"


def test_representations_of_up_to_three_dimensions_are_drawn_as_they_are() -> None:
    points = cloud(50, 2)
    net = network(2, 3, 1, 2)
    for depth, shown in enumerate(projections(net, points)):
        assert np.array_equal(shown(net.represent(points, depth)), net.represent(points, depth))
        assert shown.share == 1.0
        assert shown.caption == ""


def test_every_basis_is_orthonormal_and_keeps_its_shape() -> None:
    net, points = network(64, 20, 3, 40, 10, seed=3), cloud(100, 64)
    for shown, width in zip(projections(net, points), (64, 20, 3, 40), strict=True):
        assert shown.basis.shape == (3, width)
        assert shown.basis @ shown.basis.T == pytest.approx(np.eye(3), abs=1e-12)


def test_each_layer_is_turned_as_near_as_possible_to_the_one_before() -> None:
    net, points = network(8, 8, 8, 8, 1, seed=1), cloud(100, 8)
    found = projections(net, points)
    for depth in (1, 2):
        before, after = (found[k](net.represent(points, k)) for k in (depth - 1, depth))
        best, _ = orthogonal_procrustes(after - after.mean(0), before - before.mean(0))
        assert best == pytest.approx(np.eye(3), abs=1e-9)


def test_a_layer_that_only_turns_space_moves_nothing_on_screen() -> None:
    points = cloud(100, 12)
    turns = [Dense(ortho_group.rvs(12, random_state=k), np.ones(12)) for k in range(4)]
    net = Network(tuple(turns), Dense(np.eye(12), np.zeros(12)))
    drawn = [shown(net.represent(points, k)) for k, shown in enumerate(projections(net, points)[:-1])]
    for after in drawn[1:]:
        assert after == pytest.approx(drawn[0], abs=1e-8)


@pytest.mark.parametrize("dimensions", [2, 3])
def test_the_readouts_line_or_plane_is_the_true_one_in_the_last_projection(dimensions: int) -> None:
    net, points = network(5, 9, 9, 1, seed=2), cloud(80, 5)
    last = projections(net, points, dimensions)[-1]
    hidden = net.represent(points)
    assert last.name == "the readout's direction, then principal components"
    assert last.seen(net.readout)(last(hidden)) == pytest.approx(net(points), abs=1e-10)


def test_differences_of_three_outputs_are_exact_in_the_last_projection() -> None:
    net, points = network(4, 10, 3, seed=4), cloud(80, 4)
    last = projections(net, points)[-1]
    seen, true = last.seen(net.readout)(last(net.represent(points))), net(points)
    assert seen - seen[:, :1] == pytest.approx(true - true[:, :1], abs=1e-10)


def test_ten_classes_show_the_three_directions_in_which_outputs_differ_most() -> None:
    net, points = network(16, 12, 10, seed=5), cloud(300, 16)
    last = projections(net, points)[-1]
    values = net.represent(points)
    weight = net.readout.weight - net.readout.weight.mean(0)
    best = PCA(3).fit_transform(values @ weight.T)
    drawn = last(values)
    # the three best linear summaries of the outputs are linear functions of what is drawn
    fit, *_ = np.linalg.lstsq(drawn, best, rcond=None)
    assert drawn @ fit == pytest.approx(best, abs=1e-8)


def test_a_grid_lifts_into_the_input_and_is_drawn_where_it_was() -> None:
    (shown, *_) = projections(network(6, 2, 1), cloud(40, 6))
    grid = cloud(25, 3, seed=9)
    assert shown(shown.lifted(grid)) == pytest.approx(grid, abs=1e-12)


def test_a_constant_representation_shows_all_of_nothing() -> None:
    dead = Dense(np.zeros((5, 4)), -np.ones(5), activation("relu"))
    net = Network((dead,), Dense(np.ones((1, 5)), np.zeros(1)))
    last = projections(net, cloud(30, 4))[-1]
    assert last.share == 1.0
    assert np.abs(last(net.represent(cloud(30, 4)))).max() == 0


def test_a_readout_of_zeros_falls_back_to_principal_components() -> None:
    net = network(4, 6, 1)
    blank = Network(net.hidden, Dense(np.zeros((1, 6)), np.zeros(1)))
    assert projections(blank, cloud(30, 4))[-1].name == "principal components"


def test_weights_of_a_million_are_projected_without_overflow() -> None:
    net, points = network(5, *[6] * 20, 1, scale=1e6, kind="relu"), cloud(30, 5)
    for shown in projections(net, points):
        assert 0 < shown.share <= 1
        assert np.isfinite(shown.basis).all()


def test_a_representation_that_overflows_is_refused_with_its_place() -> None:
    net = network(5, *[6] * 60, 1, scale=1e9, kind="relu")
    with pytest.raises(UntangleError, match=r"after hidden layer \d+ is not finite"):
        projections(net, cloud(30, 5))


@pytest.mark.slow
def test_depth_50_and_width_1000_are_projected_in_seconds() -> None:
    net, points = network(10, *[300] * 49, 1000, 10, seed=6), cloud(60, 10)
    found = projections(net, points)
    assert len(found) == 51
    assert found[-1].basis.shape == (3, 1000)


def test_a_projection_cannot_be_written_to() -> None:
    (shown, *_) = projections(network(4, 2, 1), cloud(9, 4))
    assert isinstance(shown, Projection)
    with pytest.raises(ValueError, match="read-only"):
        shown.basis[0, 0] = 1.0
