from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from netlib import Dense, Network, UntangleError, activation, dataset
from netlib.certificates.claims import disk_enclosed
from netlib.certificates.intervals import Region
from netlib.certificates.tunnel import enclosing_loop, tunnel
from netlib.certificates.winding import winding_number
from netlib.training.catalogue import ONE_MORE_NEURON, TOO_NARROW
from netlib.training.recorded import load_seed_grid
from tests.thorough import examples

DATA = dataset("disk_in_ring")
RELU = activation("relu")


def strip(width, angle=0.3, offset=0.0, spare=0):
    """The region |u| < width / 2 for a coordinate u of the plane: two ReLUs, and `spare` more that do nothing."""
    across = np.array([-np.sin(angle), np.cos(angle)])
    weight = np.vstack([across, -across, np.zeros((spare, 2))])
    bias = np.concatenate([[-offset, offset], np.zeros(spare)])
    return Network((Dense(weight, bias, RELU),), Dense(np.r_[-1, -1, np.zeros(spare)][None], [width / 2]))


def hexagon(radius):
    """Three ReLUs at 120 degrees make a hexagonal norm; the region is a hexagon, enclosed."""
    angles = np.arange(3) * 2 * np.pi / 3
    weight = np.column_stack([np.cos(angles), np.sin(angles)])
    return Network((Dense(weight, np.zeros(3), RELU),), Dense(-np.ones((1, 3)), [radius]))


@pytest.mark.parametrize("width", [0.4, pytest.param(0.01, marks=pytest.mark.slow)])
def test_the_width_of_a_straight_tunnel_is_found_to_one_per_cent_and_the_bar_across_is_as_long(width):
    found = tunnel(strip(width), DATA)
    assert found.outcome == "tunnel"
    assert found.escapes is True
    assert found.width == pytest.approx(width, rel=0.01)
    assert found.narrowest.error <= 0.01 * found.width
    bar = found.narrowest.across
    assert np.linalg.norm(bar[0] - bar[1]) == pytest.approx(width, rel=0.02)
    assert (Region(strip(width), 1).margin(bar) <= 0).all()


def test_a_wedge_is_narrowest_where_the_disk_ends():
    # |y| < (x + 1) / 4: the distance of (x, 0) from a bank is (x + 1) sin(atan(1/4)); the ring is left to the right
    half_angle = np.arctan(0.25)
    banks = Dense(np.array([[-0.25, 1.0], [-0.25, -1.0]]), np.full(2, -0.25))
    wedge = Network((Dense(banks.weight, banks.bias, RELU),), Dense([[-1.0, -1.0]], [1e-9]))
    found = tunnel(wedge, DATA)
    assert found.width == pytest.approx(2 * 1.35 * np.sin(half_angle), rel=0.02)
    np.testing.assert_allclose(found.narrowest.point, [0.35, 0], atol=0.02)


@pytest.mark.slow
def test_a_tunnel_thinner_than_the_grid_is_found():
    thin = strip(0.002)
    found = tunnel(thin, DATA)
    assert found.outcome == "tunnel"
    assert found.spacing / 5 > 0.002
    assert found.width == pytest.approx(0.002, rel=0.01)


def test_a_tunnel_that_nothing_finds_is_not_guessed():
    # a third ReLU that does nothing takes away the argument for width 2; the strip passes through one disk point
    angle, point = 0.3, DATA.of_class(1)[40]
    offset = float(point @ [-np.sin(angle), np.cos(angle)])
    found = tunnel(strip(1e-6, angle, offset, spare=1), DATA)
    assert found.right > 0
    assert (found.outcome, found.escapes, found.width) == ("not decided", None, None)
    assert found.certificate.holds is None
    assert "not decided" in found.certificate.resolution


@pytest.mark.slow
def test_the_way_out_is_called_disk_all_along_and_leaves_the_box():
    network = TOO_NARROW.load()
    found = tunnel(network, DATA)
    assert found.outcome == "tunnel"
    steps = np.linspace(0, 1, 50)[:, None, None]
    dense = (found.path[:-1] + steps * np.diff(found.path, axis=0)).reshape(-1, 2)
    assert (network.classify(dense) == 1).all()
    assert np.linalg.norm(found.path[0]) <= 0.35 + found.spacing
    assert np.abs(found.path[-1]).max() >= found.box - found.spacing
    assert found.certificate.holds is True
    assert 0 < found.certificate.measured["width"] < 0.5


@pytest.mark.slow
def test_the_narrowest_place_of_a_trained_network_is_where_finer_sampling_puts_it():
    network = TOO_NARROW.load()
    found = tunnel(network, DATA).narrowest
    radius = np.linspace(0, 0.6 * found.width, 601)
    angle = np.linspace(0, 2 * np.pi, 361)
    rays = np.stack([np.outer(radius, np.cos(angle)), np.outer(radius, np.sin(angle))], axis=-1)
    outside = network.classify((found.point + rays).reshape(-1, 2)).reshape(601, 361) == 0
    clearance = radius[outside.any(axis=1).argmax()]
    assert 2 * clearance == pytest.approx(found.width, rel=0.01)


def test_three_neurons_enclose_the_disk():
    for network in (hexagon(0.45), ONE_MORE_NEURON.load()):
        found = tunnel(network, DATA)
        assert (found.outcome, found.escapes) == ("enclosed", False)
        assert found.certificate.holds is False
        assert (network.classify(found.loop) == 0).all()
        assert winding_number(found.loop, np.zeros(2)) == 1


def test_a_network_that_gives_up_the_disk_is_told_apart():
    found = tunnel(Network((), Dense([[0.0, 0]], [-1])), DATA)
    assert (found.outcome, found.escapes, found.right) == ("given up", False, 0.0)


def test_several_outputs_are_read_as_classes():
    # the same hexagon and strip, as the larger of two outputs
    for network, outcome in ((hexagon(0.45), "enclosed"), (strip(0.4), "tunnel")):
        weight = np.vstack([-network.readout.weight, network.readout.weight]) / 2
        bias = np.concatenate([-network.readout.bias, network.readout.bias]) / 2
        assert tunnel(Network(network.hidden, Dense(weight, bias)), DATA, measure=False).outcome == outcome


@pytest.mark.slow
def test_the_outcome_is_the_same_whether_or_not_a_width_is_measured():
    # every seventh network of the seed grid: both widths and all depths
    for run in load_seed_grid()[::7]:
        quick, measured = (tunnel(run.network, DATA, measure=measure) for measure in (False, True))
        assert quick.outcome == measured.outcome, run[:3]
        assert quick.path is None or (run.network.classify(quick.path) == 1).all()


@examples(25)
@given(st.integers(0, 10**6), st.integers(1, 4), st.sampled_from(["tanh", "leaky_relu", "sigmoid", "softplus", "relu"]))
def test_width_two_never_encloses_the_disk(seed, depth, bend):
    rng = np.random.default_rng(seed)
    layers = tuple(
        Dense(np.eye(2) + 0.5 * rng.normal(size=(2, 2)), 0.3 * rng.normal(size=2), activation(bend))
        for _ in range(depth)
    )
    weight = rng.normal(size=(1, 2))
    centre = Network(layers, Dense(weight, [0.0]))(np.zeros((1, 2)))[0, 0]
    # the line passes just beside the image of the centre, so that the disk is hard to keep
    network = Network(layers, Dense(weight, [1e-3 - centre]))
    assert tunnel(network, DATA, measure=False).outcome in ("tunnel", "given up")


def test_an_enclosing_loop_may_bend():
    # a hexagon around (0.3, 0), and far to the left a second region: every circle around the origin meets one of them
    first = hexagon(0.45).hidden[0].weight
    weight, bias = np.vstack([first, [-1, 0]]), np.append(-first @ [0.3, 0], -0.75)
    region = Region(Network((Dense(weight, bias, RELU),), Dense([[-1.0, -1, -1, 20]], [0.45])), 1)
    loop = enclosing_loop(region, np.zeros(2), 0.1, 0.95)
    assert loop is not None
    assert (region.margin(loop) < 0).all()
    assert np.ptp(np.linalg.norm(loop, axis=1)) > 0.05
    assert winding_number(loop, np.array([0.3, 0.0])) == 1


def test_data_without_a_ring_have_nothing_to_escape_from():
    with pytest.raises(UntangleError, match="no loop of this data surrounds a point"):
        tunnel(strip(0.1), dataset("moons"))


@pytest.mark.slow
@pytest.mark.parametrize("steepness", [5.0, *(pytest.param(each, marks=pytest.mark.slow) for each in (50.0, 500.0))])
def test_saturated_layers_are_decided_or_left_open_but_never_enclosed(steepness):
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    layers = tuple(Dense(steepness * turn, [0.1, -0.2], activation("tanh")) for _ in range(3))
    centre = Network(layers, Dense([[1.0, 0.3]], [0]))(np.zeros((1, 2)))[0, 0]
    found = tunnel(Network(layers, Dense([[1.0, 0.3]], [0.01 - centre])), DATA)
    assert found.outcome in ("tunnel", "not decided")


def test_a_nearly_singular_layer_is_decided_or_left_open_but_never_enclosed():
    nearly = np.array([[1.0, 1], [1, 1 + 1e-9]])
    layers = (Dense(nearly, [0.1, 0], activation("tanh")), Dense(np.diag([1, 1e9]), [0, 0], activation("tanh")))
    centre = Network(layers, Dense([[1.0, -0.7]], [0]))(np.zeros((1, 2)))[0, 0]
    found = tunnel(Network(layers, Dense([[1.0, -0.7]], [1e-3 - centre])), DATA)
    assert found.outcome in ("tunnel", "not decided")


def exact_class(network, x, y):
    """The oracle: the sign of a network of ReLU at a point, in rational arithmetic."""
    values = [Fraction(x), Fraction(y)]
    for layer in network.layers:
        rows = zip(layer.weight.tolist(), layer.bias.tolist(), strict=True)
        values = [sum((Fraction(w) * v for w, v in zip(row, values, strict=True)), Fraction(b)) for row, b in rows]
        values = [max(v, 0) for v in values] if layer is not network.readout else values
    return int(values[0] > 0)


def twelve_sided(radius):
    """Twelve ReLU units, each 0 up to that distance from the origin: the region is a little larger than that."""
    angles = np.arange(12) * np.pi / 6
    weight = np.column_stack([np.cos(angles), np.sin(angles)])
    return Network((Dense(weight, np.full(12, -radius), RELU),), Dense(-np.ones((1, 12)), [0.01]))


def test_a_region_that_covers_the_ring_and_ends_behind_it_does_not_enclose_the_disk():
    network = twelve_sided(1.5)
    assert exact_class(network, 0.99, 0) == exact_class(network, 0, -0.7) == 1  # points of the ring
    assert exact_class(network, 1.6, 0) == 0  # a closed curve out here is no evidence
    found = tunnel(network, DATA)
    assert found.outcome == "tunnel"
    assert np.linalg.norm(found.path, axis=1).max() > 1
    assert disk_enclosed(network, DATA).holds is False
    assert tunnel(twelve_sided(0.4), DATA).outcome == "enclosed"


@pytest.mark.slow
@pytest.mark.parametrize("start", [0.2, pytest.param(0.3, marks=pytest.mark.slow)])
def test_a_filament_that_begins_among_wrong_points_of_the_disk_is_no_enclosure(start):
    # a small hexagon, and apart from it a strip 1e-3 wide, outwards from there at an angle that no grid has
    along, across = np.array([0.8, 0.6]), np.array([-0.6, 0.8])
    first = np.vstack([hexagon(0.1).hidden[0].weight, across, -across, -along])
    bias = np.array([0, 0, 0, 0, 0, start])
    join = np.vstack([np.eye(3, 6), [1, 1, 1, -1, -1, -1]])
    layers = Dense(first, bias, RELU), Dense(join, [0, 0, 0, 5e-4 - 0.1], RELU)
    network = Network(layers, Dense([[-1.0, -1, -1, 1]], [0.1]))
    assert [exact_class(network, *(r * along)) for r in (0, start + 1e-3, 0.5, 1.5, 100)] == [1, 1, 1, 1, 1]
    assert [exact_class(network, *(r * along + 1e-3 * across)) for r in (0.35, 0.8)] == [0, 0]
    assert 0 < tunnel(network, DATA, measure=False).right < 1
    assert disk_enclosed(network, DATA).holds is not True


def test_the_closed_curve_lies_between_disk_and_ring():
    for network in (
        hexagon(0.45),
        ONE_MORE_NEURON.load(),
        *(run.network for run in load_seed_grid() if run.width == 3),
    ):
        radius = np.linalg.norm(tunnel(network, DATA, measure=False).loop, axis=1)
        assert radius.min() > 0.35
        assert radius.max() < 0.65


def test_a_network_that_gives_up_the_points_of_the_disk_may_still_leave_a_tunnel():
    # between two neighbouring points of the disk, and so thin that no grid shows it
    thin = strip(1e-7, offset=1.234e-3)
    found = tunnel(thin, DATA)
    assert found.right == 0
    assert found.certificate.holds is None


@pytest.mark.parametrize("gap", [0.1, 1e-3, 1e-5])
def test_the_sides_of_an_enclosing_curve_stay_out_of_the_disk_too(gap):
    nowhere = Region(Network((), Dense(np.zeros((1, 2)), [-1.0])), 1)
    loop = enclosing_loop(nowhere, np.zeros(2), 1.0, 1 + gap)
    if loop is not None:
        assert np.hypot(*((loop + np.roll(loop, -1, axis=0)) / 2).T).min() >= 1 - 1e-12
    assert (loop is not None) == (gap > 1e-4)
