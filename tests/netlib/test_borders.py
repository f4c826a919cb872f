"""The flat borders between classes: on each, two classes share the highest score, and none is missing."""

from __future__ import annotations

import numpy as np
import pytest

from netlib import Dense
from netlib.boundary import border_faces, within_hull

REACH = 3.0


@pytest.mark.parametrize("dimension", [1, 2, 3])
@pytest.mark.parametrize("classes", [2, 3, 5])
def test_on_a_border_two_classes_share_the_highest_score(dimension: int, classes: int) -> None:
    rng = np.random.default_rng(dimension + classes)
    scores = Dense(rng.normal(size=(classes, dimension)), rng.normal(size=classes))
    faces = border_faces(scores, np.zeros(dimension), REACH)
    assert faces
    for face in faces:
        inside = rng.dirichlet(np.ones(len(face)), 50) @ face
        highest = np.sort(scores(inside), axis=1)[:, -2:]
        np.testing.assert_allclose(highest[:, 0], highest[:, 1], atol=1e-9)


def test_every_change_of_the_answer_along_a_line_lies_on_a_border() -> None:
    rng = np.random.default_rng(0)
    scores = Dense(rng.normal(size=(4, 2)), rng.normal(size=4))
    faces = border_faces(scores, np.zeros(2), 100.0)
    for start, end in rng.uniform(-REACH, REACH, (40, 2, 2)):
        path = start + np.linspace(0, 1, 20_001)[:, None] * (end - start)
        answers = scores(path).argmax(axis=1)
        for place in path[1:][np.diff(answers) != 0]:
            assert min(_distance(place, *face) for face in faces) < 1e-3


def _distance(place: np.ndarray, a: np.ndarray, b: np.ndarray) -> float:
    share = np.clip((place - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1)
    return float(np.linalg.norm(a + share * (b - a) - place))


def test_parts_within_a_hull_are_no_farther_from_it_than_the_room() -> None:
    rng = np.random.default_rng(2)
    points = rng.uniform(-1, 1, (200, 3))
    faces = within_hull(border_faces(Dense(rng.normal(size=(3, 3)), np.zeros(3)), np.zeros(3), 9.0), points, 0.25)
    assert faces
    assert 1.0 < max(np.abs(face).max() for face in faces) <= 1.25
