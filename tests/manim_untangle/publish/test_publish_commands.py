"""`untangle publish`, `embed` and `serve`: files where they belong, one line where something is wrong."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.mark.slow
def test_from_a_rendered_film_to_a_snippet(untangle: Callable[..., Any], make_film: Any) -> None:
    make_film(Path("renders"), brief=True)
    said = untangle("publish", "moving_dot", "--base-url", "https://example.org/films", "--profile", "forum-4mb")
    assert (said.code, said.error) == (0, "")
    assert "site: renders/site/index.html" in said.out
    assert Path("renders/site/moving_dot/moving_dot-forum-4mb.mp4").stat().st_size <= 4_000_000
    said = untangle("embed", "moving_dot", "--for", "discourse")
    assert (said.code, said.error) == (0, "")
    assert said.out.startswith("<video controls")
    assert "https://example.org/films/moving_dot/moving_dot-forum-4mb.mp4" in said.out


def test_out_is_where_films_are_and_where_their_site_goes(untangle: Callable[..., Any], make_film: Any) -> None:
    make_film(Path("elsewhere"), brief=True, networks=[])
    assert untangle("publish", "--all", "--out", "elsewhere").code == 0
    assert Path("elsewhere/site/moving_dot/index.html").is_file()
    assert not Path("renders").exists()


@pytest.mark.slow
def test_a_film_rendered_in_the_usual_place_can_be_published_elsewhere(
    untangle: Callable[..., Any], make_film: Any
) -> None:
    make_film(Path("renders"), brief=True, networks=[])
    assert untangle("publish", "moving_dot", "-o", "public").code == 0
    assert Path("public/site/moving_dot/index.html").is_file()


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["publish"], 1, "publish which films"),
        (["publish", "nothing"], 1, "nothing is not rendered in renders"),
        (["publish", "--all"], 1, "Run: ./untangle render --all"),
        (["publish", "moving_dot", "--profile", "forun"], 2, "Did you mean forum?"),
        (["publish", "moving_dot", "--base-url", "example.org"], 1, "Write it like https://"),
        (["embed", "moving_dot"], 1, "Run: ./untangle publish moving_dot"),
        (["serve"], 1, "Run: ./untangle publish --all"),
        (["serve", "--port", "70000"], 2, "65535"),
    ],
)
def test_what_is_wrong_is_one_line_and_nothing_is_written(
    untangle: Callable[..., Any], words: list[str], code: int, message: str
) -> None:
    said = untangle(*words)
    assert said.code == code
    assert said.error.startswith("error: ")
    assert message in said.error
    assert said.error.count("\n") == 1
    assert [path.name for path in Path().iterdir() if path.name != "cache"] == []


@pytest.mark.slow
def test_serve_shows_the_site_until_it_is_stopped(tmp_path: Path, site: Any) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "site").symlink_to(site.folder)
    process = subprocess.Popen(
        [sys.executable, "-m", "manim_untangle", "serve", "--port", "0", "--out", str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    try:
        assert process.stdout
        match = re.match(r"(http://127\.0\.0\.1:\d+/) shows", process.stdout.readline())
        assert match
        with urllib.request.urlopen(match[1] + "moving_dot/", timeout=10) as answer:
            assert "A dot that moves" in answer.read().decode()
    finally:
        process.send_signal(signal.SIGINT)
        started = time.monotonic()
        code = process.wait(timeout=20)
        if process.stdout:
            process.stdout.close()
    assert code == 0
    assert time.monotonic() - started < 10


@pytest.mark.slow
def test_publishing_imports_neither_manim_nor_torch(tmp_path: Path, make_film: Any) -> None:
    make_film(tmp_path, brief=True)
    program = (
        "import sys; from manim_untangle.cli.app import app;"
        "given = {'prog_name': 'untangle', 'standalone_mode': False};"
        "out = ['moving_dot', '--out', sys.argv[1]];"
        "app(['publish', *out, '--base-url', 'https://example.org', '--profile', 'forum'], **given);"
        "app(['embed', *out], **given);"
        "import manim_untangle.publish.server; assert not {'manim', 'torch', 'scenes'} & set(sys.modules), 'imported'"
    )
    subprocess.run([sys.executable, "-c", program, str(tmp_path)], check=True, capture_output=True)
