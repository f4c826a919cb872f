"""Data sets: where their points lie, by closed forms; what a specification may say; samples; TensorFlow Playground."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import cdist

from netlib.certificates.linking import linking_number
from netlib.datasets import LEAST_OF_A_CLASS, SAMPLE, Dataset, dataset, datasets, parsed, sampled, with_features
from netlib.datasets import PLAYGROUND_FEATURES as FEATURES
from netlib.errors import UnknownName, UntangleError

NAMES = [name for name in datasets() if not name.startswith("playground_")]


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

    monkeypatch.setitem(datasets.__globals__, "line", line)
    assert len(dataset("line:n=4").points) == 4


def test_more_points_than_can_be_shown_are_refused_before_they_are_made() -> None:
    with pytest.raises(UntangleError, match="at most 200,000 points"):
        dataset("spirals:n=1000000000")


N = 50_000


def numbered(*sizes: int) -> Dataset:
    """Points that are their own numbers, with classes of the given sizes."""
    labels = np.repeat(np.arange(len(sizes)), sizes)
    return Dataset("numbers", np.arange(len(labels), dtype=float)[:, None], labels)


@pytest.mark.parametrize("rare", [1, 7, 300])
def test_a_rare_class_is_in_the_sample(rare):
    few = sampled(numbered(N - rare, rare))
    assert len(few.points) == SAMPLE
    assert len(np.unique(few.points)) == SAMPLE
    assert (few.labels == 1).sum() >= min(rare, LEAST_OF_A_CLASS)
    np.testing.assert_array_equal(few.labels, few.points[:, 0] >= N - rare)


def test_common_classes_have_about_their_shares_of_the_sample():
    few = sampled(numbered(3 * N // 4, N // 4))
    assert (few.labels == 1).mean() == pytest.approx(0.25, abs=0.03)


def test_a_sample_of_a_regression_is_any_and_few_points_are_all_taken():
    real = replace(numbered(N), labels=np.linspace(-1, 1, N), regression=True)
    few = sampled(real)
    assert len(few.points) == SAMPLE
    np.testing.assert_allclose(few.labels, few.points[:, 0] * 2 / (N - 1) - 1)
    small = numbered(30, 40)
    assert sampled(small) is small


PLAYGROUND = sorted(name for name in datasets() if name.startswith("playground_"))


def test_there_are_four_classifications_and_two_regressions() -> None:
    assert sum(dataset(name).regression for name in PLAYGROUND) == 2
    assert len(PLAYGROUND) == 6


@pytest.mark.parametrize("name", PLAYGROUND)
def test_points_lie_inside_the_square_and_depend_on_the_seed_alone(name: str) -> None:
    first, again, other = (dataset(f"{name}:seed={seed},noise=0.1") for seed in (1, 1, 2))
    assert np.abs(first.points).max() < 1.2
    assert np.array_equal(first.points, again.points)
    assert not np.array_equal(first.points, other.points)


def test_circle_keeps_its_gap_and_xor_its_padding() -> None:
    circle, xor = dataset("playground_circle"), dataset("playground_xor")
    radius = 6 * np.linalg.norm(circle.points, axis=1)
    assert radius[circle.labels == 1].max() <= 2.5
    assert radius[circle.labels == 0].min() >= 3.5
    assert 6 * np.abs(xor.points).min() >= 0.3
    assert np.array_equal(xor.labels == 1, xor.points.prod(axis=1) > 0)


def test_the_gauss_clusters_have_the_variance_of_the_page() -> None:
    for noise, variance in ((0.0, 0.5), (0.5, 4.0)):
        data = dataset(f"playground_gauss:n=40000,noise={noise}")
        for label, centre in ((1, 2.0), (0, -2.0)):
            points = 6 * data.of_class(label)
            assert points.mean(axis=0) == pytest.approx([centre, centre], abs=0.05)
            assert points.var(axis=0) == pytest.approx([variance, variance], rel=0.05)


def test_the_spiral_turns_one_and_three_quarters_of_a_turn() -> None:
    data = dataset("playground_spiral:n=2000")
    arm = 6 * data.of_class(1)
    turned = np.abs(np.diff(np.unwrap(np.arctan2(*arm[1:].T)))).sum()
    assert turned / (2 * np.pi) == pytest.approx(1.75, abs=0.01)
    assert np.linalg.norm(arm, axis=1).max() == pytest.approx(5, abs=0.01)


def test_regressions_have_the_targets_of_the_page() -> None:
    plane, hills = dataset("playground_plane"), dataset("playground_hills")
    assert plane.labels == pytest.approx(0.6 * plane.points.sum(axis=1))
    assert np.abs(hills.labels).max() <= 1
    near = np.linalg.norm(6 * hills.points - (0, 2.5), axis=1) < 0.3
    assert (hills.labels[near] < -0.8).all()


def test_features_are_those_of_the_page_in_its_own_coordinates() -> None:
    points = np.random.default_rng(0).uniform(-6, 6, (50, 2))
    x, y = points.T
    expected = (x / 6, y / 6, x**2 / 36, y**2 / 36, x * y / 36, np.sin(x), np.sin(y))
    assert with_features(points, "+".join(FEATURES)) == pytest.approx(np.column_stack(expected))
    with pytest.raises(UnknownName, match="no feature of TensorFlow Playground 'cos1'"):
        with_features(points, "x1+cos1")
