"""Film: a third neuron lifts the disk out of the ring."""

import itertools
from dataclasses import replace

import numpy as np
from manim import Create, FadeIn

import manim_untangle as mu
from netlib import Array, Dataset, Network, catalogue, certificates, moves_of


class OneMoreNeuron(mu.Film):
    """With three neurons the plane is lifted into space, and a flat plane cuts the disk off its ring.

    Two numbers in, three numbers out: the layer turns the plane up into space, and tanh bends it into a dome that
    carries the disk above the ring. Now a plane can pass between them. Back in the input it becomes a closed curve
    around the disk, which no network of this kind and of width two can draw.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the lifted disk
    """

    title = "One more neuron"
    alt = "A flat grid with a disk inside a ring leans back, bends into a dome, and a flat plane cuts its top off."
    order = 6
    notes = 0
    recipes = (catalogue.ONE_MORE_NEURON,)

    def construct(self) -> None:
        story = mu.NetworkStory(self, catalogue.ONE_MORE_NEURON)
        network, data, space = story.network, story.data, story.space
        stretch, turn, shift, bend = moves_of(network.hidden[0])
        top = network.readout.weight[0]  # the direction in which the readout cuts

        self.chapter("The same disk and ring")
        self.add(*story.plane, story.dots, *story.signs)
        story.claim_inseparable("A disk inside a ring. No straight line separates them.")
        self.ask("A third neuron gives the sheet room to bend. How can that help?")
        self.silence()

        self.chapter("Out of the page")
        story.diagram.light(0)
        story.formula.light(stretch)
        self.say("Three neurons give three numbers: a place in space.")
        _, cube = story.lean_back(mu.style.MOVE_SECONDS)
        self.say("W stretches the sheet and turns it up.")
        story.flow(stretch, view=mu.LEANT)
        # The camera follows the turn: the direction in which the readout will cut is up on screen from here on.
        story.flow(turn, view=mu.LEANT.upright(top), centred=True, beside=CUBE)
        story.formula.light(shift)
        story.flow(shift, 0.6 * mu.style.MOVE_SECONDS, centred=True, beside=CUBE)

        self.chapter("The bend makes a dome")
        story.formula.light(bend)
        above = certificates.a_line_separates(data.points, data.labels, network)
        self.ask("tanh bends it into this cube, −1 to 1. Where will the disk be?",
                 choices=("above its ring", "level with it"), answer=above, seconds=0.0)  # fmt: skip
        followed, names = lowest(network, data), mu.CubeNames(space, np.sign(top))
        self.play(FadeIn(space.add_dots(followed, mu.style.HIGHLIGHT, radius=0.14), names),
                  run_time=mu.style.FADE_SECONDS)  # fmt: skip
        story.flow(bend, run_time=1.6 * mu.style.MOVE_SECONDS, centred=True, beside=CUBE)
        held = certificates.one_number_falls(network, data)
        self.claim("The disk stays near the top corner, in all three numbers.", held)
        self.claim("In the ring at least one falls: neuron 1’s, 2’s or 3’s.", held)
        # a line at each yellow point shows which of its numbers is far from the top corner, and how far
        falls = [space.add_lines(way, mu.style.HIGHLIGHT, 6, fixed=True).set_z_index(7)
                 for way in ways_to_corner(network.represent(followed), np.sign(top))]  # fmt: skip
        for fall in falls:
            self.play(Create(fall, run_time=FALL))
        self.finish_reading()

        self.chapter("A plane between them")
        self.play(space.fade_out(names, *falls), run_time=0.3)
        story.draw_divider()
        story.claim_separated("One flat plane now separates the disk from the ring.")
        story.turn_by(1.2, run_time=1.3 * mu.style.MOVE_SECONDS)
        self.poster_time = self.now

        # the same moves backwards, one after the other, so that the curve can be followed
        self.chapter("Back in the plane of inputs")
        curve = mu.boundary(space, network)
        self.say("Where does the plane meet the sheet? Follow the curve back to the inputs.")
        self.play(FadeIn(curve), space.fade_out(story.divider, cube))
        for time, view in ((2, replace(space.view, centre=None)), (1, mu.LEANT)):
            story.travel(time, story.fitted(space.at(data.points, time), view))
        story.travel(0, mu.View())
        self.claim("Among the inputs the cut is a closed curve: three neurons enclose the disk.",
                   certificates.disk_enclosed(network, data))  # fmt: skip


CUBE = np.array(list(itertools.product([-1.0, 1.0], repeat=3)))
FALL = 0.6  # seconds, for a line that shows how far a number falls


def lowest(network: Network, data: Dataset) -> Array:
    """Return for each of the three neurons the point (3, 2) of the ring at which its number is farthest from the corner
    of the cube where the readout is highest."""
    ring = data.of_class(0)
    return ring[(network.represent(ring) * np.sign(network.readout.weight[0])).argmin(axis=0)]


def ways_to_corner(images: Array, corner: Array) -> Array:
    """Return for image k of three (3, 3) the way (2, 3) along axis k to the side of the cube that has the corner."""
    return np.stack([images, np.where(np.eye(3, dtype=bool), corner, images)], axis=1)
