"""What can go wrong between a rendered film and its page, each with its cure."""

from __future__ import annotations

from netlib.errors import UntangleError


class MissingFilm(UntangleError):
    """A film that has not been rendered or published yet."""


class BadFilm(UntangleError):
    """A film.json or film.mp4 that does not say what a page needs."""


class BudgetNotMet(UntangleError):
    """A film that does not fit into a profile's bytes at any quality and resolution that is worth watching."""


class BadAddress(UntangleError):
    """A --base-url that no place could link to."""


class PortTaken(UntangleError):
    """A port that another program listens on, or that this user may not open."""
