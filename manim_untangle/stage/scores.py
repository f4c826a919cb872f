"""Signs about the data: the legend of the classes, and scores, never without what simple answers score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Group, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.text import plated, words
from netlib.certificates.separation import best_line
from netlib.datasets import Dataset, sampled
from netlib.network import Network

Z = 12
ROW = 0.42
LEGEND_CORNER = np.array([-6.75, 2.6, 0.0])
LONGEST_NAME = 14
CUTS = {1: "cut", 2: "line", 3: "plane"}


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
    """Share of the points that are classified as labelled; for two classes with the best cut's share."""

    def __init__(self, network: Network, data: Dataset) -> None:
        rows = [("network", network.accuracy(data.points, data.labels), style.HIGHLIGHT)]
        if data.classes == 2:
            rows.append((*baseline(data), style.INK))
        rows.append(("always the same answer", data.majority, style.FAINT_INK))
        super().__init__([(name, percent(share), colour) for name, share, colour in rows])


def baseline(data: Dataset) -> tuple[str, float]:
    """Return the name and the score of what the network is held against: the best single flat cut through the inputs,
    or the best that was found where only a search, or a sample of many points, was possible."""
    few = sampled(data)
    best = best_line(few.points, few.labels)
    found = "" if best.exact and few is data else "found "
    share = float(np.mean((data.points @ best.normal + best.offset > 0) == (data.labels == 1)))
    return f"best {CUTS.get(data.dimension, 'flat cut')} {found}without layers", share


def percent(share: float) -> str:
    """Return a share in [0, 1] as a percentage that never rounds an imperfect one up to 100."""
    shown = f"{100 * share:.1f}".removesuffix(".0")
    return f"{'99.9' if shown == '100' and share < 1 else shown} %"


def class_name(data: Dataset, label: int) -> str:
    """Return what the screen calls a class: its name, shortened where it is long."""
    given = data.class_names[label] if label < len(data.class_names) else f"class {label}"
    name = " ".join(given.split()) or "(no name)"
    name = f"class {name}" if name.isdigit() else name
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def legend(data: Dataset) -> Group:
    """Return the marker and name of every class, in the left-hand margin."""
    levels = [LEGEND_CORNER + (k * ROW + 0.2) * DOWN for k in range(data.classes)]
    names = [words(class_name(data, k), style.LABEL_SIZE) for k in range(data.classes)]
    for name, level in zip(names, levels, strict=True):
        name.next_to(level + 0.4 * RIGHT, RIGHT, buff=0)
    plate = plated(VGroup(*names).copy(), opacity=0.7)[0]
    plate.stretch_to_fit_width(plate.width + 0.45).align_to(LEGEND_CORNER + 0.05 * LEFT, LEFT)
    looks = zip(levels, style.CLASS_COLOURS, style.CLASS_MARKERS, strict=False)
    markers = [Dots((level + 0.2 * RIGHT)[None], radius=0.1, color=c, marker=marker) for level, c, marker in looks]
    return Group(*(sign.set_z_index(Z) for sign in (plate, *names, *markers)))
