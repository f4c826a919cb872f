import sys

import numpy as np
import pytest

from netlib import Dense, Network, activation, dataset
from netlib.certificates.betti import betti, betti_numbers
from netlib.datasets import circle
from netlib.errors import MissingExtra

gudhi = pytest.importorskip("gudhi")

DATA = dataset("disk_in_ring")
SHAPES = {
    "disk": (DATA.of_class(1), 1, 0),
    "ring": (DATA.of_class(0), 1, 1),
    "circle": (circle(1, 100), 1, 1),
    "two circles": (np.vstack([circle(1, 80) - [2, 0], circle(1, 80) + np.array([2, 0])]), 2, 2),
    "figure eight": (np.vstack([circle(1, 80) - [1, 0], circle(1, 80) + np.array([1, 0])]), 1, 2),
    "circle in space": (dataset("linked_rings").of_class(0), 1, 1),
    "two clusters": (dataset("xor").of_class(0), 2, 0),
    "arc": (dataset("spirals").of_class(0), 1, 0),
}


@pytest.mark.parametrize("metric", ["geodesic", "euclidean"])
@pytest.mark.parametrize("name", SHAPES)
def test_known_shapes_have_their_betti_numbers(name, metric):
    points, pieces, holes = SHAPES[name]
    assert betti_numbers(points, metric)[:2] == (pieces, holes)


def test_the_scale_decides_what_is_visible():
    points = circle(1, 100)
    spacing = 2 * np.pi / 100
    assert betti_numbers(points, "euclidean", 0.9 * spacing)[:2] == (100, 0)
    assert betti_numbers(points, "euclidean", 0.5)[:2] == (1, 1)
    assert betti_numbers(points, "euclidean", 1.9)[:2] == (1, 0)


def test_numbers_are_given_layer_by_layer_and_class_by_class():
    network = Network((Dense(np.eye(2), [0, 0], activation("tanh")),), Dense([[1.0, 1]], [0]))
    found = betti(network, DATA)
    assert [(b.layer, b.label, b.pieces, b.holes) for b in found] == [
        (0, 0, 1, 1), (0, 1, 1, 0), (1, 0, 1, 1), (1, 1, 1, 0),
    ]  # fmt: skip
    assert "visible at a scale of" in found[0].certificate.resolution
    assert "no proof" in found[0].certificate.caveat


def test_a_large_class_is_thinned_to_landmarks():
    large = dataset("disk_in_ring:n=3000")
    found = betti(Network((), Dense([[1.0, 1]], [0])), large)
    assert all(b.points == 400 for b in found)
    assert [(b.pieces, b.holes) for b in found] == [(1, 1), (1, 0)]


def test_a_missing_library_is_one_line_with_its_cure(monkeypatch):
    monkeypatch.setitem(sys.modules, "gudhi", None)
    with pytest.raises(MissingExtra, match=r'need the package gudhi\. Run: pip install "manim-untangle\[betti\]"'):
        betti_numbers(circle(1, 20))
