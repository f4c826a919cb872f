"""What is drawn of one layer: a frame around the data, and a line that is tried."""

import numpy as np
import pytest
from props import played, props

from manim_untangle import ApplyMove, Space
from netlib import Dense, activation, certificates, dataset, moves_of

LAYER = Dense([[1.5, -0.4], [0.7, 1.1]], [0.3, -0.2], activation("tanh"))


@pytest.mark.slow
@pytest.mark.parametrize(("moves", "straight"), [(3, True), (4, False)], ids=["W and b", "tanh"])
def test_the_sides_of_the_frame_stay_straight_until_the_bend(moves: int, straight: bool) -> None:
    space = Space(grid=False)
    frame = props("one_layer").yellow_frame(space)
    for move in moves_of(LAYER)[:moves]:
        played(ApplyMove(space, move))
    for side in np.split(frame.points[:, :2], 4):
        across = np.linalg.svd(side - side.mean(axis=0))[1][1]
        assert (across < 1e-6) == straight


def test_w_and_b_keep_the_tried_line_straight_and_as_many_points_on_its_right_side() -> None:
    space, data = Space(grid=False), dataset("two_curves:n=48")
    trial = props("one_layer").trial_line(space, data)
    for move in (None, *moves_of(LAYER)[:3]):
        if move is not None:
            played(ApplyMove(space, move))
        places = trial.points[:, :2]
        middle, along = places.mean(axis=0), np.linalg.svd(places - places.mean(axis=0))[2][0]
        assert np.abs((places - middle) @ [-along[1], along[0]]).max() < 1e-6
        above = (space.view.project(space.where(data.points))[:, :2] - middle) @ [-along[1], along[0]] > 0
        right = np.mean(above == (data.labels == 1))
        assert max(right, 1 - right) == pytest.approx(certificates.best_line(data.points, data.labels).accuracy)
