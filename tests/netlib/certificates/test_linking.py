import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib import Dense, Loop, Network, UntangleError, activation, dataset
from netlib.certificates import linking
from netlib.certificates.claims import loops_stay_apart
from netlib.certificates.linking import linking_number, linkings, shadow_linkings
from netlib.training.catalogue import LINKED_RINGS, LINKED_RINGS_NARROW
from tests.netlib.certificates.oracle import gauss_integral
from tests.thorough import examples

RINGS = dataset("linked_rings").loops
COARSE = tuple(Loop(loop.name, loop.points[::5]) for loop in RINGS)  # forty corners each are linked as well


def ring(axis, centre=(0, 0, 0), radius=1.0, samples=60):
    t = np.linspace(0, 2 * np.pi, samples, endpoint=False)
    u, v = (np.eye(3)[k] for k in range(3) if k != axis)
    return centre + radius * (np.outer(np.cos(t), u) + np.outer(np.sin(t), v))


def closed_braid(word, strands):
    """The closed curves of a braid, and half the signed number of crossings between the first two of them.

    The letter k > 0 takes the strand in place k over the one in place k + 1 as they change places; -k takes it under.
    """
    start = list(range(strands))
    place, lines = {s: s for s in start}, {s: [] for s in start}
    crossed = []
    for n, letter in enumerate(word):
        i = abs(letter) - 1
        inner, outer = (next(s for s in start if place[s] == p) for p in (i, i + 1))
        crossed.append((inner, outer, np.sign(letter)))
        for strand in start:
            step = (strand == inner) - (strand == outer)
            for t in np.arange(8) / 8:
                angle, radius = 2 * np.pi * (n + t) / len(word), 3 + place[strand] + t * step
                height = 0.4 * step * np.sign(letter) * np.sin(np.pi * t)
                lines[strand].append((radius * np.cos(angle), radius * np.sin(angle), height))
        place[inner], place[outer] = i + 1, i
    owner, curves = {}, []
    for strand in start:
        if strand not in owner:
            curve, here = [], strand
            while here not in owner:
                owner[here] = len(curves)
                curve += lines[here]
                here = place[here]
            curves.append(np.array(curve))
    signs = [sign for a, b, sign in crossed if {owner[a], owner[b]} == {0, 1}]
    return curves, abs(sum(signs)) // 2


def test_the_hopf_link_is_linked_once_and_its_mirror_image_minus_once():
    first, second = ring(2), ring(1, (1, 0, 0))
    number = linking_number(first, second)
    assert abs(number) == 1
    assert linking_number(second, first) == number
    assert linking_number(first[::-1], second) == -number
    assert linking_number(first * [1, 1, -1], second * [1, 1, -1]) == -number


def test_four_corners_are_enough():
    square = np.array([[1.0, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]])
    through = np.array([[0.0, 0, -1], [0, 0, 1], [5, 0, 1], [5, 0, -1]])
    assert abs(linking_number(square, through)) == 1


@pytest.mark.parametrize("shift", [(3, 0, 0), (0, 0, 0.5), (0.3, 0.2, 5)])
def test_rings_side_by_side_are_unlinked(shift):
    assert linking_number(ring(2), ring(2, shift)) == 0


@pytest.mark.parametrize(
    ("name", "word", "strands", "number"),
    [
        ("unlinked", [1, -1], 2, 0),
        ("Hopf", [1, 1], 2, 1),
        ("(2, 4) torus link", [1] * 4, 2, 2),
        ("(2, 6) torus link", [-1] * 6, 2, 3),
        ("Whitehead", [-1, 2, -1, 2, 2], 3, 0),
    ],
)
def test_known_links(name, word, strands, number):
    (first, second), crossings = closed_braid(word, strands)
    assert crossings == number
    assert abs(linking_number(first, second)) == number


@examples(25)
@given(st.lists(st.sampled_from([-3, -2, -1, 1, 2, 3]), min_size=3, max_size=12))
def test_it_is_half_the_signed_number_of_crossings(word):
    curves, number = closed_braid(word, 4)
    if len(curves) > 1:
        assert abs(linking_number(curves[0], curves[1])) == number


def test_curves_that_touch_have_no_linking_number():
    corner = np.array([[1.0, 0, 0], [2, 0, 1], [2, 0, -1]])
    assert linking_number(ring(2), corner) is None


@examples(15)
@given(st.integers(0, 10**6), st.integers(1, 3), st.sampled_from(["tanh", "leaky_relu", "sigmoid", "softplus"]))
def test_no_homeomorphic_network_of_width_three_changes_the_linking_number(seed, depth, bend):
    rng = np.random.default_rng(seed)
    layers = tuple(
        Dense(np.eye(3) + 0.4 * rng.normal(size=(3, 3)), 0.3 * rng.normal(size=3), activation(bend))
        for _ in range(depth)
    )
    network = Network(layers, Dense(np.ones((1, 3)), [0]))
    linked = linkings(network, COARSE)
    apart = linkings(network, (COARSE[0], Loop("far", COARSE[1].points + np.array([1.2, 0, 0]))))
    assert len(linked) == depth + 1
    assert all(found.number in (1, -1, None) for found in linked)
    assert all(found.number in (0, None) for found in apart)
    if linked[-1].number is not None:
        signs = np.sign([np.linalg.det(layer.weight) for layer in layers]).prod()
        assert linked[-1].number == signs * linked[0].number


def test_the_trained_network_of_width_three_leaves_the_rings_linked():
    found = linkings(LINKED_RINGS_NARROW.load(), (RINGS[0], RINGS[1]))
    assert [abs(f.number) for f in found] == [1] * 3
    assert found[-1].certificate.holds is True


def test_a_collapse_into_a_plane_is_not_decided(monkeypatch):
    monkeypatch.setattr(linking, "MOST_PAIRS", 100_000)  # soon given up
    flat = Network((Dense(np.diag([1.0, 1, 0]), np.zeros(3)),), Dense(np.ones((1, 3)), [0]))
    found = linkings(flat, COARSE)
    assert found[0].number is not None
    assert found[1].number is None
    assert found[1].certificate.holds is None
    assert "not decided" in found[1].certificate.resolution


def test_zero_is_no_proof_of_separability():
    found = linkings(Network((), Dense(np.ones((1, 3)), [0])), (RINGS[0], Loop("far", RINGS[1].points + 5)))
    assert found[0].number == 0
    assert found[0].certificate.holds is None
    assert "pulled apart" in found[0].certificate.caveat


def test_a_fourth_neuron_has_no_linking_number():
    wide = Network((Dense(np.eye(3), np.zeros(3)), Dense(np.eye(4, 3), np.zeros(4))), Dense(np.ones((1, 4)), [0]))
    assert [found.layer for found in linkings(wide, (RINGS[0], RINGS[1]))] == [0, 1]


def test_behind_four_dimensions_the_trained_network_has_unlinked_the_rings():
    found = linkings(LINKED_RINGS.load(), (RINGS[0], RINGS[1]))
    assert [f.layer for f in found] == [0, 2]
    assert abs(found[0].number) == 1
    assert found[1].number == 0


def test_loops_in_the_plane_are_refused():
    with pytest.raises(UntangleError, match="three dimensions"):
        linkings(Network((), Dense([[1.0, 0]], [0])), (dataset("disk_in_ring").loops[0],) * 2)


def test_polygons_that_touch_have_no_linking_number() -> None:
    square = np.array([[1.0, 1, 0], [-1, 1, 0], [-1, -1, 0], [1, -1, 0]])
    through_a_side = np.array([[1.0, 0, -1], [1, 0, 1], [2, 0, 1], [2, 0, -1]])
    assert linking_number(square, through_a_side) is None
    assert linking_number(square, through_a_side + np.array([0, 0, 1.0])) is None
    assert abs(linking_number(square, through_a_side - np.array([1e-6, 0, 0]))) == 1
    assert linking_number(square, through_a_side + np.array([1e-6, 0, 0])) == 0
    assert linking_number(square, np.full((3, 3), np.nan)) is None


@pytest.mark.slow
@examples(30)
@given(st.integers(0, 10**6), st.integers(3, 7), st.integers(3, 7))
def test_it_is_the_integral_of_gauss(seed, m, n) -> None:
    rng = np.random.default_rng(seed)
    first, second = rng.normal(size=(m, 3)), rng.normal(size=(n, 3))
    coarse, integral = (gauss_integral(first, second, fine) for fine in (50, 120))
    if abs(coarse - integral) < 0.05:  # such sums fail for curves that come close
        assert linking_number(first, second) == -round(integral)  # the sign is that of the other orientation of space


@pytest.mark.slow
def test_the_shadows_of_the_rings_cross_on_the_way_from_four_to_three() -> None:
    network = LINKED_RINGS.load()
    found = shadow_linkings(network, RINGS, 1)
    assert [each.number for each in found] == [1, 0, -1, 0]
    assert found[0].number == linkings(network, RINGS)[0].number
    apart = loops_stay_apart(network, dataset("linked_rings"), 1)
    assert (apart.holds, apart.method) == (True, "proved")
    assert apart.measured["linking numbers of the shadows"] == "1, 0, -1, 0"


def test_numbers_too_large_for_float64_leave_a_linking_number_open(monkeypatch) -> None:
    monkeypatch.setattr(linking, "MOST_PAIRS", 100_000)
    huge = Network(
        (Dense(1e200 * np.eye(3), np.zeros(3)), Dense(1e200 * np.eye(3), np.zeros(3))), Dense([[1.0, 0, 0]], [0])
    )
    with np.errstate(over="ignore", invalid="ignore"):
        assert linkings(huge, COARSE)[2].number is None


@pytest.mark.slow
def test_sides_that_cross_at_a_small_angle_are_not_called_apart(monkeypatch):
    monkeypatch.setattr(linking, "MOST_PAIRS", 3_000)
    for exponent in range(1, 30, 4):
        slope = 2.0**-exponent
        for c in np.array([1, 3, 5, 11, 13]) / 16:  # every number here is exact, and (c, 0, 0) is on both curves
            first = np.array([[-1, 0, 0], [1, 0, 0], [1, 0, 1], [-1, 0, 1.0]])
            second = np.array([[c - 1, -slope, 0], [c + 1, slope, 0], [c + 1, slope, -1], [c - 1, -slope, -1]])
            assert linking_number(first, second) is None
            loops = Loop("first", first), Loop("second", second)
            assert linkings(Network((), Dense(np.ones((1, 3)), [0.0])), loops)[0].number is None
            # a curve that passes beside the other one is still told from one that meets it
            assert linking_number(first, second - [0, 0, 1e-3]) == 0
