"""A function of JAX gives the network that computes the same, however it is written; what cannot be shown is named."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import softmax

from netlib.errors import BadFile
from netlib.models import model_name, model_network
from netlib.readers.steps import ReadNetwork

jax = pytest.importorskip("jax")
jnp: Any = pytest.importorskip("jax.numpy")

POINTS = np.random.default_rng(0).normal(size=(30, 2))
RANDOM = np.random.default_rng(1)
BENDS: list[Callable[[Any], Any]] = [
    jax.nn.relu,
    jax.nn.gelu,
    functools.partial(jax.nn.gelu, approximate=False),
    functools.partial(jax.nn.leaky_relu, negative_slope=0.2),
    functools.partial(jax.nn.elu, alpha=0.5),
    jax.nn.softplus,
    jax.nn.mish,
    lambda x: x / (1 + jnp.exp(-x)),
    lambda x: jnp.where(x > 0, x, 0.3 * x),
    lambda x: jnp.clip(x, -2, 1),
    lambda x: 2 * jnp.tanh(x / 3) + 1,
]


def weights(*sizes: int) -> list[tuple[Any, Any]]:
    """Weights (in, out) and biases of dense layers."""
    pairs = itertools.pairwise(sizes)
    return [(RANDOM.normal(size=pair), RANDOM.normal(size=pair[1])) for pair in pairs]


def computed(function: Callable[[Any], Any], points: Any) -> Any:
    with jax.enable_x64(True):
        return np.asarray(jax.jit(lambda x: function(x))(points)).reshape(len(points), -1)


def with_parameters(module: Any) -> Any:
    """The variables of a module of Flax, of which none is 0 or 1."""
    shapes = jax.eval_shape(module.init, jax.random.key(0), POINTS)
    return jax.tree.map(lambda part: RANDOM.uniform(0.2, 0.9, part.shape), shapes)


def kinds(read: ReadNetwork) -> list[str]:
    return [type(layer).__name__ for layer in read.network.hidden]


@pytest.mark.slow
def test_activations_are_known_by_what_they_compute() -> None:
    layers = weights(2, *[4] * len(BENDS), 3)

    def scores(x: Any) -> Any:
        for (weight, bias), bend in zip(layers[:-1], BENDS, strict=True):
            x = bend(x @ weight + bias)
        return x @ layers[-1][0] + layers[-1][1]

    read = model_network(scores, POINTS)
    np.testing.assert_allclose(read.network(POINTS), computed(scores, POINTS), atol=1e-9)
    names = [layer.activation.name for layer in read.network.hidden]
    assert names[:5] == ["relu", "gelu_tanh", "gelu", "leaky_relu(0.2)", "elu(0.5)"]
    assert len(names) == len(BENDS)


def test_a_function_of_one_input_and_weights_on_the_left_are_read() -> None:
    (first, b), (last, c) = weights(2, 5, 3)

    def scores(params: Any, x: Any) -> Any:
        return jnp.dot(params[1].T, jnp.tanh(jnp.dot(params[0].T, x) + b)) + c

    single = functools.partial(scores, (first, last))
    wanted = np.tanh(POINTS @ first + b) @ last + c
    for function in (single, jax.vmap(single), jax.jit(jax.vmap(single))):
        np.testing.assert_allclose(model_network(function, POINTS).network(POINTS), wanted, atol=1e-9)
    assert model_name(single) == "scores"


@pytest.mark.slow
def test_norms_blocks_and_branches_of_a_flax_module_are_layers() -> None:
    nn: Any = pytest.importorskip("flax.linen")

    class Blocks(nn.Module):  # type: ignore[misc]
        @nn.compact
        def __call__(self, x: Any, train: bool = False) -> Any:
            x = nn.BatchNorm(use_running_average=not train)(nn.Dense(4)(x))
            x = x + nn.Dense(4)(nn.silu(nn.Dense(6)(nn.LayerNorm()(x))))
            x = nn.relu(nn.RMSNorm()(x) @ np.eye(4))
            x = nn.Dropout(0.5, deterministic=not train)(nn.GroupNorm(2)(nn.Dense(4)(x)))
            return nn.softmax(nn.Dense(3)(jnp.concatenate([x[:, :2], jnp.tanh(x)], axis=1)))

    module = Blocks()
    variables = with_parameters(module)
    read = model_network(module.bind(variables), POINTS)
    assert read.final == "softmax"
    found = softmax(read.network(POINTS), axis=1)
    np.testing.assert_allclose(found, computed(module.bind(variables), POINTS), atol=1e-9)
    assert kinds(read) == ["Dense", "Residual", "RMSNorm", "Dense", "Dense", "LayerNorm", "Residual"]
    state = pytest.importorskip("flax.training.train_state").TrainState.create
    sgd = pytest.importorskip("optax").sgd(0.1)

    class Plain(nn.Module):  # type: ignore[misc]
        @nn.compact
        def __call__(self, x: Any) -> Any:
            return nn.Dense(1)(jnp.tanh(nn.Dense(3)(x)))

    plain = Plain()
    variables = with_parameters(plain)
    for params in (variables, variables["params"]):
        made = state(apply_fn=plain.apply, params=params, tx=sgd)
        wanted = computed(plain.bind(variables), POINTS)
        np.testing.assert_allclose(model_network(made, POINTS).network(POINTS), wanted, atol=1e-9)
        assert model_name(made) == "Plain"
    with pytest.raises(BadFile, match=r"Plain: is a module without its parameters.*film\(model\.bind\(variables\), X"):
        model_network(plain, POINTS)


@pytest.mark.slow
def test_a_module_of_nnx_is_read_without_its_dropout_and_stays_in_training() -> None:
    nnx: Any = pytest.importorskip("flax.nnx")

    class Odd(nnx.Module):  # type: ignore[misc]
        def __init__(self, rngs: Any) -> None:
            self.première, self.drop = nnx.Linear(2, 3, rngs=rngs), nnx.Dropout(0.5, rngs=rngs)
            self.norm, self.last = nnx.BatchNorm(3, rngs=rngs), nnx.Linear(3, 1, rngs=rngs)

        def __call__(self, x: Any) -> Any:
            return nnx.sigmoid(self.last(nnx.relu(self.norm(self.drop(self.première(x))))))[:, 0]

    model = Odd(nnx.Rngs(0))
    read = model_network(model, POINTS)
    assert not model.drop.deterministic
    model.eval()
    logits = read.network(POINTS)
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), computed(model, POINTS), atol=1e-9)


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda x: x @ np.ones((2, 4)) ** 2, ""),
        (lambda x: jnp.sin(x) @ np.ones((2, 2)), r"is sin, which is not supported.* give their activations"),
        (lambda x: (x @ np.ones((2, 2))) * (x @ np.eye(2)), "is mul of two branches"),
        (lambda x: (x, x), "returns 2 values"),
        (lambda x: x if x.sum() > 0 else -x, r"cannot be followed by jax.make_jaxpr"),
        (lambda x: jnp.ones(3), "does not use its inputs"),
        (lambda x: jax.nn.softmax(x @ np.eye(2)) @ np.eye(2), "is softmax and not the last"),
    ],
)
def test_what_cannot_be_shown_is_said_in_one_line(function: Any, words: str) -> None:
    if not words:
        assert kinds(model_network(function, POINTS)) == []
        return
    with pytest.raises(BadFile, match=words) as caught:
        model_network(function, POINTS)
    assert "\n" not in str(caught.value)
