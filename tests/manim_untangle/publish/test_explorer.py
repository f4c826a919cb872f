"""The networks of a film for its page: those of the film or none, with their data, and how many points are right."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import manim_untangle
from manim_untangle.publish.explorer import page_networks
from manim_untangle.publish.film import read_film
from netlib import activations
from netlib.errors import BadWeights


def test_a_network_is_told_with_its_data_and_its_score(tmp_path: Path, make_film: Any) -> None:
    make_film(tmp_path)
    (shown,) = page_networks(read_film("moving_dot", tmp_path))
    assert (shown.name, shown.origin) == ("2-2-2-1 tanh", "disk_in_ring:n=80")
    network, data = shown.explored.network, shown.explored.data
    assert len(data.points) == 80
    assert shown.score == (int((network.classify(data.points) == data.labels).sum()), 80, 0.625)


def test_the_page_shows_the_network_of_the_film_or_says_that_it_cannot(tmp_path: Path, make_film: Any) -> None:
    folder = make_film(tmp_path)
    record = json.loads((folder / "film.json").read_text())
    record["weights"][0]["sha256"] = "0" * 64
    (folder / "film.json").write_text(json.dumps(record))
    with pytest.raises(BadWeights, match="not the network that the film shows"):
        page_networks(read_film("moving_dot", tmp_path))


def test_the_film_says_whether_it_makes_an_affine_map_in_one_move(tmp_path: Path, make_film: Any) -> None:
    folder = make_film(tmp_path)
    assert [shown.explored.together for shown in page_networks(read_film("moving_dot", tmp_path))] == [False]
    record = json.loads((folder / "film.json").read_text())
    record["weights"][0]["moves"] = "together"
    (folder / "film.json").write_text(json.dumps(record))
    assert [shown.explored.together for shown in page_networks(read_film("moving_dot", tmp_path))] == [True]


def test_points_that_the_film_brings_itself_are_shown(tmp_path: Path, make_film: Any) -> None:
    make_film(tmp_path)
    film = read_film("moving_dot", tmp_path)
    own = replace(film.networks[0], points=[[0.5, 0.25], [-1.0, 0.0], [0.0, 1.0]], labels=[0, 1, 1])
    (shown,) = page_networks(replace(film, networks=(own,)))
    assert shown.explored.points.tolist() == [[0.5, 0.25], [-1, 0], [0, 1]]
    assert (shown.explored.labels.tolist(), shown.explored.data.classes) == ([0, 1, 1], 2)


def test_networks_of_many_inputs_are_offered_as_weights_only(
    tmp_path: Path, make_film: Any, synthetic: SimpleNamespace
) -> None:
    from netlib.training.recipe import Recipe, save_weights

    folder = make_film(tmp_path)
    wide = synthetic.network(5, 2, 1)
    save_weights(wide, Recipe("five", (2, 1)), {}, folder / "wide.safetensors")
    record = json.loads((folder / "film.json").read_text())
    record["weights"].append({"slug": "wide", "sha256": wide.sha256, "file": "wide.safetensors"})
    (folder / "film.json").write_text(json.dumps(record))
    film = read_film("moving_dot", tmp_path)
    networks = page_networks(film)
    assert [(shown.name, shown.explored is not None) for shown in networks] == [
        ("2-2-2-1 tanh", True),
        ("5-2-1 tanh", False),
    ]
    assert networks[1].score is None


def test_the_page_knows_every_activation() -> None:
    script = (Path(manim_untangle.__file__).parent / "web" / "player" / "network.js").read_text(encoding="utf-8")
    table = script.partition("const activations = {")[2].partition("\n};")[0]
    assert set(re.findall(r"^  (\w+)[:,]", table, re.MULTILINE)) == set(activations())
