"""ONNX: a graph that is one chain of layers, of which some may be residual blocks.

The onnx library parses the bytes in memory. It opens no file: weights that the exporter put into a second file are
read here, and only from the folder of the first. Source: onnx.proto and the definitions of the operators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import SELU_ALPHA, SELU_SCALE
from netlib.errors import BadFile
from netlib.readers.files import Budget, ReadOptions, count_of, damage, finite, printable
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
    dense,
    divided,
    elu,
    gated,
    joined,
    layer_norm,
    prelu,
    scaling,
    sized,
    slanted,
    unsupported,
)

if TYPE_CHECKING:
    from onnx import AttributeProto, TensorProto

SUFFIXES = (".onnx",)
EXTRA = "onnx"
SAYS_ALL = True  # a file of this format says its activations and the order of its layers
CURE = "Export it again"
NUMBERS = ("FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "INT32", "INT64")
# A part of a message takes up to 200 bytes in memory, and may be two bytes long in the file.
MOST_PARTS = 100_000
MOST_NODES = 10_000
ACTIVATIONS = {
    **{kind: kind.lower() for kind in ("Relu", "Tanh", "Sigmoid", "Softplus", "Softsign", "Softmax", "Mish")},
    "HardSwish": "hardswish",
    "LogSoftmax": "log_softmax",
}
# netlib's name, and each attribute with its default in ONNX and the one value that netlib has
FIXED: dict[str, tuple[str, tuple[tuple[str, float, float], ...]]] = {
    "Selu": ("selu", (("alpha", SELU_ALPHA, SELU_ALPHA), ("gamma", SELU_SCALE, SELU_SCALE))),
    "HardSigmoid": ("hardsigmoid", (("alpha", 0.2, 1 / 6), ("beta", 0.5, 0.5))),
}
PARTS = {"Erf": "erf", "Sqrt": "square root"}
PASSED = ("Identity", "Dropout", "Flatten", "Squeeze")
OF_SCIKIT_LEARN = ("Scaler", "ZipMap", "ArrayFeatureExtractor")  # operators of ai.onnx.ml, which sklearn-onnx writes
FLOATS = (1, 10, 11, 16)  # the types to which Cast changes no number, but by rounding
Constants = dict[str, NDArray[Any]]


@dataclass(frozen=True, eq=False)
class Node:
    """One operator: its inputs and output by name, and its attributes."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, AttributeProto]

    def whole(self, name: str, default: int = 0) -> int:
        return self.attributes[name].i if name in self.attributes else default

    def word(self, name: str, default: str) -> str:
        return self.attributes[name].s.decode("utf-8", "replace") if name in self.attributes else default

    def real(self, name: str, default: float) -> float:
        return self.attributes[name].f if name in self.attributes else default

    def integers(self, name: str) -> list[int]:
        return list(self.attributes[name].ints) if name in self.attributes else []

    def reals(self, name: str) -> NDArray[Any]:
        return np.array(self.attributes[name].floats if name in self.attributes else [], dtype=np.float64)

    @property
    def labels(self) -> tuple[str, ...]:
        """The names of classes in a ZipMap."""
        names = [bytes(name).decode("utf-8", "replace") for each in self.attributes.values() for name in each.strings]
        return tuple(names or [str(number) for each in self.attributes.values() for number in each.ints])


def recognises(data: bytes, members: tuple[str, ...]) -> bool:
    """Whether the bytes begin with the version of an ONNX message and one of its other fields."""
    return len(data) > 2 and data[0] == 0x08 and 0 < data[1] < 64 and data[2] in b"\x12\x1a\x22\x2a\x32\x3a\x42"


def read(data: bytes, options: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of an .onnx file; large weights may lie in a second file beside it."""
    from onnx import ModelProto

    budget, nodes = Budget(), list[Node]()
    with damage("is damaged or no ONNX file", CURE):
        _count_parts(memoryview(data), ModelProto.DESCRIPTOR, MOST_PARTS)
        graph = ModelProto.FromString(data).graph
        constants = {tensor.name: _values(tensor, options, budget) for tensor in graph.initializer}
        for at, proto in enumerate(graph.node):
            kind, outputs = proto.op_type, (*proto.output, "")
            attributes = {attribute.name: attribute for attribute in proto.attribute}
            node = Node(proto.name or f"{kind} {at}", kind, tuple(proto.input), outputs[0], attributes)
            if proto.domain not in ("", "ai.onnx") and kind not in OF_SCIKIT_LEARN:
                raise unsupported(node.name, f"{kind} of {proto.domain}")
            if kind == "Constant" and "value" in attributes:
                constants[node.output] = _values(attributes["value"].t, options, budget)
            elif kind == "Identity" and node.inputs[:1] and node.inputs[0] in constants:
                constants[node.output] = constants[node.inputs[0]]  # an exporter may give a constant a second name
            elif kind != "Constant":
                nodes.append(node)
        starts = [value.name for value in graph.input if value.name not in constants]
        ends = [value.name for value in graph.output]
        if not graph.node:
            raise BadFile(f"is damaged or no ONNX file: it has no layers. {CURE}")
    classes: tuple[str, ...] = ()
    if len(ends) == 2:
        nodes, ends, classes = _classifier(nodes, ends, constants)
    if len(starts) != 1 or len(ends) != 1:
        raise BadFile(f"has {len(starts)} inputs and {len(ends)} outputs. Export a network with one of each")
    if len(nodes) > MOST_NODES:
        raise BadFile(f"has {len(nodes):,} nodes, {MOST_NODES:,} can be read. Export a smaller network")
    return assembled(_walk(nodes, constants, starts[0], ends[0], budget), (), classes)


def _classifier(
    nodes: list[Node], ends: list[str], constants: Constants
) -> tuple[list[Node], list[str], tuple[str, ...]]:
    """What gives the probabilities, where the outputs are a label and they, as sklearn-onnx writes classifiers.

    Returns the nodes that lead to the sigmoid or softmax, its output, and the names of the classes, where they are
    known. The other output is the name of the likeliest class.
    """
    made = {node.output: node for node in nodes}
    value, classes = ends[1], tuple[str, ...]()
    if value in made and made[value].kind == "ZipMap":
        classes, value = made[value].labels, (*made[value].inputs, "")[0]
    if value not in made:
        return nodes, ends, ()
    if made[value].kind == "Concat" and len(made[value].inputs) == 2:  # of 1 - p and p
        rest, own = made[value].inputs
        if rest in made and made[rest].kind == "Sub" and made[rest].inputs[1:] == (own,):
            one = constants.get(made[rest].inputs[0], np.zeros(0))
            value = own if one.size == 1 and one.item() == 1 else value
    return _leading_to(value, nodes), [value], classes


def _leading_to(value: str, nodes: list[Node]) -> list[Node]:
    """The nodes on which a value depends, in their order."""
    made = {node.output: node for node in nodes}
    needed, kept = [value], set[str]()
    while needed:
        name = needed.pop()
        if name in made and name not in kept:
            kept.add(name)
            needed += made[name].inputs
    return [node for node in nodes if node.output in kept]


def _count_parts(data: memoryview, kind: Any, left: int) -> int:
    """Return how many of `left` parts remain after those of a message; raise BadFile where there are too many.

    kind: the message's descriptor. Only lengths are followed here; see protobuf's "Encoding".
    """
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        wire, size = tag & 7, {1: 8, 5: 4}.get(tag & 7, 0)
        if wire in (0, 2):
            number, at = _varint(data, at)
            size = number if wire == 2 else 0
        elif not size:
            raise ValueError("a field of an unknown kind")
        known, left = kind.fields_by_number.get(tag >> 3), left - 1
        if wire == 2 and known and known.message_type:
            left = _count_parts(data[at : at + size], known.message_type, left)
        elif wire == 2 and known and known.cpp_type <= known.CPPTYPE_UINT64:
            left -= size // 64  # a list of whole numbers, of which each takes more in memory than in the file
        if left < 0:
            raise BadFile(f"has more than {MOST_PARTS:,} parts. Export a smaller network")
        at += size
    return left


def _varint(data: memoryview, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        value |= (data[at + shift // 7] & 127) << shift
        if data[at + shift // 7] < 128:
            return value, at + shift // 7 + 1
    raise ValueError("a number that does not end")


def _values(tensor: TensorProto, options: ReadOptions, budget: Budget) -> NDArray[Any]:
    """Return a tensor of numbers in float64; an empty array for any other, which no operator here can use."""
    from onnx import TensorProto, numpy_helper

    name = tensor.name or "constant"
    if TensorProto.DataType.Name(tensor.data_type) not in NUMBERS:
        return np.zeros(0)
    budget.spend(count_of(tuple(tensor.dims), name))
    if tensor.data_location == TensorProto.EXTERNAL:
        tensor.raw_data = _external(tensor, name, options)
        tensor.data_location = TensorProto.DEFAULT
    with damage(f"'{printable(name)}' is damaged", CURE):
        return numpy_helper.to_array(tensor).astype(np.float64)


def _external(tensor: TensorProto, name: str, options: ReadOptions) -> bytes:
    """The bytes of a tensor that the exporter put into a second file, which must lie in the same folder."""
    place = {entry.key: entry.value for entry in tensor.external_data}
    location = place.get("location", "")
    if options.beside is None:
        raise BadFile(
            f"keeps '{printable(name)}' in the file '{printable(location)}'. Export it with external_data=False"
        )
    data = options.beside(location)
    with damage(f"does not say where '{printable(name)}' begins in '{printable(location)}'", CURE):
        start = int(place.get("offset", "0"))
        end = start + int(place["length"]) if "length" in place else len(data)
    if not 0 <= start <= end <= len(data):
        raise BadFile(f"'{printable(location)}' is too short for '{printable(name)}'. Export both files again")
    return data[start:end]


def _walk(nodes: list[Node], constants: Constants, start: str, end: str, budget: Budget) -> tuple[Step, ...]:
    """Return the steps from the input to the output; raise BadFile for layers that do not form one chain."""
    if _leading_to(end, nodes) != [node for node in nodes if not constants.keys() >= {*node.inputs}]:
        raise BadFile("has layers beside the chain from its input to its output. Export a plain chain of layers")
    chains = {start: Chain()}
    for node in nodes:
        if not constants.keys() >= {*node.inputs}:
            with np.errstate(all="ignore"):  # what overflows is refused, by name, once the layers are complete
                chains[node.output] = _after(node, chains, constants, budget)
    if end not in chains:
        raise BadFile(f"nothing gives its output '{printable(end)}'. {CURE}")
    return chains[end].since() or ()


def _after(node: Node, chains: dict[str, Chain], constants: Constants, budget: Budget) -> Chain:
    """What the values that a node takes become in it."""
    values = [chains[name] for name in node.inputs if name in chains]
    if len(values) == 2 and node.kind in ("Add", "Sub", "Mul", "Div", "Sum") and len(node.inputs) == 2:
        if node.kind == "Div":
            return divided(node.name, values[0], values[1])
        if node.kind == "Mul":
            return gated(node.name, values[0], values[1])
        return joined(node.name, values[0], values[1], -1 if node.kind == "Sub" else 1)
    others = [name for name in node.inputs if name and name not in chains]
    if len(values) != 1 or not constants.keys() >= {*others}:
        raise unsupported(node.name, f"{node.kind} of two values" if values else f"{node.kind} of no input")
    chain, known, is_first = values[0], [constants[name] for name in others], node.inputs[0] in chains
    budget.spend(sum(constant.size for constant in known))  # one constant may be used many times
    if node.kind == "Add" and known and isinstance(chain.step, Affine) and chain.before:
        return chain.before.then(_shifted(chain.step, known[0], node))
    if node.kind == "Gemm" and known and is_first:
        if node.whole("transA"):
            raise unsupported(node.name, "Gemm with a transposed input")
        step = dense(node.name, known[0], None, "out,in" if node.whole("transB") else "in,out")
        step = Affine(node.name, step.weight * node.real("alpha", 1.0), step.bias)
        return chain.then(_shifted(step, known[1] * node.real("beta", 1.0), node) if len(known) > 1 else step)
    if node.kind == "Cast" and node.whole("to") in FLOATS:
        return chain
    if node.kind == "Reshape" and known and known[0].size == 2 and known[0].ravel()[0] in (-1, 0):
        return chain  # each point as one row
    if node.kind == "Celu":
        return chain.then(*sized(node.name, "elu", node.real("alpha", 1.0)))
    if node.kind == "Clip":
        names = zip(("min", "max"), (*node.inputs[1:], "", ""), strict=False)
        bounds = [_bound(node, bound, constants.get(name)) for bound, name in names]
        return chain.then(*clipped(node.name, *bounds[:2]))
    return chain if node.kind in PASSED else chain.then(_step(node, known, is_first))


def _bound(node: Node, name: str, given: NDArray[Any] | None) -> float | None:
    """A bound of a Clip: an input, or in older files an attribute; None where there is none."""
    if given is None:
        return node.real(name, 0.0) if name in node.attributes else None
    if given.size != 1:
        raise unsupported(node.name, f"a Clip with {given.size} numbers as its bound")
    return float(given.item())


def _step(node: Node, known: list[NDArray[Any]], is_first: bool) -> Step:
    """What a node does with one value. known: its constants. is_first: the value stands before them."""
    if node.kind in ACTIVATIONS:
        return ActivationStep(node.name, ACTIVATIONS[node.kind])
    if node.kind == "Gelu" and (form := node.word("approximate", "none")) in GELUS:
        return ActivationStep(node.name, GELUS[form])
    if node.kind in PARTS:
        return Part(node.name, PARTS[node.kind])
    if node.kind == "Pow" and is_first and known and known[0].size == 1 and known[0].item() == 2:
        return Part(node.name, "square")
    if node.kind == "ReduceMean" and node.whole("keepdims", 1) and _axes(node, known) in ([-1], [1]):
        return Part(node.name, "mean")
    if node.kind == "LeakyRelu":
        return ActivationStep(node.name, slanted(node.name, node.real("alpha", 0.01)))
    if node.kind == "PRelu" and known and known[0].size in (1, *known[0].shape[-1:]):
        return prelu(node.name, known[0])
    if node.kind == "Elu":
        return ActivationStep(node.name, elu(node.name, node.real("alpha", 1.0)))
    if node.kind in FIXED:
        kind, attributes = FIXED[node.kind]
        for name, default, only in attributes:
            if abs((given := node.real(name, default)) - only) > 1e-6:
                raise unsupported(node.name, f"{kind} with {name} {given:g} (only {only:g})")
        return ActivationStep(node.name, kind)
    if node.kind == "MatMul" and known and is_first:
        return dense(node.name, known[0], None, "in,out")
    if node.kind in ("Add", "Sub", "Mul", "Div") and known and (is_first or node.kind != "Div"):
        return _scaled(node, known[0], is_first)
    if node.kind == "Scaler":
        scale, offset = node.reals("scale"), node.reals("offset")
        if scale.size != offset.size and 1 not in (scale.size, offset.size):
            raise unsupported(node.name, f"a Scaler of {offset.size} offsets and {scale.size} scales")
        return scaling(node.name, scale, -offset * scale)
    if node.kind == "BatchNormalization" and len(known) == 4 and is_first:
        gamma, beta, mean, variance = known
        return batch_norm(node.name, mean, variance, gamma, beta, node.real("epsilon", 1e-5))
    if node.kind == "LayerNormalization" and known and is_first and node.whole("axis", -1) in (-1, 1):
        shift = known[1] if len(known) > 1 else None
        return layer_norm(node.name, known[0], shift, node.real("epsilon", 1e-5), known[0].size)
    raise unsupported(node.name, node.kind)


def _axes(node: Node, known: list[NDArray[Any]]) -> list[int]:
    """The axes of a reduction: an attribute, or from version 18 of the operators on an input."""
    return [int(axis) for axis in (known[0].ravel() if known else node.integers("axes"))]


def _scaled(node: Node, constant: NDArray[Any], is_first: bool) -> Scale:
    """The value plus, minus, times or divided by a constant; or the constant minus the value."""
    if constant.size != 1 and constant.shape[-1] != constant.size:
        raise unsupported(node.name, f"{node.kind} of a constant of the shape {constant.shape}")
    one, none = np.ones(constant.size), np.zeros(constant.size)
    values = finite(constant, f"{node.name}: constant").ravel()
    match node.kind:
        case "Mul":
            return scaling(node.name, values, none)
        case "Div":
            return scaling(node.name, 1 / values, none)
        case "Add":
            return scaling(node.name, one, values)
    return scaling(node.name, one, -values) if is_first else scaling(node.name, -one, values)


def _shifted(step: Affine, shift: NDArray[Any], node: Node) -> Affine:
    values = finite(shift, f"{node.name}: bias").reshape(-1)
    if values.size not in (1, step.bias.size):
        raise BadFile(f"layer '{printable(node.name)}' adds {values.size} numbers to {step.bias.size}. Export it again")
    return Affine(step.name, step.weight, step.bias + values)
