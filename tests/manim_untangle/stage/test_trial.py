"""Trial lines: the share of points that a line gets right, live."""

from __future__ import annotations

import numpy as np
import pytest

from manim_untangle.stage.line_probe import LineProbe, MoveLineProbe, slide, swing
from manim_untangle.stage.number_line import line_before
from manim_untangle.stage.readout import cuts
from manim_untangle.stage.space import Space
from netlib.certificates.best_line import best_line
from netlib.datasets import Dataset, dataset
from netlib.training.catalogue import ON_A_LINE


@pytest.mark.parametrize(("name", "places"), [("two_curves:n=64", swing), ("interval_in_interval:n=24", slide)])
def test_a_trial_ends_on_the_best_line_with_its_score_and_marks_what_is_wrong(name: str, places) -> None:
    data = dataset(name)
    best = best_line(data.points, data.labels)
    trial = LineProbe(Space(grid=False, dimension=data.dimension), data)
    animation = MoveLineProbe(trial, places(best))
    animation.begin()
    animation.finish()
    assert trial.right == pytest.approx(best.accuracy)
    assert len(trial.wrong.points) == round((1 - best.accuracy) * len(data.points))


def test_no_line_on_the_way_beats_the_best_and_none_is_below_half() -> None:
    data = dataset("two_curves:n=64")
    best = best_line(data.points, data.labels)
    trial = LineProbe(Space(grid=False), data)
    shares = [trial.lay(place[:-1], place[-1]).right for place in swing(best, tries=60)]
    assert min(shares) >= 0.5
    assert max(shares) <= best.accuracy + 1e-12


def test_cuts_stand_where_the_output_changes_sign() -> None:
    network, space = ON_A_LINE.load(), Space(grid=False, dimension=1)
    bars = cuts(space, network)
    middles = (bars.points[::2] + bars.points[1::2]) / 2
    at = (middles[:, :1] - space.view.centre[0]) / space.view.unit
    assert len(at) == 2
    np.testing.assert_allclose(network(at), 0, atol=1e-3)


def test_threads_join_every_point_to_where_it_was() -> None:
    data: Dataset = dataset("interval_in_interval:n=24")
    space = Space(grid=False, dimension=1)
    threads = line_before(space, data)[0].points
    np.testing.assert_allclose(threads[::2, 0], threads[1::2, 0])
    assert len(threads) == 2 * len(data.points)
