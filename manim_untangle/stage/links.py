"""What is drawn about two rings in space: their linking number, live, and a legend for the fourth coordinate."""

from __future__ import annotations

from typing import Any

import numpy as np
from manim import RIGHT, UL, UP, Animation, Group, Rectangle, VGroup
from scipy.spatial.distance import cdist

from manim_untangle.draw import style
from manim_untangle.draw.text import plated, words
from manim_untangle.stage.live_label import LiveLabel
from manim_untangle.stage.space import Space
from manim_untangle.stage.tubes import Tubes, fourth_colour
from manim_untangle.stage.view import View
from netlib.certificates.certificate import Certificate
from netlib.certificates.linking import linking_number
from netlib.datasets import Loop
from netlib.motion.trajectory import affine_then_bend
from netlib.network import Network

CORNER = np.array([-6.75, 2.75, 0.0])
EVERY = 2  # of a loop's points; between two, the films' rings hardly bend
STEPS, STEP_HEIGHT, STEP_WIDTH = 40, 0.055, 0.3


def rings_in_space(loops: tuple[Loop, Loop], radius: float, view: View) -> tuple[Space, Tubes, Group]:
    """Return space with a lattice, the tubes around two loops in it, and all that is drawn of it with its label."""
    space = Space(view, grid=False, dimension=3)
    lattice, tubes = space.add_lattice(), Tubes(space, loops, radius)
    return space, tubes, Group(lattice, tubes.dots, linking_label(space, loops))


def linking_label(space: Space, loops: tuple[Loop, Loop]) -> LiveLabel:
    """Return a live label: the linking number of the loops in space; in four dimensions, how far apart they are and
    that of the shadow that is seen."""
    known: dict[tuple[int, float], str] = {}

    def text() -> str:
        when = (len(space.path), space.time)
        if when not in known:
            first, second = (space.where(loop.points[::EVERY]) for loop in loops)
            number = linking_number(first[:, :3], second[:, :3])
            times = "?" if number is None else f"{abs(number)}×"
            flat = first.shape[1] == 3 or not np.any(np.abs(first[:, 3]) > 1e-9)
            known[when] = (
                f"linked: {times}"
                if flat
                else f"in 4-D {cdist(first, second).min():.2f} apart · shadow linked: {times}"
            )
        return known[when]

    return LiveLabel(space, text, CORNER, UL, colour=style.HIGHLIGHT)


def fourth_legend() -> VGroup:
    """Return a bar of the colours that stand for the fourth coordinate, on a plate at the right."""
    values = np.linspace(-1, 1, STEPS)
    bar = VGroup(
        *(
            Rectangle(width=STEP_WIDTH, height=STEP_HEIGHT, stroke_width=0, fill_opacity=1).set_fill(
                "#" + "".join(f"{round(255 * c):02X}" for c in fourth_colour(value))
            )
            for value in values
        )
    ).arrange(UP, buff=0)
    marks = VGroup(
        *(
            words(name, style.LABEL_SIZE).next_to(bar[k], RIGHT, buff=0.15)
            for name, k in (("−1", 0), ("0", STEPS // 2), ("1", STEPS - 1))
        )
    )
    drawn = VGroup(bar, marks)
    title = words("4th coordinate", style.LABEL_SIZE).next_to(drawn, UP, buff=0.2)
    legend = plated(VGroup(title, drawn)).set_z_index(12)
    return legend.to_edge(RIGHT, buff=style.MARGIN).shift(-0.55 * UP)


def stay_apart(network: Network, loops: tuple[Loop, Loop], layer: int, moments: int = 101) -> Certificate:
    """On our way through hidden layer `layer` the two loops never come nearer than half their points' spacing."""
    first, second = (network.represent(loop.points, layer) for loop in loops)
    nearest, spacing = np.inf, 0.0
    for move in affine_then_bend(network.hidden[layer], layer):
        for t in np.linspace(0, 1, moments):
            pair = move.at(first, t), move.at(second, t)
            nearest = min(nearest, float(cdist(*pair).min()))
            steps = (np.linalg.norm(np.roll(curve, -1, axis=0) - curve, axis=1).max() for curve in pair)
            spacing = max(spacing, float(max(steps)))
        first, second = pair
    return Certificate(
        nearest > spacing,
        {"nearest": nearest, "widest step between points": spacing},
        f"{len(first)} and {len(second)} points, {moments} moments a move",
        "The way from layer to layer is our choice; the network computes its ends only.",
    )


class Colour(Animation):
    """Let the tubes' colour show the fourth coordinate to a share, from what it was."""

    def __init__(self, tubes: Tubes, share: float, **kwargs: Any) -> None:
        self.tubes, self.share = tubes, share
        super().__init__(tubes.dots, **kwargs)

    def begin(self) -> None:
        self.before, self.starting_mobject = self.tubes.fourth, self.mobject
        self.interpolate(0)

    def finish(self) -> None:
        self.interpolate(1)

    def interpolate(self, alpha: float) -> None:
        t = self.rate_func(alpha)
        self.tubes.fourth = (1 - t) * self.before + t * self.share
        self.tubes.redraw()

    def clean_up_from_scene(self, scene: Any) -> None:
        return None
