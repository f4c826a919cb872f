"""Profiles: what a place accepts, as an encoding with a byte budget."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from netlib.errors import unknown


@dataclass(frozen=True)
class Profile:
    """name: as given on the command line. purpose: in words. bytes: the most that the place takes, or None.
    height: the most pixels. rate: the most frames a second; a faster film keeps every second (third, ...) frame."""

    name: str
    purpose: str
    bytes: int | None
    height: int
    rate: int


# Budgets count 1 MB as 1,000,000 bytes, so that they hold whichever way a place counts.
hd = Profile("hd", "web pages and course sites", 50_000_000, 1080, 60)
forum = Profile("forum", "uploads to a forum (Discourse allows 10 MB)", 10_000_000, 720, 30)
forum_4mb = Profile("forum-4mb", "uploads to an older forum (4 MB)", 4_000_000, 720, 30)
github = Profile("github", "uploads to an issue or README on GitHub (10 MB)", 10_000_000, 1080, 30)
original = Profile("original", "the film as it was rendered", None, 4320, 120)


def profiles() -> dict[str, Profile]:
    """Return every profile of this module, by name."""
    return {p.name: p for p in vars(sys.modules[__name__]).values() if isinstance(p, Profile)}


def profile(name: str) -> Profile:
    """Return the profile of that name; raise UnknownName with the nearest one otherwise."""
    known = profiles()
    if name not in known:
        raise unknown("profile", name, list(known))
    return known[name]
