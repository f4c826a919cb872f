"""The names of axes: at the edge of the picture, and only while the axes are what they say."""

from __future__ import annotations

import numpy as np
import pytest
from manim import DOWN, LEFT, RIGHT, UP

from manim_untangle import AxisNames, Box, CubeNames, Space, View, current_layout
from manim_untangle.stage.axes import EDGE
from manim_untangle.stage.layout import box_of
from netlib import Dense, activation, moves_of, training_move
from netlib.network import Network

LAYER = Dense(np.array([[1.0, 0.5], [-0.3, 2.0]]), np.array([0.2, -0.1]), activation("tanh"))
WIDE = Dense(np.array([[1.0, 0.5], [-0.3, 2.0], [0.4, 0.4]]), np.zeros(3), activation("tanh"))


def shown(names: AxisNames | CubeNames) -> set[str]:
    """Return what is written in letters that are seen."""
    groups = names if isinstance(names, CubeNames) else [each for pair in names for each in pair]
    return {vars(text)["source"] for _, text in groups if text[0].get_fill_opacity() > 0.05}


def at(space: Space, time: float) -> None:
    space.time = time
    space.redraw()


@pytest.mark.parametrize(("time", "kind"), [(0, "input"), (2, "neuron"), (3.5, "neuron"), (4, "neuron")])
def test_axes_are_inputs_at_first_and_neurons_once_w_is_done(time: float, kind: str) -> None:
    space = Space(grid=False)
    names = AxisNames(space)
    space.restart(*moves_of(LAYER))
    at(space, time)
    assert shown(names) == {f"{kind} 1 →", f"↑ {kind} 2"}


@pytest.mark.parametrize("area", [None, Box(0.0, -1.0, 5.0, 3.5)], ids=["the picture", "a part of it"])
def test_names_stand_in_the_corners_of_where_space_ends(area: Box | None) -> None:
    names = AxisNames(Space(grid=False, area=area))
    end = area or current_layout().picture
    for across, upright in names:
        low, high = across.get_corner(DOWN + RIGHT), upright.get_corner(UP + LEFT)
        np.testing.assert_allclose(low, end.corner(DOWN + RIGHT) + EDGE * (UP + LEFT))
        np.testing.assert_allclose(high, end.corner(UP + LEFT) + EDGE * (DOWN + RIGHT))


@pytest.mark.parametrize("time", [0.5, 1.0, 1.5])
def test_on_the_way_through_w_no_axis_has_a_name(time: float) -> None:
    space = Space(grid=False)
    names = AxisNames(space)
    space.restart(*moves_of(LAYER))
    at(space, time)
    assert not shown(names)


def test_neither_a_space_of_three_neurons_nor_one_seen_from_the_side_has_names_of_the_plane() -> None:
    space = Space(grid=False)
    names = AxisNames(space)
    space.view = View(tilt=1.0)
    at(space, 0)
    assert not shown(names)
    space.view = View()
    space.restart(*moves_of(WIDE))
    at(space, len(moves_of(WIDE)))
    assert not shown(names)


def test_in_a_training_axes_are_neurons_from_its_beginning() -> None:
    network = Network((LAYER,), Dense(np.array([[1.0, 1.0]]), np.zeros(1)))
    space = Space(grid=False)
    names = AxisNames(space)
    space.restart(training_move(lambda t: network, moments=[network, network]))
    at(space, 1e-9)
    assert shown(names) == {"neuron 1 →", "↑ neuron 2"}


def test_names_of_the_cube_stand_at_the_far_ends_of_the_edges_that_meet_in_a_corner() -> None:
    corner = np.array([1.0, -1.0, -1.0])
    view = View(unit=1.2, turn=-0.9, tilt=0.9).upright(corner)
    space = Space(view, grid=False, dimension=3)
    names = CubeNames(space, corner)
    for k, name in enumerate(names):
        ends = np.array([np.where(np.arange(3) == j, -corner, corner) for j in range(3)])
        apart = np.linalg.norm(view.project(ends)[:, :2] - name.get_center()[:2], axis=1)
        assert apart.argmin() == k
        assert space.layout.picture.holds(box_of(name))


def test_the_name_of_an_edge_goes_where_its_end_is_behind_the_cube() -> None:
    corner = np.ones(3)
    space = Space(View(unit=1.2, tilt=1.2).upright(corner), grid=False, dimension=3)
    names, seen = CubeNames(space, corner), set[frozenset[str]]()
    for turn in np.linspace(0, 2 * np.pi, 24, endpoint=False):
        space.view = space.view.turned(turn - space.view.turn)
        space.redraw()
        seen.add(frozenset(shown(names)))
    assert {len(each) for each in seen} == {2, 3}
    assert frozenset.union(*seen) == {"neuron 1", "neuron 2", "neuron 3"}
