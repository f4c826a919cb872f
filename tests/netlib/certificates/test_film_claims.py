"""Sentences about several networks, and about the way between two layers."""

from __future__ import annotations

import numpy as np
import pytest

from netlib import Dense, Network, UntangleError, catalogue, certificates, dataset

RINGS = dataset("linked_rings")
READOUT = Dense([[1.0, 0, 0]], [0])


def test_loops_that_pass_through_each_other_do_not_stay_apart() -> None:
    still, flat = Dense(np.eye(3), np.zeros(3)), Dense(np.diag([1.0, 1.0, 1e-9]), np.zeros(3))
    apart = certificates.loops_stay_apart(Network((still,), READOUT), RINGS, 0)
    assert apart.holds
    first, second = (loop.points for loop in RINGS.loops)
    nearest = min(np.linalg.norm(second - point, axis=1).min() for point in first)
    assert apart.measured["nearest"] == pytest.approx(nearest)
    assert not certificates.loops_stay_apart(Network((flat,), READOUT), RINGS, 0).holds


def test_one_loop_cannot_stay_apart_from_another() -> None:
    with pytest.raises(UntangleError, match="disk_in_ring: two loops"):
        certificates.loops_stay_apart(catalogue.TOO_NARROW.load(), dataset("disk_in_ring"), 0)


def test_one_network_that_is_right_is_enough_to_refuse_that_none_is() -> None:
    data, right = catalogue.XOR.dataset(), catalogue.XOR.load()
    wrong = Network((), Dense([[1.0, 0.0]], [0.0]))
    found = certificates.no_network_is_right([wrong, wrong], data)
    assert found.holds
    assert found.measured == dict.fromkeys(("network 1", "network 2"), wrong.accuracy(data.points, data.labels))
    assert not certificates.no_network_is_right([wrong, right], data).holds


@pytest.mark.parametrize(
    ("outcomes", "leak", "enclose"),
    [
        ((), None, None),
        (("tunnel", "tunnel"), True, False),
        (("enclosed", "enclosed"), False, True),
        (("tunnel", "enclosed"), False, False),
        (("tunnel", "given up"), False, False),
        (("tunnel", "not decided"), None, None),
    ],
)
def test_all_of_several_networks_leak_or_enclose_only_where_each_does(outcomes, leak, enclose) -> None:
    found = [certificates.Tunnel(outcome, 1.0, 0.01, 3.0) for outcome in outcomes]
    assert certificates.all_leak(found).holds is leak
    assert certificates.all_enclose(found).holds is enclose
    assert certificates.all_leak(found).measured["networks"] == len(outcomes)
