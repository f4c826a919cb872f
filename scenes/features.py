"""Film: a feature made by hand beside a learned one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from manim import DL, DR, LEFT, RIGHT, UP, Create, FadeIn, FadeOut, Group, Polygon, Transform, VGroup

import manim_untangle as mu
from netlib import Array, Dataset, Dense, FeatureFit, Move, catalogue, certificates, dataset, feature_fit, lift, squares
from netlib import unit_contributions as contributions


class Features(mu.Film):
    """Does a network invent features such as x² + y²? A bowl made by hand beside one that three neurons add up to.

    Someone who knows the answer lifts each point by x² + y², and a plane separates the disk from its ring. A trained
    network adds up three neurons, and each of them is a ramp. Together they are a bowl, too, which follows x² + y²
    closely on the data, though no single neuron does: an upright cut through both shows by how much they differ. Away
    from the data the two part: the polynomial goes on growing, and the neurons level off. The network did not compute a
    square; it found a bend of the plane that is enough on the data.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the lifted disk
    """

    title = "Made by hand, and learned"
    alt = "A sheet is lifted to a bowl by hand, another by three ramps; on the data they agree, beyond it they part."
    order = 12
    signs, heading = False, 1
    recipes = (catalogue.ONE_MORE_NEURON,)

    def construct(self) -> None:
        data, network = dataset("disk_in_ring:n=200"), self.load(catalogue.ONE_MORE_NEURON)
        fit = feature_fit(network, squares, data.points)
        first, second = self.layout.named_panels(2)
        hand, learned = Surface(first[0], data, mu.style.FAINT_INK), Surface(second[0], data, mu.style.GRID)
        names = [heading(f"made by hand: {FEATURE}", first[1], hand.colour),
                 heading("trained to tell the colours apart", second[1], learned.colour)]  # fmt: skip

        self.chapter("Two ways to lift a disk")
        self.add(hand.space, learned.space, *names)
        self.ask(f"{FEATURE} is high far from the middle. Did this network invent such a feature?", seconds=0.0)
        self.say(f"By hand: lift each point by {FEATURE}.")
        self.play(mu.ApplyMove(hand.space, lift(squares)))
        lifted = np.column_stack([data.points, squares(data.points)])
        plane = mu.divider(hand.space, cut_between(lifted, data.labels), half=HALF)
        self.claim("Now a flat plane separates disk and ring.",
                   certificates.a_line_separates(lifted, data.labels), FadeIn(plane))  # fmt: skip

        # the neurons are added up, one after another
        self.chapter("Three ramps")
        first, *others = ramps(fit)
        self.say("The trained network adds up three neurons. The first is a ramp …")
        self.play(mu.ApplyMove(learned.space, first, run_time=QUICK))
        for move, text in zip(others, ("… the second tilts it another way …", "… and so does the third."), strict=True):
            self.say(text)
            self.play(mu.ApplyMove(learned.space, move, run_time=SLOW))
        self.claim("A bowl, though no single neuron is near x² + y².", fit.certificate(max(fit.units) < 0.2))
        level = mu.divider(learned.space, Dense(np.array([[0.0, 0.0, 1.0]]), np.array([-fit.offset])), half=HALF)
        self.claim("A flat plane separates disk and ring here, too.",
                   certificates.all_points_right(network, data), FadeIn(level))  # fmt: skip

        # one upright plane cuts both bowls: the two curves go to one graph
        self.chapter("How alike?")
        cuts, sections = zip(*(surface.cut() for surface in (hand, learned)), strict=True)
        self.say("Cut both bowls upright, through the middle.", hand.space.fade_out(plane),
                 learned.space.fade_out(level), *map(FadeIn, cuts), *map(Create, sections))  # fmt: skip
        self.finish_reading()
        profile = Profile(self.layout.picture, fit, data)
        for surface, section in zip((hand, learned), sections, strict=True):
            surface.space.forget(section)
        self.add(*sections)
        self.play(
            FadeOut(hand.space, learned.space, *names), *map(Transform, sections, profile.inside), FadeIn(profile.frame)
        )
        near = certificates.close_on_a_cut(fit, squares, *AXIS)
        alike = certificates.all_hold(near, certificates.follows_more_than_the_class(fit, squares, data))
        most = f"{near.measured['largest difference']:.2f}"
        self.claim(f"Along this cut, scaled to fit, they differ by at most {most} where the data are.", alike,
                   FadeIn(profile.difference))  # fmt: skip

        self.chapter("Beyond the data")
        self.ask("And beyond the data?", choices=("they agree there, too", "they part"),
                 answer=fit.certificate(fit.outside > 0.9), seconds=0.0)  # fmt: skip
        self.play(*(Create(curve, run_time=SLOW) for curve in profile.outside))
        self.claim(f"They part: {FEATURE} goes on growing, but each tanh levels off, so their sum does.",
                   fit.certificate(fit.outside < 0))  # fmt: skip
        self.poster_time = self.now
        enough = certificates.all_hold(fit.certificate(fit.outside < 0), certificates.all_points_right(network, data))
        self.claim(f"So it did not invent {FEATURE}. It found a bend that is enough for the data.", enough)


LEANT, SIZE = mu.View(unit=2.35, turn=0.4, tilt=1.15), (6.4, 4.4)  # of a sheet on its own, and the room it needs
QUICK, SLOW = 0.7 * mu.style.MOVE_SECONDS, 1.1 * mu.style.MOVE_SECONDS
FEATURE, HALF = "x² + y²", 1.05  # radius of a sheet, around the data
AXIS = np.array([[-1.0, 0.0], [1.0, 0.0]])  # of the cut through both, where the data are
FARTHEST = 1.35  # how far that cut goes
LOW, HIGH = -0.25, FARTHEST**2  # of the graph
NEAR, RUG = 0.08, 0.1  # how far from the cut the data are that stand below the graph; the radius of their markers
STEP = 0.15  # between the lines of a sheet
OPACITY = {mu.style.FAINT_INK: 0.7, mu.style.GRID: 0.9}  # of the lines of a sheet, by their colour


class Surface:
    """A round sheet of the plane with the data, in a box of the frame, that can be lifted and grown."""

    def __init__(self, box: mu.Box, data: Dataset, colour: str) -> None:
        (x, y), size = box.centre, min(1.0, box.width / SIZE[0], box.height / SIZE[1])
        self.space = mu.Space(replace(LEANT, unit=size * LEANT.unit, centre=(x, y - 0.9 * size)), grid=False)
        self.colour = colour
        self.space.add_straight(chords(HALF), colour, 2.0, OPACITY[colour])
        self.space.add_lines(rim(HALF), colour, 2.0, OPACITY[colour], closed=True)
        self.dots = self.space.add_data(data, radius=mu.style.SMALLEST_DOT)

    def cut(self) -> tuple[Polygon, mu.Polylines]:
        """Add an upright plane through the middle, and the line in which it cuts the sheet."""
        corners = np.array([[x, 0.0, z] for x, z in ((-HALF, -0.15), (HALF, -0.15), (HALF, 1.15), (-HALF, 1.15))])
        plane = Polygon(*corners, stroke_width=4, color=mu.style.HIGHLIGHT, fill_opacity=0.2)
        self.space.follow(corners, plane, lambda at: plane.set_points_as_corners([*at, at[0]]), fixed=True)
        section = self.space.add_lines(along(AXIS), self.colour, 9)
        return plane.set_z_index(5), section.set_z_index(6)


class Profile:
    """Both bowls along a cut, as curves in one graph.

    frame: axes, the data near the cut, their range, and names. inside, outside: the curves on the data, and beyond on
    both sides. difference: a bar where the two are farthest apart on the data, and how far.
    """

    def __init__(self, box: mu.Box, fit: FeatureFit, data: Dataset) -> None:
        graph = mu.Graph.within(box.inset(1.0, 0.15), (-FARTHEST, FARTHEST), (LOW, HIGH))
        heights = {mu.style.FAINT_INK: squares, mu.style.GRID: fit}

        def curves(start: float, end: float) -> list[mu.Polylines]:
            inputs = along(np.array([[start, 0.0], [end, 0.0]]))
            return [graph.curve(inputs[:, 0], height(inputs), colour, 7) for colour, height in heights.items()]

        (start, _), (end, _) = AXIS
        self.inside = curves(start, end)
        self.outside = [*curves(start, -FARTHEST), *curves(end, FARTHEST)]
        inputs = along(AXIS)
        worst = inputs[np.abs(squares(inputs) - fit(inputs)).argmax()][None]
        ends = graph.at(np.repeat(worst[:, 0], 2), np.concatenate([height(worst) for height in heights.values()]))
        bar = mu.Polylines(ends, np.array([0]), color=mu.style.HIGHLIGHT, stroke_width=10)
        apart = mu.words(f"{float(np.abs(squares(worst) - fit(worst))[0]):.2f}", 36, mu.style.HIGHLIGHT)
        apart.next_to(ends[np.argmax(ends[:, 1])], UP + RIGHT * -np.sign(worst[0, 0]), 0.12)
        self.difference = Group(bar, apart).set_z_index(7)
        corners = graph.at(np.array([start, end, end, start]), np.array([LOW, LOW, HIGH, HIGH]))
        shade = Polygon(*corners, stroke_width=0, fill_color=mu.style.GHOST, fill_opacity=0.5)
        names = []
        for number, x, y, aside in (("1", 0.0, 1.0, LEFT), ("−1", -1.0, 0.0, DL), ("1", 1.0, 0.0, DR)):  # at the axes
            place = graph.at(np.array([x]), np.array([y]))[0]
            names.append(mu.words(number, mu.style.LABEL_SIZE, mu.style.FAINT_INK).next_to(place, aside, 0.12))
        for text, colour, x, y, (least, most) in (
            ("data", mu.style.INK, -0.5, 0.93 * HIGH, (-1.0, 0.0)),
            (FEATURE, mu.style.FAINT_INK, 1.14, 0.93 * HIGH, (0.0, 1.265)),
            ("network", mu.style.GRID, 1.17, 0.4 * HIGH, (0.95, 2.0)),
            ("height", mu.style.FAINT_INK, 0.15, 0.93 * HIGH, (0.03, 2.0)),
            ("x", mu.style.FAINT_INK, FARTHEST, 0.5 * LOW, (0.0, 2.0)),
        ):
            name = mu.words(text, mu.style.LABEL_SIZE, colour)
            half = name.width / 2 / graph.unit[0]  # in a narrow graph it moves out of the way of the curves
            x = min(max(x, least + half), most - half)
            names.append(name.move_to(graph.at(np.array([x]), np.array([y]))[0]))
        near = np.abs(data.points[:, 1]) < NEAR
        places = [data.points[near & (data.labels == k), 0] for k in range(data.classes)]
        looks = zip(places, mu.style.CLASS_COLOURS, mu.style.CLASS_MARKERS, strict=False)
        dots = [mu.Dots(graph.at(x, 0 * x + 0.6 * LOW), radius=RUG, color=colour, marker=marker)
                for x, colour, marker in looks]  # fmt: skip
        self.frame = Group(shade, graph.axes((-FARTHEST, FARTHEST), (LOW, HIGH)), *dots, *names)


def along(ends: Array, samples: int = 241) -> Array:
    """Return points (samples, 2) on the straight way from one input to another (2, 2)."""
    return np.asarray(ends[0] + np.linspace(0, 1, samples)[:, None] * (ends[1] - ends[0]))


def chords(radius: float) -> Array:
    """Return the ends (L, 2, 2) of the lines of a grid in a disk."""
    places = STEP * np.arange(-int(radius / STEP), int(radius / STEP) + 1)
    half = np.sqrt(radius**2 - places**2)
    across = np.stack([np.column_stack([-half, places]), np.column_stack([half, places])], axis=1)
    return np.concatenate([across, across[..., ::-1]])


def rim(radius: float) -> Array:
    """Return a circle (160, 2) around zero."""
    angle = np.linspace(0, 2 * np.pi, 160, endpoint=False)
    return np.asarray(radius * np.column_stack([np.cos(angle), np.sin(angle)]))


def ramps(fit: FeatureFit) -> list[Move]:
    """Return the moves from the plane to what the first neuron adds to the fitted output, from there to what the first
    two add, and to all three of them: the fitted output."""
    count = len(fit.network.readout.weight[0])
    level = (fit.offset + fit.scale * float(fit.network.readout.bias[0])) / count

    def adding(unit: int) -> Move:
        return lift(lambda points: fit.scale * contributions(fit.network, points)[:, unit] + level, f"unit {unit + 1}")

    return [adding(k) for k in range(count)]


def heading(text: str, box: mu.Box, colour: str) -> VGroup:
    """Return the name of a panel in its place."""
    return mu.words(text, mu.style.LABEL_SIZE, colour).move_to((*box.centre, 0)).set_z_index(6)


def cut_between(points: Array, labels: Array) -> Dense:
    """Return a plane between two classes as a readout, to be drawn as a network's is."""
    found = certificates.separability(points, labels)
    assert found.normal is not None
    return Dense(found.normal[None], np.array([found.offset]))
