"""Legend, scores and outline of a network that the film did not know before: any names, any widths, any depth."""

from __future__ import annotations

import itertools

import numpy as np
from manim import DOWN, LEFT, RIGHT, Group, Line, RoundedRectangle, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.batched import Dots
from manim_untangle.draw.text import plated, words
from manim_untangle.stage.diagram import Diagram
from manim_untangle.stage.dividers import scores_at
from manim_untangle.stage.route import Route
from manim_untangle.stage.scores import Table, baseline, percent
from netlib.datasets import Dataset
from netlib.network import Network

Z = 12
ROW = 0.42
CORNER = np.array([-6.75, 2.6, 0.0])
LONGEST_NAME = 14
WIDEST_DRAWN = 100  # neurons: beyond, and beyond six layers, the diagram shows columns only
COLUMN = (0.16, 1.5)


def class_name(data: Dataset, label: int) -> str:
    """Return what the screen calls a class: its name, shortened where it is long."""
    name = (
        " ".join((data.class_names[label] if label < len(data.class_names) else f"class {label}").split())
        or "(no name)"
    )
    name = f"class {name}" if name.isdigit() else name
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def legend(data: Dataset) -> Group:
    """Return the marker and name of every class, in the left-hand margin."""
    names = [words(class_name(data, k), style.LABEL_SIZE) for k in range(data.classes)]
    for k, name in enumerate(names):
        name.next_to(CORNER + (k * ROW + 0.2) * DOWN + 0.4 * RIGHT, RIGHT, buff=0)
    plate = plated(VGroup(*names).copy(), opacity=0.7)[0]
    plate.stretch_to_fit_width(plate.width + 0.45).align_to(CORNER + 0.05 * LEFT, LEFT)
    markers = [
        Dots(
            (CORNER + (k * ROW + 0.2) * DOWN + 0.2 * RIGHT)[None], radius=0.1, color=style.CLASS_COLOURS[k],
            marker=style.CLASS_MARKERS[k],
        ).set_z_index(Z)
        for k in range(data.classes)
    ]  # fmt: skip
    return Group(plate.set_z_index(Z), *(name.set_z_index(Z) for name in names), *markers)


def score_table(network: Network, data: Dataset) -> Table:
    """Return the share of all points that are classified as labelled, with what the baselines score."""
    share = float(np.mean(scores_at(network, data.points).argmax(axis=1) == data.labels))
    rows = [("network", share, style.HIGHLIGHT)]
    if data.classes == 2:
        rows.append((*baseline(data), style.INK))
    rows.append(("always the same answer", data.majority, style.FAINT_INK))
    return Table([(name, percent(score), colour) for name, score, colour in rows])


def diagram(route: Route) -> VGroup:
    """Return the network's diagram: neuron by neuron, or as columns where it is too deep or too wide for that."""
    network = route.network
    single = all(len(step.layers) == 1 for step in route.steps)
    if single and max(network.inputs, *network.widths) <= WIDEST_DRAWN:
        return Diagram(network)
    return Columns(route)


class Columns(VGroup):
    """The representations that are shown as columns, between them the steps; the step at work lights up."""

    def __init__(self, route: Route) -> None:
        network = route.network
        widths = [network.inputs, *(step.layers[-1].outputs for step in route.steps), network.widths[-1]]
        x = np.linspace(0, min(3.4, 0.7 * len(widths)), len(widths))
        height = COLUMN[1] * np.sqrt(np.log1p(widths) / np.log1p(max(widths)))
        self.columns = VGroup(
            *(
                RoundedRectangle(
                    width=COLUMN[0], height=max(h, COLUMN[0]), corner_radius=0.07, stroke_width=2,
                    color=style.FAINT_INK, fill_color=style.BACKGROUND, fill_opacity=1,
                ).shift(at * RIGHT)
                for at, h in zip(x, height, strict=True)
            )
        )  # fmt: skip
        self.links = VGroup(
            *(
                Line(a.get_right(), b.get_left(), stroke_width=3, color=style.FAINT_INK)
                for a, b in itertools.pairwise(self.columns)
            )
        )
        label = words(outline(network), style.LABEL_SIZE - 2, style.FAINT_INK)
        drawing = VGroup(self.links, self.columns)
        super().__init__(plated(VGroup(drawing, label.next_to(drawing, DOWN, buff=0.16))))
        self.to_corner(np.array([1.0, 1.0, 0.0]), buff=style.MARGIN - 0.1).set_z_index(Z)

    def light(self, step: int | None) -> Columns:
        """Light up a step and the column after it, and nothing else."""
        for k, (link, column) in enumerate(zip(self.links, self.columns[1:], strict=True)):
            colour = style.HIGHLIGHT if k == step else style.FAINT_INK
            link.set_stroke(colour)
            column.set_stroke(colour).set_fill(style.HIGHLIGHT if k == step else style.BACKGROUND, opacity=1)
        return self


def outline(network: Network) -> str:
    """Return the widths in short: '2 → 1000 ×50 → 1'; the middle of many different ones is left out."""
    runs = [(width, len(list(same))) for width, same in itertools.groupby((network.inputs, *network.widths))]
    parts = [f"{width} ×{count}" if count > 1 else str(width) for width, count in runs]
    return " → ".join(parts if len(parts) <= 6 else [*parts[:3], "…", *parts[-2:]])
