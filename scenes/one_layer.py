"""Film: one layer of two neurons, taken apart: stretch, turn, shift, squeeze."""

from itertools import pairwise

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, FadeIn, VGroup

import manim_untangle as mu
from netlib import Dataset, catalogue, certificates, dataset, moves_of


class OneLayer(mu.Film):
    """One layer of two neurons in four steps: stretch, turn, shift, squeeze. Only the last lets a straight line in.

    A layer computes tanh(W x + b). The matrix W, taken apart by its polar decomposition, stretches the plane and
    turns it; b shifts it. All three keep straight lines straight: where no straight line
    separates two classes before, none does after. tanh squeezes each axis: lines bend, and now one is enough. Only the
    end is what the network computes: the way there is a choice, made so that space never collapses on the way.

    Source: C. Olah, Neural Networks, Manifolds, and Topology (2014), the figures of one layer
    """

    title = "What one layer does"
    alt = "A grid with two curves is stretched, turned and shifted; then tanh squeezes it, and a line separates them."
    order = 1
    recipes = (catalogue.ONE_LAYER,)

    def construct(self) -> None:
        data, network = dataset("two_curves:n=48"), self.load(catalogue.ONE_LAYER)
        space, (layer,) = mu.Space(mu.View(unit=2.4)), network.hidden
        presenter, moves = mu.LayerPresenter(self, network, space, FRAME), moves_of(layer)
        dots, frame = space.add_data(data, 1.5 * mu.style.DOT_RADIUS), yellow_frame(space)

        def none() -> certificates.Certificate:
            return certificates.no_line_separates(space.where(data.points), data.labels)

        self.chapter("Four steps")
        self.add(space.ghost, space.fine_grid, space.grid, dots)
        self.claim("No straight line separates these two curves.", none())
        steps = Steps()
        self.say("A layer moves the plane in four steps.", FadeIn(presenter.signs, steps),
                 mu.ChangeView(space, mu.View(unit=1.3)))  # fmt: skip
        presenter.diagram.light(0)
        self.ask("After which step will one straight line be enough?", FadeIn(frame))

        # the yellow frame is what to follow: three times its sides stay straight
        self.chapter("W, then b")
        turned = certificates.turns_without_mirror(layer)
        for k, text in enumerate(("W stretches the plane …", "… and then turns it.")):
            presenter.formula.light(moves[k])
            self.claim(text, turned)
            presenter.flow(moves[k])
            self.play(steps.answer(k, "no line"))
        presenter.formula.light(moves[2])
        self.say("b shifts it: every point makes the same step.")
        presenter.flow(moves[2])
        self.claim("So far every straight line stays straight: still none separates the curves.", none(),
                   steps.answer(2, "no line"))  # fmt: skip

        # the first step that does not keep lines straight
        self.chapter("tanh")
        presenter.formula.light(moves[3])
        self.ask("tanh is left: it squeezes each axis. What becomes of the yellow frame?")
        self.silence()
        presenter.flow(moves[3], run_time=1.6 * mu.style.MOVE_SECONDS)
        bent = [certificates.is_bent(layer(side)) for side in SIDES]
        self.claim("All four sides bend, and the curves with them.", certificates.all_hold(*bent))
        presenter.draw_divider()
        enough = certificates.a_line_separates(data.points, data.labels, network)
        self.claim("Now one straight line is enough.", enough, steps.answer(3, "a line!"), space.fade_out(frame))
        self.poster_time = self.now
        self.claim("W and b keep straight lines straight. Only the bend made one line enough.",
                   certificates.all_hold(turned, *bent, enough))  # fmt: skip


HALF = 1.1  # of the yellow frame's side
CORNERS = HALF * np.array([[-1, -1], [1, -1], [1, 1], [-1, 1], [-1, -1]])
FRAME = Dataset("frame", CORNERS, np.zeros(len(CORNERS)))
SIDES = [np.linspace(start, end, 201) for start, end in pairwise(CORNERS)]


def yellow_frame(space: mu.Space) -> mu.Polylines:
    """Add the outline of a square around the data."""
    return space.add_lines(np.vstack(SIDES), mu.style.HIGHLIGHT, 6).set_z_index(2)


class Steps(VGroup):
    """The four steps of a layer in the place for notes, and after each whether a straight line is enough."""

    def __init__(self) -> None:
        self.slot = mu.current_layout().slot("notes")
        names = ("1  stretch", "2  turn", "3  shift", "4  squeeze")
        rows = [mu.words(name, mu.style.CAPTION_SIZE) for name in names]
        super().__init__(*rows)
        self.arrange(DOWN, aligned_edge=LEFT, buff=0.24)
        mu.put(self, self.slot, UP + LEFT)

    def answer(self, k: int, text: str) -> FadeIn:
        """Return the animation that shows an answer beside step k, from 0."""
        colour = mu.style.ANSWER if text == "a line!" else mu.style.FAINT_INK
        words = mu.words(text, mu.style.CAPTION_SIZE, colour)
        words.move_to((self.slot.right, self[k].get_center()[1], 0), aligned_edge=RIGHT)
        return FadeIn(words)
