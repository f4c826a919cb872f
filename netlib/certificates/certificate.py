"""Certificate: what was computed about a network, with the resolution at which it was and what it does not prove."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Certificate:
    """The evidence behind a sentence.

    holds: True or False where decided, None where it is not decided at this resolution. measured: numbers by name,
    in the order in which they are to be read. resolution: how finely it was computed ("exact", "grid 401 x 401").
    caveat: what it does not prove.
    """

    holds: bool | None
    measured: dict[str, float | int | str | bool] = field(default_factory=dict)
    resolution: str = "exact"
    caveat: str = ""
