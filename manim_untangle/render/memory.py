"""Memory that was freed goes back to the system: glibc would keep it, in pieces that grow over a film."""

from __future__ import annotations

import ctypes

MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of malloc.h
LARGE = 4 << 20  # bytes; a block this large, a frame say, is returned at once


def return_large_blocks() -> None:
    """Let large blocks be returned to the system when they are freed. Does nothing where the C library is no glibc."""
    if (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)) is not None:
        mallopt(MMAP_THRESHOLD, LARGE)


def return_the_rest() -> None:
    """Return what is free between blocks that are in use; takes about a millisecond."""
    if (trim := getattr(ctypes.CDLL(None), "malloc_trim", None)) is not None:
        trim(0)
