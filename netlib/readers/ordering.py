"""The order of layers that only have names and shapes: from the numbers in their names, or where one order fits."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from netlib.activations import activations
from netlib.errors import BadFile
from netlib.readers.files import shown
from netlib.readers.options import ReadOptions, names, not_said
from netlib.readers.steps import Bend, ReadNetwork, Step, assembled
from netlib.readers.tensors import TORCH_EPSILON, Part, fits, layout_of, step_of

# Steps of the search for an order; beyond it the user is asked.
PATIENCE = 20_000


def network_from(parts: Sequence[Part], asked: ReadOptions) -> ReadNetwork:
    """Return the network of layers that have names and shapes only; raise NotSaid where they leave a choice."""
    said = list[str]()
    layout = _layout(list(parts), asked, said)
    if asked.order:
        ordered, bends = _as_given(parts, asked.order)
    else:
        ordered, bends = _in_order(list(parts), layout, said), {}
    if not bends:
        bends = _bends(ordered, asked, said)
    steps = list[Step]()
    for at, part in enumerate(ordered):
        steps.append(step_of(part, layout))
        steps += [Bend(kind, kind) for kind in bends.get(at, ())]
        if part.is_norm:
            said.append(f"'{shown(part.label)}' is a batch norm; its epsilon is taken as {TORCH_EPSILON:g}.")
        elif "bias" not in part.arrays:
            said.append(f"'{shown(part.label)}' has no bias.")
    return assembled(steps, said)


def _layout(parts: list[Part], asked: ReadOptions, said: list[str]) -> str:
    layout = layout_of(parts, asked.layout)
    if layout:
        return layout
    dense = [part for part in parts if not part.is_norm]
    fitting = [way for way in ("out,in", "in,out") if all(fits(p, way) for p in dense) and _orders(dense, way)]
    if len(fitting) == 2:
        raise not_said("whether its weights are (out, in) or (in, out)", "layout", "in,out")
    if not fitting:
        raise _misfit(parts)
    said.append(f"Weights are read as ({fitting[0].replace(',', ', ')}): only so do their shapes fit.")
    return fitting[0]


def _as_given(parts: Sequence[Part], order: Sequence[str]) -> tuple[list[Part], dict[int, list[str]]]:
    by_name = {part.weight_name.rpartition(".")[0]: part for part in parts}
    by_name |= {part.weight_name: part for part in parts} | {part.label: part for part in parts}
    ordered, bends = list[Part](), dict[int, list[str]]()
    for name in order:
        if name in by_name:
            ordered.append(by_name[name])
        elif name in activations() and ordered:
            bends.setdefault(len(ordered) - 1, []).append(name)
        else:
            raise BadFile(f"has no layer '{shown(name)}'. Its layers: {names([part.label for part in parts])}")
    if len({id(part) for part in ordered}) != len(ordered) or len(ordered) != len(parts):
        raise BadFile(f"the order given must name each layer once: {names([part.label for part in parts])}")
    return ordered, bends


def _in_order(parts: list[Part], layout: str, said: list[str]) -> list[Part]:
    if len(parts) == 1:
        return parts
    groups = list(_groups(parts).values())
    if len(groups) == 1 and len({part.numbers for part in parts}) == len(parts):
        dense = [part for part in groups[0] if not part.is_norm]
        if _chained(dense, layout):
            said.append(f"Layers are taken in the order of their numbers: {names([p.label for p in groups[0]])}.")
            return groups[0]
    found = [] if any(part.is_norm for part in parts) else _orders(parts, layout)
    if len(found) == 1:
        said.append(
            f"The order of layers is the only one that their shapes allow: {names([p.label for p in found[0]])}."
        )
        return found[0]
    if not found and not any(part.is_norm for part in parts):
        raise _misfit(parts)
    raise not_said("the order of its layers", "order", ",".join(shown(part.label) for part in parts[:6]))


def _misfit(parts: list[Part]) -> BadFile:
    """Return the error for layers that follow one another in no order."""
    shapes = [" and ".join(str(part.arrays[r].shape) for r in ("weight", "bias") if r in part.arrays) for part in parts]
    layers = names([f"{part.label}: {shape}" for part, shape in zip(parts, shapes, strict=True)])
    return BadFile(
        f"the shapes of its layers (weight and bias) do not fit: {layers}. Save layers of which each takes as many "
        "numbers as the one before it gives, with one bias for each output"
    )


def _groups(parts: list[Part]) -> dict[tuple[str, ...], list[Part]]:
    """Layers whose names differ in numbers only, by number."""
    groups = dict[tuple[str, ...], list[Part]]()
    for part in parts:
        groups.setdefault(part.words, []).append(part)
    return {words: sorted(group, key=lambda part: part.numbers) for words, group in groups.items()}


def _orders(parts: list[Part], layout: str) -> list[list[Part]]:
    """Return up to two orders in which outputs fit inputs: with numbered names in order if possible, else any."""
    groups = list(_groups(parts).values())
    return _found(groups, layout) or _found([[part] for part in parts], layout)


def _found(groups: list[list[Part]], layout: str) -> list[list[Part]]:
    found, patience = list[list[Part]](), [PATIENCE]
    for order in _chains(groups, [0] * len(groups), [], layout, patience):
        found.append(order)
        if len(found) == 2:
            break
    # a search that was given up may have missed an order: then none is the only one
    return found if patience[0] else [groups[0], groups[0]]


def _chains(
    groups: list[list[Part]], taken: list[int], order: list[Part], layout: str, patience: list[int]
) -> Iterator[list[Part]]:
    if sum(taken) == sum(map(len, groups)):
        yield order
        return
    for at, group in enumerate(groups):
        if taken[at] == len(group) or not _chained([*order[-1:], group[taken[at]]], layout):
            continue
        if not patience[0]:
            return
        patience[0] -= 1
        after = [*taken[:at], taken[at] + 1, *taken[at + 1 :]]
        yield from _chains(groups, after, [*order, group[taken[at]]], layout, patience)


def _chained(parts: Sequence[Part], layout: str) -> bool:
    inner, outer = (1, 0) if layout == "out,in" else (0, 1)
    shapes = [part.arrays["weight"].shape for part in parts]
    return all(a[outer] == b[inner] for a, b in itertools.pairwise(shapes))


def _bends(ordered: Sequence[Part], asked: ReadOptions, said: list[str]) -> dict[int, list[str]]:
    """Where activations go: after each hidden dense layer, or after the batch norm that follows it."""
    dense = [at for at, part in enumerate(ordered) if not part.is_norm]
    hidden = len(dense) - 1
    given = asked.activations
    if hidden and not given:
        labels = names([ordered[at].label for at in dense[:-1]])
        raise not_said(f"which activation follows its hidden layers ({labels})", "activation", "tanh")
    if len(given) > 1 and len(given) not in (hidden, hidden + 1):
        raise BadFile(f"has {hidden} hidden layers, {len(given)} activations were given. Give one, or one for each")
    kinds = given if len(given) > 1 else given * hidden
    if hidden:
        said.append(f"Activations of the hidden layers: {names(kinds[:hidden])}, as given.")
    places = [_after(ordered, at, to) for at, to in zip(dense, [*dense[1:], len(ordered)], strict=True)]
    return {place: [kind] for place, kind in zip(places, kinds, strict=False)}


def _after(ordered: Sequence[Part], at: int, to: int) -> int:
    """Index of the part after which the activation of the dense layer `at` comes, the next one being `to`.

    In a torch Sequential parts without weights still count: a gap in the numbers shows where one was.
    """
    if to == at + 1 or to == len(ordered):
        return at
    spans = [ordered[k].numbers[-1:] for k in (at, at + 1, to - 1, to)]
    if to == at + 2 and all(spans):
        (before,), (norm,), _, (after,) = spans
        if (norm == before + 1) != (after == norm + 1):
            return at if norm > before + 1 else at + 1
    example = ",".join(shown(part.label) for part in ordered[: at + 2]) + ",tanh,…"
    raise not_said(f"where the activation stands beside '{shown(ordered[at + 1].label)}'", "order", example)
