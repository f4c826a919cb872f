"""Film: a feature made by hand beside a learned one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from manim import FadeIn, FadeOut, ManimColor, UpdateFromAlphaFunc, VGroup

import manim_untangle as mu
from netlib import Array, Dataset, Dense, FeatureFit, Move, catalogue, certificates, dataset, feature_fit, lift, squares
from netlib import unit_contributions as contributions


class Features(mu.Film):
    """Does a network invent features such as x² + y²? A bowl made by hand beside one that three neurons add up to.

    Someone who knows the answer lifts each point by x² + y², and a plane separates the disk from its ring. A trained
    network adds up three neurons, and each of them is a ramp. Together they are a bowl, too, which follows x² + y²
    closely on the data, though no single neuron does. Away from the data the two part: the polynomial goes on growing,
    and the neurons level off. The network did not compute a square; it bent the plane where the data are.

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
        sides = self.layout.panels(2)
        hand, learned = Surface(sides[0], data, mu.style.FAINT_INK), Surface(sides[1], data, mu.style.GRID)
        band = self.layout.slot("heading")
        names = [heading(f"made by hand: {FEATURE}", sides[0], band, hand.colour),
                 heading("trained network: 2 → 3 → 1", sides[1], band, learned.colour)]  # fmt: skip

        self.chapter("Two ways to lift a disk")
        self.add(hand.space, learned.space, *names)
        self.ask(f"{FEATURE} is high far from the middle. Does a network invent such a feature?")
        self.say(f"By hand: lift each point by {FEATURE}.")
        self.play(mu.ApplyMove(hand.space, lift(squares)))
        lifted = np.column_stack([data.points, squares(data.points)])
        plane = mu.divider(hand.space, cut_between(lifted, data.labels), half=HALF)
        self.claim("Now a flat plane parts disk and ring.",
                   certificates.a_line_separates(lifted, data.labels), FadeIn(plane))  # fmt: skip

        self.chapter("Three ramps")
        self.say("The network adds up three neurons. The first lifts a ramp …")
        self.play(mu.ApplyMove(learned.space, ramp(fit, 0), run_time=SLOW))
        self.say("… the second and the third add theirs.")
        for k in (1, 2):
            self.play(mu.ApplyMove(learned.space, ramp(fit, k), run_time=SLOW))
        self.claim(
            "Three ramps add up to a bowl. No single one is near x² + y².", fit.certificate(max(fit.units) < 0.2)
        )
        level = mu.divider(learned.space, Dense(np.array([[0.0, 0.0, 1.0]]), np.array([-fit.offset])), half=HALF)
        self.claim("A flat plane parts disk and ring here, too.",
                   certificates.all_points_right(network, data), FadeIn(level))  # fmt: skip

        # the same place for both, at one scale: they can be compared
        self.chapter("How alike?")
        self.silence()
        whole = replace(LEANT, unit=2.9, centre=self.layout.picture.centre)
        whole = replace(whole, centre=(whole.middle[0], whole.middle[1] - 1.2))
        self.play(FadeOut(plane, level, hand.dots), run_time=mu.style.FADE_SECONDS)
        for surface, mobject in ((hand, plane), (learned, level)):
            surface.space.forget(mobject)
        hand.space.forget(*hand.dots)
        self.play(*(mu.ChangeView(surface.space, whole) for surface in (hand, learned)))
        self.claim(f"Laid on each other: on the data the network nearly follows {FEATURE}.",
                   certificates.follows_more_than_the_class(fit, squares, data))  # fmt: skip

        self.chapter("Beyond the data")
        self.ask("And where there were no data?", choices=("they agree there, too", "they part"),
                 answer=fit.certificate(fit.outside > 0.9), seconds=0.0)  # fmt: skip
        low = replace(whole, unit=1.9, tilt=1.4, centre=(whole.middle[0], self.layout.picture.bottom + 0.7))
        self.play(*(mu.ChangeView(surface.space, low) for surface in (hand, learned)))
        self.play(hand.grown(FARTHEST), learned.grown(FARTHEST))
        self.claim(f"They part: {FEATURE} goes on growing, tanh levels off.", fit.certificate(fit.outside < 0))
        self.poster_time = self.now
        self.claim("It did not invent the square. It bent the plane where the data are.",
                   fit.certificate(fit.outside < 0))  # fmt: skip
        turned = learned.space.view.turned(0.8)
        self.play(*(mu.ChangeView(surface.space, turned, run_time=SLOW) for surface in (hand, learned)))


LEANT = mu.View(unit=2.35, turn=0.4, tilt=1.15)
SLOW = 1.25 * mu.style.MOVE_SECONDS
FEATURE, HALF, FARTHEST = "x² + y²", 1.05, 1.6  # radius of a sheet: around the data, and beyond
STEP = 0.15  # between the lines of a sheet
OPACITY = {mu.style.FAINT_INK: 0.7, mu.style.GRID: 0.9}  # of the lines of a sheet, by their colour


class Surface:
    """A round sheet of the plane with the data, in a box of the frame, that can be lifted and grown."""

    def __init__(self, box: mu.Box, data: Dataset, colour: str) -> None:
        x, y = box.centre
        self.space = mu.Space(replace(LEANT, centre=(x, y - 0.9)), grid=False)
        self.colour = colour
        self.space.add_straight(chords(HALF), colour, 2.0, OPACITY[colour])
        self.space.add_lines(rim(HALF), colour, 2.0, OPACITY[colour], closed=True)
        self.dots = self.space.add_data(data, radius=mu.style.SMALLEST_DOT)

    def grown(self, radius: float) -> UpdateFromAlphaFunc:
        """Add what lies around the sheet, and return the animation in which it grows outwards to a radius."""
        ends, share = chords(radius), np.linspace(0, 1, 73)[:, None, None]
        inputs = ((1 - share) * ends[:, 0] + share * ends[:, 1]).transpose(1, 0, 2).reshape(-1, 2)
        inputs = np.vstack([inputs, rim(radius), rim(radius)[:1]])
        around = self.space.add_lines(inputs, self.colour, 2.0, starts=73 * np.arange(len(ends) + 1))
        far, hue = np.linalg.norm(inputs, axis=1), np.array(ManimColor(self.colour).to_rgb())

        def show(_: object, t: float) -> None:
            now = HALF + t * (radius - HALF)
            opacity = OPACITY[self.colour] * ((far > HALF) & (far <= now + 1e-9))
            around.set_rgbas(np.column_stack([np.tile(hue, (len(far), 1)), opacity]))

        show(None, 0.0)
        return UpdateFromAlphaFunc(around, show, run_time=SLOW)


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


def ramp(fit: FeatureFit, unit: int) -> Move:
    """Return the move that lifts the plane by what a neuron adds to the fitted output; all of them add up to it."""
    count = len(fit.network.readout.weight[0])
    level = (fit.offset + fit.scale * float(fit.network.readout.bias[0])) / count
    return lift(lambda points: fit.scale * contributions(fit.network, points)[:, unit] + level, f"unit {unit + 1}")


def heading(text: str, below: mu.Box, band: mu.Box, colour: str) -> VGroup:
    """Return a heading above a box, in the band for headings."""
    return mu.words(text, mu.style.LABEL_SIZE, colour).move_to((below.centre[0], band.centre[1], 0)).set_z_index(12)


def cut_between(points: Array, labels: Array) -> Dense:
    """Return a plane between two classes as a readout, to be drawn as a network's is."""
    found = certificates.separability(points, labels)
    assert found.normal is not None
    return Dense(found.normal[None], np.array([found.offset]))
