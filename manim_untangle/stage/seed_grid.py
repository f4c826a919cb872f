"""Strip: many trained networks side by side, each as a small picture of the region that it calls "disk"."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, Circle, Rectangle, VGroup, VMobject

from manim_untangle.draw import style
from manim_untangle.draw.text import words
from manim_untangle.stage.readout import regions
from netlib.certificates.certificate import Certificate
from netlib.certificates.tunnel import tunnel
from netlib.datasets import Dataset
from netlib.network import Network
from netlib.training.seed_grid import Run

HALF = 1.3  # of the part of the input plane that a picture shows
SIDE = 0.92
GAP = 0.12


class SeedGrid(VGroup):
    """One row for each width and depth, one picture for each seed, and the number of seeds that enclose the disk."""

    def __init__(self, runs: Sequence[Run], data: Dataset) -> None:
        self.outcomes = {run[:3]: tunnel(run.network, data, measure=False).outcome for run in runs}
        rows = VGroup()
        for (width, depth), row in itertools.groupby(runs, key=lambda run: run[:2]):
            seeds = list(row)
            outcomes = [self.outcomes[run[:3]] for run in seeds]
            pictures = VGroup(*(_picture(run.network, out) for run, out in zip(seeds, outcomes, strict=True)))
            name = words(f"{depth} layers of {width}" if depth > 1 else f"1 layer of {width}", style.LABEL_SIZE)
            count = words(f"{outcomes.count('enclosed')} of {len(seeds)} enclosed", style.LABEL_SIZE)
            pictures.arrange(RIGHT, buff=GAP)
            rows.add(VGroup(pictures, name.next_to(pictures, LEFT), count.next_to(pictures, RIGHT)))
        super().__init__(*rows.arrange(DOWN, buff=GAP))
        for row in rows[1:]:
            row.shift((rows[0][0].get_left() - row[0].get_left())[0] * RIGHT)
        self.move_to(np.array([0.0, 0.55, 0.0]))

    def count(self, width: int) -> int:
        """Number of networks of a width."""
        return sum(key[0] == width for key in self.outcomes)

    def all_leak(self, width: int) -> Certificate:
        """Certificate of: in every network of this width in the strip the region runs out through the ring."""
        return self._certificate(width, lambda outcome: outcome == "tunnel")

    def all_enclose(self, width: int) -> Certificate:
        """Certificate of: every network of this width in the strip encloses the disk in a closed curve."""
        return self._certificate(width, lambda outcome: outcome == "enclosed")

    def _certificate(self, width: int, wanted: Callable[[str], bool]) -> Certificate:
        outcomes = [outcome for key, outcome in self.outcomes.items() if key[0] == width]
        counts = {name: outcomes.count(name) for name in sorted(set(outcomes))}
        undecided = "not decided" in outcomes
        return Certificate(
            None if undecided or not outcomes else all(map(wanted, outcomes)),
            {"networks": len(outcomes), **counts},
            "tunnels and closed curves proved by intervals",
            "These networks only; that no other of width 2 does better is a theorem (Johnson 2018).",
        )


def _picture(network: Network, outcome: str) -> VGroup:
    scale = SIDE / (2 * HALF)
    region = VMobject(fill_color=style.CLASS_COLOURS[1], fill_opacity=0.85, stroke_width=0)
    for polygon in regions(network, 1, (HALF, HALF), samples=121):
        for ring in polygon:
            region.start_new_path(_scene(ring[0], scale))
            region.add_points_as_corners([_scene(point, scale) for point in (*ring[1:], ring[0])])
    circles = VGroup(
        *(Circle(scale * r, stroke_width=1.5, color=style.CLASS_COLOURS[0]) for r in (0.65, 1.0)),
        Circle(scale * 0.35, stroke_width=1.5, color=style.INK),
    )
    frame = Rectangle(
        width=SIDE, height=SIDE, stroke_width=3, color=style.ENCLOSED if outcome == "enclosed" else style.WRONG
    )
    return VGroup(region, circles, frame)


def _scene(point: np.ndarray, scale: float) -> np.ndarray:
    return np.array([scale * point[0], scale * point[1], 0.0])
