"""Keras .keras and .h5: a Sequential or a functional model of layers in a chain, some of them residual blocks; read
without Keras or TensorFlow.

The configuration (JSON) says the layers; h5py reads their weights. HDF5 can make a dataset of pieces of other files,
follow links to them, and load filters from libraries. A dataset is therefore read only if it lies in this file in one
piece, and links are not followed.
Source: the layout that keras.saving writes (config.json and model.weights.h5 in a zip; or one HDF5 file).
"""

from __future__ import annotations

import io
import re
import struct
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import Archive, Budget, ReadOptions, count_of, damage, field, parsed_json, printable
from netlib.readers.steps import (
    ActivationStep,
    Chain,
    ReadNetwork,
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
    normalisation,
    prelu,
    scaling,
    slanted,
    unsupported,
)

SUFFIXES = (".keras", ".h5", ".hdf5")
EXTRA = "keras"
SAYS_ALL = True  # a file of this format says its activations and the order of its layers
SIGNATURE = b"\x89HDF\r\n\x1a\n"
CURE = "Save it again: model.save(path)"
MOST_LAYERS, MOST_OBJECTS, DEEPEST = 1_000, 20_000, 24
NOISE = ("Dropout", "AlphaDropout", "GaussianDropout", "GaussianNoise", "ActivityRegularization")
PASSED = ("InputLayer", "Flatten", *NOISE)
# The weights of a layer, in the order in which .keras numbers them, each with the option that leaves it out.
PARTS = {
    "Dense": {"kernel": "", "bias": "use_bias"},
    "BatchNormalization": {"gamma": "scale", "beta": "center", "moving_mean": "", "moving_variance": ""},
    "LayerNormalization": {"gamma": "scale", "beta": "center"},
    "GroupNormalization": {"gamma": "scale", "beta": "center"},
    "RMSNormalization": {"scale": ""},
    "PReLU": {"alpha": ""},
    "Normalization": {"mean": "", "variance": ""},
}
SUMS = {"Add": 1.0, "Subtract": -1.0}  # of two layers' outputs, as layers and as operations
ARITHMETIC = (*SUMS, "Multiply", "TrueDivide", "Divide", "Negative")  # of a layer's outputs and a number, in keras.ops
MODELS = ("Sequential", "Functional", "Model")
LEAST_DEVIATION = 1e-7  # by which Normalization divides where a column does not vary
ACTIVATIONS = {
    "linear": "identity",
    "hard_sigmoid": "hardsigmoid",
    "hard_tanh": "hardtanh",
    "log_sigmoid": "logsigmoid",
    "tanh_shrink": "tanhshrink",
    "soft_shrink": "softshrink",
    "celu": "elu",
    "leaky_relu": "leaky_relu(0.2)",
    **{name: name for name in ("relu", "relu6", "tanh", "sigmoid", "softplus", "softsign", "elu", "selu", "gelu")},
    **{name: name for name in ("silu", "mish", "softmax", "log_softmax")},
    "swish": "silu",
    **dict.fromkeys(("hard_silu", "hard_swish"), "hardswish"),
}
# Layers that are activations: netlib's name, and each setting with its default in Keras and the value that netlib has.
ACTIVATION_LAYERS: dict[str, tuple[str, dict[str, tuple[float | None, float | None]]]] = {
    "Softmax": ("softmax", {}),
    "ReLU": ("relu", {"max_value": (None, None), "negative_slope": (0.0, 0.0), "threshold": (0.0, 0.0)}),
    "SoftShrink": ("softshrink", {"threshold": (0.5, 0.5)}),
}


@dataclass(frozen=True)
class _Layer:
    """A layer of the configuration: kind is Keras's class.

    folder: where .keras keeps its weights. inside: the names of the models that it is in, the outermost one first.
    sources: the layers whose outputs it takes, where the model is no Sequential.
    """

    name: str
    kind: str
    config: dict[str, Any]
    folder: str = ""
    inside: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    given: tuple[Any, ...] = ()  # its positional arguments, as they are written
    widths: tuple[int, ...] = ()  # how many numbers each source gives, where the file says that

    @property
    def place(self) -> tuple[str, ...]:
        """Its name, behind those of the models that it is in."""
        return (*self.inside, self.name)

    @property
    def parts(self) -> list[str]:
        """The weights that it was made with."""
        if self.kind == "Normalization" and self.config.get("mean") is not None:
            return []  # its numbers are in the configuration
        options = PARTS.get(self.kind, {}).items()
        return [part for part, option in options if not option or field(self.config, option, bool, self.name, True)]


def recognises(data: bytes, members: tuple[str, ...]) -> bool:
    """Whether the bytes are HDF5, or a zip with the members (by name) of a .keras file."""
    return data.startswith(SIGNATURE) or {"config.json", "model.weights.h5"} <= {*members}


def read(data: bytes, options: ReadOptions) -> ReadNetwork:
    """Return the network in the bytes of a .keras or .h5 file."""
    if data.startswith(SIGNATURE):
        weights = _Hdf5(data, "the HDF5 part")
        config = weights.config()
        if config is None:
            raise BadFile("holds weights and no model. Save the whole model: model.save(path)")
        return assembled(_steps_of(config, weights.in_h5))
    if not data.startswith(b"PK"):
        raise BadFile(f"is damaged, or neither an HDF5 file nor a .keras archive. {CURE}")
    archive = Archive(data)
    config = parsed_json(archive.read("config.json"), "config.json")
    return assembled(_steps_of(config, _Hdf5(archive.read("model.weights.h5"), "model.weights.h5").in_keras))


def read_live(model: Any, to_numpy: Callable[[Any], Any]) -> ReadNetwork:
    """Return the network of a model in memory as it is now. to_numpy: makes an array of a variable of Keras."""

    def weights_of(layer: _Layer) -> dict[str, NDArray[Any]]:
        held, numbered = model, dict[str, Any]()
        for name in layer.place if layer.parts else ():
            held = held.get_layer(name)
        if layer.parts:
            held.save_own_variables(numbered)
        if missing := [part for at, part in enumerate(layer.parts) if str(at) not in numbered]:
            raise BadFile(f"layer '{printable(layer.name)}' has no {missing[0]} yet. Call the model once on its inputs")
        found = {part: np.array(to_numpy(numbered[str(at)])) for at, part in enumerate(layer.parts)}
        if strange := [part for part, values in found.items() if values.dtype.kind != "f"]:
            raise BadFile(f"layer '{printable(layer.name)}': its {strange[0]} holds no floats. Show it as trained")
        return found

    return assembled(_steps_of(parsed_json(model.to_json().encode(), "the model"), weights_of))


def _steps_of(model: dict[str, Any], weights_of: WeightsOf) -> tuple[Step, ...]:
    return _through(model, Chain(), weights_of).since() or ()


def _steps(layer: _Layer, found: dict[str, NDArray[Any]]) -> list[Step]:
    """What a layer does with its weights, which are named as in PARTS."""
    name, config = layer.name, layer.config
    if layer.kind == "Dense":
        activation = _activation(config.get("activation"), name)
        return [dense(name, found["kernel"], found.get("bias"), "in,out"), ActivationStep(name, activation)]
    if layer.kind == "BatchNormalization":
        epsilon = field(config, "epsilon", (int, float), name, 1e-3)
        if not 0 <= epsilon <= 1e9:
            raise BadFile(f"layer '{printable(name)}' has the epsilon {printable(epsilon)}. {CURE}")
        mean, variance = found["moving_mean"], found["moving_variance"]
        return [batch_norm(name, mean, variance, found.get("gamma"), found.get("beta"), float(epsilon))]
    if layer.kind == "LayerNormalization":
        gain, shift = found.get("gamma"), found.get("beta")
        given = gain if gain is not None else shift
        axis, is_rms = config.get("axis", -1), config.get("rms_scaling", False)
        if given is None or is_rms or axis not in (-1, 1, [-1], [1]):
            raise unsupported(name, "a LayerNormalization of other axes or without weights")
        epsilon = float(field(config, "epsilon", (int, float), name, 1e-3))
        return [layer_norm(name, gain, shift, epsilon, given.size)]
    if layer.kind in ("RMSNormalization", "GroupNormalization"):
        return [_other_norm(layer, found)]
    if layer.kind == "PReLU":
        return [prelu(name, found["alpha"])]
    if layer.kind == "Normalization":
        mean, variance = (found.get(key, _numbers(config.get(key), name, key)) for key in ("mean", "variance"))
        with np.errstate(all="ignore"):
            deviation = np.maximum(np.sqrt(variance), LEAST_DEVIATION)
        is_inverse = field(config, "invert", bool, name, False)
        return [scaling(name, deviation, mean) if is_inverse else normalisation(name, mean, deviation)]
    if layer.kind == "Rescaling":
        return [scaling(name, *(_numbers(config.get(key), name, key) for key in ("scale", "offset")))]
    if layer.kind == "Activation":
        return [ActivationStep(name, _activation(config.get("activation"), name))]
    if layer.kind == "ReLU":
        return _rectified(layer)
    if layer.kind in ARITHMETIC:
        return [_arithmetic(layer)]
    return [] if layer.kind in PASSED else [ActivationStep(name, _activation_layer(layer))]


def _other_norm(layer: _Layer, found: dict[str, NDArray[Any]]) -> Step:
    name, config, is_rms = layer.name, layer.config, layer.kind == "RMSNormalization"
    gain, shift = (found.get("scale"), None) if is_rms else (found.get("gamma"), found.get("beta"))
    given = gain if gain is not None else shift
    if given is None or given.ndim != 1 or config.get("axis", -1) not in (-1, 1, [-1], [1]):
        raise unsupported(name, f"a {layer.kind} of other axes or without weights")
    epsilon = float(field(config, "epsilon", (int, float), name, 1e-6 if is_rms else 1e-3))
    groups = 1 if is_rms else field(config, "groups", int, name, 32)
    return layer_norm(name, gain, shift, epsilon, given.size, given.size if groups == -1 else groups, not is_rms)


def _rectified(layer: _Layer) -> list[Step]:
    """A ReLU with the settings that Keras has for it."""
    slope, place = (
        field(layer.config, key, (int, float, type(None)), layer.name, 0.0) or 0.0
        for key in ("negative_slope", "threshold")
    )
    most = field(layer.config, "max_value", (int, float, type(None)), layer.name, None)
    if place or (slope and most is not None):
        raise unsupported(layer.name, f"ReLU with threshold {place} and negative_slope {slope}")
    if slope:
        return [ActivationStep(layer.name, slanted(layer.name, float(slope)))]
    return list(clipped(layer.name, 0.0, most))


def _arithmetic(layer: _Layer) -> Step:
    """x + c, x - c, c - x, x * c, x / c or -x, with a number or a list of numbers c."""
    name, numbers = layer.name, [arg for arg in layer.given if not _sources(arg, layer.name, 0)]
    if layer.kind == "Negative":
        return scaling(name, np.array([-1.0]), np.zeros(1))
    is_first = bool(layer.given) and bool(_sources(layer.given[0], name, 0))
    if len(numbers) != 1 or len(layer.given) != 2 or (not is_first and "Divide" in layer.kind):
        raise unsupported(name, layer.kind)
    (number,) = numbers
    if isinstance(number, dict):  # of numpy
        number = field(field(number, "config", dict, name), "value", (list, int, float), name)
    values = _numbers(number, name, "number")
    if values.size != max(values.shape, default=1):
        raise unsupported(name, f"{layer.kind} of a constant of the shape {values.shape}")
    one, values = np.ones(values.size), values.ravel()
    with np.errstate(all="ignore"):
        match layer.kind:
            case "Add":
                return scaling(name, one, values)
            case "Subtract":
                return scaling(name, *((one, -values) if is_first else (-one, values)))
            case "Multiply":
                return scaling(name, values, 0 * one)
        return scaling(name, 1 / values, 0 * one)


def _numbers(value: Any, name: str, key: str) -> NDArray[Any]:
    """A number, or lists of numbers, of the configuration; nothing for None."""
    with damage(f"layer '{printable(name)}': its {key} is no number", CURE):
        return np.array([] if value is None else value, dtype=np.float64)


def _activation(found: Any, name: str) -> str:
    """netlib's name of an activation that is written as a name, or as a class with its settings."""
    if found is None:
        return "identity"
    if isinstance(found, dict):
        kind, settings = found.get("class_name"), found.get("config")
        if isinstance(kind, str) and isinstance(settings, dict):
            return _activation_layer(_Layer(name, kind, settings))
        found = settings
    if not isinstance(found, str) or found not in ACTIVATIONS:
        raise unsupported(name, f"the activation {found}")
    return ACTIVATIONS[found]


def _activation_layer(layer: _Layer) -> str:
    if layer.kind in ("LeakyReLU", "LeakyRelu"):
        older = "alpha" if "alpha" in layer.config else "negative_slope"
        return slanted(layer.name, float(field(layer.config, older, (int, float), layer.name, 0.3)))
    if layer.kind in ("ELU", "Elu"):
        return elu(layer.name, float(field(layer.config, "alpha", (int, float), layer.name, 1.0)))
    if layer.kind == "Gelu" and layer.config.get("approximate", True):
        return "gelu_tanh"
    if layer.kind not in ACTIVATION_LAYERS:
        if _snake(layer.kind) not in ACTIVATIONS or layer.config.get("alpha", 1) != 1:
            raise unsupported(layer.name, layer.kind)
        return ACTIVATIONS[_snake(layer.kind)]  # an operation of keras.ops
    ours, settings = ACTIVATION_LAYERS[layer.kind]
    for setting, (default, only) in settings.items():
        given = field(layer.config, setting, (int, float, type(None)), layer.name, default)
        if given != only and (given is None or only is None or abs(given - only) >= 1e-6):
            raise unsupported(layer.name, f"{layer.kind} with {setting} {given} (only {only})")
    return ours


# ---- the configuration: what data become in each layer -----------------------------------------------------------

WeightsOf = Callable[[_Layer], dict[str, NDArray[Any]]]


def _through(
    model: dict[str, Any],
    chain: Chain,
    weights_of: WeightsOf,
    folder: str = "layers",
    inside: tuple[str, ...] = (),
    depth: int = 0,
) -> Chain:
    """What a chain becomes in a model, and in the models in it."""
    kind, layers = _layers(model, folder, inside, depth)

    def after(layer: _Layer, chains: list[Chain]) -> Chain:
        if len(chains) == 2 and layer.kind in SUMS:
            return joined(layer.name, chains[0], chains[1], SUMS[layer.kind])
        if len(chains) == 2 and layer.kind == "Multiply":
            return gated(layer.name, chains[0], chains[1])
        is_beside = layer.kind == "Concatenate" and layer.config.get("axis", -1) in (-1, 1)
        if is_beside and len(layer.widths) == len(chains) > 1:
            return concatenated(layer.name, chains, layer.widths)
        if len(chains) != 1:
            what = f"layer '{printable(layer.name)}', a {printable(layer.kind)}, takes {len(chains)} inputs"
            raise BadFile(f"{what}: only a chain of layers and residual blocks can be shown")
        if layer.kind in MODELS:
            inner = {"class_name": layer.kind, "config": layer.config}
            return _through(inner, chains[0], weights_of, f"{layer.folder}/layers", layer.place, depth + 1)
        return chains[0].then(*_steps(layer, weights_of(layer)))

    if kind == "Sequential":
        for layer in layers:
            chain = after(layer, [chain])
        return chain
    return _through_graph(layers, chain, after)


def _through_graph(layers: list[_Layer], chain: Chain, after: Callable[[_Layer, list[Chain]], Chain]) -> Chain:
    """What a chain becomes in a functional model; raises BadFile where there is not one input and one output."""
    if len(inputs := [layer for layer in layers if not layer.sources]) != 1:
        raise BadFile(f"has {len(inputs)} inputs. Save a model with one")
    chains, left = dict[str, Chain](), layers
    while left:
        ready = [layer for layer in left if all(source in chains for source in layer.sources)]
        if not ready:
            raise BadFile("has layers that its input does not reach. Save a plain chain of layers")
        for layer in ready:
            chains[layer.name] = after(layer, [chains[source] for source in layer.sources] or [chain])
        left = [layer for layer in left if layer.name not in chains]
    taken = {source for layer in layers for source in layer.sources}
    if len(ends := [layer.name for layer in layers if layer.name not in taken]) != 1:
        names = ", ".join(f"'{printable(name)}'" for name in ends[:4])
        raise BadFile(f"has {len(ends)} outputs ({names}): only a chain of layers and residual blocks can be shown")
    return chains[ends[0]]


def _layers(model: dict[str, Any], folder: str, inside: tuple[str, ...], depth: int) -> tuple[str, list[_Layer]]:
    """The class of a model, and its layers."""
    kind, inner = field(model, "class_name", str, "the model"), field(model, "config", (dict, list), "the model")
    if kind not in MODELS or depth > DEEPEST:
        raise unsupported("the model", f"a {kind}")
    listed = inner if isinstance(inner, list) else field(inner, "layers", list, "the model")
    if len(listed) > MOST_LAYERS:
        raise BadFile(f"has {len(listed)} layers, {MOST_LAYERS} can be read. Save a smaller network")
    layers, counts = list[_Layer](), Counter[str]()
    for entry in listed:
        made, config = field(entry, "class_name", str, "a layer"), field(entry, "config", dict, "a layer")
        name = field(config, "name", str, f"a {made}")
        # the folder is the class in snake case, counted up from the second on
        snake = _snake(made)
        own = f"{folder}/{snake}_{counts[snake]}" if counts[snake] else f"{folder}/{snake}"
        calls = entry.get("inbound_nodes")
        if isinstance(calls, list) and len(calls) > 1:
            raise BadFile(f"layer '{printable(name)}' is used {len(calls)} times: that cannot be shown")
        call = calls[0] if isinstance(calls, list) and calls else None
        given = call.get("args") if isinstance(call, dict) else None
        given, found = tuple(given if isinstance(given, list) else ()), tuple(_sources(calls, name, 0))
        layers.append(_Layer(name, made, config, own, inside, found, given, tuple(_widths(given, name, 0))))
        counts[snake] += 1
    if len({layer.name for layer in layers}) != len(layers):
        raise BadFile(f"two of its layers have the same name. {CURE}")
    return kind, layers


def _sources(node: Any, name: str, depth: int) -> list[str]:
    """Names of the layers whose outputs a layer takes: Keras 3 writes a keras_history, Keras 2 a nested list."""
    if depth > 12:
        raise BadFile(f"layer '{printable(name)}' has inputs that are nested too deeply. {CURE}")
    match node:
        case {"keras_history": [str(source), *_]} | [str(source), int(), int(), *_]:
            return [source]
        case dict() | list():
            inner = node.values() if isinstance(node, dict) else node
            return [found for value in inner for found in _sources(value, name, depth + 1)]
    return []


def _widths(node: Any, name: str, depth: int) -> list[int]:
    """How many numbers each source gives, in the order of `_sources`; nothing where one is no vector."""
    match node:
        case {"keras_history": [*_], "shape": [None, int(width)]} if width > 0:
            return [width]
        case dict() | list() | tuple() if depth <= 12:
            inner = node.values() if isinstance(node, dict) else node
            return [found for value in inner for found in _widths(value, name, depth + 1)]
    return []


def _snake(name: str) -> str:
    """The name of a class in snake case, as Keras writes it."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


# ---- the weights -------------------------------------------------------------------------------------------------


class _Hdf5:
    """A file in memory. datasets: by path ('layers/dense/vars/0')."""

    def __init__(self, data: bytes, place: str) -> None:
        """Raises BadFile, with the place, for what is damaged or no HDF5 file, and for links."""
        import h5py

        self.data, self.place, self.budget = data, place, Budget()
        self.datasets: dict[str, h5py.Dataset] = {}
        self.visited = 0
        with damage(f"{place} is damaged or no HDF5 file", CURE):
            self.file = h5py.File(io.BytesIO(data), "r")
            self._visit(self.file, "", 0)

    def _visit(self, group: Any, path: str, depth: int) -> None:
        import h5py

        for name in group:
            self.visited += 1
            if depth > DEEPEST or self.visited > MOST_OBJECTS:
                raise BadFile(f"{self.place} has groups that hold themselves, or too many. {CURE}")
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise BadFile(f"{self.place}: '{printable(path + name)}' is a link, which Keras does not write. {CURE}")
            found = group[name]
            if isinstance(found, h5py.Group):
                self._visit(found, f"{path}{name}/", depth + 1)
            elif isinstance(found, h5py.Dataset):
                self.datasets[path + name] = found

    def config(self) -> dict[str, Any] | None:
        """Return the JSON of the root's attribute model_config, or None where there is no such attribute."""
        import h5py

        place = f"{self.place}: its model_config"
        with damage(f"{place} is damaged", CURE):
            if "model_config" not in self.file.attrs:
                return None
            attribute = self.file.attrs.get_id("model_config")
            text = h5py.check_string_dtype(attribute.dtype)
            if text is None or attribute.shape != () or (text.length or 0) > len(self.data):
                raise BadFile(f"{place} is no text. {CURE}")
            return parsed_json(bytes(self.file.attrs["model_config"]), place) if text.length else self._in_heaps(place)

    def _in_heaps(self, place: str) -> dict[str, Any]:
        """Return the configuration of a model among the texts of varying length, which HDF5 keeps in global heaps.

        They are found here: HDF5 makes as much room for such a text as the attribute claims, and steps from object to
        object of a heap by sizes that may be 0. Source: "HDF5 File Format Specification", global heap.
        """
        at = self.data.find(b"GCOL\x01")
        while at >= 0:
            at, end = at + 16, at + struct.unpack_from("<Q", self.data, at + 8)[0]
            while at + 16 <= end:
                index, length = struct.unpack_from("<H6xQ", self.data, at)
                text = self.data[at + 16 : at + 16 + length]
                if not index:  # what is left of the heap
                    break
                if text.startswith(b"{") and {"class_name", "config"} <= (found := parsed_json(text, place)).keys():
                    return found
                at += 16 + -(-length // 8) * 8
            at = self.data.find(b"GCOL\x01", at)
        raise ValueError("it is in no heap")

    def in_keras(self, layer: _Layer) -> dict[str, NDArray[Any]]:
        """Return the weights of a layer in .keras, where they are numbered."""
        return self.arrays({part: f"{layer.folder}/vars/{at}" for at, part in enumerate(layer.parts)}, layer.name)

    def in_h5(self, layer: _Layer) -> dict[str, NDArray[Any]]:
        """Return the weights of a layer in .h5, where a path ends in the name, with ':0' in files of TensorFlow."""
        folder, own = f"model_weights/{layer.place[0]}/", f"/{layer.name}/"
        paths = [path for path in self.datasets if path.startswith(folder) and own in path]
        ends = {path.rsplit("/", 1)[1].split(":")[0]: path for path in paths}
        return self.arrays({part: ends.get(part, folder + part) for part in layer.parts}, layer.name)

    def arrays(self, paths: dict[str, str], layer: str) -> dict[str, NDArray[Any]]:
        """Return the arrays at these paths, which are those of a layer."""
        return {part: self._array(path, layer) for part, path in paths.items()}

    def _array(self, path: str, layer: str) -> NDArray[Any]:
        """Return an array in the float type of the file. Its size is compared with what the file holds."""
        from h5py import h5d

        place = f"{self.place}: '{printable(path)}'"
        if path not in self.datasets:
            where = f"at '{printable(path)}'"
            raise BadFile(f"layer '{printable(layer)}' has no weights {where}. Save the whole model again")
        with damage(f"{place} is damaged", CURE):
            dataset = self.datasets[path]
            made = dataset.id.get_create_plist()
            if made.get_layout() not in (h5d.CONTIGUOUS, h5d.COMPACT) or made.get_external_count():
                raise BadFile(f"{place} is stored in chunks or in other files, which Keras does not do. {CURE}")
            if dataset.dtype.kind != "f" or dataset.dtype.itemsize > 8 or dataset.shape is None:
                raise BadFile(f"{place} holds no floats. Save it as float32 or float64")
            count = count_of(dataset.shape, path)
            self.budget.spend(count)
            size = count * dataset.dtype.itemsize
            if size != dataset.id.get_storage_size() or size > len(self.data):
                raise BadFile(f"{place} has not as many bytes as its shape needs. {CURE}")
            values: NDArray[Any] = dataset[()]
            return values
