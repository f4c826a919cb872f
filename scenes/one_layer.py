"""Film: one layer of two neurons, taken apart: stretch, turn, shift, bend."""

import numpy as np
from manim import DL, DOWN, LEFT, UL, FadeIn, Polygon

import manim_untangle as mu
from netlib import Array, Dataset, catalogue, certificates, moves_of


class OneLayer(mu.Film):
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
        network, space = self.load(catalogue.TOO_NARROW), mu.Space()
        layer = network.hidden[0]
        presenter = mu.LayerPresenter(self, network, space, LATTICE)
        dots = space.add_dots(LATTICE.points, mu.style.INK)
        diagonal = space.add_lines(DIAGONAL, mu.style.SECOND_HIGHLIGHT, width=5)
        square, arrows = unit_square(space), mu.basis_vectors(space)

        self.chapter("A plane of inputs")
        self.play(FadeIn(space.fine_grid, space.grid, dots))
        self.say("A layer of two neurons moves the points of the plane. This is a trained network's first.")
        presenter.show()
        self.play(FadeIn(square, arrows, diagonal))
        self.say("Watch the two arrows, the yellow square, and the violet diagonal.")

        # the arrows end at the columns of W, and the square's area is the number in the corner
        stretch, turn, shift, bend = moves_of(layer)
        self.chapter("W: stretch, then turn")
        matrix = mu.matrix_formula("W", layer.weight)
        presenter.diagram.light(0)
        presenter.formula.light(stretch)
        area = determinant_label(space, matrix.get_corner(DL) + 0.15 * DOWN, UL)
        self.play(FadeIn(matrix, area, run_time=mu.style.FADE_SECONDS))
        self.say("W is a stretch along two directions at right angles …")
        presenter.flow(stretch)
        self.claim("… and a turn. The arrows end at the columns of W; areas are multiplied by det W.",
                   certificates.turns_without_mirror(layer))  # fmt: skip
        presenter.flow(turn)
        self.pause()

        self.chapter("b: shift")
        step = shift_arrow(space, layer.bias)
        bias = mu.matrix_formula("b", layer.bias[:, None]).next_to(matrix, DOWN, aligned_edge=LEFT, buff=0.15)
        presenter.formula.light(shift)
        self.say("b moves everything by the same step, the yellow arrow.", space.fade_out(area), FadeIn(bias, step))
        presenter.flow(shift)

        # the first move that does not keep lines straight: the diagonal shows it
        self.chapter("tanh: bend")
        self.ask("So far every line stays straight. What will tanh do to the diagonal?")
        presenter.formula.light(bend)
        self.play(space.fade_out(step))
        self.claim("tanh squeezes each axis into −1 … 1: the diagonal bends.", certificates.is_bent(layer(DIAGONAL)))
        presenter.flow(bend, run_time=1.5 * mu.style.MOVE_SECONDS)
        self.claim("Bent, not torn: no two points were put on top of each other.",
                   certificates.layers_are_homeomorphisms(network))  # fmt: skip
        self.poster_time = self.now


LATTICE = Dataset("lattice", np.stack(np.meshgrid(*2 * [np.linspace(-1, 1, 5)]), axis=-1).reshape(-1, 2), np.zeros(25))
DIAGONAL = np.linspace((-1.4, -1.4), (1.4, 1.4), 200)


def determinant_label(space: mu.Space, corner: Array, anchor: Array) -> mu.LiveLabel:
    """Return a live label: by how much the linear moves of the layer under way have multiplied areas so far."""
    return mu.LiveLabel(space, lambda: f"det so far: {determinant(space):.2f}", corner, anchor)


def determinant(space: mu.Space) -> float:
    """Return the determinant of the linear moves that space has made since the last bend, in part where under way."""
    product = 1.0
    for k, move in enumerate(space.trajectory.moves[: int(np.ceil(space.time))]):
        matrix = move.matrix(min(1.0, space.time - k))
        product = 1.0 if matrix is None else product * float(np.linalg.det(matrix))
    return product


def shift_arrow(space: mu.Space, bias: Array) -> mu.FlatArrow:
    """Add the step (2,) that a shift makes, as an arrow from zero of the present representation."""
    arrow = mu.FlatArrow(np.zeros(3), np.array([1.0, 0, 0]), mu.style.HIGHLIGHT)
    space.follow(np.vstack([0 * bias, bias]), arrow, lambda ends: arrow.reach(*ends), fixed=True)
    return arrow.set_z_index(2)  # below dots, of which it may pass many


def unit_square(space: mu.Space, samples: int = 40) -> Polygon:
    """Add the filled square [0, 1]^2. samples: on each side, so that a bent square has bent sides."""
    s = np.linspace(0, 1, samples, endpoint=False)
    o, e = np.zeros_like(s), np.ones_like(s)
    inputs = np.column_stack([np.r_[s, e, e - s, o], np.r_[o, s, e, e - s]])
    square = Polygon(*np.zeros((4, 3)), stroke_width=0, fill_color=mu.style.HIGHLIGHT, fill_opacity=0.3)
    space.follow(inputs, square, lambda points: square.set_points_as_corners(np.vstack([points, points[:1]])))
    return square.set_z_index(2)
