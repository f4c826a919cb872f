"""What every reader returns: the steps of a network in order; and the network that they make.

Dropout and flatten are the identity when a network is used, and make no step. A batch norm, with its running
statistics, is an affine map of each neuron, and is folded into the dense layer next to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Activation, Array, activation, activations, identity
from netlib.errors import BadFile
from netlib.network import Layer, Network
from netlib.readers.files import finite, shown
from netlib.training.recipe import Recipe

SUPPORTED = (
    "Supported: dense layers; "
    + ", ".join(sorted(activations()))
    + "; dropout, flatten and batch norm; softmax at the end"
)
ONLY_LAST = ("softmax", "log_softmax")


@dataclass(frozen=True, eq=False)
class Dense:
    """x -> W x + b. weight (out, in), bias (out,)."""

    name: str
    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class Scale:
    """x -> factor * x + shift, neuron by neuron: a batch norm or a scaler, both (n,)."""

    name: str
    factor: Array
    shift: Array


@dataclass(frozen=True)
class Bend:
    """An activation, by netlib's name; softmax and log_softmax may only come last."""

    name: str
    kind: str


Step = Dense | Scale | Bend


@dataclass(frozen=True, eq=False)
class ReadNetwork:
    """A network from a user's file.

    network: its layers; the readout is affine. said: in sentences, what the file left open and how it was decided,
    and what was left out. final: the activation that the file puts after the readout ('sigmoid', 'softmax',
    'identity', ...), which `network` leaves out. classes: names of the classes, in the order of the outputs, where
    the file holds them. recipe: what the network was trained from where that was done here (Playground's URL);
    recipe.dataset() is then its data. regressor: the file says that its outputs are real numbers, not classes.
    """

    network: Network
    said: tuple[str, ...] = ()
    final: str = "identity"
    classes: tuple[str, ...] = ()
    recipe: Recipe | None = None
    regressor: bool = False


def unsupported(name: object, kind: object) -> BadFile:
    """Return the error for a layer that is neither dense nor one of the few others that a film can show."""
    return BadFile(f"layer '{shown(name)}' is {shown(kind)}, which is not supported. {SUPPORTED}")


def dense(name: str, weight: NDArray[Any], bias: NDArray[Any] | None, layout: str = "out,in") -> Dense:
    """Return a dense layer, finite and of fitting shapes; no bias is a bias of zeros."""
    if weight.ndim != 2 or 0 in weight.shape:
        raise BadFile(f"layer '{shown(name)}': its weight has the shape {weight.shape}, not ({layout}). {SUPPORTED}")
    shape, weight = weight.shape, finite(weight, f"{name}: weight")
    weight = weight if layout == "out,in" else weight.T
    bias = np.zeros(len(weight)) if bias is None else finite(bias, f"{name}: bias")
    if bias.shape != (len(weight),):
        raise BadFile(
            f"layer '{shown(name)}': weight {shape}, which lies as ({layout}), and bias {bias.shape} do not fit. "
            f"Save a bias of the shape ({len(weight)},)"
        )
    return Dense(name, weight, bias)


def batch_norm(
    name: str,
    mean: NDArray[Any],
    variance: NDArray[Any],
    gamma: NDArray[Any] | None,
    beta: NDArray[Any] | None,
    epsilon: float,
) -> Scale:
    """Return a batch norm as it acts once trained: gamma (x - mean) / sqrt(variance + epsilon) + beta, all (n,)."""
    mean, variance = finite(mean, f"{name}: mean"), finite(variance, f"{name}: variance")
    gamma = np.ones(mean.shape) if gamma is None else finite(gamma, f"{name}: gamma")
    beta = np.zeros(mean.shape) if beta is None else finite(beta, f"{name}: beta")
    if mean.ndim != 1 or not mean.shape == variance.shape == gamma.shape == beta.shape:
        raise BadFile(f"layer '{shown(name)}': the parts of this batch norm have different shapes. Save it again")
    with np.errstate(all="ignore"):
        factor = gamma / np.sqrt(variance + epsilon)
        return Scale(name, finite(factor, f"{name}: factor"), finite(beta - mean * factor, f"{name}: shift"))


def assembled(
    steps: Sequence[Step], said: Sequence[str] = (), classes: Sequence[str] = (), regressor: bool = False
) -> ReadNetwork:
    """Return the network that the steps make; raise BadFile, naming the layer, where they make none."""
    said = list(said)
    kept = [step for step in steps if not (isinstance(step, Bend) and step.kind == "identity")]
    with np.errstate(all="ignore"):
        folded = _folded(kept, said)
    if not any(isinstance(step, Dense) for step in folded):
        raise BadFile(f"holds no dense layer. {SUPPORTED}")
    layers, final = list[Layer](), "identity"
    before: Step | None = None
    for step, after in itertools.zip_longest(folded, folded[1:]):
        if isinstance(step, Dense):
            if layers and layers[-1].outputs != step.weight.shape[1]:
                raise BadFile(
                    f"layer '{shown(step.name)}' takes {step.weight.shape[1]} numbers, "
                    f"the layer before it gives {layers[-1].outputs}. Check the order of the layers"
                )
            weight, bias = (finite(part, f"{step.name}: folded") for part in (step.weight, step.bias))
            layers.append(Layer(weight, bias, _activation(after)))
        elif isinstance(step, Scale):
            raise BadFile(f"layer '{shown(step.name)}' is a batch norm with no dense layer next to it. {SUPPORTED}")
        elif not isinstance(before, Dense):
            raise BadFile(f"layer '{shown(step.name)}' is {step.kind} with no dense layer before it. {SUPPORTED}")
        elif after and step.kind in ONLY_LAST:
            raise BadFile(f"layer '{shown(step.name)}' is {step.kind} and not the last. {SUPPORTED}")
        elif not after:
            final = step.kind
            said.append(f"The {final} after the last layer is left out: the readout shows what goes into it.")
        before = step
    readout = replace(layers[-1], activation=identity)
    network = Network(tuple(layers[:-1]), readout)
    return ReadNetwork(network, tuple(said), final, tuple(classes), regressor=regressor)


def _activation(step: Step | None) -> Activation:
    return activation(step.kind) if isinstance(step, Bend) and step.kind not in ONLY_LAST else identity


def _folded(steps: Sequence[Step], said: list[str]) -> list[Step]:
    """Each scale goes into the dense layer before it, or else into the one after it."""
    folded = list[Step]()
    for step in steps:
        last = folded[-1] if folded else None
        if isinstance(step, Scale) and isinstance(last, Dense):
            _check_width(step, len(last.bias))
            folded[-1] = Dense(last.name, last.weight * step.factor[:, None], last.bias * step.factor + step.shift)
        elif isinstance(step, Scale) and isinstance(last, Scale):
            _check_width(step, len(last.shift))
            folded[-1] = Scale(step.name, last.factor * step.factor, last.shift * step.factor + step.shift)
        elif isinstance(step, Dense) and isinstance(last, Scale):
            _check_width(last, step.weight.shape[1])
            folded[-1] = Dense(step.name, step.weight * last.factor, step.bias + step.weight @ last.shift)
        else:
            folded.append(step)
            continue
        scale = step if isinstance(step, Scale) else last
        if isinstance(scale, Scale) and isinstance(folded[-1], Dense):
            said.append(f"'{shown(scale.name)}' is folded into '{shown(folded[-1].name)}'.")
    return folded


def _check_width(scale: Scale, width: int) -> None:
    if len(scale.factor) != width:
        raise BadFile(
            f"layer '{shown(scale.name)}' scales {len(scale.factor)} numbers, its neighbour has {width}. "
            "Check the order of the layers"
        )
