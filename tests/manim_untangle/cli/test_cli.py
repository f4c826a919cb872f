"""The command line: manim's habits, one line for every error, exit codes 0, 1 and 2."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from manim_untangle.cli import train as training
from manim_untangle.render.films import films
from manim_untangle.render.settings import BadOption, Format, Quality, Settings, settings


def test_version_and_help_answer(untangle: Callable[..., object]) -> None:
    from importlib.metadata import version

    assert untangle("--version").out == f"untangle {version('manim-untangle')}\n"
    for words in (["--help"], ["-h"], ["render", "-h"], ["train", "--help"]):
        said = untangle(*words)
        assert (said.code, said.error) == (0, "")
        assert "Usage: " in said.out


@pytest.mark.slow
def test_list_names_every_film_with_what_it_shows(untangle: Callable[..., object]) -> None:
    lines = untangle("list").out.splitlines()
    assert len(lines) == len(films())
    for line, film in zip(lines, films(), strict=True):
        assert line.startswith(film.name)
        assert film.description in line


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["render"], "which film?"),
        (["render", "spiral"], "there is no film 'spiral'. Did you mean spirals?"),
        (["render", "spirals", "-q", "x"], "'x' is not one of"),
        (["render", "spirals", "--fps", "0"], "--fps must be"),
        (["render", "spirals", "--fps", "nan"], "--fps must be"),
        (["render", "spirals", "--fps", "many"], "--fps"),
        (["render", "spirals", "--resolution", "wide"], "--resolution must be W,H"),
        (["render", "spirals", "--resolution", "101,100"], "Try 102,100"),
        (["render", "spirals", "--resolution", "2,2"], "between 16 and"),
        (["render", "spirals", "--format", "avi"], "'avi' is not one of"),
        (["train", "spirls"], "there is no film or recipe 'spirls'. Did you mean spirals?"),
        (["train"], "Missing argument"),
        (["rendr"], "No such command 'rendr'"),
        (["render", "--quik"], "No such option"),
    ],
)
def test_what_is_asked_wrongly_is_one_line_and_exit_code_2(
    untangle: Callable[..., object], words: list[str], said: str
) -> None:
    answer = untangle(*words)
    assert answer.code == 2
    assert answer.error.startswith("error: ")
    assert answer.error.count("\n") == 1
    assert said in answer.error
    assert answer.out == ""


def test_python_m_studio_is_untangle() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "manim_untangle", "--version"], capture_output=True, text=True, check=True
    )
    assert done.stdout.startswith("untangle ")


def test_the_letters_are_manims_own() -> None:
    assert settings(Quality.l) == Settings(Quality.l, 854, 480, Fraction(15))
    assert settings(Quality.k) == Settings(Quality.k, 3840, 2160, Fraction(60))
    assert settings(Quality.h, fps=29.97).fps == Fraction(2997, 100)


@pytest.mark.parametrize(
    ("chosen", "command"),
    [
        (settings(Quality.m), "./untangle render spirals -q m"),
        (settings(Quality.l, fps=7.5), "./untangle render spirals -q l --fps 7.5"),
        (settings(Quality.h, resolution="720x1280"), "./untangle render spirals -q h --resolution 720,1280"),
        (settings(Quality.m, format=Format.gif), "./untangle render spirals -q m --format gif"),
    ],
)
def test_the_command_that_renders_again_says_all_that_matters(
    chosen: Settings, command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNTANGLE_COMMAND", "./untangle")
    assert chosen.command("spirals") == command


def test_a_size_that_viewers_cannot_show_is_refused() -> None:
    with pytest.raises(BadOption, match="between 16 and 8192"):
        settings(resolution="9000,9000")


def test_train_knows_films_constants_and_slugs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from netlib.training.recipe import Recipe

    small, large = Recipe("xor", (2, 1)), Recipe("xor", (3, 1))
    monkeypatch.setattr(training, "_catalogue", lambda: {"small": [small], "both": [small, large]})
    assert training.recipes_of("BOTH").recipes == [small, large]
    assert training.recipes_of(large.slug).recipes == [large]


@pytest.mark.slow
def test_trained_weights_land_in_the_library_and_say_how_they_compare(
    untangle: Callable[..., object], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    from netlib.training.recipe import Recipe

    monkeypatch.setattr("netlib.training.recipe.WEIGHTS", tmp_path)
    quick = Recipe("two_curves", (2, 1), steps=60, target=0.5)
    monkeypatch.setattr(training, "_catalogue", lambda: {"quick": [quick]})
    first, again = untangle("train", "quick"), untangle("train", quick.slug)
    assert first.out.startswith(f"{quick.slug}.safetensors  score ")
    assert first.out.endswith(", new\n")
    assert again.out.endswith(", as before\n")
    assert quick.load().accuracy(quick.dataset().points, quick.dataset().labels) >= 0.5


@pytest.mark.slow
def test_a_terminal_shows_progress_over_the_whole_film(tiny: Path, tmp_path: Path) -> None:
    try:
        master, terminal = os.openpty()
    except OSError as problem:
        pytest.skip(f"this system gives no terminal: {problem}")  # /dev/pts is not mounted, as in a bare root
    command = [sys.executable, "-m", "manim_untangle", "render", str(tiny), "-q", "l", "--resolution", "96,54"]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3]), "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stderr=terminal, stdout=subprocess.PIPE) as process:
        os.close(terminal)
        shown = _read_all(master)
        assert process.stdout is not None
        assert process.stdout.read().startswith(b"renders/tiny_film/film.mp4")
    assert process.returncode == 0
    assert "tiny_film" in shown
    assert "100%" in shown
    assert "0:00:00" in shown  # time left


def _read_all(descriptor: int) -> str:
    read = b""
    while True:
        try:
            piece = os.read(descriptor, 4096)
        except OSError:  # the other end is closed
            piece = b""
        if not piece:
            os.close(descriptor)
            return read.decode(errors="replace")
        read += piece


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("render", "spirals", "-q", "x"), "Invalid value for '-q' / '--quality': 'x' is not one of 'l', 'm'"),
        (("render", "--bogus"), "No such option: --bogus"),
    ],
)  # fmt: skip
def test_what_was_asked_wrongly_is_one_clear_sentence_and_the_command_as_it_is_typed(
    untangle: Callable[..., Any], words: tuple[str, ...], said: str
) -> None:
    found = untangle(*words)
    assert found.code == 2
    assert found.error.startswith(f"error: {said}")
    assert found.error.endswith("See: ./untangle render --help\n")
    assert "Value error" not in found.error
