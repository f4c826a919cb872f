"""What Create shows: the share of a mobject's points, and all of them, which Manim does not keep with the mobject."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import xxhash
from manim import VMobject
from numpy.typing import NDArray

from manim_untangle.draw.polylines import Polylines

Array = NDArray[np.float64]
NAME = "pointwise_become_partial"


@dataclass(frozen=True, eq=False)
class Whole:
    """A mobject of which a part is shown: all of its points (N, 3), and of lines their sizes, colours and whether they
    are closed. part: the share that is shown. shown: a hash of the points that it has for that."""

    points: Array
    part: tuple[float, float] = (0.0, 1.0)
    sizes: tuple[int, ...] = ()
    closed: bool = False
    rgbas: Array | None = None
    shown: int = 0


class PartialWatch:
    """Notes, as a context manager, of which mobject another became a part."""

    def __init__(self) -> None:
        self._known: dict[int, Whole] = {}
        self._replaced: list[tuple[type[VMobject], Callable[..., Any]]] = []

    def __enter__(self) -> None:
        for owner in (VMobject, Polylines):
            manims = getattr(owner, NAME)
            self._replaced.append((owner, manims))
            setattr(owner, NAME, self._noted(manims))

    def __exit__(self, *_: object) -> None:
        for owner, manims in self._replaced:
            setattr(owner, NAME, manims)
        self._replaced.clear()

    def whole(self, mobject: VMobject) -> Whole:
        """Return all of a mobject, and the part that is shown."""
        known = self._known.get(id(mobject))
        return known if known is not None and known.shown == _hash(mobject.points) else _whole(mobject)

    def share(self, mobject: VMobject) -> tuple[float, float] | None:
        """Return which part of another mobject this one became last, if any."""
        known = self._known.get(id(mobject))
        return None if known is None else known.part

    def _noted(self, manims: Callable[..., Any]) -> Callable[..., Any]:
        def become_partial(mobject: VMobject, source: VMobject, a: float, b: float) -> VMobject:
            whole = _whole(source)
            manims(mobject, source, a, b)
            known = self._known.get(id(mobject))
            if known is not None and np.array_equal(known.points, whole.points):
                points = known.points
            else:
                points = np.array(whole.points)
            part = (min(max(a, 0.0), 1.0), min(max(b, 0.0), 1.0))
            shown = _hash(mobject.points)
            self._known[id(mobject)] = Whole(points, part, whole.sizes, whole.closed, whole.rgbas, shown)
            return mobject

        return become_partial


def _whole(mobject: VMobject) -> Whole:
    if isinstance(mobject, Polylines):
        rgbas = None if mobject.rgbas is None else mobject.point_rgbas()
        return Whole(mobject.points, (0.0, 1.0), tuple(mobject.sizes.tolist()), mobject.closed, rgbas)
    return Whole(mobject.points)


def _hash(points: Array) -> int:
    return xxhash.xxh3_64_intdigest(points.tobytes())
