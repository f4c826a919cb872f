"""The errors that a user can cause and cure: each message names the thing and the cure, in one line."""

from collections.abc import Collection
from typing import Any

MOST_LISTED = 20  # names in one message


class UntangleError(Exception):
    """Base of every error that a user can cause and cure. Command line and notebook print it without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """Return what IPython shows in place of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class WeightsError(UntangleError):
    """Weights that cannot be used: what is wrong with them, and the cure, both as sentences.

    recipe: the Recipe (netlib/training/recipe.py) that makes them, where one does. recorded: its recorded training is
    wanted, and not only the network that it ends with.
    """

    def __init__(self, wrong: str, cure: str = "Restore it from a copy, or make it again") -> None:
        super().__init__(wrong)
        self.cure = cure
        self.recipe: Any = None
        self.recorded = False

    def __str__(self) -> str:
        return f"{self.args[0]}. {self.cure}"


class MissingWeights(WeightsError):
    """The trained weights of a recipe do not exist."""


class BadWeights(WeightsError):
    """A weights file is truncated, altered, of the wrong shape, or holds NaN or infinity."""


class MissingTorch(UntangleError):
    """torch, which training needs and rendering does not, is not installed."""


class MissingExtra(UntangleError):
    """A library that only one feature needs is not installed."""


class UnknownName(UntangleError):
    """No film, recipe, data set or activation has this name."""


class BadFile(UntangleError):
    """A user's file is damaged, of another format, too large, unsafe, or holds what we cannot show."""


class SaysAll(BadFile):
    """A file says by itself what options were given for."""


class AmbiguousFile(UntangleError):
    """A user's file leaves something open (activations, order of layers) that the user has to give."""


class Unwritable(UntangleError):
    """A folder or disk takes no more files."""


class TargetNotReached(UntangleError):
    """Training ended below the recipe's target score on every attempt."""


class FalseClaim(UntangleError):
    """A sentence that a film was about to show does not hold for the weights at hand."""


def unknown(kind: str, name: str, known: Collection[str]) -> UnknownName:
    """Return the error for an unknown name; its message gives the nearest known name, or else the first known ones."""
    import difflib

    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    listed = ", ".join(names[:MOST_LISTED])
    if len(names) > MOST_LISTED:
        listed += f" and {len(names) - MOST_LISTED} more"
    return UnknownName(f"there is no {kind} '{name}'. " + (f"Did you mean {near[0]}?" if near else f"Known: {listed}"))
