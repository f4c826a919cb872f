import numpy as np
from manim import DL, DOWN, LEFT, UL, FadeIn, FadeOut

from manim_untangle.draw import style
from manim_untangle.stage.basis import basis_vectors, shift_arrow, unit_square
from manim_untangle.stage.film import Film
from manim_untangle.stage.formula import matrix_formula
from manim_untangle.stage.live_label import determinant_label
from manim_untangle.stage.presenter import LayerPresenter
from manim_untangle.stage.space import Space
from netlib.certificates.claims import layers_are_homeomorphisms
from netlib.motion.moves import moves_of
from netlib.training.catalogue import TOO_NARROW

LATTICE = np.array([(x, y) for x in np.linspace(-1, 1, 5) for y in np.linspace(-1, 1, 5)])
PROBE = np.linspace((-1.4, -1.4), (1.4, 1.4), 200)


class OneLayer(Film):
    """What one layer of two neurons does to the plane: stretch, turn, shift, bend.

    A layer computes tanh(W x + b); this is the first of the network in the film "Too narrow". The matrix W, taken
    apart by its polar decomposition, stretches the plane and turns it; b shifts it; tanh bends it. Only the end is
    what the network computes: the way there is a choice, made so that space never collapses on the way.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of one layer
    """

    title = "What one layer does"
    alt = "A blue grid is stretched, turned, shifted, and then squeezed by tanh so that straight lines become curves."
    order = 1
    recipes = (TOO_NARROW,)

    def construct(self) -> None:
        network = self.load(TOO_NARROW)
        layer = network.hidden[0]
        space = Space()
        walk = LayerPresenter(self, network, space, LATTICE)
        dots = space.add_dots(LATTICE, style.INK)
        probe = space.add_curve(PROBE, style.PROBE, width=5)
        square, arrows = unit_square(space), basis_vectors(space)

        self.chapter("A plane of inputs")
        self.play(FadeIn(space.fine_grid, space.grid, dots))
        self.say("A layer of two neurons moves every point. This is a trained network's first.")
        walk.show()
        self.play(FadeIn(square, arrows, probe))
        self.say("Watch the two arrows, the yellow square, and the violet diagonal.")

        stretch, turn, shift, bend = moves_of(layer)
        self.chapter("W: stretch, then turn")
        matrix = matrix_formula("W", layer.weight).next_to(walk.formula, DOWN, aligned_edge=LEFT, buff=0.15)
        walk.diagram.light(0)
        walk.formula.light(stretch)
        area = determinant_label(space, matrix.get_corner(DL) + 0.15 * DOWN, UL)
        self.play(FadeIn(matrix, area, run_time=style.FADE_SECONDS))
        self.say("W is a stretch along two directions at right angles …")
        walk.flow(stretch)
        self.say("… and a turn. The arrows end at the columns of W; areas are multiplied by det W.")
        walk.flow(turn)
        self.pause()

        self.chapter("b: shift")
        step = shift_arrow(space, layer.bias)
        bias = matrix_formula("b", layer.bias[:, None]).next_to(matrix, DOWN, aligned_edge=LEFT, buff=0)
        walk.formula.light(shift)
        self.say("b moves everything by the same step, the yellow arrow.", FadeOut(area), FadeIn(bias, step))
        space.forget(area)
        walk.flow(shift)

        self.chapter("tanh: bend")
        self.say("So far every line stays straight. What will tanh do to the diagonal?")
        self.pause(1.2)
        walk.formula.light(bend)
        self.play(FadeOut(step))
        space.forget(step)
        self.say("tanh squeezes each axis into −1 … 1: the diagonal bends.")
        walk.flow(bend, run_time=1.5 * style.MOVE_SECONDS)
        self.claim("Bent, not torn: no two points were put on top of each other.", layers_are_homeomorphisms(network))
        self.poster_time = self.now
