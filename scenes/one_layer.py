"""Film: one layer of two neurons, taken apart: stretch, turn, shift, bend."""

import numpy as np
from manim import DL, DOWN, LEFT, UL, FadeIn, FadeOut, Polygon

from manim_untangle import (
    Film,
    FlatArrow,
    LayerPresenter,
    Space,
    basis_vectors,
    determinant_label,
    matrix_formula,
    style,
)
from netlib import Array, catalogue, certificates, moves_of

LATTICE = np.array([(x, y) for x in np.linspace(-1, 1, 5) for y in np.linspace(-1, 1, 5)])
DIAGONAL = np.linspace((-1.4, -1.4), (1.4, 1.4), 200)


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
    recipes = (catalogue.TOO_NARROW,)

    def construct(self) -> None:
        network = self.load(catalogue.TOO_NARROW)
        layer = network.hidden[0]
        space = Space()
        presenter = LayerPresenter(self, network, space, LATTICE)
        dots = space.add_dots(LATTICE, style.INK)
        diagonal = space.add_curve(DIAGONAL, style.PROBE, width=5)
        square, arrows = unit_square(space), basis_vectors(space)

        self.chapter("A plane of inputs")
        self.play(FadeIn(space.fine_grid, space.grid, dots))
        self.say("A layer of two neurons moves every point. This is a trained network's first.")
        presenter.show()
        self.play(FadeIn(square, arrows, diagonal))
        self.say("Watch the two arrows, the yellow square, and the violet diagonal.")

        # the arrows end at the columns of W, and the square's area is the number in the corner
        stretch, turn, shift, bend = moves_of(layer)
        self.chapter("W: stretch, then turn")
        matrix = matrix_formula("W", layer.weight).next_to(presenter.formula, DOWN, aligned_edge=LEFT, buff=0.15)
        presenter.diagram.light(0)
        presenter.formula.light(stretch)
        area = determinant_label(space, matrix.get_corner(DL) + 0.15 * DOWN, UL)
        self.play(FadeIn(matrix, area, run_time=style.FADE_SECONDS))
        self.say("W is a stretch along two directions at right angles …")
        presenter.flow(stretch)
        self.say("… and a turn. The arrows end at the columns of W; areas are multiplied by det W.")
        presenter.flow(turn)
        self.pause()

        self.chapter("b: shift")
        step = shift_arrow(space, layer.bias)
        bias = matrix_formula("b", layer.bias[:, None]).next_to(matrix, DOWN, aligned_edge=LEFT, buff=0)
        presenter.formula.light(shift)
        self.say("b moves everything by the same step, the yellow arrow.", FadeOut(area), FadeIn(bias, step))
        space.forget(area)
        presenter.flow(shift)

        # the first move that does not keep lines straight: the diagonal shows it
        self.chapter("tanh: bend")
        self.say("So far every line stays straight. What will tanh do to the diagonal?")
        self.pause(1.2)
        presenter.formula.light(bend)
        self.play(FadeOut(step))
        space.forget(step)
        self.say("tanh squeezes each axis into −1 … 1: the diagonal bends.")
        presenter.flow(bend, run_time=1.5 * style.MOVE_SECONDS)
        self.claim("Bent, not torn: no two points were put on top of each other.",
                   certificates.layers_are_homeomorphisms(network))  # fmt: skip
        self.poster_time = self.now


def shift_arrow(space: Space, bias: Array) -> FlatArrow:
    """Add the step (2,) that a shift makes, as an arrow from zero of the present representation."""
    arrow = FlatArrow(np.zeros(3), np.array([1.0, 0, 0]), style.HIGHLIGHT)
    space.follow(np.vstack([0 * bias, bias]), arrow, lambda ends: arrow.reach(*ends), fixed=True)
    return arrow.set_z_index(2)  # below dots, of which it may pass many


def unit_square(space: Space, samples: int = 40) -> Polygon:
    """Add the filled square [0, 1]^2. samples: on each side, so that a bent square has bent sides."""
    s = np.linspace(0, 1, samples, endpoint=False)
    o, e = np.zeros_like(s), np.ones_like(s)
    inputs = np.column_stack([np.r_[s, e, e - s, o], np.r_[o, s, e, e - s]])
    square = Polygon(*np.zeros((4, 3)), stroke_width=0, fill_color=style.UNIT_SQUARE, fill_opacity=0.3)
    space.follow(inputs, square, lambda points: square.set_points_as_corners(np.vstack([points, points[:1]])))
    return square.set_z_index(2)
