"""Film: a third neuron lifts the disk out of the ring."""

from dataclasses import replace

from manim import FadeIn, FadeOut

from manim_untangle import LEANT, AnimateToTime, Film, NetworkStory, View, boundary, fitting, style, upright
from netlib import catalogue, certificates, moves_of


class OneMoreNeuron(Film):
    """With three neurons the plane is lifted into space, and a flat plane cuts the disk off its ring.

    Two numbers in, three numbers out: the layer turns the plane up into space, and tanh bends it into a dome that
    carries the disk above the ring. Now a plane can pass between them. Back in the input it becomes a closed curve
    around the disk, which no network of this kind and of width two can draw.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the lifted disk
    """

    title = "One more neuron"
    alt = "A flat grid with a disk inside a ring leans back, bends into a dome, and a flat plane cuts its top off."
    order = 6
    recipes = (catalogue.ONE_MORE_NEURON,)

    def construct(self) -> None:
        story = NetworkStory(self, catalogue.ONE_MORE_NEURON)
        network, data, space, presenter = story.network, story.data, story.space, story.presenter
        stretch, turn, shift, bend = moves_of(network.hidden[0])

        self.chapter("The same disk and ring")
        story.open()
        story.claim_inseparable("A disk inside a ring. No straight line separates them.")
        presenter.show()
        self.say("One layer, but three neurons: the plane becomes a sheet in space. Guess first: how can that help?")

        self.chapter("Out of the page")
        presenter.diagram.light(0)
        presenter.formula.light(stretch)
        sheet, cube = story.lean_back(1.5 * style.MOVE_SECONDS)
        self.say("W stretches the sheet and turns it up into space.")
        presenter.flow(stretch)
        # The camera follows the turn: the direction in which the readout will cut is up on screen from here on.
        presenter.flow(turn, view=replace(LEANT, frame=upright(network.readout.weight[0])))
        presenter.formula.light(shift)
        presenter.flow(shift)

        self.chapter("The bend makes a dome")
        presenter.formula.light(bend)
        self.say("tanh bends the sheet into the cube from −1 to 1. The disk leaves its ring.")
        presenter.flow(bend, run_time=2 * style.MOVE_SECONDS)
        presenter.turn_by(0.8)

        self.chapter("A plane between them")
        plane = story.show_plane()
        story.claim_separated("One flat plane now separates the disk from the ring.")
        self.play(FadeIn(story.scores()))
        presenter.turn_by(-1.0, run_time=2.5 * style.MOVE_SECONDS)
        self.poster_time = self.now

        # the same moves backwards, one after the other, so that the curve can be followed
        self.chapter("Back in the plane of inputs")
        curve = boundary(space, network)
        self.say("The plane meets the sheet in a curve. Follow it back to the inputs.")
        self.play(FadeIn(curve), FadeOut(plane, cube))
        space.forget(plane, cube)
        self.play(AnimateToTime(space, 2, fitting(space.view, space.at(data.points, 2)), keep=data.points))
        self.play(AnimateToTime(space, 1, LEANT, keep=data.points))
        self.play(AnimateToTime(space, 0, View(), keep=data.points))
        self.play(FadeIn(*story.plane), FadeOut(sheet))
        space.add(*story.plane).remove(sheet)
        self.claim("A closed curve around the disk, and no tunnel: it is enclosed.",
                   certificates.disk_enclosed(network, data))  # fmt: skip
