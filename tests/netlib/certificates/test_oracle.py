"""Certificates of random networks against the oracle: nothing that is called proved may be wrong.

How many questions stay undecided is counted and printed (pytest -s).
"""

from __future__ import annotations

import importlib
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from netlib import Dataset, Dense, Network, activation, activations, dataset
from netlib.certificates import annulus, claims, folds, separation, tunnel
from netlib.certificates.intervals import images
from tests.netlib.certificates import oracle

NETWORKS = 217
RING = dataset("disk_in_ring:n=60")
NAMES = sorted(activations())


def random_network(seed, widths=None, inputs=2):
    """A random network as the oracle takes it: every activation in turn, widths from 1 to 5, depths from 1 to 8. Some
    weights are whole numbers, some layers singular, some saturated."""
    rng, layers = np.random.default_rng(seed), []
    name = NAMES[seed % len(NAMES)]
    for width in widths or rng.integers(1, 6, seed % 8 + 1):
        weight, bias = rng.normal(size=(width, inputs)), 0.5 * rng.normal(size=width)
        kind = rng.integers(8)
        if kind == 0:
            weight = np.round(2 * weight)
        elif kind == 1:
            weight = 30 * weight
        elif kind == 2 and width > 1:
            weight[-1] = 2 * weight[0]
        layers.append((weight, bias, name))
        inputs = width
    weight = rng.normal(size=(1, inputs))
    # so that the line passes near the image of the centre
    centre = oracle.forward(layers, np.zeros((1, len(layers[0][0][0]))))[0]
    return [*layers, (weight, np.asarray(-weight @ centre + 0.1 * rng.normal(), dtype=float), "identity")]


def judged(layers):
    """The same network as the certificates take it."""
    *hidden, (weight, bias, _) = [(np.asarray(w), np.asarray(b), name) for w, b, name in layers]
    return Network(tuple(Dense(w, b, activation(name)) for w, b, name in hidden), Dense(weight, bias))


@pytest.fixture(scope="module")
def undecided():
    """Counts of decided and undecided questions, printed at the end."""
    counts = Counter()
    yield counts
    for question in sorted({name for name, _ in counts}):
        found = [counts[question, holds] for holds in (True, False, None)]
        print(f"\n{question}: {found[0]} true, {found[1]} false, {found[2]} undecided", end="")


def check_layers_and_points(seed, undecided):
    layers = random_network(seed)
    network, name, rng = judged(layers), layers[0][2], np.random.default_rng(seed)

    found = []
    for layer, (weight, _, _) in zip(network.hidden, layers, strict=False):
        says, knows = layer.injective, oracle.injective(weight, name)
        found.append(knows)
        undecided["layer is injective", says.holds] += 1
        assert says.holds is None or knows is None or says.holds is knows
        if len(weight) == len(weight[0]):
            assert says.measured["det W"] == pytest.approx(float(oracle.determinant(weight.tolist())), rel=1e-12)

    # few points, of the sizes at which the oracle is quick; some of them in both classes
    points, labels = rng.uniform(-1, 1, (7, 2)), rng.integers(0, 2, 7)
    labels = oracle.answers(layers, points)[0] if seed % 5 == 0 else labels
    labels[:2] = 0, 1
    points[-1] = points[0] if seed % 9 == 0 else points[-1]
    for depth in (0, len(layers) - 1):
        check_separability(network, layers, points, labels, depth, undecided)
    best, most = separation.best_line(points, labels), oracle.best_split(points.tolist(), labels.tolist())
    undecided["best line is exact", best.exact or None] += 1
    assert round(7 * best.accuracy) <= most
    assert not best.exact or round(7 * best.accuracy) == most
    answers, margin = oracle.answers(layers, points)
    data = Dataset("few", points, labels)
    better = claims.better_than_baselines(network, data).holds
    undecided["better than one line", better] += 1
    if better is not None and margin.min() > 1e-9:
        assert better is bool((answers == labels).sum() > most)


def check_separability(network, layers, points, labels, depth, undecided):
    says = claims.a_line_separates(points, labels, network, depth)
    undecided[f"a line separates {'images' if depth else 'inputs'}", says.holds] += 1
    name = layers[0][2]
    if depth == 0:
        after = points.tolist()
    elif name in oracle.LINEAR:
        after = [oracle.exact(layers[:-1], point)[-1][0] for point in points.tolist()]
    else:
        # not exact, but right to more digits; what is proved may not hinge on the last of them
        after = [[float(v) for v in row] for row in oracle.forward(layers[:-1], points)]
        if says.holds is False and oracle_margin(after, labels) < 1e-12:
            return
    meet = oracle.hulls_meet(*([p for p, at in zip(after, labels, strict=True) if at == k] for k in (0, 1)))
    assert says.holds is None or says.holds is not meet
    opposite = claims.no_line_separates(points, labels, network, depth).holds
    assert opposite is (None if says.holds is None else not says.holds)
    middle, reach = images(network, points, depth)
    exact = np.array([[float(v) for v in row] for row in after])
    assert (np.abs(middle - exact) <= reach + 1e-15 * np.abs(exact)).all()
    outer, inner = points[labels == 0], points[labels == 1]
    witnessed = claims.three_witnesses(outer, inner, network).holds if depth else None
    undecided["witnesses", witnessed] += depth > 0
    assert witnessed is not True or meet


def oracle_margin(points, labels):
    return float(np.ptp(np.array(points), axis=0).min())


def check_regions(seed, undecided):
    layers = random_network(seed)
    network, ring = judged(layers), annulus(RING)
    found = tunnel(network, RING, measure=False)
    undecided["tunnel", found.escapes] += 1
    distance = None if found.path is None else np.linalg.norm(found.path, axis=1)
    if found.outcome == "tunnel":
        share = np.linspace(0, 1, 11)[:, None, None]
        along = (found.path[:-1] + share * np.diff(found.path, axis=0)).reshape(-1, 2)
        answers, margin = oracle.answers(layers, along)
        assert (answers[margin > 1e-15] == 1).all()
        assert distance.min() <= ring.radius
        assert distance.max() >= ring.ring[1]
    if found.loop is not None:
        assert (
            ring.radius
            < np.linalg.norm(found.loop, axis=1).min()
            <= np.linalg.norm(found.loop, axis=1).max()
            < ring.ring[0]
        )
        assert not oracle.reaches(layers, 1, np.zeros(2), ring.radius, ring.ring[1])
    circles = claims.every_circle_has_a_wrong_point(network, RING, samples=2_000, found=found)
    undecided["every circle has a wrong point", circles.holds] += 1
    share = [wrong_share(layers, radius) for radius in np.linspace(*ring.ring, 15)]
    assert circles.holds is not True or min(share) > 0
    assert circles.holds is not False or min(wrong_share(layers, r) for r in np.linspace(*ring.ring, 8)) == 0
    everywhere = claims.one_answer_everywhere(network, (1.0, 1.0))
    undecided["one answer everywhere", everywhere.holds] += 1
    x = np.linspace(-1, 1, 41)
    answers, margin = oracle.answers(layers, np.stack(np.meshgrid(x, x), axis=-1).reshape(-1, 2))
    seen = {*answers[margin > 1e-12]}
    assert everywhere.holds is not True or len(seen) <= 1


def wrong_share(layers, radius):
    t = np.linspace(0, 2 * np.pi, 2_000)
    return float((oracle.answers(layers, radius * np.column_stack([np.cos(t), np.sin(t)]))[0] == 1).mean())


def check_folds(seed, undecided):
    layers = random_network(seed)
    network, name = judged(layers), layers[0][2]
    found = folds(network, nodes=41)[-1]
    folded, squeezed = found.certificate.holds, None if found.squeezed is None else not found.squeezed
    undecided["nothing folds", folded] += 1
    undecided["areas survive", squeezed] += 1
    if min(len(weight) for weight, _, _ in layers[:-1]) == 1:
        assert squeezed is not True
    if name not in oracle.LINEAR:
        assert squeezed is not False or not all(len(w) >= 2 and oracle.injective(w, name) for w, _, _ in layers[:-1])
        return
    places = np.random.default_rng(seed).uniform(-1, 1, (60, 2)).tolist()
    jacobians = [oracle.exact(layers[:-1], place)[-1][1] for place in places]
    ranks = [oracle.rank(jacobian) for jacobian in jacobians]
    assert squeezed is not True or min(ranks) == 2
    if len(jacobians[0]) == 2:
        signs = {np.sign(oracle.determinant(jacobian)) for jacobian in jacobians} - {0}
        assert folded is not True or len(signs) < 2


def check_loops(seed, undecided):
    depth = seed % 4 + 1
    # in the plane: every strict layer with det W != 0 keeps the winding number, up to its sign
    layers = random_network(seed, widths=[2] * depth)
    name = layers[0][2]
    wound = claims.ring_still_wound(judged(layers), RING)
    undecided["ring still wound", wound.holds] += 1
    signs = [np.sign(oracle.determinant(weight.tolist())) for weight, _, _ in layers[:-1]]
    if name in oracle.STRICT and 0 not in signs:
        assert wound.holds is True
        assert wound.measured["winding number at the end"] in ("?", int(np.prod(signs)))
    # in space: the same of the linking number
    rings = dataset("linked_rings:n=20")
    rings = replace(rings, loops=tuple(replace(loop, points=loop.points[::10]) for loop in rings.loops))
    layers = random_network(seed, widths=[3] * depth, inputs=3)
    linked = claims.rings_stay_linked(judged(layers), rings)
    undecided["rings stay linked", linked.holds] += 1
    signs = [np.sign(oracle.determinant(weight.tolist())) for weight, _, _ in layers[:-1]]
    start = round(-oracle.gauss_integral(*(loop.points for loop in rings.loops), fine=8))
    for k in range(depth + 1):
        number = linked.measured["linking number after layer " + str(k) if k else "linking number in the input"]
        if name in oracle.STRICT and 0 not in signs:
            assert number in ("?", start * int(np.prod(signs[:k])))


def check_order(seed, undecided):
    layers = random_network(seed, widths=[1] * (seed % 8 + 1), inputs=1)
    data = dataset("interval_in_interval:n=12")
    says = claims.middle_stays_between(judged(layers), data)
    undecided["the middle stays between", says.holds] += 1
    weights, name = [weight[0, 0] for weight, _, _ in layers[:-1]], layers[0][2]
    if name in oracle.STRICT:
        assert says.holds is bool(all(weights)) or says.holds is None
    elif name not in oracle.LINEAR:
        rooms, values = [], data.points
        for weight, bias, name in layers[:-1]:
            values = oracle.forward([(weight, bias, name)], values)
            outer, inner = (values[data.labels == k] for k in (0, 1))
            rooms.append(min(inner.min() - outer.min(), outer.max() - inner.max()))
        assert says.holds is not True or min(rooms) > -1e-9
        assert says.holds is not False or min(rooms) < 1e-9
    else:
        after = [oracle.exact(layers[:-1], point)[-1][0][0] for point in data.points.tolist()]
        outer, inner = ([v for v, at in zip(after, data.labels, strict=True) if at == k] for k in (0, 1))
        between = min(outer) < min(inner) and max(inner) < max(outer)
        assert says.holds is not True or between
        assert says.holds is not False or not between


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("check", "every"),
    [(check_layers_and_points, 1), (check_regions, 1), (check_folds, 2), (check_loops, 4), (check_order, 4)],
    ids=["layers and points", "regions", "folds", "loops", "order"],
)
def test_nothing_that_is_called_proved_is_wrong(check, every, name, undecided, monkeypatch):
    # coarse grids, for speed: they find less, and what they find is proved all the same
    monkeypatch.setattr(importlib.import_module("netlib.certificates.tunnel"), "GRIDS", (51, 101))
    for seed in range(NAMES.index(name), NETWORKS, every * len(NAMES)):
        check(seed, undecided)
