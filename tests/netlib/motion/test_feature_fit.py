"""Likeness of a learned readout to a feature made by hand."""

import numpy as np
import pytest

from netlib.activations import activation
from netlib.layers import Dense
from netlib.motion.features import feature_fit
from netlib.network import Network
from netlib.training.catalogue import ONE_MORE_NEURON

POINTS = np.random.default_rng(0).uniform(-1, 1, (300, 2))
PLANE = Network((Dense(np.eye(2), np.zeros(2), activation("identity")),), Dense([[2.0, -1.0]], [0.5]))


def test_a_readout_that_is_the_feature_up_to_scale_and_offset_is_wholly_alike_everywhere():
    like = feature_fit(PLANE, lambda p: 3 - 4 * p[:, 0] + 2 * p[:, 1], POINTS)
    assert like.inside == pytest.approx(1)
    assert like.outside == pytest.approx(1)
    assert like(POINTS) == pytest.approx(3 - 4 * POINTS[:, 0] + 2 * POINTS[:, 1])


def test_r_squared_is_the_squared_correlation_on_the_data():
    feature = POINTS[:, 0] + 0.3 * np.sin(9 * POINTS[:, 1])
    like = feature_fit(PLANE, lambda p: p[:, 0] + 0.3 * np.sin(9 * p[:, 1]), POINTS)
    assert like.inside == pytest.approx(np.corrcoef(PLANE(POINTS)[:, 0], feature)[0, 1] ** 2)
    assert like.units[0] == pytest.approx(np.corrcoef(POINTS[:, 0], feature)[0, 1] ** 2)


def test_outside_is_an_annulus_of_even_area():
    seen = []
    feature_fit(PLANE, lambda p: seen.append(p) or p[:, 0] ** 2, POINTS, radii=(1.0, 3.0))
    radius = np.linalg.norm(seen[-1], axis=1)
    assert radius.min() >= 1
    assert radius.max() <= 3
    assert np.mean(radius**2 < 5) == pytest.approx(0.5, abs=0.01)  # half of the area


def test_the_learned_dome_follows_the_square_on_the_data_and_not_outside_while_no_single_neuron_does():
    data = ONE_MORE_NEURON.dataset()
    like = feature_fit(ONE_MORE_NEURON.load(), lambda p: (p**2).sum(axis=1), data.points)
    assert like.inside > 0.9
    assert like.outside < 0
    assert max(like.units) < 0.2
