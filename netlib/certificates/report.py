"""Report: every certificate that applies to a network and its data, in words that a student understands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import numpy as np

from netlib.certificates import claims
from netlib.certificates.annulus import surrounded
from netlib.certificates.betti import betti as betti_numbers
from netlib.certificates.certificate import Certificate
from netlib.certificates.evidence import (
    areas_survive,
    better_than_baselines,
    better_than_the_mean,
    cut,
    cut_separates,
    few_of,
    ring_surrounds_disk,
)
from netlib.certificates.folds import folds
from netlib.certificates.injectivity import injectivity
from netlib.datasets import Dataset
from netlib.errors import UntangleError
from netlib.network import Network

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Row:
    """One line of the report: does the sentence hold for this network? None: not decided at this resolution."""

    name: str
    sentence: str
    holds: bool | None
    measured: dict[str, float | int | str | bool] = field(default_factory=dict)
    resolution: str = ""
    caveat: str = ""


@dataclass(frozen=True)
class _Question:
    name: str
    sentence: str
    answer: Callable[[], Certificate]


def report(network: Network, data: Dataset, betti: bool = False, progress: Progress | None = None) -> tuple[Row, ...]:
    """Return every certificate that applies to the network on this data; Betti numbers only where `betti`.

    progress is called as (what, number of the row, number of rows) before each row is computed. Raises UntangleError
    where the data do not fit the network, MissingExtra where Betti numbers are asked for without gudhi.
    """
    if data.dimension != network.inputs:
        raise UntangleError(f"{data.name} has {data.dimension} numbers a point, the network takes {network.inputs}")
    questions = [*_about_points(network, data), *_about_layers(network, data)]
    if surrounded(data) and network.inputs == 2:
        questions += _about_ring(network, data)
    if len(data.loops) == 2 and network.inputs == 3:
        questions.append(
            _Question("linking number", "The two rings stay linked through every layer.",
                      lambda: claims.rings_stay_linked(network, data))
        )  # fmt: skip
    steps, rows = len(questions) + (1 if betti and data.classes else 0), list[Row]()
    for k, question in enumerate(questions):
        if progress:
            progress(question.name, k, steps)
        rows.append(_answered(question))
    if steps > len(questions):
        if progress:
            progress("Betti numbers", len(questions), steps)
        rows += _betti_rows(network, data)
    return tuple(rows)


def _answered(question: _Question) -> Row:
    try:
        found = question.answer()
    except UntangleError as problem:  # for example an activation whose slope is not known
        found = Certificate(None, {}, f"not decided: {problem}")
    return Row(question.name, question.sentence, found.holds, found.measured, found.resolution, found.caveat)


def _about_points(network: Network, data: Dataset) -> Iterator[_Question]:
    if data.regression:
        yield _Question("error", "The network is nearer to the targets than their mean is.",
                        lambda: better_than_the_mean(network, data))  # fmt: skip
        return
    sentence = f"It does better than one {cut(data.points)} could, and than the larger class alone."
    yield _Question("points right", sentence,
                    lambda: better_than_baselines(network, data))  # fmt: skip
    if data.classes != 2:
        return
    few = few_of(data)
    for depth in range(len(network.hidden) + 1):
        points = network.represent(few.points, depth)
        place = f"After layer {depth}" if depth else "In the input"
        name = f"cut after layer {depth}" if depth else "cut in the input"
        yield _Question(name, f"{place} one {cut(points)} separates the classes.",
                        lambda points=points: cut_separates(points, few, data))  # type: ignore[misc]  # fmt: skip
    if all(layer.outputs == 1 for layer in network.hidden) and network.inputs == 1:
        yield _Question("order", "On the line, one class stays between the parts of the other.",
                        lambda: claims.middle_stays_between(network, data))  # fmt: skip


def _about_layers(network: Network, data: Dataset) -> Iterator[_Question]:
    for k, layer in enumerate(network.hidden):
        yield _Question(f"layer {k + 1}", f"Layer {k + 1} puts no two points on top of each other.",
                        lambda layer=layer, k=k: injectivity(layer, k).certificate)  # type: ignore[misc]  # fmt: skip
    if network.inputs == 2 and network.hidden:
        box = float(np.abs(data.points).max())
        yield _Question("folds", "The layers fold the plane nowhere.", lambda: folds(network, box)[-1].certificate)
        yield _Question("areas", "No area of the input square is squeezed to a line or a point.",
                        lambda: areas_survive(network, box))  # fmt: skip


def _about_ring(network: Network, data: Dataset) -> Iterator[_Question]:
    if all(layer.outputs == 2 for layer in network.hidden):
        yield _Question("winding number", "The ring still winds once around the disk after every move.",
                        lambda: claims.ring_still_wound(network, data))  # fmt: skip
    yield _Question("tunnel", "The region called “disk” runs out through the ring: there is a tunnel.",
                    lambda: claims.tunnel_exists(network, data))  # fmt: skip
    yield _Question("circles", "Every circle through the ring has a wrong point.",
                    lambda: claims.every_circle_has_a_wrong_point(network, data))  # fmt: skip
    if (network.hidden[-1].outputs if network.hidden else 2) <= 3:
        yield _Question("witnesses", "In the last layer ring points surround a disk point: no cut gets all right.",
                        lambda: ring_surrounds_disk(network, data))  # fmt: skip


def _betti_rows(network: Network, data: Dataset) -> list[Row]:
    rows = list[Row]()
    for found in betti_numbers(network, replace(data, regression=False)):
        certificate = found.certificate
        place = f"after layer {found.layer}" if found.layer else "in the input"
        sentence = f"Class {found.label} {place} looks like one piece without holes."
        name = f"Betti, class {found.label}, layer {found.layer}"
        rows.append(
            Row(name, sentence, certificate.holds, certificate.measured, certificate.resolution, certificate.caveat)
        )
    return rows
