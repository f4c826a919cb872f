"""The baseline beside every score: no less than what is certified, and not called the best where it may not be."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from manim_untangle.stage.signs import baselines
from netlib import dataset, read_data


def test_the_best_line_is_called_so_where_no_line_does_better() -> None:
    assert baselines(dataset("xor:n=40"))[0][0] == "best line"
    assert baselines(read_data("breast_cancer"))[0] == ("best flat cut", 1.0)


@pytest.mark.slow
def test_what_a_search_found_is_called_found() -> None:
    rng = np.random.default_rng(0)
    space = replace(dataset("moons"), points=rng.normal(size=(200, 3)), labels=rng.integers(0, 2, 200))
    name, share = baselines(space)[0]
    assert name == "plane found"
    assert 0.5 <= share < 1


@pytest.mark.slow
def test_of_a_sample_the_line_is_found_and_its_score_counts_all_points() -> None:
    data = dataset("moons:n=3000")
    name, share = baselines(data)[0]
    assert name == "line found"
    assert share * 3000 == round(share * 3000)
