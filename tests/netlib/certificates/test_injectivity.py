from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from netlib import Dense, activation
from netlib.certificates.injectivity import determinant, solved
from tests.thorough import examples

ENTRIES = st.floats(-1e3, 1e3, allow_subnormal=False).map(lambda x: x if abs(x) > 1e-6 else 0.0)


def layer(weight, bend="tanh"):
    return Dense(weight, np.zeros(len(weight)), activation(bend))


def by_permutations(matrix):
    total = Fraction(0)
    for order in permutations(range(len(matrix))):
        inversions = sum(order[i] > order[j] for i in range(len(order)) for j in range(i + 1, len(order)))
        term = Fraction((-1) ** inversions)
        for row, column in enumerate(order):
            term *= Fraction(float(matrix[row, column]))
        total += term
    return total


@examples(60)
@given(st.integers(1, 4).flatmap(lambda n: arrays(np.float64, (n, n), elements=ENTRIES)))
def test_the_determinant_is_exact(matrix):
    assert determinant(matrix) == by_permutations(matrix)


def test_one_bit_away_from_singular_is_decided():
    last_bit = 2.0**-52
    found = layer([[1, 1], [1, 1 + last_bit]]).injectivity
    assert (found.sign, found.determinant, found.injective) == (1, last_bit, True)
    assert found.condition > 1e15
    flipped = layer([[1, 1 + last_bit], [1, 1]]).injectivity
    assert (flipped.sign, flipped.determinant) == (-1, -last_bit)


def test_a_matrix_that_float64_takes_for_invertible_is_found_singular():
    rows = np.random.default_rng(0).integers(-999, 999, (5, 6)) / 1024
    weight = np.vstack([rows, [3, -7, 2, 5, 1] @ rows])
    assert np.linalg.matrix_rank(weight, tol=0) == 6  # float64 alone would say so
    found = layer(weight).injectivity
    assert (found.rank, found.determinant, found.sign, found.injective) == (5, 0.0, 0, False)
    assert found.certificate.holds is False


@pytest.mark.parametrize(
    ("weight", "bend", "injective", "homeomorphism"),
    [
        (np.eye(2), "tanh", True, True),
        (np.eye(2), "relu", False, False),
        (np.eye(2), "leaky_relu", True, True),
        (np.ones((2, 3)), "tanh", False, False),
        (np.eye(3, 2), "tanh", True, False),
        (np.array([[1.0, 2], [2, 4], [3, 6]]), "tanh", False, False),
        (np.eye(3, 2), "relu", False, False),
        (np.zeros((2, 2)), "tanh", False, False),
    ],
)
def test_width_rank_and_activation_decide(weight, bend, injective, homeomorphism):
    found = layer(weight, bend).injectivity
    assert found.injective is injective
    assert found.homeomorphism is homeomorphism


def test_a_layer_too_wide_for_exact_work_is_not_decided():
    found = layer(np.eye(65)).injectivity
    assert found.rank is None
    assert found.injective is None
    assert "not decided" in found.certificate.resolution


def test_exact_solutions_are_found_only_where_there_is_exactly_one():
    one, two, three = Fraction(1), Fraction(2), Fraction(3)
    assert solved([[one, one], [one, -one]], [three, one]) == [two, one]
    assert solved([[one, one], [two, two]], [three, three]) is None
    assert solved([[one], [two]], [one, two]) == [one]
    assert solved([[one], [two]], [one, three]) is None
    assert solved([[one, two]], [three]) is None


def test_relu_layers_wider_than_their_input_are_decided_where_an_area_collapses():
    angles = np.arange(3) * 2 * np.pi / 3
    triple = np.column_stack([np.cos(angles), np.sin(angles)])
    assert layer(triple, "relu").injectivity.injective is False  # far out along one weight the others are off
    # each axis with both signs: the layer is injective, which is not proved here
    pairs = np.vstack([np.eye(2), -np.eye(2)])
    found = layer(pairs, "relu").injectivity
    assert found.injective is None
    assert "not decided" in found.certificate.resolution
