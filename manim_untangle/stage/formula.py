"""The layer's formula, its part at work lit up; and a matrix with its columns in the basis vectors' colours."""

from __future__ import annotations

import numpy as np
from manim import LEFT, UP, VGroup

from manim_untangle.draw import style
from manim_untangle.draw.text import formula, plated
from netlib.activations import Array
from netlib.motion.moves import Move

Z = 12
# which parts of moves carry out a part of the formula; a blend of two pictures stands for the whole layer
PARTS = {
    "weight": {"stretch", "rotate", "mirror", "flatten", "blend"},
    "bias": {"translate", "blend"},
    "bend": {"bend", "blend"},
}
SYMBOLS = {"sigmoid": "sigma", "tanh": "tanh", "identity": '"id"'}


class LayerFormula(VGroup):
    """activation(W x + b), in the upper left corner."""

    def __init__(self, activation: str = "tanh", size: float = 44) -> None:
        name = SYMBOLS.get(activation, f'"{spelled(activation)}"')
        self.text = formula(f"{{{{ {name} : bend }}}} lr((  {{{{ W : weight }}}} x + {{{{ b : bias }}}} ))", size)
        super().__init__(plated(self.text))
        self.to_corner(UP + LEFT, buff=style.MARGIN).set_z_index(Z)

    def light(self, move: Move | None) -> LayerFormula:
        """Light up the parts of the formula that a move carries out; None lights nothing."""
        parts = set(move.part.split("+")) if move else set()
        for label, its_parts in PARTS.items():
            self._colour(label, bool(parts & its_parts))
        return self

    def _colour(self, label: str, on: bool) -> None:
        self.text.select(label).set_color(style.HIGHLIGHT if on else style.INK)


def spelled(activation: str) -> str:
    """Return the name of an activation as the field spells it on screen: ReLU, leaky ReLU, ELU, tanh."""
    name = activation.replace("_", " ")
    return name.upper() if name == "elu" else name.replace("relu", "ReLU")


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
