"""The one family of errors that users see: each message names the thing and the cure, in one line."""

from collections.abc import Collection
from typing import Any

SOME = 20  # as many names as one line holds


class UntangleError(Exception):
    """Base of every error that a user can cause and cure. The command line prints it without a traceback."""


class WeightsError(UntangleError):
    """Weights that cannot be used: what is wrong with them, and the cure, both as sentences.

    recipe: the netlib.training.recipe.Recipe that makes them, where one does. recorded: its recorded training is wanted, and
    not only the network that it ends with.
    """

    def __init__(self, wrong: str, cure: str = "Restore it from a copy, or make it again") -> None:
        super().__init__(wrong)
        self.cure = cure
        self.recipe: Any = None
        self.recorded = False

    def __str__(self) -> str:
        return f"{self.args[0]}. {self.cure}"


class MissingWeights(WeightsError):
    """A recipe whose trained weights are not there."""


class BadWeights(WeightsError):
    """A weights file that is truncated, altered, of the wrong shape, or holds NaN or infinity."""


class MissingTorch(UntangleError):
    """torch, which training needs and rendering does not, is not installed."""


class MissingExtra(UntangleError):
    """A library that one feature alone needs is not installed."""


class UnknownName(UntangleError):
    """A name (film, recipe, data set, activation) that nothing here carries."""


class BadFile(UntangleError):
    """A user's file that is damaged, of another format, too large, unsafe, or holds what we cannot show."""


class AmbiguousFile(UntangleError):
    """Something that a user's file does not say (activations, order of layers) and that has to be given."""


class TargetNotReached(UntangleError):
    """Training ended below the recipe's target accuracy on every restart."""


class FalseClaim(UntangleError):
    """A sentence that a film was about to show and that does not hold for the weights at hand."""


def unknown(kind: str, name: str, known: Collection[str]) -> UnknownName:
    """Return the error for a name that nothing carries, with the nearest known name, or the first known ones."""
    import difflib

    names = sorted(set(known))
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    listed = ", ".join(names[:SOME]) + (f" and {len(names) - SOME} more" if len(names) > SOME else "")
    return UnknownName(f"there is no {kind} '{name}'. " + (f"Did you mean {near[0]}?" if near else f"Known: {listed}"))
