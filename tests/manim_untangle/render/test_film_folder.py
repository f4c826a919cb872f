"""Every film has a folder of its own, whatever its file and its class are called."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

SMALL = ("-q", "l", "--resolution", "96,54", "--fps", "5")
SQUARE = """
from manim import Create, Scene, Square

class {name}(Scene):
    def construct(self):
        self.play(Create(Square(4, color="{colour}", fill_opacity=1)), run_time=0.6)
"""
RED, BLUE = "#FF0000", "#0000FF"


@pytest.fixture
def square(tmp_path: Path) -> Callable[..., str]:
    """Return a function that writes a film of a square of some colour; it returns the path from the current folder."""

    def write(path: str, colour: str = RED, name: str = "MyFilm") -> str:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(SQUARE.format(name=name, colour=colour))
        return path

    return write


def colour(folder: str) -> str:
    """The colour of the film in a folder: of the middle of its last frame."""
    with av.open(f"renders/{folder}/film.mp4") as container:
        frame = list(container.decode(video=0))[-1].to_ndarray(format="rgb24")
    red, _, blue = frame[27, 48]
    return RED if red > blue else BLUE


@pytest.mark.slow
def test_films_of_the_same_name_in_one_command_go_to_different_folders(untangle: Any, square: Any) -> None:
    one, other = square("a/my_film.py", RED), square("b/my_film.py", BLUE)
    said = untangle("render", one, other, *SMALL)
    assert (said.code, said.error) == (0, "")
    assert [line.split("  ")[0] for line in said.out.splitlines()] == [
        "renders/my_film/film.mp4",
        "renders/my_film_2/film.mp4",
    ]
    assert (colour("my_film"), colour("my_film_2")) == (RED, BLUE)
    assert json.loads(Path("renders/my_film_2/film.json").read_text())["film"] == "my_film_2"


@pytest.mark.slow
def test_one_after_another_each_keeps_its_folder(untangle: Any, square: Any) -> None:
    for path, shade in (("a/my_film.py", RED), ("b/my_film.py", BLUE), ("a/my_film.py", RED), ("b/my_film.py", BLUE)):
        untangle("render", square(path, shade), *SMALL)
        assert (colour("my_film"), colour("my_film_2")) == (RED, BLUE) if Path("renders/my_film_2").exists() else True
    assert sorted(path.name for path in Path("renders").iterdir()) == ["my_film", "my_film_2"]
    assert (colour("my_film"), colour("my_film_2")) == (RED, BLUE)


@pytest.mark.slow
def test_stills_of_films_of_the_same_name_do_not_overwrite_each_other(untangle: Any, square: Any) -> None:
    for path in ("a/my_film.py", "b/my_film.py", "a/my_film.py"):
        assert untangle("render", square(path), "-s", *SMALL).code == 0
    assert sorted(path.name for path in Path("renders").iterdir()) == ["my_film", "my_film_2"]


def test_a_film_called_like_one_of_ours_does_not_overwrite_it(untangle: Any, square: Any) -> None:
    Path("renders/spirals").mkdir(parents=True)
    Path("renders/spirals/film.json").write_text('{"source": "spirals"}')
    untangle("render", square("spirals.py"), *SMALL)
    assert colour("spirals_2") == RED
    assert Path("renders/spirals/film.json").read_text() == '{"source": "spirals"}'


@pytest.mark.slow
def test_a_project_can_be_moved_with_its_renders(untangle: Any, square: Any, monkeypatch: Any, tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    square("project/my_film.py")
    untangle("render", "my_film.py", "-s", *SMALL)
    untangle("render", "my_film.py", *SMALL)
    (tmp_path / "project").rename(tmp_path / "moved")
    monkeypatch.chdir(tmp_path / "moved")
    untangle("render", "my_film.py", *SMALL)
    assert [path.name for path in Path("renders").iterdir()] == ["my_film"]


@pytest.mark.parametrize("jobs", [1, pytest.param(2, marks=pytest.mark.slow)])
def test_a_file_and_a_class_of_any_name_are_rendered(untangle: Any, square: Any, jobs: int) -> None:
    path = square("My films/2nd film-draft.v2.py", BLUE, "Anything")
    said = untangle("render", path, *SMALL, "--jobs", jobs)
    assert (said.code, said.error) == (0, "")
    assert colour("2nd_film-draft_v2") == BLUE
    record = json.loads(Path("renders/2nd_film-draft_v2/film.json").read_text())
    assert record["command"].startswith("./untangle render 'My films/2nd film-draft.v2.py' -q l")
    assert (record["title"], record["description"], record["about"]) == ("2nd film draft v2", "", "")


@pytest.mark.slow
def test_of_several_scenes_in_a_file_each_can_be_rendered(untangle: Any, square: Any, tmp_path: Path) -> None:
    path = square("scenes.py", RED, "One")
    text = (tmp_path / path).read_text()
    (tmp_path / path).write_text(text + SQUARE.format(name="Other", colour=BLUE))
    said = untangle("render", path, *SMALL)
    assert said.code == 2
    assert said.error.endswith("holds several scenes. Name one of them: scenes.py:One, scenes.py:Other\n")
    for name in ("One", "Other"):
        assert untangle("render", f"scenes.py:{name}", *SMALL, "--jobs", 2 if name == "Other" else 1).code == 0
    assert (colour("scenes_One"), colour("scenes_Other")) == (RED, BLUE)
    assert " render scenes.py:Other " in json.loads(Path("renders/scenes_Other/film.json").read_text())["command"]


@pytest.mark.slow
def test_networks_of_the_same_name_are_different_films(untangle: Any, tmp_path: Path) -> None:
    wanted = ("--data", "two_curves:n=8", "--activation", "tanh", "-s", *SMALL)
    for folder, scale in (("a", 1.0), ("b", 2.0)):
        Path(folder).mkdir()
        np.savez(f"{folder}/net.npz", **{"0.weight": scale * np.ones((1, 2)), "0.bias": np.zeros(1)})
    for folder in ("a", "b", "a"):
        assert untangle("film", f"{folder}/net.npz", *wanted).code == 0
    assert sorted(path.name for path in Path("renders").iterdir()) == ["net", "net_2"]
    weights = [Path(f"renders/{name}/{name}.safetensors").read_bytes() for name in ("net", "net_2")]
    assert weights[0] != weights[1]
    assert untangle("render", "renders/net_2/net_2.py", "-s", *SMALL).code == 0
    assert untangle("film", "b/net.npz", *wanted).code == 0
    assert sorted(path.name for path in Path("renders").iterdir()) == ["net", "net_2"]


WORDS = """
from manim import Create, Square
from manim_untangle.stage.film import Film

class Told(Film):
    def construct(self):
        self.say("A square.", Create(Square()))
"""


@pytest.mark.slow
def test_a_film_without_title_and_description_is_published(untangle: Any, tmp_path: Path) -> None:
    (tmp_path / "2 words.py").write_text(WORDS)
    assert untangle("render", "2 words.py", *SMALL).code == 0
    record = json.loads(Path("renders/2_words/film.json").read_text())
    assert (record["title"], record["description"], record["about"], record["alt"]) == ("2 words", "", "", "2 words")
    assert [section["name"] for section in record["sections"]] == ["2 words"]
    said = untangle("publish", "2_words")
    assert (said.code, said.error) == (0, "")
    page = Path("renders/site/2_words/index.html").read_text()
    assert "<title>2 words" in page
    assert "A square." in page
