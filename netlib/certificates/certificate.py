"""Certificate: what was computed about a network, how finely, and what that does not prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Measured = Mapping[str, float | int | str | bool]
Method = Literal["proved", "sampled"]
VERDICTS = {True: "yes", False: "no", None: "not decided"}


@dataclass(frozen=True)
class Certificate:
    """The evidence for a sentence.

    holds: True or False where it is decided, None where it is not decided at this resolution. measured: numbers by
    name, in the order in which they are to be read. resolution: how finely it was computed ("exact", "grid of 0.01").
    caveat: what it does not prove. method: "proved" where exact arithmetic, bounds on every rounding, or a theorem show
    the verdict for all points that the sentence speaks of; "sampled" where it was computed at finitely many points.
    """

    holds: bool | None
    measured: Measured = field(default_factory=dict)
    resolution: str = "exact"
    caveat: str = ""
    method: Method = "sampled"

    @property
    def verdict(self) -> str:
        """Whether it holds, in words."""
        return VERDICTS[self.holds]

    @property
    def measured_words(self) -> list[str]:
        """Each measurement with its name, numbers to four digits: "margin: 0.1234"."""
        return [f"{name}: {f'{v:.4g}' if isinstance(v, float) else v}" for name, v in self.measured.items()]
