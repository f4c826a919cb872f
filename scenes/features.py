"""Film: a feature made by hand beside a learned one."""

from dataclasses import replace

import numpy as np
from manim import Create, FadeIn, FadeOut, VGroup

import manim_untangle as mu
from netlib import Array, Dense, Move, affine_then_bend, catalogue, certificates, lift, squares


class Features(mu.Film):
    """Does a network invent features such as x² + y²? The hand-made lift beside the learned one, and how alike.

    Someone who knows the answer adds x² + y² as a third coordinate, and a plane separates the disk from its ring. A
    trained layer of three neurons finds a lift of its own. On the data the direction in which its plane cuts follows
    x² + y² closely, though no single neuron does. Away from the data the two part: the polynomial goes on growing,
    and the neurons level off. The network did not compute a square; it bent the plane where the data are.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the lifted disk
    """

    title = "Made by hand, and learned"
    alt = "Two sheets with a disk in a ring are lifted, one to a bowl made by hand, one to a learned dome."
    order = 12
    signs, heading = False, 1
    recipes = (catalogue.ONE_MORE_NEURON,)

    def construct(self) -> None:
        data, network = catalogue.ONE_MORE_NEURON.dataset(), self.load(catalogue.ONE_MORE_NEURON)
        hand, learned = (mu.Space(mu.View(unit=1.75, centre=centre), grid=False) for centre in (LEFT, RIGHT))
        headings = [heading(f"made by hand: {FEATURE}", LEFT), heading("trained network: 2 → 3 → 1", RIGHT)]

        self.chapter("Two ways to lift a disk")
        for space in (hand, learned):
            space.add_sheet(half=1.0)
            space.add_data(data)
        self.play(FadeIn(hand, learned))
        self.ask(f"Does a network invent a feature such as {FEATURE}? Guess first.", *map(FadeIn, headings))

        self.chapter("Made by hand")
        self.play(*(mu.ChangeView(space, replace(LEANT, centre=space.view.centre)) for space in (hand, learned)))
        self.say(f"Left, made by hand: {FEATURE} becomes a third coordinate.")
        move = lift(squares)
        self.play(mu.ApplyMove(hand, move, placed(hand.view, move, data.points, LEFT, 1.6)))
        lifted = move.at(data.points, 1)
        plane = mu.divider(hand, cut_between(lifted, data.labels), half=1.0)
        self.claim("A flat plane separates disk and ring.",
                   certificates.a_line_separates(lifted, data.labels), FadeIn(plane))  # fmt: skip

        # the bowl and the dome are different shapes; both have the disk on one side of a plane
        self.chapter("Learned")
        self.say("Right, trained: three neurons stretch, turn and bend the same sheet.")
        affine, bend = affine_then_bend(network.hidden[0])
        up = learned.view.upright(-network.readout.weight[0])
        self.play(mu.ApplyMove(learned, affine, placed(up, affine, data.points, RIGHT, 0.75)))
        bent = placed(up, bend, affine.at(data.points, 1), RIGHT, 1.6)
        self.play(mu.ApplyMove(learned, bend, bent, run_time=1.5 * mu.style.MOVE_SECONDS))
        plane = mu.divider(learned, network.readout, half=1.0)
        self.claim("It found a lift of its own, and a plane for it.",
                   certificates.a_line_separates(data.points, data.labels, network), FadeIn(plane))  # fmt: skip
        self.play(*(mu.ChangeView(space, space.view.turned(0.9)) for space in (hand, learned)))

        self.chapter("How alike?")
        self.silence()
        profile = mu.FeatureProfile(network, squares, data, FARTHEST)
        fit = profile.fit
        learned_inside, by_hand_inside = profile.inside
        self.play(FadeOut(hand, learned, *headings), FadeIn(profile))
        self.play(Create(by_hand_inside), FadeIn(profile.dots))
        self.claim(f"On the data, after the best scale and shift: R² = {fit.inside:.2f} (1 is equal). "
                   f"A step from disk to ring has {profile.step:.2f}.",
                   certificates.follows_more_than_the_class(fit, squares, data), FadeIn(learned_inside))  # fmt: skip
        self.claim(f"No single neuron of the three is alike: R² at most {max(fit.units):.2f}.",
                   fit.certificate(max(fit.units) < 0.2))  # fmt: skip

        self.chapter("Outside the data")
        self.ask("And where there were no data? Guess first.")
        self.play(*map(Create, profile.outside), run_time=2 * mu.style.MOVE_SECONDS)
        self.claim(f"{FEATURE} goes on growing, tanh levels off. R² = −{-fit.outside:.1f}: worse than a constant.",
                   fit.certificate(fit.outside < 0))  # fmt: skip
        self.poster_time = self.now
        self.claim("It did not invent the square. It bent the plane where the data are.",
                   fit.certificate(fit.outside < 0))  # fmt: skip


LEFT, RIGHT = (-3.5, 0.4), (3.5, 0.4)
LEANT = mu.View(unit=1.75, turn=0.4, tilt=1.2)
FEATURE, FARTHEST = "x² + y²", 2.0


def heading(text: str, over: tuple[float, float]) -> VGroup:
    """Return a heading above a scene point, in front of what moves there."""
    level = mu.current_layout().slot("heading").centre[1]
    return mu.words(text, mu.style.LABEL_SIZE).move_to((over[0], level, 0)).set_z_index(12)


def cut_between(points: Array, labels: Array) -> Dense:
    """Return a plane between two classes as a readout, to be drawn as a network's is."""
    found = certificates.separability(points, labels)
    assert found.normal is not None
    return Dense(found.normal[None], np.array([found.offset]))


def placed(view: mu.View, move: Move, points: Array, middle: tuple[float, float], unit: float) -> mu.View:
    """Return the view of that unit in which points (N, d), after the move, have their middle at a scene point."""
    seen = replace(view, unit=unit, centre=(0.0, 0.0)).project(move.at(points, 1))[:, :2]
    x, y = middle - (seen.min(axis=0) + seen.max(axis=0)) / 2
    return replace(view, unit=unit, centre=(float(x), float(y)))
