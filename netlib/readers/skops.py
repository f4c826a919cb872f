"""scikit-learn's MLPClassifier and MLPRegressor as skops writes them, alone or after a scaler in a Pipeline.

Read without skops and scikit-learn: the file is a zip of JSON and plain arrays, and no class in it is made.
Source: the layout of skops.io.dump (schema.json, one .npy an array).
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.archive import Archive
from netlib.readers.files import Budget, field, finite, parsed_json, shown
from netlib.readers.npy import read_npy
from netlib.readers.options import ReadOptions
from netlib.readers.steps import Bend, ReadNetwork, Scale, Step, assembled, dense, unsupported

SUFFIXES = (".skops",)
SAYS_ALL = True  # a file of this format says its activations and the order of its layers
NETWORKS = ("MLPClassifier", "MLPRegressor")
BENDS = {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "softmax": "softmax"}
MOST_STEPS = 1_000


def read(data: bytes, asked: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of a .skops file."""
    model = _Model(Archive(data))
    steps, classes, regressor = list[Step](), tuple[str, ...](), False
    for name, node in model.parts():
        kind = model.kind(node)
        if kind == "StandardScaler":
            steps.append(_scaler(model, node, name))
        elif kind in NETWORKS:
            steps += _mlp(model, node)
            classes, regressor = _classes(model, node), kind == "MLPRegressor"
        elif kind != "passthrough":
            raise unsupported(name, f"{kind} (MLPClassifier and MLPRegressor are, after a StandardScaler or alone)")
    return assembled(steps, (), classes, regressor)


class _Model:
    """The tree of nodes in schema.json. A node says its class and holds JSON, a list, a dictionary or an array."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.budget = archive, Budget()
        self.root = parsed_json(archive.read("schema.json"), "schema.json")

    def kind(self, node: Any) -> str:
        kind = str(field(node, "__class__", str, "a node of schema.json"))
        return str(self.value(node)) if kind == "str" else kind

    def parts(self) -> list[tuple[str, Any]]:
        """Names and nodes of the steps of a Pipeline, or the one model."""
        if self.kind(self.root) != "Pipeline":
            return [("the model", self.root)]
        pairs = [self.listed(pair) for pair in self.listed(self.attribute(self.root, "steps"))]
        if any(len(pair) != 2 for pair in pairs):
            raise BadFile("schema.json: the steps of its Pipeline are no pairs. Save it again")
        return [(str(self.value(name)), node) for name, node in pairs]

    def attribute(self, node: Any, name: str) -> Any:
        state = field(field(node, "content", dict, self.kind(node)), "content", dict, self.kind(node))
        return field(state, name, dict, self.kind(node))

    def listed(self, node: Any) -> list[Any]:
        found = field(node, "content", list, "a list of schema.json")
        if len(found) > MOST_STEPS:
            raise BadFile(f"schema.json: a list of {len(found)} parts is too long. Save a smaller network")
        return list(found)

    def value(self, node: Any) -> Any:
        """The number, text or boolean of a JSON node."""
        text = field(node, "content", str, "a value of schema.json")
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            raise BadFile(f"schema.json: '{shown(text)}' is no JSON. Save it again") from None

    def array(self, node: Any, place: str) -> NDArray[Any]:
        file = field(node, "file", str, place)
        found = read_npy(self.archive.read(file), file)
        self.budget.spend(found.size)
        return found


def _mlp(model: _Model, node: Any) -> list[Step]:
    weights, biases = (model.listed(model.attribute(node, name)) for name in ("coefs_", "intercepts_"))
    if len(weights) != len(biases) or not weights:
        raise BadFile(f"has {len(weights)} weights and {len(biases)} biases. Train it, then save it again")
    hidden, last = (_bend(model, node, name) for name in ("activation", "out_activation_"))
    steps = list[Step]()
    for at, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        name = f"coefs_[{at}]"
        steps.append(dense(name, model.array(weight, name), model.array(bias, f"intercepts_[{at}]"), "in,out"))
        steps.append(Bend(name, hidden if at < len(weights) - 1 else last))
    return steps


def _bend(model: _Model, node: Any, attribute: str) -> str:
    said = model.value(model.attribute(node, attribute))
    if not isinstance(said, str) or said not in BENDS:
        raise unsupported("the model", f"{attribute} {said}")
    return BENDS[said]


def _scaler(model: _Model, node: Any, name: str) -> Scale:
    """x -> (x - mean) / scale, each where the scaler was told to."""
    centred, scaled = (model.value(model.attribute(node, option)) for option in ("with_mean", "with_std"))
    count = model.value(model.attribute(node, "n_features_in_"))
    if type(count) is not int or not 0 < count < 10**6:
        raise BadFile(f"'{shown(name)}' does not say its number of features. Save it again")
    mean = finite(model.array(model.attribute(node, "mean_"), name), name) if centred else np.zeros(count)
    scale = finite(model.array(model.attribute(node, "scale_"), name), name) if scaled else np.ones(count)
    if mean.shape != (count,) or scale.shape != (count,) or not scale.all():
        raise BadFile(f"'{shown(name)}' has a mean or scale that does not fit its {count} features. Save it again")
    with np.errstate(all="ignore"):  # what overflows is refused, by name, once it is folded
        return Scale(name, 1 / scale, -mean / scale)


def _classes(model: _Model, node: Any) -> tuple[str, ...]:
    if model.kind(node) != "MLPClassifier":
        return ()
    found = model.attribute(node, "classes_")
    return tuple(str(c) for c in model.array(found, "classes_").ravel()[:MOST_STEPS]) if "file" in found else ()
