"""Film: a longer spiral, on which training often fails."""

from manim import Create, FadeIn, FadeOut

from netlib.catalogue import HARD_SPIRALS, HARD_SPIRALS_NARROW
from netlib.topology.claims import a_line_separates, no_line_separates
from netlib.trajectory import affine_then_bend
from scenes.stage import style
from scenes.stage.diagram import Diagram
from scenes.stage.film import Film
from scenes.stage.flow import Flow, Travel, fitting
from scenes.stage.multiples import baselines, flows, none_is_right, row
from scenes.stage.readout import boundary, separating_line
from scenes.stage.scores import Scores
from scenes.stage.skip import straight_to
from scenes.stage.space import Space
from scenes.stage.view import View

QUICK = 0.45 * style.MOVE_SECONDS


class HardSpirals(Film):
    """Six layers of two fail on a longer spiral from every start shown; a wider network manages. Hard, not impossible.

    The spiral makes one and a half turns. Bending the plane could unwind it, for no law of topology forbids that, but
    training has to find the way, and from these four starts it does not. A network with two layers of sixteen neurons
    finds one: training is easier in more dimensions. A failed training says that a solution was not found, not that
    there is none.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the spiral that is not untangled
    """

    title = "Hard is not impossible"
    alt = "Four small networks fail to unwind a long spiral, each in its own way; a wider one draws a winding boundary."
    recipes = (*HARD_SPIRALS_NARROW, HARD_SPIRALS)

    def construct(self) -> None:
        data, wide = HARD_SPIRALS.dataset(), self.load(HARD_SPIRALS)
        narrow = [self.load(recipe) for recipe in HARD_SPIRALS_NARROW]

        self.chapter("A longer spiral")
        space = Space()
        space.add_data(data)
        self.play(FadeIn(space))
        self.claim("One and a half turns. No straight line separates these two arms.",
                   no_line_separates(data.points, data.labels))  # fmt: skip

        self.chapter("Four starts, six layers of two")
        multiples, diagram = row(narrow, data), Diagram(narrow[0]).move_to([0, -1.85, 0])
        self.play(FadeOut(space), *(FadeIn(m.drawn) for m in multiples), FadeIn(diagram))
        self.say("Six layers of two, four random starts. Which will unwind it? Guess first.")
        self.say("Each bends its plane in its own way.")
        for k in range(len(narrow[0].hidden)):
            diagram.light(k)
            for moves in zip(*(affine_then_bend(network.hidden[k], k) for network in narrow), strict=True):
                self.play(*flows(multiples, moves, QUICK))
            self.pause(0.2)
        self.play(FadeOut(diagram))
        verdicts = [m.verdict(f"start {k}") for k, m in enumerate(multiples, 1)]
        self.claim("None of the four. Each got stuck in its own tangle; the pink points are wrong.",
                   none_is_right(narrow, data), *map(FadeIn, verdicts), FadeIn(baselines(data)))  # fmt: skip
        self.poster_time = self.now
        self.pause(0.6)
        self.say("Is it impossible? No law forbids unwinding a plane. Training did not find the way.")

        self.chapter("A wider network")
        self.silence()
        before, space = list(self.mobjects), Space()
        diagram = Diagram(wide)
        dots = space.add_data(data)
        self.play(*map(FadeOut, before), FadeIn(space.ghost, space.fine_grid, space.grid, dots, diagram))
        self.say("A wider network: two layers of sixteen, then two. Guess.")
        self.say("Sixteen dimensions cannot be drawn: the points go straight to the last layer.")
        jump = straight_to(wide)
        end = fitting(space.view, wide.represent(data.points))
        self.play(Flow(space, jump, end, keep=data.points, run_time=2 * style.MOVE_SECONDS))
        line = separating_line(space, wide)
        self.claim("Here one straight line is enough.",
                   a_line_separates(wide.represent(data.points), data.labels), Create(line))  # fmt: skip
        self.play(FadeIn(Scores(wide, data)))

        self.chapter("Hard is not impossible")
        self.finish_reading()
        curve = boundary(space, wide)
        self.add(curve)
        self.remove(line)
        space.forget(line)
        self.play(Travel(space, 0, View(), keep=data.points, run_time=1.5 * style.MOVE_SECONDS))
        self.say("The boundary it draws winds along. Hard to train is not the same as impossible.")
