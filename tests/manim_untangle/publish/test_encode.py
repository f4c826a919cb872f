"""Encodings: what places accept, within their bytes, without touching time or colour."""

from __future__ import annotations

import os
import struct
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from manim_untangle.publish.encode import (
    COARSEST,
    FINEST,
    BudgetNotMet,
    Profile,
    encode,
    encode_av1,
    finest_fitting,
    forum,
    hd,
    profile,
    profiles,
)
from manim_untangle.publish.film import BadFilm
from manim_untangle.publish.video import Clip, matrix_of, pictures, read_clip, scaled
from netlib.film_record import Section
from tests.thorough import examples

WIDTH, HEIGHT, RATE, ORANGE = 640, 360, 15, (255, 154, 60)
SECTIONS = (Section("Straight “line” ✓", 0.0, 3.0), Section("Bend", 3.0, 8.0))


def boxes(path: Path) -> list[str]:
    """The names of an MP4 file's outermost boxes, in order."""
    content, at, names = path.read_bytes(), 0, []
    while at < len(content):
        size, name = struct.unpack(">I4s", content[at : at + 8])
        names.append(name.decode())
        at += size
    return names


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(p) for p in container.demux(container.streams.video[0]) if p.pts is not None]


@pytest.fixture(scope="module")
def encoded(video: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("encoded") / "out.mp4"
    encode(read_clip(video), forum, target, "A title", SECTIONS)
    return target


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="threads are listed on Linux alone")
def test_an_encoder_leaves_the_priority_of_every_thread_as_it_was(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # SVT-AV1 gives real-time priority to its threads and to its caller, where it may: nothing else is run any longer
    def policies() -> set[int]:
        return {os.sched_getscheduler(int(thread.name)) for thread in Path("/proc/self/task").iterdir()}

    def look(clip: Clip) -> int:  # it is called for each frame
        seen.update(policies())
        return matrix_of(clip)

    usual, seen = policies(), set[int]()
    monkeypatch.setattr("manim_untangle.publish.encode.matrix_of", look)
    encode_av1(read_clip(video), tmp_path / "out.mp4", "A title", SECTIONS)
    assert policies() == usual
    assert seen == usual


@pytest.mark.slow
def test_moov_comes_first_so_that_playing_starts_at_once(video: Path, encoded: Path) -> None:
    assert boxes(video).index("moov") > boxes(video).index("mdat")  # as rendered
    assert boxes(encoded).index("moov") < boxes(encoded).index("mdat")


def test_every_place_can_play_it(encoded: Path) -> None:
    clip = read_clip(encoded)
    assert (clip.codec, clip.pixels, clip.bt709) == ("h264", "yuv420p", True)
    assert clip.profile == "High"
    assert clip.plays_everywhere


def test_chapters_and_title_are_in_the_file(encoded: Path) -> None:
    with av.open(str(encoded)) as container:
        chapters = container.chapters()
        assert container.metadata["title"] == "A title"
    assert [chapter["metadata"]["title"] for chapter in chapters] == ["Straight “line” ✓", "Bend"]
    times = [(c["start"] * c["time_base"], c["end"] * c["time_base"]) for c in chapters]
    assert times == [(0, 3), (3, 8)]


def test_a_chapter_begins_with_a_picture_that_a_player_can_jump_to(encoded: Path) -> None:
    with av.open(str(encoded)) as container:
        keys = [float(p.pts * p.time_base) for p in container.demux(video=0) if p.is_keyframe and p.pts is not None]
    assert {0.0, 3.0} <= {round(key, 3) for key in keys}


def test_every_picture_is_there_at_its_own_time(encoded: Path, synthetic: SimpleNamespace) -> None:
    clip = read_clip(encoded)
    assert (clip.frames, clip.rate, clip.seconds) == (8 * RATE, RATE, 8.0)
    times = [(k + 0.5) / RATE for k in range(0, 8 * RATE, 7)]
    assert [synthetic.number_of(shown) for shown in pictures(clip, times, WIDTH)] == list(range(0, 8 * RATE, 7))


def test_colours_are_those_that_were_rendered_whatever_the_matrix(
    video: Path, tagged_video: Path, encoded: Path
) -> None:
    assert not read_clip(video).bt709
    for path in (video, tagged_video, encoded):
        patch = pictures(read_clip(path), [1.0], WIDTH)[0][80:120, 60:180]
        assert np.abs(patch.astype(int) - ORANGE).max() <= 4, path


def test_a_film_that_already_fits_is_copied_bit_by_bit(tagged_video: Path, tmp_path: Path) -> None:
    _, how = encode(read_clip(tagged_video), hd, tmp_path / "out.mp4", "A title", SECTIONS)
    assert how == "copied"
    assert packets(tmp_path / "out.mp4") == packets(tagged_video)
    assert boxes(tmp_path / "out.mp4").index("moov") < boxes(tmp_path / "out.mp4").index("mdat")


@pytest.mark.slow
def test_a_faster_film_keeps_every_second_picture_and_its_length(
    video: Path, tmp_path: Path, synthetic: SimpleNamespace
) -> None:
    slow = Profile("slow", "", None, 720, 8)
    clip, _ = encode(read_clip(video), slow, tmp_path / "out.mp4", "", SECTIONS)
    assert clip.rate == Fraction(RATE, 2)
    assert clip.seconds == pytest.approx(8.0, abs=1 / RATE)
    assert [synthetic.number_of(p) for p in pictures(clip, [0.01, 1.0, 4.01], WIDTH)] == [0, 14, 60]


@pytest.mark.slow
def test_no_film_is_made_larger_than_it_is(video: Path, tmp_path: Path) -> None:
    clip, _ = encode(read_clip(video), hd, tmp_path / "out.mp4", "", SECTIONS)
    assert (clip.width, clip.height) == (WIDTH, HEIGHT)
    assert scaled(clip, 9999) == (WIDTH, HEIGHT)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory, synthetic: SimpleNamespace) -> Path:
    path = tmp_path_factory.mktemp("noisy") / "film.mp4"
    synthetic.write_video(path, seconds=0.4, noise=120)
    return path


@pytest.mark.slow
def test_quality_goes_down_before_resolution_and_the_budget_holds(noisy: Path, tmp_path: Path) -> None:
    finest, _ = encode(read_clip(noisy), Profile("all", "", None, 720, 30), tmp_path / "all.mp4", "", ())
    budget = Profile("half", "", finest.bytes // 2, 720, 30)
    clip, how = encode(read_clip(noisy), budget, tmp_path / "half.mp4", "", ())
    assert clip.height == HEIGHT
    assert 0.6 * finest.bytes // 2 < clip.bytes <= finest.bytes // 2
    assert how != f"rate factor {FINEST}"


@pytest.mark.slow
def test_resolution_is_the_last_resort(noisy: Path, tmp_path: Path) -> None:
    coarsest = encode_at_coarsest(noisy, tmp_path)
    clip, _ = encode(read_clip(noisy), Profile("small", "", int(0.8 * coarsest), 720, 30), tmp_path / "a.mp4", "", ())
    assert clip.height == 270
    assert clip.width == 480
    assert clip.bytes <= 0.8 * coarsest


def encode_at_coarsest(path: Path, folder: Path) -> int:
    """The size at the film's own resolution and the lowest quality."""
    from manim_untangle.publish.encode import _encode_frames, _opened

    with _opened(folder / "coarse.mp4", "", ()) as output:
        _encode_frames(read_clip(path), output, HEIGHT, 30, COARSEST, ())
    return (folder / "coarse.mp4").stat().st_size


def test_a_budget_that_cannot_be_met_is_said_and_leaves_nothing(noisy: Path, tmp_path: Path) -> None:
    with pytest.raises(BudgetNotMet, match=r"do not fit into 0\.002 MB: at 270 lines.*Choose a profile"):
        encode(read_clip(noisy), Profile("tiny", "", 2000, 720, 30), tmp_path / "out.mp4", "", ())
    assert list(tmp_path.iterdir()) == []


@examples(60)
@given(st.integers(1_000, 10**8), st.floats(3.0, 12.0), st.integers(1_000, 10**8), st.integers(FINEST, COARSEST))
def test_the_search_finds_a_quality_that_fits_wherever_one_does(
    top: int, halving: float, budget: int, first: int
) -> None:
    tried = list[int]()

    def size_at(quality: int) -> int:
        tried.append(quality)
        return round(top * 2 ** (-(quality - FINEST) / halving))

    quality, size = finest_fitting(size_at, budget, first)
    assert len(tried) <= 1 + COARSEST - FINEST
    if quality is None:
        assert size_at(COARSEST) > budget
    else:
        assert size == size_at(quality) <= budget
        assert quality == FINEST or size_at(quality - 1) > budget or size > 0.9 * budget


def test_profiles_are_found_by_name_and_a_near_miss_is_suggested() -> None:
    assert {"forum", "forum-4mb", "github", "hd"} <= set(profiles())
    with pytest.raises(Exception, match="Did you mean forum"):
        profile("forun")


def test_what_is_no_video_is_refused(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_text("no video")
    with pytest.raises(BadFilm, match="cannot be read as a video"):
        read_clip(tmp_path / "film.mp4")
