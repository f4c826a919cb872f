"""The steps of a network, which readers find in a file, and the network that they make.

Dropout and flatten do nothing when a network is used, so they are no steps. A batch norm, with its running
statistics, is an affine map of each neuron. It is folded into the dense layer next to it; where there is none, as
between two residual blocks, it is a layer of its own, and so is what gives each input its own unit.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import Array, activation, activations, identity
from netlib.errors import BadFile
from netlib.layers import Dense, Layer, LayerNorm, Normalize, PReLU, Residual, RMSNorm
from netlib.layers import dense as layer_as_dense
from netlib.network import Network
from netlib.readers.files import finite, printable
from netlib.training.recipe import Recipe

SUPPORTED = (
    f"Supported: dense layers; {', '.join(sorted(activations()))}; PReLU; "
    "dropout, flatten; batch, layer, group and RMS norm; "
    "residual blocks x + f(x) and g(x) + f(x), or side by side; softmax at the end"
)
ONLY_LAST = ("softmax", "log_softmax")
DEEPEST = 8  # residual blocks within each other
# x times what these steps make of it is an activation, too
GATES = {("sigmoid",): "silu", ("hardsigmoid",): "hardswish", ("softplus", "tanh"): "mish"}
GELUS = {"none": "gelu", "tanh": "gelu_tanh"}  # by the argument "approximate" of torch and ONNX
NEAR = 1e-5  # a constant in float32 to the one that it stands for


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


@dataclass(frozen=True, eq=False)
class LayerNormStep:
    """x -> gain (x - mean) / sqrt(variance + epsilon) + shift, by mean and variance of the numbers of x, or of each of
    so many groups of them. Gain and shift (n,), or (1,) for any n. centred: without it the mean stays (RMS norm)."""

    name: str
    gain: Array
    shift: Array
    epsilon: float
    groups: int = 1
    centred: bool = True


@dataclass(frozen=True, eq=False)
class SlopesStep:
    """A PReLU: x -> x above 0, slope x below. slope: (n,), or (1,) for any n."""

    name: str
    slope: Array


@dataclass(frozen=True, eq=False)
class ResidualStep:
    """x -> g(x) + scale f(x). branch: the steps of f. shortcut: the steps of g, () where g(x) = x."""

    name: str
    branch: tuple[Step, ...]
    scale: float = 1.0
    shortcut: tuple[Step, ...] = ()


@dataclass(frozen=True)
class Part:
    """A part of a GELU or layer norm that is written out. kind: erf, mean (of a point's numbers), centred (x less its
    mean), square or square root."""

    name: str
    kind: str


Step = Affine | Scale | ActivationStep | LayerNormStep | SlopesStep | ResidualStep | Part


@dataclass(frozen=True, eq=False)
class Chain:
    """What an input has become at a place of a graph: the last step, and the chain up to it; () at the input."""

    step: Step | None = None
    before: Chain | None = None

    def then(self, *steps: Step) -> Chain:
        """Return the chain with more steps at its end."""
        chain = self
        for step in steps:
            chain = Chain(step, chain)
        return chain

    def since(self, start: Chain | None = None) -> tuple[Step, ...] | None:
        """Return the steps that lead here from another place, by default the input; None where it is not on the way."""
        found, at = list[Step](), self
        while at is not start and at.before is not None:
            assert at.step is not None
            found.append(at.step)
            at = at.before
        return tuple(reversed(found)) if at is start or start is None else None

    def meeting(self, other: Chain) -> Chain:
        """Return the last place that is on the way to both; the input where there is no later one."""
        places, at = set[int](), self
        while at.before is not None:
            places.add(id(at))
            at = at.before
        while other.before is not None and id(other) not in places:
            other = other.before
        return other


def joined(name: str, first: Chain, second: Chain, sign: float = 1.0) -> Chain:
    """Return first + sign * second: a residual block, with a shortcut where neither is the input of the other.

    Of two branches the shortcut is the one that is affine, or else the one with fewer steps.
    """
    start = first.meeting(second)
    kept, added = first.since(start) or (), second.since(start) or ()
    if not kept and sign == -1 and [getattr(step, "kind", "") for step in added] == ["mean"]:
        return start.then(Part(name, "centred"))
    if not kept and sign == -1 and [getattr(step, "kind", "") for step in added] == ["tanh"]:
        return start.then(ActivationStep(name, "tanhshrink"))
    if not kept:
        return start.then(*_residual(name, added, sign))
    if not added and sign == 1:
        return start.then(*_residual(name, kept, 1.0))
    minus = Scale(name, np.full(1, sign), np.zeros(1))
    if not added:
        return start.then(*_residual(name, kept, 1 / sign), minus)
    if _steps_of(added) < _steps_of(kept):
        return start.then(ResidualStep(name, kept, 1.0, added if sign == 1 else (*added, minus)))
    return start.then(ResidualStep(name, added, sign, kept))


def concatenated(name: str, chains: Sequence[Chain], widths: Sequence[int]) -> Chain:
    """Return all numbers of several chains, side by side: the sum of what each gives in places of its own.

    widths: how many numbers each chain gives.
    """
    whole, parts = np.eye(sum(widths)), list[Chain]()
    for chain, end, width in zip(chains, np.cumsum(widths), widths, strict=True):
        parts.append(chain.then(Affine(name, whole[:, end - width : end], np.zeros(len(whole)))))
    return functools.reduce(lambda left, right: joined(name, left, right), parts)


def _steps_of(steps: Sequence[Step]) -> int:
    return len(_folded(_plain(steps), []))


def _residual(name: str, branch: tuple[Step, ...], scale: float) -> tuple[Step, ...]:
    """x + scale f(x); nothing but a factor where f does nothing."""
    return (ResidualStep(name, branch, scale),) if branch else (Scale(name, np.full(1, 1 + scale), np.zeros(1)),)


def gated(name: str, first: Chain, second: Chain) -> Chain:
    """Return first * second, where that is an activation that is written out: SiLU, Mish or GELU.

    Raises BadFile, with the layer's name, for any other product.
    """
    for start, end in ((first, second), (second, first)):
        steps = end.since(start) or ()
        if kind := GATES.get(tuple(getattr(step, "kind", "") for step in steps)):
            return start.then(ActivationStep(name, kind))
        origins = [(start, 1.0)]
        if isinstance(start.step, Scale) and start.before and (same := _same_for_all(start.step)) and not same[1]:
            origins.append((start.before, same[0]))  # x / 2 may stand there in place of x
        for origin, factor in origins:
            share = _share_of_gelu(end.since(origin) or ())
            if share:
                scale = np.round(share * factor, 6)  # of float32
                after = [] if scale == 1 else [Scale(name, np.full(1, scale), np.zeros(1))]
                return origin.then(ActivationStep(name, "gelu"), *after)
    raise BadFile(f"layer '{printable(name)}' multiplies two branches. {SUPPORTED}")


def divided(name: str, first: Chain, second: Chain) -> Chain:
    """Return first / second, where that is a layer norm that is written out, before its gain and shift.

    Raises BadFile, with the layer's name, for any other quotient.
    """
    match second.since(first):
        case (Part(kind="square"), Part(kind="mean"), Scale() as epsilon, Part(kind="square root")):
            factor, shift = _same_for_all(epsilon) or (0.0, 0.0)
            if isinstance(first.step, Part) and first.step.kind == "centred" and first.before and factor == 1:
                return first.before.then(layer_norm(name, None, None, shift, 1))
    raise BadFile(f"layer '{printable(name)}' divides two branches. {SUPPORTED}")


def _share_of_gelu(steps: Sequence[Step]) -> float:
    """What x times these steps is, as a multiple of GELU: 2 s where they are s (1 + erf(x / sqrt(2))); else 0."""
    match _folded(steps, []):
        case [Scale() as before, Part(kind="erf"), Scale() as after]:
            inner, outer = _same_for_all(before), _same_for_all(after)
            if inner and outer and abs(inner[0] - np.sqrt(0.5)) <= NEAR and not inner[1]:
                return 2 * outer[0] if abs(outer[0] - outer[1]) <= NEAR else 0.0
    return 0.0


def _same_for_all(step: Scale) -> tuple[float, float] | None:
    """Factor and shift of a scale that does the same to every number; None for any other."""
    if np.ptp(step.factor) == 0 and np.ptp(step.shift) == 0:
        return float(step.factor[0]), float(step.shift[0])
    return None


@dataclass(frozen=True, eq=False)
class ReadNetwork:
    """A network from a user's file.

    network: its layers; the readout is affine. assumptions: sentences that say what the file left open, how it was
    decided, and what was left out. final: the activation that the file puts after the readout ('sigmoid', 'softmax',
    'identity', ...), which `network` leaves out. classes: names of the classes, in the order of the outputs, where
    the file holds them. recipe: what the network was trained from where that was done here (Playground's URL);
    recipe.dataset() is then its data. regressor: the file says that its outputs are real numbers, not classes. columns:
    names of the inputs, in their order, where the file holds them.
    """

    network: Network
    assumptions: tuple[str, ...] = ()
    final: str = "identity"
    classes: tuple[str, ...] = ()
    recipe: Recipe | None = None
    regressor: bool = False
    columns: tuple[str, ...] = ()


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


def elu(name: str, alpha: float) -> str:
    """Return the name of an ELU with an alpha; raise BadFile for one that netlib does not have."""
    if not 0 < alpha < np.inf:
        raise unsupported(name, f"an ELU with alpha {alpha:g} (only above 0)")
    return "elu" if abs(alpha - 1) < 1e-9 else f"elu({float(f'{alpha:.7g}')!r})"


def prelu(name: str, slopes: NDArray[Any]) -> Step:
    """Return a PReLU; where all numbers have the same slope, which netlib has, it is a leaky ReLU."""
    slopes = finite(slopes, f"{name}: slopes").ravel()
    if not len(slopes):
        raise unsupported(name, "a PReLU without slopes")
    if np.ptp(slopes) == 0 and 0 <= slopes[0] <= 1:
        return ActivationStep(name, slanted(name, float(slopes[0])))
    return SlopesStep(name, slopes)


def sized(name: str, kind: str, size: float, middle: float = 0.0) -> tuple[Step, ...]:
    """Return an activation of another size, around another place: size f((x - middle) / size) + middle."""
    if not (abs(size) > 0 and np.isfinite([size, middle]).all()):
        raise unsupported(name, f"{kind} of the size {size:g} around {middle:g}")
    before = Scale(name, np.full(1, 1 / size), np.full(1, -middle / size))
    return before, ActivationStep(name, kind), Scale(name, np.full(1, size), np.full(1, middle))


def clipped(name: str, least: float | None, most: float | None) -> tuple[Step, ...]:
    """Return x between two bounds, of which one may be missing."""
    if least == 0 and most in (None, 6):
        return (ActivationStep(name, "relu" if most is None else "relu6"),)
    if least is not None and most is not None:
        if not least < most:
            raise unsupported(name, f"a clamp from {least:g} to {most:g}")
        return sized(name, "hardtanh", (most - least) / 2, (most + least) / 2)
    if least is None and most is None:
        return ()
    return sized(name, "relu", 1.0, least) if least is not None else sized(name, "relu", -1.0, most or 0.0)


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


def layer_norm(
    name: str,
    gain: NDArray[Any] | None,
    shift: NDArray[Any] | None,
    epsilon: float,
    width: int,
    groups: int = 1,
    centred: bool = True,
) -> LayerNormStep:
    """Return a layer norm of so many numbers, or a group norm, or a RMS norm (centred=False); no gain is a gain of 1,
    no shift is one of 0."""
    gain = np.ones(width) if gain is None else finite(gain, f"{name}: gain").ravel()
    shift = np.zeros(width) if shift is None else finite(shift, f"{name}: shift").ravel()
    if gain.shape != (width,) or shift.shape != (width,):
        raise BadFile(f"layer '{printable(name)}': the parts of this layer norm have different sizes. Save it again")
    if not 0 < epsilon <= 1e9:
        raise unsupported(name, f"a layer norm with the epsilon {epsilon:g}")
    if groups < 1 or width % groups:
        raise unsupported(name, f"a norm of {width} numbers in {groups} groups")
    return LayerNormStep(name, gain, shift, epsilon, groups, centred)


def assembled(
    steps: Sequence[Step],
    assumptions: Sequence[str] = (),
    classes: Sequence[str] = (),
    regressor: bool = False,
    inputs: int | None = None,
) -> ReadNetwork:
    """Return the network that the steps make; raise BadFile, naming the layer, where they make none.

    inputs: how many numbers an input has, where that is known.
    """
    assumptions, final, steps = list(assumptions), "identity", _plain(steps)
    if steps and isinstance(steps[-1], ActivationStep) and len(steps) > 1:
        final, steps = steps[-1].kind, steps[:-1]
    if not any(isinstance(step, Affine | ResidualStep) for step in steps):
        raise BadFile(f"holds no dense layer. {SUPPORTED}")
    with np.errstate(all="ignore"):  # what overflows is refused below, by name
        *hidden, last = _layers(steps, inputs, assumptions)
    if last.activation is identity and isinstance(last, Dense | Normalize):
        readout = layer_as_dense(last)
    else:
        hidden, readout = [*hidden, last], Dense(np.eye(last.outputs), np.zeros(last.outputs))
        assumptions.append("No dense layer stands at its end: the numbers after its last layer are the outputs.")
    if final != "identity":
        assumptions.append(f"The {final} after the last layer is left out: the readout shows what goes into it.")
    network = Network(tuple(hidden), readout)
    return ReadNetwork(network, tuple(assumptions), final, tuple(classes), regressor=regressor)


def _plain(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if getattr(step, "kind", "") != "identity"]


def _layers(steps: Sequence[Step], inputs: int | None, assumptions: list[str], depth: int = 0) -> list[Layer]:
    """The layers that steps make of inputs of this width; where it is None, the first step that has one says it."""
    if depth > DEEPEST:
        raise BadFile(f"has more than {DEEPEST} residual blocks within each other. Save a simpler network")
    layers = list[Layer]()
    folded = _folded(_plain(steps), assumptions, is_start=depth == 0)
    for at, step in enumerate(folded):
        name = printable(step.name)
        given = layers[-1].outputs if layers else inputs
        width = given or _width(folded[at:])
        if width is None:
            raise BadFile(f"layer '{name}' stands where the number of its inputs is not known. {SUPPORTED}")
        if isinstance(step, Affine):
            weight, bias = (finite(part, f"{step.name}: folded") for part in (step.weight, step.bias))
            layer: Layer = Dense(weight, bias)
        elif isinstance(step, Scale):
            factor, shift = (finite(part, f"{step.name}: folded") for part in _fitting(step, width))
            layer = Normalize(factor, shift)
        elif isinstance(step, LayerNormStep):
            size = width if len(step.gain) == 1 else len(step.gain)  # where they differ, that is refused below
            gain, shift = np.resize(step.gain, size), np.resize(step.shift, size)
            kind = LayerNorm if step.centred else RMSNorm
            layer = kind(gain, shift, step.epsilon, groups=step.groups)
        elif isinstance(step, SlopesStep):
            layer = PReLU(np.resize(step.slope, width) if len(step.slope) == 1 else step.slope)
        elif isinstance(step, ResidualStep):
            branch = _layers(step.branch, width, assumptions, depth + 1)
            shortcut = _layers(step.shortcut, width, assumptions, depth + 1)
            count, to = branch[-1].outputs if branch else 0, shortcut[-1].outputs if shortcut else width
            if count != to:
                raise BadFile(f"layer '{name}' adds {count} numbers to {to}. Save branches of the same width")
            layer = Residual(tuple(branch), step.scale, shortcut=tuple(shortcut))
        elif isinstance(step, Part):
            raise unsupported(step.name, step.kind)
        elif step.kind in ONLY_LAST:
            raise BadFile(f"layer '{name}' is {step.kind} and not the last. {SUPPORTED}")
        elif layers and isinstance(folded[at - 1], Affine | Scale | LayerNormStep | ResidualStep):
            layers[-1] = _bent(layers[-1], step.kind)
            continue
        else:  # an activation of the inputs, or of an activation
            layer = Normalize(np.ones(width), np.zeros(width), activation(step.kind))
        if layer.inputs != width:
            before = "the layer before it gives" if layers else "an input has"
            raise BadFile(
                f"layer '{name}' takes {layer.inputs} numbers, {before} {width}. Check the order of the layers"
            )
        layers.append(layer)
    return layers


def _width(steps: Sequence[Step]) -> int | None:
    """How many numbers the first of these steps takes, by the first one that says it."""
    for step in steps:
        if isinstance(step, Affine):
            return int(step.weight.shape[1])
        if isinstance(step, LayerNormStep) and len(step.gain) > 1:
            return len(step.gain)
        if isinstance(step, Scale) and len(step.factor) > 1:
            return len(step.factor)
        if isinstance(step, SlopesStep) and len(step.slope) > 1:
            return len(step.slope)
        if isinstance(step, ResidualStep) and (found := _width(step.branch) or _width(step.shortcut)):
            return found
    return None


def _bent(layer: Layer, kind: str) -> Layer:
    assert isinstance(layer, Dense | Normalize | LayerNorm | Residual)
    return replace(layer, activation=activation(kind))


def _folded(steps: Sequence[Step], assumptions: list[str], is_start: bool = False) -> list[Step]:
    """Fold each scale into the dense layer before it, or else into the one after it.

    is_start: inputs come first. What gives each of them a unit of its own stays then: it is shown as the first layer.
    """
    folded = list[Step]()
    for step in steps:
        last = folded[-1] if folded else None
        if isinstance(step, Scale) and isinstance(last, Affine):
            factor, shift = _fitting(step, len(last.bias))
            folded[-1] = Affine(last.name, last.weight * factor[:, None], last.bias * factor + shift)
            assumptions.append(f"'{printable(step.name)}' is folded into '{printable(last.name)}'.")
        elif isinstance(step, Scale) and isinstance(last, LayerNormStep):
            factor, shift = _fitting(step, max(len(last.gain), len(step.factor)))
            folded[-1] = replace(last, gain=last.gain * factor, shift=last.shift * factor + shift)
        elif isinstance(step, Scale) and isinstance(last, Scale):
            before, offset = _fitting(last, max(len(last.factor), len(step.factor)))
            factor, shift = _fitting(step, len(before))
            both = Scale(step.name, before * factor, offset * factor + shift)
            folded[-1:] = [] if (both.factor == 1).all() and (both.shift == 0).all() else [both]
        elif isinstance(step, Affine) and isinstance(last, Scale) and is_start and len(folded) == 1 and _differs(last):
            said = "gives each input a unit of its own, and is the first layer"
            assumptions.append(f"'{printable(last.name)}' {said}.")
            folded.append(step)
        elif isinstance(step, Affine) and isinstance(last, Scale):
            factor, shift = _fitting(last, step.weight.shape[1])
            folded[-1] = Affine(step.name, step.weight * factor, step.bias + step.weight @ shift)
            assumptions.append(f"'{printable(last.name)}' is folded into '{printable(step.name)}'.")
        else:
            folded.append(step)
    return folded


def _differs(scale: Scale) -> bool:
    """Whether the factors are not all the same, but for rounding."""
    return bool(np.ptp(scale.factor) > 1e-6 * np.abs(scale.factor).max())


def _fitting(scale: Scale, width: int) -> tuple[Array, Array]:
    if len(scale.factor) not in (1, width):
        raise BadFile(
            f"layer '{printable(scale.name)}' scales {len(scale.factor)} numbers, its neighbour has {width}. "
            "Check the order of the layers"
        )
    return np.broadcast_to(scale.factor, width), np.broadcast_to(scale.shift, width)
