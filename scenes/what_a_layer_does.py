"""Film: the whole story."""

from manim import Create, FadeIn

from netlib.catalogue import ONE_LAYER, ONE_MORE_NEURON, SPIRALS, TOO_NARROW
from netlib.likeness import likeness
from netlib.moves import moves_of
from netlib.topology.claims import a_line_separates, no_line_separates, ring_still_wound, tunnel_exists
from netlib.topology.tunnel import tunnel
from scenes.stage import style
from scenes.stage.acts import all_layers, back_to_inputs, curtain, drawn_line, lifted, opened, plane_between
from scenes.stage.basis import basis_vectors
from scenes.stage.film import Film
from scenes.stage.lift import Profile, squares
from scenes.stage.ring import tunnel_path, winding_label
from scenes.stage.scores import Scores, percent


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
        curves, spirals, rings = ONE_LAYER.dataset(), SPIRALS.dataset(), TOO_NARROW.dataset()

        self.chapter("One layer")
        bent = self.load(ONE_LAYER)
        space, walk, _ = opened(self, curves, bent)
        self.say("Does a network invent features such as x·y or x² + y²? Guess first.")
        self.pause(1.0)
        self.claim("No straight line separates these two curves. Watch what one layer does.",
                   no_line_separates(curves.points, curves.labels))  # fmt: skip
        self.play(FadeIn(basis_vectors(space)))
        walk.diagram.light(0)
        for move in moves_of(bent.hidden[0]):
            walk.formula.light(move)
            self.say(_ONE[move.part])
            walk.flow(move)
        drawn_line(self, space, bent)
        self.claim("Now a straight line is enough.", a_line_separates(bent.represent(curves.points), curves.labels))
        curtain(self)

        self.chapter("Untangled")
        deep = self.load(SPIRALS)
        space, walk, _ = opened(self, spirals, deep)
        self.say("Two spirals, and four layers of two neurons. Each layer bends a little.")
        all_layers(walk, lambda k, move: _NEXT if (k, move.part) == (1, "bend") else None)
        line = drawn_line(self, space, deep)
        self.claim("Untangled: one straight line separates them.",
                   a_line_separates(deep.represent(spirals.points), spirals.labels),
                   FadeIn(Scores(deep, spirals)))  # fmt: skip
        self.say("Backwards: this line is a winding boundary in the plane of inputs.")
        back_to_inputs(self, space, deep, spirals, line)
        self.pause(1.5)
        curtain(self)

        self.chapter("Too narrow")
        narrow = self.load(TOO_NARROW)
        space, walk, _ = opened(self, rings, narrow)
        loop = space.add_curve(rings.loops[0].points, style.HIGHLIGHT, width=6, closed=True).set_z_index(4)
        self.play(Create(loop), FadeIn(winding_label(space, rings.loops[0])))
        self.say("A disk in a ring. Can layers of two neurons pull it out? Guess first.")
        all_layers(walk, lambda k, move: _NUMBER if (k, move.part) == (0, "bend") else None)
        self.claim("The ring still winds once around the disk.", ring_still_wound(narrow, rings))
        line = drawn_line(self, space, narrow)
        self.play(FadeIn(Scores(narrow, rings)))
        back_to_inputs(self, space, narrow, rings, line)
        way = tunnel(narrow, rings)
        self.play(*map(Create, tunnel_path(space, way)))
        right = percent(narrow.accuracy(rings.points, rings.labels))
        self.claim(f"{right} right, and still wrong: its “disk” runs out through a tunnel in the ring.",
                   tunnel_exists(narrow, rings, way))  # fmt: skip
        self.pause(1.0)
        curtain(self)

        self.chapter("One more neuron")
        lift = self.load(ONE_MORE_NEURON)
        space, walk, _ = opened(self, rings, lift)
        self.say("One layer, but of three neurons: the plane is lifted out of the page.")
        lifted(self, space, walk, lambda move: "tanh bends it, and the disk leaves its ring." * (move.part == "bend"))
        plane_between(self, space, lift)
        self.claim(
            "A flat plane separates disk and ring.", a_line_separates(lift.represent(rings.points), rings.labels)
        )
        walk.turn_by(0.8)
        self.poster_time = self.now
        curtain(self)

        self.chapter("Not a polynomial")
        like = likeness(lift, squares, rings.points)
        profile = Profile(like, squares, [rings.of_class(k) for k in (0, 1)], 2.0)
        self.play(FadeIn(profile, profile.inside, profile.dots))
        self.claim(f"Is this lift x² + y²? On the data nearly: R² = {like.inside:.2f} (1 is equal).",
                   like.certificate(like.inside > 0.9))  # fmt: skip
        self.claim(f"Beyond the data not at all: R² = −{-like.outside:.1f}.", like.certificate(like.outside < 0))
        self.play(*map(Create, profile.outside), run_time=style.MOVE_SECONDS)
        self.say("A layer bends space. Training looks for a bending after which a flat cut is enough.")


_NEXT = "Each goes on from where the one before has left the points."
_NUMBER = "Watch the yellow circle around the disk, and its number."
_ONE = {
    "stretch": "W stretches the plane …",
    "rotate": "… and turns it.",
    "mirror": "… and turns it over.",
    "translate": "b shifts it.",
    "bend": "tanh bends it.",
}
