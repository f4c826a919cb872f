"""Film: one layer of two neurons, taken apart: stretch, turn, shift, bend."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from manim import FadeIn

import manim_untangle as mu
from netlib import Dataset, Move, catalogue, certificates, dataset, moves_of


class OneLayer(mu.Film):
    """One layer of two neurons in four steps: stretch, turn, shift, bend. Only the last lets a straight line in.

    A layer computes tanh(W x + b). The matrix W, taken apart by its polar decomposition, stretches the plane and
    turns it; b shifts it. All three keep straight lines straight. So a line that separated the classes after them would
    be a straight line that separates them before, and there is none. tanh bends lines, and now one is enough. Only the
    end is what the network computes: the way there is a choice, made so that space never collapses on the way.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of one layer
    """

    title = "What one layer does"
    alt = "A grid with two curves is stretched, turned and shifted; then tanh bends it, and a line separates them."
    order = 1
    recipes = (catalogue.ONE_LAYER,)

    def construct(self) -> None:
        data, network = dataset("two_curves:n=48"), self.load(catalogue.ONE_LAYER)
        (layer,) = network.hidden
        moves = moves_of(layer)
        # one zoom for all of W and b, so that a stretch is seen as a stretch
        space, steady = mu.Space(mu.View(unit=LARGEST), grid=False), steady_view(moves[:3])
        plane = wide_grid(space)
        presenter = mu.LayerPresenter(self, network, space, FRAME, steady.unit)
        presenter.half = GRID
        dots, frame = space.add_data(data, 1.3 * mu.style.DOT_RADIUS), yellow_frame(space)

        def none() -> certificates.Certificate:
            return certificates.no_line_separates(space.where(data.points), data.labels)

        self.chapter("Four steps")
        self.add(*plane, dots, *presenter.signs)
        self.claim("No straight line separates these two curves.", none())
        steps = mu.Checklist(("1  stretch", "2  turn", "3  shift", "4  bend"))
        self.say("This layer takes four steps. Follow the yellow frame.",
                 FadeIn(steps, frame), mu.ChangeView(space, steady))  # fmt: skip
        presenter.diagram.light(0)
        self.ask("After which step will one straight line be enough?")

        # the yellow frame is what to follow: three times its sides stay straight
        self.chapter("W, then b")
        turned = certificates.turns_without_mirror(layer)
        for k, text in enumerate(("W stretches the plane …", "… and then turns it.")):
            presenter.formula.light(moves[k])
            self.claim(text, turned)
            presenter.flow(moves[k])
        presenter.formula.light(moves[2])
        self.say("b shifts it: every point makes the same step.")
        presenter.flow(moves[2])

        # what fits after W and b is straight before them: nothing is gained
        self.claim("All lines are still straight. None fitted before, so none fits now.",
                   certificates.all_hold(turned, none()),
                   *(steps.answer(k, "no line", mu.style.FAINT_INK) for k in range(3)))  # fmt: skip

        # the first step that does not keep lines straight
        self.chapter("tanh")
        presenter.formula.light(moves[3])
        presenter.largest = LARGEST
        self.say("Now tanh. What becomes of the yellow frame?")
        presenter.flow(moves[3], run_time=2 * mu.style.MOVE_SECONDS, zooms_in=False)
        presenter.come_nearer()
        bent = [certificates.is_bent(layer(side)) for side in SIDES]
        self.claim("All four sides bend, and the curves with them.", certificates.all_hold(*bent))
        self.finish_reading()
        self.play(space.fade_out(frame))
        presenter.draw_divider()
        enough = certificates.a_line_separates(data.points, data.labels, network)
        self.claim("Now one straight line is enough.", enough, steps.answer(3, "a line!"))
        self.poster_time = self.now

        self.chapter("Backwards")
        self.say("Undo all four steps. What becomes of the line?")
        presenter.formula.light(None)
        presenter.back_to_inputs(2 * mu.style.MOVE_SECONDS)
        presenter.claim_curved("A curve between the two: the bend has made one straight line enough.")


LARGEST = 2.4  # scene units for a unit of space, at first and after tanh
GRID = (9.0, 6.0)  # units of space: half of the width and height of the grid
HALF = 1.1  # of the yellow frame's side
CORNERS = HALF * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
FRAME = Dataset("frame", CORNERS, np.zeros(len(CORNERS)))
SIDES = [np.linspace(start, end, 201) for start, end in pairwise(CORNERS)]


def yellow_frame(space: mu.Space) -> mu.Polylines:
    """Add the outline of a square around the data."""
    return space.add_lines(np.vstack(SIDES), mu.style.HIGHLIGHT, 6).set_z_index(2)


def wide_grid(space: mu.Space) -> tuple[mu.Polylines, ...]:
    """Add the ghost grid and a grid that reaches beyond the picture in the steady view, with finer lines between."""
    fine, whole = (mu.grid_lines(GRID, 0.5, offset=offset) for offset in (0.25, 0.0))
    return (
        space.add_ghost(),
        space.add_straight(fine, mu.style.GRID, 1.0, 0.3, role="grid"),
        space.add_straight(whole, mu.style.GRID, 2.0, 0.85, role="grid"),
    )


def steady_view(moves: Sequence[Move]) -> mu.View:
    """Return the view in which the yellow frame stays in the picture at the end of each of some moves."""
    points, view = CORNERS, mu.View().fitting(CORNERS)
    for move in moves:
        points = move.at(points, 1.0)
        view = view.fitting(points, view.unit)
    return view
