"""Threads from where points on a line were to where they are."""

import numpy as np
from props import played, props

from manim_untangle import ApplyMove, Space
from netlib import catalogue, dataset, straight_to


def test_threads_join_every_point_to_where_it_was() -> None:
    data, network = dataset("interval_in_interval:n=24"), catalogue.ON_A_LINE_NARROW.load()
    space = Space(grid=False, dimension=1)
    threads = props("on_a_line").line_before(space, data)[0]
    assert len(threads.points) == 2 * len(data.points)
    np.testing.assert_allclose(threads.points[::2, 0], threads.points[1::2, 0])
    before = threads.points[::2].copy()
    played(ApplyMove(space, straight_to(network)))
    np.testing.assert_allclose(threads.points[::2], before)
    np.testing.assert_allclose(threads.points[1::2], space.view.project(network.represent(data.points)))
