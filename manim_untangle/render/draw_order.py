"""What a camera is to draw, in order: manim's own order, found in one walk over the tree of mobjects."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from manim import Mobject

Z_INDEX = attrgetter("z_index")


def roots(mobjects: Sequence[Mobject]) -> list[Mobject]:
    """Return those of the mobjects that are no other's children."""
    children = {id(child) for mobject in mobjects for child in mobject.submobjects}
    return [mobject for mobject in mobjects if id(mobject) not in children]


def displayed(tops: Sequence[Mobject]) -> list[Mobject]:
    """Return all members of the families that have points, each once, where it comes last, then by z_index.

    That is manim's `extract_mobject_family_members(tops, use_z_index=True, only_those_with_points=True)`, which walks
    every family again for each of its members.
    """
    found: list[Mobject] = []
    waiting = list(reversed(tops))
    while waiting:
        mobject = waiting.pop()
        if len(mobject.points):
            found.append(mobject)
        if mobject.submobjects:
            waiting.extend(reversed(mobject.submobjects))
    if len({id(mobject) for mobject in found}) < len(found):
        found = _last_of_each(found)
    found.sort(key=Z_INDEX)
    return found


def _last_of_each(mobjects: list[Mobject]) -> list[Mobject]:
    by_identity = {id(mobject): mobject for mobject in reversed(mobjects)}
    return list(reversed(by_identity.values()))
