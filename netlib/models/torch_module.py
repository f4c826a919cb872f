"""Modules of torch: followed by torch.export, so that any way of writing `forward` is read, and nothing is asked.

torch.export runs the module once on two inputs and records what it computes, as a graph of torch's own operations.
What `forward` decides by looking at values cannot be recorded; torch.export refuses it.
"""

from __future__ import annotations

import copy
import logging
import math
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.export.graph_signature import InputKind

from netlib.activations import Array, activation, is_activation
from netlib.errors import BadFile
from netlib.models import as_array
from netlib.readers.files import printable
from netlib.readers.steps import (
    GELUS,
    ActivationStep,
    Affine,
    Chain,
    Part,
    ReadNetwork,
    Scale,
    Step,
    assembled,
    batch_norm,
    clipped,
    concatenated,
    dense,
    elu,
    gated,
    joined,
    layer_norm,
    prelu,
    sized,
    slanted,
    unsupported,
)

ACTIVATIONS = {
    **{name: name for name in ("relu", "relu6", "tanh", "sigmoid", "hardsigmoid", "elu", "softplus", "softmax")},
    **{name: name for name in ("log_softmax", "silu", "mish", "selu", "hardswish")},
    "log_sigmoid": "logsigmoid",
}
# operations that pass numbers on as they are, once a module is trained; views are, where each input keeps its numbers
PASSED = ("dropout", "feature_dropout", "alpha_dropout", "contiguous", "clone", "detach", "alias", "to", "_to_copy")
VIEWS = ("view", "reshape", "flatten", "squeeze", "unsqueeze", "unsafe_view", "_unsafe_view")
# operations that give several values, each with some of the numbers
CUTS = ("chunk", "split", "split_with_sizes", "unbind")
# the settings of activations: position and name among the arguments, and torch's default
SETTINGS: dict[str, list[tuple[int, tuple[str, Any]]]] = {
    "leaky_relu": [(1, ("negative_slope", 0.01))],
    "rrelu": [(1, ("lower", 1 / 8)), (2, ("upper", 1 / 3))],
    "prelu": [(1, ("weight", None))],
    "hardtanh": [(1, ("min_val", -1)), (2, ("max_val", 1))],
    "clamp": [(1, ("min", None)), (2, ("max", None))],
    "clamp_min": [(1, ("min", None))],
    "clamp_max": [(1, ("max", None))],
    "threshold": [(1, ("threshold", None)), (2, ("value", None))],
    "elu": [(1, ("alpha", 1)), (2, ("scale", 1)), (3, ("input_scale", 1))],
    "celu": [(1, ("alpha", 1))],
    "softplus": [(1, ("beta", 1))],
    "softshrink": [(1, ("lambd", 0.5))],
    "gelu": [(1, ("approximate", "none"))],
}
PICKS = ("slice", "select", "index", "index_select", "narrow")


@dataclass(frozen=True)
class _Stream:
    """What the inputs have become: the steps up to here, and how many numbers each input has now."""

    chain: Chain
    width: int

    def then(self, *steps: Step, width: int | None = None) -> _Stream:
        return _Stream(self.chain.then(*steps), self.width if width is None else width)


def read(module: torch.nn.Module, points: Any) -> ReadNetwork:
    """Return the network that a module computes once it is trained (in evaluation mode). points (N, ...): inputs."""
    return reader(module, points)()


def reader(module: torch.nn.Module, points: Any) -> Callable[[], ReadNetwork]:
    """Return a function that reads the module with the parameters that it has then: it is followed only once."""
    if not isinstance(module, torch.nn.Module):
        raise BadFile("is no torch.nn.Module. Give the module itself, not its parameters")
    if isinstance(module, torch.jit.ScriptModule):
        raise BadFile("was made by torch.jit, which hides its layers. Give the module that it was made from")
    program, example, outputs = _exported(module, points)
    width = math.prod(example.shape[1:])

    def read_now() -> ReadNetwork:
        present = {**dict(module.named_parameters()), **dict(module.named_buffers())}
        result = _follow(program, {**program.state_dict, **program.constants, **present})
        if not isinstance(result, _Stream):
            raise BadFile("its forward() does not use its inputs. Check that it returns what the layers computed")
        steps = result.chain.since()
        assert steps is not None
        return assembled(steps, inputs=width)

    _compare(read_now(), example, outputs)
    return read_now


def _compare(read: ReadNetwork, example: torch.Tensor, outputs: Any) -> None:
    """Raise BadFile where the network that was read computes something else than the module."""
    if not isinstance(outputs, torch.Tensor):
        kind = printable(type(outputs).__name__)
        raise BadFile(f"its forward() returns a {kind}. Return the scores of the classes alone, as a tensor")
    found = torch.tensor(read.network(example.reshape(len(example), -1).double().numpy()))
    if read.final in ("softmax", "log_softmax"):
        found = getattr(torch, read.final)(found, 1)
    elif is_activation(read.final):
        found = torch.tensor(activation(read.final)(found.numpy()))
    outputs = outputs.double().reshape(found.shape)
    if not torch.allclose(found, outputs, rtol=1e-2, atol=1e-2 * float(outputs.abs().max())):
        raise BadFile("what was read of its forward() computes something else. Change no values in place")


def _exported(module: torch.nn.Module, points: Any) -> tuple[torch.export.ExportedProgram, torch.Tensor, Any]:
    """What the module does, as a graph; two inputs, and what the module makes of them."""
    # what pruning or a weight norm computed in the last pass belongs to a graph, which cannot be copied
    computed = [each for part in module.modules() for each in vars(part).values() if isinstance(each, torch.Tensor)]
    module = copy.deepcopy(module, {id(each): each.detach().clone() for each in computed}).eval().cpu()
    dtype = next((p.dtype for p in module.parameters() if p.is_floating_point()), torch.float32)
    shape = as_array(points).shape[1:]
    example = torch.tensor(np.resize(as_array(points)[:2].astype(np.float64), (2, *shape))).to(dtype)
    with _quiet():
        with _explained(f"does not take two inputs of the shape {shape}", "Give X as the model takes it"):
            outputs = module(example.clone())
        cure = "Decide nothing in forward() by looking at values"
        with _explained("its forward() cannot be followed by torch.export", cure):
            return torch.export.export(module, (example.clone(),), strict=False), example, outputs


@contextmanager
def _explained(what: str, cure: str) -> Iterator[None]:
    """Turn an error of the user's own code, of any kind, into BadFile."""
    try:
        yield
    except Exception as problem:
        first = next((line for line in str(problem).splitlines() if line.strip()), type(problem).__name__)
        raise BadFile(f"{what} ({printable(first)}). {cure}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Let torch neither warn, log nor print its graph: what matters is in the error."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings(), torch.no_grad(), redirect_stdout(StringIO()), redirect_stderr(StringIO()):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)


def _follow(program: torch.export.ExportedProgram, stored: Mapping[str, Any]) -> Any:
    """Walk through the graph; each node has a _Stream, or a tensor or number that does not depend on the inputs.

    stored: parameters, buffers and constants by their names.
    """
    values = dict[str, Any]()
    kinds = {spec.arg.name: spec for spec in program.graph_signature.input_specs if hasattr(spec.arg, "name")}
    for node in program.graph.nodes:
        if node.op == "placeholder":
            spec = kinds[node.name]
            if spec.kind == InputKind.USER_INPUT:
                values[node.name] = _Stream(Chain(), math.prod(node.meta["val"].shape[1:]))
            else:
                values[node.name] = stored[str(spec.target)].detach().cpu()
        elif node.op == "output":
            outputs = node.args[0]
            if len(outputs) != 1:
                raise BadFile(f"its forward() returns {len(outputs)} values. Return the scores of the classes alone")
            return values[outputs[0].name]
        else:
            args = torch.fx.node.map_arg(node.args, lambda n: values[n.name])
            kwargs = torch.fx.node.map_arg(node.kwargs, lambda n: values[n.name])
            values[node.name] = _value(node, args, kwargs)
            if _name(node).endswith("_") and isinstance(node.args[0], torch.fx.Node):
                values[node.args[0].name] = values[node.name]  # it was changed in place
    raise BadFile("its forward() returns nothing. Return the scores of the classes")


def _value(node: torch.fx.Node, args: Any, kwargs: Any) -> Any:
    given = [*args, *kwargs.values()]
    listed = [each for arg in given if isinstance(arg, list | tuple) for each in arg]
    streams = [arg for arg in (*given, *listed) if isinstance(arg, _Stream)]
    if not streams:
        assert callable(node.target)
        return node.target(*args, **kwargs)
    place, kind = _place(node), _operation(node)
    if _class(node) == "Softsign":  # x / (1 + |x|), in three operations
        return args[0].then(ActivationStep(place, "softsign")) if kind == "div" else streams[0]
    if kind == "getitem":
        return args[0][args[1]]
    if (
        kind in ("cat", "stack")
        and args[0] == streams
        and len(node.meta["val"].shape) == 2
        and args[1:] in ((1,), (-1,))
    ):
        widths = [stream.width for stream in streams]
        return _Stream(concatenated(place, [stream.chain for stream in streams], widths), sum(widths))
    if len(streams) > 1 or streams[0] not in given:
        return _joined(place, kind, streams, args, kwargs)
    stream = streams[0]
    if kind in VIEWS:
        after = node.meta["val"].shape
        if (
            len(after) == 3 and after[:2] == (1, 2) and after[2] == stream.width
        ):  # one image whose channels are the points
            return stream
        if math.prod(after[1:]) != stream.width or math.prod(after) != 2 * stream.width:
            raise unsupported(place, f"{kind} that mixes inputs")
        return stream
    if kind in PASSED:
        return stream
    if kind in CUTS or kind in PICKS:
        return _picked(node, place, stream, args, kwargs)
    if kind in SETTINGS:
        return stream.then(*_with_settings(kind, place, args, kwargs))
    if kind in ACTIVATIONS:
        return stream.then(ActivationStep(place, ACTIVATIONS[kind]))
    if kind == "erf":
        return stream.then(Part(place, "erf"))
    if kind == "instance_norm":
        (source, *_) = node.all_input_nodes
        return stream.then(_instance_norm(place, stream, args, source.meta["val"].shape))
    if kind not in MAPS:
        raise unsupported(place, kind)
    step = MAPS[kind](place, stream, args, kwargs)
    return stream.then(step, width=len(step.bias) if isinstance(step, Affine) else stream.width)


def _joined(place: str, kind: str, streams: list[_Stream], args: Any, kwargs: Any) -> _Stream:
    """A sum or difference of two branches, or a product that is an activation written out."""
    first, second = streams[0], streams[1]
    if len(streams) == 2 and first.width == second.width and len(args) == 2:
        if kind in ("add", "sub"):
            sign = kwargs.get("alpha", 1) * (1 if kind == "add" else -1)
            return _Stream(joined(place, first.chain, second.chain, float(sign)), first.width)
        if kind == "mul":
            return _Stream(gated(place, first.chain, second.chain), first.width)
    raise unsupported(place, f"{kind} of two branches")


def _picked(node: torch.fx.Node, place: str, stream: _Stream, args: Any, kwargs: Any) -> Any:
    """Some of the numbers of each input, or several such parts: the operation itself shows which, on their places."""
    source = node.args[0]
    assert isinstance(source, torch.fx.Node)
    assert callable(node.target)
    shape, width = tuple(source.meta["val"].shape), stream.width
    if math.prod(shape) != 2 * width or not isinstance(args[0], _Stream):
        raise unsupported(place, f"{_operation(node)} that mixes inputs")
    found = node.target(torch.arange(2 * width).reshape(shape), *args[1:], **kwargs)
    parts = list[_Stream]()
    for part in found if isinstance(found, list | tuple) else [found]:
        if len(part) != 2 or not torch.equal(part[0] + width, part[1]) or int(part[0].max()) >= width:
            raise unsupported(place, f"{_operation(node)} that mixes inputs")
        places = part[0].reshape(-1).numpy()
        parts.append(stream.then(Affine(place, np.eye(width)[places], np.zeros(len(places))), width=len(places)))
    return parts if isinstance(found, list | tuple) else parts[0]


def _with_settings(kind: str, place: str, args: Any, kwargs: Any) -> Sequence[Step]:
    """The steps of an activation that depends on its settings, of which each has a place among the arguments."""
    given = [args[at] if len(args) > at else kwargs.get(name, default) for at, (name, default) in SETTINGS[kind]]
    match kind, *given:
        case "leaky_relu", slope:
            return [ActivationStep(place, slanted(place, float(slope)))]
        case "rrelu", least, most:  # between the two at random, and their mean once it is trained
            return [ActivationStep(place, slanted(place, (least + most) / 2))]
        case "prelu", slopes:
            return [prelu(place, _numpy(slopes))]
        case (("hardtanh" | "clamp"), least, most):
            return clipped(place, least, most)
        case "clamp_min", least:
            return clipped(place, least, None)
        case "clamp_max", most:
            return clipped(place, None, most)
        case "threshold", place_of_step, value if place_of_step == value:
            return clipped(place, value, None)
        case "elu", alpha, 1, 1:
            return [ActivationStep(place, elu(place, float(alpha)))]
        case "celu", alpha:
            return sized(place, "elu", float(alpha))
        case "softplus", beta:
            return sized(place, "softplus", 1 / float(beta) if beta else math.inf)
        case "softshrink", reach if reach > 0:
            return sized(place, "softshrink", 2 * float(reach))
        case "gelu", form if form in GELUS:
            return [ActivationStep(place, GELUS[form])]
    raise unsupported(place, f"{kind} with these settings")


def _operation(node: torch.fx.Node) -> str:
    """The name of an operation: 'linear' of aten.linear.default."""
    name = _name(node)
    return name.removesuffix("_") if name != "_" else name


def _name(node: torch.fx.Node) -> str:
    """The name of an operation as torch has it; it ends in '_' where the operation is done in place."""
    return getattr(node.target, "__name__", str(node.target)).partition(".")[0]


def _place(node: torch.fx.Node) -> str:
    """The path of the innermost module that does the operation: 'body.fc1'; 'forward' for the model itself."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    path = str(stack[-1][0]) if stack else ""
    return path or "forward"


def _class(node: torch.fx.Node) -> str:
    """The name of the class of the innermost module that does the operation."""
    stack = list((node.meta.get("nn_module_stack") or {}).values())
    return str(stack[-1][1]).rpartition(".")[2] if stack else ""


def _numpy(tensor: torch.Tensor) -> NDArray[Any]:
    return tensor.detach().double().numpy()


# ---- affine maps ------------------------------------------------------------------------------------------------


def _linear(place: str, stream: _Stream, args: Any, kwargs: Any) -> Step:
    bias = args[2] if len(args) > 2 else kwargs.get("bias")
    return dense(place, _numpy(args[1]), None if bias is None else _numpy(bias), "out,in")


def _addmm(place: str, stream: _Stream, args: Any, kwargs: Any) -> Step:
    bias, inputs, weight = args[:3]
    if not isinstance(inputs, _Stream) or kwargs:
        raise unsupported(place, "addmm in which the inputs are not on the left")
    weight = _numpy(weight)
    return dense(place, weight, np.broadcast_to(_numpy(bias), weight.shape[1]), "in,out")


def _matmul(place: str, stream: _Stream, args: Any, kwargs: Any) -> Step:
    if not isinstance(args[0], _Stream) or args[1].ndim != 2:
        raise unsupported(place, "a product in which the inputs are not on the left (write x @ W)")
    return dense(place, _numpy(args[1]), None, "in,out")


def _batch_norm(place: str, stream: _Stream, args: Any, kwargs: Any) -> Step:
    gamma, beta, mean, variance = (None if arg is None else _numpy(arg) for arg in args[1:5])
    if mean is None or variance is None:
        raise unsupported(place, "a batch norm without running statistics")
    epsilon = next(arg for arg in reversed(args) if isinstance(arg, float))
    return batch_norm(place, mean, variance, gamma, beta, epsilon)


def _layer_norm(place: str, stream: _Stream, args: Any, kwargs: Any) -> Step:
    if math.prod(args[1]) != stream.width:
        raise unsupported(place, f"a layer norm over {math.prod(args[1])} of {stream.width} numbers")
    given = dict(zip(("weight", "bias", "eps"), args[2:], strict=False)) | kwargs
    gain, shift = (None if given.get(key) is None else _numpy(given[key]) for key in ("weight", "bias"))
    return layer_norm(place, gain, shift, float(given.get("eps", 1e-5)), stream.width)


def _rms_norm(place: str, stream: _Stream, args: Any, kwargs: Any) -> Step:
    if math.prod(args[1]) != stream.width:
        raise unsupported(place, f"an RMS norm over {math.prod(args[1])} of {stream.width} numbers")
    given = dict(zip(("weight", "eps"), args[2:], strict=False)) | kwargs
    gain, epsilon = given.get("weight"), given.get("eps")
    if epsilon is None:  # torch takes the precision of the inputs
        epsilon = torch.finfo(torch.float32 if gain is None else gain.dtype).eps
    return layer_norm(place, None if gain is None else _numpy(gain), None, float(epsilon), stream.width, centred=False)


def _group_norm(place: str, stream: _Stream, args: Any, kwargs: Any) -> Step:
    groups, gain, shift = args[1], *(None if arg is None else _numpy(arg) for arg in (*args[2:4], None, None)[:2])
    for part in (gain, shift):
        if part is not None and part.size != stream.width:
            raise unsupported(place, f"a group norm with {part.size} gains for {stream.width} numbers")
    given = dict(zip(("eps",), args[4:], strict=False)) | kwargs
    return layer_norm(place, gain, shift, float(given.get("eps", 1e-5)), stream.width, groups)


def _instance_norm(place: str, stream: _Stream, args: Any, shape: Sequence[int]) -> Step:
    """A group norm of which each channel is a group. shape: (N, channels, …), or (1, N, n) where torch takes points for
    channels of one image."""
    groups, gain, shift = (shape[1] if shape[0] == 2 else 1), args[1], args[2]
    if not args[5]:
        raise unsupported(place, "an instance norm with running statistics")
    if shape[0] != 2 and gain is not None:
        raise unsupported(place, "an instance norm with a gain for each point")
    each = stream.width // groups
    gain, shift = (None if part is None else np.repeat(_numpy(part), each) for part in (gain, shift))
    return layer_norm(place, gain, shift, float(args[7]), stream.width, groups)


def _arithmetic(kind: str) -> Callable[[str, _Stream, Any, Any], Step]:
    """Return the reader of x + c, x - c, c - x, x * c, x / c and -x, for a number or a vector c."""

    def step(place: str, stream: _Stream, args: Any, kwargs: Any) -> Step:
        left = isinstance(args[0], _Stream)
        constant = _vector(place, 1 if len(args) < 2 else args[1] if left else args[0], stream.width)
        constant = constant * kwargs.get("alpha", 1)
        one, zero = np.ones(stream.width), np.zeros(stream.width)
        if kind == "div" and not left:
            raise unsupported(place, "a division by the inputs")
        factor, shift = {
            "neg": (-one, zero),
            "add": (one, constant),
            "sub": (one, -constant) if left else (-one, constant),
            "rsub": (-one, constant),
            "mul": (constant, zero),
            "div": (one / np.where(constant == 0, np.nan, constant), zero),
        }[kind]
        return Scale(place, factor, shift)

    return step


def _vector(place: str, constant: Any, width: int) -> Array:
    values = np.asarray(_numpy(constant) if isinstance(constant, torch.Tensor) else constant, dtype=np.float64)
    if values.size not in (1, width):
        raise unsupported(place, f"arithmetic with a tensor of the shape {values.shape}")
    return np.broadcast_to(values.reshape(-1), width).copy()


MAPS: dict[str, Callable[[str, _Stream, Any, Any], Step]] = {
    "linear": _linear,
    "addmm": _addmm,
    "mm": _matmul,
    "matmul": _matmul,
    "batch_norm": _batch_norm,
    "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "group_norm": _group_norm,
    **{kind: _arithmetic(kind) for kind in ("add", "sub", "rsub", "mul", "div", "neg")},
}
