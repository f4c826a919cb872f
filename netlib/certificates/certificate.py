"""Certificate: what was computed about a network, how finely, and what that does not prove."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

Measured = Mapping[str, float | int | str | bool]


@dataclass(frozen=True)
class Certificate:
    """The evidence for a sentence.

    holds: True or False where it is decided, None where it is not decided at this resolution. measured: numbers by
    name, in the order in which they are to be read. resolution: how finely it was computed ("exact", "grid of 0.01").
    caveat: what it does not prove.
    """

    holds: bool | None
    measured: Measured = field(default_factory=dict)
    resolution: str = "exact"
    caveat: str = ""
