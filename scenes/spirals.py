from manim import Create, FadeIn

from netlib.catalogue import SPIRALS
from netlib.topology.claims import a_line_separates, no_line_separates
from scenes.stage import style
from scenes.stage.film import Film
from scenes.stage.flow import Travel
from scenes.stage.readout import boundary, separating_line
from scenes.stage.scores import Scores
from scenes.stage.space import Space
from scenes.stage.view import View
from scenes.stage.walk import Walk


class Spirals(Film):
    """Four layers of two neurons untangle two spirals until one straight line separates them.

    Each layer stretches and turns the plane (W x + b) and bends it (tanh). No layer tears the plane or glues points
    together: together they unwind the two arms. Run backwards, the straight line at the end becomes the curved
    boundary that the network draws in its input plane.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the spiral
    """

    title = "Untangling two spirals"
    alt = "Two spiral arms on a grid; layer by layer the grid bends until a straight line lies between the arms."
    order = 3
    recipes = (SPIRALS,)

    def construct(self) -> None:
        data, network = SPIRALS.dataset(), self.load(SPIRALS)
        space = Space()
        walk = Walk(self, network, space, data.points)

        self.chapter("Two spirals")
        dots = space.add_data(data)
        self.play(FadeIn(space.ghost, space.fine_grid, space.grid))
        self.play(FadeIn(dots))
        self.claim("Two classes, wound around each other: no straight line separates them.",
                   no_line_separates(data.points, data.labels))  # fmt: skip
        walk.show()
        self.say("This network has four layers of two neurons. Can it? Guess first.")
        self.pause(1.5)

        names = ("First", "Second", "Third", "Fourth")
        for k in range(len(network.hidden)):
            self.chapter(f"Layer {k + 1}")
            walk.layer(k, lambda move, k=k: f"{names[k]} layer: {_TOLD[move.part == 'bend']}")

        self.chapter("One straight line")
        line = separating_line(space, network)
        self.play(Create(line))
        scores = Scores(network, data)
        last = network.represent(data.points)
        self.claim("Untangled: one straight line now separates them.", a_line_separates(last, data.labels))
        self.play(FadeIn(scores))
        self.pause(1.5)
        self.poster_time = self.now

        self.chapter("Backwards")
        curve = boundary(space, network)
        self.say("Run it backwards: what becomes of the line?")
        self.remove(line)
        space.forget(line)
        self.add(curve)
        start = View()
        self.play(Travel(space, 0, start, run_time=3 * style.MOVE_SECONDS))
        self.say("The straight line was a winding boundary in the input plane all along.")


_TOLD = {False: "stretch, turn, shift.", True: "bend."}
