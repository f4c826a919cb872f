"""Report: every certificate that applies to a network and its data, in words that a student understands."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache, partial

import numpy as np

from netlib.certificates import claims
from netlib.certificates.annulus import has_annulus
from netlib.certificates.betti import betti as betti_numbers
from netlib.certificates.certificate import Certificate
from netlib.certificates.folds import folds
from netlib.certificates.tunnel import tunnel
from netlib.datasets import Dataset, sampled
from netlib.errors import UntangleError
from netlib.network import Network, class_scores

Progress = Callable[[str, int, int], None]
Question = tuple[str, str, Callable[[], Certificate]]  # name, sentence, and how to decide it


@dataclass(frozen=True)
class Row(Certificate):
    """One line of the report: a sentence, and the certificate that says whether it holds for this network."""

    name: str = ""
    sentence: str = ""


def report(network: Network, data: Dataset, betti: bool = False, progress: Progress | None = None) -> tuple[Row, ...]:
    """Return every certificate that applies to the network on this data; Betti numbers only where `betti`.

    progress is called as (name, number of the row, number of rows) before each row is computed. Raises UntangleError
    where the data do not fit the network, MissingExtra where Betti numbers need gudhi and it is not installed.
    """
    if data.dimension != network.inputs:
        raise UntangleError(f"{data.name} has {data.dimension} numbers a point, the network takes {network.inputs}")
    if data.classes > (told := class_scores(network.readout).outputs):
        raise UntangleError(f"{data.name} has {data.classes} classes, the network tells {told} apart. Give other data")
    questions = [*_about_points(network, data), *_about_layers(network, data), *_about_loops(network, data)]
    with_betti = betti and data.classes > 0
    steps, rows = len(questions) + with_betti, list[Row]()
    for k, (name, sentence, decide) in enumerate(questions):
        if progress:
            progress(name, k, steps)
        rows.append(_row(name, sentence, decide))
    if with_betti:
        if progress:
            progress("Betti numbers", len(questions), steps)
        rows += _betti_rows(network, data)
    return tuple(rows)


def _row(name: str, sentence: str, decide: Callable[[], Certificate]) -> Row:
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # weights may be too large for float64
            found = decide()
    except UntangleError as problem:  # for example an activation whose slope is not known
        found = Certificate(None, {}, f"not decided: {problem}")
    return Row(**vars(found), name=name, sentence=sentence)


def _about_points(network: Network, data: Dataset) -> Iterator[Question]:
    if data.regression:
        sentence = "The network is nearer to the targets than their mean is."
        yield "error", sentence, partial(claims.better_than_the_mean, network, data)
        sentence = "It is nearer to them than the best linear function of the inputs is."
        yield "linear", sentence, partial(claims.better_than_linear, network, data)
        return
    cut = f"one {claims.hyperplane_name(data.dimension)} could, and than " if data.classes == 2 else ""
    sentence = f"It does better than {cut}the largest class alone."
    yield "points right", sentence, partial(claims.better_than_baselines, network, data)
    if data.classes != 2:
        return
    sample = sampled(data)
    for depth in range(len(network.hidden) + 1):
        cut = claims.hyperplane_name(network.widths[depth - 1] if depth else network.inputs)
        place = f"after layer {depth}" if depth else "in the input"
        sentence = f"{place.capitalize()} one {cut} separates the classes."
        yield f"cut {place}", sentence, partial(claims.a_hyperplane_separates, sample, data, network, depth)
    if all(layer.outputs == 1 for layer in network.hidden) and network.inputs == 1:
        sentence = "On the line, one class stays between the parts of the other."
        yield "order", sentence, partial(claims.middle_stays_between, network, data)


def _about_layers(network: Network, data: Dataset) -> Iterator[Question]:
    for k, layer in enumerate(network.hidden, 1):
        space = {1: "a line", 2: "a plane", 3: "space"}.get(layer.inputs, f"{layer.inputs} dimensions")
        sentence = f"Layer {k} puts no two points of all of {space} on top of each other."
        yield f"layer {k}", sentence, partial(getattr, layer, "injective")
    if network.inputs == 2 and network.hidden:
        box = float(np.abs(data.points).max())
        yield "folds", "The layers fold the plane nowhere.", lambda: folds(network, box)[-1].certificate
        sentence = "No area of the input square is squeezed to a line or a point."
        yield "areas", sentence, partial(claims.areas_survive, network, box)


def _about_loops(network: Network, data: Dataset) -> Iterator[Question]:
    if has_annulus(data) and network.inputs == 2:
        if all(layer.outputs == 2 for layer in network.hidden):
            sentence = "The ring still winds once around the disk after every move."
            yield "winding number", sentence, partial(claims.ring_still_wound, network, data)
        found = cache(partial(tunnel, network, data))
        sentence = "The region called “disk” runs out through the ring: there is a tunnel."
        yield "tunnel", sentence, lambda: claims.tunnel_exists(network, data, found())
        sentence = "Every circle through the ring has a wrong point."
        yield "circles", sentence, lambda: claims.every_circle_has_a_wrong_point(network, data, found=found())
        if (network.hidden[-1].outputs if network.hidden else 2) <= 3:
            sentence = "In the last layer ring points surround a disk point: no cut gets all right."
            yield "witnesses", sentence, partial(claims.ring_surrounds_disk, network, data)
            sentence = "In the last layer the ring's circle surrounds the disk's centre: no cut gets both right."
            yield "circle as witness", sentence, partial(claims.circle_surrounds_centre, network, data)
    if len(data.loops) == 2 and network.inputs == 3:
        sentence = "The two rings stay linked through every layer."
        yield "linking number", sentence, partial(claims.rings_stay_linked, network, data)


def _betti_rows(network: Network, data: Dataset) -> Iterator[Row]:
    for found in betti_numbers(network, replace(data, regression=False)):
        place = f"after layer {found.layer}" if found.layer else "in the input"
        sentence = f"Class {found.label} {place} looks like one piece without holes."
        yield _row(f"Betti, class {found.label}, layer {found.layer}", sentence, partial(getattr, found, "certificate"))
