"""Scores: the network's accuracy, never without what one straight line and one answer for all score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.text import plated, words
from netlib.certificates.best_line import best_line
from netlib.certificates.evidence import few_of
from netlib.datasets import Dataset
from netlib.network import Network

Z = 12
ROW = 0.42


class Table(VGroup):
    """Names and what stands for each, in the right-hand margin. Rows: name, number as text, colour."""

    def __init__(self, rows: Sequence[tuple[str, str, str]]) -> None:
        table = VGroup()
        for k, (name, shown, colour) in enumerate(rows):
            number = words(shown, style.LABEL_SIZE, colour).next_to(ROW * k * DOWN, LEFT, buff=0.1)
            table.add(words(name, style.LABEL_SIZE, colour).next_to(number, LEFT, buff=0.2), number)
        super().__init__(plated(table))
        self.to_edge(RIGHT, buff=style.MARGIN - 0.14).align_to(0.9 * DOWN, UP).set_z_index(Z)


class Scores(Table):
    """Share of the points that are classified as labelled."""

    def __init__(self, network: Network, data: Dataset) -> None:
        rows = (
            ("network", network.accuracy(data.points, data.labels), style.HIGHLIGHT),
            (*baseline(data), style.INK),
            ("always the same answer", data.majority, style.FAINT_INK),
        )
        super().__init__([(name, percent(share), colour) for name, share, colour in rows])


def baseline(data: Dataset) -> tuple[str, float]:
    """Return the name and the score of what the network is held against: the best single flat cut through the inputs,
    or the best that was found where only a search, or a sample of many points, was possible."""
    few = few_of(data)
    best = best_line(few.points, few.labels)
    found = "" if best.exact and few is data else "found "
    share = float(np.mean((data.points @ best.normal + best.offset > 0) == (data.labels == 1)))
    return f"best {_CUTS.get(data.dimension, 'flat cut')} {found}without layers", share


def percent(share: float) -> str:
    """Return a share in [0, 1] as a percentage that never rounds an imperfect one up to 100."""
    shown = f"{100 * share:.1f}".removesuffix(".0")
    return f"{'99.9' if shown == '100' and share < 1 else shown} %"


_CUTS = {1: "cut", 2: "line", 3: "plane"}
