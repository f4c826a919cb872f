"""Keras .keras and .h5: a Sequential or a plain chain in a functional model, read without Keras or TensorFlow.

Source: the layout that keras.saving writes (config.json and model.weights.h5 in a zip; or one HDF5 file).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.archive import Archive
from netlib.readers.files import parsed_json, shown
from netlib.readers.hdf5 import SIGNATURE, Hdf5
from netlib.readers.keras_config import KerasLayer, layers_of
from netlib.readers.options import ReadOptions
from netlib.readers.steps import Bend, ReadNetwork, Step, assembled, batch_norm, dense

SUFFIXES = (".keras", ".h5", ".hdf5")
SAYS_ALL = True  # a file of this format says its activations and the order of its layers
WEIGHTS = "model.weights.h5"
PARTS = {"Dense": ("kernel", "bias"), "BatchNormalization": ("gamma", "beta", "moving_mean", "moving_variance")}

Arrays = Callable[[KerasLayer], dict[str, NDArray[Any]]]


def read(data: bytes, asked: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of a .keras or .h5 file."""
    if data.startswith(SIGNATURE):
        file = Hdf5(data, "the HDF5 part")
        config = file.text("model_config")
        if config is None:
            raise BadFile("holds weights and no model. Save the whole model: model.save(path)")
        layers = layers_of(parsed_json(config.encode(), "its model_config"))
        return assembled(_steps(layers, lambda layer: _by_name(file, layer)))
    if not data.startswith(b"PK"):
        raise BadFile("is damaged, or neither an HDF5 file nor a .keras archive. Save it again: model.save(path)")
    archive = Archive(data)
    layers = layers_of(parsed_json(archive.read("config.json"), "config.json"))
    file = Hdf5(archive.read(WEIGHTS), WEIGHTS)
    folders = _folders(layers)
    return assembled(_steps(layers, lambda layer: _by_number(file, layer, folders[layer.name])))


def _steps(layers: list[KerasLayer], arrays: Arrays) -> list[Step]:
    steps = list[Step]()
    for layer in layers:
        if layer.kind == "Dense":
            found = arrays(layer)
            steps.append(dense(layer.name, found["kernel"], found.get("bias"), "in,out"))
        elif layer.kind == "BatchNormalization":
            found = arrays(layer)
            parts = (found["moving_mean"], found["moving_variance"], found.get("gamma"), found.get("beta"))
            steps.append(batch_norm(layer.name, *parts, layer.epsilon))
        if layer.bend:
            steps.append(Bend(layer.name, layer.bend))
    return steps


def _folders(layers: list[KerasLayer]) -> dict[str, str]:
    """Where .keras keeps the weights of each layer: its class in snake case, counted up from the second on."""
    counts, folders = dict[str, int](), dict[str, str]()
    for layer in layers:
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", layer.kind).lower()
        at = counts.get(snake, 0)
        folders[layer.name] = f"layers/{snake}_{at}" if at else f"layers/{snake}"
        counts[snake] = at + 1
    return folders


def _by_number(file: Hdf5, layer: KerasLayer, folder: str) -> dict[str, NDArray[Any]]:
    parts = [part for part in PARTS[layer.kind] if part not in layer.lacks]
    return {part: _array(file, f"{folder}/vars/{at}", layer) for at, part in enumerate(parts)}


def _by_name(file: Hdf5, layer: KerasLayer) -> dict[str, NDArray[Any]]:
    """In .h5 an array's path ends in its own name, with ':0' after it in files of TensorFlow."""
    inside = [path for path in file.paths if path.startswith(f"model_weights/{layer.name}/")]
    ends = {path.rsplit("/", 1)[1].split(":")[0]: path for path in inside}
    parts = [part for part in PARTS[layer.kind] if part not in layer.lacks]
    return {part: _array(file, ends.get(part, f"model_weights/{layer.name}/{part}"), layer) for part in parts}


def _array(file: Hdf5, path: str, layer: KerasLayer) -> NDArray[Any]:
    if path not in file.paths:
        raise BadFile(f"layer '{shown(layer.name)}' has no weights at '{shown(path)}'. Save the whole model again")
    return file.array(path)
