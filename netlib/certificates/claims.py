"""Certificates for the sentences that films put on screen and that `untangle check` prints.

The docstring of each function is the sentence for which its certificate is the evidence.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
from scipy.spatial.distance import cdist

from netlib.activations import Array
from netlib.certificates.annulus import SAMPLES, annulus, wrong_arcs
from netlib.certificates.certificate import Certificate
from netlib.certificates.folds import folds
from netlib.certificates.intervals import Region, closed, images
from netlib.certificates.linking import Linking, linkings, shadow_linkings
from netlib.certificates.separation import Separability, best_line, point_of_both, separability, witnesses
from netlib.certificates.tunnel import Tunnel, tunnel
from netlib.certificates.winding import windings
from netlib.datasets import Dataset, Loop, sampled
from netlib.errors import UntangleError
from netlib.kept import kept
from netlib.layers import Dense, dense
from netlib.motion.trajectory import affine_then_bend
from netlib.network import Network


def layers_are_homeomorphisms(network: Network) -> Certificate:
    """No layer maps two points to the same one or tears space: each is a homeomorphism onto its image."""
    found = [layer.injective for layer in network.hidden]
    measured = {f"layer {k}: {name}": v for k, layer in enumerate(found, 1) for name, v in layer.measured.items()}
    holds = _all(layer.holds for layer in found)
    open_ones = [layer.resolution for layer in found if layer.holds is None]
    resolution = ", ".join(dict.fromkeys(open_ones[:1] or [layer.resolution for layer in found])) or "exact"
    caveat = found[0].caveat if found else "There is no hidden layer."
    return Certificate(holds, measured, resolution, caveat, "proved")


def nothing_folds(network: Network) -> Certificate:
    """The layers turn no part of the input square over."""
    if not network.hidden:
        return Certificate(True, {"layers": 0}, "exact", "There is no hidden layer.", "proved")
    return folds(network)[-1].certificate


def areas_collapse(network: Network, layer: int = -1) -> Certificate:
    """Whole areas of the input square are squeezed to a line or a point (ReLU does that; it does not fold)."""
    if not network.hidden:
        return Certificate(False, {"layers": 0}, "exact", "There is no hidden layer.", "proved")
    return folds(network)[layer].squeezing


def areas_survive(network: Network, box: float) -> Certificate:
    """No area of the input square [-box, box]^2 is squeezed to a line or a point."""
    return _denied(folds(network, box)[-1].squeezing)


def a_line_separates(
    points: Array, labels: Array, network: Network | None = None, depth: int | None = None
) -> Certificate:
    """A line (a plane, in space) has all points (N, d) of class 0 on one side and those of class 1 on the other.

    With a network: the images of the points after its first `depth` hidden layers (all by default), which are known up
    to rounding.
    """
    return _separability(points, labels, network, depth).certificate


def no_line_separates(
    points: Array, labels: Array, network: Network | None = None, depth: int | None = None
) -> Certificate:
    """Whatever the line (the plane, in space), points (N, d) of both classes lie on one side of it, or their images
    after the first `depth` hidden layers of a network."""
    return _denied(_separability(points, labels, network, depth).certificate)


def gap(network: Network, data: Dataset, depth: int) -> float:
    """Return the greatest distance that a line (a plane) can keep from all images of the points after `depth` hidden
    layers; 0 where none separates the classes. The gap between them is twice as wide."""
    return _separability(data.points, data.labels, network, depth).margin


def gap_widens(network: Network, data: Dataset, first: int) -> Certificate:
    """From layer `first` on a line (a plane) separates the classes, and each later layer widens the gap."""
    depths = range(first, len(network.hidden) + 1)
    found = [_separability(data.points, data.labels, network, depth) for depth in depths]
    gaps = [2 * each.margin for each in found]
    measured = {f"gap after layer {depth}": width for depth, width in zip(depths, gaps, strict=True)}
    verdicts = {each.separable for each in found}
    widens = all(before < after for before, after in pairwise(gaps))
    holds = False if False in verdicts or not widens else (None if None in verdicts else True)
    return Certificate(holds, measured, "every point checked", "It is about these sample points.")


def _separability(points: Array, labels: Array, network: Network | None, depth: int | None) -> Separability:
    if network is None:
        return separability(points, labels)
    shared = point_of_both(points, labels)
    if shared is not None:
        return Separability(False, 0.0, shared=network.represent(shared[None], depth)[0])
    middle, reach = images(network, points, depth)
    return separability(middle, labels, reach)


def a_hyperplane_separates(sample: Dataset, data: Dataset, network: Network, depth: int) -> Certificate:
    """A line (a plane, ...) separates the images of the data's two classes after `depth` hidden layers; decided on a
    sample of the data."""
    found = a_line_separates(sample.points, sample.labels, network, depth)
    measured, points = dict(found.measured), network.represent(sample.points, depth)
    if points.shape[1] <= 2 and found.holds is False:
        measured["best line"] = best_line(points, sample.labels).accuracy
    # what separates a sample need not separate the rest; where nothing separates a sample, nothing separates the data
    holds = found.holds if len(sample.points) == len(data.points) or found.holds is False else None
    return replace(found, holds=holds, measured=measured, resolution=_of_sample(sample, data, found.resolution))


def hyperplane_name(dimension: int) -> str:
    """Return the word for what cuts a space of that dimension in two."""
    names = {1: "point", 2: "straight line", 3: "plane"}
    return names.get(dimension, f"flat cut in {dimension} dimensions")


def a_plane_separates_loops(network: Network, data: Dataset) -> Certificate:
    """The network's own plane has all of the data's first loop on the side of class 0, all of the second on that of
    class 1, and a plane separates the points of both classes."""
    first, second = (closed(loop.points) for loop in _two_loops(data))
    region = Region(network, 1)
    holds = _all([region.avoids(*first), region.contains(*second)])
    points = a_line_separates(data.points, data.labels, network)
    resolution = f"{len(first[0])} and {len(second[0])} sides of the loops, whole, by intervals; {points.resolution}"
    caveat = "Of what lies around the loops, only the data's points are looked at."
    return Certificate(_all([holds, points.holds]), points.measured, resolution, caveat, "proved")


def three_witnesses(outer: Array, inner: Array, network: Network | None = None) -> Certificate:
    """A few of the outer points (N, d) have one of the inner points (M, d) in their hull (a triangle in the plane), or
    their images after a network's hidden layers do."""
    far, near = 0 * outer, 0 * inner
    if network is not None:
        (outer, far), (inner, near) = images(network, outer), images(network, inner)
    found = witnesses(outer, inner, (far, near))
    if found is not None:
        return found.certificate
    labels = np.repeat([0, 1], [len(outer), len(inner)])
    gap = separability(np.vstack([outer, inner]), labels, np.vstack([far, near]))
    caveat = "There may be some between these points."
    return Certificate(False if gap.separable else None, {"margin": gap.margin}, gap.certificate.resolution, caveat)


def ring_surrounds_disk(network: Network, data: Dataset) -> Certificate:
    """In the last representation a few ring points have a disk point in their hull."""
    own = data.labels == annulus(data).label
    return three_witnesses(data.points[~own], data.points[own], network)


def circle_surrounds_centre(network: Network, data: Dataset) -> Certificate:
    """In the last representation a few points of the ring's circle have the disk's centre in their hull."""
    ring = annulus(data)
    found = three_witnesses(ring.loop.points, ring.centre[None], network)
    resolution = f"{len(ring.loop.points)} points of the circle, and the centre; {found.resolution}"
    return replace(found, resolution=resolution)


def ring_still_wound(network: Network, data: Dataset) -> Certificate:
    """After every move the ring's circle winds once around the disk's centre."""
    found = windings(network, annulus(data).loop)
    if any(layer.outputs != 2 for layer in network.hidden):
        caveat = "Above width 2 a loop winds around no point."
        return Certificate(False, {"widths": str(network.widths)}, "exact", caveat, "proved")
    holds = _all(None if w.number is None else abs(w.number) == 1 for w in found)
    measured = {
        "winding number at the start": _printed(found[0].number),
        "winding number at the end": _printed(found[-1].number),
        "moves": len(found) - 1,
        "nearest": min(w.distance for w in found),
    }
    evidence = next((w for w in found if w.number is None), found[-1]).certificate
    if holds is None and found[0].number in (1, -1) and layers_are_homeomorphisms(network).holds:
        # float64 cannot follow the loop to the end, but a homeomorphism keeps the number up to its sign
        holds, measured["proved by"] = True, "every layer is a homeomorphism (exact)"
    return replace(evidence, holds=holds, measured=measured, method="proved")


def tunnel_exists(network: Network, data: Dataset, found: Tunnel | None = None) -> Certificate:
    """The region called "disk" runs out through the ring, even where few points are wrong. `found` is the tunnel where
    it is known already."""
    certificate = (found or tunnel(network, data)).certificate
    accuracy = network.accuracy(data.points, data.labels)
    return replace(certificate, measured={"accuracy": accuracy, **certificate.measured})


@kept(Certificate)
def disk_enclosed(network: Network, data: Dataset, found: Tunnel | None = None) -> Certificate:
    """A closed curve between disk and ring, on which every point gets another class, encloses points of the disk that
    the network calls "disk". `found` is what `tunnel` says, where it is known already."""
    found = found or tunnel(network, data, measure=False)
    holds = {"enclosed": True, "tunnel": False, "given up": False}.get(found.outcome)
    return replace(found.certificate, holds=holds)


@kept(Certificate)
def every_circle_has_a_wrong_point(
    network: Network, data: Dataset, samples: int = SAMPLES, found: Tunnel | None = None
) -> Certificate:
    """Every circle through the ring, around the disk's centre, has a point that gets the class of the disk.

    A path from inside the ring to outside of it crosses every such circle. Without one a few circles are looked at: a
    circle that is right all along refutes the sentence, and wrong points on these few do not prove it.
    """
    ring, path = annulus(data), (found or tunnel(network, data, measure=False)).path
    arcs = wrong_arcs(network, data, samples=samples)
    shares = [arc.share for arc in arcs]
    measured = {"circles": len(arcs), "least wrong share": min(shares), "greatest wrong share": max(shares)}
    if path is not None and (ring.distance(path) < ring.ring[0]).any() and (ring.distance(path) > ring.ring[1]).any():
        resolution = "the tunnel's way out crosses every circle, proved by intervals"
        return Certificate(True, measured, resolution, "Shares are those of these circles.", "proved")
    resolution = f"{len(arcs)} circles; {arcs[0].certificate.resolution}"
    holds = False if any(arc.right for arc in arcs) else None
    return Certificate(holds, measured, resolution, "Only these circles were tested.", "proved")


def rings_stay_linked(network: Network, data: Dataset) -> Certificate:
    """In the input and after every layer the two rings are linked, so no plane ever separates them."""
    found, width = linkings(network, _two_loops(data)), {layer.outputs for layer in network.hidden} - {3}
    measured = {_place(f): _printed(f.number) for f in found}
    if width:
        measured["widths"] = str(network.widths)
        if max(width) > 3:
            caveat = "In four dimensions and more, no two loops are linked."
            return Certificate(False, measured, "exact", caveat, "proved")
        caveat = "In a plane or on a line no loop runs through another."
        return Certificate(None, measured, "not decided: loops are linked in three dimensions", caveat)
    evidence = next((f for f in found if not f.number), found[-1]).certificate
    if found[0].number and layers_are_homeomorphisms(network).holds:
        # which keep the number up to its sign, where float64 cannot follow the loops too
        measured["every layer"] = "a homeomorphism (exact)"
        evidence = replace(evidence, holds=True, method="proved")
    return replace(evidence, measured=measured)


@kept(Certificate)
def loops_stay_apart(network: Network, data: Dataset, layer: int, moments: int = 101) -> Certificate:
    """On the way through hidden layer `layer`, from 0, the data's two loops never meet.

    Each moment of the way is injective, so loops that do not meet before it do not meet on it. moments: at which the
    distance of their points is measured in each move. Raises UntangleError where the data has not two loops.
    """
    loops, facts = _two_loops(data), dense(network.hidden[layer], layer).injectivity
    first, second = (network.represent(loop.points, layer) for loop in loops)
    nearest = np.inf
    for move in affine_then_bend(network.hidden[layer], layer):
        for t in np.linspace(0, 1, moments):
            pair = move.at(first, t), move.at(second, t)
            nearest = min(nearest, float(cdist(*pair).min()))
        first, second = pair
    # the polar path is invertible before its end where W has full rank, and so is the bend where it rises everywhere
    on_the_way = facts.strict and facts.rank == min(facts.widths) and _apart(network, loops, layer)
    never_meet = on_the_way and _apart(network, loops, layer + 1)
    measured: dict[str, float | str] = {"nearest, of the points": nearest}
    if facts.widths[0] == 4:
        numbers = [str(_printed(found.number)) for found in shadow_linkings(network, loops, layer)]
        measured["linking numbers of the shadows"] = ", ".join(numbers)
    how = "every moment is injective, exactly" if never_meet else "not decided: a moment may put points together"
    how = f"{how}; distance of {len(first)} and {len(second)} points at {moments} moments a move"
    caveat = "The way from layer to layer is our choice; the network computes its ends only."
    return Certificate(True if never_meet else None, measured, how, caveat, "proved")


def _apart(network: Network, loops: tuple[Loop, Loop], depth: int) -> bool:
    """Whether it is proved that the images of two loops do not meet after `depth` hidden layers."""
    width = network.widths[depth - 1] if depth else network.inputs
    first = Network(network.hidden[:depth], Dense(np.ones((1, width)), np.zeros(1)))
    found = linkings(first, loops)
    return found[-1].number is not None and (found[-1].layer == depth or layers_are_homeomorphisms(first).holds is True)


def middle_stays_between(network: Network, data: Dataset) -> Certificate:
    """On a line: after every layer of width 1 the images of one class lie on both sides of those of the other.

    Layers that rise or fall everywhere keep the order, or reverse it: then it is enough to look at the input.
    """
    if {network.inputs, *(layer.outputs for layer in network.hidden)} != {1}:
        caveat = "It is a statement about width 1."
        return Certificate(False, {"widths": str(network.widths)}, "exact", caveat, "proved")
    rooms = [_room(network, data.of_class(1 - inner), data.of_class(inner)) for inner in (0, 1)]
    room = max(rooms, key=lambda each: each["room in the input"][0])
    verdicts = [True if low > 0 else (False if high <= 0 else None) for low, high in room.values()]
    measured = {name: (low + high) / 2 for name, (low, high) in room.items()}
    by_order = layers_are_homeomorphisms(network).holds
    how = "every layer keeps or reverses the order, exactly" if by_order else "these points, with bounds on rounding"
    holds = verdicts[0] if by_order else _all(verdicts)
    return Certificate(holds, measured, how, "It is about these sample points.", "proved")


def _room(network: Network, outer: Array, inner: Array) -> dict[str, tuple[float, float]]:
    """Between which bounds the room of the inner points, on the side with less of it, lies in the input and after every
    layer."""
    room = {}
    for depth in range(len(network.hidden) + 1):
        (a, far), (b, near) = (images(network, points, depth) for points in (outer, inner))
        least = min(float((b - near).min() - (a + far).min()), float((a - far).max() - (b + near).max()))
        most = min(float((b + near).min() - (a - far).min()), float((a + far).max() - (b - near).max()))
        room[f"room after layer {depth}" if depth else "room in the input"] = least, most
    return room


def one_answer_everywhere(network: Network, half: tuple[float, ...]) -> Certificate:
    """Every input in the box [-half, half] gets the same class."""
    middle = np.zeros((1, len(half)))
    label = int(network.classify(middle)[0])
    sides = {f"half the box's side {k}": side for k, side in enumerate(half, 1)}
    region, caveat = Region(network, label), "Beyond the box nothing was computed."
    holds = region.contains_box(half)
    if holds is False and not region.contains_box((0.0,) * len(half)):
        holds = None  # all of the box may have the class that rounding hides in its middle
    return Certificate(holds, {"class": label, **sides}, "boxes, by intervals", caveat, "proved")


def all_points_right(network: Network, data: Dataset) -> Certificate:
    """Every point of the data is in its class."""
    accuracy = network.accuracy(data.points, data.labels)
    measured = {"accuracy": accuracy, "majority": data.majority, "points": len(data.points)}
    return Certificate(accuracy == 1, measured, "every point", "Other points of the same shape may be wrong.")


def some_points_wrong(network: Network, data: Dataset) -> Certificate:
    """Some points of the data are in the wrong class."""
    right = all_points_right(network, data)
    return replace(right, holds=not right.holds, caveat="Other weights of the same widths may do better.")


def no_network_is_right(networks: Sequence[Network], data: Dataset) -> Certificate:
    """Each of the networks has some points of the data wrong."""
    shares = [network.accuracy(data.points, data.labels) for network in networks]
    measured, caveat = {f"network {k}": share for k, share in enumerate(shares, 1)}, "Other starts may do better."
    return Certificate(max(shares) < 1, measured, "every point", caveat)


def better_than_baselines(network: Network, data: Dataset) -> Certificate:
    """The network has more points right than the largest class alone, and for two classes than any single line (plane,
    ...)."""
    accuracy = network.accuracy(data.points, data.labels)
    measured = {"network": accuracy, "majority": data.majority}
    if data.classes != 2:
        return Certificate(accuracy > data.majority, measured, "every point", "No cut is sought for so many classes.")
    sample = sampled(data)
    found = best_line(sample.points, sample.labels)
    measured["best cut found"] = found.accuracy_on(data.points, data.labels)
    better: bool | None = accuracy > max(measured["best cut found"], data.majority)
    if better and not (found.exact and len(sample.points) == len(data.points)):
        # the search is no proof that there is no better line, but a perfect network beats one where no line is perfect
        better = True if accuracy == 1 and no_line_separates(sample.points, sample.labels).holds else None
    resolution = _of_sample(sample, data, found.certificate.resolution)
    return Certificate(better, measured, resolution, found.certificate.caveat)


def better_than_the_mean(network: Network, data: Dataset) -> Certificate:
    """In a regression, the error is smaller than that of the targets' mean."""
    rest, spread = network(data.points)[:, 0] - data.labels, float(np.std(data.labels))
    error = float(np.sqrt(np.mean(np.square(rest))))
    measured = {"R^2": 1 - (error / spread) ** 2} if spread > 0 else {}
    measured |= {"mean absolute error": float(np.abs(rest).mean()), "error (RMS)": error, "of the mean": spread}
    return Certificate(error < spread, measured, "every point", "These points only.")


def better_than_linear(network: Network, data: Dataset) -> Certificate:
    """In a regression, the error is smaller than that of the best linear function of the inputs (least squares)."""
    error, best = _error(network, data), linear_fit(data)
    measured = {"error (RMS)": error, "of the best linear function": float(np.sqrt(np.mean(np.square(best))))}
    holds = error < measured["of the best linear function"]
    return Certificate(holds, measured, "every point", "These points only.")


def linear_fit(data: Dataset) -> Array:
    """Return what is left of the targets (N,) beside their best linear function of the inputs, by least squares."""
    scale = np.where((spread := data.points.std(axis=0)) > 0, spread, 1.0)
    inputs = np.column_stack([(data.points - data.points.mean(axis=0)) / scale, np.ones(len(data.points))])
    return np.asarray(data.labels - inputs @ np.linalg.lstsq(inputs, data.labels)[0])


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


def all_leak(found: Sequence[Tunnel]) -> Certificate:
    """In every network the region called "disk" leads out through the ring. found: what `tunnel` says of each."""
    return _all_are("tunnel", found)


def all_enclose(found: Sequence[Tunnel]) -> Certificate:
    """Every network encloses the disk in a closed curve. found: what `tunnel` says of each network."""
    return _all_are("enclosed", found)


def _all_are(outcome: str, found: Sequence[Tunnel]) -> Certificate:
    outcomes = [each.outcome for each in found]
    undecided = "not decided" in outcomes or not outcomes
    return Certificate(
        None if undecided else set(outcomes) == {outcome},
        {"networks": len(outcomes), **{name: outcomes.count(name) for name in sorted(set(outcomes))}},
        "tunnels and closed curves proved by intervals",
        "These networks only; that no other of width 2 does better is a theorem (Johnson 2018).",
        "proved",
    )


def _two_loops(data: Dataset) -> tuple[Loop, Loop]:
    if len(data.loops) != 2:
        raise UntangleError(f"{data.name}: two loops are needed, this data has {len(data.loops)}")
    return data.loops[0], data.loops[1]


def _denied(found: Certificate) -> Certificate:
    """The certificate of the opposite sentence."""
    return replace(found, holds=None if found.holds is None else not found.holds)


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
