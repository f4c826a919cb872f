"""Functions of JAX: a Flax module with its parameters, a TrainState, or any function of the inputs alone.

jax.make_jaxpr writes down what a function computes, as operations on arrays. Only the dense layers are read off it.
What stands between two of them is computed on samples, in float64, and compared with the activations and norms of
netlib: so it does not matter how it is written. The whole is compared with the function itself at the end.
"""

from __future__ import annotations

import importlib
import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy.special import log_softmax, softmax

from netlib.activations import Array, activation, activations, is_activation
from netlib.errors import BadFile
from netlib.models import as_array
from netlib.readers.files import damage
from netlib.readers.steps import (
    ActivationStep,
    Affine,
    Chain,
    LayerNormStep,
    ReadNetwork,
    Scale,
    Step,
    assembled,
    concatenated,
    dense,
    joined,
    unsupported,
)

# Values at which what stands between two dense layers is compared; a prime number of them, unlike most widths.
GRID = np.concatenate([np.linspace(-7.9, 8.3, 41), np.outer((-1, 1), np.geomspace(9, 3000, 6)).ravel()])
SAMPLES, NEAR = len(GRID), 1e-6
EPSILONS = (1e-6, 1e-5, 1e-3, 1e-12, 1e-8)  # of norms: Flax', Equinox', Keras' and others'
ENDS: dict[str, Callable[..., Any]] = {"softmax": softmax, "log_softmax": log_softmax}
WITHIN = ("jaxpr", "call_jaxpr", "fun_jaxpr")  # under which an operation keeps those that it consists of
ADDING, LINEAR = ("add", "sub", "add_any"), ("add", "sub", "mul", "div", "neg", "add_any", "convert_element_type")
CHOOSING = ("slice", "dynamic_slice", "gather", "split", "conv_general_dilated")
NEUTRAL = {"add": 0.0, "sub": 0.0, "mul": 1.0, "div": 1.0}
INSTEAD = 'Where all layers are dense, give their activations: film(parameters, X, y, activation="tanh")'


def read(model: Any, points: Any) -> ReadNetwork:
    """Return the network that a function computes, once trained; points (N, ...): inputs, of which two are used.

    Raises BadFile, with the place and the cure, for what cannot be shown.
    """
    jax: Any = importlib.import_module("jax")
    function, inputs = _function(model), as_array(points)[:2].astype(np.float64)
    shape, width = inputs.shape[1:], math.prod(inputs.shape[1:])
    start = _Stream(Chain(), _samples(width), _samples(width).reshape(SAMPLES, *shape))
    with jax.enable_x64(True):
        with damage("cannot be followed by jax.make_jaxpr", "Give X as it takes it, and let it look at no values"):
            try:
                program = jax.make_jaxpr(function)(start.values)
            except (TypeError, ValueError):  # it may take one input at a time
                function = jax.vmap(function)
                program = jax.make_jaxpr(function)(start.values)
            wanted = np.asarray(function(np.resize(inputs, (2, *shape)))) if len(program.out_avals) == 1 else inputs
        if len(program.out_avals) != 1:
            raise BadFile(f"returns {len(program.out_avals)} values. Return the scores of the classes alone")
        names = map("layer {}".format, itertools.count(1))
        (end,) = _Walk(names).through(program.jaxpr, program.consts, [start])
    if not isinstance(end, _Stream):
        raise BadFile("does not use its inputs. Check that it returns what the layers computed")
    steps = end.chain_of("its end").since()
    assert steps is not None
    found = assembled(steps, inputs=width)
    _compare(found, inputs.reshape(-1, width), wanted)
    return found


def _function(model: Any) -> Callable[[Any], Any]:
    """What a model computes of many inputs at once, without dropout."""
    if hasattr(model, "apply_fn"):  # a TrainState
        given = model.params if "params" in model.params else {"params": model.params}
        if getattr(model, "batch_stats", None):
            given = {**given, "batch_stats": model.batch_stats}
        return lambda x: model.apply_fn(given, x)
    packages = {cls.__module__.partition(".")[0] for cls in type(model).__mro__}
    if "flax" in packages and hasattr(model, "bind"):
        if model.scope is None:
            raise BadFile("is a module without its parameters. Give it with them: film(model.bind(variables), X, y)")
    elif "flax" in packages:
        model = importlib.import_module("flax.nnx").clone(model)
        model.eval()
    return model  # type: ignore[no-any-return]


def _compare(read: ReadNetwork, inputs: Array, wanted: Array) -> None:
    """Raise BadFile where the network that was read computes something else than the function."""
    found = read.network(inputs)
    if read.final in ENDS:
        found = ENDS[read.final](found, axis=1)
    elif is_activation(read.final):
        found = activation(read.final)(found)
    wanted = wanted[: len(found)]
    if wanted.size != found.size or not np.allclose(found, wanted.reshape(found.shape), rtol=1e-4, atol=1e-5):
        raise BadFile(f"what was read of it computes something else. {INSTEAD}")


def _samples(width: int) -> Array:
    """Inputs (SAMPLES, width) that have each value of GRID in each column, in orders of their own."""
    random = np.random.default_rng(0)
    return np.stack([random.permutation(GRID) for _ in range(width)], axis=1)


@dataclass(frozen=True, eq=False)
class _Stream:
    """What the inputs have become: the steps up to a place, and what the operations after it make of samples there.

    root: (SAMPLES, n), numbers at that place. values: what is made of them, in any shape. operation: the last one.
    inner: factor and shift (n,) of what was done to the root before the first operation that is not affine.
    """

    chain: Chain
    root: Array
    values: Any
    place: str = ""
    operation: str = ""
    inner: tuple[Array, Array] | None = None

    @property
    def is_turned(self) -> bool:
        """Whether points stand side by side, and not below each other."""
        return bool(self.values.shape[0] != SAMPLES)

    @property
    def rows(self) -> Array:
        """The values (SAMPLES, m), a row for each point."""
        values = np.asarray(self.values, dtype=np.float64)
        return values.T if self.is_turned and values.ndim == 2 else values.reshape(len(values), -1)

    @cached_property
    def steps(self) -> tuple[Step, ...] | None:
        """The steps that lead from the root to the values; None where netlib has none like these."""
        return _steps(self.place, self.root, self.rows, self.inner)

    @cached_property
    def settled(self) -> Chain | None:
        return None if self.steps is None else self.chain.then(*self.steps)

    @cached_property
    def begun(self) -> _Stream:
        """The stream itself; after a norm, or a choice of numbers, one that begins there."""
        ends = [step for step in self.steps or () if isinstance(step, LayerNormStep | Affine)]
        is_end = ends and (isinstance(ends[0], LayerNormStep) or self.operation in CHOOSING)
        return self.restarted(self.place) if is_end else self

    def chain_of(self, place: str) -> Chain:
        """The chain up to the values; raises BadFile, with the last operation, where netlib has no such layer."""
        if self.settled is None:
            raise BadFile(f"{unsupported(self.place or place, self.operation)}. {INSTEAD}")
        return self.settled

    def restarted(self, place: str) -> _Stream:
        """The stream that begins where this one ends."""
        root = _samples(self.rows.shape[1])
        values = root.T if self.is_turned else root.reshape(self.values.shape)
        return _Stream(self.chain_of(place), root, values, place)


@dataclass(eq=False)
class _Walk:
    """A walk through the operations of a function. names: of dense layers that have none."""

    names: Iterator[str]

    def through(self, program: Any, constants: Sequence[Any], given: Sequence[Any]) -> list[Any]:
        """Return the outputs of a program: each a _Stream, or an array that does not depend on the inputs."""
        known = dict(zip([*program.constvars, *program.invars], [*constants, *given], strict=True))
        for operation in program.eqns:
            found = [known[each] if not hasattr(each, "val") else each.val for each in operation.invars]
            known.update(zip(operation.outvars, self._values(operation, found), strict=True))
        return [known[each] if not hasattr(each, "val") else each.val for each in program.outvars]

    def _values(self, operation: Any, given: list[Any]) -> Sequence[Any]:
        within = next((operation.params[key] for key in WITHIN if key in operation.params), None)
        if within is not None:
            return self.through(getattr(within, "jaxpr", within), getattr(within, "consts", ()), given)
        given = [each.begun if isinstance(each, _Stream) else each for each in given]
        streams = [each for each in given if isinstance(each, _Stream)]
        kind, place = operation.primitive.name, str(operation.source_info.name_stack)
        if streams and kind == "dot_general":
            return [self._dense(place or next(self.names), operation, given)]
        if len({id(stream.chain) for stream in streams}) > 1 or (len(streams) > 1 and kind == "concatenate"):
            return [_joined(place or "call", kind, streams, given, operation.params)]
        if len(streams) == 1 and kind in LINEAR and (scaled := _scaled(place, kind, given)):
            return [scaled]
        values = [each.values if isinstance(each, _Stream) else each for each in given]
        found = operation.primitive.bind(*values, **operation.params)
        several = list(found) if operation.primitive.multiple_results else [found]
        if not streams:
            return several
        inner = next((stream.inner for stream in streams if stream.inner is not None), None)
        if inner is None and len(streams) == 1 and kind not in LINEAR and streams[0].steps:
            inner = _affine(streams[0].root, streams[0].rows)
        first = streams[0]
        made = [_Stream(first.chain, first.root, each, place or first.place, kind, inner) for each in several]
        is_sum = kind in ADDING and len(streams) == 2 and made[0].settled is None
        if is_sum and all(stream.settled is not None for stream in streams):
            return [_joined(place or "call", kind, streams, given, operation.params)]
        return made

    def _dense(self, place: str, operation: Any, given: list[Any]) -> _Stream:
        (contracted, batch) = operation.params["dimension_numbers"]
        at = next(k for k, each in enumerate(given) if isinstance(each, _Stream))
        stream, matrix = given[at], given[1 - at]
        along = 0 if stream.values.ndim == 2 and stream.is_turned else stream.values.ndim - 1
        is_plain = not isinstance(matrix, _Stream) and matrix.ndim == 2 and not any(batch)
        if not is_plain or stream.values.ndim != 2 or tuple(contracted[at]) != (along,):
            raise unsupported(place, "a product that mixes inputs")
        weight = np.asarray(matrix, dtype=np.float64)
        step = dense(place, weight.T if tuple(contracted[1 - at]) == (0,) else weight, None)
        root = _samples(len(step.bias))
        return _Stream(stream.chain_of(place).then(step), root, root if at == 0 else root.T, place)


def _scaled(place: str, kind: str, given: list[Any]) -> _Stream | None:
    """x + c, x - c, c - x, x * c and x / c for a vector c that is the same for all points; None for anything else."""
    at = next(k for k, each in enumerate(given) if isinstance(each, _Stream))
    stream: _Stream = given[at]
    constant = np.asarray(given[1 - at], dtype=np.float64) if len(given) == 2 else np.zeros(1)
    if (constant == NEUTRAL.get(kind, np.nan)).all() and (at == 0 or kind not in ("sub", "div")):
        return stream
    if constant.size == 1 or stream.settled is None or (kind == "div" and at == 1):
        return None
    shape = (stream.values.shape[-1], SAMPLES) if stream.is_turned else stream.values.shape
    try:
        full = np.broadcast_to(constant, stream.values.shape)
    except ValueError:
        return None
    vector = (full.T if stream.is_turned else full).reshape(SAMPLES, -1)
    if len(shape) < 2 or not (vector == vector[0]).all() or vector.shape[1] != stream.rows.shape[1]:
        return None
    one, zero = np.ones(vector.shape[1]), np.zeros(vector.shape[1])
    factor, shift = {
        "add": (one, vector[0]),
        "sub": (one, -vector[0]) if at == 0 else (-one, vector[0]),
        "mul": (vector[0], zero),
        "div": (one / np.where(vector[0] == 0, np.nan, vector[0]), zero),
    }[kind]
    begun = stream.restarted(place)
    return _Stream(begun.chain.then(Scale(place or stream.place, factor, shift)), begun.root, begun.values, place)


def _joined(place: str, kind: str, streams: list[_Stream], given: list[Any], params: Any) -> _Stream:
    """Two branches added or subtracted, or several side by side."""
    chains, widths = [stream.chain_of(place) for stream in streams], [stream.rows.shape[1] for stream in streams]
    turned = streams[0].is_turned
    if len(given) == len(streams) and len({stream.is_turned for stream in streams}) == 1:
        if kind in ADDING and len(streams) == 2 and len(set(widths)) == 1:
            root = _samples(widths[0])
            values = root.T if turned else root.reshape(streams[0].values.shape)
            return _Stream(joined(place, chains[0], chains[1], -1.0 if kind == "sub" else 1.0), root, values, place)
        if kind == "concatenate" and params["dimension"] == (0 if turned else 1):
            root = _samples(sum(widths))
            return _Stream(concatenated(place, chains, widths), root, root.T if turned else root, place)
    raise unsupported(place, f"{kind} of two branches")


# ---- what samples show -------------------------------------------------------------------------------------------


def _steps(name: str, x: Array, y: Array, inner: tuple[Array, Array] | None) -> tuple[Step, ...] | None:
    """The steps that make y (N, m) of x (N, n); None where netlib has none like these."""
    if len(y) != len(x) or not np.isfinite(y[np.abs(x).max(axis=1) < 9]).all():
        return None
    with np.errstate(all="ignore"):
        return _found(name, x, y, inner)


def _found(name: str, x: Array, y: Array, inner: tuple[Array, Array] | None) -> tuple[Step, ...] | None:
    if y.shape == x.shape:
        if _is_near(x, y):
            return ()
        if straight := _affine(x, y):
            return (Scale(name, *straight),)
        for factor, shift in [(np.ones(1), np.zeros(1)), *([inner] if inner else []), *_between_bounds(y)]:
            before = () if factor.size == 1 else (Scale(name, factor, shift),)
            for kind in _kinds(y[:, 0], factor[0] * x[:, 0] + shift[0]):
                if (after := _fitted(activation(kind)(factor * x + shift), y)) is not None:
                    return (*before, ActivationStep(name, kind), *_scales(name, *after))
        for end, computed in ENDS.items():
            if _is_near(computed(x, axis=1), y):
                return (ActivationStep(name, end),)
        if norm := _norm(name, x, y):
            return (norm,)
    if x.shape[1] < len(x) - 1:  # numbers that are chosen, or added
        whole = np.column_stack([x, np.ones(len(x))])
        found = np.asarray(np.linalg.lstsq(whole, y, rcond=None)[0], dtype=np.float64)
        found[np.abs(found) < NEAR * np.abs(found).max()] = 0
        if _is_near(whole @ found, y):
            return (Affine(name, found[:-1].T, found[-1]),)
    return None


def _kinds(y: Array, x: Array) -> Iterator[str]:
    """The names of activations that y may be of x, both (N,), but for factor and shift."""
    yield from (kind for kind in activations() if kind != "identity")
    order = np.argsort(x)
    least, most = ((y[at[1]] - y[at[0]]) / (x[at[1]] - x[at[0]]) for at in (order[:2], order[-2:]))
    if most and 0 < (slope := float(least / most)) < 1:
        yield f"leaky_relu({float(f'{slope:.7g}')!r})"
    if most and (alpha := float(-y[order[0]] / most)) > 0:
        yield f"elu({float(f'{alpha:.7g}')!r})"


def _between_bounds(y: Array) -> list[tuple[Array, Array]]:
    """Factor and shift that bring the bounds at which y (N, n) is cut off to -1 and 1; [] where it is not."""
    least, most = float(y.min()), float(y.max())
    if not least < most or min((y == least).mean(), (y == most).mean()) < 1 / SAMPLES * 2:
        return []
    return [(np.full(y.shape[1], 2 / (most - least)), np.full(y.shape[1], -(most + least) / (most - least)))]


def _norm(name: str, x: Array, y: Array) -> Step | None:
    """The layer, group or RMS norm that makes y of x."""
    found = list[tuple[float, Step]]()
    count = x.shape[1]
    for groups, centred in itertools.product(range(1, count), (True, False)):
        if count % groups:
            continue
        grouped = x.reshape(len(x), groups, -1)
        grouped = grouped - grouped.mean(axis=2, keepdims=True) if centred else grouped
        for epsilon in EPSILONS:
            spread = np.sqrt(np.square(grouped).mean(axis=2, keepdims=True) + epsilon)
            normed = (grouped / spread).reshape(x.shape)
            if (after := _fitted(normed, y)) is not None:
                error = float(np.abs(normed * after[0] + after[1] - y).max())
                found.append((error, LayerNormStep(name, *after, epsilon, groups, centred)))
    return min(found, key=lambda each: each[0])[1] if found else None


def _affine(x: Array, y: Array) -> tuple[Array, Array] | None:
    """Factor and shift (n,) that make y of x, number by number."""
    return _fitted(x, y) if x.shape == y.shape else None


def _fitted(x: Array, y: Array) -> tuple[Array, Array] | None:
    """Factor and shift (n,) with y = factor * x + shift in each column, fitted where x and y are small and finite."""
    with np.errstate(all="ignore"):
        inside = np.isfinite(x) & np.isfinite(y) & (np.abs(x) < 10)
        weight = inside / np.maximum(inside.sum(axis=0), 1)
        x0, y0 = np.where(inside, x, 0), np.where(inside, y, 0)
        mean_x, mean_y = (x0 * weight).sum(axis=0), (y0 * weight).sum(axis=0)
        moved = np.where(inside, x - mean_x, 0)
        factor = (moved * (y0 - mean_y)).sum(axis=0) / np.square(moved).sum(axis=0)
        factor = np.where(np.abs(factor - 1) < NEAR, 1.0, np.where(np.abs(factor + 1) < NEAR, -1.0, factor))
        shift = mean_y - factor * mean_x
        shift = np.where(np.abs(shift) < NEAR * (1 + np.abs(factor)), 0.0, shift)
        fits = bool(np.isfinite(factor).all()) and bool(np.abs(factor).min() > 0) and _is_near(factor * x + shift, y)
    return (factor, shift) if fits else None


def _scales(name: str, factor: Array, shift: Array) -> tuple[Step, ...]:
    return () if (factor == 1).all() and (shift == 0).all() else (Scale(name, factor, shift),)


def _is_near(found: Array, wanted: Array) -> bool:
    """Whether numbers agree to a relative NEAR, where those that are wanted are finite."""
    finite = np.isfinite(wanted)
    return bool((np.abs(found - wanted)[finite] <= NEAR * (1 + np.abs(wanted)[finite])).all())
