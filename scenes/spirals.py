"""Film: four layers of two neurons untangle two spirals."""

from manim import FadeIn

import manim_untangle as mu
from netlib import catalogue, certificates


class Spirals(mu.Film):
    """Four layers of two neurons untangle two spirals until one straight line separates them.

    Each layer stretches and turns the plane (W x + b) and bends it (tanh). No layer tears the plane or glues points
    together: together they unwind the two arms. Run backwards, the straight line at the end becomes the curved
    boundary that the network draws in its input plane.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figure of the spiral
    """

    title = "Untangling two spirals"
    alt = "Two spiral arms on a grid; layer by layer the grid bends until a straight line lies between the arms."
    order = 3
    recipes = (catalogue.SPIRALS,)

    def construct(self) -> None:
        story = mu.NetworkStory(self, catalogue.SPIRALS)

        self.chapter("Two spirals")
        story.open()
        story.claim_inseparable("Two classes, wound around each other: no straight line separates them.")
        story.show()
        self.ask("This network has four layers of two neurons. Can it? Guess first.", seconds=1.5)

        # no single layer untangles them: each bends the plane a little
        for k, name in enumerate(("First", "Second", "Third", "Fourth")):
            self.chapter(f"Layer {k + 1}")
            story.layer(k, {"W x + b": f"{name} layer: stretch, turn, shift.", "tanh": f"{name} layer: bend."})

        self.chapter("One straight line")
        story.draw_divider()
        story.claim_separated("Untangled: one straight line now separates them.")
        self.play(FadeIn(story.scores()))
        self.pause(1.5)
        self.poster_time = self.now

        self.chapter("Backwards")
        self.claim("No layer puts two points in one place, so it runs backwards. What becomes of the line?",
                   certificates.layers_are_homeomorphisms(story.network))  # fmt: skip
        story.back_to_inputs(3 * mu.style.MOVE_SECONDS)
        story.claim_curved("The straight line was a winding boundary in the input plane all along.")
