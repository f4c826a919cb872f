"""Film: what the eigenvectors of a trained W say, and what they do not."""

import numpy as np
from manim import DOWN, LEFT, FadeIn, Group, VGroup

import manim_untangle as mu
from netlib import Array, Dataset, Network, catalogue, certificates, dataset, moves_of, straight_move, together


class Eigenvectors(mu.Film):
    """Eigenvectors say what one trained W does along two lines; after the bend, or with other numbers, they are gone.

    A 2 x 2 matrix with two real eigenvalues keeps two lines through zero and only stretches along them. Its singular
    directions stay at right angles, but they turn. Then tanh bends both eigen-lines. And the neurons of a layer have
    no order of their own: swap them and negate one, let the next layer undo it, and the network computes the same,
    with a W that has no real eigenvalue at all. Eigenvectors describe one linear step, not the network.
    """

    title = "What eigenvectors say, and what not"
    alt = "Spokes around zero are turned by a matrix except along two lines; then a bend curves those lines too."
    order = 13
    recipes = (catalogue.XOR_EARLY,)

    def construct(self) -> None:
        data, network = dataset("xor:n=48"), self.load(catalogue.XOR_EARLY)
        layer = network.dense[0]
        stretch_only = certificates.eigen_lines_only_stretch(layer)
        self.require("Two lines stay where they are.", stretch_only)
        values, eigen = certificates.eigen_directions(layer.weight)
        singular = np.linalg.svd(layer.weight)[2]
        space = mu.Space(START)
        space.forget(space.fine_grid)  # directions are read off spokes: half as many lines turn behind them

        self.chapter("One trained W")
        dots, card = space.add_data(data), matrix_card(layer.weight)
        self.play(FadeIn(space.ghost, space.grid, dots, mu.scale_bar(space)))
        rays = spokes(space)
        self.say("One trained W. Which directions will it only stretch? Guess first.", FadeIn(rays, card[0]))
        self.finish_reading()
        # every spoke leaves its faint copy behind, except along two lines
        self.play(mu.ApplyMove(space, straight_move(layer.weight), run_time=SLOW))
        lines = lines_through_zero(space, eigen, mu.style.SECOND_HIGHLIGHT)
        self.claim(f"Two lines stay where they are: stretched ×{values[0]:.2f} and ×{values[1]:.2f}. All others turn.",
                   stretch_only, FadeIn(lines, card[1]))  # fmt: skip

        self.chapter("Singular directions turn")
        self.silence()
        self.play(mu.AnimateToTime(space, 0))
        crossed = lines_through_zero(space, singular, mu.style.HIGHLIGHT, 1.0)
        turn = certificates.polar_angle(layer.weight)
        self.claim(f"The yellow directions stay at right angles, but W turns them by {abs(turn):.0f}°.",
                   certificates.singular_directions_turn(layer), FadeIn(crossed), space.fade_out(*rays))  # fmt: skip
        self.play(mu.AnimateToTime(space, 1, run_time=SLOW))

        self.chapter("Then the bend")
        self.say("Now b and tanh. What becomes of the two violet lines?", space.fade_out(*crossed))
        self.play(shift_and_bend(space, network, data, SLOW))
        self.claim("Both are bent. After the whole layer, neither is a line.", certificates.eigen_lines_bend(layer))

        # the same network again, with another W: now no spoke stays on its faint copy
        self.chapter("The same network, renumbered")
        other = certificates.renumbered(network)
        layer = other.dense[0]
        all_turn = certificates.every_direction_turns(layer)
        self.require(no_line := "Now every direction turns: no eigen-line at all.", all_turn)
        self.silence()
        self.play(space.fade_out(*lines, card))
        self.play(mu.AnimateToTime(space, 0, START, keep=data.points))
        space.restart()
        rays, card = spokes(space), matrix_card(layer.weight)
        self.claim("Swap the two neurons and turn one sign: the same network, another W.",
                   certificates.renumbering_changes_nothing(network, other), FadeIn(rays, card[0]))  # fmt: skip
        self.finish_reading()
        self.play(mu.ApplyMove(space, straight_move(layer.weight), run_time=SLOW))
        self.claim(no_line, all_turn, FadeIn(card[1]))
        self.claim("Eigenvectors describe one linear step, not the network.",
                   certificates.renumbering_changes_nothing(network, other), space.fade_out(*rays))  # fmt: skip
        self.play(shift_and_bend(space, other, data, mu.style.MOVE_SECONDS))


START = mu.View(unit=1.65)
SLOW = 1.25 * mu.style.MOVE_SECONDS


def shift_and_bend(space: mu.Space, network: Network, data: Dataset, run_time: float) -> mu.ApplyMove:
    """Return the animation of the first layer's b and tanh at once, with a zoom that keeps the data in the frame."""
    end = START.fitting(network.represent(data.points, 1), largest=2.2)
    move = together("tanh", moves_of(network.hidden[0])[2:])
    return mu.ApplyMove(space, move, end, keep=data.points, run_time=run_time)


def spokes(space: mu.Space, count: int = 16) -> Group:
    """Add directions from zero as thin lines to the unit circle, and faint copies of them that no move carries."""
    angles = np.linspace(0, 2 * np.pi, count, endpoint=False)
    tips = np.column_stack([np.cos(angles), np.sin(angles)])
    ends, starts = np.stack([0 * tips, tips], axis=1).reshape(-1, 2), 2 * np.arange(count)
    copies = space.add_lines(ends, mu.style.FAINT_INK, 1.5, 0.5, starts, fixed=True).set_z_index(1)
    moving = space.add_lines(ends, mu.style.INK, 4.0, starts=starts)
    dots = space.add_dots(tips, mu.style.INK, "disk", radius=0.08)
    return Group(copies, moving.set_z_index(2), dots.set_z_index(2))


def lines_through_zero(space: mu.Space, directions: Array, colour: str, half: float = 4.0) -> Group:
    """Add a line along each of directions (L, 2), as far as `half` units, with marks one unit from zero, and thin
    lines that stay where they were."""
    share = np.linspace(-half, half, 401)
    samples = (share[:, None] * directions[:, None]).reshape(-1, 2)
    lines = space.add_lines(samples, colour, 5, starts=len(share) * np.arange(len(directions)))
    marks = space.add_dots(np.vstack([directions, -directions]), colour, "disk", radius=0.12)
    ends = np.stack([-half * directions, half * directions], axis=1).reshape(-1, 2)
    copies = space.add_lines(ends, colour, 4.0, 0.35, np.arange(0, len(ends), 2), fixed=True).set_z_index(1)
    return Group(copies, lines.set_z_index(3), marks.set_z_index(4))


def matrix_card(weight: Array) -> VGroup:
    """Return W in numbers, and below it its real eigenvalues or that it has none, in the place for notes."""
    if certificates.discriminant(weight) > 0:
        text = "eigenvalues " + ", ".join(f"{value:.2f}" for value in certificates.eigen_directions(weight)[0])
    else:
        text = "no real eigenvalues"
    shown = mu.matrix_formula("W", weight, size=40)
    notes = mu.current_layout().slot("notes")
    below = mu.words(text, mu.style.LABEL_SIZE, mu.style.SECOND_HIGHLIGHT, notes.width, "left")
    below.next_to(shown, DOWN, buff=0.2, aligned_edge=LEFT)
    return mu.put(VGroup(shown, below), notes).set_z_index(12)
