"""Timelines: what another reader gets from them is what the scene draws."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from manim import Circle, Create, Dot, FadeIn, FadeOut, PMobject, Scene, Square, VectorizedPoint, VGroup

import manim_untangle as mu
from manim_untangle.render.engine import manim_config, play_film
from manim_untangle.render.settings import Quality, settings
from manim_untangle.web.order import lives
from manim_untangle.web.timeline import timeline
from manim_untangle.web.tracks import fitted
from manim_untangle.web.walk import Walk
from netlib import Network, UntangleError, activation, affine_then_bend, lift, squares
from netlib.layers import Dense

from . import scenes
from .oracle import differences, witnessed
from .reader import Timeline

SCHEMA = json.loads((Path(mu.__file__).parent / "web" / "timeline.schema.json").read_text(encoding="utf-8"))
STRANGERS = ["Shapes", "Updaters", "Words", "Zoomed", "Solid", "Pictures"]


def bent(seed=3):
    rng = np.random.default_rng(seed)
    return Dense(rng.normal(size=(3, 2)), rng.normal(size=3), activation("tanh"))


class Layered(mu.Film):
    """A layer that lifts the plane into space, with a grid, data, a line that grows, and words."""

    title = "Layered"

    def construct(self):
        layer = bent()
        space = mu.Space(mu.View(unit=1.6), grid=True)
        points = np.random.default_rng(0).normal(size=(40, 2))
        dots = space.add_dots(points[::2], "#FF9A3C")
        self.chapter("The plane")
        self.play(FadeIn(space.ghost, space.grid, dots, *mu.basis_vectors(space)))
        self.say("A question?")
        curve = space.add_lines(points[1::2], "#FFFFFF", starts=(0, 7))
        self.play(Create(curve))
        affine, bend = affine_then_bend(layer)
        self.play(mu.ApplyMove(space, affine, mu.View(unit=1.2, tilt=0.9, turn=0.4)))
        self.play(space.grid.animate.set_stroke(width=4))
        self.chapter("Bent")
        self.play(mu.ApplyMove(space, bend))
        line = space.add_lines(np.array([[-1.0, 0, 0], [1, 0.3, 0.2]]), "#FFE066", fixed=True)
        self.play(Create(line), FadeOut(curve))
        self.play(mu.AnimateToTime(space, 0.4, mu.View()))
        space.restart()
        self.play(mu.ApplyMove(space, lift(squares), mu.View(tilt=1.0)))


def moments(content, count, seed=0):
    frames = Timeline(content).header["frames"]
    return sorted({*np.random.default_rng(seed).integers(0, frames, count).tolist(), 0, frames - 1})


@pytest.fixture(scope="module")
def told():
    """The timeline of a scene, made once."""
    made = {}

    def of(scene):
        if scene not in made:
            made[scene] = timeline(scene)
        return made[scene]

    return of


@pytest.mark.slow
@pytest.mark.parametrize("name", STRANGERS)
def test_a_strangers_scene_is_told_within_half_a_pixel(told, name):
    content = told(getattr(scenes, name))
    found = differences(content, witnessed(getattr(scenes, name), moments(content, 20)))
    assert max(found.values()) < 0.5


@pytest.mark.slow
def test_the_parts_of_a_space_are_told_within_half_a_pixel(told):
    content = told(Layered)
    found = differences(content, witnessed(Layered, moments(content, 10)))
    assert max(found.values()) < 0.5


@pytest.mark.slow
@pytest.mark.parametrize("name", [*STRANGERS, "Lens", "Blocks", "Evening", "Layered"])
def test_headers_keep_to_the_schema(told, name):
    header = Timeline(told(getattr(scenes, name, Layered))).header
    jsonschema.validate(header, SCHEMA)


@pytest.mark.slow
def test_a_film_tells_its_words_and_moves(told):
    header = Timeline(told(Layered)).header
    assert [each["name"] for each in header["chapters"]] == ["The plane", "Bent"]
    assert header["captions"][0]["text"] == "A question?"
    assert any(item.get("text") == "A question?" for item in header["items"])
    assert {"W x + b", "tanh", "lift"} <= {play["title"] for play in header["plays"]}
    assert header["plays"][0]["from"] == 0
    assert [play["to"] for play in header["plays"][:-1]] == [play["from"] for play in header["plays"][1:]]
    assert header["plays"][-1]["to"] == header["frames"]


@pytest.mark.slow
def test_a_space_that_forgets_its_moves_goes_on_as_another(told):
    header = Timeline(told(Layered)).header
    assert [[move["title"] for move in space["moves"]] for space in header["spaces"]] == [["W x + b", "tanh"], ["lift"]]


@pytest.mark.slow
def test_grids_are_told_by_their_ends_alone(told):
    reader = Timeline(told(Layered))
    grid = next(item for item in reader.header["items"] if item.get("role") == "grid")
    assert reader.arrays[grid["part_of"]["ends"]].shape[1:] == (2, 2)


@pytest.mark.slow
def test_lines_are_not_sampled_for_a_timeline_which_tells_their_ends(told, monkeypatch):
    monkeypatch.setattr("manim_untangle.stage.space._moving_samples", None)  # and not called
    assert timeline(Layered) == told(Layered)


@pytest.mark.slow
def test_equal_films_give_equal_bytes(told):
    assert timeline(scenes.Pictures) == told(scenes.Pictures)


class Cloud(Scene):
    def construct(self):
        self.add(PMobject().add_points(np.zeros((3, 3))))
        self.wait(0.1)


def test_what_cannot_be_told_is_refused_by_its_name():
    with pytest.raises(UntangleError, match="PMobject"):
        timeline(Cloud)


class Front(Scene):
    def construct(self):
        one, two = Square(fill_opacity=1), Circle(fill_opacity=1)
        self.add(one, two)
        self.wait(0.2)
        self.bring_to_front(one)
        self.wait(0.2)


def test_what_comes_to_the_front_is_another_item_of_the_same_mobject():
    reader = Timeline(timeline(Front))
    assert [item["id"] for item in reader.visible(5)] == [0, 1]
    assert [item["id"] for item in reader.visible(6)] == [1, 0]
    assert len(reader.header["items"]) == 3


class Letters(Scene):
    def construct(self):
        self.add(VGroup(*(Dot([x, 0, 0]) for x in range(5))))
        self.wait(0.2)


def test_equal_shapes_share_an_outline_and_neighbours_are_one_item():
    (item,) = Timeline(timeline(Letters)).header["items"]
    assert item["outlines"] == [0] * 5


class Growing(Scene):
    def construct(self):
        self.play(Create(VGroup(*(Square().shift([x, 0, 0]) for x in (-2, 0, 2)), VectorizedPoint()), lag_ratio=0))


def test_each_of_several_shapes_that_grow_together_has_its_own_share():
    reader = Timeline(timeline(Growing))
    assert [len(item["outlines"]) for item in reader.visible(15) if "part" in item] == [1, 1, 1]


def test_orders_that_agree_need_one_life_each():
    found = lives([(0, (1, 2)), (5, (1, 3, 2)), (9, (3, 4))], 12)
    times = sorted((life.actor, life.begin, life.end) for life in found)
    assert times == [(1, 0, 9), (2, 0, 9), (3, 5, 12), (4, 9, 12)]


def test_every_moment_has_its_order():
    rng = np.random.default_rng(5)
    orders = [(k, tuple(rng.permutation(12)[: rng.integers(1, 12)].tolist())) for k in range(60)]
    found = lives(orders, 60)
    for frame, actors in orders:
        assert tuple(life.actor for life in found if life.begin <= frame < life.end) == actors


def test_a_track_follows_its_values_and_jumps_where_they_do():
    t = np.linspace(0, 1, 61)
    values = np.concatenate([np.zeros(10), 3 * t**2 * (3 - 2 * t), np.full(9, 3.0), np.full(9, -1.0)])[:, None]
    track = fitted(values, 100, 0.002)
    assert len(track.starts) < 10
    reader = object.__new__(Timeline)
    entry = {"starts": track.starts, "spans": track.spans, "orders": track.orders, "values": 0}
    reader.header, reader.arrays = {"tracks": [entry]}, [track.rows]
    found = np.array([reader.value(0, 100 + k) for k in range(len(values))])
    assert np.abs(found - values).max() <= 0.002
    assert reader.value(0, 179.5)[0] == 3  # the old value holds until the jump


def test_a_network_is_told_with_its_space():
    class Known(mu.Film):
        """A film of a known network."""

        def construct(self):
            network = Network((bent(),), Dense(np.ones((1, 3)), np.zeros(1)))
            space = mu.Space()
            space.network = network
            self.play(FadeIn(space.grid))

    header = Timeline(timeline(Known)).header
    weight = header["networks"][header["spaces"][0]["network"]]["layers"][0]["weight"]
    assert np.array_equal(weight, bent().weight)


class Marked(mu.Film):
    """A part that tells itself: a line that is drawn anew whenever space moves."""

    draws = 0

    def construct(self):
        space = mu.Space(grid=False)
        line = mu.Polylines(np.zeros((0, 3)), np.zeros(0, np.int64))

        def draw(points):
            type(self).draws += 1
            line.set_samples(points, [0])

        look = {"kind": "lines", "stroke": [255, 0, 0, 255], "width": [0.02], "closed": False, "sizes": (2,)}
        points = np.array([[0.0, 0.0], [1.0, 1.0]])
        space.follow(points, line, draw)
        space.parts[-1].told = lambda: {line: look}
        self.add(line)
        self.play(mu.ApplyMove(space, affine_then_bend(bent())[0], run_time=1))


def test_what_tells_itself_is_drawn_for_pictures_only():
    with manim_config(settings(Quality.l)):
        Marked.draws, alone = 0, Walk()
        with alone.watching():
            play_film(Marked, alone)
        assert Marked.draws < 6
        Marked.draws, beside = 0, Walk(alone=False)
        with beside.watching():
            play_film(Marked, beside)
        assert Marked.draws > 15
    assert alone.orders == beside.orders
