"""Signs around a space: the network as a diagram, the layer's formula, a matrix, the scale bar, scores and a legend."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Self

import numpy as np
from manim import DOWN, LEFT, RIGHT, UP, Circle, Group, Line, RoundedRectangle, VGroup, VMobject

from manim_untangle.draw import style
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.text import formula, words
from manim_untangle.stage.layout import COLUMN, Box, current_layout, put
from manim_untangle.stage.marks import LiveLabel, Z, number, percent
from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.certificates.separation import best_line
from netlib.datasets import Dataset, sampled
from netlib.layers import Dense, Layer, Residual, RMSNorm
from netlib.motion.moves import Move
from netlib.motion.projected import LayerGroup, layer_groups
from netlib.network import Network

# the diagram, in scene units
MOST_NEURONS = 5  # drawn of a layer: the label below has the number
WIDEST_DRAWN = 100  # neurons; beyond, and where layers are grouped, columns are drawn as blocks
RADIUS, BETWEEN = 0.19, 0.22  # of a neuron, and between two
NUMBERED = 0.16  # the radius of the smallest neuron that has its number in it
BLOCK = (0.18, 1.2)  # width, and height of the widest layer
WIDEST, STEP = 3.0, 1.3  # from the first column to the last, and from column to column
LONGEST_LABEL = 6  # numbers, or runs of equal numbers
DIM = 0.6  # opacity of links of layers that are not at work

# which parts of moves carry out a part of the formula; a blend of two pictures stands for the whole layer
PARTS = {
    "weight": {"stretch", "rotate", "mirror", "flatten", "residual", "blend"},
    "bias": {"translate", "residual", "blend"},
    "bend": {"bend", "blend"},
    "branch": {"residual", "blend"},
    "shortcut": {"residual", "blend"},
    "mean": {"flatten", "blend"},
    "deviation": {"normalize", "blend"},
    "gain": {"stretch", "blend"},
}
# of each kind of layer, before its bend
FORMULAS = {
    "Normalize": "{{ s : gain }} x + {{ b : bias }}",
    "LayerNorm": "{{ s : gain }} (x - {{ mu : mean }}) \\/ {{ sigma : deviation }} + {{ b : bias }}",
    "RMSNorm": '{{ s : gain }} x \\/ {{ "rms" : deviation }}(x) + {{ b : bias }}',
    "RMSNorm without b": '{{ s : gain }} x \\/ {{ "rms" : deviation }}(x)',
    "PReLU": '{{ "PReLU" : bend }} (x)',
    "Residual": "x + {{ f : branch }} (x)",
    "Residual from W x + b": "{{ W : weight }} x + {{ b : bias }} + {{ f : branch }} (x)",
    "Residual from g(x)": "{{ g : shortcut }} (x) + {{ f : branch }} (x)",
}
SYMBOLS = {"sigmoid": "sigma", "tanh": "tanh", "identity": '"id"'}
CAPITALS = ("elu", "selu", "gelu")

# the scale bar, in scene units
LONGEST = 1.6  # a bar whose length is chosen for the zoom
TICK = np.array([0.0, 0.09, 0.0])

# scores and legend
ROW = 0.45
BETWEEN_ROWS = 0.2
TABLE_SIZE = 36  # the font size of a table
LONGEST_NAME = 14
ONE_COLUMN = 5  # classes of a legend; of more, two columns
CUTS = {1: "cut", 2: "line", 3: "plane"}


class Diagram(VGroup):
    """A network's representations as columns, inputs first, and a line from every neuron to each of the next.

    Inputs and hidden neurons have their numbers in them where there is room. The widths stand below where not all
    neurons are drawn.
    """

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
            _bundle(before, after)
            if isinstance(layer, Dense) and not self.blocks
            else VGroup(Line(before.get_right(), after.get_left(), stroke_width=4, color=style.FAINT_INK))
            for layer, (before, after) in zip(steps, itertools.pairwise(self.columns), strict=True)
        ]
        slot, whole = current_layout().slot("diagram"), not self.blocks and max(widths) <= MOST_NEURONS
        drawing = VGroup(*self.links, *self.columns)
        if whole:
            super().__init__(put(drawing, slot, LEFT))
        else:
            label = words(outline(network), style.LABEL_SIZE, style.FAINT_INK, slot.width, "left")
            super().__init__(put(drawing, replace(slot, bottom=slot.bottom + label.height + 0.16)), label)
            put(label, replace(slot, top=drawing.get_bottom()[1] - 0.16))
        if whole and self.columns[0][0].width / 2 >= NUMBERED:
            for column in self.columns[:-1]:
                for k, neuron in enumerate(column, 1):
                    neuron.add(words(str(k), style.LABEL_SIZE, style.FAINT_INK).move_to(neuron))
        self.set_z_index(Z)

    def light(self, step: int | None) -> Diagram:
        """Light up the links and the column of a step (0 is the first hidden one), and nothing else."""
        for k, (link, column) in enumerate(zip(self.links, self.columns[1:], strict=True)):
            colour = style.HIGHLIGHT if k == step else style.FAINT_INK
            if self.blocks:
                link.set_stroke(colour)
            else:
                link.set_stroke(opacity=1.0 if k == step else DIM)
            for neuron in column:
                fill = style.HIGHLIGHT if k == step else style.BACKGROUND
                neuron.set_stroke(colour, family=False).set_fill(fill, opacity=1.0, family=False)
                for name in neuron.submobjects:
                    name.set_color(style.BACKGROUND if k == step else style.FAINT_INK)
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
    circle = Circle(RADIUS, color=style.FAINT_INK, stroke_width=3).set_fill(style.BACKGROUND, 1)
    return VGroup(*(circle.copy() for _ in range(min(width, MOST_NEURONS)))).arrange(DOWN, buff=BETWEEN)


def _block(height: float) -> VGroup:
    block = RoundedRectangle(0.07, width=BLOCK[0], height=max(height, BLOCK[0]), color=style.FAINT_INK, stroke_width=3)
    return VGroup(block.set_fill(style.BACKGROUND, 1))


def _bundle(before: VGroup, after: VGroup) -> VMobject:
    """All links between two columns as one mobject: what a frame costs goes by the number of mobjects."""
    links = VMobject(stroke_width=3, stroke_opacity=DIM, stroke_color=style.FAINT_INK)
    for end, start in itertools.product(after, before):
        links.start_new_path(start.get_right()).add_line_to(end.get_left())
    return links


class LayerFormula(VGroup):
    """activation(W x + b), in its place; for layers of other kinds what they compute."""

    def __init__(self, activation: str = "tanh", size: float = 50, kind: str = "Dense") -> None:
        """kind: of layer, as `of` names it."""
        name = SYMBOLS.get(activation, f'"{spelled(activation)}"')
        source = FORMULAS.get(kind, "{{ W : weight }} x + {{ b : bias }}")
        if activation != "identity":
            source = f"{{{{ {name} : bend }}}} lr(( {source} ))"
        self.shown = activation, kind
        self.labels = [label for label in PARTS if f": {label} }}}}" in source]
        self.text = formula(source, size)
        super().__init__(self.text)
        put(self, current_layout().slot("formula"), LEFT).set_z_index(Z)

    @classmethod
    def of(cls, layer: Layer) -> Self:
        """Return the formula of a layer of any kind."""
        return cls(layer.activation.name, kind=cls._kind(layer))

    def shows(self, layer: Layer) -> bool:
        """Whether it is the formula of a layer, too."""
        return self.shown == (layer.activation.name, self._kind(layer))

    @staticmethod
    def _kind(layer: Layer) -> str:
        """The name of a layer's class, and what a residual block with a shortcut starts from."""
        name = type(layer).__name__
        if isinstance(layer, RMSNorm) and not layer.shift.any():
            return f"{name} without b"
        return f"{name} from {layer.start}" if isinstance(layer, Residual) and layer.shortcut else name

    def light(self, move: Move | None) -> LayerFormula:
        """Light up the parts of the formula that a move carries out; None lights nothing."""
        at_work = set(move.part.split("+")) if move else set()
        for label in self.labels:
            self.text.select(label).set_color(style.HIGHLIGHT if at_work & PARTS[label] else style.INK)
        return self


def spelled(activation: str) -> str:
    """Return the name of an activation as the field spells it on screen: ReLU, leaky ReLU, ELU, tanh."""
    words = re.split(r"([ (])", activation.replace("_", " "))
    return "".join(word.upper() if word in CAPITALS else word.replace("relu", "ReLU") for word in words)


def matrix_formula(name: str, matrix: Array, size: float = 36) -> VGroup:
    """Return "name = (matrix)" with two decimals in the place for notes; two columns have the colours of the basis."""
    rows = "; ".join(
        ", ".join(f"{{{{ {value:.2f} : c{j}r{i} }}}}" for j, value in enumerate(row))
        for i, row in enumerate(np.atleast_2d(matrix))
    )
    text = formula(f"{name} = mat({rows})", size)
    for j, colour in enumerate((style.FIRST_BASIS, style.SECOND_BASIS) if np.shape(matrix)[1] == 2 else ()):
        for i in range(len(matrix)):
            text.select(f"c{j}r{i}").set_color(colour)
    return put(VGroup(text), current_layout().slot("notes")).set_z_index(Z)


def scale_bar(space: Space, length: float | None = 1.0, place: Box | None = None) -> Group:
    """Return a bar with its length in the lower left of a place, by default the layout's; it changes with the view.

    length: in units of space; None for 1, 2 or 5 times a power of ten, whichever is drawn no longer than LONGEST, and
    where `length` has no room.
    """
    slot = place or current_layout().slot("scale")
    left = slot.corner(DOWN + LEFT) + TICK
    bar = Polylines(np.zeros((6, 3)), np.array([0, 2, 4]), color=style.INK, stroke_width=4)

    def units() -> float:
        if length is not None and length * space.view.unit <= slot.width:
            return float(length)
        return bar_length(space.view.unit)

    def right() -> Array:
        return np.asarray(left + units() * space.view.unit * RIGHT)

    label = LiveLabel(space, lambda: number(units()), lambda: (left + right()) / 2, DOWN)
    space.forget(label)  # it is drawn with the bar, which it stands above

    def draw(_: Array) -> None:
        start, end = left, right()
        bar.set_samples(np.array([start, end, start - TICK, start + TICK, end - TICK, end + TICK]))
        label.refresh()

    sign = Group(bar, label).set_z_index(Z)
    return space.follow(np.zeros((1, space.dimension)), sign, draw, fixed=True, sign=True)


def bar_length(unit: float) -> float:
    """Return the longest of 1, 2, 5 times a power of ten that is drawn no longer than LONGEST; unit: scene units."""
    longest = LONGEST / unit
    power = 10.0 ** np.floor(np.log10(longest))
    return float(max(k * power for k in (1, 2, 5) if k * power <= longest * (1 + 1e-9)))


class Table(VGroup):
    """Names and what stands for each, in the place for notes. Rows: name, number as text, colour."""

    def __init__(self, rows: Sequence[tuple[str, str, str]], box: Box | None = None) -> None:
        """box: another place for it."""
        slot = box or current_layout().slot("notes")
        super().__init__()
        level = slot.top - 0.06  # a number rises above its name
        for name, shown, colour in rows:
            number = words(shown, TABLE_SIZE, colour)
            text = words(name, TABLE_SIZE, colour, slot.width - number.width - 0.2, "left")
            text.move_to((slot.left, level, 0), aligned_edge=UP + LEFT)
            corner = (min(slot.right, slot.left + COLUMN), text[-1].get_bottom()[1], 0)
            number.move_to(corner, aligned_edge=DOWN + RIGHT)
            self.add(text, number)
            level = self.get_bottom()[1] - BETWEEN_ROWS
        self.set_z_index(Z)


class Scores(Table):
    """Share of the points that are classified as labelled; below it that of the baseline."""

    def __init__(self, network: Network, data: Dataset, box: Box | None = None) -> None:
        """box: another place than that for notes."""
        named, share = baseline(data)
        right = percent(network.accuracy(data.points, data.labels))
        super().__init__([("network", right, style.ANSWER), (named, percent(share), style.FAINT_INK)], box)


def baseline(data: Dataset) -> tuple[str, float]:
    """Return name and score of what a network is held against: for two classes the best flat cut through the inputs, or
    the best that a search, or a search in a sample, has found; for more the largest class for all points."""
    if data.classes != 2:
        return "all one class", data.majority
    few = sampled(data)
    best = best_line(few.points, few.labels)
    cut = CUTS.get(data.dimension, "flat cut")
    name = f"best {cut}" if best.exact and few is data else f"{cut} found"
    share = float(np.mean((data.points @ best.normal + best.offset > 0) == (data.labels == 1)))
    return name, share


def class_name(data: Dataset, label: int) -> str:
    """Return what the screen calls a class: its name, shortened where it is long."""
    given = data.class_names[label] if label < len(data.class_names) else f"class {label}"
    name = " ".join(given.split()) or "(no name)"
    name = f"class {name}" if name.isdigit() else name
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


def legend(data: Dataset) -> Group:
    """Return the marker and name of every class, in the place for notes; of many classes in two columns."""
    slot, columns = current_layout().slot("notes"), 1 if data.classes <= ONE_COLUMN else 2
    wide, rows = slot.width / columns, -(-data.classes // columns)
    signs = Group()
    for k in range(data.classes):
        left, level = slot.left + k // rows * wide, slot.top - 0.2 - k % rows * ROW
        name = words(class_name(data, k), style.LABEL_SIZE)
        name.scale(min(1.0, (wide - 0.5) / name.width)).next_to((left + 0.4, level, 0), RIGHT, buff=0)
        marker = Dots(np.array([[left + 0.2, level, 0.0]]), radius=0.11, color=style.CLASS_COLOURS[k])
        marker.marker = style.CLASS_MARKERS[k]
        signs.add(marker, name)
    return signs.set_z_index(Z)
