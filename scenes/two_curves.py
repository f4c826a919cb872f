"""Film: one hidden layer of two neurons bends the plane until a straight line separates two curves."""

from manim import Create, FadeIn, FadeOut

from netlib.catalogue import ONE_LAYER
from netlib.datasets import dataset
from netlib.topology.best_line import best_line
from netlib.topology.claims import a_line_separates, no_line_separates
from scenes.stage import style
from scenes.stage.film import Film
from scenes.stage.flow import Travel
from scenes.stage.readout import boundary, separating_line
from scenes.stage.scores import Scores, percent
from scenes.stage.space import Space
from scenes.stage.trial import Trial, Try, swing
from scenes.stage.view import View
from scenes.stage.walk import Walk

START = View(unit=2.8)


class TwoCurves(Film):
    """No straight line separates two curves; one layer of two neurons bends the plane until one does.

    A network without hidden layers can only draw a straight line, and the best of all lines gets some points wrong. A
    hidden layer does not draw a better line: it moves the points, and the plane with them, until a straight line is
    enough. Run backwards, that straight line un-bends into the curve that the network draws in its input.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of two curves
    """

    title = "Two curves, one line"
    alt = "Two curves on a grid; the grid bends until a straight line fits between them, and then bends back."
    order = 2
    recipes = (ONE_LAYER,)

    def construct(self) -> None:
        # fewer points of the same curves than it was trained on, so that their markers stay apart
        data, network = dataset("two_curves:n=64"), self.load(ONE_LAYER)
        space = Space(START)
        walk = Walk(self, network, space, data.points)

        self.chapter("No line separates two curves")
        dots = space.add_data(data)
        self.play(FadeIn(space.ghost, space.fine_grid, space.grid, dots))
        self.say("Two classes, two curves. Is there a straight line with one on each side?")
        self.pause(1.2)
        trial = Trial(space, data)
        self.play(Try(trial, swing(best_line(data.points, data.labels)), run_time=5))
        self.claim(f"No: the best of all lines gets {percent(trial.right)} right. The pink points are wrong.",
                   no_line_separates(data.points, data.labels))  # fmt: skip

        self.chapter("One hidden layer")
        self.play(FadeOut(trial), *map(FadeIn, walk.signs))
        self.say("A layer bends the plane, not the line. How could that help? Guess first.")
        self.pause(1.2)
        walk.layer(0, lambda move: _TOLD[move.part == "bend"], run_time=1.25 * style.MOVE_SECONDS)

        self.chapter("One straight line")
        line = separating_line(space, network)
        self.claim("Now a straight line separates them.",
                   a_line_separates(network.represent(data.points), data.labels), Create(line))  # fmt: skip
        self.play(FadeIn(scores := Scores(network, data)))

        self.chapter("Backwards")
        self.say("Un-bend the plane: what becomes of the line?", FadeOut(scores))
        curve = boundary(space, network)
        self.remove(line)
        space.forget(line)
        self.add(curve)
        self.play(Travel(space, 0, START, keep=data.points, run_time=3 * style.MOVE_SECONDS))
        self.say("A straight line after the layer is a curved boundary in the input.")


_TOLD = {
    False: "First stretch, turn and shift: every line stays straight …",
    True: "… then bend: tanh squeezes each axis into −1 … 1.",
}
