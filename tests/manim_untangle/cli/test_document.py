"""`untangle document`: a film file becomes a timeline, or a line that says why not."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

SCENE = """
from manim import Circle, PMobject, Scene
import numpy as np

class Round(Scene):
    '''A circle that waits.'''
    def construct(self):
        self.add(Circle())
        self.wait(0.5)

class Cloud(Scene):
    def construct(self):
        self.add(PMobject().add_points(np.zeros((3, 3))))
        self.wait(0.1)
"""


def header(path: Path) -> dict[str, object]:
    raw = gzip.decompress(path.read_bytes())
    return dict(json.loads(raw[8 : 8 + int.from_bytes(raw[4:8], "little")]))


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    file = tmp_path / "round.py"
    file.write_text(SCENE, encoding="utf-8")
    return file


def test_a_film_file_becomes_a_timeline(scene: Path, tmp_path: Path, untangle: Callable[..., object]) -> None:
    said = untangle("document", f"{scene}:Round", "-o", str(tmp_path / "a.timeline"), "--fps", "20")
    assert said.code == 0
    told = header(tmp_path / "a.timeline")
    assert (told["rate"], told["frames"], told["description"]) == (20, 10, "A circle that waits.")


def test_without_a_file_it_lies_beside_the_film(scene: Path, tmp_path: Path, untangle: Callable[..., object]) -> None:
    assert untangle("document", f"{scene}:Round", "-o", str(tmp_path / "out")).code == 0
    assert header(next((tmp_path / "out").glob("*/film.timeline")))["frames"] == 15


def test_its_words_go_into_a_file_to_translate_which_keeps_what_is_translated(
    scene: Path, tmp_path: Path, untangle: Callable[..., object]
) -> None:
    file = tmp_path / "out" / "round" / "film.de.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"Square": "Quadrat"}', encoding="utf-8")
    again = ("document", f"{scene}:Round", "-o", str(tmp_path / "out"), "--words", "de")
    said = untangle(*again)
    assert (said.code, said.out.splitlines()[1:]) == (0, [f"{file}  1 of 1 to translate"])
    assert json.loads(file.read_text(encoding="utf-8")) == {"Round": "Round", "Square": "Quadrat"}
    file.write_text("[]", encoding="utf-8")
    said = untangle(*again)
    assert said.code == 1
    assert "film.de.json is no translation" in said.error
    assert file.read_text(encoding="utf-8") == "[]"


def test_what_cannot_be_told_ends_in_one_line_and_no_file(
    scene: Path, tmp_path: Path, untangle: Callable[..., object]
) -> None:
    said = untangle("document", f"{scene}:Cloud", "-o", str(tmp_path / "a.timeline"))
    assert said.code == 1
    assert "PMobject" in said.error
    assert not (tmp_path / "a.timeline").exists()


def test_one_file_holds_one_film(scene: Path, tmp_path: Path, untangle: Callable[..., object]) -> None:
    said = untangle("document", f"{scene}:Round", f"{scene}:Round", "-o", str(tmp_path / "a.timeline"))
    assert said.code == 1
    assert "one film" in said.error


PHRASE = """
from manim import Circle, Create
from manim_untangle import Film

class Phrase(Film):
    '''A sentence.'''
    def construct(self):
        self.chapter("All")
        self.say("WORDS")
        self.play(Create(Circle()), run_time=0.4)
"""


@pytest.fixture
def phrase(tmp_path: Path) -> Callable[[str], Path]:
    """Return a function that writes a film that says something, and returns its file."""

    def write(words: str) -> Path:
        file = tmp_path / "phrase.py"
        file.write_text(PHRASE.replace("WORDS", words), encoding="utf-8")
        return file

    return write


SMALL = ("-q", "l", "--resolution", "96,54")


def captions(path: Path) -> list[str]:
    return [each["text"] for each in header(path)["captions"]]  # type: ignore[attr-defined, index]


@pytest.mark.slow
def test_publish_plays_the_document_of_the_last_render(
    phrase: Callable[[str], Path], untangle: Callable[..., Any]
) -> None:
    untangle("document", phrase("The first version."))
    assert captions(Path("renders/phrase/film.timeline")) == ["The first version."]
    assert untangle("render", phrase("The second version."), *SMALL).code == 0
    said = untangle("publish", "phrase")
    assert (said.code, said.error) == (0, "")
    assert captions(Path("renders/site/phrase/film.timeline")) == ["The second version."]


@pytest.mark.slow
def test_a_document_from_another_version_is_not_published_and_one_line_says_so(
    phrase: Callable[[str], Path], untangle: Callable[..., Any]
) -> None:
    untangle("render", phrase("The first version."), *SMALL)
    untangle("document", phrase("The second version."))
    said = untangle("publish", "phrase")
    (line,) = [line for line in said.out.splitlines() if "film.timeline" in line]
    assert "another render" in line
    assert "render phrase.py -q l" in line
    assert not Path("renders/site/phrase/film.timeline").exists()
    assert "<untangle-film" not in Path("renders/site/phrase/index.html").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_rendered_film_is_told_as_document_tells_it(
    phrase: Callable[[str], Path], untangle: Callable[..., Any], jobs: int
) -> None:
    file = phrase("One version.")
    untangle("render", file, *SMALL, "--fps", "30", "--jobs", jobs)
    untangle("document", file, "-o", "alone.timeline")
    assert Path("renders/phrase/film.timeline").read_bytes() == Path("alone.timeline").read_bytes()


@pytest.mark.slow
@pytest.mark.parametrize("again", [("--theme", "light"), ("--transparent",)])
def test_a_film_in_another_look_keeps_no_document_of_the_first(
    phrase: Callable[[str], Path], untangle: Callable[..., Any], again: tuple[str, ...]
) -> None:
    file = phrase("One version.")
    untangle("render", file, *SMALL)
    said = untangle("render", file, *SMALL, *again)
    assert said.code == 0
    assert "film.timeline is not written" in said.error
    assert not Path("renders/phrase/film.timeline").exists()


@pytest.mark.slow
def test_what_a_timeline_cannot_tell_is_rendered_all_the_same(scene: Path, untangle: Callable[..., Any]) -> None:
    said = untangle("render", f"{scene}:Cloud", *SMALL)
    assert said.code == 0
    assert "film.timeline is not written: PMobject" in said.error
    assert [path.suffix for path in sorted(Path("renders/round_Cloud").iterdir())] == [".json", ".mp4", ".jpg"]


@pytest.mark.slow
def test_telling_a_film_leaves_its_video_as_it_was(
    phrase: Callable[[str], Path], untangle: Callable[..., Any], tmp_path: Path
) -> None:
    from manim_untangle.render.film import render
    from manim_untangle.render.films import film
    from manim_untangle.render.settings import Quality, settings

    file = phrase("One version.")
    untangle("render", file, *SMALL, "--no-cache")
    plain = render(film(str(file)), settings(Quality.l, None, "96,54"), tmp_path / "plain", use_cache=False)
    assert Path("renders/phrase/film.mp4").read_bytes() == plain.main.read_bytes()
    assert not plain.main.with_name("film.timeline").exists()
