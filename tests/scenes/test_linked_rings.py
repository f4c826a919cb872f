"""Tubes in space: what is drawn of them, and in which order; and the plane that is tried."""

import gzip
import json
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from props import played, props

import manim_untangle
from manim_untangle import AnimateToTime, ApplyMove, Film, View
from manim_untangle.stage.layout import layout_of
from manim_untangle.web.timeline import timeline
from netlib import Dense, Move, dataset

RINGS = props("linked_rings")
LOOPS = dataset("linked_rings").loops
LEANT = View(tilt=1.0, turn=0.4)


def test_every_point_of_a_tube_is_its_radius_away_from_the_curve():
    t = np.linspace(0, 2 * np.pi, 400, endpoint=False)
    circle = np.column_stack([0.6 * np.cos(t), 0.6 * np.sin(t), 0 * t])
    points, normals = RINGS.around(circle, 0.12)
    from_axis = np.hypot(np.hypot(*points.reshape(-1, 3)[:, :2].T) - 0.6, points.reshape(-1, 3)[:, 2])
    assert from_axis == pytest.approx(np.full(len(from_axis), 0.12), abs=1e-3)
    assert np.linalg.norm(normals, axis=-1) == pytest.approx(np.ones(normals.shape[:2]))


def test_a_finer_circle_is_the_circle_itself():
    fine = RINGS.finer(LOOPS[0].points)
    assert np.linalg.norm(fine - [-0.3, 0, 0], axis=1) == pytest.approx(np.full(len(fine), 0.6), abs=1e-12)


def test_samples_stand_closer_where_a_curve_is_bent():
    t = np.linspace(0, 2 * np.pi, 4000, endpoint=False)
    places, _ = RINGS.evenly(np.column_stack([np.cos(t), 0.1 * np.sin(t), 0 * t]), 0.3)
    steps = np.linalg.norm(np.roll(places, -1, axis=0) - places, axis=1)
    tips = np.abs(places[:, 0]) > 0.99
    assert steps[tips].max() < 0.5 * steps[np.abs(places[:, 0]) < 0.5].min()


def test_nearer_points_are_drawn_over_farther_ones():
    tubes = RINGS.Tubes(LOOPS, View(tilt=np.pi / 2))  # the first ring's front passes before the second ring
    crossing = tubes.space.view.project(np.array([[-0.3, 0.0, 0.0]]))[0, :2]
    drawn = np.flatnonzero(np.linalg.norm(tubes.near.points[:, :2] - crossing, axis=1) < 0.1)
    red, _, blue, _ = tubes.near.rgbas[drawn].T
    assert (red < blue).any()
    assert red[-1] > blue[-1]


@pytest.mark.slow
def test_a_cut_hides_what_lies_on_its_far_side():
    tubes = RINGS.Tubes(LOOPS, View(tilt=np.pi / 2))
    whole = tubes.near.points
    tubes.show_cut(Dense([[0.0, 1.0, 0.0]], [0.0]))  # the second ring's own plane, facing the viewer
    order = np.lexsort(np.vstack([tubes.far.points, tubes.near.points]).T)
    assert np.vstack([tubes.far.points, tubes.near.points])[order] == pytest.approx(whole[np.lexsort(whole.T)])
    assert 0.3 < len(tubes.far.points) / len(whole) < 0.7
    tubes.show_cut(Dense([[0.0, 1.0, 0.0]], [-5.0 * tubes.space.view.rotation[2, 1]]))
    assert len(tubes.near.points) == 0  # all of it is behind a plane that stands before it


def test_rims_show_the_fourth_coordinate_where_asked():
    tubes = RINGS.Tubes(LOOPS, LEANT)
    lift = Move("lift", "rotate", 3, 4, lambda p, t: np.column_stack([p[:, :3], t * np.ones(len(p))]))
    played(ApplyMove(tubes.space, lift))
    played(tubes.changed(fourth=(0.0, 1.0)))
    size = tubes.near.rgbas[:, :3].max(axis=1, keepdims=True)
    expected = RINGS.fourth_colour(np.array(1.0))
    rim = np.abs(tubes.near.rgbas[:, :3] / size - expected / expected.max()).max(axis=1) < 1e-6
    assert 0.2 < rim.mean() < 0.8  # the middle of a tube keeps the colour of its class


def test_a_trial_plane_marks_where_it_cuts_the_rings():
    tubes = RINGS.Tubes(LOOPS, LEANT)
    trial = RINGS.Trial(tubes, np.array([0.0, 0.0, 2.0, 0.44]))  # z = -0.22, which only the second ring crosses
    across = np.sqrt(0.6**2 - 0.22**2)
    expected = tubes.space.view.project(np.array([[0.3 - across, 0, -0.22], [0.3 + across, 0, -0.22]]))
    found = trial.cuts.points[np.argsort(trial.cuts.points[:, 0])]
    assert found == pytest.approx(expected[np.argsort(expected[:, 0])], abs=1e-3)


def test_tubes_are_told_as_the_format_has_them():
    class Rings(Film):
        """Two rings, and the sheet in one."""

        def construct(self):
            tubes = RINGS.Tubes(LOOPS)
            tubes.wrong[0, :800] = True
            self.add(tubes.dots)
            self.play(tubes.changed(sheet=(0.0, 1.0), pink=(0.0, 1.0)), run_time=0.3)

    raw = gzip.decompress(timeline(Rings))
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[4:8], "little")])
    schema = Path(manim_untangle.__file__).parent / "web" / "timeline.schema.json"
    jsonschema.validate(header, json.loads(schema.read_text(encoding="utf-8")))
    sides = [item for item in header["items"] if item["kind"] == "tubes"]
    assert [item["side"] for item in sides] == ["far", "near"]
    assert all(isinstance(item["sheet"], int) and isinstance(item["pink"], int) for item in sides)  # they change
    assert all(sum(item["wrong"]) == 100 for item in sides)


def test_places_beside_a_legend_are_where_it_has_the_fourth_coordinate() -> None:
    legend = RINGS.fourth_legend(layout_of(128 / 9, 8.0).slot("notes"))
    bar, lowest, middle, _ = legend[1]
    for value, part in ((0.5, bar[-1]), (-0.5, bar[0]), (2.0, bar[-1])):
        place = RINGS.beside_bar(legend, value)
        assert place[1] == pytest.approx(float(part.get_center()[1]))
        assert place[0] < bar.get_left()[0] < lowest.get_left()[0]
    assert RINGS.beside_bar(legend, 0.0)[1] == pytest.approx(float(middle.get_y()), abs=0.06)


def test_the_pair_that_is_watched_meets_in_three_dimensions_and_differs_in_the_fourth() -> None:
    tubes, network = RINGS.Tubes(LOOPS), RINGS.catalogue.LINKED_RINGS.load()
    legend = RINGS.fourth_legend(layout_of(128 / 9, 8.0).slot("notes"))
    tubes.enter(network)
    dots, markers = tubes.pair(legend)
    points = tubes.space.parts[-1].inputs
    for time in (2.0, 2 + RINGS.MEETING, 4.0, 0.0):
        played(AnimateToTime(tubes.space, time))
        where = tubes.space.where(points)
        assert dots.points == pytest.approx(tubes.space.view.project(where))
        for marker, place in zip(markers, where, strict=True):
            fourth = float(place[3]) if len(place) > 3 else 0.0
            assert marker.points[0] == pytest.approx(RINGS.beside_bar(legend, fourth))
        if time == 2 + RINGS.MEETING:
            assert np.linalg.norm(where[0, :3] - where[1, :3]) < 0.05  # of rings of size 0.6
            assert abs(where[0, 3] - where[1, 3]) > 0.2


def test_a_noose_shrinks_in_the_sheet_around_the_point_where_the_other_ring_meets_it():
    tubes = RINGS.Tubes(LOOPS, View(turn=0.3))  # from above: nothing hides it
    noose = RINGS.Noose(tubes)
    played(noose.pulled(0.5))
    middle = tubes.space.view.project(np.array([[-0.3, 0.0, 0.0]]))[0]
    circle = tubes.space.view.project(np.array([[-0.3 + 0.3, 0.0, 0.0]]))[0]
    reach = np.linalg.norm(circle - middle)
    assert np.linalg.norm(noose.line.points - middle, axis=1) == pytest.approx(reach, rel=1e-6)


def test_a_tube_hides_what_is_behind_it_and_nothing_before_it():
    tubes = RINGS.Tubes(LOOPS, View(tilt=np.pi / 2))
    towards = tubes.space.view.rotation[2]
    place = LOOPS[1].points[0]
    assert tubes.hides(np.array([place - 0.3 * towards, place + 2 * towards])).tolist() == [True, False]
