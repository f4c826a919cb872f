"""Posters and previews: a picture with content, a few seconds at the film's own pace."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from manim_untangle.publish import video as videos
from manim_untangle.publish.video import read_clip


def test_the_poster_is_the_picture_at_the_time_that_the_film_names(
    video: Path, tmp_path: Path, synthetic: SimpleNamespace
) -> None:
    clip = read_clip(video)
    time = videos.poster_time(clip, 6.0)
    size = videos.write_poster(clip, time, tmp_path / "poster.jpg")
    with Image.open(tmp_path / "poster.jpg") as image:
        assert (image.format, image.size) == ("JPEG", size) == ("JPEG", (640, 360))
        assert synthetic.number_of(np.asarray(image)) == 90


def test_a_film_that_names_no_time_gets_a_poster_with_content(video: Path) -> None:
    time = videos.poster_time(read_clip(video), None)
    assert 4.0 <= time < 8.0
    assert videos.poster_time(read_clip(video), 99.0) == time  # beyond the film's end


@pytest.fixture(scope="module")
def made(video: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("previews")
    videos.write_previews(read_clip(video), 3.0, folder / "a.webp", folder / "a.gif")
    return folder


@pytest.mark.slow
@pytest.mark.parametrize("name", ["a.webp", "a.gif"])
def test_previews_move_at_the_films_own_pace(made: Path, name: str, synthetic: SimpleNamespace) -> None:
    numbers, elapsed = [], 0
    with Image.open(made / name) as image:
        assert image.info.get("loop") == 0
        for k in range(image.n_frames):
            image.seek(k)
            image.load()
            numbers.append(synthetic.number_of(np.asarray(image.convert("RGB"))))
            elapsed += image.info["duration"]
    assert elapsed == 8000  # the whole film, which is no longer than a preview may be
    assert numbers == [int(0.08 * k * synthetic.RATE + 1e-6) for k in range(100)]


@pytest.mark.slow
def test_previews_become_smaller_where_they_would_be_too_large(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(videos, "PREVIEW_SECONDS", 1.6)
    monkeypatch.setattr(videos, "PREVIEW_BYTES", 25_000)
    width, height = videos.write_previews(read_clip(video), 2.0, tmp_path / "a.webp", tmp_path / "a.gif")
    assert (width, height) in [(480, 270), (360, 202)]
