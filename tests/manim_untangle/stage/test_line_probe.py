"""A line tried in many places: the share of points that it gets right, live; and where a network cuts a line."""

from __future__ import annotations

import numpy as np
import pytest
from props import props

from manim_untangle import LineProbe, MoveLineProbe, Space, boundary
from netlib import catalogue, certificates, dataset


@pytest.mark.parametrize(
    ("name", "way"),
    [("two_curves:n=64", props("two_curves").swing), ("interval_in_interval:n=24", props("on_a_line").slide)],
)
def test_a_probe_ends_on_the_best_line_with_its_score_and_marks_what_is_wrong(name: str, way) -> None:
    data = dataset(name)
    best = certificates.best_line(data.points, data.labels)
    probe = LineProbe(Space(grid=False, dimension=data.dimension), data)
    animation = MoveLineProbe(probe, way(probe.best))
    animation.begin()
    animation.finish()
    assert probe.right == pytest.approx(best.accuracy)
    assert len(probe.wrong.points) == round((1 - best.accuracy) * len(data.points))


@pytest.mark.slow
def test_no_line_on_the_way_beats_the_best_and_none_is_below_half() -> None:
    data = dataset("two_curves:n=64")
    best = certificates.best_line(data.points, data.labels)
    probe = LineProbe(Space(grid=False), data)
    shares = [probe.place(place[:-1], place[-1]).right for place in props("two_curves").swing(best, tries=60)]
    assert min(shares) >= 0.5
    assert max(shares) <= best.accuracy + 1e-12


def test_cuts_stand_where_the_output_changes_sign() -> None:
    network, space = catalogue.ON_A_LINE.load(), Space(grid=False, dimension=1)
    bars = boundary(space, network)
    middles = (bars.points[::2] + bars.points[1::2]) / 2
    at = (middles[:, :1] - space.view.centre[0]) / space.view.unit
    assert len(at) == 2
    np.testing.assert_allclose(network(at), 0, atol=1e-3)
