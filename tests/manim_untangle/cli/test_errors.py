"""Whatever goes wrong: one line with the cure, exit code 1 or 2, and no film half-written under its own name."""

from __future__ import annotations

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from manim_untangle.render import encoder
from netlib import Dense, Network, activation
from netlib.training.recipe import Recipe, save_weights

SMALL = ("-q", "l", "--resolution", "96,54")
RECIPE = Recipe("xor", (2, 1), seed=99)

ON_WEIGHTS = """
from manim import Create, Square
from netlib import Recipe
from netlib.certificates.certificate import Certificate
from manim_untangle.stage.film import Film

class OnWeights(Film):
    recipes = (Recipe("xor", (2, 1), seed=99),)

    def construct(self):
        self.play(Create(Square()), run_time=0.3)
        network = self.load(self.recipes[0])
        measured = {{"winding": 0}}
        {then}
"""


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The path of RECIPE's weights, in an empty folder of weights."""
    monkeypatch.setattr("netlib.training.recipe.WEIGHTS", tmp_path / "weights")
    return RECIPE.path


@pytest.fixture
def on_weights(write_film: Any) -> Path:
    path: Path = write_film("on_weights", ON_WEIGHTS.format(then="pass"))
    return path


def network(weight: float = 1.0) -> Network:
    return Network((Dense(np.eye(2), np.zeros(2), activation("tanh")),), Dense(np.full((1, 2), weight), np.zeros(1)))


def is_one_line(said: Any, *parts: str, code: int = 1) -> None:
    assert said.code == code
    assert said.out == ""
    assert said.error.startswith("error: ")
    assert said.error.count("\n") == 1
    for part in parts:
        assert part in said.error


def nothing_is_written(folder: Path = Path("renders")) -> None:
    assert list(folder.glob("[!.]*/*")) == []
    assert list(folder.rglob("*.partial*")) == []


@pytest.mark.slow
def test_missing_weights_name_the_command_that_makes_them(
    untangle: Callable[..., Any], weights: Path, on_weights: Path
) -> None:
    is_one_line(untangle("render", on_weights, *SMALL), weights.name, "Run: ./untangle train on_weights.py\n")
    nothing_is_written()


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:-8]), "cannot be read"),
        (lambda path: path.write_bytes(b""), "cannot be read"),
        (lambda path: path.write_bytes(path.read_bytes()[:-8] + np.float64(0.5).tobytes()), "altered"),
        (lambda path: path.write_bytes(path.read_bytes()[:-8] + np.float64("nan").tobytes()), "NaN"),
    ],
    ids=["truncated", "empty", "tampered with", "NaN"],
)
def test_bad_weights_say_what_is_wrong_and_how_to_get_them_back(
    untangle: Callable[..., Any], weights: Path, on_weights: Path, spoil: Callable[[Path], None], said: str
) -> None:
    save_weights(network(), RECIPE, {"score": 1.0})
    spoil(weights)
    is_one_line(untangle("render", on_weights, *SMALL), weights.name, said, "./untangle train")
    nothing_is_written()


@pytest.mark.parametrize(("holds", "verdict"), [(False, "does not hold"), (None, "is not decided")])
def test_a_claim_that_does_not_hold_ends_the_render(
    untangle: Callable[..., Any], weights: Path, write_film: Any, holds: bool | None, verdict: str
) -> None:
    save_weights(network(), RECIPE, {"score": 1.0})
    then = f"self.claim('It is true.', Certificate({holds}, measured, 'grid 9'))"
    said = untangle("render", write_film("on_weights", ON_WEIGHTS.format(then=then)), *SMALL)
    is_one_line(said, f'"It is true." {verdict}', "winding = 0", "grid 9")
    nothing_is_written()


def test_a_film_that_was_there_stays_when_its_next_render_fails(
    untangle: Callable[..., Any], weights: Path, on_weights: Path
) -> None:
    save_weights(network(), RECIPE, {"score": 1.0})
    assert untangle("render", on_weights, *SMALL).error == ""
    before = {path: path.read_bytes() for path in Path("renders/on_weights").iterdir()}
    weights.unlink()
    is_one_line(untangle("render", on_weights, *SMALL), "./untangle train")
    assert {path: path.read_bytes() for path in Path("renders/on_weights").iterdir()} == before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("class Broken(:", "broken.py, line 1"),
        ("class Other: pass", "broken.py holds no class that derives from Scene or Film"),
        ("import nowhere\nclass Broken: pass", "No module named 'nowhere' (broken.py, line 1)"),
        ("from manim import Scene\nclass Broken(Scene): pass", "plays no animation"),
        ("from manim import Scene\nclass Broken(Scene):\n    def construct(self): 1 / 0", "ZeroDivisionError"),
        ("class Broken: pass", "is no Manim Scene"),
    ],
)
def test_a_broken_film_says_where(untangle: Callable[..., Any], write_film: Any, source: str, said: str) -> None:
    answer = untangle("render", write_film("broken", source), *SMALL)
    is_one_line(answer, said, code=answer.code)
    assert answer.code in {1, 2}
    nothing_is_written()


def test_sound_is_refused_rather_than_lost(untangle: Callable[..., Any], write_film: Any) -> None:
    source = "from manim import Scene\nclass Loud(Scene):\n    def construct(self): self.add_sound('bell.wav')"
    is_one_line(untangle("render", write_film("loud", source), *SMALL), "bell.wav", "silent")


def test_a_file_where_the_folder_should_be_is_named(untangle: Callable[..., Any], tiny: Path) -> None:
    Path("taken").write_text("a file")
    is_one_line(untangle("render", tiny, *SMALL, "-o", "taken"), "taken/tiny_film is no folder to write in", "--out")
    is_one_line(untangle("render", tiny, *SMALL, "-o", "/proc/nowhere"), "/proc/nowhere/tiny_film", "--out")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_named(untangle: Callable[..., Any], tiny: Path) -> None:
    Path("closed").mkdir(mode=0o500)
    is_one_line(untangle("render", tiny, *SMALL, "-o", "closed"), "closed/tiny_film cannot be written to", "--out")


@pytest.mark.slow
@pytest.mark.parametrize("blocks", [6, 14, 24, 40], ids=lambda blocks: f"{blocks} kB")
def test_a_full_disk_ends_the_render_with_one_line(tiny: Path, tmp_path: Path, blocks: int) -> None:
    """A limit on the size of files stands in for the disk: writes fail in the same way, at any point of the render."""
    command = [sys.executable, "-m", "manim_untangle", "render", str(tiny), "-q", "m", "--resolution", "640,360"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "UNTANGLE_CACHE": str(tmp_path / "cache")},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (blocks * 1024, blocks * 1024)),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    if done.returncode == 0:
        assert (tmp_path / "renders/tiny_film/film.mp4").stat().st_size <= blocks * 1024
        return
    assert blocks < 40
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "no space left to write in" in done.stderr
    assert "Make room" in done.stderr
    nothing_is_written(tmp_path / "renders")


def test_a_failing_encoder_is_noticed_while_frames_still_come(
    untangle: Callable[..., Any], tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(encoder, "add_stream", full)
    is_one_line(untangle("render", tiny, "-q", "l", "--fps", "60"), "no space left", "UNTANGLE_CACHE")
    nothing_is_written()


@pytest.mark.slow
def test_without_torch_training_says_how_to_get_it(
    untangle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, weights: Path
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "netlib.training.loop", raising=False)
    is_one_line(untangle("train", "spirals"), "torch", 'pip install "manim-untangle[train]"')
    monkeypatch.setenv("UNTANGLE_LAUNCHER", "./untangle")
    is_one_line(untangle("train", "spirals"), "torch", "Run: ./untangle setup train\n")
