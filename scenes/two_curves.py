"""Film: one hidden layer of two neurons bends the plane until a straight line separates two curves."""

import numpy as np
from manim import FadeIn, FadeOut

import manim_untangle as mu
from netlib import Array, catalogue, certificates, dataset


class TwoCurves(mu.Film):
    """No straight line separates two curves; one layer of two neurons bends the plane until one does.

    A network without hidden layers can only draw a straight line, and the best of all lines gets some points wrong. A
    hidden layer does not draw a better line: it moves the points, and the plane with them, until a straight line is
    enough. Run backwards, that straight line un-bends into the curve that the network draws in its input.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of two curves
    """

    title = "Two curves, one line"
    alt = "Two curves on a grid; the grid bends until a straight line fits between them, and then bends back."
    order = 2
    notes = 3
    recipes = (catalogue.ONE_LAYER,)

    def construct(self) -> None:
        # fewer points of the same curves than it was trained on, so that their markers stay apart
        data = dataset("two_curves:n=64")
        story = mu.NetworkStory(self, catalogue.ONE_LAYER, data, mu.View(unit=2.8))

        self.chapter("No line separates two curves")
        story.open(*story.signs)
        self.ask("Two curves. Is there a straight line with one on each side?", choices=("there is", "there is none"),
                 answer=certificates.a_line_separates(data.points, data.labels))  # fmt: skip
        # the line turns once around and stops at the best place that there is
        probe = mu.LineProbe(story.space, data)
        self.say("Try lines in all directions. Pink points are on the wrong side.")
        self.play(mu.MoveLineProbe(probe, swing(probe.best), run_time=5))
        self.claim(f"No: the best of all lines gets {mu.percent(probe.right)} right.",
                   certificates.best_line_is_not_enough(probe.best))  # fmt: skip

        self.chapter("One hidden layer")
        self.play(FadeOut(probe))
        self.ask("A layer bends the plane. Will one straight line do then?",
                 choices=("it will", "it will not"),
                 answer=certificates.a_line_separates(data.points, data.labels, story.network))  # fmt: skip
        story.layers({0: CAPTIONS}, 1.25 * mu.style.MOVE_SECONDS)

        self.chapter("One straight line")
        story.draw_divider()
        story.claim_separated("Now a straight line separates them.", FadeIn(scores := story.scores()))
        self.poster_time = self.now

        self.chapter("Backwards")
        self.say("Un-bend the plane: what becomes of the line?", FadeOut(scores))
        story.back_to_inputs(3 * mu.style.MOVE_SECONDS)
        story.claim_curved("This line after the layer is a curved boundary in the input.")


CAPTIONS = {
    "W x + b": "First stretch, turn and shift: every line stays straight …",
    "tanh": "… then bend: tanh squeezes each axis into −1 … 1.",
}


def swing(best: certificates.BestLine, tries: int = 120) -> Array:
    """Return places (tries, 3) of a line in the plane that turns once around and ends as the best one."""
    angles = np.linspace(0, np.arctan2(best.normal[1], best.normal[0]) + 2 * np.pi, tries)
    offsets = np.linspace(0, best.offset / float(np.linalg.norm(best.normal)), tries)
    return np.column_stack([np.cos(angles), np.sin(angles), offsets])
