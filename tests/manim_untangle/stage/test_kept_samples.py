"""Samples of lines that space carries are kept by the moves that carry them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from manim_untangle.stage.animations import ApplyMove
from manim_untangle.stage.space import Space
from netlib.activations import tanh
from netlib.kept import keeping
from netlib.layers import Dense
from netlib.motion.trajectory import affine_then_bend

WEIGHT = np.array([[1.0, 0.5], [-0.3, 0.8]])


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    with keeping(tmp_path / "results"):
        yield tmp_path / "results"


def sampled(weight: np.ndarray) -> np.ndarray:
    """Return the inputs at which a new space samples its grid after one layer."""
    space = Space()
    for move in affine_then_bend(Dense(weight, np.zeros(2), tanh)):
        animation = ApplyMove(space, move)
        animation.begin()
        animation.finish()
    return next(part.inputs for part in space.parts if part.mobject is space.grid)


def test_samples_are_kept_and_another_weight_has_samples_of_its_own(folder: Path) -> None:
    with keeping(None):
        computed = sampled(WEIGHT)
    np.testing.assert_array_equal(sampled(WEIGHT), computed)
    kept = {path.name: path.stat().st_ino for path in folder.iterdir()}
    np.testing.assert_array_equal(sampled(WEIGHT), computed)
    assert {path.name: path.stat().st_ino for path in folder.iterdir()} == kept  # nothing was written again
    sampled(np.nextafter(WEIGHT, 9))
    assert len(list(folder.iterdir())) == 2 * len(kept) > 0
