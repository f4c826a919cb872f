"""scikit-learn's MLPClassifier and MLPRegressor as skops writes them, alone or after a scaler in a Pipeline.

The file is a zip of JSON (schema.json) and plain arrays (.npy). It is read by the standard library and numpy, and not
by skops: skops.io.load makes objects of the classes that the file names, which the user would have to trust, and
needs scikit-learn; nothing here looks up a name of the file. Source: the layout that skops.io.dump writes.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import Archive, Budget, ReadOptions, damage, field, parsed_json, printable
from netlib.readers.npz import read_npy
from netlib.readers.steps import (
    ActivationStep,
    ReadNetwork,
    Scale,
    Step,
    assembled,
    dense,
    normalisation,
    scaling,
    unsupported,
)

SUFFIXES = (".skops",)
SAYS_ALL = True  # a file of this format says its activations and the order of its layers
NETWORKS = ("MLPClassifier", "MLPRegressor")
ACTIVATIONS = {"identity": "identity", "logistic": "sigmoid", "tanh": "tanh", "relu": "relu", "softmax": "softmax"}
MOST_PARTS = 1_000


def recognises(data: bytes, members: tuple[str, ...]) -> bool:
    """Whether a zip has the member (by name) that lists what skops keeps in it."""
    return "schema.json" in members


def read(data: bytes, options: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of a .skops file."""
    model = _Model(Archive(data))
    steps, classes, regressor, columns = list[Step](), tuple[str, ...](), False, tuple[str, ...]()
    for name, node in model.steps():
        kind = model.kind(node)
        columns = columns if steps or kind == "passthrough" else _columns(model, node)
        if kind in ("StandardScaler", "MinMaxScaler"):
            steps.append(_scaler(model, node, name))
        elif kind in NETWORKS:
            steps += _mlp(model, node)
            regressor = kind == "MLPRegressor"
            classes = () if regressor else _classes(model, node)
        elif kind != "passthrough":
            raise unsupported(name, f"{kind} (MLPClassifier and MLPRegressor are, after a scaler or alone)")
    return replace(assembled(steps, (), classes, regressor), columns=columns)


class _Model:
    """The tree of nodes in schema.json. A node says its class and holds JSON, a list, a dictionary or an array."""

    def __init__(self, archive: Archive) -> None:
        self.archive, self.budget = archive, Budget()
        self.root = parsed_json(archive.read("schema.json"), "schema.json")

    def kind(self, node: Any) -> str:
        kind = str(field(node, "__class__", str, "a node of schema.json"))
        return str(self.value(node)) if kind == "str" else kind

    def steps(self) -> list[tuple[str, Any]]:
        """Names and nodes of the steps of a Pipeline, or the one model."""
        if self.kind(self.root) != "Pipeline":
            return [("the model", self.root)]
        pairs = [self.parts(pair) for pair in self.parts(self.attribute(self.root, "steps"))]
        if any(len(pair) != 2 for pair in pairs):
            raise BadFile("schema.json: the steps of its Pipeline are no pairs. Save it again")
        return [(str(self.value(name)), node) for name, node in pairs]

    def attribute(self, node: Any, name: str) -> Any:
        state = field(field(node, "content", dict, self.kind(node)), "content", dict, self.kind(node))
        return field(state, name, dict, self.kind(node))

    def parts(self, node: Any) -> list[Any]:
        found: list[Any] = field(node, "content", list, "a list of schema.json")
        if len(found) > MOST_PARTS:
            raise BadFile(f"schema.json: a list of {len(found)} parts is too long. Save a smaller network")
        return found

    def value(self, node: Any) -> Any:
        """The number, text or boolean of a JSON node."""
        text = field(node, "content", str, "a value of schema.json")
        with damage(f"schema.json: '{printable(text)}' is no JSON"):
            return json.loads(text)

    def array(self, node: Any, place: str) -> NDArray[Any]:
        file = field(node, "file", str, place)
        found = read_npy(self.archive.read(file), file)
        self.budget.spend(found.size)
        return found


def _mlp(model: _Model, node: Any) -> list[Step]:
    weights, biases = (model.parts(model.attribute(node, name)) for name in ("coefs_", "intercepts_"))
    if len(weights) != len(biases) or not weights:
        raise BadFile(f"has {len(weights)} weights and {len(biases)} biases. Train it, then save it again")
    hidden, last = (_activation(model, node, name) for name in ("activation", "out_activation_"))
    steps = list[Step]()
    for at, (weight, bias) in enumerate(zip(weights, biases, strict=True)):
        name = f"coefs_[{at}]"
        steps.append(dense(name, model.array(weight, name), model.array(bias, f"intercepts_[{at}]"), "in,out"))
        steps.append(ActivationStep(name, hidden if at < len(weights) - 1 else last))
    return steps


def _activation(model: _Model, node: Any, attribute: str) -> str:
    found = model.value(model.attribute(node, attribute))
    if not isinstance(found, str) or found not in ACTIVATIONS:
        raise unsupported("the model", f"{attribute} {found}")
    return ACTIVATIONS[found]


def _scaler(model: _Model, node: Any, name: str) -> Scale:
    """A StandardScaler, or a MinMaxScaler: x -> x * scale + min."""
    if model.kind(node) == "MinMaxScaler":
        if model.value(model.attribute(node, "clip")):
            raise unsupported(name, "MinMaxScaler with clip=True")
        return scaling(name, *(model.array(model.attribute(node, key), name) for key in ("scale_", "min_")))
    centred, scaled = (model.value(model.attribute(node, option)) for option in ("with_mean", "with_std"))
    count = model.value(model.attribute(node, "n_features_in_"))
    if type(count) is not int or not 0 < count < 10**6:
        raise BadFile(f"'{printable(name)}' does not say its number of features. Save it again")
    mean = model.array(model.attribute(node, "mean_"), name) if centred else np.zeros(count)
    return normalisation(name, mean, model.array(model.attribute(node, "scale_"), name) if scaled else np.ones(1))


def _columns(model: _Model, node: Any) -> tuple[str, ...]:
    """The names of the columns of the table on which a step was fitted; none where it was fitted on an array, or on a
    table of very many."""
    state = field(field(node, "content", dict, model.kind(node)), "content", dict, model.kind(node))
    if "feature_names_in_" not in state:
        return ()
    names = field(model.attribute(node, "feature_names_in_"), "content", list, "feature_names_in_")
    return tuple(str(model.value(name)) for name in names) if len(names) <= MOST_PARTS else ()


def _classes(model: _Model, node: Any) -> tuple[str, ...]:
    found = model.attribute(node, "classes_")
    return tuple(str(c) for c in model.array(found, "classes_").ravel()[:MOST_PARTS]) if "file" in found else ()
