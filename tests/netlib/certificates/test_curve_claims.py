"""What films say about a network that follows a curve."""

from __future__ import annotations

import numpy as np
import pytest

from netlib.activations import relu
from netlib.certificates.claims import follows_the_curve, leaves_the_parabola
from netlib.network import Layer, Network
from netlib.training.catalogue import RELU_PARABOLA


def test_the_trained_hinges_follow_the_parabola_on_the_data_and_leave_it_beyond() -> None:
    network, data = RELU_PARABOLA.load(), RELU_PARABOLA.dataset()
    near = follows_the_curve(network, data)
    assert near.holds is True
    error = np.sqrt(np.mean((network(data.points)[:, 0] - data.points[:, 0] ** 2) ** 2))
    assert near.measured["root mean square error"] == pytest.approx(error)
    # of a parabola on evenly spaced points no straight line is better than their mean
    assert near.measured["of the best straight line"] == pytest.approx(np.std(data.points[:, 0] ** 2))
    assert leaves_the_parabola(network, data).holds is True


def test_a_constant_does_not_follow_the_parabola() -> None:
    constant = Network((Layer(np.zeros((1, 1)), np.zeros(1), relu),), Layer(np.zeros((1, 1)), np.array([1 / 3])))
    assert follows_the_curve(constant, RELU_PARABOLA.dataset()).holds is False
