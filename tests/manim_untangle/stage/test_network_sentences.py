"""Every caption of the film of anybody's network is a claim with a certificate, or claims nothing.

What is listed asks, directs the eye, counts the data, or names the move or the picture that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import tempconfig
from manim.renderer.cairo_renderer import CairoRenderer

from manim_untangle import Film, NetworkFilm
from manim_untangle.draw.shapes import FlatArrow
from manim_untangle.stage.training_film import TrainingFilm
from netlib import Dataset, Dense, Network, activation, dataset
from netlib.activations import Array
from netlib.layers import LayerNorm, Normalize, Residual
from netlib.training.watched import WatchedTraining

CLAIM_NOTHING = [
    r"A title",
    r"[\d,]+ points in \d+ classes\.( [\d,]+ of them are shown\.)?",
    r"[\d,]+ points, each with a number: target, from \S+ to \S+\.",
    r"Inputs are counted from the middle of the data, in steps of \S+\.",
    r"Counted from the middle of the data: (input \d in steps of [\d,.]+(, )?)+\.",
    r"Each is \d+ numbers\. Shown: their first 3 principal components\.",
    r"What will each layer do to them\?",
    r"Layer \d+(–\d+)?\.",
    r"Layer \d+(–\d+)?: W x \+ b stretches, turns and shifts(, with a mirror image)?( …|\.)",
    r"Layers? \d+( to \d+)?: \d+ → \d+ numbers \((a blend again|between layers: a straight blend of the two pictures)"
    r"\)\.",
    r"Layer \d+: each number gets a unit and a zero of its own( \(a straight blend of the two pictures\))?\.",
    r"Layer \d+: to each point x it adds f\(x\), small layers of its own\.",
    r"Layer \d+: a point's numbers lose their mean …",
    r"Layer \d+: … and are scaled until their spread is 1\.",
    r"… and \S+ bends it\.",
    r"Which inputs lie on that boundary\? Run it backwards\.",
    r"Which inputs get the same answer\? Run the lines backwards\.",
    r"Back to where the points began\.",
    r"This is the boundary that the network draws in its inputs\.",
    r"No boundary was found in the inputs shown here\.",
    r"Lines of equal answers among the inputs: between two colours it changes by \S+\.",
    r"Now let height be the answer: lean back, and the plane becomes a landscape\.",
    r"Each point stands at its own target; a line shows how far off the answer is\.",
    r"Height shows the target: each point rises to its own\.",
    r"And this curve is the network's answer to each input here\.",
    # of a training
    r"[\d,]+ points, (in \d+ classes|their target as a colour), (as the network gets them|in their first 3 "
    r"principal components)\.",
    r"Here its last hidden layer puts them before training\.",
    r"Drawn: 3 of \d+ dimensions: .+ after training\.",
    r"On each line the network gives one answer: the colour says which\.",
    r"Now it trains\. Where will the points go\?( Watch the loss, too\.)?",
    r"The film runs by how far the points move, not by steps\.",
]


def made(*widths: int, bend: str = "tanh", seed: int = 0, scale: float = 1.5) -> Network:
    """A random network of some widths, inputs first."""
    rng = np.random.default_rng(seed)
    pairs = pairwise(widths)
    layers = [Dense(scale * rng.normal(size=(b, a)), rng.normal(size=b), activation(bend)) for a, b in pairs]
    return Network(tuple(layers[:-1]), replace(layers[-1], activation=activation("identity")))


def points(inputs: int, classes: int, count: int = 24, stretch: float = 1.0) -> Dataset:
    """Random points of some classes; of a regression where there are none."""
    rng = np.random.default_rng(inputs)
    places = rng.uniform(-1, 1, (count, inputs)) * np.geomspace(1, stretch, inputs)
    if not classes:
        return Dataset("points", places, np.sin(places[:, 0]), regression=True)
    return Dataset("points", places, np.r_[np.arange(classes), rng.integers(0, classes, count - classes)])


def other_kinds() -> Network:
    """Layers that are not dense."""
    rng, bend = np.random.default_rng(1), activation("tanh")
    inner = Dense(0.3 * rng.normal(size=(3, 3)), rng.normal(size=3), bend)
    hidden = (
        Normalize(np.array([2.0, 0.5, 1.0, 1.0]), np.zeros(4)), made(4, 3, 1).hidden[0],
        Residual((inner, Dense(0.3 * np.eye(3), np.zeros(3)))), LayerNorm(np.ones(3), np.zeros(3)),
    )  # fmt: skip
    return Network(hidden, Dense(np.ones((1, 3)), np.zeros(1)))


RING = dataset("disk_in_ring:n=40")
KINDS: dict[str, tuple[Network, Dataset]] = {
    "a line, and one cut": (made(1, 1, 1), points(1, 2)),
    "a line in a plane": (made(1, 2, 1), points(1, 2)),
    "the plane, two layers": (made(2, 2, 2, 1), points(2, 2)),
    "the plane, three classes": (made(2, 3, 3, bend="relu"), points(2, 3)),
    "no hidden layer": (made(2, 1), points(2, 2)),
    "a ring, enclosed": (made(2, 5, 1, bend="relu", seed=3), RING),
    "dead neurons": (
        Network((Dense(np.eye(2), np.array([0.2, -9]), activation("relu")),), Dense(np.ones((1, 2)), np.zeros(1))),
        points(2, 2),
    ),
    "one spot": (Network((Dense(np.zeros((2, 2)), [1.0, 2]),), Dense([[1, 1.0]], [1.0])), points(2, 2)),
    "one answer": (Network(made(2, 2, 1).hidden, Dense([[0.1, 0.1]], [9.0])), points(2, 2)),
    "space, ten numbers wide": (made(3, 10, 1), points(3, 2)),
    "five inputs, five classes": (made(5, 6, 5), points(5, 5)),
    "inputs in units of their own": (made(2, 2, 1), points(2, 2, stretch=1e4)),
    "layers of other kinds": (other_kinds(), points(4, 2)),
    "a regression on a line": (made(1, 2, 1), points(1, 0)),
    "a regression in the plane": (made(2, 2, 1), points(2, 0)),
    "a regression in the plane, bent in space": (made(2, 3, 1), points(2, 0)),
    "a regression of four inputs": (made(4, 5, 1), points(4, 0)),
    "a regression that says one number": (Network(made(2, 2, 1).hidden, Dense([[0, 0.0]], [1.0])), points(2, 0)),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _quick(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is drawn, and a letter is a square: what is said stays the same."""
    corners = 0.1 * np.array([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]])
    square = np.concatenate([corners[[k, k, (k + 1) % 4, (k + 1) % 4]] for k in range(4)])

    def squares(source: str, size: float) -> list[Array]:
        text = source.split("\n")[-1].replace(" ", "")
        return [square * size / 48 + np.array([0.2 * k * size / 48, 0, 0]) for k in range(len(text))]

    text = import_module("manim_untangle.draw.text")
    monkeypatch.setattr(text, "_outlines", squares)
    monkeypatch.setattr(CairoRenderer, "update_frame", lambda *given, **more: None)
    monkeypatch.setattr(import_module("netlib.certificates.tunnel"), "GRIDS", (51,))
    for limit in ("FINELY", "MOST_WORK"):  # of the grid's samples
        monkeypatch.setattr(import_module("manim_untangle.stage.network_film"), limit, 0)
    with tempconfig({"dry_run": True, "quality": "low_quality", "verbosity": "ERROR", "media_dir": str(tmp_path)}):
        yield
    for kept in (text._plated, text._digits):  # the squares of them would be the letters of the tests to come
        kept.cache_clear()


def told(kind: type[Film], what: Any) -> Film:
    """The film of a network, or of a training, gone through to its end."""

    class Told(kind):  # type: ignore[misc, valid-type]
        title = "A title"
        trained_here = False

        def read(self) -> Any:
            return what

    film = Told(skip_animations=True)
    film.render()
    return film


def check(film: Film) -> None:
    claims = {claim.text for claim in film.claims}
    others = [caption.text for caption in film.captions if caption.text not in claims]
    unknown = [text for text in others if not any(re.fullmatch(form, text) for form in CLAIM_NOTHING)]
    assert not unknown
    assert all(claim.measured and claim.resolution for claim in film.claims)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_every_caption_about_a_network_is_a_claim(kind: str) -> None:
    network, data = KINDS[kind]
    film = told(NetworkFilm, (network, data))
    check(film)
    for claim in film.claims:
        if claim.text.startswith("Ringed in pink"):
            share = claim.measured["points in the wrong class"] / claim.measured["points"]
            assert f" {round(100 * share, 1):g} %" in claim.text
            right = network.classify(data.points) == data.labels
            assert share == pytest.approx(1 - right.mean())
    if data.regression:
        assert not any("class" in caption.text for caption in film.captions)
        near = next(claim for claim in film.claims if "off by" in claim.text)
        error = np.abs(network(data.points)[:, 0] - data.labels).mean()
        assert near.measured["mean absolute error"] == pytest.approx(error)
        if network.inputs == 4:  # the answer grows upwards on screen to the end
            arrow = next(part for part in film.space.parts if isinstance(part.mobject, FlatArrow))
            tail, tip = film.space.view.project(arrow.now)
            assert abs(tip[0] - tail[0]) < 0.15 * (tip[1] - tail[1])
        elif film.network.inputs == 2:
            np.testing.assert_allclose(film.space.view.frame, np.eye(3), atol=1e-12)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "outputs", "classes"), [(2, 1, 2), (5, 3, 3), (2, 1, 0)])
def test_every_caption_about_a_training_is_a_claim(width: int, outputs: int, classes: int) -> None:
    networks, data = [made(2, width, outputs, seed=seed) for seed in range(3)], points(2, classes)
    training = WatchedTraining.of(networks, (0, 5, 9), (2.0, 1.0, np.nan if classes == 3 else 0.5), data.points)
    film = told(TrainingFilm, (training, data))
    check(film)
    assert any("Watch the loss" in caption.text for caption in film.captions) is (classes != 3)
