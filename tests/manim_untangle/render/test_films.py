"""Films are found by walking scenes/, without importing them."""

from __future__ import annotations

import inspect
import re
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
        ("class Other:\n    pass\n", "my_own.py holds no class that derives from Scene or Film"),
        ("class MyOwn(:\n", "my_own.py, line 1: "),
        ("\0", "my_own.py: .*null bytes"),
        (
            "class One(Film): pass\nclass Two(ThreeDScene): pass\n",
            r"holds several scenes. Name one of them: \S*my_own.py:One, \S*my_own.py:Two$",
        ),
    ],
)
def test_a_file_that_is_no_film_says_why(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "my_own.py").write_text(text)
    with pytest.raises(UntangleError, match=said):
        film(str(tmp_path / "my_own.py"))


FILM, TWO = "class {}(Film): pass\n", "class First(Film): pass\nclass {}(Film): pass\n"


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("ml_film", TWO.format("MLFilm"), "MLFilm"),
        ("film2", TWO.format("Film2"), "Film2"),
        ("my-film", TWO.format("MyFilm"), "MyFilm"),
        ("my film", TWO.format("My_Film"), "My_Film"),
        ("film.v2", TWO.format("FilmV2"), "FilmV2"),
        ("MyFilm", TWO.format("MyFilm"), "MyFilm"),
        ("2d", FILM.format("TwoD"), "TwoD"),
        ("intro", "class Anything(Scene): pass\n", "Anything"),
        ("intro", "import manim\nclass Anything(manim.ThreeDScene): pass\n", "Anything"),
        ("intro", "class Base(MovingCameraScene): pass\nclass Anything(Base): pass\n", "Anything"),
        ("intro", "from elsewhere import Base\nclass Helper: pass\nclass Anything(Base): pass\n", "Anything"),
        ("intro", "class Row(NamedTuple): pass\nclass Anything(Film): pass\n", "Anything"),
        ("intro", "class Intro(Base): pass\nclass Outro(Film): pass\n", "Intro"),
        ("intro.py:Outro", "class Intro(Film): pass\nclass Outro(Film): pass\n", "Outro"),
    ],
)
def test_the_class_is_the_one_named_like_the_file_or_the_only_scene_or_the_one_asked_for(
    tmp_path: Path, file: str, text: str, found: str
) -> None:
    name, _, chosen = file.partition(".py:")
    (tmp_path / f"{name}.py").write_text(text)
    assert film(str(tmp_path / f"{name}.py") + (chosen and f":{chosen}")).class_name == found


def test_a_class_that_a_file_does_not_have_is_named_with_the_nearest(tmp_path: Path) -> None:
    (tmp_path / "my_own.py").write_text(FILM.format("Intro"))
    with pytest.raises(UnknownName, match=r"no class in my_own\.py called 'Intr'\. Did you mean Intro\?"):
        film(str(tmp_path / "my_own.py:Intr"))


@pytest.mark.parametrize(
    ("file", "name", "title"),
    [
        ("my-film.py", "my-film", "My film"),
        ("my film.v2.py", "my_film_v2", "My film v2"),
        ("2d.py", "2d", "2d"),
        ("MyFilm.py", "MyFilm", "My Film"),
        ("Füße.py", "F_e", "Füße"),
        ("_.py", "film", "Some"),
        ("my_film.py:Other", "my_film_Other", "Other"),
    ],
)
def test_a_film_of_any_file_name_has_a_name_that_a_folder_and_an_address_take(
    tmp_path: Path, file: str, name: str, title: str
) -> None:
    path = tmp_path / file.partition(":")[0]
    path.write_text("class Scenes(Film): pass\nclass Other(Film): pass\n" if ":" in file else FILM.format("Some"))
    found = film(str(tmp_path / file))
    assert (found.name, found.title, found.description) == (name, title, "")
    assert re.fullmatch(r"[A-Za-z0-9][\w-]*", found.name, re.ASCII)


def test_films_of_the_same_name_do_not_take_each_others_place(tmp_path: Path) -> None:
    kinds = []
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "helping.py").write_text(f"WORD = {folder!r}\n")
        (tmp_path / folder / "my_own.py").write_text("from helping import WORD\nclass MyOwn:\n    word = WORD\n")
        kinds.append(film(str(tmp_path / folder / "my_own.py")).load())
    assert [kind.word for kind in kinds] == ["a", "b"]
    assert [inspect.getfile(kind) for kind in kinds] == [str(tmp_path / folder / "my_own.py") for folder in "ab"]


def test_a_folder_of_the_users_hides_none_of_our_modules(tmp_path: Path) -> None:
    (tmp_path / "netlib").mkdir()
    (tmp_path / "netlib" / "__init__.py").write_text("raise AssertionError")
    (tmp_path / "my_own.py").write_text("from manim_untangle.draw import style\nclass MyOwn:\n    ink = style.INK\n")
    assert film(str(tmp_path / "my_own.py")).load().ink


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
