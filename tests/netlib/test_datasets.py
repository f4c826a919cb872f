"""Data sets: where their points lie, by closed forms; and what a specification may say."""

import importlib

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from netlib.certificates.linking import linking_number
from netlib.datasets import Dataset, dataset, datasets, parsed
from netlib.errors import UnknownName, UntangleError

# netlib.datasets, as an attribute, is the function of that name
MODULE = importlib.import_module("netlib.datasets")
NAMES = [name for name, function in datasets().items() if function.__module__ == MODULE.__name__]


def gap(data):
    """The smallest distance between two points of different classes."""
    return cdist(data.of_class(0), data.of_class(1)).min()


@pytest.mark.parametrize("name", NAMES)
def test_points_labels_and_size_fit_a_film(name):
    data = dataset(name)
    assert data.name == name
    assert data.points.shape == (len(data.labels), data.dimension)
    assert np.abs(data.points).max() <= 1.1
    assert data.points.dtype == np.float64


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_alone_decides_the_points(name):
    np.testing.assert_array_equal(dataset(name).points, dataset(name).points)
    np.testing.assert_array_equal(dataset(f"{name}:seed=3").points, dataset(f"{name}:seed=3").points)


@pytest.mark.parametrize("name", [name for name in NAMES if not dataset(name).regression])
def test_two_classes_of_whole_numbers_with_a_gap_between_them(name):
    data = dataset(name)
    assert data.classes == 2
    assert set(data.labels.tolist()) == {0, 1}
    assert np.issubdtype(data.labels.dtype, np.integer)
    assert len(data.of_class(0)) + len(data.of_class(1)) == len(data.points)
    assert gap(data) > 0.05


@pytest.mark.parametrize("name", ["moons", "xor", "checkerboard", "linked_rings"])
def test_random_data_differ_by_seed(name):
    assert not np.array_equal(dataset(name).points, dataset(f"{name}:seed=1").points)


def test_the_majority_is_the_share_of_the_larger_class():
    assert dataset("disk_in_ring").majority == 250 / 400
    assert dataset("spirals").majority == 0.5


def test_disk_and_ring_keep_to_their_radii_and_are_even_by_area():
    data = dataset("disk_in_ring")
    disk, ring = (np.linalg.norm(data.of_class(k), axis=1) for k in (1, 0))
    assert disk.max() <= 0.35
    assert ring.min() >= 0.65
    assert ring.max() <= 1
    # half of the area of a disk lies within radius / sqrt(2)
    assert np.mean(disk < 0.35 / np.sqrt(2)) == pytest.approx(0.5, abs=0.02)
    assert np.mean(ring < np.sqrt((0.65**2 + 1) / 2)) == pytest.approx(0.5, abs=0.02)


def test_the_loop_of_the_ring_runs_in_its_middle_around_the_disk():
    (loop,) = dataset("disk_in_ring").loops
    np.testing.assert_allclose(np.linalg.norm(loop.points, axis=1), 0.825)
    np.testing.assert_array_equal(loop.around, [0, 0])


@pytest.mark.parametrize("turns", [0.75, 1.0, 1.5])
def test_spirals_turn_as_often_as_asked_in_even_steps_and_mirror_each_other(turns):
    data = dataset(f"spirals:turns={turns}")
    arm = data.of_class(0)
    np.testing.assert_array_equal(data.of_class(1), -arm)
    radius, angle = np.linalg.norm(arm, axis=1), np.unwrap(np.arctan2(arm[:, 1], arm[:, 0]))
    assert (radius[0], radius[-1]) == pytest.approx((0.12, 1))
    assert angle[-1] - angle[0] == pytest.approx(2 * np.pi * turns, abs=1e-6)
    np.testing.assert_allclose(radius, 0.12 + 0.88 * angle / angle[-1], atol=1e-5)
    steps = np.linalg.norm(np.diff(arm, axis=0), axis=1)
    assert steps.max() / steps.min() < 1.02


def test_two_curves_are_cosines_a_constant_gap_apart():
    data = dataset("two_curves")
    below, above = data.of_class(0), data.of_class(1)
    np.testing.assert_allclose(above - below, np.tile([0, 0.6], (80, 1)), atol=1e-12)
    np.testing.assert_allclose(below[:, 1], 0.4 * np.cos(np.pi * below[:, 0]) - 0.3, atol=1e-12)


def test_without_noise_moons_are_half_circles():
    data = dataset("moons:noise=0")
    for k, centre in enumerate([(-0.5, -0.25), (0.5, 0.25)]):
        radius = np.linalg.norm(data.of_class(k) - np.array(centre) / 1.5, axis=1)
        np.testing.assert_allclose(radius, 1 / 1.5)


def test_xor_is_the_sign_of_the_product_of_coordinates():
    data = dataset("xor")
    np.testing.assert_array_equal(data.labels, data.points.prod(axis=1) > 0)
    assert np.abs(data.points).min() > 0.6 - 2.3 * 0.13 - 1e-9


@pytest.mark.parametrize("k", [2, 3, 4])
def test_a_checkerboard_alternates_and_keeps_to_the_middle_of_its_cells(k):
    data = dataset(f"checkerboard:k={k}")
    cell = (data.points + 1) * k / 2
    np.testing.assert_array_equal(np.floor(cell).sum(axis=1) % 2, data.labels)
    assert np.abs(cell - np.floor(cell) - 0.5).max() <= 0.36
    assert len(np.unique(np.floor(cell), axis=0)) == k * k


def test_linked_rings_are_two_tubes_linked_once():
    data = dataset("linked_rings")
    assert [loop.points.shape for loop in data.loops] == [(200, 3), (200, 3)]
    assert abs(linking_number(data.loops[0].points, data.loops[1].points)) == pytest.approx(1, abs=1e-6)
    for k, loop in enumerate(data.loops):
        # a polygon of 200 corners is within 1e-4 of its circle
        assert cdist(data.of_class(k), loop.points).min(axis=1).max() <= 0.12 + 0.01


def test_the_inner_interval_lies_between_the_outer_ones():
    data = dataset("interval_in_interval")
    assert data.dimension == 1
    assert np.abs(data.of_class(1)).max() <= 1 / 3
    assert np.abs(data.of_class(0)).min() >= 2 / 3
    assert {-1.0, 1.0} == set(np.sign(data.of_class(0).ravel()))


def test_the_parabola_is_a_regression_of_squares():
    data = dataset("parabola")
    assert data.regression
    assert data.classes == 0
    np.testing.assert_allclose(data.labels, data.points[:, 0] ** 2)


def test_a_specification_gives_parameters_after_a_colon():
    assert len(dataset("spirals:turns=1.5,n=40").points) == 40
    assert parsed("spirals: turns = 2 ") == ("spirals", {"n": 160, "seed": 0, "turns": 2.0})


@pytest.mark.parametrize(
    ("specification", "complaint"),
    [
        ("spiral", "Did you mean spirals"),
        ("spirals:turn=1", "Did you mean turns"),
        ("", "Known: "),
    ],
)
def test_an_unknown_name_or_parameter_suggests_the_nearest(specification, complaint):
    with pytest.raises(UnknownName, match=complaint):
        dataset(specification)


@pytest.mark.parametrize(
    "specification",
    ["spirals:turns=many", "spirals:n=1.5", "spirals:n=", "spirals:turns", "spirals:turns=nan", "spirals:n=0",
     "spirals:n=-4", "checkerboard:k=0", "checkerboard:k=1", "moons:noise=-1", "moons:seed=-1", "disk_in_ring:n=1",
     "interval_in_interval:n=2"],
)  # fmt: skip
def test_a_value_that_leaves_nothing_to_train_on_is_refused_in_one_line(specification):
    with pytest.raises(UntangleError, match=specification.partition(":")[0]) as refused:
        dataset(specification)
    assert "\n" not in str(refused.value)


def test_a_new_function_of_n_and_seed_is_a_data_set_without_being_registered(monkeypatch):
    def line(n=10, seed=0):
        return Dataset("line", np.zeros((n, 2)), np.arange(n) % 2)

    monkeypatch.setattr(MODULE, "line", line, raising=False)
    assert len(dataset("line:n=4").points) == 4


def test_more_points_than_can_be_shown_are_refused_before_they_are_made() -> None:
    with pytest.raises(UntangleError, match="at most 200,000 points"):
        dataset("spirals:n=1000000000")
