"""Kernels work where their compiled code cannot be kept, and are kept where it can."""

from __future__ import annotations

import os
import subprocess
import sys
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


DRAWS = """
import numpy as np
from manim import Scene, tempconfig
from numba.core.dispatcher import Dispatcher
from manim_untangle import Dots, Polylines
from manim_untangle.draw import raster_numba as kernels

kernels.compile_kernels()
counts = lambda: {name: len(k.signatures) for name, k in vars(kernels).items() if isinstance(k, Dispatcher)}
before = counts()
rng = np.random.default_rng(0)
with tempconfig({"quality": "low_quality", "dry_run": True, "disable_caching": True, "verbosity": "ERROR"}):
    scene = Scene()
    points = np.insert(rng.uniform(-3, 3, (9, 2)), 2, 0, axis=1)
    scene.add(Polylines(points, np.array([0, 4])), Dots(points))
    scene.add(Polylines(points, np.array([0, 4]), rgbas=rng.uniform(0, 1, (9, 4)), closed=True))
    scene.wait(0.1)
print(before == counts(), before['stroke'], before['stamp_markers'])
"""


@pytest.mark.slow
def test_drawing_finds_all_kernels_compiled(tmp_path: Path) -> None:
    ran = {"NUMBA_CACHE_DIR": str(tmp_path), "PATH": os.environ["PATH"], "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", DRAWS], env=ran, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == "True 1 1\n", done.stderr
