"""A network and the data that it is shown on: whether they fit, which label means which output, and where the answer
changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq, linear_sum_assignment

from netlib.activations import activation, is_activation
from netlib.command import quoted
from netlib.datasets import Dataset, sampled
from netlib.errors import AmbiguousFile, BadFile
from netlib.layers import Dense
from netlib.network import Network
from netlib.readers.files import listed, printable
from netlib.readers.steps import ReadNetwork
from netlib.readers.tables import COUNTERS

TRAINED_ON = "Give the data that it was trained on"
# How near to its label the middle output of each class is, as a share of the step between the two labels, where the
# network was trained to give the labels themselves.
CLOSE = 0.25
PLAINLY = 0.3  # of the points, by which another order of the classes has to be better
FARTHEST = 1e3  # from 0, to which what goes into a final activation is searched


def matched(
    read: ReadNetwork, data: Dataset, *, classes: str | Sequence[str] | None = None, threshold: float | None = None
) -> tuple[ReadNetwork, Dataset]:
    """Return network and data such that label k is the network's class k, and one output changes its answer at 0.

    classes: names of the network's classes in the order of its outputs ("red,blue", or a list of them), whether the
    labels are these names or the numbers 0, 1, ... threshold: of the one output, after its final activation, above
    which the answer is class 1. What is decided without them is a sentence in the network's assumptions: whole numbers
    among 0, 1, ... mean the classes themselves; other labels are taken in sorted order, if there are as many as
    classes; outputs near the labels 0 and 1 are cut at 0.5, those near 1 and 2 at 1.5.

    Raises BadFile where network and data do not fit, AmbiguousFile where the order of the classes has to be given.
    """
    data = _by_name(read, data)
    inputs, outputs, name = read.network.inputs, read.network.widths[-1], printable(data.name)
    if outputs == 1 and data.classes > 2 and threshold is None and classes is None:
        data = _as_targets(read, data)
    if read.regressor and data.classes > 2:
        raise BadFile("the network gives real numbers (a regressor), not classes. Train a classifier, and give that")
    if inputs != data.dimension:
        columns = f" ({_few(data.columns)})" if data.columns else ""
        cure = TRAINED_ON
        if len(data.columns) > inputs:
            likely = _likely_inputs(data)
            cure += f", or choose {inputs} of these columns with --features"
            if len(likely) == inputs:
                cure = f"{TRAINED_ON}, or name its columns: --features {','.join(likely)} (in Python: X[{likely}])"
        raise BadFile(f"the network takes {inputs} numbers, a point of '{name}' has {data.dimension}{columns}. {cure}")
    if data.regression:
        return _of_targets(read, data, threshold, classes), data
    given = listed(classes) if classes is None or isinstance(classes, str) else tuple(map(str, classes))
    data, said, is_guess = _numbered(read, data, given)
    read = _cut(_noted(read, [*data.notes, *said]), data, threshold)
    return _noted(read, [] if classes else _numbered_otherwise(read, data, is_guess)), data


def _by_name(read: ReadNetwork, data: Dataset) -> Dataset:
    """The data with the columns that the network was fitted on, in that order, where both say their names."""
    wanted, names = read.columns, data.columns
    if wanted == names or {*wanted}.isdisjoint(names):
        return data
    if missing := [name for name in wanted if name not in names]:
        what = f"the network was fitted on columns that '{printable(data.name)}' has not: {_few(missing)}"
        raise BadFile(f"{what}. Give the data with the columns and names that it was fitted on")
    said = f"The inputs are the columns {_few(wanted)}, in this order, as the network was fitted on them."
    places = [names.index(name) for name in wanted]
    return replace(data, points=data.points[:, places], columns=wanted, notes=(*data.notes, said))


def _likely_inputs(data: Dataset) -> list[str]:
    """The columns of a table that are not always the same number, and have no name that counters have."""
    named = zip(data.columns, data.points.T, strict=True)
    return [str(name) for name, values in named if np.ptp(values) > 0 and str(name).lower() not in COUNTERS]


def numbered(network: Network, data: Dataset) -> Dataset:
    """Return the data with the network's numbers as labels, as `matched` does without options."""
    return data if data.regression else _numbered(ReadNetwork(network), data, ())[0]


def _noted(read: ReadNetwork, sentences: Sequence[str]) -> ReadNetwork:
    return replace(read, assumptions=(*read.assumptions, *sentences))


def _few(names: Sequence[str]) -> str:
    return printable(", ".join(names[:4]) + (", …" if len(names) > 4 else ""))


# ---- real targets ------------------------------------------------------------------------------------------------


def _of_targets(
    read: ReadNetwork, data: Dataset, threshold: float | None, classes: str | Sequence[str] | None
) -> ReadNetwork:
    """The network whose one output is compared with real targets, its final activation included."""
    outputs, name = read.network.widths[-1], printable(data.name)
    if outputs != 1:
        if (data.labels == np.round(data.labels)).all():
            count = len(np.unique(data.labels))
            raise BadFile(f"'{name}' has {count} different labels, and 2 to 10 classes can be shown. Leave some out")
        what = f"the network has {outputs} outputs, real targets need 1, and the labels of '{name}' are real numbers"
        raise BadFile(f"{what}. Give data with 2 to 10 classes, or say with --label where the classes are")
    if threshold is not None or classes is not None:
        option = "threshold" if threshold is not None else "classes"
        raise BadFile(f"the labels of '{name}' are real targets, so no {option} can be given. Leave it away")
    read = _noted(replace(read, regressor=True), data.notes)
    if read.final == "identity" or not is_activation(read.final):
        return read
    last = replace(read.network.readout, activation=activation(read.final))
    network = Network((*read.network.hidden, last), Dense(np.ones((1, 1)), np.zeros(1)))
    kept = [said for said in read.assumptions if not said.startswith(f"The {read.final} after the last layer")]
    return replace(read, network=network, final="identity", assumptions=tuple(kept))


def _as_targets(read: ReadNetwork, data: Dataset) -> Dataset:
    """The data with their labels as real targets, where these are numbers, and one real output can be near them."""
    try:
        numbers = np.array([float(name) for name in data.class_names or map(str, range(data.classes))])
    except ValueError:
        return data
    if not data.class_names or (not read.regressor and read.final in ("sigmoid", "tanh", "softmax")):
        return data
    said = "The network has one output, so the labels are taken as real targets (a regression)."
    labels = numbers[data.labels.astype(np.int64)]
    return replace(data, labels=labels, regression=True, class_names=(), notes=(*data.notes, said))


# ---- which label means which output ------------------------------------------------------------------------------


def _numbered(read: ReadNetwork, data: Dataset, given: tuple[str, ...]) -> tuple[Dataset, list[str], bool]:
    """The data with the network's numbers as labels; what was decided, in sentences; and whether that is a guess."""
    count, name = max(read.network.widths[-1], 2), printable(data.name)
    ours = data.class_names or tuple(map(str, range(data.classes)))
    present = [ours[k] for k in np.unique(data.labels)]
    known = tuple(_plain(label, ours) for label in read.classes)
    is_numbered = known == tuple(map(str, range(len(known))))  # such names say nothing
    theirs = given or (() if is_numbered or not data.class_names else known)
    numbers = [int(label) if label.lstrip("-").isdecimal() else -1 for label in present]
    if len(present) > count:
        raise BadFile(f"the network tells {count} classes apart, '{name}' has {len(present)}. {TRAINED_ON}")
    if given and not is_numbered and {*given} == {*known} and given != known:
        raise BadFile(
            f"the network's classes are {_few(known)} in this order, as it says itself, and the order given is "
            f"{_few(given)}. Leave it away"
        )
    if theirs:
        example = f"in the order of the network's outputs: {_option(ours)}"
        if len({*theirs}) != count:
            raise BadFile(f"the network has {count} classes, {len({*theirs})} are named. Name each once, {example}")
        if given and all(0 <= number < count for number in numbers) and not {*present} <= {*theirs}:
            return replace(_relabelled(data, ours, tuple(map(str, range(count)))), class_names=theirs), [], False
        if not {*present} <= {*theirs}:
            what = "the classes given are" if given else "the network's classes are"
            cure = "Name the classes of the data as when it was trained, or give them " + example
            raise BadFile(f"{what} {_few(theirs)}, those of '{name}' are {_few(present)}. {cure}")
        return _relabelled(data, ours, theirs), [], False
    if all(0 <= number < count for number in numbers):
        if len(present) == count:
            return data, [], False
        said = f"The data hold only the classes {', '.join(present)} of the network's {count}, counted from 0."
        return _relabelled(data, ours, tuple(map(str, range(count)))), [said], False
    if len(present) < count:
        raise AmbiguousFile(
            f"the network has {count} classes, and '{name}' has {len(present)} of them: {_few(present)}. Name all, in "
            f"the order of the network's outputs, for example: {_option([*present, 'other'][:count])}"
        )
    order = ", ".join(f"{printable(label)} = {k}" for k, label in enumerate(present))
    said = f"The network's classes are taken to be the labels in this order: {order}."
    return _relabelled(data, ours, tuple(present)), [said], True


def _option(names: Sequence[str]) -> str:
    """The option that names the classes so, for the shell and in Python."""
    return f"{quoted('--classes', ','.join(names))} (in Python: classes={[*map(str, names)]})"


def _plain(label: str, ours: Sequence[str]) -> str:
    """A class's name as a table has it, where the network was trained on other kinds of numbers: 1.0 or True is 1."""
    if label in ours:
        return label
    return {"False": "0", "True": "1"}.get(label, label.removesuffix(".0"))


def _relabelled(data: Dataset, ours: Sequence[str], theirs: tuple[str, ...]) -> Dataset:
    places = np.array([theirs.index(name) if name in theirs else -1 for name in ours])
    return replace(data, labels=places[data.labels], class_names=theirs)


def _numbered_otherwise(read: ReadNetwork, data: Dataset, is_guess: bool) -> list[str]:
    """A warning if the answers fit the labels far better with the classes in another order.

    Raises AmbiguousFile, with both orders, where the order was only a guess.
    """
    few = sampled(data)
    with np.errstate(over="ignore", invalid="ignore"):  # what grows too large is refused later
        answers = read.network.classify(few.points)
    if (answers == answers[:1]).all():
        return []  # a constant answer says nothing about the order of classes
    counts = np.zeros((data.classes, data.classes), int)
    np.add.at(counts, (few.labels, answers), 1)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    right, best = np.trace(counts) / len(few.points), counts[rows, columns].sum() / len(few.points)
    if best < right + PLAINLY:
        return []
    names = data.class_names or tuple(map(str, range(data.classes)))
    order = [names[k] for k in rows[np.argsort(columns)]]
    other = f"with the network's classes in the order {','.join(order)}, {best:.0%} would be"
    found = f"of the points {right:.0%} are right; {other}"
    if is_guess:
        raise AmbiguousFile(f"{found}. Say which order it is: {_option(order)}, or {_option(names)}")
    said = f"{found[0].upper()}{found[1:]}. If so, give them: {_option(order)}"
    return [said + (". If not, what else is assumed of the file may be wrong" if read.assumptions else "")]


# ---- where one output changes the answer -------------------------------------------------------------------------


def _cut(read: ReadNetwork, data: Dataset, threshold: float | None) -> ReadNetwork:
    """The network with the threshold taken off its one output, so that the answer changes at 0."""
    outputs = read.network.widths[-1]
    if outputs > 1:
        if threshold is not None:
            raise BadFile(f"a threshold is for one output; of its {outputs} the largest is the answer. Leave it away")
        return read
    final = activation(read.final) if is_activation(read.final) else activation("identity")
    few = sampled(data)
    with np.errstate(all="ignore"):
        values = final(read.network(few.points)[:, 0])
    low, high = _label_values(data)
    how = "as given"
    if threshold is None and final.name == "sigmoid":
        return read  # a probability, whose half is at 0 before the sigmoid
    if threshold is None:
        middle = (low + high) / 2
        if not _is_near_labels(values, few.labels, low, high):
            if read.regressor:
                raise BadFile(
                    f"the network gives real numbers (a regressor), and they are not near the labels {low:g} and "
                    f"{high:g}. Train a classifier, or say above which output the answer is class 1, for example: "
                    f"--threshold {middle:g}"
                )
            if said := _never_changing(read.network, middle):
                if read.network.hidden[-1].outputs == 1:  # such as 1 - sigmoid
                    raise AmbiguousFile(said)
                read = _noted(read, [said])
            return read
        if middle == 0:
            return replace(read, regressor=False)
        near = f"because its outputs are near the labels {low:g} and {high:g}"
        threshold, how = middle, f"{near}. If that is wrong, give --threshold 0"
    level = threshold
    if final.name != "identity":
        low, high = (float(final(np.array(end))) for end in (-FARTHEST, FARTHEST))
        if not low < threshold < high:
            raise BadFile(f"its final {final} gives {low:g} to {high:g}. Give a threshold between, not {threshold:g}")
        level = float(brentq(lambda z: float(final(np.array(z))) - threshold, -FARTHEST, FARTHEST))
    readout = replace(read.network.readout, bias=read.network.readout.bias - level)
    said = f"The answer is class 1 where the output is above {threshold:g}, {how}."
    return _noted(replace(read, network=Network(read.network.hidden, readout), regressor=False), [said])


def _never_changing(network: Network, middle: float) -> str:
    """What is said of a network whose one output has the same sign for all inputs, because its last layer is bounded;
    '' of others, and of those that may reach 0, as a layer of ReLU does. middle: between the labels."""
    last = network.hidden[-1].activation if network.hidden else activation("identity")
    if not last.injective:
        return ""
    with np.errstate(over="ignore"):
        ends = network.readout.weight[0][:, None] * last(np.array([-1e300, 1e300]))
    low, high = (float(end(ends, axis=1).sum() + network.readout.bias[0]) for end in (np.min, np.max))
    if low == high or low < 0 < high:
        return ""
    side, other = ("above", high) if low >= 0 else ("below", low)
    half = (low + high) / 2 if abs(other) < 1e200 else middle
    cure = f"--threshold {half:g} (in Python: threshold={half:g})"
    return f"Its one output is always {side} 0, so the answer never changes there. If it changes elsewhere, give {cure}"


def _label_values(data: Dataset) -> tuple[float, float]:
    """The two labels as numbers: those in the file, where they are numbers there, or else 0 and 1."""
    try:
        low, high = map(float, data.class_names)
    except ValueError:
        return 0.0, 1.0
    return (low, high) if low < high else (0.0, 1.0)


def _is_near_labels(values: NDArray[np.float64], labels: NDArray[np.int64], low: float, high: float) -> bool:
    """Whether the middle output of each class is near its label, and a cut between tells them apart as well as 0."""
    middles = np.array([np.median(values[labels == k]) if (labels == k).any() else np.nan for k in (0, 1)])
    shares = [np.mean((values > cut) == (labels == 1)) for cut in (0.0, (low + high) / 2)]
    return bool((np.abs(middles - (low, high)) <= CLOSE * (high - low)).all() and shares[1] >= shares[0])
