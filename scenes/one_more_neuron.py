"""Film: a third neuron lifts the disk out of the ring."""

from dataclasses import replace

from manim import FadeIn, FadeOut

from manim_untangle.draw import style
from manim_untangle.stage.animations import AnimateToTime, fitting
from manim_untangle.stage.film import Film
from manim_untangle.stage.readout import boundary
from manim_untangle.stage.story import LEANT, NetworkStory
from manim_untangle.stage.view import View, upright
from netlib.certificates.claims import disk_enclosed
from netlib.motion.moves import moves_of
from netlib.training.catalogue import ONE_MORE_NEURON


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
    recipes = (ONE_MORE_NEURON,)

    def construct(self) -> None:
        act = NetworkStory(self, ONE_MORE_NEURON)
        network, data, space, walk = act.network, act.data, act.space, act.walk
        stretch, turn, shift, bend = moves_of(network.hidden[0])

        self.chapter("The same disk and ring")
        act.open()
        act.claim_inseparable("A disk inside a ring. No straight line separates them.")
        walk.show()
        self.say("One layer, but three neurons: the plane becomes a sheet in space. Guess first: how can that help?")

        self.chapter("Out of the page")
        walk.diagram.light(0)
        walk.formula.light(stretch)
        sheet, cube = act.lean_back(1.5 * style.MOVE_SECONDS)
        self.say("W stretches the sheet and turns it up into space.")
        walk.flow(stretch)
        # The camera follows the turn: the direction in which the readout will cut is up on screen from here on.
        walk.flow(turn, view=replace(LEANT, frame=upright(network.readout.weight[0])))
        walk.formula.light(shift)
        walk.flow(shift)

        self.chapter("The bend makes a dome")
        walk.formula.light(bend)
        self.say("tanh bends the sheet into the cube from −1 to 1. The disk leaves its ring.")
        walk.flow(bend, run_time=2 * style.MOVE_SECONDS)
        walk.turn_by(0.8)

        self.chapter("A plane between them")
        plane = act.show_plane()
        act.claim_separated("One flat plane now separates the disk from the ring.")
        self.play(FadeIn(act.scores()))
        walk.turn_by(-1.0, run_time=2.5 * style.MOVE_SECONDS)
        self.poster_time = self.now

        self.chapter("Back in the plane of inputs")
        curve = boundary(space, network)
        self.say("The plane meets the sheet in a curve. Follow it back to the inputs.")
        self.play(FadeIn(curve), FadeOut(plane, cube))
        space.forget(plane, cube)
        self.play(AnimateToTime(space, 2, fitting(space.view, space.at(data.points, 2)), keep=data.points))
        self.play(AnimateToTime(space, 1, LEANT, keep=data.points))
        self.play(AnimateToTime(space, 0, View(), keep=data.points))
        self.play(FadeIn(*act.plane), FadeOut(sheet))
        space.add(*act.plane).remove(sheet)
        self.claim("A closed curve around the disk, and no tunnel: it is enclosed.", disk_enclosed(network, data))
