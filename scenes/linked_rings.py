"""Film: two linked rings, three neurons a layer, and a fourth dimension."""

from dataclasses import replace

from manim import FadeIn, FadeOut

from manim_untangle.draw import style
from manim_untangle.stage.animations import ChangeView
from manim_untangle.stage.film import Film
from manim_untangle.stage.links import Colour, fourth_legend, rings_in_space, stay_apart
from manim_untangle.stage.presenter import LayerPresenter
from manim_untangle.stage.readout import separating_plane
from manim_untangle.stage.ring import wrong_points
from manim_untangle.stage.scores import Scores
from manim_untangle.stage.view import View, upright
from netlib.certificates.claims import a_line_separates, no_line_separates, rings_stay_linked
from netlib.training.catalogue import LINKED_RINGS, LINKED_RINGS_NARROW

LEANT = View(unit=2.6, turn=-0.5, tilt=1.15, centre=(0.0, 0.2))
TUBE = 0.12


class LinkedRings(Film):
    """Three neurons a layer keep two linked rings linked; in a fourth dimension they slip past each other.

    Each of these layers of three neurons bends space without tearing it or gluing points together, so two rings that
    are linked stay linked, and no plane separates linked rings. A layer of four neurons has room to pass one ring by
    the other: on screen their shadows cross, but the colours, which show the fourth coordinate, differ there. Back in
    three dimensions a plane separates them.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of the link
    """

    title = "Linked rings"
    alt = "Two striped rings linked like a chain are bent, stay linked, and come apart once a fourth dimension is used."
    order = 8
    recipes = (LINKED_RINGS_NARROW, LINKED_RINGS)

    def construct(self) -> None:
        data, narrow, network = LINKED_RINGS.dataset(), self.load(LINKED_RINGS_NARROW), self.load(LINKED_RINGS)

        self.chapter("Two linked rings")
        space, tubes, drawn = rings_in_space(data.loops, TUBE, LEANT)
        walk = LayerPresenter(self, narrow, space, data.points)
        self.play(FadeIn(drawn, walk.scale_bar))
        self.say("Two rings, linked like a chain. Can a network pull them apart?")
        walk.turn_by(1.0)
        self.claim("As they are, no flat plane has one ring on each side.", no_line_separates(data.points, data.labels))

        self.chapter("Three neurons a layer")
        walk.show()
        for k in range(2):
            walk.layer(k, {} if k else _FIRST, turn=0.4, run_time=0.6 * style.MOVE_SECONDS)
        self.claim("Stretched, turned, bent: they are still linked.", rings_stay_linked(narrow, data))
        self.finish_reading()
        plane, scores = separating_plane(space, narrow, half=1.0), Scores(narrow, data)
        tubes.show_cut(narrow)
        wrong = wrong_points(space, narrow, data).set_z_index(6)
        self.claim("No plane separates linked rings. The pink points are wrong.",
                   no_line_separates(narrow.represent(data.points), data.labels),
                   FadeIn(plane, scores, wrong))  # fmt: skip
        walk.turn_by(-0.8, style.MOVE_SECONDS)

        self.chapter("One layer of four")
        self.silence()
        before = list(self.mobjects)
        space, tubes, drawn = rings_in_space(data.loops, TUBE, LEANT)
        walk = LayerPresenter(self, network, space, data.points)
        self.play(*map(FadeOut, before), FadeIn(drawn, walk.signs))
        legend = fourth_legend()
        self.say("Now one layer of four; colour is the fourth axis. Guess: how can it help?",
                 FadeIn(legend), Colour(tubes, 1.0))  # fmt: skip
        walk.layer(0, {"W x + b": "The rings are turned into the fourth dimension, and bent."}, turn=0.25)

        self.chapter("Back to three")
        self.claim("Back to three. Their shadows cross, the rings do not: in 4-D they stay apart.",
                   stay_apart(network, data.loops, 1))  # fmt: skip
        walk.layer(1, {}, turn=0.25, run_time=1.4 * style.MOVE_SECONDS)
        self.play(FadeOut(legend), Colour(tubes, 0.0))
        end = replace(space.view, tilt=1.4, centre=(-1.4, 0.3), frame=upright(network.readout.weight[0]))
        self.play(ChangeView(space, end))
        self.finish_reading()
        plane = separating_plane(space, network)
        tubes.show_cut(network)
        self.claim("Unlinked. One flat plane separates the rings.",
                   a_line_separates(network.represent(data.points), data.labels), FadeIn(plane))  # fmt: skip
        self.play(FadeIn(Scores(network, data)))
        self.poster_time = self.now
        walk.turn_by(1.0)


_FIRST = {"W x + b": "Watch the linking number. Layers stretch, turn, shift …", "tanh": "… and bend space."}
