"""The steps of a network, which readers find in a file, and the network that they make.

Dropout and flatten do nothing when a network is used, so they are no steps. A batch norm, with its running
statistics, is an affine map of each neuron. It is folded into the dense layer next to it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array, activation, activations, identity
from netlib.errors import BadFile
from netlib.layers import Dense
from netlib.network import Network
from netlib.readers.files import finite, printable
from netlib.training.recipe import Recipe

SUPPORTED = (
    f"Supported: dense layers; {', '.join(sorted(activations()))}; dropout, flatten and batch norm; softmax at the end"
)
ONLY_LAST = ("softmax", "log_softmax")


@dataclass(frozen=True, eq=False)
class Affine:
    """x -> W x + b. weight (out, in), bias (out,)."""

    name: str
    weight: Array
    bias: Array


@dataclass(frozen=True, eq=False)
class Scale:
    """x -> factor * x + shift, number by number: a batch norm or a scaler. Both (n,), or (1,) for any n."""

    name: str
    factor: Array
    shift: Array


@dataclass(frozen=True)
class ActivationStep:
    """An activation. kind: its name in netlib, or one of ONLY_LAST, which netlib does not have."""

    name: str
    kind: str


Step = Affine | Scale | ActivationStep


@dataclass(frozen=True, eq=False)
class ReadNetwork:
    """A network from a user's file.

    network: its layers; the readout is affine. assumptions: sentences that say what the file left open, how it was
    decided, and what was left out. final: the activation that the file puts after the readout ('sigmoid', 'softmax',
    'identity', ...), which `network` leaves out. classes: names of the classes, in the order of the outputs, where
    the file holds them. recipe: what the network was trained from where that was done here (Playground's URL);
    recipe.dataset() is then its data. regressor: the file says that its outputs are real numbers, not classes.
    """

    network: Network
    assumptions: tuple[str, ...] = ()
    final: str = "identity"
    classes: tuple[str, ...] = ()
    recipe: Recipe | None = None
    regressor: bool = False


def unsupported(name: object, kind: object) -> BadFile:
    """Return the error for a layer that is neither dense nor one of the few others that a film can show."""
    return BadFile(f"layer '{printable(name)}' is {printable(kind)}, which is not supported. {SUPPORTED}")


def dense(name: str, weight: NDArray[Any], bias: NDArray[Any] | None, layout: str = "out,in") -> Affine:
    """Return a dense layer, finite and of fitting shapes; no bias is a bias of zeros."""
    if weight.ndim != 2 or 0 in weight.shape:
        shape = f"has the shape {weight.shape}, not ({layout})"
        raise BadFile(f"layer '{printable(name)}': its weight {shape}. {SUPPORTED}")
    shown, weight = weight.shape, finite(weight, f"{name}: weight")
    weight = weight if layout == "out,in" else weight.T
    bias = np.zeros(len(weight)) if bias is None else finite(bias, f"{name}: bias")
    if bias.shape != (len(weight),):
        raise BadFile(
            f"layer '{printable(name)}': weight {shown}, which lies as ({layout}), and bias {bias.shape} do not fit. "
            f"Save a bias of the shape ({len(weight)},)"
        )
    return Affine(name, weight, bias)


def scaling(name: str, factor: NDArray[Any], shift: NDArray[Any]) -> Scale:
    """Return x * factor + shift; both are one number, or one for each number x, in any shape."""
    factor, shift = finite(factor, f"{name}: factor").ravel(), finite(shift, f"{name}: shift").ravel()
    if factor.size != shift.size and 1 not in (factor.size, shift.size):
        raise BadFile(f"'{printable(name)}' scales {factor.size} numbers and shifts {shift.size}. Save it again")
    return Scale(name, *np.broadcast_arrays(factor, shift))


def normalisation(name: str, mean: NDArray[Any], deviation: NDArray[Any]) -> Scale:
    """Return (x - mean) / deviation; both are one number, or one for each number x, in any shape."""
    mean, deviation = finite(mean, f"{name}: mean"), finite(deviation, f"{name}: deviation")
    if mean.size != deviation.size and 1 not in (mean.size, deviation.size):
        raise BadFile(f"'{printable(name)}' has {mean.size} means and {deviation.size} deviations. Save it again")
    with np.errstate(all="ignore"):  # of what is not finite, `scaling` names the place
        return scaling(name, 1 / deviation, -mean.ravel() / deviation.ravel())


def slanted(name: str, slope: float) -> str:
    """Return the name of a leaky ReLU with a slope below zero; raise BadFile for one that netlib does not have."""
    if slope == 0:
        return "relu"
    if not 0 < slope <= 1:
        raise unsupported(name, f"a leaky ReLU with slope {slope:g} (only above 0 and up to 1)")
    return "leaky_relu" if abs(slope - 0.01) < 1e-9 else f"leaky_relu({float(f'{slope:.7g}')!r})"


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
        raise BadFile(f"layer '{printable(name)}': the parts of this batch norm have different shapes. Save it again")
    with np.errstate(all="ignore"):
        factor = gamma / np.sqrt(variance + epsilon)
        return Scale(name, finite(factor, f"{name}: factor"), finite(beta - mean * factor, f"{name}: shift"))


def assembled(
    steps: Sequence[Step], assumptions: Sequence[str] = (), classes: Sequence[str] = (), regressor: bool = False
) -> ReadNetwork:
    """Return the network that the steps make; raise BadFile, naming the layer, where they make none."""
    assumptions = list(assumptions)
    with np.errstate(all="ignore"):  # what overflows is refused below, by name
        folded = _folded([step for step in steps if getattr(step, "kind", "") != "identity"], assumptions)
    layers, final = list[Dense](), "identity"
    before: Step | None = None
    for step, after in itertools.zip_longest(folded, folded[1:]):
        name = printable(step.name)
        if isinstance(step, Affine):
            if layers and layers[-1].outputs != step.weight.shape[1]:
                raise BadFile(
                    f"layer '{name}' takes {step.weight.shape[1]} numbers, the layer before it gives "
                    f"{layers[-1].outputs}. Check the order of the layers"
                )
            weight, bias = (finite(part, f"{step.name}: folded") for part in (step.weight, step.bias))
            layers.append(Dense(weight, bias))
        elif isinstance(step, Scale):
            raise BadFile(f"layer '{name}' scales numbers, and no dense layer is next to it. {SUPPORTED}")
        elif not isinstance(before, Affine):
            raise BadFile(f"layer '{name}' is {step.kind} with no dense layer before it. {SUPPORTED}")
        elif after and step.kind in ONLY_LAST:
            raise BadFile(f"layer '{name}' is {step.kind} and not the last. {SUPPORTED}")
        elif after:
            layers[-1] = replace(layers[-1], activation=activation(step.kind))
        else:
            final = step.kind
            assumptions.append(f"The {final} after the last layer is left out: the readout shows what goes into it.")
        before = step
    if not layers:
        raise BadFile(f"holds no dense layer. {SUPPORTED}")
    network = Network(tuple(layers[:-1]), replace(layers[-1], activation=identity))
    return ReadNetwork(network, tuple(assumptions), final, tuple(classes), regressor=regressor)


def _folded(steps: Sequence[Step], assumptions: list[str]) -> list[Step]:
    """Fold each scale into the dense layer before it, or else into the one after it."""
    folded = list[Step]()
    for step in steps:
        last = folded[-1] if folded else None
        if isinstance(step, Scale) and isinstance(last, Affine):
            factor, shift = _fitting(step, len(last.bias))
            folded[-1] = Affine(last.name, last.weight * factor[:, None], last.bias * factor + shift)
            assumptions.append(f"'{printable(step.name)}' is folded into '{printable(last.name)}'.")
        elif isinstance(step, Scale) and isinstance(last, Scale):
            before, offset = _fitting(last, max(len(last.factor), len(step.factor)))
            factor, shift = _fitting(step, len(before))
            folded[-1] = Scale(step.name, before * factor, offset * factor + shift)
        elif isinstance(step, Affine) and isinstance(last, Scale):
            factor, shift = _fitting(last, step.weight.shape[1])
            folded[-1] = Affine(step.name, step.weight * factor, step.bias + step.weight @ shift)
            assumptions.append(f"'{printable(last.name)}' is folded into '{printable(step.name)}'.")
        else:
            folded.append(step)
    return folded


def _fitting(scale: Scale, width: int) -> tuple[Array, Array]:
    if len(scale.factor) not in (1, width):
        raise BadFile(
            f"layer '{printable(scale.name)}' scales {len(scale.factor)} numbers, its neighbour has {width}. "
            "Check the order of the layers"
        )
    return np.broadcast_to(scale.factor, width), np.broadcast_to(scale.shift, width)
