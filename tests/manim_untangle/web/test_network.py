"""The timeline of networks alone: as the format is, with every move netlib's own and the data always in view."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest

import manim_untangle
from manim_untangle.web.network import Explored, decision_boundary, moves_told, networks_timeline
from netlib import Dataset, Dense, Network, Trajectory, activation, affine_then_bend, dataset

from .reader import Timeline

SCHEMA = json.loads((Path(manim_untangle.__file__).parent / "web" / "timeline.schema.json").read_text(encoding="utf-8"))
DATA = {1: "interval_in_interval", 2: "disk_in_ring:n=80", 3: "linked_rings:n=60"}


def network(*widths: int, seed: int = 0, name: str = "tanh") -> Network:
    rng = np.random.default_rng(seed)
    layers = [
        Dense(rng.normal(size=(m, n)), 0.3 * rng.normal(size=m), activation(name))
        for n, m in itertools.pairwise(widths)
    ]
    return Network(tuple(layers[:-1]), Dense(layers[-1].weight, layers[-1].bias))


def told(*explored: Explored) -> Timeline:
    return Timeline(networks_timeline("Networks", list(explored)))


def items(timeline: Timeline, **facts: Any) -> list[dict[str, Any]]:
    return [each for each in timeline.header["items"] if facts.items() <= each.items()]


@pytest.mark.slow
@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("widths", [(1, 2, 1), (2, 1), (2, 2, 2, 1), (2, 3, 1), (2, 16, 3), (3, 3, 4, 1)])
def test_points_go_where_netlib_has_them_and_never_leave_the_picture(widths: tuple[int, ...], together: bool) -> None:
    shown, data = network(*widths, seed=sum(widths)), dataset(DATA[widths[0]])
    timeline = told(Explored(shown, data, "", together))
    jsonschema.validate(timeline.header, SCHEMA)
    way = Trajectory.through(shown, affine_then_bend) if together else Trajectory.through(shown)
    (space,) = timeline.header["spaces"]
    classes = items(timeline, role="data")
    assert [each["label"] for each in classes] == [0, 1]
    ends = [0, *(play["to"] for play in timeline.header["plays"])]
    for x in np.linspace(0, timeline.header["frames"], 41):
        t = float(timeline.value(space["time"], x)[0])
        for item in classes:
            inputs = timeline.arrays[item["part_of"]["inputs"]]
            there = way.at(data.of_class(item["label"]), t)
            found = timeline.moved(space, inputs, t, {})
            assert np.abs(found - there[:, : found.shape[1]]).max() < 1e-5
            assert np.abs(timeline.samples(item, x)).max() <= 4
    whole = [float(timeline.value(space["time"], x)[0]) for x in ends[:-1]]
    assert whole == pytest.approx(range(len(way.moves) + 1), abs=1e-5)


def test_moves_say_by_how_much() -> None:
    shown = network(2, 2, 1)
    stretch, rotate, shift, bend = moves_told(shown)
    factors = np.linalg.svd(shown.hidden[0].weight)[1]
    assert stretch["title"] == f"stretch by {factors[0]:.2f}, {factors[1]:.2f}"
    assert rotate["title"].startswith("mirror" if np.linalg.det(shown.hidden[0].weight) < 0 else "rotate by ")
    assert shift["title"].replace("−", "-").endswith("({:.2f}, {:.2f})".format(*shown.hidden[0].bias))
    assert bend["title"] == "tanh"
    joined, bent = moves_told(shown, together=True)
    assert (joined["title"], bent["title"]) == ("W x + b", "tanh")
    assert [step["title"] for step in joined["steps"]] == [move["title"] for move in (stretch, rotate, shift)]


@pytest.mark.parametrize("widths", [(2, 2, 1), (2, 2, 3)])
def test_the_boundary_lies_where_the_answer_changes(widths: tuple[int, ...]) -> None:
    shown = network(*widths, seed=4)
    (item,) = items(told(Explored(shown)), role="boundary")
    points = np.vstack(decision_boundary(shown))
    assert sum(item["sizes"]) == len(points) > 50
    values = np.sort(shown(points), axis=1)
    gap = np.abs(values[:, -1] - values[:, -2]) if widths[-1] > 1 else np.abs(values[:, 0])
    assert np.median(gap) < 1e-3
    assert gap.max() < 0.05


def test_only_the_plane_has_a_boundary_of_curves() -> None:
    assert decision_boundary(network(3, 3, 1)) == []


@pytest.mark.parametrize("widths", [(2, 2, 1), (3, 3, 1)])
def test_the_readout_is_drawn_where_it_is_zero(widths: tuple[int, ...]) -> None:
    shown = network(*widths, seed=2)
    timeline = told(Explored(shown, dataset(DATA[widths[0]])))
    (item,) = items(timeline, role="readout")
    assert np.abs(shown.readout(timeline.arrays[item["part_of"]["inputs"]].astype(float))).max() < 1e-4
    assert timeline.value(item["opacity"], 0)[0] == 0
    assert timeline.value(item["opacity"], timeline.header["frames"])[0] == 1


def test_rings_are_around_the_points_that_are_answered_wrong() -> None:
    shown, data = network(2, 2, 1), dataset("disk_in_ring:n=80")
    wrong = data.points[shown.classify(data.points) != data.labels]
    assert 0 < len(wrong) < len(data.points)
    timeline = told(Explored(shown, data))
    (ring,) = items(timeline, role="wrong")
    assert np.allclose(timeline.arrays[ring["part_of"]["inputs"]], wrong, atol=1e-6)
    (loop,) = items(timeline, role="loops")
    assert np.allclose(np.hypot(*timeline.arrays[loop["part_of"]["inputs"]].T), 0.825, atol=1e-5)  # the ring's middle


def test_targets_are_colours_and_have_no_boundary() -> None:
    targets = np.array([0.0, 0.5, 1.0])
    data = Dataset("", np.array([[-1.0], [0.0], [1.0]]), targets, regression=True)
    timeline = told(Explored(network(1, 2, 1), data))
    (dots,) = items(timeline, role="data")
    assert np.reshape(dots["colours"], (3, 4))[:, :3].tolist() == [[143, 99, 255], [232, 232, 232], [168, 224, 60]]
    assert not items(timeline, role="boundary") + items(timeline, role="wrong") + items(timeline, role="readout")


def test_a_fourth_neuron_is_a_colour_while_there_are_four() -> None:
    timeline = told(Explored(network(3, 4, 3, 1), dataset(DATA[3])))
    for dots in items(timeline, role="data"):
        at = [timeline.value(dots["fourth"], play["to"])[0] for play in timeline.header["plays"][:-1]]
        assert at == [1, 1, 1, 0]  # W x + b, tanh, W x + b, tanh


def test_several_networks_follow_one_another_as_chapters() -> None:
    timeline = told(Explored(network(2, 2, 1), name="first"), Explored(network(1, 2, 2, 1), name="second"))
    jsonschema.validate(timeline.header, SCHEMA)
    assert [chapter["name"] for chapter in timeline.header["chapters"]] == ["first", "second"]
    first, second = timeline.header["chapters"]
    assert first["end"] < second["start"]
    x = second["start"] * timeline.header["rate"]
    assert {each["part_of"]["space"] for each in timeline.visible(x) if "part_of" in each} == {1}
    last = first["end"] * timeline.header["rate"]  # where a film in steps rests
    assert timeline.value(timeline.header["spaces"][0]["time"], last)[0] == 2


def test_of_very_many_points_every_kth_is_shown() -> None:
    rng = np.random.default_rng(0)
    data = Dataset("", rng.normal(size=(5000, 2)), rng.integers(0, 2, 5000))
    shown = Explored(network(2, 2, 1), data)
    assert np.array_equal(shown.points, data.points[::3])
    assert len(networks_timeline("", [shown])) < 60_000
