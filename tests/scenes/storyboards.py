"""Storyboards: what each film must show at each of its events, in the oracle's terms."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
from oracle_pictures import (
    BENDS,
    CAPTION,
    CLASSES,
    DOT,
    FAINT,
    FOURTH,
    GRID,
    HIGHLIGHT,
    INK,
    SECOND,
    SECOND_UNIT,
    UNIT_COLOUR,
    WRONG,
    AxesNamed,
    Bars,
    Beat,
    BesideBar,
    Boundary,
    Corner,
    Curve,
    Dots,
    GraphCurve,
    GraphDots,
    Grid,
    Hook,
    Legend,
    Markers,
    Marks,
    Matrix,
    Net,
    Noose,
    Plane,
    Region,
    RimsDiffer,
    ScaleBar,
    SeedGrid,
    Sight,
    SomeLine,
    Storyboard,
    Tint,
    Tubes,
    Tunnel,
    Where,
    Words,
    best_cut,
    between,
    caption,
    data_dots,
    data_of,
    first_all_right,
    gap_lines,
    layer_by_layer,
    line_of,
    losses,
    moves,
    net,
    on_the_way,
    percent,
    plane_of,
    polar,
    recorded,
    scores,
    seed_grid,
    still,
    widest_line,
    width_between,
    winding_number,
    wrong_rings,
)

from manim_untangle.stage.graph import DOT as ROOM
from manim_untangle.stage.graph import NAMES
from manim_untangle.stage.layout import layout_of
from netlib import Dataset, Recipe, affine_then_bend, catalogue
from netlib.activations import Array

FRAME = (8 * 16 / 9, 8.0)  # scene units
CAUGHT = 0.32  # share of a ring's size at which a line in its sheet catches on the other ring
CROSSING = 0.675  # share of the way through W x + b at which two rings cross on screen


def opened(data: Dataset, hidden: float = 0.0, radius: float = DOT) -> tuple[Sight, ...]:
    """The inputs before any move: every dot, with the marker of its class, beside the names of both axes."""
    dots = data_dots(data, hidden=hidden, radius=radius, every=True)
    return dots, Markers(data, radius=radius), AxesNamed("input"), ScaleBar()


def spirals() -> tuple[Beat, ...]:
    network, data = net(catalogue.SPIRALS), data_of(catalogue.SPIRALS.data)
    last = (data_dots(data, network.whole()), line_of(network))
    steps = layer_by_layer(network, lambda where: (data_dots(data, where), ScaleBar()), lit=True)
    area, gaps = layout_of(*FRAME).picture, [caption(f"{width_between(data, network.whole(k)):.2f}") for k in (2, 4)]

    def widest(depth: int) -> tuple[Sight, ...]:
        where = network.whole(depth)
        return data_dots(data, where, hidden=0.2), SomeLine(data, where, 0, (*area.centre, min(area.half) - 0.4))

    return (
        Beat("claim", opened(data)),
        *steps[:2],
        Beat("claim", (replace(steps[1].see[0], hidden=0.3), Hook(data, network.whole(1)))),
        *steps[2:4],
        Beat("claim", (*widest(2), gaps[0])),
        *steps[4:],
        Beat("claim", (*last, gaps[1], AxesNamed("neuron"), Tint(network, where=network.whole()))),
        Beat("claim", last, held=(last[0], Boundary(network, network.whole()))),
        *moves(*((data_dots(data, network.whole(k)), Boundary(network, network.whole(k))) for k in (3, 2, 1))),
        *(Beat(kind, (Tint(network), data_dots(data), Boundary(network))) for kind in ("move", "claim", "last")),
    )


def two_curves() -> tuple[Beat, ...]:
    network, data = net(catalogue.ONE_LAYER), data_of("two_curves:n=64")
    last = (data_dots(data, network.whole()), line_of(network))
    return (
        Beat("claim", (data_dots(data, hidden=0.3, every=True), caption(number(best_cut(data))), AxesNamed("input"))),
        *layer_by_layer(network, lambda where: (data_dots(data, where), ScaleBar()), lit=True),
        Beat(
            "claim",
            (*last, *scores(network, data), AxesNamed("neuron"), Tint(network, where=network.whole())),
            held=(last[0], Boundary(network, network.whole())),
        ),
        *(Beat(kind, (*opened(data), Boundary(network), Tint(network))) for kind in ("move", "claim", "last")),
    )


def too_narrow() -> tuple[Beat, ...]:
    network, data = net(catalogue.TOO_NARROW), data_of(catalogue.TOO_NARROW.data)
    loop = data.loops[0]
    angle = np.linspace(0, 2 * np.pi, 4001)
    circle = np.column_stack([np.cos(angle), np.sin(angle)]) * np.linalg.norm(loop.points[0] - loop.around)
    wrong = circle[network.output(circle) > 0]
    grid = seed_grid(catalogue.TOO_NARROW.path.with_name("strip-disk_in_ring.safetensors"))
    narrow = [each for each in grid if len(each.layers[0][0]) == 2]
    trainings = caption(f"{len(narrow)} trainings of"), caption(f"{len(grid) - len(narrow)} trainings")
    pictures = (grid[24], grid[32])  # the first of four layers of two neurons, and of three neurons

    def wound(where: Where, hidden: float = 0.3) -> tuple[Sight, ...]:
        times = abs(round(winding_number(where(loop.points), where(loop.around[None])[0])))
        shown = Curve(loop.points, HIGHLIGHT, where, name="circle", share=0.75)
        return data_dots(data, where, hidden=hidden), shown, Words(f"around disk: {times}×")

    def pink(where: Where) -> tuple[Sight, ...]:
        return Curve(wrong, WRONG, where, share=0.8, name="pink part"), Words("around disk: 1×")

    # the others are looked for with their rings; blue dots on the blue region seem to stand a little elsewhere
    right = network.answers(data.points) == data.labels
    rightly = replace(data, points=data.points[right], labels=data.labels[right])
    answers = (
        data_dots(rightly, hidden=0.15, near=3.0),
        Boundary(network),
        wrong_rings(network, data),
        Region(network, (4.0, 2.4)),
    )
    return (
        Beat("claim", (*wound(still), *opened(data, hidden=0.3))),
        Beat("claim", wound(still)),
        *(steps := layer_by_layer(network, lambda where: (*wound(where), ScaleBar()), lit=True))[:4],
        *(Beat("claim", wound(network.whole(2))), *steps[4:]),
        *(Beat("claim", (*wound(network.whole()), line_of(network), Tint(network, where=network.whole()))),),
        *(Beat("claim", (data_dots(data, network.whole(), hidden=0.3), line_of(network), *pink(network.whole()))),),
        Beat("move", (data_dots(data, hidden=0.15, near=3.0), Boundary(network), *pink(still))),
        Beat("claim", (*answers, caption(number(network.accuracy(data))))),
        Beat("claim", (SeedGrid(pictures[:1]), trainings[0])),
        Beat("claim", (SeedGrid(pictures), trainings[1])),
        Beat("last", (SeedGrid(pictures),)),
    )


def one_layer() -> tuple[Beat, ...]:
    network, data = net(catalogue.ONE_LAYER), data_of("two_curves:n=48")
    side = np.linspace(-1.1, 1.1, 200)
    edges = [np.column_stack(pair) for far in (-1.1, 1.1) for pair in ((side, 0 * side + far), (0 * side + far, side))]
    answers = [Words(text, name, size=CAPTION) for text, name in zip(
        ("no line", "no line", "no line", "a line!"), ("1 stretch", "2 turn", "3 shift", "4 bend"), strict=True)
    ]  # fmt: skip

    def seen(where: Where) -> tuple[Sight, ...]:
        frame = Curve(np.vstack(edges), HIGHLIGHT, where, share=0.8, name="frame")
        return data_dots(data, where, radius=1.3 * DOT, hidden=0.2), frame, ScaleBar()

    stretch, turn, shift, bend = polar(network, seen)
    last = (seen(network.whole())[0], line_of(network), *answers)
    return (
        Beat("claim", opened(data, radius=1.3 * DOT)),
        *(Beat("claim", seen(still)), stretch),
        *(Beat("claim", stretch.see), turn, shift),
        *(Beat("claim", (*shift.see, *answers[:3])), bend, Beat("claim", bend.see)),
        Beat(
            "claim", (*last, Tint(network, where=network.whole())), held=(last[0], Boundary(network, network.whole()))
        ),
        *(
            Beat(kind, (*opened(data, radius=1.3 * DOT), Boundary(network), Tint(network)))
            for kind in ("move", "claim", "last")
        ),
    )


def one_more_neuron() -> tuple[Beat, ...]:
    network, data = net(catalogue.ONE_MORE_NEURON), data_of(catalogue.ONE_MORE_NEURON.data)
    stretch, turn, shift, bend = polar(network, lambda where: (data_dots(data, where),))
    last = (data_dots(data, network.whole(), hidden=0.2), plane_of(network))
    # of each neuron the point of the ring whose number is farthest from the corner where the readout is highest
    ring, top = data.points[data.labels == 0], np.sign(network.readout[0])
    lowest = network.after(ring[(network.after(ring) * top).argmin(axis=0)])
    return (
        Beat("claim", opened(data)),
        *(stretch, turn, shift, bend),
        *(Beat("claim", (*bend.see, Marks(lowest, HIGHLIGHT, radius=0.14))), Beat("claim", bend.see)),
        Beat("claim", last),
        *(Beat("move", turn.see), Beat("move", stretch.see), Beat("move", (data_dots(data), Boundary(network)))),
        *(Beat(kind, (data_dots(data), Boundary(network), Tint(network))) for kind in ("claim", "last")),
    )


def on_a_line() -> tuple[Beat, ...]:
    data = data_of("interval_in_interval:n=24")
    narrow, wide = net(catalogue.ON_A_LINE_NARROW), net(catalogue.ON_A_LINE)

    def dots(where: Where = still) -> Dots:
        return data_dots(data, where, radius=0.1, hidden=0.15)

    return (
        Beat("claim", (replace(dots(), every=True), caption(number(best_cut(data))))),
        *layer_by_layer(narrow, lambda where: (dots(where), ScaleBar())),
        Beat("claim", (dots(narrow.whole()),)),
        Beat("claim", (dots(narrow.whole()), *scores(narrow, data))),
        Beat("move", (dots(),)),
        *layer_by_layer(wide, lambda where: (dots(where), ScaleBar())),
        Beat(
            "claim",
            (dots(wide.whole()), line_of(wide), AxesNamed("neuron")),
            (dots(wide.whole()), Bars(wide, wide.whole()), *scores(wide, data)),
        ),
        Beat("move", (dots(), Bars(wide, half=0.15))),
        Beat("claim", (dots(), Bars(wide, half=0.15))),
        Beat("last", (dots(), Bars(wide, half=0.15))),
    )


def hard_spirals() -> tuple[Beat, ...]:
    data, network = data_of(catalogue.HARD_SPIRALS.data), net(catalogue.HARD_SPIRALS)
    stuck = [net(recipe) for recipe in catalogue.HARD_SPIRALS_STUCK]
    area = layout_of(*FRAME).picture

    def dots(where: Where = still, space: int = 0) -> Dots:
        return data_dots(data, where, space, hidden=0.35)

    def through(which: Net, space: int, layers: Iterable[int]) -> tuple[Beat, ...]:
        """A move for each layer, in which space is stretched, turned, shifted and bent at the same time."""
        ends = moves(*((dots(which.whole(k + 1), space), ScaleBar(space)) for k in layers))
        return on_the_way(map(which.half_layer, layers), lambda where: (dots(where, space),), ends)

    counts = [
        Words(f"start {k}: {round((1 - each.accuracy(data)) * len(data.points))} wrong", size=36)
        for k, each in enumerate((*stuck, network), 1)
    ]
    last = len(stuck)  # the space of the start that succeeds
    line, rings = line_of(stuck[0]), wrong_rings(stuck[0], data, stuck[0].whole(), 0, 0.13)
    bent = (dots(network.whole(), last), Boundary(network, network.whole(), last))
    barely = SomeLine(data, network.whole(4), last, (*area.centre, min(area.half) - 0.6))
    wide = caption(f"{width_between(data, network.whole()):.2f}.")
    hook, none = Hook(data, stuck[0].whole()), counts[-1]

    def failing(k: int) -> Beat:
        """The last layer of start k, from 0, with its line, the points it gets wrong, and the counts so far."""
        crowded = 0.5 if k == 4 else 0.35  # the fifth ends with both arms pressed on each other
        seen = replace(dots(stuck[k].whole(), k), hidden=crowded), replace(line_of(stuck[k], k), share=0.6)
        rings = wrong_rings(stuck[k], data, stuck[k].whole(), k, 0.13)
        return on_the_way((stuck[k].half_layer(5),), lambda where: (replace(dots(where, k), hidden=crowded),),
                          (Beat("move", (*seen, rings, *counts[: k + 1])),))[0]  # fmt: skip

    return (
        Beat("claim", (replace(dots(), every=True), ScaleBar())),
        *through(stuck[0], 0, range(6)),
        Beat("claim", (replace(line, share=0.6), rings, counts[0])),  # rings lie on the line
        Beat("claim", (hook, counts[0])),
        Beat("claim", (hook, counts[0])),
        *map(failing, range(1, last)),
        *through(network, last, range(4)),
        Beat("claim", (dots(network.whole(4), last), barely, caption(f"{width_between(data, network.whole(4)):.4f}"))),
        *through(network, last, (4, 5)),
        Beat(
            "claim",
            (*bent[:1], line_of(network, last), *counts, wide, Tint(network, (1.0, 1.0), network.whole(), last)),
            held=bent,
        ),
        *moves(*((dots(network.whole(k), last), Boundary(network, network.whole(k), last)) for k in range(5, 0, -1))),
        *(
            Beat(kind, (dots(space=last), Boundary(network, space=last), none, Tint(network, (1.0, 1.0), space=last)))
            for kind in ("move", "claim", "last")
        ),
    )


def learning() -> tuple[Beat, ...]:
    def at(recipe: Recipe, space: int, share: float, begun: bool = True, gap: bool = False) -> tuple[Sight, ...]:
        (network, step), data = recorded(recipe, share), data_of(recipe.data)
        groups = tuple((colour, data.points[data.labels == k][::2]) for k, colour in enumerate(CLASSES))
        dots = Dots(groups, network.whole(), space, radius=1.2 * DOT, hidden=0.2, every=not begun)
        right = percent(network.accuracy(data))
        words = Words(f"step {round(step)}", size=CAPTION), Words(f"{right} right", size=CAPTION)
        wide = 2 * float(np.abs(network.output(data.points)).min() / np.linalg.norm(network.readout[0]))
        beside = (*gap_lines(network, data, space), Words(f"gap {wide:.2f}", size=CAPTION)) if gap else ()
        box = layout_of(*FRAME).upper
        corners = (box.left + ROOM, box.bottom + NAMES), (box.right - ROOM, box.top - NAMES)
        low, high = map(np.array, corners)
        if gap:
            words = *words, AxesNamed("neuron", space)
        loss = GraphCurve(low + (high - low) * losses(recipe, share), HIGHLIGHT, sign=True)
        sides = Tint(Net((), network.readout), (1.5, 1.2), still, space)
        return (dots, line_of(network, space), *words, *beside, loss, sides) if begun else (dots,)

    def pulls(recipe: Recipe, space: int = 0) -> Curve:
        """The longest arrows before training: from each dot to its own side, as long as the loss is steep there."""
        (network, _), data = recorded(recipe, 0), data_of(recipe.data)
        shown = np.concatenate([np.flatnonzero(data.labels == k)[::4] for k in range(2)])
        size, side = float(np.linalg.norm(network.readout[0])), 2 * data.labels[shown] - 1
        margins = side * network.output(data.points[shown]) / size
        slopes = [np.log1p(np.exp(-recipe.sharpness * (margins + step))) for step in (-1e-5, 1e-5)]
        ways = ((slopes[0] - slopes[1]) / 2e-5 * side)[:, None] * network.readout[0] / size
        longest = np.argsort(-np.linalg.norm(ways, axis=1))[:8]
        starts = network.after(data.points[shown])[longest]
        shafts = [starts + share * 0.06 * ways[longest] for share in np.linspace(0.45, 0.75, 8)]
        return Curve(np.concatenate(shafts), HIGHLIGHT, still, space, 0.8, "pull")

    def trained(recipe: Recipe, space: int, start: float, end: float, *kinds: str) -> tuple[Beat, ...]:
        """A part of a training, at an even pace, and what follows at its end."""
        seen, middle = at(recipe, space, end, gap=end == 1), at(recipe, space, (start + end) / 2)
        return Beat("move", seen, way=middle), *(Beat(kind, seen) for kind in kinds)

    curves, spiral = catalogue.LEARNING_CURVES, catalogue.LEARNING_SPIRALS
    right = first_all_right(curves)
    return (
        Beat("move", at(curves, 0, 0, begun=False), held=at(curves, 0, 0)),
        Beat("claim", (pulls(curves), *at(curves, 0, 0)[1:])),
        *trained(curves, 0, 0, right, "claim"),
        *trained(curves, 0, right, 1, "claim"),
        Beat("move", (replace(at(curves, 0, 1)[0], where=still, every=True),)),
        Beat("move", at(spiral, 1, 0, begun=False), held=at(spiral, 1, 0)),
        Beat("claim", (pulls(spiral, 1), *at(spiral, 1, 0)[1:])),
        *trained(spiral, 1, 0, 1, "claim", "last"),
    )


def pair_that_crosses(loops: tuple[Array, ...]) -> tuple[Array, Where]:
    """Return the points (2, 3) of two loops that come nearest to each other in three dimensions at CROSSING of the way
    through W x + b of the second layer; and the map to where that has the inputs."""
    network, (affine, *_) = net(catalogue.LINKED_RINGS), affine_then_bend(catalogue.LINKED_RINGS.load().hidden[1], 1)

    def where(points: Array) -> Array:
        return affine.at(network.after(points, 1), CROSSING)

    first, second = (where(loop)[:, :3] for loop in loops)
    i, j = np.unravel_index(np.linalg.norm(first[:, None] - second, axis=2).argmin(), (len(first), len(second)))
    return np.stack([loops[0][i], loops[1][j]]), where


def linked_rings() -> tuple[Beat, ...]:
    data = data_of(catalogue.LINKED_RINGS.data)
    narrow, network = net(catalogue.LINKED_RINGS_NARROW), net(catalogue.LINKED_RINGS)
    loops = tuple(loop.points for loop in data.loops)
    first = math.sqrt(0.6**2 - 0.3**2)
    middle = np.array([[-0.3, 0.0, 0.0]])  # of the first ring, through which the second runs
    upright = (
        Plane(np.eye(3)[0], 0.0, 1.0),
        Marks(np.array([[0, first, 0], [0, -first, 0], [0, 0, first], [0, 0, -first]]), HIGHLIGHT),
    )

    def met(where: Where) -> tuple[Sight, ...]:
        return Tubes(loops, where), Marks(middle, HIGHLIGHT, where)

    def rims(where: Where) -> tuple[Sight, ...]:
        return Tubes(loops, where, share=0.6), Tubes(loops, where, rims=True, share=0.6)

    (pair, crossing), lifted = pair_that_crosses(loops), network.whole(1)
    met_pair = (Marks(pair, HIGHLIGHT, crossing), BesideBar(pair, crossing))
    cut = (Tubes(loops, narrow.whole(), answers=narrow, share=0.6), replace(plane_of(narrow, 1.0), share=0.7))
    last = (Tubes(loops, network.whole()), replace(plane_of(network), share=0.7))
    return (
        Beat("claim", (Tubes(loops), *upright)),
        Beat("claim", (*met(still), Noose(loops[0], CAUGHT))),
        Beat("claim", met(still)),
        Beat("claim", met(still)),
        *moves(*(met(narrow.whole(depth)) for depth in (1, 2))),
        Beat("claim", (*met(narrow.whole()), Noose(loops[0], CAUGHT, narrow.whole()))),
        Beat("claim", cut),
        Beat("move", (Tubes(loops),), rims(still)),
        Beat(
            "move",
            (*rims(lifted), Legend("−½", FOURTH[0])),
            (Marks(pair, HIGHLIGHT, lifted), BesideBar(pair, lifted)),
        ),
        Beat("move", (RimsDiffer(), *met_pair)),
        Beat("claim", (RimsDiffer(), *met_pair)),
        Beat("move", rims(network.whole())),
        Beat("claim", last),
        Beat("last", (*last, Marks(network.whole()(loops[0]).mean(axis=0)[None], HIGHLIGHT))),
    )


def eigenvectors() -> tuple[Beat, ...]:
    data, network = data_of("xor:n=36"), net(catalogue.XOR_EARLY)
    (weight, bias, name), *rest = network.layers
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    (second, offset, also), *others = [*rest, (*network.readout, "identity")]
    after = ((quarter @ weight, quarter @ bias, name), (second @ quarter.T, offset, also), *others)
    other = Net(after[:-1], after[-1][:2])
    values, vectors = np.linalg.eig(weight)
    order = np.argsort(-values)
    values, vectors = values[order], vectors[:, order]
    factors = [caption(f"×{value:.2f}") for value in values]
    factors += [Words(f"×{v:.2f}", size=CAPTION, colour=c) for v, c in zip(values, (HIGHLIGHT, SECOND), strict=True)]
    one, two = Matrix(weight, 60), Matrix(quarter @ weight, 60)
    ends = [sign * vectors[:, k] for k in (0, 1) for sign in (1, -1)]

    def arrows(where: Where, space: int, lit: bool = False) -> tuple[Sight, ...]:
        """The arrows along eigenvectors, and the grid that the same move carries."""
        # of each arrow the shaft, from where it has left the others to its head
        shafts = [np.linspace(0.45, 0.75, 30)[:, None] * end for end in ends]
        colours = (HIGHLIGHT, HIGHLIGHT, SECOND, SECOND) if lit else 4 * (INK,)
        pairs = zip(shafts, colours, strict=True)
        grid = Grid(where, space)
        return grid, *(Curve(shaft, colour, where, space, 0.8, "arrow") for shaft, colour in pairs)

    angles = np.linspace(0, np.pi, 100_001)
    lines_before = np.column_stack([np.cos(angles), np.sin(angles)])
    lines_after = other.turned()(lines_before)
    cosines = np.abs((lines_before * lines_after).sum(axis=1)) / np.linalg.norm(lines_after, axis=1)
    least = math.floor(np.degrees(np.arccos(cosines.max())))  # the angle by which every line turns, or more
    turned, answers = network.turned(), (data_dots(data, space=1, hidden=0.4, every=True), Boundary(network, space=1))
    return (
        Beat("move", (*arrows(turned, 0), AxesNamed("neuron")), way=arrows(between(still, turned), 0)),
        Beat("claim", (*arrows(turned, 0, lit=True), *factors, one)),
        Beat(
            "claim",
            (*answers, data_dots(data, space=2, hidden=0.4), Boundary(other, space=2)),
            held=(*arrows(still, 1), *arrows(still, 2)),
        ),
        Beat("move", (*arrows(turned, 1), *arrows(other.turned(), 2))),
        *(
            Beat(kind, (*arrows(turned, 1, lit=True), *arrows(other.turned(), 2), one, two, *more))
            for kind, more in (("claim", (caption(f"{least}°"),)), ("claim", ()), ("last", ()))
        ),
    )


def activations() -> tuple[Beat, ...]:
    data, trained = data_of("two_curves:n=48"), net(catalogue.FOUR_ACTIVATIONS[1])
    ((weight, bias, _),), before = trained.layers, trained.affine(0)
    names = ("tanh", "sigmoid", "ReLU", "leaky ReLU")
    networks = []
    for bend in ("tanh", "sigmoid", "relu", "leaky_relu(0.2)"):
        layers = ((weight, bias, bend),)
        after = Net(layers, trained.readout).whole()
        networks.append(Net(layers, widest_line(data, after)))
    tanh, sigmoid, relu, leaky = networks

    def seen(where: Where, hidden: float = 0.1) -> tuple[Sight, ...]:
        return data_dots(data, where, radius=1.3 * DOT, hidden=hidden), ScaleBar()

    def bent(network: Net, hidden: float = 0.1) -> Beat:
        end = network.whole()
        return Beat("move", seen(end, hidden), way=seen(between(before, end), 0.35))

    def enough(k: int, *more: Sight) -> Beat:
        """A line separates the classes after a bend, and the list says so."""
        end, there = networks[k].whole(), [Words("a line!", name, size=36) for name in names[: k + 1]]
        hidden = 0.8 if networks[k] is relu else 0.15
        more += (
            () if networks[k] is relu else (Corner(BENDS[networks[k].layers[0][2]], half=1.2),)
        )  # which makes a spot of it
        return Beat("claim", (*seen(end, hidden), line_of(networks[k]), *there, *more))

    def undone(network: Net) -> Beat:
        return Beat("move", (*seen(before), Boundary(network, before)))

    first: Where = lambda points: before(points) * (before(points) > 0) ** np.array([1, 0])  # noqa: E731
    spot = Marks(data.points[data.labels == 0][:1], CLASSES[0], relu.whole(), radius=1.3 * DOT)
    count = int((relu.after(data.points) == 0).all(axis=1).sum())
    all_lines = (*seen(before), *(Boundary(network, before) for network in networks))
    return (
        Beat("claim", (*seen(before, 0.0), AxesNamed("neuron"), Markers(data, before, radius=1.3 * DOT))),
        Beat("claim", (*seen(before), Corner(still))),
        *(bent(tanh), enough(0), undone(tanh)),
        *(Beat("claim", seen(before)), bent(sigmoid), enough(1), undone(sigmoid)),
        Beat("move", seen(first, 0.35), way=seen(between(before, first), 0.35)),
        Beat("move", (spot,), way=seen(between(first, relu.whole()), 0.5)),
        *(enough(2, spot, caption(f"All {count} orange"), Words(f"{count} points")), undone(relu)),
        *(bent(leaky), enough(3), undone(leaky)),
        *(Beat(kind, all_lines) for kind in ("claim", "last")),
    )


def features() -> tuple[Beat, ...]:
    data, network = data_of("disk_in_ring:n=200"), net(catalogue.ONE_MORE_NEURON)
    target, readout = (data.points**2).sum(axis=1), network.readout[0][0]
    factor, offset = np.polyfit(network.output(data.points), target, 1)
    level = (factor * network.readout[1][0] + offset) / 3
    area = layout_of(*FRAME, signs=False, heading=1).picture
    unit = np.array([(area.width - 2) / 2.7, (area.height - 0.3) / (1.35**2 + 0.25)])
    origin = np.array([area.centre[0], area.bottom + 0.15 + 0.25 * unit[1]])

    def profiles(*places: Array) -> tuple[Sight, ...]:
        x = np.concatenate(places)
        heights = (x**2, FAINT), (factor * network.output(np.column_stack([x, 0 * x])) + offset, GRID)
        return tuple(GraphCurve(np.column_stack([x, y]) * unit + origin, colour) for y, colour in heights)

    def by_hand(points: Array) -> Array:
        return np.column_stack([points, (points**2).sum(axis=1)])

    def raised(*units: int) -> Where:
        def where(points: Array) -> Array:
            added = [factor * network.after(points)[:, k] * readout[k] + level for k in units]
            return np.column_stack([points, np.sum(added, axis=0)])

        return where

    def dots(where: Where, space: int) -> Dots:
        return data_dots(data, where, space, hidden=0.2)

    first = replace(dots(still, 1), every=True)
    left, stops = dots(by_hand, 0), (still, raised(0), raised(0, 1), raised(0, 1, 2))
    bowl = dots(stops[-1], 1)
    plane = Plane(np.eye(3)[2], -float(offset), 1.05, 1)
    x = np.linspace(-1, 1, 2001)
    fitted = factor * network.output(np.column_stack([x, 0 * x])) + offset
    most = f"{np.abs(fitted - x**2).max():.2f}"
    cut = [data.points[(np.abs(data.points[:, 1]) < 0.08) & (data.labels == k), 0] for k in (0, 1)]
    near_cut = tuple(
        (colour, np.column_stack([x, 0 * x - 0.15]) * unit + origin) for colour, x in zip(CLASSES, cut, strict=False)
    )
    difference = Words(most, size=36), caption(most)
    inside = *profiles(np.linspace(-1, 1, 400)), GraphDots(near_cut, radius=0.1)
    apart = profiles(np.linspace(-1.35, -1, 200), np.linspace(1, 1.35, 200))
    return (
        Beat("move", (left, first)),
        Beat("claim", (left,)),
        *on_the_way(
            map(between, stops, stops[1:]),
            lambda where: (dots(where, 1),),
            moves(*((left, dots(where, 1)) for where in stops[1:])),
        ),
        Beat("claim", (left, bowl)),
        Beat("claim", (left, bowl, plane)),
        Beat("claim", (*inside, *difference)),
        *(Beat(kind, (*inside, *apart, difference[0])) for kind in ("claim", "claim", "last")),
    )


def relu_parabola() -> tuple[Beat, ...]:
    line, curve = net(catalogue.RELU_PARABOLA), data_of(catalogue.RELU_PARABOLA.data)
    area = layout_of(*FRAME, signs=False).picture
    unit = np.array([(area.width - 2.4) / 3, (area.height - 1) / 2])
    origin = np.array([area.centre[0], area.bottom + 0.5])

    def graph(x: Array, y: Array) -> Array:
        return np.column_stack([x, y]) * unit + origin

    some, near, all_of_it = curve.points[::5], np.linspace(-1, 1, 200), np.linspace(-1.4, 1.4, 280)
    (weight, bias, _), readout = line.layers[0], line.readout[0][0]
    target = GraphDots(((INK, graph(some[:, 0], some[:, 0] ** 2)),), radius=0.1, hidden=0.6)
    follows = GraphCurve(graph(near, line.output(near[:, None])), HIGHLIGHT, 0.6)
    beyond = GraphCurve(graph(all_of_it, line.output(all_of_it[:, None])), HIGHLIGHT, 0.6)
    corners = -bias / weight[:, 0]
    around = np.linspace(0, 2 * np.pi, 40)
    rings = graph(corners, line.output(corners[:, None]))[:, None] + 0.2 * np.stack([np.cos(around), np.sin(around)], 1)
    creases = GraphCurve(rings.reshape(-1, 2), INK, 0.8)
    hinge = GraphCurve(graph(near, np.maximum(near * weight[0, 0] + bias[0], 0) * readout[0]), UNIT_COLOUR, 0.5)

    network, data = net(catalogue.RELU_BOWL), data_of("disk_in_ring:n=200")
    readout = network.readout[0][0]

    def raised(units: int) -> Where:
        return lambda p: np.column_stack([p, -network.after(p)[:, :units] @ readout[:units]])

    level = Plane(np.array([0.0, 0.0, -1.0]), float(network.readout[1][0]), 1.25)
    bowl = data_dots(data, raised(3), hidden=0.2)
    first = (data_dots(data, every=True), Boundary(network))
    return (
        Beat("claim", (target, follows, creases)),
        Beat("claim", (beyond, hinge), held=(data_dots(data, raised(1), hidden=0.3),)),
        *on_the_way(
            (between(raised(k - 1), raised(k)) for k in (2, 3)),
            lambda where: (data_dots(data, where, hidden=0.2),),
            moves(*((data_dots(data, raised(k), hidden=0.2),) for k in (2, 3))),
        ),
        Beat("claim", (bowl, level), held=(bowl, Boundary(network, raised(3), share=0.7))),
        Beat("move", first),
        *(Beat(kind, (first[0], Boundary(network, share=0.8))) for kind in ("claim", "last")),  # rings lie on it
    )


def what_a_layer_does() -> tuple[Beat, ...]:
    curves, data = net(catalogue.ONE_LAYER), data_of(catalogue.ONE_LAYER.data)
    wound, arms = net(catalogue.SPIRALS), data_of(catalogue.SPIRALS.data)
    narrow, rings = net(catalogue.TOO_NARROW), data_of(catalogue.TOO_NARROW.data)
    wide = net(catalogue.ONE_MORE_NEURON)
    factor, offset = np.polyfit(wide.output(rings.points), (rings.points**2).sum(axis=1), 1)
    normal = wide.readout[0][0]

    def by_hand(points: Array) -> Array:
        wanted = ((points**2).sum(axis=1) - offset) / factor  # of the output
        return wide.after(points) + (wanted - wide.output(points))[:, None] * normal / (normal @ normal)

    angle, radius = np.linspace(0, 2 * np.pi, 4001), np.linalg.norm(rings.loops[0].points[0] - rings.loops[0].around)
    circle = radius * np.column_stack([np.cos(angle), np.sin(angle)])
    wrong = circle[narrow.output(circle) > 0]

    def pink(where: Where) -> Curve:
        return Curve(wrong, WRONG, where, 3, 0.8, "pink piece")

    def white(start: float, end: float) -> Curve:
        along = np.linspace(start, end, 200)
        inputs = np.concatenate(
            [np.column_stack([sign * along, 0 * along])[:, ::k] for sign in (-1, 1) for k in (-1, 1)]
        )
        return Curve(inputs, INK, by_hand, 4, 0.5, "sheet by hand")

    lifted = (data_dots(rings, wide.whole(), 4, hidden=0.2), plane_of(wide, space=4))
    # of each arrow the shaft
    shafts = [np.linspace(0.2, 0.7, 30)[:, None] * end for end in np.eye(2)]
    pairs = zip(shafts, (UNIT_COLOUR, SECOND_UNIT), strict=True)
    columns = [Curve(shaft, colour, curves.turned(), 1, 0.8, "arrow") for shaft, colour in pairs]
    return (
        Beat("claim", (data_dots(data, space=1, hidden=0.2),)),
        *(steps := polar(curves, lambda where: (data_dots(data, where, 1, hidden=0.2),)))[:2],
        Beat("claim", (*steps[1].see, *columns, Matrix(curves.layers[0][0], 36))),
        *steps[2:],
        Beat("claim", (data_dots(data, curves.whole(), 1, hidden=0.2), line_of(curves, 1))),
        Beat(
            "claim", (data_dots(data, curves.whole(), 1, hidden=0.2), line_of(curves, 1)),
            (data_dots(data, curves.whole(), 1, hidden=0.2), Boundary(curves, curves.whole(), 1)),
        ),
        Beat("move", (data_dots(data, space=1, hidden=0.2), Boundary(curves, space=1))),
        *layer_by_layer(wound, lambda where: (data_dots(arms, where, 2),), lit=True),
        Beat("claim", (data_dots(arms, wound.whole(), 2), line_of(wound, 2))),
        Beat(
            "claim", (data_dots(arms, wound.whole(), 2), line_of(wound, 2)),
            (data_dots(arms, wound.whole(), 2), Boundary(wound, wound.whole(), 2)),
        ),
        Beat("move", (data_dots(arms, space=2, every=True), Boundary(wound, space=2))),
        *layer_by_layer(narrow, lambda where: (data_dots(rings, where, 3, hidden=0.3),), lit=True),
        Beat("claim", (data_dots(rings, narrow.whole(), 3, hidden=0.3),)),
        Beat("claim", (data_dots(rings, narrow.whole(), 3, hidden=0.3), line_of(narrow, 3), pink(narrow.whole()))),
        # the loop hides a part of some dots, so that the rest has its middle a little elsewhere
        Beat("move", (data_dots(rings, space=3, hidden=0.3, near=3.0), Boundary(narrow, space=3), pink(still))),
        Beat("claim", (Tunnel(narrow, rings, 3), caption(number(narrow.accuracy(rings))), Boundary(narrow, space=3))),
        *polar(wide, lambda where: (data_dots(rings, where, 4),)),
        Beat("claim", lifted),
        Beat("claim", (*lifted, white(0.0, 1.0))),
        Beat("claim", (*lifted, white(1.05, 1.3))),
        *(Beat(kind, lifted) for kind in ("claim", "last")),
    )  # fmt: skip


def number(share: float) -> str:
    """Return a share as films write it, without its sign, so that no line break divides it."""
    return percent(share).split()[0]


BOARDS = {
    board.__name__: board
    for board in (
        activations, eigenvectors, features, hard_spirals, learning, linked_rings, on_a_line, one_layer,
        one_more_neuron, relu_parabola, spirals, too_narrow, two_curves, what_a_layer_does,
    )
}  # fmt: skip


def storyboard(film: str) -> Storyboard:
    """Return the storyboard of a film by its name, at its beginning."""
    return Storyboard(film, BOARDS[film]())
