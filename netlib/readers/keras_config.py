"""A Keras model's configuration (JSON): its layers in order, as far as they are dense, batch norms or activations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from netlib.errors import BadFile
from netlib.readers.files import field, shown
from netlib.readers.steps import unsupported

PASSED = (
    "InputLayer",
    "Dropout",
    "AlphaDropout",
    "GaussianDropout",
    "GaussianNoise",
    "ActivityRegularization",
    "Flatten",
)
BENDS = {
    "linear": "identity",
    "relu": "relu",
    "tanh": "tanh",
    "sigmoid": "sigmoid",
    "softplus": "softplus",
    "elu": "elu",
    "softmax": "softmax",
    "log_softmax": "log_softmax",
}
MOST_LAYERS = 1_000


@dataclass(frozen=True)
class KerasLayer:
    """name and kind (Keras's class) of a layer; bend: netlib's name of its activation, or ''; lacks: the parts that
    it was made without (bias, gamma, beta); epsilon: of a batch norm."""

    name: str
    kind: str
    bend: str = ""
    lacks: tuple[str, ...] = ()
    epsilon: float = 1e-3


def layers_of(config: dict[str, Any]) -> list[KerasLayer]:
    """Return the layers in the order in which data passes them; raise BadFile where they are no plain chain."""
    kind, inner = field(config, "class_name", str, "the model"), field(config, "config", (dict, list), "the model")
    if kind not in ("Sequential", "Functional", "Model"):
        raise unsupported("the model", f"a {kind}")
    listed = inner if isinstance(inner, list) else field(inner, "layers", list, "the model")
    if len(listed) > MOST_LAYERS:
        raise BadFile(f"has {len(listed)} layers, {MOST_LAYERS} can be read. Save a smaller network")
    if kind != "Sequential":
        listed = _chain(listed)
    layers = [_layer(entry) for entry in listed]
    if len({layer.name for layer in layers}) != len(layers):
        raise BadFile("two of its layers have the same name. Save it again")
    return layers


def _layer(entry: Any) -> KerasLayer:
    kind, config = field(entry, "class_name", str, "a layer"), field(entry, "config", dict, "a layer")
    name = field(config, "name", str, f"a {kind}")
    if kind in PASSED:
        return KerasLayer(name, kind)
    if kind == "Dense":
        biased = field(config, "use_bias", bool, name, True)
        return KerasLayer(name, kind, _bend(config.get("activation"), name), () if biased else ("bias",))
    if kind == "BatchNormalization":
        made = (("gamma", "scale"), ("beta", "center"))
        lacks = tuple(part for part, option in made if not field(config, option, bool, name, True))
        epsilon = field(config, "epsilon", (int, float), name, 1e-3)
        if not 0 <= epsilon <= 1e9:
            raise BadFile(f"layer '{shown(name)}' has the epsilon {shown(epsilon)}. Save it again")
        return KerasLayer(name, kind, "", lacks, float(epsilon))
    if kind == "Activation":
        return KerasLayer(name, kind, _bend(config.get("activation"), name))
    return KerasLayer(name, kind, _bend_of_layer(kind, config, name))


def _bend(said: Any, name: str) -> str:
    """netlib's name of an activation that is written as a name, or as a class with its settings."""
    if said is None:
        return "identity"
    if isinstance(said, dict):
        kind, settings = said.get("class_name"), said.get("config")
        if isinstance(kind, str) and isinstance(settings, dict):
            return _bend_of_layer(kind, settings, name)
        said = settings
    if said == "leaky_relu":
        raise unsupported(name, "leaky_relu with slope 0.2 (only 0.01)")
    if not isinstance(said, str) or said not in BENDS:
        raise unsupported(name, f"the activation {said}")
    return BENDS[said]


def _bend_of_layer(kind: str, config: dict[str, Any], name: str) -> str:
    if kind == "Softmax":
        return "softmax"
    wanted: dict[str, tuple[str, dict[str, tuple[Any, Any]]]] = {
        # name here, then each setting with its default in Keras and the value that netlib has
        "ReLU": ("relu", {"max_value": (None, None), "negative_slope": (0.0, 0.0), "threshold": (0.0, 0.0)}),
        "LeakyReLU": ("leaky_relu", {"alpha" if "alpha" in config else "negative_slope": (0.3, 0.01)}),
        "ELU": ("elu", {"alpha": (1.0, 1.0)}),
    }
    if kind not in wanted:
        raise unsupported(name, kind)
    ours, settings = wanted[kind]
    for setting, (default, value) in settings.items():
        given = field(config, setting, (int, float, type(None)), name, default)
        same = given == value or (given is not None and value is not None and abs(given - value) < 1e-6)
        if not same:
            raise unsupported(name, f"{kind} with {setting} {given} (only {value})")
    return ours


def _chain(listed: list[Any]) -> list[Any]:
    """Order the layers of a functional model by what each one takes; refuse what branches, joins or is used twice."""
    before, after = dict[str, Any](), dict[str, Any]()
    for entry in listed:
        name = field(entry, "name", str, "a layer", None) or field(entry.get("config"), "name", str, "a layer")
        sources = _sources(entry.get("inbound_nodes"), name, 0)
        if len(sources) > 1:
            raise BadFile(
                f"layer '{shown(name)}' takes {len(sources)} inputs: only a plain chain of layers can be shown"
            )
        source = sources[0] if sources else ""
        if source in after or name in before:
            what = f"'{shown(source)}' goes to two layers" if source else "has two inputs"
            raise BadFile(f"{what}: only a plain chain of layers can be shown")
        before[name], after[source] = source, (name, entry)
    ordered, name = list[Any](), ""
    while name in after and len(ordered) <= len(listed):
        name, entry = after[name]
        ordered.append(entry)
    if len(ordered) != len(listed):
        raise BadFile("has layers that its input does not reach. Save a plain chain of layers")
    return ordered


def _sources(node: Any, name: str, depth: int) -> list[str]:
    """Names of the layers whose outputs a layer takes: Keras 3 writes a keras_history, Keras 2 a nested list."""
    if depth > 12:
        raise BadFile(f"layer '{shown(name)}' has inputs that are nested too deeply. Save it again")
    if isinstance(node, dict):
        history = node.get("keras_history")
        if isinstance(history, list) and history and isinstance(history[0], str):
            return [history[0]]
        return [found for value in node.values() for found in _sources(value, name, depth + 1)]
    if isinstance(node, list):
        if len(node) >= 3 and isinstance(node[0], str) and all(isinstance(k, int) for k in node[1:3]):
            return [node[0]]
        return [found for value in node for found in _sources(value, name, depth + 1)]
    return []
