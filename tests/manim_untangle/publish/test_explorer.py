"""The network as data for a page: what netlib computes, in JSON, and the network of the film or none."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import manim_untangle
from manim_untangle.publish.explorer import decision_boundary, network_record, network_records
from manim_untangle.publish.film import read_film
from netlib import Trajectory, activations, dataset
from netlib.errors import BadWeights


def test_a_network_is_told_with_its_layers_moves_and_points(synthetic: SimpleNamespace) -> None:
    network, data = synthetic.network(2, 3, 1), dataset("disk_in_ring:n=80")
    live = json.loads(json.dumps(network_record(network, data)))
    assert live["name"] == "2-3-1 tanh"
    assert [move["title"] for move in live["moves"]] == [m.title for m in Trajectory.through(network).moves]
    assert np.array_equal(live["layers"][0]["weight"], network.layers[0].weight)  # every digit
    assert (len(live["points"]), live["classes"], live["of"]) == (80, 2, 80)
    assert np.allclose(np.hypot(*np.transpose(live["loops"][0])), 0.825, atol=1e-5)  # the ring's middle circle
    assert live["right"] == round(network.accuracy(data.points, data.labels) * 80)
    assert live["majority"] == 0.625


def test_moves_say_by_how_much(synthetic: SimpleNamespace) -> None:
    network = synthetic.network(2, 2, 1)
    stretch, rotate, shift, bend = network_record(network, None)["moves"]
    factors = np.linalg.svd(network.layers[0].weight)[1]
    assert stretch["detail"] == f"by {factors[0]:.2f}, {factors[1]:.2f}"
    assert rotate["detail"].endswith("°")
    assert shift["detail"].replace("−", "-") == "by ({:.2f}, {:.2f})".format(*network.layers[0].bias)
    assert bend["detail"] == ""


@pytest.mark.parametrize("widths", [(2, 2, 1), (2, 2, 3)])
def test_the_boundary_lies_where_the_answer_changes(synthetic: SimpleNamespace, widths: tuple[int, ...]) -> None:
    network = synthetic.network(*widths, seed=4)
    curves = decision_boundary(network)
    points = np.vstack(curves)
    assert len(points) > 50
    values = np.sort(network(points), axis=1)
    gap = np.abs(values[:, -1] - values[:, -2]) if widths[-1] > 1 else np.abs(values[:, 0])
    assert np.median(gap) < 1e-3
    assert gap.max() < 0.05


def test_only_the_plane_has_a_boundary_of_curves(synthetic: SimpleNamespace) -> None:
    assert decision_boundary(synthetic.network(3, 3, 1)) == []


def test_the_page_shows_the_network_of_the_film_or_says_that_it_cannot(tmp_path: Path, make_film: Any) -> None:
    folder = make_film(tmp_path)
    record = json.loads((folder / "film.json").read_text())
    record["weights"][0]["sha256"] = "0" * 64
    (folder / "film.json").write_text(json.dumps(record))
    with pytest.raises(BadWeights, match="not the network that the film shows"):
        network_records(read_film("moving_dot", tmp_path))


def test_the_film_says_whether_it_makes_an_affine_map_in_one_move(tmp_path: Path, make_film: Any) -> None:
    folder = make_film(tmp_path)
    assert [live["together"] for live in network_records(read_film("moving_dot", tmp_path))] == [False]
    record = json.loads((folder / "film.json").read_text())
    record["weights"][0]["moves"] = "together"
    (folder / "film.json").write_text(json.dumps(record))
    assert [live["together"] for live in network_records(read_film("moving_dot", tmp_path))] == [True]


def test_points_that_the_film_brings_itself_are_shown(tmp_path: Path, make_film: Any) -> None:
    make_film(tmp_path)
    film = read_film("moving_dot", tmp_path)
    own = replace(film.networks[0], points=[[0.5, 0.25], [-1.0, 0.0], [0.0, 1.0]], labels=[0, 1, 1])
    (live,) = network_records(replace(film, networks=(own,)))
    assert (live["points"], live["labels"], live["classes"]) == ([[0.5, 0.25], [-1, 0], [0, 1]], [0, 1, 1], 2)


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
    assert len(film.networks) == 2
    assert [live["name"] for live in network_records(film)] == ["2-2-2-1 tanh"]


def test_the_page_knows_every_activation() -> None:
    script = (Path(manim_untangle.__file__).parent / "web" / "player" / "network.js").read_text(encoding="utf-8")
    table = script.partition("const activations = {")[2].partition("\n};")[0]
    assert set(re.findall(r"^  (\w+)[:,]", table, re.MULTILINE)) == set(activations())
