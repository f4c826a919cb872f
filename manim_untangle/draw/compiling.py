"""numba's compiler, for packages that are installed where nobody may write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba


def njit(**options: Any) -> Callable[[Callable[..., Any]], Any]:
    """Return numba.njit with these options as a decorator; without its cache where that has no place.

    numba keeps compiled code in $NUMBA_CACHE_DIR, else beside the source, else in the user's cache folder. Where none
    of them can be written to, numba raises RuntimeError; here each process compiles anew, which takes ten seconds.
    """

    def compiled(function: Callable[..., Any]) -> Any:
        try:
            return numba.njit(**options)(function)
        except RuntimeError:
            return numba.njit(**options | {"cache": False})(function)

    return compiled
