from manim import FadeIn

from manim_untangle.draw import style
from manim_untangle.stage.film import Film
from manim_untangle.stage.story import NetworkStory
from netlib.training.catalogue import SPIRALS


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
        act = NetworkStory(self, SPIRALS)

        self.chapter("Two spirals")
        act.open()
        act.claim_inseparable("Two classes, wound around each other: no straight line separates them.")
        act.walk.show()
        self.say("This network has four layers of two neurons. Can it? Guess first.")
        self.pause(1.5)

        for k, name in enumerate(("First", "Second", "Third", "Fourth")):
            self.chapter(f"Layer {k + 1}")
            act.walk.layer(k, {"W x + b": f"{name} layer: stretch, turn, shift.", "tanh": f"{name} layer: bend."})

        self.chapter("One straight line")
        act.draw_line()
        act.claim_separated("Untangled: one straight line now separates them.")
        self.play(FadeIn(act.scores()))
        self.pause(1.5)
        self.poster_time = self.now

        self.chapter("Backwards")
        self.say("Run it backwards: what becomes of the line?")
        act.back_to_inputs(3 * style.MOVE_SECONDS)
        self.say("The straight line was a winding boundary in the input plane all along.")
