"""Space is carried by a network's moves, forwards and backwards, and stays in the frame."""

from __future__ import annotations

import numpy as np
import pytest

from manim_untangle.render.engine import Sink, play_film
from manim_untangle.stage.animations import AnimateToTime, ApplyMove, ChangeView
from manim_untangle.stage.film import Film
from manim_untangle.stage.layout import current_layout
from manim_untangle.stage.space import Space
from manim_untangle.stage.story import LayerPresenter
from manim_untangle.stage.view import View
from netlib import Dense, Network, Trajectory, activation, dataset
from netlib.motion.trajectory import moves_of

RNG = np.random.default_rng(1)
POINTS = RNG.uniform(-1, 1, (40, 2))
NETWORK = Network(
    (
        Dense([[1.6, -0.9], [0.7, 2.1]], [0.3, -0.8], activation("tanh")),
        Dense([[2.4, 1.1], [-0.6, 1.8]], [-0.2, 0.5], activation("tanh")),
    ),
    Dense([[1.0, -1.0]], [0.1]),
)


@pytest.fixture
def space() -> Space:
    return Space(View(unit=2.0))


def played(animation: AnimateToTime, steps: int = 12) -> list[View]:
    """Run an animation without a scene; return the view at every step."""
    animation.begin()
    views = []
    for alpha in np.linspace(0, 1, steps + 1):
        animation.interpolate(alpha)
        views.append(animation.space.view)
    animation.finish()
    return views


def test_after_all_flows_dots_stand_where_the_forward_pass_puts_them(space: Space) -> None:
    dots = space.add_dots(POINTS, "#FFFFFF")
    for move in Trajectory.through(NETWORK).moves:
        played(ApplyMove(space, move))
    assert np.allclose(dots.points, space.view.project(NETWORK.represent(POINTS)), atol=1e-9)


def test_on_the_way_dots_stand_where_the_move_says(space: Space) -> None:
    dots = space.add_dots(POINTS, "#FFFFFF")
    move = moves_of(NETWORK.hidden[0])[0]
    flow = ApplyMove(space, move, rate_func=lambda t: t)
    flow.begin()
    flow.interpolate(0.37)
    assert np.allclose(dots.points, space.view.project(move.at(POINTS, 0.37)), atol=1e-9)


def test_a_part_that_is_added_later_is_carried_to_where_space_stands(space: Space) -> None:
    for move in moves_of(NETWORK.hidden[0]):
        played(ApplyMove(space, move))
    assert np.allclose(space.add_dots(POINTS, "#FFFFFF").points, space.view.project(NETWORK.represent(POINTS, 1)))


def test_travelling_back_brings_every_point_home(space: Space) -> None:
    dots = space.add_dots(POINTS, "#FFFFFF")
    before = dots.points.copy()
    for move in Trajectory.through(NETWORK).moves:
        played(ApplyMove(space, move))
    played(AnimateToTime(space, 0))
    assert np.allclose(dots.points, before, atol=1e-9)


def test_what_is_fixed_follows_the_view_and_no_move(space: Space) -> None:
    ghost = space.ghost.points.copy()
    played(ApplyMove(space, moves_of(NETWORK.hidden[0])[0]))
    assert np.array_equal(space.ghost.points, ghost)
    played(ChangeView(space, View(unit=1.0)))
    assert space.ghost.points.shape != ghost.shape


@pytest.mark.slow
def test_kept_points_never_leave_the_frame(space: Space) -> None:
    far = Dense([[6.0, -3.0], [2.0, 5.0]], [2.0, -3.0], activation("tanh"))
    dots = space.add_dots(POINTS, "#FFFFFF")
    for move in moves_of(far):
        end = space.view.fitting(move.at(space.where(POINTS), 1))
        flow = ApplyMove(space, move, end, keep=POINTS)
        flow.begin()
        for alpha in np.linspace(0, 1, 60):
            flow.interpolate(alpha)
            reach = np.abs(dots.points[:, :2] - np.array(space.view.centre)).max(axis=0)
            assert (reach <= 1.03 * np.array(current_layout().kept_half)).all()
        flow.finish()


@pytest.mark.parametrize("centre", [None, (-1.0, 1.2)])
def test_points_that_are_fitted_touch_the_kept_box_as_perspective_draws_them(
    centre: tuple[float, float] | None,
) -> None:
    points = np.random.default_rng(3).uniform(-1, 1, (200, 3)) * (4, 3, 2)
    box, kept = current_layout().picture, np.array(current_layout().kept_half)
    drawn = View(turn=0.5, tilt=1.1, centre=centre).fitting(points, largest=9.0).project(points)[:, :2]
    reach = np.abs(drawn - box.centre).max(axis=0) / kept
    assert reach.max() == pytest.approx(1.0)


def test_centred_points_have_the_middle_of_the_picture_in_the_middle() -> None:
    points = np.random.default_rng(4).uniform(0, 1, (200, 3))
    drawn = View(turn=0.5, tilt=1.1).centred(points).project(points)[:, :2]
    assert (drawn.min(axis=0) + drawn.max(axis=0)) / 2 == pytest.approx(current_layout().picture.centre)


def test_fitting_takes_the_largest_unit_at_which_points_fit() -> None:
    points = np.array([[current_layout().kept_half[0], 0.0], [0.0, 0.1]])
    assert View().fitting(points).unit == pytest.approx(1.0)
    assert View().fitting(1e-6 * points).unit == 2.6


@pytest.mark.parametrize(("bend", "regions"), [("tanh", 2), ("relu", 0)])
def test_sides_of_a_line_are_tinted_only_where_no_layer_folds_the_plane(bend: str, regions: int) -> None:
    hidden = Dense([[1.6, -0.9], [0.7, 2.1]], [0.3, -0.8], activation(bend))

    class Cut(Film):
        def construct(self) -> None:
            network = Network((hidden,), Dense([[1.0, -1.0]], [0.1]))
            self.story = LayerPresenter(self, network, Space(), dataset("moons:n=20"))
            self.story.layers({}, run_time=0.1)
            self.story.draw_divider()

    scene, _ = play_film(Cut, Sink(), dry_run=True)
    assert len(scene.story.regions) == regions
