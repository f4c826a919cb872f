"""Certificates for the sentences that films put on screen. Each function is named for what it says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netlib.activations import Array
from netlib.certificates.annulus import surroundings
from netlib.certificates.arcs import SAMPLES, wrong_arcs
from netlib.certificates.certificate import Certificate
from netlib.certificates.everywhere import fills
from netlib.certificates.folds import folds
from netlib.certificates.injectivity import injectivities
from netlib.certificates.linking import Linking, linkings
from netlib.certificates.region import Region
from netlib.certificates.separability import separability
from netlib.certificates.tunnel import Tunnel, tunnel
from netlib.certificates.winding import windings
from netlib.certificates.witnesses import witnesses
from netlib.datasets import Dataset
from netlib.errors import UntangleError
from netlib.network import Network


def layers_are_homeomorphisms(network: Network) -> Certificate:
    """No layer glues two points together or tears space: each is a homeomorphism onto its image."""
    layers = injectivities(network)
    verdicts = [layer.injective for layer in layers]
    measured: dict[str, float | int | str | bool] = {}
    for layer in layers:
        name = f"layer {layer.layer + 1}"
        measured[f"{name}: rank W"] = "?" if layer.rank is None else layer.rank
        if layer.determinant is not None:
            measured[f"{name}: det W"] = layer.determinant
        measured[f"{name}: activation"] = layer.activation
    resolution = (
        "exact (rational arithmetic)" if None not in verdicts else layers[verdicts.index(None)].certificate.resolution
    )
    caveat = layers[0].certificate.caveat if layers else "There is no hidden layer."
    return Certificate(_all(verdicts), measured, resolution, caveat)


def ring_still_wound(network: Network, data: Dataset) -> Certificate:
    """After every move the ring's circle winds once around the disk's centre."""
    found = windings(network, surroundings(data).loop)
    complete = all(layer.outputs == 2 for layer in network.hidden)
    holds = _all([None if w.number is None else abs(w.number) == 1 for w in found])
    measured: dict[str, float | int | str | bool] = {
        "winding number at the start": _shown(found[0].number),
        "winding number at the end": _shown(found[-1].number),
        "moves": len(found) - 1,
        "nearest": min(w.distance for w in found),
    }
    worst = next((w for w in found if w.number is None), found[-1])
    if not complete:
        return Certificate(
            False, {"widths": str(network.widths)}, "exact", "Above width 2 a loop winds around no point."
        )
    if holds is None and layers_are_homeomorphisms(network).holds:
        # float64 cannot follow the loop all the way, but what it would find has been proved
        holds, measured["proved by"] = True, "every layer is a homeomorphism (exact)"
    return Certificate(holds, measured, worst.certificate.resolution, worst.certificate.caveat)


def tunnel_exists(network: Network, data: Dataset, found: Tunnel | None = None) -> Certificate:
    """The region called "disk" runs out through the ring, however few points are wrong. `found` spares a second
    computation where the tunnel is known already."""
    certificate = (found or tunnel(network, data)).certificate
    return replace(
        certificate, measured={"accuracy": network.accuracy(data.points, data.labels), **certificate.measured}
    )


def one_answer_everywhere(network: Network, half: tuple[float, ...]) -> Certificate:
    """Every input in the box [-half, half] gets the same answer."""
    label = int(network.classify(np.zeros((1, len(half))))[0])
    measured: dict[str, float | int | str | bool] = {
        "class": label,
        **{f"half the box's side {k}": side for k, side in enumerate(half, 1)},
    }
    return Certificate(
        fills(Region(network, label), half), measured, "boxes, by intervals", "Beyond the box nothing was computed."
    )


def disk_enclosed(network: Network, data: Dataset) -> Certificate:
    """A closed curve around the disk, on which every point is called otherwise, encloses the region called "disk"."""
    found = tunnel(network, data, measure=False)
    holds = None if found.outcome == "not decided" else found.outcome == "enclosed"
    return replace(found.certificate, holds=holds)


def every_circle_has_a_wrong_point(network: Network, data: Dataset, samples: int = SAMPLES) -> Certificate:
    """On each of several circles through the ring a point is called by the class of the disk."""
    found = wrong_arcs(network, data, samples=samples)
    shares = [arc.share for arc in found]
    measured = {"circles": len(found), "least wrong share": min(shares), "greatest wrong share": max(shares)}
    caveat = "Only these circles were looked at."
    return Certificate(
        _all([a.certificate.holds for a in found]), {**measured}, found[0].certificate.resolution, caveat
    )


def three_witnesses(outer: Array, inner: Array) -> Certificate:
    """A few of the outer points (N, d) have one of the inner points (M, d) in their hull (a triangle in the plane)."""
    found = witnesses(outer, inner)
    if found is not None:
        return found.certificate
    gap = separability(np.vstack([outer, inner]), np.repeat([0, 1], [len(outer), len(inner)]))
    caveat = "There may be some between these points."
    return Certificate(False if gap.separable else None, {"margin": gap.margin}, gap.certificate.resolution, caveat)


def a_line_separates(points: Array, labels: Array) -> Certificate:
    """A line (a plane, in space) has all points (N, d) of class 0 on one side and those of class 1 on the other."""
    return separability(points, labels).certificate


def no_line_separates(points: Array, labels: Array) -> Certificate:
    """Whatever the line (the plane, in space), points (N, d) of both classes lie on one side of it."""
    certificate = separability(points, labels).certificate
    return replace(certificate, holds=None if certificate.holds is None else not certificate.holds)


def rings_stay_linked(network: Network, data: Dataset) -> Certificate:
    """In the input and after every layer the two rings are linked, so no plane ever separates them."""
    if len(data.loops) != 2:
        raise UntangleError(f"{data.name}: a linking number needs two loops, this data has {len(data.loops)}")
    found = linkings(network, (data.loops[0], data.loops[1]))
    measured: dict[str, float | int | str | bool] = {_place(f): _shown(f.number) for f in found}
    if len(found) <= len(network.hidden):
        measured["widths"] = str(network.widths)
        return Certificate(False, measured, "exact", "In four dimensions and more, no two loops are linked.")
    holds = _all([None if f.number is None else f.number != 0 for f in found])
    worst = next((f for f in found if f.number is None), found[-1])
    return Certificate(holds, measured, worst.certificate.resolution, worst.certificate.caveat)


def middle_stays_between(network: Network, data: Dataset) -> Certificate:
    """On a line: after every layer of width 1 the images of class 0 lie on both sides of those of class 1."""
    verdicts, measured = list[bool | None](), dict[str, float | int | str | bool]()
    for depth in range(len(network.hidden) + 1):
        outer, inner = (network.represent(data.of_class(label), depth) for label in (0, 1))
        if outer.shape[1] != 1:
            return Certificate(False, {"widths": str(network.widths)}, "exact", "It is a statement about width 1.")
        low, high = float(inner.min() - outer.min()), float(outer.max() - inner.max())
        verdicts.append(low > 0 and high > 0)
        measured[f"room after layer {depth}" if depth else "room in the input"] = min(low, high)
    return Certificate(_all(verdicts), measured, "these points, in float64", "It is about these sample points.")


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
    certificate = found.certificate
    spacing = 2 * found.box / (found.nodes - 1)
    return replace(certificate, holds=found.collapsed > 0, resolution=f"grid of {spacing:.2g}")


def all_points_right(network: Network, data: Dataset) -> Certificate:
    """Every point of the data is in its class."""
    accuracy = network.accuracy(data.points, data.labels)
    measured = {"accuracy": accuracy, "majority": data.majority, "points": len(data.points)}
    return Certificate(accuracy == 1, {**measured}, "every point", "Other points of the same shape may be wrong.")


def some_points_wrong(network: Network, data: Dataset) -> Certificate:
    """Some points of the data are in the wrong class."""
    right = all_points_right(network, data)
    return replace(right, holds=not right.holds, caveat="Other weights of the same widths may do better.")


def follows_the_curve(network: Network, data: Dataset) -> Certificate:
    """On the data of a regression on a line the output is ten times nearer than the best straight line."""
    x, y = data.points[:, 0], np.asarray(data.labels, dtype=np.float64)
    misses, straight = network(data.points)[:, 0] - y, np.polyval(np.polyfit(x, y, 1), x) - y
    errors = [float(np.sqrt(np.mean(off**2))) for off in (misses, straight)]
    measured = {
        "root mean square error": errors[0],
        "of the best straight line": errors[1],
        "largest error": float(np.abs(misses).max()),
    }
    caveat = "Only on the data; beyond it the output goes its own way."
    return Certificate(errors[0] < errors[1] / 10, {**measured}, f"{len(x)} points", caveat)


def leaves_the_parabola(network: Network, data: Dataset, beyond: float = 1.4) -> Certificate:
    """At x = -beyond or beyond the output is farther from x^2 than ten times its error on the data."""
    error = float(np.sqrt(np.mean((network(data.points)[:, 0] - data.labels) ** 2)))
    left, right = np.abs(network(np.array([[-beyond], [beyond]]))[:, 0] - beyond**2)
    measured = {
        "root mean square error": error,
        f"error at {-beyond:g}": float(left),
        f"error at {beyond:g}": float(right),
    }
    return Certificate(bool(max(left, right) > 10 * error), {**measured}, "two points", "Elsewhere it may be nearer.")


def _place(found: Linking) -> str:
    return f"linking number after layer {found.layer}" if found.layer else "linking number in the input"


def _shown(number: int | None) -> int | str:
    return "?" if number is None else number


def _all(verdicts: list[bool | None]) -> bool | None:
    """All of them: False as soon as one is, None where one is not decided."""
    return False if False in verdicts else (None if None in verdicts else True)
