"""Films, live pictures and trainings in a real JupyterLab, in a real Chromium: they play, and can be played with."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("jupyterlab") is None, reason="JupyterLab is not installed: pip install jupyterlab"),
]
ROOT = Path(__file__).parents[2]
FLAGS = ["--no-sandbox", "--disable-gpu", "--autoplay-policy=no-user-gesture-required"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
TOKEN = "films"
QUICK = """from manim_untangle import Film, Space, explore, film, record, style
style.READING_RATE, style.MOVE_SECONDS, style.PAUSE_SECONDS = 500.0, 0.3, 0.1  # short films for this test
import torch
torch.manual_seed(0)
from sklearn.datasets import make_moons
X, y = make_moons(40, noise=0.05, random_state=0)
class Nonlinearer_Klassifikator(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.rein, self.raus = torch.nn.Linear(2, 2), torch.nn.Linear(2, 1)
    def forward(self, x):
        return self.raus(torch.tanh(self.rein(x))).squeeze(-1)
model = Nonlinearer_Klassifikator()
inputs, wanted = torch.tensor(X, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)"""
RECORD = """optimiser = torch.optim.Adam(model.parameters(), lr=0.1)
with record(model, inputs, wanted) as training:
    for _ in range(30):
        optimiser.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(model(inputs), wanted)
        loss.backward()
        optimiser.step()
        training.step(loss)
training.film()"""
MINE = """%%untangle
class Mine(Film):
    title = "Mine"
    def construct(self):
        self.add(Space())
        self.say(f"{len(X)} points")"""
PLAIN = """from manim import *
config.media_embed = True"""
MANIM = """%%manim -v ERROR --progress_bar none -ql --disable_caching Plain
class Plain(Film):
    def construct(self):
        self.add(Space())
        self.say("A film under plain Manim")"""
WRONG = """%%untangle
class Wrong(Film):
    def construct(self):
        self.say(nothing)"""
FILM, PICTURE = "film(model, inputs, wanted, title='Meine Monde')", "explore(model, X, y)"
CELLS = (QUICK, FILM, PICTURE, RECORD, MINE, PLAIN, MANIM, WRONG)  # after an error no more cells are run


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a running JupyterLab, and the folder that it shows, with one notebook."""
    folder = tmp_path_factory.mktemp("lab")
    nbformat = pytest.importorskip("nbformat")
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}  # else JupyterLab asks for one
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=kernel), folder / "book.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    settings = [f"--ServerApp.port={port}", f"--IdentityProvider.token={TOKEN}", "--ServerApp.allow_root=True"]
    places = {f"JUPYTER_{name}_DIR": str(folder / f".{name}") for name in ("CONFIG", "DATA", "RUNTIME")}
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", "--no-browser", "--LabApp.news_url=", *settings],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **places},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            with suppress(OSError), urllib.request.urlopen(f"{address}/api?token={TOKEN}") as answer:
                if answer.status == 200:
                    break
            time.sleep(0.5)
        else:
            pytest.skip("JupyterLab does not start here")
        yield address, folder
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def book(lab: tuple[str, Path]) -> Iterator[Any]:
    """The page of the notebook once all of its cells have run."""
    found = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="Playwright is not installed: pip install playwright"
    )
    with playwright.sync_playwright() as started:
        try:
            browser = started.chromium.launch(executable_path=found, args=FLAGS)
        except playwright.Error as problem:
            pytest.skip(f"Chromium cannot be had here ({str(problem).splitlines()[0]}): apt-get install chromium")
        page = browser.new_page(viewport={"width": 1280, "height": 6000})  # all cells: those out of sight are not drawn
        page.goto(f"{lab[0]}/lab/tree/book.ipynb?token={TOKEN}")
        page.locator(".jp-Notebook .jp-CodeCell").nth(len(CELLS) - 1).wait_for(timeout=90_000)
        page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").first.wait_for(timeout=90_000)
        # on a busy machine a click can come before the notebook listens: then no cell is waiting or done
        begun = page.locator(".jp-InputPrompt", has_text=re.compile(r"\[(\*|1)\]:")).first
        for _ in range(5):
            page.get_by_role("menuitem", name="Run", exact=True).click()
            page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
            with suppress(playwright.TimeoutError):
                begun.wait_for(timeout=20_000)
                break
        for number in range(1, len(CELLS) + 1):
            page.locator(".jp-InputPrompt", has_text=f"[{number}]:").wait_for(timeout=240_000)
        yield page
        browser.close()


def output(page: Any, cell: str) -> Any:
    return page.locator(".jp-CodeCell").nth(CELLS.index(cell)).locator(".jp-OutputArea").first


@pytest.mark.parametrize("cell", [FILM, RECORD, MINE, MANIM], ids=["film", "record", "%%untangle", "%%manim"])
def test_a_cell_plays_its_film(book: Any, cell: str) -> None:
    video = output(book, cell).locator("video")
    video.wait_for()
    playing = "async v => { v.muted = true; await v.play(); await new Promise(r => setTimeout(r, 500)); v.pause(); "
    state = video.evaluate(playing + "return [v.videoWidth, v.videoHeight, v.played.end(0), v.duration]; }")
    assert state[:2] == [854, 480]
    assert state[2] > 0.2
    assert state[3] > 0.5


def test_the_live_picture_moves_with_its_slider(book: Any) -> None:
    frame = output(book, PICTURE).frame_locator("iframe")
    canvas, slider = frame.locator("canvas").first, frame.locator("input[type=range]").first
    slider.wait_for()
    before = canvas.evaluate("c => c.toDataURL()")
    slider.evaluate("s => { s.value = s.max; s.dispatchEvent(new Event('input')); }")
    end = time.monotonic() + 90
    while canvas.evaluate("c => c.toDataURL()") == before:
        assert time.monotonic() < end, "the picture does not follow the slider"
        book.wait_for_timeout(100)


def test_what_goes_wrong_in_a_film_is_one_line(book: Any) -> None:
    shown = output(book, WRONG).inner_text()
    assert shown.strip() == (
        "UntangleError: NameError: name 'nothing' is not defined (line 4 of the cell: self.say(nothing))"
    )


def test_nothing_is_left_beside_the_notebook_but_what_manim_writes(book: Any, lab: tuple[str, Path]) -> None:
    left = {path.name for path in lab[1].iterdir() if not path.name.startswith(".")}
    assert left <= {"book.ipynb", "media"}
