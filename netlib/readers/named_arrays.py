"""Networks that are only named arrays (a state_dict, an .npz): which arrays form a layer, how they lie, in what order.

The user is asked for what names and shapes leave open.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netlib.activations import is_activation
from netlib.errors import AmbiguousFile, BadFile
from netlib.readers.files import LAYOUTS, SAME, ReadOptions, ask, listing, printable
from netlib.readers.steps import (
    SUPPORTED,
    ActivationStep,
    ReadNetwork,
    Step,
    assembled,
    batch_norm,
    dense,
    layer_norm,
    normalisation,
    slanted,
    unsupported,
)

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
    **dict.fromkeys(("q_proj", "k_proj", "to_q", "to_k", "to_qkv", "qkv"), "an attention layer"),
    "gate_proj": "a gated layer",
}
KIND_BY_RANK = {1: "a norm or PReLU", 3: "a convolution", 4: "a convolution", 5: "a convolution"}
TORCH_EPSILON = 1e-5
BRANCHES = re.compile(r"(?:^|[._])(?:res|residual|block|shortcut|skip)s?(?![a-z])", re.IGNORECASE)
LOSSES = ("criterion.", "loss.", "loss_fn.", "loss_function.")
MEANS, DEVIATIONS = ("mean", "mu"), ("std", "sigma")
NUMBERED = re.compile(
    r"(?:.*\.)?\d+"
)  # the name of a layer in a Sequential, which are used in the order of their numbers
LAST = ("out", "output", "head", "classifier", "final", "last", "logits", "readout")  # words in names of last layers
MAX_LAYERS = 200


@dataclass(eq=False)
class Part:
    """The arrays of one layer, by role. label: the layer's name; words, numbers: what it consists of."""

    label: str
    words: tuple[str, ...]
    numbers: tuple[int, ...]
    arrays: dict[str, NDArray[Any]] = field(default_factory=dict)
    weight_name: str = ""

    @property
    def size(self) -> int:
        """How many numbers a batch norm or layer norm takes."""
        return int(self.arrays["weight" if self.is_layer_norm else "mean"].size)

    @property
    def is_norm(self) -> bool:
        return "mean" in self.arrays or "variance" in self.arrays or self.is_layer_norm

    @property
    def is_slope(self) -> bool:
        """Whether it is a single number without bias: the slope of a PReLU."""
        return self.arrays.keys() == {"weight"} and self.arrays["weight"].shape == (1,)

    @property
    def is_layer_norm(self) -> bool:
        """Whether it has a gain and a shift for each number, and no statistics."""
        shapes = [self.arrays[role].shape for role in ("weight", "bias") if role in self.arrays]
        is_pair = len(shapes) == 2 and len(shapes[0]) == 1 and shapes[0] == shapes[1] and shapes[0][0] > 1
        return is_pair and not {"mean", "variance"} & self.arrays.keys()

    def ends(self, layout: str) -> tuple[int, int]:
        """How many numbers a dense layer takes and gives, in this layout."""
        rows, columns = self.arrays["weight"].shape
        return (columns, rows) if layout == "out,in" else (rows, columns)

    def step(self, layout: str) -> Step:
        bias = self.arrays.get("bias")
        if self.is_layer_norm:
            return layer_norm(self.label, self.arrays["weight"], bias, TORCH_EPSILON, self.size)
        if self.is_norm:
            mean, variance = self.arrays["mean"], self.arrays["variance"]
            return batch_norm(self.label, mean, variance, self.arrays.get("weight"), bias, TORCH_EPSILON)
        return dense(self.label, self.arrays["weight"], bias if bias is None else bias.reshape(-1), layout)


def network_from(tensors: Mapping[str, NDArray[Any]], options: ReadOptions) -> ReadNetwork:
    """Return the network of named arrays; raise AmbiguousFile where names, shapes and options leave a choice."""
    assumptions = list[str]()
    tensors, before = _without_buffers(tensors, assumptions)
    parts = _parts(tensors)
    slopes, parts = ([part for part in parts if part.is_slope == is_slope] for is_slope in (True, False))
    if all(part.is_norm for part in parts):
        raise BadFile(f"holds no dense layer. {SUPPORTED}")
    if slopes:
        options = _with_slopes(slopes, sum(not part.is_norm for part in parts) - 1, options, assumptions)
    if named := [part.label for part in parts if BRANCHES.search(part.label)]:
        said = "weights do not say where a layer's input is added to its output, so the layers are taken as a chain"
        cure = "If that is wrong, give the model itself in Python: film(model, points, labels)"
        assumptions.append(f"By its name '{printable(named[0])}' may be part of a residual block; {said}. {cure}.")
    layout = _layout(parts, options, assumptions)
    ordered, kinds = (
        _as_given(parts, options, assumptions)
        if options.order
        else (_in_order(parts, layout, options, assumptions), {})
    )
    kinds = kinds or _activations(ordered, options, assumptions)
    steps = list[Step]()
    if before:
        steps.append(normalisation(*before))
    for at, part in enumerate(ordered):
        steps.append(part.step(layout))
        steps += [ActivationStep(kind, kind) for kind in kinds.get(at, ())]
        if part.is_layer_norm:
            said = "has a number for each neuron and no statistics, so it is taken as a layer norm"
            assumptions.append(f"'{printable(part.label)}' {said}, with an epsilon of {TORCH_EPSILON:g}.")
        elif part.is_norm:
            assumptions.append(f"'{printable(part.label)}' is a batch norm; its epsilon is taken as {TORCH_EPSILON:g}.")
        elif "bias" not in part.arrays:
            assumptions.append(f"'{printable(part.label)}' has no bias.")
    return assembled(steps, assumptions)


def _with_slopes(slopes: list[Part], hidden: int, options: ReadOptions, assumptions: list[str]) -> ReadOptions:
    """The options with the activations of PReLUs: one for each hidden layer, or the only one for all of them."""
    slopes = sorted(slopes, key=lambda part: part.numbers)
    kinds = {part.label: slanted(part.label, float(part.arrays["weight"].item())) for part in slopes}
    said = f"slopes of PReLU below zero ({listing([f'{name}: {kind}' for name, kind in kinds.items()])})"
    if options.order:
        return replace(options, order=tuple(kinds.get(name, name) for name in options.order))
    if len(kinds) not in (1, hidden):
        if options.activations:
            return options
        example = ",".join([*kinds.values(), *["relu"] * hidden][:hidden])
        raise ask(f"which of its {hidden} hidden layers each of its {said} follows", "activation", example)
    if options.activations:
        raise BadFile(f"holds the {said}, which are its activations. Leave the activation away")
    assumptions.append(f"Its activations are the {said}.")
    return replace(options, activations=tuple(kinds.values()))


# ---- which arrays form a layer -----------------------------------------------------------------------------------


def _without_buffers(
    tensors: Mapping[str, NDArray[Any]], assumptions: list[str]
) -> tuple[dict[str, NDArray[Any]], tuple[str, NDArray[Any], NDArray[Any]] | None]:
    """The arrays of layers, and what normalises the inputs: its name, mean and standard deviation.

    Weights of a loss, masks and counters are left out. Only names tell that an array is a mean or standard deviation.
    """
    kept, left = dict[str, NDArray[Any]](), list[str]()
    for name, values in tensors.items():
        is_buffer = values.dtype.kind in "biu" and _role(name) is None and any(_role(each) for each in tensors)
        if is_buffer or name.lower().startswith(LOSSES):
            left.append(name)
        else:
            kept[name] = values
    if left:
        assumptions.append(f"Left out, as no weights of a layer: {listing(left)}.")
    mean, deviation = (
        [name for name in kept if re.split(r"[._]", name.lower())[-1] in words] for words in (MEANS, DEVIATIONS)
    )
    mean = [name for name in mean if not name.lower().endswith("running_mean")]
    if len(mean) != 1 or len(deviation) != 1:
        return kept, None
    assumptions.append(f"Inputs are normalised first, as (x - {printable(mean[0])}) / {printable(deviation[0])}.")
    return kept, (mean[0], kept.pop(mean[0]), kept.pop(deviation[0]))


def _parts(tensors: Mapping[str, NDArray[Any]]) -> list[Part]:
    roles = {name: _role(name) for name in tensors}
    nameless = [name for name, role in roles.items() if role is None]
    if nameless and len(nameless) < len(tensors):
        raise BadFile(f"'{printable(nameless[0])}' is neither a weight nor a bias by its name. {SUPPORTED}")
    parts = dict[tuple[str, ...], Part]()
    for name, found in (_in_pairs(tensors) if nameless else roles).items():
        role, key = found or ("", ())
        if role == "tracked":
            continue
        if tensors[name].dtype.kind in "bu" or tensors[name].dtype == np.int8:
            raise BadFile(f"'{printable(name)}' holds {tensors[name].dtype}. Save it as float32 or float64")
        words, numbers = (tuple(w for w in key if w.isdecimal() == decimal) for decimal in (False, True))
        layer, _, last = name.rpartition(".")
        label = layer if last.lower() in ROLE_OF else ".".join(key)
        part = parts.setdefault(key, Part(label or name, words, tuple(map(int, numbers))))
        if role in part.arrays:
            raise BadFile(f"two arrays could be the {role} of layer '{printable(part.label)}'. Rename one of them")
        part.arrays[role] = tensors[name]
        part.weight_name = name if role == "weight" else part.weight_name
    if not 0 < len(parts) <= MAX_LAYERS:
        raise BadFile(f"holds {len(parts)} layers, 1 to {MAX_LAYERS} can be read. Save the network's weights alone")
    for part in parts.values():
        if part.is_norm and not part.is_layer_norm and not {"mean", "variance"} <= part.arrays.keys():
            raise BadFile(f"batch norm '{printable(part.label)}' lacks its running statistics. Save it again")
        if not part.is_norm and "weight" not in part.arrays:
            raise BadFile(f"layer '{printable(part.label)}' has a bias and no weight. Save it again")
        if not part.is_norm and not part.is_slope and part.arrays["weight"].ndim != 2:
            shape = part.arrays["weight"].shape
            kind = KIND_BY_RANK.get(len(shape), "no dense layer")
            raise unsupported(part.label, f"{kind} by its weight's shape {shape}")
    return list(parts.values())


def _role(name: str) -> tuple[str, tuple[str, ...]] | None:
    """What the array is by its name, and the rest of the name: 'fc1.weight' -> ('weight', ('fc', '1'))."""
    tokens = re.findall(r"[A-Za-z]+(?:_[A-Za-z]+)*|[0-9]{1,9}", name[:500])
    for token, (word, kind) in itertools.product(tokens, OTHER_KINDS.items()):
        if token.lower().startswith(word):
            raise unsupported(name, kind)
    for at in reversed(range(len(tokens))):
        before, token, after = tokens[:at], tokens[at], tokens[at + 1 :]
        if token.lower() in ROLE_OF:
            return ROLE_OF[token.lower()], (*before, *after)
        for start, _, end in (token.rpartition("_"), token.partition("_")):  # 'hidden_weight', 'w_in'
            for word, rest in ((end, start), (start, end)):
                if rest and word.lower() in ROLE_OF:
                    return ROLE_OF[word.lower()], (*before, rest, *after)
    return None


def _in_pairs(tensors: Mapping[str, NDArray[Any]]) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Roles of arrays whose names do not tell (arr_0, arr_1, ...): a vector after a matrix is its bias."""
    roles, layer = dict[str, tuple[str, tuple[str, ...]]](), -1
    for name in sorted(tensors, key=natural):
        is_weight = tensors[name].ndim != 1 or layer < 0
        layer += is_weight
        roles[name] = ("weight" if is_weight else "bias", (str(layer),))
    return roles


def natural(name: str) -> list[str]:
    """Sorting key under which 'fc10' comes after 'fc9'."""
    return [word.zfill(18) if word.isdecimal() else word for word in re.findall(r"[0-9]{1,18}|[^0-9]+", name)]


# ---- how weights lie, and the order of layers --------------------------------------------------------------------


def _layout(parts: list[Part], options: ReadOptions, assumptions: list[str]) -> str:
    """How weights lie: as the user says, as their names say, or in the one way in which the shapes fit."""
    if options.layout:
        return options.layout
    words = {word for part in parts for word in re.findall(r"[a-z]+", part.weight_name.lower())}
    if words & {"kernel", "coef", "coefs"}:
        return "in,out"
    if all(part.weight_name.endswith(".weight") or part.weight_name in ("weight", "") for part in parts):
        return "out,in"
    layers = [part for part in parts if not part.is_norm]
    fitting = [
        layout
        for layout in LAYOUTS
        if all("bias" not in part.arrays or part.arrays["bias"].size == part.ends(layout)[1] for part in layers)
        and _followers(None, [[part] for part in layers], layout)
    ]
    if len(fitting) == 2:
        raise ask("whether its weights are (out, in) or (in, out)", "layout", "in,out")
    if not fitting:
        raise _misfit(parts)
    assumptions.append(f"Weights are read as ({fitting[0].replace(',', ', ')}): their shapes fit only this way.")
    return fitting[0]


def _misfit(parts: list[Part]) -> BadFile:
    """Return the error for layers that follow one another in no order."""
    shapes = [[str(part.arrays[role].shape) for role in ("weight", "bias") if role in part.arrays] for part in parts]
    layers = listing([f"{part.label}: {' and '.join(pair)}" for part, pair in zip(parts, shapes, strict=True)])
    return BadFile(
        f"the shapes of its layers (weight and bias) do not fit: {layers}. Save layers of which each takes as many "
        "numbers as the one before it gives, with one bias for each output"
    )


def _as_given(
    parts: list[Part], options: ReadOptions, assumptions: list[str]
) -> tuple[list[Part], dict[int, list[str]]]:
    """The layers in the order given, and the activations after each where the order names them."""
    by_name = {part.weight_name.rpartition(".")[0]: part for part in parts}
    by_name |= {part.weight_name: part for part in parts} | {part.label: part for part in parts}
    ordered, kinds = list[Part](), dict[int, list[str]]()
    for name in options.order:
        kind = SAME.get(name.lower(), name.lower())
        if name in by_name:
            ordered.append(by_name[name])
        elif is_activation(kind) and ordered:
            kinds.setdefault(len(ordered) - 1, []).append(kind)
        else:
            raise BadFile(f"has no layer '{printable(name)}'. Its layers: {listing([part.label for part in parts])}")
    if len({id(part) for part in ordered}) != len(ordered) or len(ordered) != len(parts):
        raise BadFile(f"the order given must name each layer once: {listing([part.label for part in parts])}")
    hidden = [kind for at, each in kinds.items() if at < len(ordered) - 1 for kind in each]
    given = options.activations * len(hidden) if len(options.activations) == 1 else options.activations[: len(hidden)]
    if hidden and given and list(given) != hidden:
        raise BadFile(
            f"is given two kinds of activations: {listing(options.activations)}, and in the order {listing(hidden)}. "
            "Leave out --activation, or name the same ones in --order"
        )
    if hidden:
        assumptions.append(f"Activations of the hidden layers: {listing(hidden)}, as the order names them.")
    return ordered, kinds


def _in_order(parts: list[Part], layout: str, options: ReadOptions, assumptions: list[str]) -> list[Part]:
    """The layers by the numbers in their names; runs of such layers, or single ones, by shape."""
    if len(parts) == 1:
        return parts
    groups = dict[tuple[str, ...], list[Part]]()
    for part in sorted(parts, key=lambda part: part.numbers):
        groups.setdefault(part.words, []).append(part)
    runs = list(groups.values()) if all(_is_run(group, layout) for group in groups.values()) else []
    if len(runs) == 1:
        assumptions.append(f"Layers are taken in the order of their numbers: {_labels(runs[0])}.")
        return runs[0]
    if not runs and len(groups) == 1 and all(NUMBERED.fullmatch(part.label) for part in parts):
        raise _misfit(next(iter(groups.values())))
    found: list[Part] | None = None
    if not any(part.is_norm for part in parts):
        found = _by_shape(runs, layout) or _by_shape([[part] for part in parts], layout)
        if found == []:
            raise _misfit(parts)
    if found is None:
        if not any(part.is_norm for part in parts):
            raise ask("the order of its layers", "order", _written(_one_order(parts, layout), ""))
        if not options.activations:
            raise AmbiguousFile(
                "does not say its activation, nor where its norms stand. Say the activation first: --activation NAME "
                '(in Python: activation="relu")'
            )
        raise _where_norms_stand(_likely(parts, layout), options.activations[0])
    assumptions.append(f"The order of layers is the only one that their shapes allow: {_labels(found)}.")
    return found


def _where_norms_stand(ordered: list[Part], kind: str) -> AmbiguousFile:
    """The error that asks whether norms come before or after the activation, with both orders to choose from."""
    before = _written(ordered, kind)
    words, labels = before.split(","), {printable(part.label) for part in ordered if part.is_norm}
    for at in range(1, len(words) - 1):
        if words[at] in labels and words[at + 1] == kind:
            words[at : at + 2] = words[at : at + 2][::-1]
    after = ",".join(words)
    cure = f"Give it, with each norm before {kind}: --order {before}"
    return AmbiguousFile(
        f"does not say the order of its layers. {cure}" + (f", or after it: --order {after}" if after != before else "")
    )


def _likely(parts: list[Part], layout: str) -> list[Part]:
    """An order to propose: dense layers by shape, and after each a batch norm that fits, of the same number if any."""
    layers, norms = [part for part in parts if not part.is_norm], [part for part in parts if part.is_norm]
    found = list[Part]()
    for layer in _by_shape([[part] for part in layers], layout) or layers:
        found.append(layer)
        fitting = [norm for norm in norms if norm.size == layer.ends(layout)[1]]
        for norm in sorted(fitting, key=lambda norm: norm.numbers != layer.numbers)[:1]:
            found.append(norm)
            norms.remove(norm)
    return [*norms, *found]


def _written(ordered: Sequence[Part], kind: str) -> str:
    """The layers as --order takes them, with an activation (if one is given) after each hidden layer and its norm."""
    last = max(at for at, part in enumerate(ordered) if not part.is_norm)
    words = list[str]()
    for at, part in enumerate(ordered):
        words.append(printable(part.label))
        is_end = at < last and not ordered[at + 1].is_norm and not all(each.is_norm for each in ordered[: at + 1])
        words += [kind] if is_end and kind else []
    return ",".join(words)


def _labels(parts: Sequence[Part]) -> str:
    return listing([part.label for part in parts])


def _is_run(group: list[Part], layout: str) -> bool:
    """Whether the layers of a group have different numbers and follow one another in this order."""
    ends = [part.ends(layout) for part in group if not part.is_norm]
    chained = all(before[1] == after[0] for before, after in itertools.pairwise(ends))
    return chained and len({part.numbers for part in group}) == len(group)


def _by_shape(runs: list[list[Part]], layout: str) -> list[Part] | None:
    """The order of runs in which each layer takes what the one before it gives; [] for no order, None for several."""
    ordered, left = list[Part](), runs
    while left:
        found = _followers(ordered[-1].ends(layout)[1] if ordered else None, left, layout)
        if len(found) != 1:
            return None if found else []
        ordered += found[0]
        left = [run for run in left if run is not found[0]]
    return ordered


def _one_order(parts: list[Part], layout: str) -> list[Part]:
    """One of several orders in which each layer takes what the one before it gives: by the numbers in their names, and
    last what is called so."""
    ordered = list[Part]()
    left = sorted(parts, key=lambda part: (any(word.lower() in LAST for word in part.words), part.numbers))
    while left:
        width = ordered[-1].ends(layout)[1] if ordered else None
        ordered += _followers(width, [[part] for part in left], layout)[0]
        left = [part for part in left if part is not ordered[-1]]
    return ordered


def _followers(width: int | None, runs: list[list[Part]], layout: str) -> list[list[Part]]:
    """Up to two runs that can come next, after a layer that gives `width` numbers, such that all others can follow.

    Widths are the nodes of a graph, and runs are its edges. The others can follow if an Eulerian trail goes through
    them: the trail leaves each width as often as it reaches it, except at its ends, and it can reach each edge.
    """
    ends = [(run[0].ends(layout)[0], run[-1].ends(layout)[1]) for run in runs]
    found = list[list[Part]]()
    for at, (first, last) in enumerate(ends):
        others = [*ends[:at], *ends[at + 1 :]]
        balance, reached = Counter(start for start, _ in others), {last}
        balance.subtract([last, *(end for _, end in others)])
        if width not in (None, first) or sorted(filter(None, balance.values())) != [-1] or len(found) == 2:
            continue
        while more := {end for start, end in others if start in reached} - reached:
            reached |= more
        if reached >= {start for start, _ in others}:
            found.append(runs[at])
    return found


# ---- where activations go ----------------------------------------------------------------------------------------


def _activations(ordered: list[Part], options: ReadOptions, assumptions: list[str]) -> dict[int, list[str]]:
    """The activations after each part: after each hidden dense layer, or after the batch norm that follows it."""
    layers = [at for at, part in enumerate(ordered) if not part.is_norm]
    hidden, given = len(layers) - 1, options.activations
    if hidden > 0 and not given:
        labels = _labels([ordered[at] for at in layers[:-1]])
        raise ask(f"which activation follows its hidden layers ({labels})", "activation", "tanh")
    if len(given) > 1 and len(given) not in (hidden, hidden + 1):
        raise BadFile(f"has {hidden} hidden layers, {len(given)} activations were given. Give one, or one for each")
    kinds = given if len(given) > 1 else given * hidden
    if hidden > 0:
        assumptions.append(f"Activations of the hidden layers: {listing(kinds[:hidden])}, as given.")
    places = [_place(ordered, at, to, given) for at, to in itertools.pairwise([*layers, len(ordered)])]
    return {place: [kind] for place, kind in zip(places, kinds, strict=False)}


def _place(ordered: list[Part], at: int, to: int, given: Sequence[str]) -> int:
    """Index of the part after which the activation of the dense layer `at` comes; the next dense layer is `to`.

    In a torch Sequential parts without weights still count: a gap in the numbers shows where one was.
    """
    if to in (at + 1, len(ordered)):
        return at
    numbers = [part.numbers[-1] for part in ordered[at : to + 1] if part.numbers]
    if to == at + 2 and len(numbers) == 3:
        before, norm, after = numbers
        if (norm == before + 1) != (after == norm + 1):
            return at if norm > before + 1 else at + 1
    beside = printable(ordered[at + 1].label)
    raise ask(f"where the activation stands beside '{beside}'", "order", _written(ordered, (*given, "tanh")[0]))
