"""ONNX: a graph that is one chain of dense layers and activations, read without onnx or onnxruntime.

Source: the field numbers in onnx.proto and the operators' definitions, both published by the ONNX project.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import Budget, finite, shown
from netlib.readers.onnx_tensors import tensor
from netlib.readers.options import ReadOptions
from netlib.readers.protobuf import Message
from netlib.readers.steps import Bend, Dense, ReadNetwork, Step, assembled, batch_norm, dense, unsupported

SUFFIXES = (".onnx",)
SAYS_ALL = True  # a file of this format says its activations and the order of its layers
# Field numbers of ModelProto, GraphProto, NodeProto, AttributeProto, ValueInfoProto
GRAPH = 7
NODES, INITIALIZERS, INPUTS, OUTPUTS = 1, 5, 11, 12
NODE_INPUT, NODE_OUTPUT, NODE_NAME, NODE_KIND, NODE_ATTRIBUTE, NODE_DOMAIN = 1, 2, 3, 4, 5, 7
ATTRIBUTE_NAME, FLOAT, INTEGER, TENSOR, INTEGERS = 1, 2, 3, 5, 8
NAME = 1

BENDS = {
    "Relu": "relu",
    "Tanh": "tanh",
    "Sigmoid": "sigmoid",
    "Softplus": "softplus",
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
}
PASSED = ("Identity", "Dropout", "Flatten")


@dataclass(frozen=True, eq=False)
class Node:
    """One operator: its inputs and output by name, and its attributes."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    output: str
    attributes: dict[str, Message]

    def integer(self, name: str, default: int) -> int:
        return self.attributes[name].integer(INTEGER, default) if name in self.attributes else default

    def float(self, name: str, default: float) -> float:
        return self.attributes[name].float32(FLOAT, default) if name in self.attributes else default


@dataclass(eq=False)
class Reading:
    """The constants of the graph, the steps found so far, and how many numbers may still be copied into steps."""

    constants: dict[str, NDArray[Any]]
    steps: list[Step] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)


def read(data: bytes, asked: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of an .onnx file; large weights may lie in a second file beside it."""
    graphs = Message(memoryview(data), "the model").parts(GRAPH)
    if len(graphs) != 1:
        raise BadFile("is damaged or no ONNX model: it has no graph. Export it again")
    graph = Message(graphs[0], "the graph")
    budget = Budget()
    constants = dict(tensor(message, asked.beside, budget) for message in graph.messages(INITIALIZERS, "initializer"))
    nodes = [_node(message, at) for at, message in enumerate(graph.messages(NODES, "node"))]
    for node in [node for node in nodes if node.kind == "Constant" and "value" in node.attributes]:
        parts = node.attributes["value"].messages(TENSOR, node.name)
        constants[node.output] = tensor(parts[0], asked.beside, budget)[1] if parts else np.zeros(0)
    for node in nodes:  # an exporter may give a constant a second name
        if node.kind == "Identity" and node.inputs[:1] and node.inputs[0] in constants:
            constants[node.output] = constants[node.inputs[0]]
    inputs = [message.text(NAME) for message in graph.messages(INPUTS, "input")]
    starts = [name for name in inputs if name not in constants]
    outputs = [message.text(NAME) for message in graph.messages(OUTPUTS, "output")]
    if len(starts) != 1 or len(outputs) != 1:
        raise BadFile(f"has {len(starts)} inputs and {len(outputs)} outputs. Export a network with one of each")
    chain = [node for node in nodes if node.kind != "Constant"]
    return assembled(_walk(chain, starts[0], outputs[0], Reading(constants)))


def _node(message: Message, at: int) -> Node:
    kind, outputs = message.text(NODE_KIND), message.texts(NODE_OUTPUT)
    name = message.text(NODE_NAME) or f"{kind} {at}"
    if message.text(NODE_DOMAIN) not in ("", "ai.onnx"):
        raise unsupported(name, f"{kind} of {message.text(NODE_DOMAIN)}")
    attributes = {part.text(ATTRIBUTE_NAME): part for part in message.messages(NODE_ATTRIBUTE, f"{name}: attribute")}
    inputs = tuple(name for name in message.texts(NODE_INPUT))
    return Node(name, kind, inputs, outputs[0] if outputs else "", attributes)


def _walk(nodes: list[Node], value: str, output: str, reading: Reading) -> list[Step]:
    """Follow the one value that changes, from the input to the output; anything that branches is refused."""
    users = dict[str, list[Node]]()
    for node in nodes:
        for name in {*node.inputs}:
            users.setdefault(name, []).append(node)
    passed = 0
    while value != output:
        followers = users.get(value, [])
        if len(followers) != 1 or passed >= len(nodes):
            kinds = ", ".join(f"'{shown(node.name)}'" for node in followers[:4])
            raise BadFile(f"'{shown(value)}' goes to {kinds or 'no layer'}: only a plain chain of layers can be shown")
        node = followers[0]
        if node.inputs.count(value) != 1:
            raise unsupported(node.name, f"{node.kind} of a value with itself")
        with np.errstate(all="ignore"):  # what overflows is refused, by name, once the layers are complete
            _take(node, value, reading)
        value, passed = node.output, passed + 1
    if passed != len([node for node in nodes if not all(name in reading.constants for name in node.inputs)]):
        raise BadFile("has layers beside the chain from its input to its output. Export a plain chain of layers")
    return reading.steps


def _take(node: Node, value: str, reading: Reading) -> None:
    steps, constants = reading.steps, reading.constants
    others = [constants.get(name) for name in node.inputs if name and name != value]
    known = [other for other in others if other is not None]
    if len(known) != len(others):
        raise unsupported(node.name, f"{node.kind} of two values")
    reading.budget.spend(sum(constant.size for constant in known))
    if node.kind in BENDS:
        steps.append(Bend(node.name, BENDS[node.kind]))
    elif node.kind in ("LeakyRelu", "Elu"):
        steps.append(_slanted(node))
    elif node.kind in PASSED:
        pass
    elif node.kind == "Gemm" and known and node.inputs[0] == value:
        steps.append(_gemm(node, known))
    elif node.kind == "MatMul" and known and node.inputs[0] == value:
        steps.append(dense(node.name, known[0], None, "in,out"))
    elif node.kind == "Add" and known and steps and isinstance(steps[-1], Dense):
        steps[-1] = _shifted(steps[-1], known[0], node)
    elif node.kind == "BatchNormalization" and len(known) == 4 and node.inputs[0] == value:
        gamma, beta, mean, variance = known
        steps.append(batch_norm(node.name, mean, variance, gamma, beta, node.float("epsilon", 1e-5)))
    else:
        raise unsupported(node.name, node.kind)


def _slanted(node: Node) -> Bend:
    kind, ours, default = {"LeakyRelu": ("leaky_relu", 0.01, 0.01), "Elu": ("elu", 1.0, 1.0)}[node.kind]
    alpha = node.float("alpha", default)
    if abs(alpha - ours) > 1e-7:
        raise unsupported(node.name, f"{kind} with alpha {alpha:g} (only {ours:g})")
    return Bend(node.name, kind)


def _gemm(node: Node, known: list[NDArray[Any]]) -> Dense:
    if node.integer("transA", 0):
        raise unsupported(node.name, "Gemm with a transposed input")
    found = dense(node.name, known[0], None, "out,in" if node.integer("transB", 0) else "in,out")
    scaled = Dense(node.name, found.weight * node.float("alpha", 1.0), found.bias)
    return scaled if len(known) == 1 else _shifted(scaled, known[1] * node.float("beta", 1.0), node)


def _shifted(step: Dense, shift: NDArray[Any], node: Node) -> Dense:
    values = finite(shift, f"{node.name}: bias").reshape(-1)
    if values.size not in (1, step.bias.size):
        raise BadFile(f"layer '{shown(node.name)}' adds {values.size} numbers to {step.bias.size}. Export it again")
    return Dense(step.name, step.weight, step.bias + values)
