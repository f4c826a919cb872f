"""Signs around a space: the network as a diagram, the layer's formula, a matrix, the scale bar, scores and a legend."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Circle, Group, Line, RoundedRectangle, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.text import formula, plated, words
from manim_untangle.stage.marks import LiveLabel, Z, number, percent
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.certificates.separation import best_line
from netlib.datasets import Dataset, sampled
from netlib.layers import Dense, Layer
from netlib.motion.moves import Move
from netlib.motion.projected import LayerGroup, layer_groups
from netlib.network import Network

# the diagram, in scene units
MOST_NEURONS = 5  # drawn of a layer: the label below has the number
WIDEST_DRAWN = 100  # neurons; beyond, and where layers are grouped, columns are drawn as blocks
RADIUS, BETWEEN = 0.12, 0.12  # of a neuron, and between two
BLOCK = (0.16, 1.5)  # width, and height of the widest layer
WIDEST, STEP = 3.6, 0.72  # the whole diagram, and from column to column
LONGEST_LABEL = 6  # numbers, or runs of equal numbers
DIM = 0.55  # opacity of links of layers that are not at work

# which parts of moves carry out a part of the formula; a blend of two pictures stands for the whole layer
PARTS = {
    "weight": {"stretch", "rotate", "mirror", "flatten", "blend"},
    "bias": {"translate", "blend"},
    "bend": {"bend", "blend"},
    "branch": {"residual", "blend"},
    "mean": {"flatten", "blend"},
    "deviation": {"normalize", "blend"},
    "gain": {"stretch", "blend"},
}
# of each kind of layer, before its bend
FORMULAS = {
    "Normalize": "{{ s : gain }} x + {{ b : bias }}",
    "LayerNorm": "{{ s : gain }} (x - {{ mu : mean }}) \\/ {{ sigma : deviation }} + {{ b : bias }}",
    "Residual": "x + {{ f : branch }} (x)",
}
SYMBOLS = {"sigmoid": "sigma", "tanh": "tanh", "identity": '"id"'}
CAPITALS = ("elu", "selu", "gelu")

# the scale bar, in scene units
LEVEL = -2.35  # above the captions
LONGEST = 1.3  # a bar whose length is chosen for the zoom
TICK = np.array([0.0, 0.07, 0.0])
GAP, HEIGHT = 0.14, 0.7  # around the bar, and the plate's height

# scores and legend
ROW = 0.42
LEGEND_CORNER = np.array([-6.75, 2.6, 0.0])
LONGEST_NAME = 14
CUTS = {1: "cut", 2: "line", 3: "plane"}


class Diagram(VGroup):
    """A network's representations as columns, inputs first; lines between neurons have the colour of their weight's
    sign."""

    def __init__(self, network: Network, groups: Sequence[LayerGroup] | None = None) -> None:
        """groups: hidden layers that are shown as one step; by default each is a step of its own."""
        groups = layer_groups(network, len(network.hidden)) if groups is None else groups
        widths = [network.inputs, *(group.layers[-1].outputs for group in groups), network.readout.outputs]
        single = all(len(group.layers) == 1 for group in groups)
        self.blocks = not single or max(network.inputs, *network.widths) > WIDEST_DRAWN
        step = min(STEP, WIDEST / max(1, len(widths) - 1))
        heights = BLOCK[1] * np.sqrt(np.log1p(widths) / np.log1p(max(widths)))
        self.columns = [
            (_block(height) if self.blocks else _neurons(width)).shift(k * step * RIGHT)
            for k, (width, height) in enumerate(zip(widths, heights, strict=True))
        ]
        steps = [*(group.layers[-1] for group in groups), network.readout]
        self.links = [
            _bundle(layer.weight, before, after)
            if isinstance(layer, Dense) and not self.blocks
            else VGroup(Line(before.get_right(), after.get_left(), stroke_width=3, color=style.FAINT_INK))
            for layer, (before, after) in zip(steps, itertools.pairwise(self.columns), strict=True)
        ]
        label = words(outline(network), style.LABEL_SIZE - 2, style.FAINT_INK)
        drawing = VGroup(*self.links, *self.columns)
        super().__init__(plated(VGroup(drawing, label.next_to(drawing, DOWN, buff=0.16))))
        self.to_corner(UP + RIGHT, buff=style.MARGIN - 0.1).set_z_index(Z)

    def light(self, step: int | None) -> Diagram:
        """Light up the links and the column of a step (0 is the first hidden one), and nothing else."""
        for k, (link, column) in enumerate(zip(self.links, self.columns[1:], strict=True)):
            colour = style.HIGHLIGHT if k == step else style.FAINT_INK
            if self.blocks:
                link.set_stroke(colour)
            else:
                link.set_stroke(opacity=1.0 if k == step else DIM)
            column.set_stroke(colour).set_fill(style.HIGHLIGHT if k == step else style.BACKGROUND, opacity=1.0)
        return self


def outline(network: Network) -> str:
    """Return the widths in short: '2 → 3 → 1', '2 → 1000 ×50 → 1'; the middle of many different ones is left out."""
    widths = (network.inputs, *network.widths)
    if len(widths) <= LONGEST_LABEL + 2 and max(widths) < 100:
        return " → ".join(map(str, widths))
    runs = [(width, len(list(same))) for width, same in itertools.groupby(widths)]
    parts = [f"{width} ×{count}" if count > 1 else str(width) for width, count in runs]
    return " → ".join(parts if len(parts) <= LONGEST_LABEL else [*parts[:3], "…", *parts[-2:]])


def _neurons(width: int) -> VGroup:
    circle = Circle(RADIUS, color=style.FAINT_INK, stroke_width=2).set_fill(style.BACKGROUND, 1)
    return VGroup(*(circle.copy() for _ in range(min(width, MOST_NEURONS)))).arrange(DOWN, buff=BETWEEN)


def _block(height: float) -> VGroup:
    block = RoundedRectangle(0.07, width=BLOCK[0], height=max(height, BLOCK[0]), color=style.FAINT_INK, stroke_width=2)
    return VGroup(block.set_fill(style.BACKGROUND, 1))


def _bundle(weight: np.ndarray, before: VGroup, after: VGroup) -> VGroup:
    links = VGroup()
    for (i, end), (j, start) in itertools.product(enumerate(after), enumerate(before)):
        colour = style.CLASS_COLOURS[int(weight[i, j] >= 0)]
        links.add(Line(start.get_right(), end.get_left(), stroke_width=2, stroke_opacity=DIM, color=colour))
    return links


class LayerFormula(VGroup):
    """activation(W x + b), in the upper left corner; for layers of other kinds what they compute."""

    def __init__(self, activation: str = "tanh", size: float = 44, kind: str = "Dense") -> None:
        """kind: of layer, the name of its class."""
        name = SYMBOLS.get(activation, f'"{spelled(activation)}"')
        source = FORMULAS.get(kind, "{{ W : weight }} x + {{ b : bias }}")
        if kind not in FORMULAS or activation != "identity":
            source = f"{{{{ {name} : bend }}}} lr(( {source} ))"
        self.shown = activation, kind
        self.labels = [label for label in PARTS if f": {label} }}}}" in source]
        self.text = formula(source, size)
        super().__init__(plated(self.text))
        self.to_corner(UP + LEFT, buff=style.MARGIN).set_z_index(Z)

    @classmethod
    def of(cls, layer: Layer) -> Self:
        """Return the formula of a layer of any kind."""
        return cls(layer.activation.name, kind=type(layer).__name__)

    def shows(self, layer: Layer) -> bool:
        """Whether it is the formula of a layer, too."""
        return self.shown == (layer.activation.name, type(layer).__name__)

    def light(self, move: Move | None) -> LayerFormula:
        """Light up the parts of the formula that a move carries out; None lights nothing."""
        at_work = set(move.part.split("+")) if move else set()
        for label in self.labels:
            self.text.select(label).set_color(style.HIGHLIGHT if at_work & PARTS[label] else style.INK)
        return self


def spelled(activation: str) -> str:
    """Return the name of an activation as the field spells it on screen: ReLU, leaky ReLU, ELU, tanh."""
    name = activation.replace("_", " ")
    return name.upper() if name in CAPITALS else name.replace("relu", "ReLU")


def matrix_formula(name: str, matrix: Array, size: float = 36) -> VGroup:
    """Return "name = (matrix)" with two decimals on a plate; of two columns the first is green, the second red."""
    rows = "; ".join(
        ", ".join(f"{{{{ {value:.2f} : c{j}r{i} }}}}" for j, value in enumerate(row))
        for i, row in enumerate(np.atleast_2d(matrix))
    )
    text = formula(f"{name} = mat({rows})", size)
    for j, colour in enumerate((style.FIRST_BASIS, style.SECOND_BASIS) if np.shape(matrix)[1] == 2 else ()):
        for i in range(len(matrix)):
            text.select(f"c{j}r{i}").set_color(colour)
    return plated(text).set_z_index(Z)


def scale_bar(space: Space, length: float | None = 1.0, level: float = LEVEL) -> Group:
    """Return a bar with its length at the lower left, above the captions; it changes with the view.

    length: in units of space; None for 1, 2 or 5 times a power of ten, whichever is drawn no longer than LONGEST.
    """
    left = np.array([-style.FRAME_HALF[0] + style.MARGIN + 0.1, level, 0])
    bar = Polylines(np.zeros((6, 3)), np.array([0, 2, 4]), color=style.INK, stroke_width=4)
    plate = RoundedRectangle(0.1, width=1, height=HEIGHT, stroke_width=0, fill_color=style.BACKGROUND, fill_opacity=0.7)

    def units() -> float:
        return length if length is not None else bar_length(space.view.unit)

    def right() -> Array:
        return left + units() * space.view.unit * RIGHT

    label = LiveLabel(space, lambda: number(units()), lambda: (left + right()) / 2 + 0.02 * UP, DOWN)
    space.forget(label)  # it is drawn with the bar, which it stands above

    def draw(_: Array) -> None:
        start, end = left, right()
        bar.set_samples(np.array([start, end, start - TICK, start + TICK, end - TICK, end + TICK]))
        label.refresh()
        plate.stretch_to_fit_width(max(end[0] - start[0], label.width) + 2 * GAP)
        plate.move_to((start + end) / 2 + (HEIGHT / 2 - GAP) * UP)

    sign = Group(plate, bar, label).set_z_index(Z)
    return space.follow(np.zeros((1, space.dimension)), sign, draw, fixed=True)


def bar_length(unit: float) -> float:
    """Return the longest of 1, 2, 5 times a power of ten that is drawn no longer than LONGEST; unit: scene units."""
    longest = LONGEST / unit
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(k * power for k in (1, 2, 5) if k * power <= longest * (1 + 1e-9)))


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
        rows = [("network", network.accuracy(data.points, data.labels)), *baselines(data)]
        colours = (style.HIGHLIGHT, *((style.INK,) if data.classes == 2 else ()), style.FAINT_INK)
        super().__init__([(name, percent(share), colour) for (name, share), colour in zip(rows, colours, strict=True)])


def baselines(data: Dataset) -> list[tuple[str, float]]:
    """Return names and scores of what a network is held against: one answer for all points and, before it, for two
    classes the best flat cut through the inputs: or the best that a search, or a search in a sample, has found."""
    majority = ("always the same answer", data.majority)
    if data.classes != 2:
        return [majority]
    few = sampled(data)
    best = best_line(few.points, few.labels)
    found = "" if best.exact and few is data else "found "
    share = float(np.mean((data.points @ best.normal + best.offset > 0) == (data.labels == 1)))
    return [(f"best {CUTS.get(data.dimension, 'flat cut')} {found}without layers", share), majority]


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
