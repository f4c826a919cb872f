"""The baseline beside every score: no less than what is certified, and not called the best where it may not be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manim_untangle.stage.signs import baseline
from netlib import dataset, read_data


def test_the_best_line_is_called_so_where_no_line_does_better() -> None:
    assert baseline(dataset("xor:n=40"))[0] == "best line"
    assert baseline(read_data("breast_cancer")) == ("best flat cut", 1.0)


@pytest.mark.slow
def test_what_a_search_found_is_called_found() -> None:
    rng = np.random.default_rng(0)
    space = replace(dataset("moons"), points=rng.normal(size=(200, 3)), labels=rng.integers(0, 2, 200))
    name, share = baseline(space)
    assert name == "plane found"
    assert 0.5 <= share < 1


@pytest.mark.slow
def test_of_a_sample_the_line_is_found_and_its_score_counts_all_points() -> None:
    data = dataset("moons:n=3000")
    name, share = baseline(data)
    assert name == "line found"
    assert share * 3000 == round(share * 3000)


def test_three_classes_are_held_against_the_largest_of_them() -> None:
    data = replace(dataset("moons:n=6"), labels=np.array([0, 1, 2, 2, 2, 2]))
    assert baseline(data) == ("all one class", 4 / 6)
