"""Film: a third neuron lifts the disk out of the ring."""

from dataclasses import replace

import numpy as np
from manim import FadeIn, FadeOut

import manim_untangle as mu
from netlib import catalogue, certificates, moves_of


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

        self.chapter("The same disk and ring")
        self.add(*story.plane, story.dots, *story.signs)
        story.claim_inseparable("A disk inside a ring. No straight line separates them.")
        self.ask("A third neuron gives the plane space to bend in. How can that help?")
        self.silence()

        self.chapter("Out of the page")
        story.diagram.light(0)
        story.formula.light(stretch)
        self.say("Three neurons give three numbers: a place in space.")
        sheet, cube = story.lean_back(mu.style.MOVE_SECONDS)
        self.say("W stretches the sheet and turns it up.")
        story.flow(stretch, view=mu.LEANT)
        # The camera follows the turn: the direction in which the readout will cut is up on screen from here on.
        story.flow(turn, view=mu.LEANT.upright(network.readout.weight[0]), centred=True)
        story.formula.light(shift)
        story.flow(shift, 0.6 * mu.style.MOVE_SECONDS, centred=True)

        self.chapter("The bend makes a dome")
        story.formula.light(bend)
        above = certificates.a_line_separates(data.points, data.labels, network)
        self.ask("tanh bends it into this cube, −1 to 1. Where will the disk be?",
                 choices=("above its ring", "level with it"), answer=above, seconds=0.0)  # fmt: skip
        followed = data.points[np.linalg.norm(data.points - FOLLOWED, axis=1).argmin()][None]
        names = mu.CubeNames(space, np.sign(network.readout.weight[0]))
        self.play(FadeIn(space.add_dots(followed, mu.style.HIGHLIGHT, radius=0.14), names),
                  run_time=mu.style.FADE_SECONDS)  # fmt: skip
        story.flow(bend, run_time=1.6 * mu.style.MOVE_SECONDS, centred=True)
        # a line at the yellow point shows which of its numbers is far from the top corner, and how far
        image, top = network.represent(followed)[0], np.sign(network.readout.weight[0])
        fallen = int(np.abs(image - top).argmax())
        way = np.stack([image, np.where(np.arange(3) == fallen, top, image)])
        fall = space.add_lines(way, mu.style.HIGHLIGHT, 5, fixed=True).set_z_index(7)
        self.claim(f"In the disk all three numbers stay near the top corner. Here, that of neuron {fallen + 1} falls.",
                   certificates.one_number_falls(network, data), FadeIn(fall))  # fmt: skip
        story.turn_by(0.8, run_time=mu.style.MOVE_SECONDS)

        self.chapter("A plane between them")
        self.play(space.fade_out(names, fall), run_time=0.3)
        story.draw_divider()
        story.claim_separated("One flat plane now separates the disk from the ring.")
        story.turn_by(-1.0, run_time=mu.style.MOVE_SECONDS)
        self.poster_time = self.now

        # the same moves backwards, one after the other, so that the curve can be followed
        self.chapter("Back in the plane of inputs")
        curve = mu.boundary(space, network)
        self.say("Where does the plane meet the sheet? Follow the curve back to the inputs.")
        self.play(FadeIn(curve), space.fade_out(story.divider, cube))
        for time, view in ((2, replace(space.view, centre=None)), (1, mu.LEANT)):
            story.travel(time, story.fitted(space.at(data.points, time), view))
        story.travel(0, mu.View())
        self.play(FadeIn(*story.plane), FadeOut(sheet))
        space.add(*story.plane).remove(sheet)
        self.claim("Back in the plane the cut is a closed curve: three neurons enclose the disk.",
                   certificates.disk_enclosed(network, data))  # fmt: skip


FOLLOWED = np.array([0.0, -0.82])  # the yellow point is the data's nearest to this one
