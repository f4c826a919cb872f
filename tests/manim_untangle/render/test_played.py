"""An unchanged film of ours is not played again; and whatever it depends on, once that changes, it is."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from manim import Scene

from manim_untangle.draw import fonts
from manim_untangle.render import films, many, played
from manim_untangle.render.cache import Cache, Segment
from manim_untangle.render.engine import manim_config
from manim_untangle.render.films import FilmFile
from manim_untangle.render.many import render_films
from manim_untangle.render.outputs import Rendered
from manim_untangle.render.play import play
from manim_untangle.render.played import KeptPlay, Played, purity
from manim_untangle.render.settings import Quality, Theme, settings
from manim_untangle.web.teller import document_teller

SMALL = settings(Quality.l, fps=10, resolution="96,54")
FOUND = Played((Segment("a", "b", 3), Segment("c", "d", 4)), (), {"title": "Own", "claims": []}, (), b"told", "", True)
SOURCE = """
from manim import Create, Scene, Square

class Own(Scene):
    def construct(self):
        {first}
        self.play(Create(Square()), run_time=0.2)
"""


@pytest.fixture
def film(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> FilmFile:
    """A film in a folder that counts as that of our films, with weights of its own, a cache and a home."""
    for name in ("scenes", "weights", "home", "site-packages", "cache"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(films, "SCENES", tmp_path / "scenes")
    monkeypatch.setattr(played, "WEIGHTS", tmp_path / "weights")
    monkeypatch.setenv("UNTANGLE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("UNTANGLE_WEIGHTS", raising=False)
    monkeypatch.delenv("UNTANGLE_RASTER", raising=False)
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
    monkeypatch.syspath_prepend(str(tmp_path / "site-packages"))
    monkeypatch.chdir(tmp_path / "home")
    # the tests are no part of the project, and so each of their modules, and of the films in them, would be unknown
    monkeypatch.setattr(played, "OWN", (*played.OWN, Path(__file__).parents[3], tmp_path_factory.getbasetemp()))
    (tmp_path / "weights" / "own.safetensors").write_bytes(b"1")
    fonts.of_the_system.cache_clear()  # an earlier test may have used them
    path = tmp_path / "scenes" / "own.py"
    path.write_text(SOURCE.format(first="pass"))
    return FilmFile(path)


def kept(film: FilmFile, how: Any = SMALL, teller: Any = document_teller) -> KeptPlay:
    return KeptPlay(film, how, Cache(film.path.parents[1] / "cache"), teller)


def stored(film: FilmFile, found: Played = FOUND) -> None:
    """Keep a play, and files of its segments."""
    store(kept(film), found)


def store(place: KeptPlay, found: Played) -> None:
    place.cache.segments.mkdir(exist_ok=True)
    for segment in found.segments:
        place.cache.final_path(segment, 0).touch()
    place.write(found)


def test_a_play_comes_back_as_it_was_kept(film: FilmFile) -> None:
    assert kept(film).read() is None
    stored(film)
    assert kept(film).read() == FOUND
    silent = replace(FOUND, timeline=None, note="no timeline")
    stored(film, silent)
    assert kept(film).read() == silent


CHANGES: dict[str, Callable[[Path, pytest.MonkeyPatch], object]] = {
    "the source": lambda root, patch: (root / "scenes/own.py").write_text(SOURCE.format(first="self.wait(1)")),
    "a weight": lambda root, patch: (root / "weights/own.safetensors").write_bytes(b"2"),
    "which weights there are": lambda root, patch: (root / "weights/more.safetensors").touch(),
    "a folder of weights beside the films": lambda root, patch: (root / "scenes/weights").mkdir(),
    "a folder of weights that is chosen": lambda root, patch: patch.setenv("UNTANGLE_WEIGHTS", str(root)),
    "our code": lambda root, patch: patch.setattr(played, "code_version", lambda package: b"other"),
    "our code, while this runs": lambda root, patch: patch.setattr(played, "code_version", lambda package: None),
    "the version of a library": lambda root, patch: (root / "site-packages/numpy-9.dist-info").mkdir(),
    "what Python imports when it starts": lambda root, patch: (root / "site-packages/own.pth").write_text("import own"),
    "where a library is": lambda root, patch: (
        patch.delitem(sys.modules, "typst", raising=False), (root / "site-packages/typst.py").touch()
    ),
    "FFmpeg": lambda root, patch: patch.setattr(played.av, "library_versions", {"libavcodec": (0, 0, 0)}),
    "Python": lambda root, patch: patch.setattr(sys, "version", "4"),
    "the way of drawing": lambda root, patch: patch.setenv("UNTANGLE_RASTER", "cairo"),
    "a file of Manim": lambda root, patch: patch.setattr(played, "_stamps", lambda folder: "other"),
    "the user's manim.cfg": lambda root, patch: (
        (root / "home/.config/manim").mkdir(parents=True), (root / "home/.config/manim/manim.cfg").touch()
    ),
    "a manim.cfg in this folder": lambda root, patch: (root / "home/manim.cfg").touch(),
    "a segment that was forgotten": lambda root, patch: (root / "cache/segments/c-d-4-0.mp4").unlink(),
    "a segment that was damaged": lambda root, patch: (root / "cache/segments/c-d-4-0.mp4").write_bytes(b"?"),
    "a digit of the file": lambda root, patch: [
        path.write_text(path.read_text().replace("b-3", "b-4")) for path in (root / "cache/results").glob("*.json")
    ],
}  # fmt: skip


@pytest.mark.parametrize("what", CHANGES)
def test_a_play_is_not_taken_once_something_changed(
    what: str, film: FilmFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(film)
    assert kept(film).read() == FOUND
    CHANGES[what](tmp_path, monkeypatch)
    assert kept(film).read() is None


def test_a_play_is_not_taken_for_other_settings_or_another_film(film: FilmFile) -> None:
    stored(film)
    for how in (replace(SMALL, theme=Theme.light), replace(SMALL, width=98), replace(SMALL, encoder="h264_nvenc")):
        assert kept(film, how).read() is None
    assert kept(film, teller=None).read() is None
    assert kept(replace(film, chosen="Own")).read() is None
    shutil.copy(film.path, film.path.with_name("other.py"))
    assert kept(FilmFile(film.path.with_name("other.py"))).read() is None


def test_a_change_of_a_file_of_manim_is_seen(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    path = tmp_path / "deep" / "fading.py"
    path.write_text("a")
    before = played._stamps(tmp_path)
    assert played._stamps(tmp_path) == before
    os.utime(path, ns=(1, 1))
    assert played._stamps(tmp_path) != before


def test_a_play_is_not_kept_where_something_changed_meanwhile_or_where_it_must_not_be(film: FilmFile) -> None:
    place = kept(film)
    film.path.write_text(SOURCE.format(first="self.wait(1)"))
    place.write(FOUND)
    stored(film, replace(FOUND, is_pure=False))
    assert not list(place.cache.results.glob("*"))
    shutil.copy(film.path, film.path.parents[1] / "own.py")
    store(KeptPlay(FilmFile(film.path.parents[1] / "own.py"), SMALL, place.cache, document_teller), FOUND)
    assert not list(place.cache.results.glob("*"))


def is_pure(film: FilmFile) -> bool:
    cache = Cache(film.path.parents[1] / "cache")
    with manim_config(SMALL), purity(film) as noted:
        return noted(play(film, film.load(), SMALL, cache, lambda frames: None, draws=False)).is_pure


@pytest.mark.slow
def test_a_film_that_draws_and_no_more_is_pure(film: FilmFile) -> None:
    assert is_pure(film)


BEYOND = {
    "reads a file": "from manim import ImageMobject; ImageMobject('{file}')",
    "reads numbers": "import numpy as np; np.load('{file}')",
    "asks for the time": "import time",
    "asks the environment": "import os",
    "takes any random numbers": "import numpy as np; np.random.default_rng()",
    "takes random numbers of NumPy's own state": "import numpy as np; np.random.normal()",
    "imports a file beside it": "from . import other",
    "runs a text": "exec('import time')",
    "has letters of a font of the system": "from manim_untangle.draw.fonts import of_the_system; of_the_system()",
}  # fmt: skip


@pytest.mark.parametrize("what", BEYOND)
def test_a_film_that_uses_something_else_is_not_pure(what: str, film: FilmFile, tmp_path: Path) -> None:
    (tmp_path / "scenes" / "other.py").touch()
    file = tmp_path / ("turn.npy" if "numbers" in what else "turn.png")
    if "numbers" in what:
        file.write_bytes(
            b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (0,), }".ljust(127) + b"\n"
        )
    else:
        from PIL import Image

        Image.new("RGB", (2, 2)).save(file)
    film.path.write_text(SOURCE.format(first=BEYOND[what].format(file=file.as_posix())))
    if "beside" in what:  # it cannot even be imported
        assert not played._is_pure(film.path)
    else:
        assert not is_pure(film)


def connect() -> None:
    with socket.socket() as unused, contextlib.suppress(OSError):
        unused.connect(("127.0.0.1", 9))


@pytest.mark.slow
def test_whatever_connects_or_starts_a_process_meanwhile_counts(film: FilmFile) -> None:
    for act in (connect, lambda: subprocess.run([sys.executable, "-c", ""], check=True)):
        with purity(film) as noted:
            thread = threading.Thread(target=act)
            thread.start()
            thread.join()
        assert not noted(FOUND).is_pure
        with purity(film) as noted:
            pass
        act()
        assert noted(FOUND).is_pure


def test_what_threads_do_that_ran_before_does_not_count(film: FilmFile) -> None:
    begin, done = threading.Event(), threading.Event()

    def act() -> None:
        begin.wait()
        connect()
        done.set()

    threading.Thread(target=act, daemon=True).start()
    with purity(film) as noted:
        begin.set()
        assert done.wait(60)
    assert noted(FOUND).is_pure


@pytest.mark.slow
def test_what_workers_played_is_not_played_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UNTANGLE_CACHE", str(tmp_path / "cache"))
    film, found = FilmFile(films.SCENES / "one_layer.py"), []
    for out in (tmp_path / "first", tmp_path / "second"):
        [(_, result)] = render_films([film], SMALL, out, jobs=2, teller=document_teller)
        assert isinstance(result, Rendered)
        found.append({path.name: path.read_bytes() for path in result.main.parent.iterdir()})
        monkeypatch.setattr(many, "workers_of", lambda *args, **how: pytest.fail("it was played again"))
    assert found[0] == found[1]


@pytest.mark.slow
def test_weights_of_the_user_and_modules_of_the_user_count(
    film: FilmFile, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with purity(film) as noted:
        assert noted(replace(FOUND, weights=(tmp_path / "weights/own.safetensors",))).is_pure
        assert not noted(replace(FOUND, weights=(tmp_path / "own.safetensors",))).is_pure
        module = ModuleType("users")
        module.__file__ = str(tmp_path_factory.getbasetemp().with_name("users.py"))
        with pytest.MonkeyPatch.context() as patch:
            patch.setitem(sys.modules, "users", module)
            assert not noted(FOUND).is_pure


@pytest.mark.parametrize("film", films.films(), ids=lambda film: film.name)
def test_each_of_our_films_computes_with_the_project_alone(film: FilmFile) -> None:
    assert played._is_pure(film.path)


@pytest.mark.slow
def test_the_files_of_an_unchanged_film_are_written_again_and_nothing_is_played(
    film: FilmFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = []
    for out in (tmp_path / "first", tmp_path / "second"):
        [(_, result)] = render_films([film], SMALL, out, teller=document_teller)
        assert isinstance(result, Rendered)
        found.append({path.name: path.read_bytes() for path in result.main.parent.iterdir()})
        monkeypatch.setattr(Scene, "render", lambda scene: pytest.fail("it was played again"))
    assert found[0] == found[1]
    assert {"film.json", "film.mp4", "poster.jpg"} <= set(found[0])
    film.path.write_text(SOURCE.format(first="self.wait(0.1)"))
    with pytest.raises(pytest.fail.Exception, match="played again"):
        list(render_films([film], SMALL, tmp_path / "third", teller=document_teller))
