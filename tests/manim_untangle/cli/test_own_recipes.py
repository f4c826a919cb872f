"""A recipe of one's own: the command that an error names trains it, and then the film finds its weights."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netlib import Recipe
from netlib.errors import MissingWeights
from netlib.training import recipe as recipes
from netlib.training.catalogue import XOR
from netlib.training.loop import train
from netlib.training.recipe import read_weights

ROOT = Path(__file__).parents[3]
SMALL = ("-q", "l", "--resolution", "96,54", "--fps", "5")
QUICK = Recipe("two_curves:n=20", (2, 1), steps=20, target=0.0)
OTHER = Recipe("moons:n=20", (2, 1), steps=20, target=0.0)

HEAD = """
from manim import Create, Scene, Square
from netlib import Recipe
from manim_untangle.stage.film import Film

QUICK = Recipe("two_curves:n=20", (2, 1), steps=20, target=0.0)
OTHER = Recipe("moons:n=20", (2, 1), steps=20, target=0.0)
"""
DECLARED = """
class MyFilm(Film):
    recipes = (QUICK,)

    def construct(self):
        network = self.load(QUICK)
        self.play(Create(Square()), run_time=0.2)
"""
AT_THE_TOP = """
class MyFilm(Film):
    def construct(self):
        network = self.load(QUICK)
        self.play(Create(Square()), run_time=0.2)
"""
INSIDE = """
del QUICK, OTHER
class MyFilm(Film):
    def construct(self):
        for data in ("two_curves:n=20", "moons:n=20"):
            self.load(Recipe(data, (2, 1), steps=20, target=0.0))
        self.play(Create(Square()), run_time=0.2)
"""
PLAIN_SCENE = """
class MyFilm(Scene):
    def construct(self):
        network = QUICK.load()
        self.play(Create(Square()), run_time=0.2)
"""
WHEN_IMPORTED = """
NETWORKS = [QUICK.load(), OTHER.load()]

class MyFilm(Scene):
    def construct(self):
        self.play(Create(Square()), run_time=0.2)
"""
RECORDED = """
from netlib.training.recorded import load_recorded

class MyFilm(Scene):
    def construct(self):
        load_recorded(QUICK)
        self.play(Create(Square()), run_time=0.2)
"""
GROWN = """
class MyFilm(Film):
    recipes = (Recipe("two_curves:n=20", (2, 2, 1), steps=20, target=0.0, grown_from=QUICK),)

    def construct(self):
        self.load(self.recipes[0])
        self.play(Create(Square()), run_time=0.2)
"""
KINDS = {
    "declared": (DECLARED, [QUICK]),
    "at the top": (AT_THE_TOP, [QUICK]),
    "inside": (INSIDE, [QUICK, OTHER]),
    "plain scene": (PLAIN_SCENE, [QUICK]),
    "when imported": (WHEN_IMPORTED, [QUICK, OTHER]),
    "grown": (GROWN, [QUICK]),
}


@pytest.fixture(autouse=True)
def house() -> Any:
    """The committed weights: no test here may add to them."""
    before = sorted(recipes.WEIGHTS.iterdir())
    yield before
    assert sorted(recipes.WEIGHTS.iterdir()) == before


@pytest.fixture
def own(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that writes a film to a folder below the current one."""

    def write(body: str, folder: str = "my films") -> Path:
        path = tmp_path / folder / "my_film.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEAD + body)
        return path

    return write


def cure(said: Any) -> list[str]:
    """The words, after the program, of the command that an error names."""
    assert said.code == 1
    assert said.error.count("\n") == 1
    program, *words = shlex.split(said.error.rpartition("Run: ")[2])
    assert program == "./untangle"
    return words


def held(folder: Path) -> set[str]:
    return {path.stem for path in folder.glob("*.safetensors")}


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["declared", *(pytest.param(k, marks=pytest.mark.slow) for k in [*KINDS][1:])])
def test_the_command_in_the_error_trains_it_and_then_the_film_renders(
    untangle: Callable[..., Any], own: Any, kind: str
) -> None:
    body, wanted = KINDS[kind]
    film = own(body)
    words = cure(untangle("render", film, *SMALL))
    assert words == ["train", "my films/my_film.py"]
    trained = untangle(*words)
    assert (trained.code, trained.error) == (0, "")
    assert held(film.parent / "weights") >= {recipe.slug for recipe in wanted}
    rendered = untangle("render", film, *SMALL)
    assert (rendered.code, rendered.error) == (0, "")
    network, _ = read_weights(film.parent / "weights" / f"{wanted[0].slug}.safetensors")
    assert network.sha256 == train(wanted[0])[0].sha256


@pytest.mark.slow
def test_it_works_from_the_folder_of_the_film_and_from_any_other(
    untangle: Callable[..., Any], own: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    film = own(DECLARED)
    (tmp_path / "elsewhere").mkdir()
    for folder, named in ((film.parent, "my_film.py"), (tmp_path / "elsewhere", "../my films/my_film.py")):
        monkeypatch.chdir(folder)
        words = cure(untangle("render", named, *SMALL))
        assert words == ["train", named]
        assert untangle(*words).code == 0
        assert untangle("render", named, *SMALL).code == 0
        (film.parent / "weights" / f"{QUICK.slug}.safetensors").unlink()


@pytest.mark.slow
def test_the_recorded_training_of_ones_own_recipe_is_trained_too(untangle: Callable[..., Any], own: Any) -> None:
    film = own(RECORDED)
    assert untangle(*cure(untangle("render", film, *SMALL))).code == 0
    assert held(film.parent / "weights") == {f"learning-{QUICK.slug}"}
    assert untangle("render", film, *SMALL).code == 0


@pytest.mark.slow
def test_a_slug_is_found_in_the_film_files_of_the_current_folder(
    untangle: Callable[..., Any], own: Any, tmp_path: Path
) -> None:
    own(DECLARED.replace("(QUICK,)", "(OTHER, QUICK)").replace("= self.load", "= self.load(OTHER), self.load"), ".")
    Path("broken.py").write_text("from netlib import Recipe\nclass Broken(Scene): pass\n")
    said = untangle("train", QUICK.slug)
    assert (said.code, said.error) == (0, "")
    assert held(tmp_path / "weights") == {QUICK.slug}
    assert said.out.startswith(f"weights/{QUICK.slug}.safetensors  score ")
    assert untangle("train", f"learning-{QUICK.slug}").code == 0
    assert held(tmp_path / "weights") == {QUICK.slug, f"learning-{QUICK.slug}"}


@pytest.mark.slow
def test_a_slug_that_nothing_carries_is_one_line(untangle: Callable[..., Any], own: Any) -> None:
    own(DECLARED, ".")
    said = untangle("train", f"{QUICK.slug}x")
    assert said.code == 2
    assert said.error == f"error: there is no film or recipe '{QUICK.slug}x'. Did you mean {QUICK.slug}?\n"


@pytest.mark.slow
def test_weights_go_where_the_user_says(untangle: Callable[..., Any], own: Any, tmp_path: Path) -> None:
    film = own(GROWN)
    words = cure(untangle("render", film, *SMALL, "--weights", "shelf"))
    assert words == ["train", "my films/my_film.py", "--weights", "shelf"]
    assert untangle(*words).code == 0
    assert held(tmp_path / "shelf") > {QUICK.slug}
    assert not (film.parent / "weights").exists()
    assert untangle("render", film, *SMALL).code == 1
    said = untangle("render", film, *SMALL, "--jobs", 2, "--weights", "shelf")
    assert (said.code, said.error) == (0, "")
    record = json.loads(Path("renders/my_film/film.json").read_text())
    assert record["command"].endswith("--weights shelf")
    assert untangle(*shlex.split(record["command"])[1:]).code == 0


def test_the_variable_names_the_folder_for_good(
    untangle: Callable[..., Any], own: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("UNTANGLE_WEIGHTS", str(tmp_path / "shelf"))
    with pytest.raises(MissingWeights, match="--weights shelf"):
        QUICK.load(own(DECLARED))


def test_a_film_of_ones_own_does_not_train_what_is_committed(untangle: Callable[..., Any], own: Any) -> None:
    film = own(
        "from netlib.training.catalogue import XOR\n"
        + DECLARED.replace("(QUICK,)", "(XOR,)").replace("(QUICK)", "(XOR)")
    )
    said = untangle("train", film)
    assert (said.code, said.error) == (0, "")
    assert said.out == "my films/my_film.py needs no weights that are missing\n"
    assert XOR.path.is_file()


@pytest.mark.slow
def test_damaged_weights_of_ones_own_are_made_again_by_the_command_in_the_error(
    untangle: Callable[..., Any], own: Any
) -> None:
    film = own(AT_THE_TOP)
    assert untangle("train", film).code == 0
    path = film.parent / "weights" / f"{QUICK.slug}.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[:-8])
    said = untangle("render", film, *SMALL)
    assert "cannot be read" in said.error
    assert untangle(*cure(said)).code == 0
    assert path.read_bytes() == whole


@pytest.mark.parametrize("taken", ["weights", "my films/weights"])
def test_where_no_weights_can_be_written_nothing_is_trained(
    untangle: Callable[..., Any], own: Any, taken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    film = own(DECLARED)
    Path(taken).write_text("a file")
    monkeypatch.setattr("netlib.training.loop.fit", None)
    words = ("--weights", taken) if taken == "weights" else ()
    said = untangle("train", film, *words)
    assert (said.code, said.out) == (1, "")
    assert said.error.endswith(f"{taken}. Name another folder: --weights DIR\n")


@pytest.mark.slow
def test_a_film_that_is_broken_says_so_unless_something_was_trained(untangle: Callable[..., Any], own: Any) -> None:
    broken = "class MyFilm(Film):\n    recipes = {}\n    def construct(self): 1 / 0\n"
    said = untangle("train", own(broken.format("()")))
    assert (said.code, said.out) == (1, "")
    assert "ZeroDivisionError" in said.error
    said = untangle("train", own(broken.format("(QUICK,)")))
    assert (said.code, said.error) == (0, "")


@pytest.mark.slow
def test_a_file_of_recipes_alone_is_trained_whole(untangle: Callable[..., Any], own: Any) -> None:
    film = own("")
    said = untangle("train", film)
    assert (said.code, said.error) == (0, "")
    assert held(film.parent / "weights") == {QUICK.slug, OTHER.slug}


@pytest.mark.slow
def test_what_it_shows_lies_beside_film_json_for_those_who_publish_it(untangle: Callable[..., Any], own: Any) -> None:
    from manim_untangle.publish.explorer import page_networks
    from manim_untangle.publish.film import read_film

    film = own(DECLARED)
    untangle("train", film)
    untangle("render", film, *SMALL)
    rendered = read_film("my_film", Path("renders"))
    (shown,) = page_networks(rendered)
    assert rendered.networks[0].path == Path(f"renders/my_film/{QUICK.slug}.safetensors")
    np.testing.assert_allclose(shown.explored.network.hidden[0].weight, train(QUICK)[0].hidden[0].weight)


@pytest.mark.slow
def test_check_reads_the_weights_of_ones_own_film(untangle: Callable[..., Any], own: Any) -> None:
    film = own(DECLARED)
    assert cure(untangle("check", film)) == ["train", "my films/my_film.py"]
    untangle("train", film)
    said = untangle("check", film, "--json")
    assert (said.code, said.error) == (0, "")
    assert json.loads(said.out)["networks"][0]["name"] == QUICK.slug


def run(code: str, *words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *(["-c", code] if code else []), *words],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_at_a_prompt_the_error_names_the_function_that_trains_it(tmp_path: Path) -> None:
    ask = "from netlib import Recipe\nrecipe = Recipe('two_curves:n=20', (2, 1), steps=20, target=0.0)\n"
    missing = run(f"{ask}recipe.load()", cwd=tmp_path)
    line = missing.stderr.splitlines()[-1]
    assert "MissingWeights" in line
    made = run(f"{ask}{line.rpartition('Run: ')[2]}\nprint(recipe.load().sha256)", cwd=tmp_path)
    assert made.stdout.strip() == train(QUICK)[0].sha256, made.stderr
    assert held(tmp_path / "weights") == {QUICK.slug}


@pytest.mark.slow
def test_the_film_in_the_documentation_is_trained_and_rendered(untangle: Callable[..., Any], tmp_path: Path) -> None:
    text = (ROOT / "docs" / "own-film.md").read_text(encoding="utf-8")
    (tmp_path / "my_film.py").write_text(re.findall(r"```python\n(.*?)```", text, re.DOTALL)[0])
    commands = re.findall(r"^    untangle (.*)", text, re.MULTILINE)
    assert "watch my_film.py" in commands  # it goes on until Ctrl-C: test_watch.py has it
    for words in commands:
        if words.startswith("watch"):
            continue
        said = untangle(*shlex.split(words), *(SMALL if words.startswith("render") else ()))
        assert (said.code, said.error) == (0, "")
    assert Path("renders/my_film/film.mp4").is_file()


@pytest.mark.slow
@pytest.mark.parametrize("body", [DECLARED, PLAIN_SCENE], ids=["film", "plain scene"])
def test_under_plain_manim_the_error_names_the_command_and_the_weights_are_found(
    untangle: Callable[..., Any], own: Any, tmp_path: Path, body: str
) -> None:
    film = own(body, "sub")
    manim = ("-m", "manim", "-ql", "--dry_run", "--progress_bar", "none", "sub/my_film.py", "MyFilm")
    plain = {"COLUMNS": "1000", "UNTANGLE_COMMAND": "untangle"}
    missing = run("", *manim, cwd=tmp_path, **plain)
    assert missing.returncode
    assert (
        f"{QUICK.slug}.safetensors is not there. Run: untangle train sub/my_film.py" in missing.stdout + missing.stderr
    )
    assert untangle("train", "sub/my_film.py").code == 0
    assert held(film.parent / "weights") == {QUICK.slug}
    assert run("", *manim, cwd=tmp_path, **plain).returncode == 0
