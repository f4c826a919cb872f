"""Slides: clips that hold every frame once, stops where words end, and notes; manim-slides takes them as they are."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import pytest
from av.video.frame import PictureType

from manim_untangle.publish.film import BadFilm, read_film
from manim_untangle.publish.slides import Stops, write_slides

CUTS = (24, 45, 72)  # frames that begin a play: of 15 a second, where the words of the synthetic film end


@pytest.fixture(scope="module")
def renders(tmp_path_factory: pytest.TempPathFactory, make_film: Callable[..., Path], synthetic: Any) -> Path:
    """A rendered film with a key frame wherever a play begins, as `render` writes it; and one without."""
    made = tmp_path_factory.mktemp("renders")
    folder = make_film(made)
    make_film(made, "one_piece")
    whole = folder / "whole.mp4"
    (folder / "film.mp4").rename(whole)
    with av.open(str(whole)) as source, av.open(str(folder / "film.mp4"), "w") as output:
        before = source.streams.video[0]
        video = output.add_stream("libx264", rate=before.average_rate, options={"preset": "veryfast", "crf": "12"})
        video.width, video.height, video.pix_fmt = before.width, before.height, "yuv420p"
        for number, frame in enumerate(source.decode(video=0)):
            frame.pict_type = PictureType.I if number in CUTS else PictureType.NONE
            output.mux(video.encode(frame))
        output.mux(video.encode(None))
    return made


def numbers(path: Path, synthetic: SimpleNamespace) -> list[int]:
    with av.open(str(path)) as container:
        return [synthetic.number_of(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


def copied(clip: Path, target: Path) -> None:
    shutil.copyfile(clip, target)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("stops", "begins", "notes"),
    [
        (
            Stops.chapters,
            [0, 45],
            [
                "Two classes\nA disk inside a ring.",
                "Layer 1 <b>& bend</b>\nSpace is stretched, x < 1 & y > 2 --> turned.\nÜmläute und 🎬.",
            ],
        ),
        (
            Stops.captions,
            [0, 24, 72],
            [
                "Two classes\nA disk inside a ring.",
                "Layer 1 <b>& bend</b>\nSpace is stretched, x < 1 & y > 2 --> turned.",
                "Layer 1 <b>& bend</b>\nÜmläute und 🎬.",
            ],
        ),
    ],
)
def test_each_clip_ends_where_a_chapter_or_a_caption_does_and_no_frame_is_lost(
    renders: Path, tmp_path: Path, synthetic: SimpleNamespace, stops: Stops, begins: list[int], notes: list[str]
) -> None:
    path = write_slides(read_film("moving_dot", renders), tmp_path / "slides", stops, copied)
    record = json.loads(path.read_text(encoding="utf-8"))
    shown = [numbers(tmp_path / slide["file"], synthetic) for slide in record["slides"]]
    assert [each[0] for each in shown] == begins
    assert [number for clip in shown for number in clip] == list(range(120))
    assert [slide["notes"] for slide in record["slides"]] == notes
    assert record["resolution"] == [synthetic.WIDTH, synthetic.HEIGHT]


@pytest.mark.slow
def test_a_video_that_was_not_rendered_play_by_play_is_refused(renders: Path, tmp_path: Path) -> None:
    with pytest.raises(BadFilm, match=r"one_piece cannot be cut at 3\.00 s\. Render it again: \./untangle render"):
        write_slides(read_film("one_piece", renders), tmp_path / "slides", Stops.chapters, copied)
    assert not (tmp_path / "slides" / "one_piece.json").exists()
    assert list((tmp_path / "slides" / "files").iterdir()) == []


@pytest.mark.slow
def test_no_process_of_manim_slides_complains_when_a_long_clip_is_turned_round(renders: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "manim_untangle", "slides", "moving_dot", "-o", str(renders)]
    pytest.importorskip("manim_slides", reason="manim-slides is not installed: pip install manim-slides")
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_manim_slides_the_command_says_how_to_get_it(
    untangle: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "manim_slides.utils", None)
    said = untangle("slides", "moving_dot")
    assert (said.code, said.error.count("\n")) == (1, 1)
    assert "manim-slides, which is not installed. Run: " in said.error


@pytest.mark.slow
def test_manim_slides_makes_a_page_of_them(
    renders: Path, tmp_path: Path, synthetic: SimpleNamespace, untangle: Callable[..., Any]
) -> None:
    pytest.importorskip("manim_slides", reason="manim-slides is not installed: pip install manim-slides")
    said = untangle("slides", "moving_dot", "-o", renders)
    assert said.error == ""
    assert said.out.splitlines() == [
        "slides/moving_dot.json  2 slides",
        "Show them: manim-slides present moving_dot",
        "As a page: manim-slides convert moving_dot moving_dot.html",
    ]
    back = numbers(tmp_path / "slides" / "files" / "moving_dot" / "001_reversed.mp4", synthetic)
    assert back == list(range(44, -1, -1))
    words = said.out.splitlines()[2].removeprefix("As a page: manim-slides ").split()
    command = [sys.executable, "-c", "from manim_slides.__main__ import cli; cli()", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "moving_dot.html").read_text(encoding="utf-8")
    assert page.count("data-background-video=") == 2
    assert "A disk inside a ring." in page
    clips = sorted((tmp_path / "moving_dot_assets").iterdir())
    assert [number for clip in clips for number in numbers(clip, synthetic)] == list(range(120))
