"""Named arrays without a program (a state_dict, an npz): which of them are layers, of what kind and layout."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from numpy.typing import NDArray

from netlib.errors import BadFile
from netlib.readers.files import shown
from netlib.readers.steps import SUPPORTED, Dense, Scale, batch_norm, dense, unsupported

ROLES = {
    "weight": ("weight", "weights", "kernel", "w", "coef", "coefs"),
    "bias": ("bias", "biases", "b", "intercept", "intercepts"),
    "mean": ("running_mean",),
    "variance": ("running_var",),
    "tracked": ("num_batches_tracked",),
}
ROLE_OF = {word: role for role, words in ROLES.items() for word in words}
# Parts of names under which recurrent, attention and reparametrised layers keep their weights.
OTHER_KINDS = {
    "weight_ih": "a recurrent layer",
    "weight_hh": "a recurrent layer",
    "in_proj": "an attention layer",
    "weight_g": "a weight norm",
    "weight_v": "a weight norm",
    "weight_orig": "a spectral norm or pruned layer",
    "parametrizations": "a reparametrised layer",
}
TORCH_EPSILON = 1e-5
MAX_LAYERS = 200


@dataclass(frozen=True, eq=False)
class Part:
    """The arrays of one layer, by role. label: the layer's name. words, numbers: the label taken apart."""

    label: str
    words: tuple[str, ...]
    numbers: tuple[int, ...]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    weight_name: str = ""

    @property
    def is_norm(self) -> bool:
        return "mean" in self.arrays or "variance" in self.arrays


def parts_of(tensors: Mapping[str, NDArray[Any]]) -> list[Part]:
    """Return the layers among named arrays, in the order of the file; raise BadFile, naming the array, otherwise."""
    parts = dict[tuple[str, ...], Part]()
    nameless = [name for name in tensors if _role(name) is None]
    if nameless and len(nameless) < len(tensors):
        raise BadFile(f"'{shown(nameless[0])}' is neither a weight nor a bias by its name. {SUPPORTED}")
    for name, role, key in _in_pairs(tensors) if nameless else _by_name(tensors):
        part = parts.setdefault(key, _part(name, key))
        if role in part.arrays:
            raise BadFile(f"two arrays could be the {role} of layer '{shown(part.label)}'. Rename one of them")
        part.arrays[role] = tensors[name]
        if role == "weight":
            object.__setattr__(part, "weight_name", name)
    if not 0 < len(parts) <= MAX_LAYERS:
        raise BadFile(f"holds {len(parts)} layers, 1 to {MAX_LAYERS} can be read. Save the network's weights alone")
    for part in parts.values():
        _check(part)
    return list(parts.values())


def _check(part: Part) -> None:
    if part.is_norm:
        if "mean" not in part.arrays or "variance" not in part.arrays:
            raise BadFile(f"batch norm '{shown(part.label)}' lacks its running statistics. Save it again")
    elif "weight" not in part.arrays:
        raise BadFile(f"layer '{shown(part.label)}' has a bias and no weight. Save it again")
    elif part.arrays["weight"].ndim != 2:
        shape = part.arrays["weight"].shape
        kinds = {1: "a norm or PReLU", 3: "a convolution", 4: "a convolution", 5: "a convolution"}
        raise unsupported(part.label, f"{kinds.get(len(shape), 'no dense layer')} by its weight's shape {shape}")


def _part(name: str, key: tuple[str, ...]) -> Part:
    numbers = tuple(int(word) for word in key if word.isdecimal())
    return Part(".".join(key) or name, tuple(w for w in key if not w.isdecimal()), numbers)


def _by_name(tensors: Mapping[str, NDArray[Any]]) -> list[tuple[str, str, tuple[str, ...]]]:
    found = ((name, _role(name)) for name in tensors)
    return [(name, *split) for name, split in found if split and split[0] != "tracked"]


def _role(name: str) -> tuple[str, tuple[str, ...]] | None:
    """What the array is by its name, and the name without that word: 'fc1.weight' -> ('weight', ('fc', '1'))."""
    tokens = re.findall(r"[A-Za-z]+(?:_[A-Za-z]+)*|[0-9]{1,9}", name[:500])
    for token in tokens:
        for word, kind in OTHER_KINDS.items():
            if token.lower().startswith(word):
                raise unsupported(name, kind)
    for at in reversed(range(len(tokens))):
        lowered = tokens[at].lower()
        if lowered in ROLE_OF:
            return ROLE_OF[lowered], (*tokens[:at], *tokens[at + 1 :])
        for cut in (lowered.rfind("_"), lowered.find("_")):
            for word, rest in ((lowered[cut + 1 :], tokens[at][:cut]), (lowered[:cut], tokens[at][cut + 1 :])):
                if cut > 0 and word in ROLE_OF:
                    return ROLE_OF[word], (*tokens[:at], rest, *tokens[at + 1 :])
    return None


def _in_pairs(tensors: Mapping[str, NDArray[Any]]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Arrays without telling names (arr_0, arr_1, ...): each matrix begins a layer, a vector after it is its bias."""
    pairs, key = list[tuple[str, str, tuple[str, ...]]](), ("",)
    for name in sorted(tensors, key=natural):
        if tensors[name].ndim != 1 or not pairs:
            key = (str(len(pairs)),)
        pairs.append((name, "weight" if key[0] == str(len(pairs)) else "bias", key))
    return pairs


def natural(name: str) -> tuple[tuple[int, int, str], ...]:
    """Sorting key under which 'fc10' comes after 'fc9'."""
    words = re.findall(r"[0-9]{1,18}|[^0-9]+", name)
    return tuple((1, int(w), "") if w.isdecimal() else (0, 0, w) for w in words)


def layout_of(parts: list[Part], given: str) -> str:
    """Return how weights lie, 'out,in' or 'in,out', from the names; '' where only the shapes may tell."""
    if given:
        return given
    words = {word for part in parts for word in re.findall(r"[a-z]+", part.weight_name.lower())}
    if words & {"kernel", "coef", "coefs"}:
        return "in,out"
    torch_style = all(part.weight_name.endswith(".weight") or part.weight_name == "weight" for part in parts)
    return "out,in" if torch_style else ""


def step_of(part: Part, layout: str) -> Dense | Scale:
    """Return the dense layer or batch norm of a part whose weights lie as 'out,in' or 'in,out'."""
    arrays = part.arrays
    if part.is_norm:
        gamma, beta = arrays.get("weight"), arrays.get("bias")
        return batch_norm(part.label, arrays["mean"], arrays["variance"], gamma, beta, TORCH_EPSILON)
    bias = arrays.get("bias")
    bias = bias.reshape(-1) if bias is not None and bias.ndim == 2 else bias
    return dense(part.label, arrays["weight"], bias, layout)


def fits(part: Part, layout: str) -> bool:
    """Whether the bias is as long as the outputs are many, in this layout."""
    bias = part.arrays.get("bias")
    return bias is None or part.is_norm or bias.size == part.arrays["weight"].shape[0 if layout == "out,in" else 1]
