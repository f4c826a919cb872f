"""The file that a translator fills: all words of a film in their order, and nothing that is translated is lost."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from manim_untangle.web.translation import file_of, read_translation, to_translate, translations_beside, words_of
from netlib.errors import BadFile, UntangleError

HEADER = {
    "rate": 30,
    "title": "Rings",
    "alt": None,
    "chapters": [{"name": "Two rings", "start": 0, "end": 4}, {"name": "Four neurons", "start": 4, "end": 9}],
    "captions": [{"text": "Which side?", "start": 0.5, "end": 2}, {"text": "Now four.", "start": 4, "end": 6}],
    "questions": [{"text": "Which side?", "start": 0.5, "end": 2, "choices": ["left", "right"], "answer": 0}],
    "items": [
        {"from": 120, "text": "Now four."},
        {"from": 30, "text": "neuron 1"},
        {"from": 31, "text": "−0.5"},
        {"from": 32},
    ],
}


def test_every_word_is_named_once_in_the_order_of_the_film() -> None:
    expected = ["Rings", "Two rings", "Which side?", "left", "right", "neuron 1", "Four neurons", "Now four."]
    assert words_of(HEADER) == expected


def test_a_word_stands_for_itself_until_it_is_translated_and_no_translation_is_lost() -> None:
    content = to_translate(["left", "right"], {"right": "rechts", "up": "oben"})
    assert list(json.loads(content).items()) == [("left", "left"), ("right", "rechts"), ("up", "oben")]


@pytest.mark.parametrize("code", ["de", "pt-BR", "zh-Hant-TW"])
def test_a_language_has_a_file_beside_the_timeline(tmp_path: Path, code: str) -> None:
    file = file_of(tmp_path / "film.timeline", code)
    assert file == tmp_path / f"film.{code}.json"
    file.write_text("{}", encoding="utf-8")
    (tmp_path / "film.json").write_text("{}", encoding="utf-8")
    assert translations_beside(tmp_path / "film.timeline") == {code: file}


@pytest.mark.parametrize("code", ["", "d", "../de", "deutsch!", "de_DE"])
def test_what_is_no_code_of_a_language_is_refused(code: str) -> None:
    with pytest.raises(UntangleError, match="no code of a language"):
        file_of(Path("film.timeline"), code)


@pytest.mark.parametrize("content", ["{", '["left"]', '{"left": 1}', "\x00"])
def test_a_file_that_says_something_else_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "film.de.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(BadFile, match=r"film\.de\.json"):
        read_translation(file)
