"""Memory that was freed goes back to the system: glibc would keep it, in pieces that grow over a film."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import cache
from typing import Any

MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
LARGE = 4 << 20  # bytes; a block this large, a frame say, is returned at once


def return_large_blocks() -> None:
    """Let large blocks be returned to the system when they are freed. Does nothing where the C library is no glibc."""
    if (mallopt := _function("mallopt")) is not None:
        mallopt(MMAP_THRESHOLD, LARGE)


def return_the_rest() -> None:
    """Return what is free between blocks that are in use; takes about a millisecond."""
    if (trim := _function("malloc_trim")) is not None:
        trim(0)


@cache
def _function(name: str) -> Callable[..., Any] | None:
    """A function of the C library that this process runs on; None where it has none of that name, or on Windows."""
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):  # Windows opens no library without a name
        return None
