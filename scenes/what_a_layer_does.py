"""Film: the whole story."""

from manim import Create, FadeIn

import manim_untangle as mu
from netlib import catalogue, certificates, moves_of, squares


class WhatALayerDoes(mu.Film):
    """Does a network invent features such as x·y or x² + y²? The whole story in two minutes: it bends space.

    One layer stretches, turns, shifts and bends the plane. Several layers untangle two spirals, until one straight line
    is enough. Where every layer has two neurons, no training lifts a disk out of a ring: accuracy is high and a tunnel
    remains. One more neuron lifts the disk into space. What the network learns follows x² + y² on the data, but it is
    not that polynomial: it is a bending of space, made where the data are.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014)
    Source: H.-P. Beise, S. Dias da Cruz, U. Schröder, On decision regions of narrow deep neural networks (2018)
    """

    title = "What a layer does"
    alt = "A grid is bent by one layer, spirals are untangled, a disk stays in its ring, and a dome lifts it out."
    order = 0
    recipes = (catalogue.ONE_LAYER, catalogue.SPIRALS, catalogue.TOO_NARROW, catalogue.ONE_MORE_NEURON)

    def construct(self) -> None:
        story = mu.NetworkStory.opened(self, "One layer", catalogue.ONE_LAYER, sparse=True)
        self.ask("Does a network invent features such as x·y or x² + y²? Guess first.")
        story.claim_inseparable("No straight line separates these two curves. Watch what one layer does.")
        self.play(FadeIn(mu.basis_vectors(story.space)))
        story.layers({0: CAPTIONS}, mu.style.MOVE_SECONDS, moves_of)
        story.draw_divider()
        story.claim_separated("Now a straight line is enough.")
        self.fade_out_all()

        story = mu.NetworkStory.opened(self, "Untangled", catalogue.SPIRALS, sparse=True)
        self.say("Two spirals, and four layers of two neurons. Each layer bends a little.")
        story.layers({1: {"tanh": "Each goes on from where the one before has left the points."}})
        story.draw_divider()
        story.claim_separated("Untangled: one straight line separates them.", FadeIn(story.scores()))
        story.claim_curved("Backwards: this line is a winding boundary in the plane of inputs.")
        story.back_to_inputs()
        self.pause(1.5)
        self.fade_out_all()

        story = mu.NetworkStory.opened(self, "Too narrow", catalogue.TOO_NARROW, sparse=True)
        rings, narrow = story.data, story.network
        circle, number = mu.circle_with_number(story.space, rings.loops[0])
        self.play(Create(circle), FadeIn(number))
        self.say("A disk in a ring. Can layers of two neurons pull it out? Guess first.")
        story.layers({0: {"tanh": "Watch the yellow circle around the disk, and its number."}})
        self.claim("The ring still winds once around the disk.", certificates.ring_still_wound(narrow, rings))
        story.draw_divider()
        self.play(FadeIn(story.scores(under=number)))
        story.back_to_inputs()
        tunnel = certificates.tunnel(narrow, rings)
        self.play(*map(Create, mu.tunnel_path(story.space, tunnel)))
        self.claim(f"{story.percent_right} right, and still wrong: its “disk” runs out through a tunnel in the ring.",
                   certificates.tunnel_exists(narrow, rings, tunnel))  # fmt: skip
        self.fade_out_all()

        story = mu.NetworkStory.opened(self, "One more neuron", catalogue.ONE_MORE_NEURON, sparse=True)
        self.say("One layer, but of three neurons: the plane is lifted out of the page.")
        story.lean_back()
        story.lift({"tanh": "tanh bends it. Does the disk leave its ring?"})
        story.draw_divider()
        story.claim_separated("A flat plane separates disk and ring.")
        story.turn_by(0.8)
        self.poster_time = self.now
        self.fade_out_all()

        self.chapter("Not a polynomial")
        profile = mu.FeatureProfile(story.network, squares, rings, 2.0)
        fit = profile.fit
        self.play(FadeIn(profile, *profile.inside, profile.dots))
        self.claim(f"Is this lift x² + y²? On the data, after the best scale and shift, nearly: R² = {fit.inside:.2f} "
                   f"(1 is equal). A step from disk to ring has {profile.step:.2f}.",
                   certificates.follows_more_than_the_class(fit, squares, rings))  # fmt: skip
        self.claim(f"Beyond the data not at all: R² = −{-fit.outside:.1f}.", fit.certificate(fit.outside < 0))
        self.play(*map(Create, profile.outside), run_time=mu.style.MOVE_SECONDS)
        self.say("A layer bends space. Training looks for a bending after which a flat cut is enough.")


CAPTIONS = {
    "stretch": "W stretches the plane …",
    "rotate": "… and turns it.",
    "mirror image": "… and turns it over.",
    "shift": "b shifts it.",
    "tanh": "tanh bends it.",
}
