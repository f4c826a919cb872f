"""Of a large data set a sample is looked at, in which no class is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netlib import Dataset
from netlib.certificates.evidence import LEAST_OF_A_CLASS, MOST_POINTS, few_of

N = 50_000


def data(*sizes: int) -> Dataset:
    """Points that are their own numbers, with classes of the given sizes."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return Dataset("numbers", np.arange(len(labels), dtype=float)[:, None], labels)


@pytest.mark.parametrize("rare", [1, 7, 300])
def test_a_rare_class_is_in_the_sample(rare):
    few = few_of(data(N - rare, rare))
    assert len(few.points) == MOST_POINTS
    assert len(np.unique(few.points)) == MOST_POINTS
    assert (few.labels == 1).sum() >= min(rare, LEAST_OF_A_CLASS)
    np.testing.assert_array_equal(few.labels, few.points[:, 0] >= N - rare)


def test_common_classes_have_about_their_shares_of_the_sample():
    few = few_of(data(3 * N // 4, N // 4))
    assert (few.labels == 1).mean() == pytest.approx(0.25, abs=0.03)


def test_a_sample_of_a_regression_is_any_and_few_points_are_all_taken():
    real = replace(data(N), labels=np.linspace(-1, 1, N), regression=True)
    few = few_of(real)
    assert len(few.points) == MOST_POINTS
    np.testing.assert_allclose(few.labels, few.points[:, 0] * 2 / (N - 1) - 1)
    small = data(30, 40)
    assert few_of(small) is small
