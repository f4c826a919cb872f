"""What `render` left is read whole, or refused with its cure."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from manim_untangle.publish.film import BadFilm, MissingFilm, read_film, rendered_films


def test_a_film_is_read_with_its_chapters_words_claims_and_networks(tmp_path: Path, make_film: Any) -> None:
    make_film(tmp_path)
    film = read_film("moving_dot", tmp_path)
    assert film.title == "A dot that moves"
    assert [section.name for section in film.sections] == ["Two classes", "Layer 1 <b>& bend</b>"]
    assert [words.start for words in film.captions] == [0.4, 3.2, 5.0]
    assert film.claims[0].measured == {"winding_number": 1, "injective": True, "smallest_det": 0.123456}
    assert film.networks[0].path.parent == tmp_path / "moving_dot"


def test_optional_parts_may_be_missing(tmp_path: Path, make_film: Any) -> None:
    folder = make_film(tmp_path)
    record = json.loads((folder / "film.json").read_text())
    kept = {key: record[key] for key in ("title", "description", "video", "sections")}
    (folder / "film.json").write_text(json.dumps(kept))
    film = read_film("moving_dot", tmp_path)
    assert film.alt == film.description
    assert film.command == "untangle render moving_dot"
    assert (film.poster_time, film.networks, film.claims) == (None, (), ())


def test_films_are_listed_by_name_and_hidden_folders_are_not(tmp_path: Path, make_film: Any) -> None:
    for name in ("b", "a", ".partial"):
        make_film(tmp_path, name)
    assert rendered_films(tmp_path) == ["a", "b"]


@pytest.mark.parametrize("name", ["nothing", "../renders/moving_dot", "", ".", "moving_dot/"])
def test_a_film_that_is_not_there_is_named_with_its_cure(tmp_path: Path, make_film: Any, name: str) -> None:
    make_film(tmp_path)
    with pytest.raises(MissingFilm, match=r"there: moving_dot.*Run: untangle render"):
        read_film(name, tmp_path)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"title": 7}, "7 is no text"),
        ({"schema": 99}, "schema 99"),
        ({"video": {"file": "../film.mp4"}}, "outside"),
        ({"video": {"file": "other.mp4"}}, "other.mp4 is not there"),
        ({"video": {}}, "'file' is missing"),
        ({"sections": [{"name": "a", "start": 2, "end": 1}]}, "before it starts"),
        ({"sections": [{"name": "a", "start": "NaN", "end": 1}]}, "no time in a film"),
        ({"sections": [{"name": "a", "start": -1, "end": 1}]}, "no time in a film"),
        ({"weights": [{"slug": "a", "sha256": "b", "file": "../../secret"}]}, "outside"),
        ({"sections": None}, "cannot be used"),
    ],
)
def test_a_film_json_that_cannot_be_used_says_why(
    tmp_path: Path, make_film: Any, change: dict[str, Any], complaint: str
) -> None:
    make_film(tmp_path, **change)
    with pytest.raises(BadFilm, match=complaint):
        read_film("moving_dot", tmp_path)


def test_a_film_json_cut_short_is_refused(tmp_path: Path, make_film: Any) -> None:
    folder = make_film(tmp_path)
    (folder / "film.json").write_text((folder / "film.json").read_text()[:100])
    with pytest.raises(BadFilm, match=r"Run: untangle render moving_dot"):
        read_film("moving_dot", tmp_path)
