"""Activations against torch and against the properties that they claim."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional

from netlib.activations import activation, activations, elu_of, is_activation, leaky
from netlib.errors import UnknownName

ALL = [*activations().values(), leaky(0.3), elu_of(0.4), elu_of(2.5)]
LINE = np.linspace(-30, 30, 6001)
NAMES = {
    "gelu",
    "gelu_tanh",
    "hardswish",
    "silu",
    "mish",
    "selu",
    "relu6",
    "hardtanh",
    "logsigmoid",
    "softshrink",
    "tanhshrink",
    "softsign",
    "hardsigmoid",
    "tanh",
    "sigmoid",
    "relu",
    "leaky_relu",
    "elu",
    "softplus",
    "identity",
}


def in_torch(bend, z):
    """The oracle: torch's function of the same name."""
    z = torch.as_tensor(z)
    family, _, number = bend.name.partition("(")
    if number:
        return getattr(functional, family)(z, float(number[:-1]))
    if bend.name == "gelu_tanh":
        return functional.gelu(z, approximate="tanh")
    return z if bend.name == "identity" else getattr(functional, bend.name)(z)


def test_all_the_activations_of_the_films_are_there():
    assert set(activations()) >= NAMES


@pytest.mark.parametrize("bend", ALL, ids=repr)
def test_it_agrees_with_torch(bend):
    # torch rounds softplus to z itself beyond 20, where they differ by 2e-9
    np.testing.assert_allclose(bend(LINE), in_torch(bend, LINE).numpy(), rtol=0, atol=1e-8)


@pytest.mark.parametrize("bend", ALL, ids=repr)
def test_its_slope_is_the_derivative_that_torch_finds(bend):
    z = torch.tensor(LINE[~np.isclose(LINE[:, None], bend.bends).any(axis=1)], requires_grad=True)
    (slope,) = torch.autograd.grad(in_torch(bend, z).sum(), z)
    np.testing.assert_allclose(bend.slope(z.detach().numpy()), slope.numpy(), rtol=0, atol=1e-8)


@pytest.mark.parametrize("bend", ALL, ids=repr)
def test_it_falls_and_rises_where_it_says_and_rises_strictly_where_it_says_injective(bend):
    # float64 rounds tanh to 1 beyond 19, so strictness can be seen near zero only
    steps = np.diff(bend(LINE[abs(LINE) < 20]))
    turned = np.flatnonzero((steps[:-1] < 0) & (steps[1:] > 0)) + 1
    places = LINE[abs(LINE) < 20][turned]
    np.testing.assert_allclose(places, bend.turns, atol=0.02)
    assert (steps >= 0).all() == bend.monotone
    near = np.diff(bend(LINE[abs(LINE) < 8]))
    assert (near > 0).all() == bend.injective


@pytest.mark.parametrize("bend", ALL, ids=repr)
def test_between_its_bends_the_slope_is_monotone(bend):
    places = LINE[~np.isin(LINE, bend.bends)]
    for low, high in itertools.pairwise((-np.inf, *bend.bends, np.inf)):
        part = bend.slope(places[(places > low) & (places < high)])
        steps = np.diff(part)
        assert (steps >= -1e-12).all() or (steps <= 1e-12).all()


@pytest.mark.parametrize("bend", ALL, ids=repr)
def test_it_is_constant_far_out_where_it_says_flat(bend):
    far = np.array([[-300.0, -40.0], [40.0, 300.0]])
    same = np.diff(bend(far), axis=1)[:, 0] == 0
    # in float64 tanh and the like saturate; exactly they never do
    saturates = bend.injective or bend.name in ("gelu", "gelu_tanh", "silu", "mish")
    assert bool(same.any()) == bend.flat or saturates


def test_a_leaky_relu_has_any_slope_by_its_name():
    bend = activation("leaky_relu(0.3)")
    np.testing.assert_array_equal(bend(np.array([-2.0, 2.0])), [-0.6, 2.0])
    assert activation(bend.name).name == bend.name
    assert is_activation("leaky_relu(0.05)")
    one, other = leaky(0.3), leaky(0.30000000000000004)
    assert one.name != other.name
    assert activation(other.name)(np.array([-1.0])) == -0.30000000000000004
    assert activation("leaky_relu:0.3").name == activation("leaky_relu=0.3").name == bend.name
    assert not is_activation("leaky_relu(x)")


@pytest.mark.parametrize("bend", ALL, ids=repr)
def test_a_negated_neuron_leaves_the_constant_that_reflection_names(bend):
    # a(-z) + a(z) = c for all z needs c = 2 a(0): so what is left to test is whether that holds
    mirrored = np.allclose(bend(-LINE) + bend(LINE), 2 * bend(0.0), rtol=0, atol=1e-12)
    assert mirrored == (bend.reflection is not None)
    assert not mirrored or bend.reflection == pytest.approx(2 * float(bend(0.0)), abs=1e-12)


@pytest.mark.parametrize("bend", ALL, ids=repr)
def test_numbers_far_out_neither_overflow_nor_become_nan(bend):
    values = bend(np.array([-1e300, -1e4, 1e4, 1e300]))
    assert np.isfinite(values).all()


@pytest.mark.parametrize("bend", ALL, ids=repr)
def test_it_keeps_the_shape_and_works_in_float64(bend):
    values = bend(np.ones((2, 3), dtype=np.float32))
    assert values.shape == (2, 3)
    assert values.dtype == np.float64


def test_an_unknown_name_suggests_the_nearest():
    with pytest.raises(UnknownName, match="Did you mean sigmoid"):
        activation("sigmod")
