"""The order of drawing: one list of all items, in which each moment's items stand in the order in which it has them."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

NARROWEST = 1e-9  # between two ranks; below, all ranks are given anew


@dataclass(eq=False)
class Life:
    """A time, from one frame to another, in which an actor is drawn at one place in the order.

    rank: grows along the order. after: the next life in it.
    """

    actor: int
    begin: int
    end: int = -1
    rank: float = 0.0
    after: Life | None = None


def lives(orders: Sequence[tuple[int, tuple[int, ...]]], frames: int) -> list[Life]:
    """Return the lives of all actors in the order of drawing.

    orders: when what is drawn changes: the frame, and the actors in order. An actor that disappears, or comes to lie in
    front of others that stay, begins another life.
    """
    front = Life(-1, 0)  # stands before all others
    alive: dict[int, Life] = {}
    for frame, actors in orders:
        drawn = set(actors)
        for actor in [actor for actor in alive if actor not in drawn]:
            alive.pop(actor).end = frame
        staying = [actor for actor in actors if actor in alive]
        kept = set(_rising([alive[actor].rank for actor in staying]))
        for place, actor in enumerate(staying):
            if place not in kept:
                alive.pop(actor).end = frame
        before, new, born = front, list[Life](), dict[int, Life]()
        for actor in actors:
            if actor in alive:
                _insert(new, before, front)
                before, new = alive[actor], []
            else:
                new.append(Life(actor, frame))
                born[actor] = new[-1]
        _insert(new, before, front)
        alive |= born
    for life in alive.values():
        life.end = frames
    return [life for life in _listed(front) if life.end > life.begin]


def _insert(new: list[Life], before: Life, front: Life) -> None:
    """Insert new lives behind another."""
    if not new:
        return
    last = before.after
    top = before.rank + 1.0 if last is None else last.rank
    if (top - before.rank) / (len(new) + 1) < NARROWEST:
        for rank, life in enumerate(_listed(front), 1):
            life.rank = float(rank)
        top = before.rank + 1.0
    for k, life in enumerate(new, 1):
        life.rank = before.rank + (top - before.rank) * k / (len(new) + 1)
    for one, other in zip([before, *new], [*new, last], strict=True):
        one.after = other


def _listed(front: Life) -> list[Life]:
    found, life = [], front.after
    while life is not None:
        found.append(life)
        life = life.after
    return found


def _rising(places: Sequence[float]) -> list[int]:
    """Return the indices of a longest rising subsequence of different numbers."""
    ends: list[float] = []  # the smallest number with which a rising sequence of each length ends
    owners: list[int] = []
    before: list[int] = []
    for index, place in enumerate(places):
        length = bisect_left(ends, place)
        ends[length : length + 1] = [place]
        owners[length : length + 1] = [index]
        before.append(owners[length - 1] if length else -1)
    found, index = list[int](), owners[-1] if owners else -1
    while index >= 0:
        found.append(index)
        index = before[index]
    return found[::-1]
