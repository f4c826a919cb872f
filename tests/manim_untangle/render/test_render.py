"""What `untangle render` leaves behind, held against the decoded files themselves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image
from rich.progress import Progress

from manim_untangle.render.film import render
from manim_untangle.render.films import FilmFile
from manim_untangle.render.progress import Counter
from manim_untangle.render.record import film_seconds
from manim_untangle.render.settings import Quality, settings

FRAMES = 8 + 6 + 9 + 5  # of TinyFilm at 15 frames a second: 0.5, 0.4, 0.6 and 0.3 s


def decoded(path: Path) -> tuple[dict[str, Any], list[Any]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        frames = list(container.decode(stream))
        facts = {
            "codec": (context.name, context.profile, context.pix_fmt),
            "size": (context.width, context.height),
            "rate": stream.average_rate,
            "colour": (context.colorspace, context.color_range, context.color_primaries, context.color_trc),
            "times": [float(frame.pts * frame.time_base) for frame in frames],
        }
        return facts, [frame.to_ndarray(format="rgb24") for frame in frames]


@pytest.mark.slow
def test_a_film_is_video_document_poster_and_record_and_nothing_else(untangle: Callable[..., Any], tiny: Path) -> None:
    said = untangle("render", tiny, "-q", "l", "--resolution", "96,54")
    assert (said.code, said.error) == (0, "")
    assert said.out.startswith("renders/tiny_film/film.mp4")
    files = sorted(path.name for path in Path("renders/tiny_film").iterdir())
    assert files == ["film.json", "film.mp4", "film.timeline", "poster.jpg"]


@pytest.mark.slow
def test_the_video_is_what_film_json_says_and_its_index_comes_first(untangle: Callable[..., Any], tiny: Path) -> None:
    untangle("render", tiny, "-q", "l")
    record = json.loads(Path("renders/tiny_film/film.json").read_text())
    facts, frames = decoded(Path("renders/tiny_film/film.mp4"))
    assert facts["codec"] == ("h264", "High", "yuv420p")
    assert facts["colour"] == (1, 1, 1, 1)  # BT.709 throughout, limited range
    assert facts["times"] == pytest.approx([k / 15 for k in range(FRAMES)])
    assert record["video"] == {
        "file": "film.mp4",
        "width": 854,
        "height": 480,
        "fps": 15,
        "frames": FRAMES,
        "seconds": round(FRAMES / 15, 3),
    }
    assert (facts["size"], facts["rate"], len(frames)) == ((854, 480), 15, FRAMES)
    assert (record["title"], record["description"]) == ("Tiny", "A square becomes a disk.")
    assert record["about"] == "It tells no more than that."
    assert set(record["versions"]) == {"untangle", "manim", "numpy", "python", "av"}
    data = Path("renders/tiny_film/film.mp4").read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")


def test_frames_are_manims_own_pictures_in_true_colours(untangle: Callable[..., Any], write_film: Any) -> None:
    film = write_film(
        "flat",
        """
        from manim import Rectangle, Scene

        class Flat(Scene):
            def construct(self):
                for colour in ("#FF0000", "#00FF00", "#3E8FC4", "#FFFFFF"):
                    self.add(Rectangle(width=20, height=10, color=colour, fill_opacity=1))
                    self.wait(0.2)
        """,
    )
    untangle("render", film, "-q", "l", "--resolution", "64,36")
    with av.open("renders/flat/film.mp4") as container:
        shown = [
            np.median(frame.to_ndarray(format="rgb24", src_colorspace="ITU709").reshape(-1, 3), axis=0)
            for frame in container.decode(video=0)
        ]
    wanted = [(255, 0, 0), (0, 255, 0), (0x3E, 0x8F, 0xC4), (255, 255, 255)]
    np.testing.assert_allclose(shown[1::3], wanted, atol=3)


@pytest.mark.slow
@pytest.mark.parametrize(("format", "codec"), [("webm", "vp9"), ("gif", "gif")])
def test_other_formats_hold_the_same_frames(untangle: Callable[..., Any], tiny: Path, format: str, codec: str) -> None:
    assert untangle("render", tiny, "-q", "l", "--resolution", "160,90", "--format", format).code == 0
    facts, frames = decoded(Path(f"renders/tiny_film/film.{format}"))
    assert facts["codec"][0].startswith(codec)
    assert len(frames) == FRAMES
    assert json.loads(Path("renders/tiny_film/film.json").read_text())["video"]["file"] == f"film.{format}"


@pytest.mark.parametrize("words", [["-s"], ["--format", "png"]])
def test_the_last_frame_alone_is_a_picture(untangle: Callable[..., Any], write_film: Any, words: list[str]) -> None:
    film = write_film(
        "ends_red",
        """
        from manim import RED, FadeIn, Scene, Square

        class EndsRed(Scene):
            def construct(self):
                self.play(FadeIn(Square(8, color=RED, fill_opacity=1)), run_time=5)
        """,
    )
    said = untangle("render", film, "-q", "l", *words)
    assert said.out.startswith("renders/ends_red/last_frame.png")
    assert [path.name for path in Path("renders/ends_red").iterdir()] == ["last_frame.png"]
    picture = np.asarray(Image.open("renders/ends_red/last_frame.png"))
    assert picture.shape == (480, 854, 3)
    np.testing.assert_allclose(picture[240, 427], (0xFC, 0x62, 0x55), atol=1)


def test_size_rate_and_folder_are_the_users(untangle: Callable[..., Any], tiny: Path) -> None:
    untangle("render", tiny, "--fps", "8", "--resolution", "96,160", "-o", "elsewhere")
    facts, _ = decoded(Path("elsewhere/tiny_film/film.mp4"))
    assert (facts["size"], facts["rate"]) == ((96, 160), 8)
    assert not Path("renders").exists()
    record = json.loads(Path("elsewhere/tiny_film/film.json").read_text())
    assert record["command"].endswith("-q m --fps 8 --resolution 96,160")


@pytest.mark.slow
def test_the_poster_is_the_frame_of_the_films_poster_time(untangle: Callable[..., Any], write_film: Any) -> None:
    film = write_film(
        "posed",
        """
        from manim import BLUE, RED, Scene, Square

        class Posed(Scene):
            def construct(self):
                for colour in (RED, BLUE, RED):
                    self.add(Square(9, color=colour, fill_opacity=1))
                    self.wait(1)

            def record(self):
                return {"title": "Posed", "description": "", "poster_time": 1.5}
        """,
    )
    untangle("render", film, "-q", "l")
    picture = np.asarray(Image.open("renders/posed/poster.jpg"))
    assert picture.shape == (480, 854, 3)
    np.testing.assert_allclose(picture[240, 427], (0x58, 0xC4, 0xDD), atol=4)
    assert json.loads(Path("renders/posed/film.json").read_text())["poster"] == {"file": "poster.jpg", "time": 1.5}


def test_a_section_lasts_to_the_next_and_words_keep_their_times(untangle: Callable[..., Any], write_film: Any) -> None:
    film = write_film(
        "told",
        """
        from manim import Square
        from manim_untangle.stage.film import Film

        class Told(Film):
            '''A film that says two things.'''

            title = "Told"

            def construct(self):
                self.chapter("First")
                self.add(Square())
                self.wait(1)
                self.chapter("Second")
                self.say("A square.")
                self.wait(0.5)
        """,
    )
    untangle("render", film, "-q", "l", "--resolution", "160,90")
    record = json.loads(Path("renders/told/film.json").read_text())
    first, second = record["sections"]
    assert (first["name"], first["start"], first["end"]) == ("First", 0, 1)
    assert (second["name"], second["start"]) == ("Second", 1)
    assert second["end"] == pytest.approx(record["video"]["seconds"], abs=1e-3)
    assert [words["text"] for words in second["words"]] == ["A square."]
    assert 1 <= second["words"][0]["start"] < second["words"][0]["end"] <= second["end"]


def test_preview_opens_what_was_rendered(
    untangle: Callable[..., Any], tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import typer

    opened: list[str] = []
    monkeypatch.setattr(typer, "launch", opened.append)
    untangle("render", tiny, "-s", "-p")
    assert opened == ["renders/tiny_film/last_frame.png"]


@pytest.mark.slow
def test_the_bar_counts_every_frame_and_expects_them_all(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UNTANGLE_CACHE", str(tmp_path / "cache"))
    folder = tmp_path / "renders" / "tiny_film"
    assert film_seconds(folder) is None
    for _ in ("by a dry run", "by the film that is there"):
        counter = Counter(Progress())
        render(FilmFile(tiny), settings(Quality.l, resolution="96,54"), tmp_path / "renders", counter)
        (task,) = counter.bar.tasks
        assert (task.completed, task.total) == (FRAMES, FRAMES)
    assert film_seconds(folder) == pytest.approx(FRAMES / 15, abs=1e-3)
    (folder / "film.json").write_text('{"video": [')
    assert film_seconds(folder) is None
