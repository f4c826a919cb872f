"""Film: the whole story."""

from manim import Create, FadeIn

from manim_untangle.draw import style
from manim_untangle.stage.basis import basis_vectors
from manim_untangle.stage.film import Film
from manim_untangle.stage.lift import Profile, squares
from manim_untangle.stage.ring import circle_with_number, tunnel_path
from manim_untangle.stage.scores import percent
from manim_untangle.stage.story import NetworkStory, fade_out_all
from netlib.certificates.claims import ring_still_wound, tunnel_exists
from netlib.certificates.tunnel import tunnel
from netlib.motion.moves import moves_of
from netlib.training.catalogue import ONE_LAYER, ONE_MORE_NEURON, SPIRALS, TOO_NARROW
from netlib.training.feature_fit import likeness


class WhatALayerDoes(Film):
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
    recipes = (ONE_LAYER, SPIRALS, TOO_NARROW, ONE_MORE_NEURON)

    def construct(self) -> None:
        act = NetworkStory.opened(self, "One layer", ONE_LAYER, sparse=True)
        self.say("Does a network invent features such as x·y or x² + y²? Guess first.")
        self.pause(1.0)
        act.claim_inseparable("No straight line separates these two curves. Watch what one layer does.")
        self.play(FadeIn(basis_vectors(act.space)))
        act.layers({0: _ONE}, style.MOVE_SECONDS, moves_of)
        act.draw_line()
        act.claim_separated("Now a straight line is enough.")
        fade_out_all(self)

        act = NetworkStory.opened(self, "Untangled", SPIRALS, sparse=True)
        self.say("Two spirals, and four layers of two neurons. Each layer bends a little.")
        act.layers({1: {"tanh": "Each goes on from where the one before has left the points."}})
        act.draw_line()
        act.claim_separated("Untangled: one straight line separates them.", FadeIn(act.scores()))
        self.say("Backwards: this line is a winding boundary in the plane of inputs.")
        act.back_to_inputs()
        self.pause(1.5)
        fade_out_all(self)

        act = NetworkStory.opened(self, "Too narrow", TOO_NARROW, sparse=True)
        rings, narrow = act.data, act.network
        circle, number = circle_with_number(act.space, rings.loops[0])
        self.play(Create(circle), FadeIn(number))
        self.say("A disk in a ring. Can layers of two neurons pull it out? Guess first.")
        act.layers({0: {"tanh": "Watch the yellow circle around the disk, and its number."}})
        self.claim("The ring still winds once around the disk.", ring_still_wound(narrow, rings))
        act.draw_line()
        self.play(FadeIn(act.scores()))
        act.back_to_inputs()
        way = tunnel(narrow, rings)
        self.play(*map(Create, tunnel_path(act.space, way)))
        right = percent(narrow.accuracy(rings.points, rings.labels))
        self.claim(f"{right} right, and still wrong: its “disk” runs out through a tunnel in the ring.",
                   tunnel_exists(narrow, rings, way))  # fmt: skip
        self.pause(1.0)
        fade_out_all(self)

        act = NetworkStory.opened(self, "One more neuron", ONE_MORE_NEURON, sparse=True)
        self.say("One layer, but of three neurons: the plane is lifted out of the page.")
        act.lean_back()
        act.lift({"tanh": "tanh bends it, and the disk leaves its ring."})
        act.show_plane()
        act.claim_separated("A flat plane separates disk and ring.")
        act.walk.turn_by(0.8)
        self.poster_time = self.now
        fade_out_all(self)

        self.chapter("Not a polynomial")
        like = likeness(act.network, squares, rings.points)
        profile = Profile(like, squares, [rings.of_class(k) for k in (0, 1)], 2.0)
        self.play(FadeIn(profile, profile.inside, profile.dots))
        self.claim(f"Is this lift x² + y²? On the data nearly: R² = {like.inside:.2f} (1 is equal).",
                   like.certificate(like.inside > 0.9))  # fmt: skip
        self.claim(f"Beyond the data not at all: R² = −{-like.outside:.1f}.", like.certificate(like.outside < 0))
        self.play(*map(Create, profile.outside), run_time=style.MOVE_SECONDS)
        self.say("A layer bends space. Training looks for a bending after which a flat cut is enough.")


_ONE = {
    "stretch": "W stretches the plane …",
    "rotate": "… and turns it.",
    "mirror image": "… and turns it over.",
    "shift": "b shifts it.",
    "tanh": "tanh bends it.",
}
