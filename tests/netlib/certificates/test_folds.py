import numpy as np
import pytest

from netlib import Activation, Dense, Network, UntangleError, activation
from netlib.certificates.folds import folds

OUT = Dense([[1.0, 1.0]], [0])


def layer(weight, bias=None, bend="tanh"):
    weight = np.asarray(weight, dtype=float)
    return Dense(weight, np.zeros(len(weight)) if bias is None else bias, activation(bend))


def test_a_homeomorphism_is_proved_to_fold_nothing():
    (first, second) = folds(Network((layer([[0, 2], [1, 0]]), layer([[1, 3], [0, 1]])), OUT))
    assert first.folded is False
    assert second.folded is False
    assert second.certificate.holds is True
    assert "proved" in second.certificate.resolution
    assert second.collapsed == second.crushed == second.turned == 0


def test_a_square_relu_layer_collapses_three_quarters_and_folds_nothing():
    # with W = I only the upper right quarter, where both units are on, keeps its area
    (found,) = folds(Network((layer(np.eye(2), bend="relu"),), OUT))
    assert found.collapsed == pytest.approx(0.75, abs=0.01)
    assert found.turned == 0
    assert found.crushed == 0
    assert found.folded is None  # none seen, and nothing proved: ReLU is not injective
    assert found.certificate.holds is None


def test_areas_stay_collapsed_in_later_layers():
    found = folds(Network((layer(np.eye(2), bend="relu"), layer(np.eye(2), [1, 1], "relu")), OUT))
    assert found[1].collapsed == found[0].collapsed


def test_a_unit_that_never_fires_collapses_the_whole_square():
    (found,) = folds(Network((layer(np.eye(2), [0, -5], "relu"),), OUT))
    assert found.collapsed == 1


def test_a_fold_along_a_line_turns_half_the_square_over():
    # (x, y) -> (|x|, y), by way of relu(x), relu(-x) and y
    up = layer([[1, 0], [-1, 0], [0, 1]], [0, 0, 5], "relu")
    down = layer([[1, 1, 0], [0, 0, 1]], bend="identity")
    found = folds(Network((up, down), OUT))
    assert found[1].turned == pytest.approx(0.5, abs=0.01)
    assert found[1].folded is True
    assert found[1].certificate.holds is False


def test_an_activation_that_is_not_monotone_folds():
    fold = Activation("abs", np.abs, injective=False, slope=np.sign)
    (found,) = folds(Network((Dense(np.eye(2), [0.503, 5], fold),), OUT))
    assert found.folded is True
    assert found.turned == pytest.approx(0.25, abs=0.01)  # x < -1/2


def test_saturation_crushes_but_neither_collapses_nor_folds():
    found = folds(Network((layer(40 * np.eye(2)), layer(40 * np.eye(2)), layer(40 * np.eye(2))), OUT))
    assert [f.collapsed for f in found] == [0, 0, 0]
    assert found[0].crushed > 0.9
    assert found[2].crushed > 0.99
    assert all(f.turned == 0 and f.folded is False for f in found)


def test_a_nearly_singular_matrix_is_not_taken_for_a_fold():
    nearly = [[1, 1], [1, 1 + 2.0**-52]]
    found = folds(Network((layer([[0.3, 0.7], [-0.2, 1.1]]), layer(nearly), layer(nearly)), OUT))
    assert all(f.turned == 0 and f.collapsed == 0 for f in found)
    assert found[2].crushed == 1


def test_a_singular_matrix_collapses_everything():
    found = folds(Network((layer([[0.3, 0.7], [-0.2, 1.1]]), layer([[0.1, 0.3], [0.2, 0.6]])), OUT))
    assert found[1].collapsed == 1


def test_a_sheet_in_space_keeps_its_area_factor():
    # lifted, then flattened to the same plane: as good as the identity
    found = folds(Network((layer(np.eye(3, 2), bend="identity"), layer(np.eye(2, 3), bend="identity")), OUT))
    assert [f.collapsed for f in found] == [0, 0]
    assert found[1].turned == 0
    # on edge: the sheet is seen as a line
    edge = [[0, 1, 0], [0, 0, 1]]
    found = folds(Network((layer(np.eye(3, 2), bend="identity"), layer(edge, bend="identity")), OUT))
    assert found[1].collapsed == 1


def test_a_layer_of_width_one_collapses_the_plane_to_a_line():
    (found,) = folds(Network((layer([[1, 2]]),), Dense([[1.0]], [0])))
    assert found.collapsed == 1


def test_only_the_plane_is_looked_at():
    with pytest.raises(UntangleError, match="takes 3 numbers"):
        folds(Network((layer(np.eye(3)),), Dense([[1.0, 1, 1]], [0])))
