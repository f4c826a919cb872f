"""What the user adds where a file leaves something open, and the error that asks for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netlib.activations import activations
from netlib.errors import AmbiguousFile, UntangleError, unknown
from netlib.readers.files import printable

LAYOUTS = ("out,in", "in,out")


@dataclass(frozen=True)
class ReadOptions:
    """What the user gave; empty where nothing was given.

    activations: one for all hidden layers, or one each. order: names of layers in order, with activations between
    them where wanted. layout: of weight matrices, 'out,in' (torch) or 'in,out' (Keras). beside: returns the bytes of
    a file in the same folder, by its name.
    """

    activations: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    layout: str = ""
    beside: Callable[[str], bytes] | None = None

    @property
    def is_empty(self) -> bool:
        return not (self.activations or self.order or self.layout)

    @classmethod
    def of(
        cls,
        activation: str | None = None,
        order: str | None = None,
        layout: str | None = None,
        beside: Callable[[str], bytes] | None = None,
    ) -> ReadOptions:
        """Return the options in texts such as "tanh,relu"; raise UntangleError for an unknown activation or layout."""
        names, layout = _listed(activation), (layout or "").replace(" ", "")
        for name in names:
            if name not in activations():
                raise unknown("--activation", printable(name), activations())
        if layout and layout not in LAYOUTS:
            raise UntangleError(
                f"--layout must be 'out,in' (as in torch) or 'in,out' (as in Keras), got '{printable(layout)}'"
            )
        return cls(names, _listed(order), layout, beside)


def _listed(given: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (given or "").split(",") if part.strip())


def ask(what: str, option: str, example: str) -> AmbiguousFile:
    """Return the error that asks for what the file leaves open, in both spellings."""
    return AmbiguousFile(f'does not say {what}. Give it: --{option} {example} (in Python: {option}="{example}")')


def listing(labels: Sequence[str]) -> str:
    """Return labels in one line, without those in the middle where they are many."""
    few = [printable(label) for label in labels]
    return ", ".join(few if len(few) <= 8 else [*few[:4], "…", *few[-2:]])
