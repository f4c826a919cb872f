"""Films refuse to lie: with weights for which a sentence is false, the render stops before it is on screen."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from manim import tempconfig

from manim_untangle.render.films import FilmFile, film, films
from manim_untangle.stage.film import Film
from netlib import Dense, Network
from netlib.certificates.certificate import Certificate
from netlib.errors import FalseClaim
from netlib.training import recorded as learning
from netlib.training.recipe import Recipe


def collapsed(network: Network) -> Network:
    """The same shapes, but every layer squeezes all of space onto one line, and the readout has changed sides."""
    hidden = tuple(
        Dense(np.outer(np.ones(layer.outputs), layer.weight[0]), layer.bias, layer.activation)
        for layer in network.hidden
    )
    return Network(hidden, Dense(-network.readout.weight, -network.readout.bias))


def untrained(read: Callable[..., Any]) -> Callable[..., Any]:
    """Read a recorded training in which nothing is ever learnt: the first moment again and again."""

    def first_moment(*arguments: Any) -> Any:
        tensors, metadata = read(*arguments)
        return {**tensors, "rows": np.repeat(tensors["rows"][:1], len(tensors["rows"]), axis=0)}, metadata

    return first_moment


@pytest.fixture
def run(tmp_path: Path, words_kept: Path) -> Callable[[type[Film]], Film]:
    """Return a function that runs a film without writing it."""

    def skipped(film: type[Film]) -> Film:
        folders = {"media_dir": tmp_path, "tex_dir": words_kept / f"typst-{version('typst')}"}
        with tempconfig({**folders, "dry_run": True, "quality": "low_quality", "verbosity": "ERROR"}):
            scene = film(skip_animations=True)
            scene.render()
        return scene

    return skipped


@pytest.mark.slow
@pytest.mark.parametrize("film", films(), ids=lambda film: film.name)
def test_a_film_stops_at_a_claim_that_is_false_for_its_weights(
    film: FilmFile, run: Callable[[type[Film]], Film], monkeypatch: pytest.MonkeyPatch
) -> None:
    load = Recipe.load
    monkeypatch.setattr(Recipe, "load", lambda recipe, *file: collapsed(load(recipe, *file)))
    monkeypatch.setattr(learning, "read_tensors", untrained(learning.read_tensors))
    with pytest.raises(FalseClaim) as refusal:
        run(film.load())
    message = str(refusal.value)
    assert message.startswith(film.load().__name__)
    assert "for these weights" in message
    assert "resolution" in message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("weight", "measured"),
    [([[0.0, -1.0], [1.0, 0.0]], "discriminant = -4.0"), ([[-2.0, 0.0], [0.0, 1.0]], "second eigenvalue = -2.0")],
    ids=["no real eigenvalue", "a negative eigenvalue"],
)
def test_eigenvectors_refuses_a_matrix_whose_eigen_lines_do_not_only_stretch(
    run: Callable[[type[Film]], Film], monkeypatch: pytest.MonkeyPatch, weight: list[list[float]], measured: str
) -> None:
    """The film shows the straight way to W, which such a matrix does not have, before it says so."""
    load = Recipe.load

    def with_weight(recipe: Recipe, *file: Path) -> Network:
        network = load(recipe, *file)
        first = Dense(np.array(weight), network.hidden[0].bias, network.hidden[0].activation)
        return Network((first, *network.hidden[1:]), network.readout)

    monkeypatch.setattr(Recipe, "load", with_weight)
    with pytest.raises(FalseClaim, match=f"Two lines keep their direction.*{measured}"):
        run(film("eigenvectors").load())


class Claiming(Film):
    """A film that makes one claim."""

    title = "Claiming"
    certificate = Certificate(True, {"margin": 0.25}, "every point", "About these points only.")

    def construct(self) -> None:
        self.claim("A line separates them.", self.certificate)


def test_a_claim_that_holds_is_shown_and_recorded_with_its_evidence(run: Callable[[type[Film]], Film]) -> None:
    record = run(Claiming).record()
    (claim,) = record["claims"]
    assert (claim["text"], claim["measured"]) == ("A line separates them.", {"margin": 0.25})
    assert (claim["resolution"], claim["caveat"]) == ("every point", "About these points only.")
    assert claim["method"] == "sampled"
    assert record["sections"][0]["words"][0]["text"] == claim["text"]


@pytest.mark.parametrize(("verdict", "words"), [(False, "does not hold"), (None, "is not decided")])
def test_a_claim_that_does_not_hold_or_is_not_decided_is_refused(
    run: Callable[[type[Film]], Film], monkeypatch: pytest.MonkeyPatch, verdict: bool | None, words: str
) -> None:
    monkeypatch.setattr(Claiming, "certificate", Certificate(verdict, {"margin": -0.5}, "grid of 0.01"))
    with pytest.raises(FalseClaim, match=f"{words}.*margin = -0.5.*grid of 0.01"):
        run(Claiming)
