"""What is drawn of one layer: a frame around the data."""

import numpy as np
import pytest
from props import played, props

from manim_untangle import ApplyMove, Space
from netlib import Dense, activation, moves_of

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
