"""What the user adds to a file that does not say everything, and how to ask for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from netlib.activations import activations
from netlib.errors import AmbiguousFile, UntangleError, unknown
from netlib.readers.files import shown

LAYOUTS = ("out,in", "in,out")


@dataclass(frozen=True)
class ReadOptions:
    """activations: one for all hidden layers, or one each. order: names of layers in order, activations between them
    where wanted. layout: of weight matrices, 'out,in' (torch) or 'in,out' (Keras). Empty where nothing was given.
    beside: gives the bytes of a file that lies next to the one read, by its name."""

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
        """Return what was given, with names checked."""
        names = _listed(activation)
        for name in names:
            if name not in activations():
                raise unknown("--activation", shown(name), activations())
        if layout is not None and layout.replace(" ", "") not in LAYOUTS:
            raise UntangleError(f"--layout must be 'out,in' (as in torch) or 'in,out' (as in Keras), got '{layout}'")
        return cls(names, _listed(order), (layout or "").replace(" ", ""), beside)


def _listed(given: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in (given or "").split(",") if part.strip())


def not_said(what: str, option: str, example: str) -> AmbiguousFile:
    """Return the error that asks for what the file leaves open, in both spellings."""
    return AmbiguousFile(f'does not say {what}. Give it: --{option} {example} (in Python: {option}="{example}")')


def names(labels: Sequence[str]) -> str:
    """Return labels in one line, the middle left out where they are many."""
    few = [shown(label) for label in labels]
    return ", ".join(few if len(few) <= 8 else [*few[:4], "…", *few[-2:]])
