"""Films are found by walking scenes/, without importing them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from manim_untangle.render import films as house
from manim_untangle.render.films import FilmFile, film, films
from netlib.errors import UnknownName, UntangleError


@pytest.fixture
def scenes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(house, "SCENES", tmp_path)
    (tmp_path / "two_words.py").write_text(
        'class TwoWords:\n    """One line.\n\n    More."""\n\n    title: str = "Two words!"\n'
    )
    (tmp_path / "plain.py").write_text("class Plain:\n    pass\n")
    (tmp_path / "helper.py").write_text("class SomethingElse:\n    pass\n")
    (tmp_path / "_private.py").write_text("class Private:\n    pass\n")
    return tmp_path


def test_a_film_is_a_file_that_holds_the_class_of_its_name(scenes: Path) -> None:
    assert [found.name for found in films()] == ["plain", "two_words"]


def test_title_and_description_come_from_the_source(scenes: Path) -> None:
    two = film("two_words")
    assert (two.title, two.description) == ("Two words!", "One line.")


def test_a_film_without_title_is_called_by_its_name_in_words(scenes: Path) -> None:
    assert (film("plain").title, film("plain").description) == ("Plain", "")


def test_an_unknown_film_names_the_nearest(scenes: Path) -> None:
    with pytest.raises(UnknownName, match=r"no film 'two_word'\. Did you mean two_words\?"):
        film("two_word")


def test_a_film_may_be_named_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "my_own.py"
    path.write_text('class MyOwn:\n    """Mine."""\n')
    assert film(str(path)) == FilmFile(path)
    assert film(str(path)).load().__doc__ == "Mine."


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("class Other:\n    pass\n", "holds no class MyOwn"),
        ("class MyOwn(:\n", "line 1"),
    ],
)
def test_a_file_that_is_no_film_says_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "my_own.py").write_text(text)
    with pytest.raises(UntangleError, match=said):
        film(str(tmp_path / "my_own.py"))


def test_a_path_that_is_not_there_is_an_unknown_name() -> None:
    with pytest.raises(UnknownName, match=r"there is no file nowhere\.py"):
        film("nowhere.py")


def test_listing_and_help_import_neither_manim_nor_torch_nor_numpy() -> None:
    script = (
        "import sys; from manim_untangle.cli.app import app\n"
        "for words in (['--help'], ['render', '--help'], ['--version']):\n"
        "    try: app(words)\n"
        "    except SystemExit as end: assert not end.code\n"
        "loaded = {'manim', 'torch', 'numpy', 'scipy', 'numba', 'av'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
        "app(['list'], standalone_mode=False)\n"
        "loaded = {'manim', 'torch', 'numba', 'av'} & set(sys.modules)\n"
        "assert not loaded, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
