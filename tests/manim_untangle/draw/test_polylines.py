"""Parts and resamplings of polylines, on lines of different lengths, one of them a single sample, one empty."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manim_untangle.draw.polylines import between, resampled

SIZES = np.array([5, 1, 0, 3])
STARTS = np.array([0, 5, 6, 6])
VALUES = np.array([0.0, 1, 2, 3, 4, 10, 20, 21, 22])


def mixed(mixture) -> list[np.ndarray]:
    """Return the new values of each line."""
    before, after, share, starts = mixture
    return np.split(VALUES[before] + share * (VALUES[after] - VALUES[before]), starts[1:])


def test_a_part_begins_and_ends_between_samples():
    first, single, _, last = mixed(between(STARTS[[0, 1, 3, 3]], SIZES[[0, 1, 3, 3]], 0.125, 0.6))
    np.testing.assert_allclose(first, [0.5, 1, 2, 2.4])
    np.testing.assert_allclose(single, [10, 10])
    np.testing.assert_allclose(last, [20.25, 21, 21.2])


def test_the_whole_of_an_open_line_is_the_line_and_of_a_closed_one_ends_at_its_start():
    starts, sizes = np.array([0, 6]), np.array([5, 3])
    assert [list(line) for line in mixed(between(starts, sizes, 0, 1))] == [[0, 1, 2, 3, 4], [20, 21, 22]]
    assert [list(line) for line in mixed(between(starts, sizes, 0, 1, closed=True))] == [
        [0, 1, 2, 3, 4, 0],
        [20, 21, 22, 20],
    ]


@given(a=st.floats(0, 1), b=st.floats(0, 1))
def test_a_part_runs_from_its_first_to_its_last_share(a, b):
    a, b = sorted((a, b))
    line, _ = mixed(between(np.array([0, 6]), np.array([5, 3]), a, b))
    assert line[0] == pytest.approx(4 * a)
    assert line[-1] == pytest.approx(4 * b)
    assert (np.diff(line) >= -1e-9).all()


def test_resampling_spreads_new_samples_evenly_and_keeps_the_ends():
    wanted = np.array([9, 2, 0, 4])
    first, single, none, last = mixed(resampled(STARTS, SIZES, wanted))
    np.testing.assert_allclose(first, np.linspace(0, 4, 9))
    np.testing.assert_allclose(single, [10, 10])
    assert len(none) == 0
    np.testing.assert_allclose(last, np.linspace(20, 22, 4))
