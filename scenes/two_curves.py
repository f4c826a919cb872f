"""Film: one hidden layer of two neurons bends the plane until a straight line separates two curves."""

from manim import FadeIn, FadeOut

from manim_untangle import Film, LineProbe, MoveLineProbe, NetworkStory, View, percent, style, swing
from netlib import catalogue, certificates, dataset


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
    recipes = (catalogue.ONE_LAYER,)

    def construct(self) -> None:
        # fewer points of the same curves than it was trained on, so that their markers stay apart
        data = dataset("two_curves:n=64")
        story = NetworkStory(self, catalogue.ONE_LAYER, data, View(unit=2.8))

        self.chapter("No line separates two curves")
        story.open()
        self.say("Two classes, two curves. Is there a straight line with one on each side?")
        self.pause(1.2)
        # the line turns once around and stops at the best place that there is
        probe = LineProbe(story.space, data)
        self.play(MoveLineProbe(probe, swing(certificates.best_line(data.points, data.labels)), run_time=5))
        best = percent(probe.right)
        story.claim_inseparable(f"No: the best of all lines gets {best} right. The pink points are wrong.")

        self.chapter("One hidden layer")
        self.play(FadeOut(probe), *map(FadeIn, story.presenter.signs))
        self.say("A layer bends the plane, not the line. How could that help? Guess first.")
        self.pause(1.2)
        story.layers({0: CAPTIONS}, 1.25 * style.MOVE_SECONDS)

        self.chapter("One straight line")
        story.draw_line()
        story.claim_separated("Now a straight line separates them.", FadeIn(scores := story.scores()))

        self.chapter("Backwards")
        self.say("Un-bend the plane: what becomes of the line?", FadeOut(scores))
        story.back_to_inputs(3 * style.MOVE_SECONDS)
        self.say("A straight line after the layer is a curved boundary in the input.")


CAPTIONS = {
    "W x + b": "First stretch, turn and shift: every line stays straight …",
    "tanh": "… then bend: tanh squeezes each axis into −1 … 1.",
}
