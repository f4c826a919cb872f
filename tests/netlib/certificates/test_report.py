from dataclasses import replace

import numpy as np
import pytest

from netlib import Activation, Dataset, Dense, Network, UntangleError, activation, dataset
from netlib.certificates import separation
from netlib.certificates.intervals import Region
from netlib.certificates.report import report
from netlib.training.catalogue import ONE_MORE_NEURON, TOO_NARROW

TANH = activation("tanh")


def network(*weights, bend=TANH):
    layers = tuple(Dense(w, np.zeros(len(w)), bend) for w in map(np.asarray, weights))
    return Network(layers, Dense(np.ones((1, layers[-1].outputs)), [0.0]))


def verdicts(rows):
    return {row.name: row.holds for row in rows}


@pytest.fixture(scope="module")
def too_narrow():
    return report(TOO_NARROW.load(), TOO_NARROW.dataset())


def test_a_network_of_width_two_is_found_too_narrow(too_narrow):
    found = verdicts(too_narrow)
    assert found["tunnel"] is True
    assert found["circles"] is True
    assert found["winding number"] is True
    assert found["folds"] is True
    assert found["cut in the input"] is False
    assert all(found[f"layer {k + 1}"] is True for k in range(len(TOO_NARROW.widths) - 1))


@pytest.mark.slow
def test_a_third_neuron_makes_the_difference():
    recipe = ONE_MORE_NEURON
    found = verdicts(report(recipe.load(), recipe.dataset()))
    assert found["tunnel"] is False
    assert found["circles"] is False
    assert found["witnesses"] is False
    assert found["cut after layer 1"] is True
    assert found["points right"] is True
    assert "winding number" not in found


@pytest.mark.slow
def test_what_does_not_apply_is_left_out():
    moons = verdicts(report(network(np.eye(2)), dataset("moons")))
    assert not {"tunnel", "circles", "winding number", "witnesses", "linking number", "order"} & set(moons)
    rings = dataset("linked_rings:n=40")
    coarse = replace(rings, loops=tuple(replace(loop, points=loop.points[::5]) for loop in rings.loops))
    linked = verdicts(report(network(np.eye(3)), coarse))
    assert linked["linking number"] is True
    assert not {"folds", "areas", "tunnel"} & set(linked)
    line = verdicts(report(network([[2.0]]), dataset("interval_in_interval")))
    assert line["order"] is True
    parabola = verdicts(report(network([[1.0]]), dataset("parabola")))
    assert set(parabola) == {"error", "linear", "layer 1"}


def test_more_than_two_classes_are_not_cut_in_two():
    rng = np.random.default_rng(0)
    data = Dataset("three", rng.normal(size=(60, 2)), np.repeat([0, 1, 2], 20))
    three = Network((Dense(np.eye(2), [0, 0], TANH),), Dense(rng.normal(size=(3, 2)), np.zeros(3)))
    found = verdicts(report(three, data))
    assert not [name for name in found if name.startswith("cut")]
    assert "points right" in found


def test_betti_numbers_come_only_when_asked_for():
    pytest.importorskip("gudhi")
    data = replace(dataset("disk_in_ring:n=160"), loops=())  # which spares the tunnel
    assert not [row for row in report(network(np.eye(2)), data) if row.name.startswith("Betti")]
    rows = [row for row in report(network(np.eye(2)), data, betti=True) if row.name.startswith("Betti")]
    assert [row.holds for row in rows] == [False, True, False, True]
    assert rows[0].sentence == "Class 0 in the input looks like one piece without holes."


def test_progress_is_told_before_each_row():
    told = []
    rows = report(network(np.eye(2)), dataset("moons:n=40"), progress=lambda *step: told.append(step))
    assert [name for name, _, _ in told] == [row.name for row in rows]
    assert [done for _, done, _ in told] == list(range(len(rows)))
    assert {total for _, _, total in told} == {len(rows)}


def test_every_row_says_how_it_was_decided(too_narrow):
    for row in too_narrow:
        assert row.sentence.endswith(".")
        assert row.resolution
        assert row.caveat
        assert row.measured


def test_data_of_another_dimension_are_refused():
    with pytest.raises(UntangleError, match="linked_rings has 3 numbers a point, the network takes 2"):
        report(network(np.eye(2)), dataset("linked_rings"))


def test_an_activation_of_unknown_slope_leaves_rows_undecided():
    unknown = Activation("cube", lambda z: z**3)
    rows = {row.name: row for row in report(network(np.eye(2), bend=unknown), dataset("disk_in_ring:n=80"))}
    assert rows["winding number"].holds is None
    assert "its slope is not known" in rows["winding number"].resolution
    assert rows["layer 1"].holds is True


@pytest.mark.slow
def test_of_a_large_data_set_a_sample_is_taken_and_said_to_be_one(monkeypatch):
    monkeypatch.setattr(separation, "MOST_EXACT", 100)  # the best line is not what this is about
    data = dataset("two_curves:n=2100")
    rows = {row.name: row for row in report(network(np.eye(2)), data)}
    assert rows["cut in the input"].resolution.startswith("2,000 of 2,100 points")
    assert rows["cut in the input"].holds is False  # what no cut does for the sample, none does for all
    apart = Dataset("apart", np.vstack([data.points, data.points + 9]), np.repeat([0, 1], 2100))
    rows = {row.name: row for row in report(network(np.eye(2)), apart)}
    assert rows["cut in the input"].holds is None


@pytest.mark.slow
def test_a_thousand_points_and_six_layers_are_decided_on_few_grids(monkeypatch):
    rng = np.random.default_rng(5)
    layers = tuple(Dense(np.eye(2) + 0.3 * rng.normal(size=(2, 2)), 0.1 * rng.normal(size=2), TANH) for _ in range(6))
    deep = Network(layers, Dense(rng.normal(size=(1, 2)), [0.1]))
    data = dataset("disk_in_ring:n=1000")
    seen, margin = [], Region.margin
    monkeypatch.setattr(Region, "margin", lambda region, points: seen.append(len(points)) or margin(region, points))
    found = verdicts(report(deep, data))
    assert found["tunnel"] is True
    assert found["folds"] is True
    assert sum(seen) < 20 * 401**2  # the first grid on which a tunnel is measured has 401 nodes a side


def test_a_network_that_tells_fewer_classes_apart_than_the_data_have_is_refused():
    data = Dataset("three", np.random.default_rng(0).normal(size=(60, 2)), np.repeat([0, 1, 2], 20))
    with pytest.raises(UntangleError, match="three has 3 classes, the network tells 2 apart"):
        report(network(np.eye(2)), data)


def test_injectivity_is_said_of_all_of_the_input_space():
    rows = {
        row.name: row
        for row in report(network(np.eye(5), np.eye(4, 5)), Dataset("five", np.eye(5), np.array([0, 1, 0, 1, 1])))
    }
    assert rows["layer 2"].holds is False
    assert "all of 5 dimensions" in rows["layer 2"].sentence


def test_each_row_says_its_method(too_narrow):
    methods = {row.name: row.method for row in too_narrow}
    assert methods["tunnel"] == methods["circles"] == methods["layer 1"] == methods["winding number"] == "proved"
    assert methods["points right"] == "sampled"
