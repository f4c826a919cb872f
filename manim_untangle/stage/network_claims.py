"""What OwnFilm claims of a network: only what applies to it and was decided; the rest is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from manim import Animation

from manim_untangle.stage.dividers import scores_at
from manim_untangle.stage.film import Film
from manim_untangle.stage.legend import class_name
from manim_untangle.stage.network_stage import NetworkStage
from netlib.certificates import claims
from netlib.certificates.annulus import surrounded
from netlib.certificates.certificate import Certificate
from netlib.certificates.evidence import cut, cut_separates
from netlib.errors import UntangleError

MOST_DECIDED = 60_000  # numbers: larger representations are not searched for a separating plane
WIDEST, DEEPEST = 8, 12  # networks whose layers are looked at in exact arithmetic
WIDEST_RING = 16


def claim_lost(film: Film, stage: NetworkStage, k: int) -> None:
    """Claim of step k that neurons are dead, or that all points fell onto one spot, where it is so."""
    dead, width = stage.route.dead[k], stage.route.width(k + 1)
    drawn = stage.route.drawn(stage.points, k + 1)
    measured: dict[str, float | int | str | bool] = {"neurons at 0": dead, "neurons": width}
    where, caveat = f"{len(drawn):,} points", "Other inputs may wake them."
    spread = float(np.ptp(drawn, axis=0).max())
    if spread == 0:
        text = "All points shown now lie on one spot: the layer has lost them."
        film.claim(text, Certificate(True, {"spread of the points": spread, **measured}, where, caveat))
    elif dead:
        text = f"{dead} of its {width} neurons give{'s' if dead == 1 else ''} 0 for every point: dead."
        film.claim(text, Certificate(True, measured, where, caveat))


def claim_cut(film: Film, stage: NetworkStage, picture: int, one: str, none: str) -> None:
    """Claim of a representation that one cut separates two classes, or that none does; nothing where it is open."""
    points = stage.points
    for step in stage.route.steps[:picture]:
        points = step(points)
    if stage.data.classes == 2 and points.size <= MOST_DECIDED:
        found = _certificate(lambda: cut_separates(points, stage.shown, stage.data))
        if found is not None and found.holds is not None:
            film.claim((one if found.holds else none).format(cut(points)), replace(found, holds=True))


def claim_constant(film: Film, stage: NetworkStage, *animations: Animation) -> bool:
    """Claim that every point gets the same answer, and return whether it is so."""
    answers = np.unique(scores_at(stage.network, stage.points).argmax(axis=1))
    if len(answers) == 1:
        where, caveat = f"{len(stage.points):,} points", "Other inputs may get another answer."
        certificate = Certificate(True, {"answers": 1}, where, caveat)
        film.claim("The network's answer is the same for every point shown.", certificate, *animations)
    return len(answers) == 1


def claim_everywhere(film: Film, stage: NetworkStage) -> bool:
    """Claim that all inputs of the grid shown get the same answer, and return whether that is proved."""
    found = _certificate(lambda: claims.one_answer_everywhere(stage.network, stage.half))
    if found is None or not found.holds:
        return False
    name = class_name(stage.data, int(found.measured["class"]))
    film.claim(f"The answer is {name} everywhere in the inputs shown here.", found)
    return True


def claim_layers(film: Film, stage: NetworkStage) -> None:
    """Claim that the layers are injective, where that is proved."""
    network = stage.network
    if network.hidden and max(network.inputs, *network.widths) <= WIDEST and len(network.hidden) <= DEEPEST:
        found = _certificate(lambda: claims.layers_are_homeomorphisms(network))
        if found is not None and found.holds and _apart(stage):
            film.claim("No layer tears space apart or puts two points in one place.", found)


def claim_ring(film: Film, stage: NetworkStage) -> None:
    """Claim of a disk inside a ring that it is enclosed, or that a tunnel leads out."""
    if stage.network.inputs != 2 or not surrounded(stage.data) or max(stage.network.widths) > WIDEST_RING:
        return
    for text, make in (
        ("The region called “disk” runs out through the ring: there is a tunnel.", claims.tunnel_exists),
        ("The boundary encloses the disk.", claims.disk_enclosed),
    ):
        found = _certificate(lambda make=make: make(stage.network, stage.data))  # type: ignore[misc]
        if found is not None and found.holds:
            film.claim(text, found)


def _apart(stage: NetworkStage) -> bool:
    """Whether points that differ in the input can be told apart after the last layer: it may be injective, and still
    crush them together."""
    counts = [
        len(np.unique(np.round(points / (np.abs(points).max() or 1.0), 4), axis=0))
        for points in (stage.points, stage.network.represent(stage.points))
    ]
    return counts[1] >= counts[0]


def _certificate(make: Callable[[], Certificate]) -> Certificate | None:
    """What a certificate finds, or None where it does not apply to such a network."""
    try:
        return make()
    except UntangleError:
        return None
