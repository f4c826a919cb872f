from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib import Activation, Dense, Network, UntangleError, activation
from netlib.certificates.claims import areas_collapse, areas_survive
from netlib.certificates.folds import folds, squeezed_share
from tests.netlib.certificates.oracle import determinant, exact, rank
from tests.thorough import examples

OUT, OUT_OF_THREE = Dense([[1.0, 1.0]], [0]), Dense([[1.0, 1.0, 1.0]], [0])


def layer(weight, bias=None, bend="tanh"):
    weight = np.asarray(weight, dtype=float)
    return Dense(weight, np.zeros(len(weight)) if bias is None else bias, activation(bend))


def test_a_homeomorphism_is_proved_to_fold_nothing():
    (first, second) = folds(Network((layer([[0, 2], [1, 0]]), layer([[1, 3], [0, 1]])), OUT))
    assert first.folded is False
    assert second.folded is False
    assert second.certificate.holds is True
    assert second.certificate.method == "proved"
    assert "every layer so far is injective" in second.certificate.resolution
    assert second.collapsed == second.crushed == second.turned == 0


def test_a_square_relu_layer_collapses_three_quarters_and_folds_nothing():
    # with W = I only the upper right quarter, where both units are on, keeps its area
    (found,) = folds(Network((layer(np.eye(2), bend="relu"),), OUT))
    assert found.collapsed == pytest.approx(0.75, abs=0.01)
    assert found.turned == 0
    assert found.crushed == 0
    assert found.folded is False  # 2 to 2 and monotone, though not injective
    assert found.certificate.holds is True


def test_areas_stay_collapsed_in_later_layers():
    found = folds(Network((layer(np.eye(2), bend="relu"), layer(np.eye(2), [1, 1], "relu")), OUT))
    assert found[1].collapsed == pytest.approx(found[0].collapsed, abs=0.01)  # a share of nodes, and the exact one


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


def raw(network):
    """The network as the oracle takes it."""
    return [(each.weight.tolist(), each.bias.tolist(), each.activation.name) for each in network.hidden]


def test_a_strip_between_two_nodes_that_is_squeezed_is_not_denied():
    # both units are off in a strip 1e-3 wide, which no node of the grid meets
    thin = Network((layer([[1, 0], [-1, 0]], [-2.7e-3, 1.7e-3], "relu"),), OUT)
    (_, jacobian, kink) = exact(raw(thin), (2.2e-3, 0.3))[0]
    assert not kink
    assert rank(jacobian) == 0
    assert areas_survive(thin, 1.0).holds is not True
    # with a third unit nothing is squeezed but that strip
    third = Network((layer([[1, 0], [-1, 0], [0, 1]], [-2.7e-3, 1.7e-3, 5], "relu"),), OUT_OF_THREE)
    assert rank(exact(raw(third), (2.2e-3, 0.3))[0][1]) == 1
    assert rank(exact(raw(third), (0.5, 0.5))[0][1]) == 2
    assert areas_survive(third, 1.0).holds is None


def test_a_homeomorphism_squeezes_no_area_however_small_it_becomes():
    tiny = Network((layer([[1e-4, 0], [0, 1e-4]]),), OUT)
    assert folds(tiny)[0].crushed == 1
    assert areas_survive(tiny, 1.0).holds is True
    assert areas_collapse(tiny).holds is False


def test_slopes_that_underflow_are_no_proof_of_a_collapse():
    saturated = Network((layer([[900, 0], [0, 900]]), layer([[1, 0], [0, 1], [1, 1]]), layer(np.eye(2, 3))), OUT)
    assert [found.collapsed for found in folds(saturated)] == [0, 0, 0]
    assert areas_collapse(saturated).holds is None  # 3 to 2: nothing is known
    assert areas_collapse(saturated, 1).holds is False


def test_a_saturated_layer_from_three_to_two_that_is_nearly_singular_is_no_fold():
    # the plane is lifted and projected to itself, by a nearly singular map that turns nothing over
    up = layer(np.eye(3, 2), bend="identity")
    rng, wrong = np.random.default_rng(0), 0
    for _ in range(40):
        row = rng.normal(size=3)
        weight = np.vstack([row, row + 1e-15 * rng.normal(size=3)])
        found = folds(Network((up, layer(weight, 30 * rng.normal(size=2))), OUT), nodes=21)[1]
        wrong += found.folded is True
    assert wrong == 0


def test_the_share_that_relu_squeezes_is_exact():
    (found,) = folds(Network((layer([[1, 1], [1, -2]], [0.25, 0.5], "relu"),), OUT))
    # by hand: on are x + y > -1/4 and x - 2y > -1/2, a triangle and a strip of the square
    x = (np.arange(2000) + 0.5) / 1000 - 1
    off = (x[:, None] + x <= -0.25) | (x[:, None] - 2 * x <= -0.5)
    assert found.collapsed == pytest.approx(off.mean(), abs=1e-3)
    three = Network((layer([[1, 0.5], [-1, 2], [0.3, -1]], [0.1, 0.2, -0.1], "relu"),), OUT_OF_THREE)
    on = sum((a * x[:, None] + b * x + c > 0).astype(int) for a, b, c in ((1, 0.5, 0.1), (-1, 2, 0.2), (0.3, -1, -0.1)))
    assert folds(three)[0].collapsed == pytest.approx((on < 2).mean(), abs=1e-3)
    assert squeezed_share(layer(np.eye(2), bend="relu")) == Fraction(3, 4)
    assert squeezed_share(layer(np.eye(2))) is None
    # all of the square is above both hinges: not injective, and yet nothing in it is squeezed
    assert areas_survive(Network((layer(np.eye(2), [2, 2], "relu"),), OUT), 1.0).holds is True


@pytest.mark.slow
@examples(25)
@given(
    st.integers(0, 10**6), st.lists(st.integers(1, 5), min_size=1, max_size=6), st.sampled_from(["relu", "leaky_relu"])
)
def test_what_is_said_of_folds_and_areas_is_true_of_the_exact_jacobian(seed, widths, bend):
    rng, layers, inputs = np.random.default_rng(seed), [], 2
    for width in widths:
        layers.append(layer(rng.normal(size=(width, inputs)), rng.normal(size=width), bend))
        inputs = width
    network = Network(tuple(layers), Dense(rng.normal(size=(1, inputs)), [0.0]))
    nodes = exact_nodes = np.linspace(-1, 1, 11)
    seen = [exact(raw(network), (x, y)) for x in nodes for y in exact_nodes]
    for k, found in enumerate(folds(network, nodes=11)):
        smooth = [each[k][1] for each in seen if not any(kink for _, _, kink in each[: k + 1])]
        flat = sum(rank(jacobian) < 2 for jacobian in smooth)
        assert found.squeezed is not False or flat == 0
        assert k == 0 or found.collapsed * len(seen) <= flat + 1e-9
        if widths[k] == 2:
            signs = {np.sign(determinant(jacobian)) for jacobian in smooth} - {0}
            assert found.folded is not False or len(signs) < 2
            assert found.folded is not True or len(signs) == 2


def test_a_layer_too_wide_for_exact_work_ends_what_is_known_of_the_matrices_before_it():
    # the first and the last matrix make a singular one; between them a wide layer mixes everything
    rng = np.random.default_rng(0)
    first, last = layer([[1, 0], [0, 1], [0, 0]], bend="identity"), layer([[1, 0, 0], [0, 0, 1]])
    wide = layer(rng.normal(size=(65, 3))), layer(rng.normal(size=(3, 65)) / 8)
    found = folds(Network((first, *wide, last), OUT), nodes=9)[-1]
    assert found.squeezed is None
    assert folds(Network((first, last), OUT), nodes=9)[-1].squeezed is True
