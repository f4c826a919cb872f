"""Film: four layers of two neurons untangle two spirals."""

from dataclasses import replace

from manim import Create, FadeIn

import manim_untangle as mu
from netlib import Network, catalogue, certificates


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
    notes = 3
    recipes = (catalogue.SPIRALS,)

    def construct(self) -> None:
        story = mu.NetworkStory(self, catalogue.SPIRALS)

        data, network = story.data, story.network

        self.chapter("Two spirals")
        story.open(*story.signs)
        story.claim_inseparable("Two spirals: no straight line separates them.")
        self.ask("Can four layers of two neurons pull the arms apart?", choices=("they can", "they cannot"),
                 answer=certificates.a_line_separates(data.points, data.labels, network), seconds=0.2)  # fmt: skip

        # no single layer untangles them: each goes on from where the one before has left the points
        self.chapter("Layers 1 and 2")
        story.layer(0, {"W x + b": "Layer 1: stretch, turn and shift …", "tanh": "… then bend."},
                    run_time=BRISK)  # fmt: skip
        first = Network(network.hidden[:1], network.readout)
        says = "No line yet: where three orange points are, the blue one between them is, too."
        held = certificates.three_witnesses(data.of_class(0), data.of_class(1), first)
        self.require(says, held)
        hook = mu.hook(story.space, first, data)
        self.claim(says, held, *map(FadeIn, hook))
        self.finish_reading()
        self.play(story.space.fade_out(*hook), run_time=0.3)
        story.layer(1, {"W x + b": "Layer 2 goes on from there."}, run_time=BRISK)
        thin, wide = (2 * certificates.gap(network, data, depth) for depth in (2, len(network.hidden)))
        says = f"Pressed thin, the arms lie side by side. A line fits, in a gap of {thin:.2f}."
        fits = certificates.a_line_separates(data.points, data.labels, network, 2)
        self.require(says, fits)
        line, _ = gap = mu.widest_gap(story.space, data)
        self.claim(says, fits, Create(line))
        # from near it is seen that the line, which stays on screen, touches no point
        far = story.space.view
        self.play(mu.ChangeView(story.space, replace(far, unit=NEAR * far.unit), run_time=BRISK))
        self.finish_reading()
        self.play(mu.ChangeView(story.space, far, run_time=QUICK), story.space.fade_out(*gap))

        self.chapter("Layers 3 and 4")
        story.layer(2, {"W x + b": "Watch the gap in layer 3 …"}, run_time=QUICK)
        story.layer(3, {"W x + b": "… and in layer 4."}, run_time=QUICK)

        self.chapter("One straight line")
        story.draw_divider()
        self.claim(f"The gap is {wide:.2f} now, and the network’s line has one arm on each side.",
                   certificates.all_hold(
                       certificates.gap_widens(network, data, first=2),
                       certificates.a_line_separates(data.points, data.labels, network),
                   ))  # fmt: skip
        self.poster_time = self.now

        self.chapter("Backwards")
        self.claim("No points of the plane meet: each layer can be undone.",
                   certificates.layers_are_homeomorphisms(story.network))  # fmt: skip
        self.pause()
        story.undo_layers(BRISK)
        story.claim_curved("The straight line was a winding boundary in the input plane all along.")


BRISK, QUICK = 0.54 * mu.style.MOVE_SECONDS, 0.45 * mu.style.MOVE_SECONDS
NEAR = 4.0  # times nearer, to look into the gap
