"""The file of a timeline: numbers as the reader of the tests, which shares no code with it, takes them out again."""

from __future__ import annotations

import numpy as np
import pytest

from manim_untangle.web.container import Arrays

from .reader import Timeline


@pytest.mark.parametrize("size", [1.0, 1e3, 1e6, 1e9, 1e12, 1e30, 1e300])
def test_numbers_of_any_size_are_read_as_they_were(size: float) -> None:
    values = size * np.random.default_rng(0).uniform(-1, 1, size=(40, 2))
    arrays = Arrays()
    place = arrays.add_rounded(values, 0.001)
    read = Timeline(arrays.packed({"tracks": []})).arrays[place]
    most = float(np.finfo(np.float32).max)
    np.testing.assert_allclose(read, np.clip(values, -most, most), rtol=1e-6, atol=5e-4)
