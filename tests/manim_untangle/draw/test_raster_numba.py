"""Kernels work where their compiled code cannot be kept, and are kept where it can."""

from __future__ import annotations

from pathlib import Path

import pytest
from numba import njit as plain_njit

from manim_untangle.draw.raster_numba import njit


def double(x: int) -> int:
    return 2 * x


def test_a_kernel_is_compiled_where_there_is_no_place_to_keep_it() -> None:
    held: dict[str, object] = {}
    exec(compile("def triple(x):\n    return 3 * x\n", "no such folder/triple.py", "exec"), held)
    with pytest.raises(RuntimeError, match="cannot cache"):
        plain_njit(cache=True)(held["triple"])
    assert njit(cache=True, nogil=True)(held["triple"])(14) == 42


def test_a_kernel_is_kept_where_there_is_a_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("numba.config.CACHE_DIR", str(tmp_path))
    assert njit(cache=True, nogil=True)(double)(21) == 42
    assert list(tmp_path.rglob("*.nbc"))
