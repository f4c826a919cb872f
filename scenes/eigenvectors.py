"""Film: what the eigenvectors of a trained W say, and what they do not."""

import numpy as np
from manim import FadeIn, FadeOut

from manim_untangle.draw import style
from manim_untangle.stage.animations import AnimateToTime, ApplyMove, fitting
from manim_untangle.stage.directions import lines_through_zero, matrix_card, spokes, straight
from manim_untangle.stage.film import Film
from manim_untangle.stage.scale_bar import scale_bar
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View
from netlib.certificates.directions import (
    eigen_directions,
    eigen_lines_bend,
    eigen_lines_only_stretch,
    every_direction_turns,
    renumbered,
    renumbering_changes_nothing,
    singular_directions_turn,
    turned,
)
from netlib.datasets import dataset
from netlib.motion.moves import moves_of, together
from netlib.training.catalogue import XOR_EARLY

START = View(unit=1.65)
SLOW = 1.25 * style.MOVE_SECONDS


class Eigenvectors(Film):
    """Eigenvectors say what one trained W does along two lines; after the bend, or with other numbers, they are gone.

    A 2 x 2 matrix with two real eigenvalues keeps two lines through zero and only stretches along them. Its singular
    directions stay at right angles, but they turn. Then tanh bends both eigen-lines. And the neurons of a layer have
    no order of their own: swap them and negate one, let the next layer undo it, and the network computes the same,
    with a W that has no real eigenvalue at all. Eigenvectors describe one linear step, not the network.
    """

    title = "What eigenvectors say, and what not"
    alt = "Spokes around zero are turned by a matrix except along two lines; then a bend curves those lines too."
    order = 13
    recipes = (XOR_EARLY,)

    def construct(self) -> None:
        data, network = dataset("xor:n=48"), self.load(XOR_EARLY)
        layer = network.hidden[0]
        stretch_only = eigen_lines_only_stretch(layer)
        self.require("Two lines stay where they are.", stretch_only)
        values, eigen = eigen_directions(layer.weight)
        singular = np.linalg.svd(layer.weight)[2]
        space = Space(START)
        space.forget(space.fine_grid)  # directions are read off spokes: half as many lines turn behind them

        self.chapter("One trained W")
        dots, card = space.add_data(data), matrix_card(layer)
        self.play(FadeIn(space.ghost, space.grid, dots, scale_bar(space)))
        rays = spokes(space)
        self.say("One trained W. Which directions will it only stretch? Guess first.", FadeIn(rays, card[0]))
        self.finish_reading()
        self.play(ApplyMove(space, straight(layer), run_time=SLOW))
        lines = lines_through_zero(space, eigen, style.PROBE)
        self.claim(f"Two lines stay where they are: stretched ×{values[0]:.2f} and ×{values[1]:.2f}. All others turn.",
                   stretch_only, FadeIn(lines, card[1]))  # fmt: skip

        self.chapter("Singular directions turn")
        self.silence()
        self.play(AnimateToTime(space, 0))
        crossed = lines_through_zero(space, singular, style.HIGHLIGHT, half=1.0)
        self.claim(f"The yellow directions stay at right angles, but W turns them by {abs(turned(layer.weight)):.0f}°.",
                   singular_directions_turn(layer), FadeIn(crossed), FadeOut(rays))  # fmt: skip
        space.forget(*rays)
        self.play(AnimateToTime(space, 1, run_time=SLOW))

        self.chapter("Then the bend")
        shift, bend = moves_of(layer)[2:]
        self.say("Now b and tanh. What becomes of the two violet lines?", FadeOut(crossed))
        space.forget(*crossed)
        end = fitting(START, network.represent(data.points, 1), largest=2.2)
        self.play(ApplyMove(space, together("tanh", (shift, bend)), end, keep=data.points, run_time=SLOW))
        self.claim("Both are bent. After the whole layer, neither is a line.", eigen_lines_bend(layer))

        self.chapter("The same network, renumbered")
        other = renumbered(network)
        no_line, all_turn = "Now every direction turns: no eigen-line at all.", every_direction_turns(other.hidden[0])
        self.require(no_line, all_turn)
        self.silence()
        self.play(FadeOut(lines, card))
        space.forget(*lines)
        self.play(AnimateToTime(space, 0, START, keep=data.points))
        space.path.clear()
        rays, card = spokes(space), matrix_card(other.hidden[0])
        self.claim("Swap the two neurons and turn one sign: the same network, another W.",
                   renumbering_changes_nothing(network, other), FadeIn(rays, card[0]))  # fmt: skip
        self.finish_reading()
        self.play(ApplyMove(space, straight(other.hidden[0]), run_time=SLOW))
        self.claim(no_line, all_turn, FadeIn(card[1]))
        self.say("Eigenvectors describe one linear step, not the network.", FadeOut(rays))
        space.forget(*rays)
        end = fitting(START, other.represent(data.points, 1), largest=2.2)
        self.play(ApplyMove(space, together("tanh", moves_of(other.hidden[0])[2:]), end, keep=data.points))
