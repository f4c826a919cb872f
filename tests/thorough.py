"""How much the tests try that may try any number of cases: a quarter where only the quick tests run."""

from __future__ import annotations

from hypothesis import settings

THOROUGH = True  # what conftest.py finds in pytest's own options


def cases(number: int) -> int:
    """Return how many of `number` cases to try."""
    return number if THOROUGH else max(number // 4, 5)


def examples(number: int) -> settings:
    """Return Hypothesis' settings for a test that tries `number` examples, however long one takes."""
    return settings(max_examples=cases(number), deadline=None)
