"""How space lands on the screen."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manim_untangle.stage.view import View, upright
from tests.thorough import examples

POINTS = np.random.default_rng(0).normal(size=(50, 2))


def test_the_plane_that_is_not_leant_back_is_drawn_to_scale() -> None:
    view = View(unit=2.0, centre=(1.0, -0.5))
    assert np.allclose(view.project(POINTS)[:, :2], 2.0 * POINTS + [1.0, -0.5])
    assert (view.project(POINTS)[:, 2] == 0).all()


def test_a_line_is_drawn_along_the_horizontal_axis() -> None:
    assert np.allclose(View(unit=3.0, centre=(0, 0)).project(POINTS[:, :1]), np.outer(POINTS[:, 0], [3, 0, 0]))


def test_what_is_nearer_to_the_viewer_is_drawn_larger() -> None:
    near, far = View(unit=1.0, centre=(0, 0)).project(np.array([[1.0, 0, 1.0], [1.0, 0, -1.0]]))[:, 0]
    eye = View().eye
    assert near == pytest.approx(eye / (eye - 1))
    assert far == pytest.approx(eye / (eye + 1))


def test_a_view_leads_to_another_and_zooms_by_equal_factors() -> None:
    start, end = View(unit=1.0), View(unit=4.0, turn=1.0, tilt=1.2, frame=upright(np.array([1.0, 1.0, 1.0])))
    assert np.allclose(start.towards(end, 0).project(POINTS), start.project(POINTS))
    assert np.allclose(start.towards(end, 1).project(POINTS), end.project(POINTS))
    assert start.towards(end, 0.5).unit == pytest.approx(2.0)


@pytest.mark.parametrize("t", [0.2, 0.5, 0.9])
def test_a_point_that_two_views_draw_at_one_place_stands_still_in_a_zoom(t: float) -> None:
    point, place = np.array([[0.3, -0.2]]), np.array([1.0, 0.5])
    far, near = (
        View(unit, centre=(place[0] - unit * point[0, 0], place[1] - unit * point[0, 1])) for unit in (2.0, 2000.0)
    )
    view = far.towards(near, t)
    assert np.allclose(view.project(point)[0, :2], place)
    assert np.allclose(near.towards(far, 1 - t).project(point)[0, :2], place)


direction = st.lists(st.floats(-1, 1), min_size=3, max_size=3).map(np.array).filter(lambda v: np.linalg.norm(v) > 0.1)


@examples(100)
@given(direction, st.floats(-3, 3), st.floats(0, 1.5), st.floats(0, 1))
def test_every_view_on_the_way_is_a_rotation(normal: np.ndarray, turn: float, tilt: float, t: float) -> None:
    rotation = View().towards(View(turn=turn, tilt=tilt, frame=upright(normal)), t).rotation
    assert np.allclose(rotation @ rotation.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(rotation) == pytest.approx(1)


@given(direction)
def test_upright_takes_the_normal_to_up(normal: np.ndarray) -> None:
    assert np.allclose(upright(normal) @ normal, [0, 0, np.linalg.norm(normal)], atol=1e-6)


def test_upright_turns_a_normal_that_points_down() -> None:
    assert np.allclose(upright(np.array([0, 0, -2.0])) @ [0, 0, -1], [0, 0, 1])
