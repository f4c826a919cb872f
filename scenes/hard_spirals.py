"""Film: a longer spiral, on which training often fails."""

from manim import FadeIn, FadeOut

from manim_untangle.draw import style
from manim_untangle.stage.diagram import Diagram
from manim_untangle.stage.film import Film
from manim_untangle.stage.multiples import baselines, flows, none_is_right, row
from manim_untangle.stage.space import Space
from manim_untangle.stage.story import NetworkStory, fade_out_all
from netlib.certificates.claims import no_line_separates
from netlib.motion.moves import together
from netlib.motion.trajectory import affine_then_bend
from netlib.training.catalogue import HARD_SPIRALS, HARD_SPIRALS_STUCK

QUICK = 0.4 * style.MOVE_SECONDS


class HardSpirals(Film):
    """Six layers of two fail on a longer spiral from most starts; a longer search finds one that unwinds it.

    Bending the plane can unwind this spiral, for no law of topology forbids that, but training has to find the way,
    and from most random starts it does not. The search went on from start to start until one of the same six layers
    of two neurons got every point right. A failed training says that a solution was not found, not that there is none.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the spiral that is not untangled
    """

    title = "Hard is not impossible"
    alt = "Four small networks fail to unwind a spiral, each in its own way; the same layers, from another start, do."
    order = 4
    recipes = (*HARD_SPIRALS_STUCK, HARD_SPIRALS)

    def construct(self) -> None:
        data, network = HARD_SPIRALS.dataset(), self.load(HARD_SPIRALS)
        stuck = [self.load(recipe) for recipe in HARD_SPIRALS_STUCK]
        start = HARD_SPIRALS.record()["attempts"]

        self.chapter("A longer spiral")
        space = Space()
        space.add_data(data)
        self.play(FadeIn(space))
        self.claim("A longer spiral. No straight line separates its two arms.",
                   no_line_separates(data.points, data.labels))  # fmt: skip

        self.chapter("Four starts, six layers of two")
        multiples, diagram = row(stuck, data), Diagram(network).move_to([0, -1.85, 0])
        self.play(FadeOut(space), *(FadeIn(m.drawn) for m in multiples), FadeIn(diagram))
        self.say("Six layers of two, four random starts. Which unwinds it? Guess.")
        self.say("Each bends its plane in its own way.")
        for k in range(len(network.hidden)):
            diagram.light(k)
            layers = [together("layer", affine_then_bend(each.hidden[k], k)) for each in stuck]
            self.play(*flows(multiples, layers, 0.6 * style.MOVE_SECONDS))
        self.play(FadeOut(diagram))
        verdicts = [m.verdict(f"start {k}") for k, m in enumerate(multiples, 1)]
        self.claim("None of the four. The pink points are wrong.",
                   none_is_right(stuck, data), *map(FadeIn, verdicts), FadeIn(baselines(data)))  # fmt: skip
        self.say("Is it impossible? To unwind it nothing must be torn. Search on.")
        fade_out_all(self)

        act = NetworkStory.opened(self, "A longer search", HARD_SPIRALS)
        self.say(f"Starts {len(stuck) + 1} to {start - 1} fail, too. This is start {start} of the same six layers.")
        act.layers({}, QUICK)
        act.draw_line()
        act.claim_separated("Unwound: one straight line separates the arms.", FadeIn(act.scores()))
        self.poster_time = self.now

        self.chapter("Hard is not impossible")
        self.finish_reading()
        act.back_to_inputs()
        self.say(f"{start - 1} starts failed, start {start} found a way. Hard is not impossible.")
