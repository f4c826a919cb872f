"""Layers and networks against torch modules; `oriented` against brute force."""

import itertools
from functools import partial

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from netlib.activations import activations, identity, sigmoid, tanh
from netlib.errors import UntangleError
from netlib.layers import Dense
from netlib.motion.moves import polar_rotation
from netlib.motion.orientation import orientation, oriented, reordered
from netlib.network import Network
from tests.thorough import examples

MODULES = {
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "relu": nn.ReLU,
    "leaky_relu": nn.LeakyReLU,
    "elu": nn.ELU,
    # by default torch takes softplus for the identity beyond 20, which is off by up to 2e-9
    "softplus": partial(nn.Softplus, threshold=40),
    "identity": nn.Identity,
    "relu6": nn.ReLU6,
    "hardsigmoid": nn.Hardsigmoid,
    "selu": nn.SELU,
    "softsign": nn.Softsign,
    "gelu": nn.GELU,
    "gelu_tanh": partial(nn.GELU, approximate="tanh"),
    "hardswish": nn.Hardswish,
    "silu": nn.SiLU,
    "mish": nn.Mish,
    "hardtanh": nn.Hardtanh,
    "softshrink": nn.Softshrink,
    "logsigmoid": nn.LogSigmoid,
    "tanhshrink": nn.Tanhshrink,
}


QUIET = examples(60)


@st.composite
def networks(draw, widest=3):
    widths = draw(st.lists(st.integers(1, widest), min_size=2, max_size=5))
    bend = draw(st.sampled_from(list(activations().values())))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    layers = [Dense(rng.normal(size=(b, a)), rng.normal(size=b), bend) for a, b in itertools.pairwise(widths)]
    return Network(tuple(layers), Dense(rng.normal(size=(2, widths[-1])), rng.normal(size=2)))


def points_for(network, count=50):
    return np.random.default_rng(1).uniform(-2, 2, (count, network.inputs))


def torch_modules(network):
    """The same network as torch modules in float64, filled through their state."""
    modules = []
    for layer in network.layers:
        linear = nn.Linear(layer.inputs, layer.outputs, dtype=torch.float64)
        linear.load_state_dict({"weight": torch.tensor(layer.weight), "bias": torch.tensor(layer.bias)})
        modules += [linear, MODULES[layer.activation.name]()]
    return nn.Sequential(*modules)


@QUIET
@given(networks())
def test_a_network_computes_what_torch_modules_compute(network):
    points = points_for(network)
    with torch.no_grad():
        expected = torch_modules(network)(torch.tensor(points)).numpy()
    np.testing.assert_allclose(network(points), expected, rtol=0, atol=1e-9)


@QUIET
@given(networks())
def test_representations_follow_one_another_up_to_the_readout(network):
    points = points_for(network)
    for depth, layer in enumerate(network.hidden):
        after = layer(network.represent(points, depth))
        np.testing.assert_array_equal(after, network.represent(points, depth + 1))
    np.testing.assert_array_equal(network(points), network.readout(network.represent(points)))


@examples(120)
@given(networks(widest=5))
def test_orienting_leaves_the_outputs_unchanged(network):
    points = points_for(network)
    np.testing.assert_allclose(oriented(network)(points), network(points), rtol=1e-12, atol=1e-11)


@QUIET
@given(networks())
def test_after_orienting_no_layer_flips_space_that_could_be_kept_from_it(network):
    for layer in oriented(network).hidden:
        curable = layer.outputs > 1 or layer.activation.reflection is not None
        if layer.inputs == layer.outputs and curable:
            assert np.linalg.det(layer.weight) > 0


@QUIET
@given(st.integers(0, 2**32 - 1), st.sampled_from([tanh, sigmoid]))
def test_no_signed_order_of_two_neurons_turns_the_plane_less(seed, bend):
    rng = np.random.default_rng(seed)
    layer = Dense(rng.normal(size=(2, 2)), rng.normal(size=2), bend)
    network = oriented(Network((layer,), Dense(rng.normal(size=(1, 2)), [0.0])))
    turns = [
        np.trace(q)
        for order, signs in itertools.product([[0, 1], [1, 0]], itertools.product([1, -1], repeat=2))
        if np.linalg.det(q := polar_rotation(layer.weight[order] * np.array(signs)[:, None])) > 0
    ]
    assert np.trace(polar_rotation(network.hidden[0].weight)) == pytest.approx(max(turns))
    # signed permutations include quarter turns, so that at most an eighth of a turn is left
    assert np.trace(polar_rotation(network.hidden[0].weight)) >= 2 * np.cos(np.pi / 4) - 1e-9


@QUIET
@given(networks())
def test_what_orients_a_network_can_be_done_to_another_of_its_shape(network):
    moved = tuple(Dense(x.weight + 0.3, x.bias - 0.1, x.activation) for x in network.hidden)
    other = Network(moved, network.readout)
    points = points_for(other)
    np.testing.assert_allclose(reordered(other, orientation(network))(points), other(points), rtol=1e-12, atol=1e-11)


def test_orienting_twice_changes_nothing_more():
    rng = np.random.default_rng(3)
    layers = [Dense(rng.normal(size=(3, 3)), rng.normal(size=3), tanh) for _ in range(3)]
    once = oriented(Network(tuple(layers), Dense(rng.normal(size=(1, 3)), [0.0])))
    assert oriented(once).sha256 == once.sha256


def test_one_output_is_classified_by_its_sign_and_several_by_the_largest():
    single = Network((), Dense([[1.0, 0.0]], [-0.5]))
    several = Network((), Dense([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]], [0.0, 0.0, 0.0]))
    points = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, -1.0]])
    assert single.classify(points).tolist() == [1, 0, 0]
    assert several.classify(points).tolist() == [0, 1, 2]
    assert several.accuracy(points, np.array([0, 1, 0])) == pytest.approx(2 / 3)


def test_weights_cannot_be_written_to_nor_changed_through_the_array_they_came_from():
    weight = np.eye(2)
    layer = Dense(weight, [0.0, 0.0])
    weight[0, 0] = 5
    assert layer.weight[0, 0] == 1
    with pytest.raises(ValueError, match="read-only"):
        layer.weight[0, 0] = 2


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(UntangleError, match="weight"):
        Dense(np.eye(2), [0.0])
    with pytest.raises(UntangleError, match="do not fit"):
        Network((Dense(np.eye(2), [0.0, 0.0], tanh),), Dense(np.eye(3), np.zeros(3)))


def test_the_digest_tells_apart_any_weight_bias_and_activation():
    def network(weight=1.0, bias=0.0, bend=tanh):
        return Network((Dense([[weight]], [bias], bend),), Dense([[1.0]], [0.0]))

    digests = {network().sha256, network(weight=1 + 1e-15).sha256, network(bias=1e-300).sha256}
    assert len(digests | {network(bend=identity).sha256}) == 4
    assert network().sha256 == network().sha256
