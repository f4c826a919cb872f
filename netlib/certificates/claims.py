"""Certificates for the sentences that films put on screen and that `untangle check` prints.

The docstring of each function is the sentence for which its certificate is the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from netlib.activations import Array
from netlib.certificates.annulus import SAMPLES, annulus, wrong_arcs
from netlib.certificates.certificate import Certificate
from netlib.certificates.folds import folds
from netlib.certificates.intervals import Region
from netlib.certificates.linking import Linking, linkings
from netlib.certificates.separation import best_line, separability, witnesses
from netlib.certificates.tunnel import Tunnel, tunnel
from netlib.certificates.winding import windings
from netlib.datasets import Dataset, sampled
from netlib.errors import UntangleError
from netlib.network import Network


def layers_are_homeomorphisms(network: Network) -> Certificate:
    """No layer maps two points to the same one or tears space: each is a homeomorphism onto its image."""
    found = [layer.injective for layer in network.hidden]
    measured = {
        f"layer {k}: {name}": value for k, layer in enumerate(found, 1) for name, value in layer.measured.items()
    }
    holds = _all(layer.holds for layer in found)
    resolution = next((layer.resolution for layer in found if layer.holds is None), "exact (rational arithmetic)")
    caveat = found[0].caveat if found else "There is no hidden layer."
    return Certificate(holds, measured, resolution, caveat)


def nothing_folds(network: Network) -> Certificate:
    """The layers turn no part of the input square over."""
    if not network.hidden:
        return Certificate(True, {"layers": 0}, "exact", "There is no hidden layer.")
    return folds(network)[-1].certificate


def areas_collapse(network: Network, layer: int = -1) -> Certificate:
    """Whole areas of the input square are squeezed to a line or a point (ReLU does that; it does not fold)."""
    if not network.hidden:
        return Certificate(False, {"layers": 0}, "exact", "There is no hidden layer.")
    found = folds(network)[layer]
    return replace(found.certificate, holds=found.collapsed > 0, resolution=f"grid of {found.spacing:.2g}")


def areas_survive(network: Network, box: float) -> Certificate:
    """No area of the input square [-box, box]^2 is squeezed to a line or a point."""
    found = folds(network, box)[-1]
    measured = {"collapsed": found.collapsed, "shrunk a millionfold": found.crushed}
    none = found.collapsed == 0 and found.crushed == 0
    caveat = "Areas between the grid's nodes are not seen."
    return Certificate(none, measured, f"grid of {found.spacing:.2g}", caveat)


def a_line_separates(points: Array, labels: Array) -> Certificate:
    """A line (a plane, in space) has all points (N, d) of class 0 on one side and those of class 1 on the other."""
    return separability(points, labels).certificate


def no_line_separates(points: Array, labels: Array) -> Certificate:
    """Whatever the line (the plane, in space), points (N, d) of both classes lie on one side of it."""
    certificate = separability(points, labels).certificate
    return replace(certificate, holds=None if certificate.holds is None else not certificate.holds)


def a_hyperplane_separates(points: Array, sample: Dataset, data: Dataset) -> Certificate:
    """A line (a plane, ...) separates the two classes of the data, seen at points (N, d), the images of a sample."""
    found = a_line_separates(points, sample.labels)
    measured = dict(found.measured)
    if points.shape[1] <= 2 and found.holds is False:
        measured["best line"] = best_line(points, sample.labels).accuracy
    # what separates a sample need not separate the rest; where nothing separates a sample, nothing separates the data
    holds = found.holds if len(sample.points) == len(data.points) or found.holds is False else None
    return Certificate(holds, measured, _of_sample(sample, data, found.resolution), found.caveat)


def hyperplane_name(dimension: int) -> str:
    """Return the word for what cuts a space of that dimension in two."""
    names = {1: "point", 2: "straight line", 3: "plane"}
    return names.get(dimension, f"flat cut in {dimension} dimensions")


def three_witnesses(outer: Array, inner: Array) -> Certificate:
    """A few of the outer points (N, d) have one of the inner points (M, d) in their hull (a triangle in the plane)."""
    found = witnesses(outer, inner)
    if found is not None:
        return found.certificate
    gap = separability(np.vstack([outer, inner]), np.repeat([0, 1], [len(outer), len(inner)]))
    caveat = "There may be some between these points."
    return Certificate(False if gap.separable else None, {"margin": gap.margin}, gap.certificate.resolution, caveat)


def ring_surrounds_disk(network: Network, data: Dataset) -> Certificate:
    """In the last representation a few ring points have a disk point in their hull."""
    ring = annulus(data)
    last, own = network.represent(data.points), data.labels == ring.label
    found = three_witnesses(last[~own], last[own])
    if not found.holds:
        # the circle from which the samples were taken may have witnesses where the samples have none
        circle, centre = network.represent(ring.loop.points), network.represent(ring.centre[None])
        found = three_witnesses(circle, centre)
        found = replace(found, resolution=f"{len(circle)} points of the circle, and the centre; {found.resolution}")
    return found


def ring_still_wound(network: Network, data: Dataset) -> Certificate:
    """After every move the ring's circle winds once around the disk's centre."""
    found = windings(network, annulus(data).loop)
    if any(layer.outputs != 2 for layer in network.hidden):
        caveat = "Above width 2 a loop winds around no point."
        return Certificate(False, {"widths": str(network.widths)}, "exact", caveat)
    holds = _all(None if w.number is None else abs(w.number) == 1 for w in found)
    measured = {
        "winding number at the start": _printed(found[0].number),
        "winding number at the end": _printed(found[-1].number),
        "moves": len(found) - 1,
        "nearest": min(w.distance for w in found),
    }
    worst = next((w for w in found if w.number is None), found[-1])
    if holds is None and layers_are_homeomorphisms(network).holds:
        # float64 cannot follow the loop to the end, but a homeomorphism keeps the number up to its sign
        holds, measured["proved by"] = True, "every layer is a homeomorphism (exact)"
    return Certificate(holds, measured, worst.certificate.resolution, worst.certificate.caveat)


def tunnel_exists(network: Network, data: Dataset, found: Tunnel | None = None) -> Certificate:
    """The region called "disk" runs out through the ring, even where few points are wrong. `found` is the tunnel where
    it is known already."""
    certificate = (found or tunnel(network, data)).certificate
    accuracy = network.accuracy(data.points, data.labels)
    return replace(certificate, measured={"accuracy": accuracy, **certificate.measured})


def disk_enclosed(network: Network, data: Dataset) -> Certificate:
    """A closed curve around the disk, on which every point gets another class, encloses the region called "disk"."""
    found = tunnel(network, data, measure=False)
    holds = None if found.outcome == "not decided" else found.outcome == "enclosed"
    return replace(found.certificate, holds=holds)


def every_circle_has_a_wrong_point(network: Network, data: Dataset, samples: int = SAMPLES) -> Certificate:
    """On each of several circles through the ring a point gets the class of the disk."""
    found = wrong_arcs(network, data, samples=samples)
    shares = [arc.share for arc in found]
    measured = {"circles": len(found), "least wrong share": min(shares), "greatest wrong share": max(shares)}
    holds = _all(arc.certificate.holds for arc in found)
    return Certificate(holds, measured, found[0].certificate.resolution, "Only these circles were tested.")


def rings_stay_linked(network: Network, data: Dataset) -> Certificate:
    """In the input and after every layer the two rings are linked, so no plane ever separates them."""
    if len(data.loops) != 2:
        raise UntangleError(f"{data.name}: a linking number needs two loops, this data has {len(data.loops)}")
    found = linkings(network, (data.loops[0], data.loops[1]))
    measured = {_place(f): _printed(f.number) for f in found}
    if len(found) <= len(network.hidden):
        measured["widths"] = str(network.widths)
        return Certificate(False, measured, "exact", "In four dimensions and more, no two loops are linked.")
    holds = _all(None if f.number is None else f.number != 0 for f in found)
    worst = next((f for f in found if f.number is None), found[-1])
    return Certificate(holds, measured, worst.certificate.resolution, worst.certificate.caveat)


def middle_stays_between(network: Network, data: Dataset) -> Certificate:
    """On a line: after every layer of width 1 the images of class 0 lie on both sides of those of class 1."""
    room = dict[str, float]()
    for depth in range(len(network.hidden) + 1):
        outer, inner = (network.represent(data.of_class(label), depth) for label in (0, 1))
        if outer.shape[1] != 1:
            return Certificate(False, {"widths": str(network.widths)}, "exact", "It is a statement about width 1.")
        name = f"room after layer {depth}" if depth else "room in the input"
        room[name] = min(float(inner.min() - outer.min()), float(outer.max() - inner.max()))
    holds = all(value > 0 for value in room.values())
    return Certificate(holds, room, "these points, in float64", "It is about these sample points.")


def one_answer_everywhere(network: Network, half: tuple[float, ...]) -> Certificate:
    """Every input in the box [-half, half] gets the same class."""
    label = int(network.classify(np.zeros((1, len(half))))[0])
    sides = {f"half the box's side {k}": side for k, side in enumerate(half, 1)}
    holds = Region(network, label).contains_box(half)
    return Certificate(holds, {"class": label, **sides}, "boxes, by intervals", "Beyond the box nothing was computed.")


def all_points_right(network: Network, data: Dataset) -> Certificate:
    """Every point of the data is in its class."""
    accuracy = network.accuracy(data.points, data.labels)
    measured = {"accuracy": accuracy, "majority": data.majority, "points": len(data.points)}
    return Certificate(accuracy == 1, measured, "every point", "Other points of the same shape may be wrong.")


def some_points_wrong(network: Network, data: Dataset) -> Certificate:
    """Some points of the data are in the wrong class."""
    right = all_points_right(network, data)
    return replace(right, holds=not right.holds, caveat="Other weights of the same widths may do better.")


def better_than_baselines(network: Network, data: Dataset) -> Certificate:
    """The network has more points right than the best single line (plane, ...), and than the larger class alone."""
    accuracy = network.accuracy(data.points, data.labels)
    measured = {"network": accuracy, "majority": data.majority}
    if data.classes != 2:
        return Certificate(accuracy > data.majority, measured, "every point", "One cut is for two classes.")
    sample = sampled(data)
    found = best_line(sample.points, sample.labels)
    measured["best cut"] = found.accuracy
    better: bool | None = accuracy > max(found.accuracy, data.majority)
    if better and not found.exact:
        # the search is no proof that there is no better line, but a perfect network beats one where no line is perfect
        better = True if accuracy == 1 and no_line_separates(sample.points, sample.labels).holds else None
    resolution = _of_sample(sample, data, found.certificate.resolution)
    return Certificate(better, measured, resolution, found.certificate.caveat)


def better_than_the_mean(network: Network, data: Dataset) -> Certificate:
    """In a regression, the error is smaller than that of the targets' mean."""
    measured = {"error (RMS)": _error(network, data), "of the mean": float(np.std(data.labels))}
    return Certificate(measured["error (RMS)"] < measured["of the mean"], measured, "every point", "These points only.")


def follows_the_curve(network: Network, data: Dataset) -> Certificate:
    """In a regression on a line, the error is ten times smaller than that of the best straight line."""
    x, y = data.points[:, 0], np.asarray(data.labels, dtype=np.float64)
    straight = np.polyval(np.polyfit(x, y, 1), x) - y
    measured = {
        "root mean square error": _error(network, data),
        "of the best straight line": float(np.sqrt(np.mean(straight**2))),
        "largest error": float(np.abs(network(data.points)[:, 0] - y).max()),
    }
    holds = measured["root mean square error"] < measured["of the best straight line"] / 10
    return Certificate(holds, measured, f"{len(x)} points", "It is about the data; beyond them the output may be any.")


def leaves_the_parabola(network: Network, data: Dataset, beyond: float = 1.4) -> Certificate:
    """At x = -beyond or x = beyond the output is farther from x^2 than ten times its error on the data."""
    error = _error(network, data)
    left, right = np.abs(network(np.array([[-beyond], [beyond]]))[:, 0] - beyond**2).tolist()
    measured = {"root mean square error": error, f"error at {-beyond:g}": left, f"error at {beyond:g}": right}
    return Certificate(max(left, right) > 10 * error, measured, "two points", "Elsewhere it may be nearer.")


def _error(network: Network, data: Dataset) -> float:
    """The root mean square error of a regression."""
    return float(np.sqrt(np.mean((network(data.points)[:, 0] - data.labels) ** 2)))


def _of_sample(sample: Dataset, data: Dataset, resolution: str) -> str:
    if len(sample.points) == len(data.points):
        return resolution
    return f"{len(sample.points):,} of {len(data.points):,} points; {resolution}"


def _place(found: Linking) -> str:
    return f"linking number after layer {found.layer}" if found.layer else "linking number in the input"


def _printed(number: int | None) -> int | str:
    return "?" if number is None else number


def _all(verdicts: Iterable[bool | None]) -> bool | None:
    """False where one verdict is False, else None where one is None, else True."""
    found = set(verdicts)
    return False if False in found else (None if None in found else True)
