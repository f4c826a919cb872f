"""The annulus of the data, and wrong arcs on circles through it, against closed forms."""

import numpy as np
import pytest

from netlib import Dense, Network, activation, dataset
from netlib.certificates.annulus import annulus, wrong_arcs
from netlib.certificates.claims import every_circle_has_a_wrong_point

DATA = dataset("disk_in_ring")


def half_plane(offset):
    return Network((), Dense([[1.0, 0.0]], [-offset]))


def strip(width):
    layer = Dense([[0.0, 1.0], [0.0, -1.0]], [0, 0], activation("relu"))
    return Network((layer,), Dense([[-1.0, -1.0]], [width / 2]))


@pytest.mark.parametrize("radius", [0.7, 0.9])
def test_the_wrong_arc_of_a_half_plane_has_its_closed_form(radius):
    (found,) = wrong_arcs(half_plane(0.6), DATA, radii=(radius,))
    half_angle = np.arccos(0.6 / radius)
    assert found.share == pytest.approx(half_angle / np.pi, abs=1e-4)
    ((start, end),) = found.arcs
    assert start == pytest.approx(2 * np.pi - half_angle, abs=1e-4)
    assert end == pytest.approx(2 * np.pi + half_angle, abs=1e-4)
    assert found.right is False
    assert found.certificate.holds is True


def test_a_strip_makes_two_arcs():
    (found,) = wrong_arcs(strip(0.1), DATA, radii=(0.8,))
    half_angle = np.arcsin(0.05 / 0.8)
    assert len(found.arcs) == 2
    assert found.share == pytest.approx(4 * half_angle / (2 * np.pi), abs=1e-4)
    middles = sorted(np.mod(np.mean(arc), 2 * np.pi) for arc in found.arcs)
    assert np.mod(middles[0] + 0.1, 2 * np.pi) == pytest.approx(0.1, abs=1e-4)
    assert middles[1] == pytest.approx(np.pi, abs=1e-4)


def test_a_circle_without_wrong_points_is_proved_right():
    (found,) = wrong_arcs(half_plane(0.81), DATA, radii=(0.8,))
    assert (found.arcs, found.share, found.right) == ((), 0.0, True)
    assert found.certificate.holds is False


def test_a_tangent_circle_is_not_decided():
    (found,) = wrong_arcs(half_plane(0.8), DATA, radii=(0.8,))
    assert found.right is None
    assert found.certificate.holds is None


def test_an_arc_between_two_samples_is_found_or_left_open_but_never_denied():
    # the arc is 2e-6 long, with samples 5e-5 apart
    (found,) = wrong_arcs(half_plane(0.8 * np.cos(1e-6)), DATA, radii=(0.8,))
    assert found.right in (False, None)
    (found,) = wrong_arcs(half_plane(0.8 * np.cos(0.01)), DATA, radii=(0.8,), samples=100)
    assert found.right in (False, None)


def test_a_circle_that_is_all_wrong_is_one_arc():
    (found,) = wrong_arcs(half_plane(-2.0), DATA, radii=(0.8,))
    assert found.arcs == ((0.0, 2 * np.pi),)
    assert found.share == 1.0


def test_circles_span_the_ring_with_a_hundred_thousand_samples_each():
    found = wrong_arcs(half_plane(0.5), DATA)
    assert len(found) == 8
    assert all(arc.samples >= 100_000 for arc in found)
    assert found[0].radius == pytest.approx(0.65, abs=0.01)
    assert found[-1].radius == pytest.approx(1, abs=0.01)


def test_the_annulus_is_measured_from_the_points():
    ring = annulus(DATA)
    assert ring.label == 1
    assert len(ring.inner) == 150
    assert 0.34 < ring.radius <= 0.35
    assert 0.65 <= ring.ring[0] < 0.66
    assert 0.99 < ring.ring[1] <= 1.0


@pytest.mark.slow
def test_wrong_points_on_a_few_circles_do_not_prove_that_all_circles_have_one():
    # right in a band around |x| = 0.728, in a norm with 64 corners, which the eight circles miss
    angles = np.arange(64) * 2 * np.pi / 64
    weight = np.column_stack([np.cos(angles), np.sin(angles)])
    bend = activation("relu")
    largest = sum(np.maximum(weight @ [0.728, 0.0], 0))  # nearly the same all around
    hat = Dense(np.ones((3, 64)), largest * np.array([-0.99, -1.0, -1.01]), bend)
    network = Network((Dense(weight, np.zeros(64), bend), hat), Dense([[-1.0, 2, -1]], [0.005 * largest]))
    circles = wrong_arcs(network, DATA)
    assert all(arc.right is False for arc in circles)
    (band,) = wrong_arcs(network, DATA, radii=(0.728,))
    assert band.right is True
    assert every_circle_has_a_wrong_point(network, DATA, samples=10_000).holds is None


def test_a_tunnel_crosses_every_circle():
    found = every_circle_has_a_wrong_point(strip(0.01), DATA, samples=10_000)
    assert (found.holds, found.method) == (True, "proved")
    assert "crosses every circle" in found.resolution
