"""A notebook of marimo shows films, certificates and live pictures as one of Jupyter does."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("marimo") is None, reason="marimo is not installed: pip install marimo"),
]
BOOK = """
import marimo

app = marimo.App()


@app.cell
def _():
    import numpy as np
    from manim_untangle import explore, film, style
    from netlib import Dense, Network, activation

    style.READING_RATE, style.MOVE_SECONDS, style.PAUSE_SECONDS = 500.0, 0.3, 0.1
    X = np.random.default_rng(0).normal(size=(30, 2))
    y = (X[:, 0] > 0).astype(int)
    hidden = Dense(np.array([[1.0, 0.5], [-0.5, 1.0]]), np.zeros(2), activation("tanh"))
    network = Network((hidden,), Dense(np.array([[1.0, -0.5]]), np.zeros(1)))
    return X, explore, film, network, y


@app.cell
def _(X, film, network, y):
    film(network, X, y, title="A film in marimo")
    return


@app.cell
def _(X, film, network, y):
    film(network, X, y).check()
    return


@app.cell
def _(X, explore, network, y):
    explore(network, X, y, title="A picture in marimo")
    return
"""


def test_cells_of_marimo_show_what_they_hold(tmp_path: Path) -> None:
    (tmp_path / "book.py").write_text(BOOK)
    root = Path(__file__).parents[2]
    done = subprocess.run(
        [sys.executable, "-m", "marimo", "export", "html", "book.py", "-o", "book.html"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root), "XDG_CONFIG_HOME": str(tmp_path / ".config")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    page = (tmp_path / "book.html").read_text().replace("\\u003C", "<")
    assert '<video controls playsinline aria-label=\\"A film in marimo\\"' in page
    assert "data:video/mp4;base64," in page
    assert "What is checked" in page
    assert '<iframe title=\\"A picture in marimo\\" srcdoc=' in page
    left = {path.name for path in tmp_path.iterdir() if not path.name.startswith(".")}
    assert left <= {"book.py", "book.html", "__marimo__", "__pycache__"}
