"""A network and data that do not belong together are told apart before any film is made."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from netlib import Dataset, Dense, Network, ReadNetwork, dataset, read_data
from netlib.errors import BadFile
from netlib.readers import check_match


def read(inputs: int, outputs: int, classes: tuple[str, ...] = ()) -> ReadNetwork:
    return ReadNetwork(Network((), Dense(np.ones((outputs, inputs)), np.zeros(outputs))), classes=classes)


def test_what_belongs_together_passes() -> None:
    check_match(read(2, 1), dataset("spirals"))
    check_match(read(4, 3, ("setosa", "versicolor", "virginica")), read_data("iris"))
    check_match(read(4, 3), read_data("iris"))
    check_match(read(4, 3, ("0", "1", "2")), read_data("iris"))
    check_match(read(2, 3), dataset("spirals"))
    check_match(read(1, 1), dataset("parabola"))


@pytest.mark.parametrize(
    ("network", "data", "words"),
    [
        (read(3, 1), "spirals", r"takes 3 numbers, a point of 'spirals' has 2"),
        (read(4, 1), "iris", r"tells 2 classes apart, 'iris' has 3"),
        (read(4, 2), "iris", r"tells 2 classes apart, 'iris' has 3"),
        (replace(read(4, 1), regressor=True), "iris", r"gives real numbers .*Train a classifier"),
        (read(1, 2), "parabola", r"has 2 outputs, real targets need 1"),
        (read(4, 3, ("a", "b", "c")), "iris", r"classes are a, b, c, those of 'iris' are setosa, versicolor"),
    ],
)
def test_what_does_not_is_refused_with_what_differs(network: ReadNetwork, data: str, words: str) -> None:
    found: Dataset = read_data(data)
    with pytest.raises(BadFile, match=words):
        check_match(network, found)
