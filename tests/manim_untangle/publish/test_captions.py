"""Captions, chapters and transcript: the film's words at the film's times, in files that others read."""

from __future__ import annotations

import io
from dataclasses import replace
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import webvtt
from hypothesis import given
from hypothesis import strategies as st

from manim_untangle.publish.captions import captions_srt, captions_vtt, chapters_vtt, moment, stamp, transcript
from manim_untangle.publish.film import RenderedFilm, read_film
from manim_untangle.publish.video import pictures, read_clip
from netlib.film_record import Caption, Section
from tests.thorough import examples


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory, make_film: Any) -> RenderedFilm:
    renders = tmp_path_factory.mktemp("renders")
    make_film(renders)
    return read_film("moving_dot", renders)


def cues(text: str) -> list[tuple[float, float, str]]:
    return [
        (cue.start_in_seconds, cue.end_in_seconds, unescape(cue.raw_text))
        for cue in webvtt.from_buffer(io.StringIO(text))
    ]


def test_captions_are_the_words_and_their_times(film: RenderedFilm) -> None:
    whole = [(int(w.start), int(w.end), w.text) for w in film.captions]
    assert [(int(a), int(b), text) for a, b, text in cues(captions_vtt(film))] == whole
    assert "00:00:03.200 --> 00:00:04.800" in captions_vtt(film)


@pytest.mark.slow
def test_captions_stand_while_the_words_are_on_screen(video: Path, site: Any, synthetic: SimpleNamespace) -> None:
    """The oracle is the published film's own pictures: a plate is drawn while words are on screen."""
    clip = read_clip(site.folder / "moving_dot" / "moving_dot-hd.mp4")
    published = cues((site.folder / "moving_dot" / "captions.vtt").read_text(encoding="utf-8"))
    spans = [(cue.start, cue.end) for cue in webvtt.read(site.folder / "moving_dot" / "captions.vtt")]
    seconds = [(_seconds(a), _seconds(b)) for a, b in spans]
    assert len(published) == 3
    times = [(k + 0.5) / synthetic.RATE for k in range(clip.frames)]
    plate = [int(shown[322, 320].mean()) > 100 for shown in pictures(clip, times, synthetic.WIDTH)]
    captioned = [any(a <= t < b for a, b in seconds) for t in times]
    assert any(plate)
    assert plate == captioned


def _seconds(clock: str) -> float:
    hours, minutes, seconds = clock.split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def test_chapters_cover_the_film_in_order(film: RenderedFilm) -> None:
    assert [(a, b, text) for a, b, text in cues(chapters_vtt(film))] == [
        (0, 3, "Two classes"),
        (3, 8, "Layer 1 <b>& bend</b>"),
    ]


@examples(200)
@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1).filter(str.strip))
def test_any_words_come_back_as_they_were_written(text: str) -> None:
    words = Caption(" ".join(text.split()), 1.0, 2.0)
    vtt = captions_vtt(_film_saying(words))
    assert "-->" not in vtt.replace("00:00:01.000 --> 00:00:02.000", "")
    assert [unescape(t) if "&" not in words.text else None for *_, t in cues(vtt)] == [
        words.text if "&" not in words.text else None
    ]
    assert vtt.count("\n\n") == 1  # one cue: no words end it early


def _film_saying(*words: Caption) -> RenderedFilm:
    nothing = Path()
    film = RenderedFilm("a", nothing, "", "", "", "", (), "", None, (), (), (), ())
    return replace(film, sections=(Section("s", 0, 9, words),))


def test_words_too_short_to_be_seen_make_no_cue() -> None:
    film = _film_saying(Caption("gone", 1.0, 1.0002), Caption("here", 1.0, 2.0))
    assert [text for *_, text in cues(captions_vtt(film))] == ["here"]
    assert captions_srt(film).startswith("1\n00:00:01,000 --> 00:00:02,000\nhere\n")


def test_srt_numbers_its_cues_and_shows_plain_words(film: RenderedFilm) -> None:
    import srt

    read = list(srt.parse(captions_srt(film)))
    assert [cue.index for cue in read] == [1, 2, 3]
    assert read[1].content == "Space is stretched, x < 1 & y > 2 --> turned."
    assert read[2].end.total_seconds() == 7.6


def test_the_transcript_reads_without_the_film(film: RenderedFilm) -> None:
    text = transcript(film)
    assert text.startswith("A dot that moves\n")
    assert "[0:03] Layer 1 <b>& bend</b>\nSpace is stretched" in text
    assert film.alt in text


@pytest.mark.parametrize(("seconds", "written"), [(0, "0:00"), (7.9, "0:07"), (62, "1:02"), (3750, "1:02:30")])
def test_times_are_written_as_people_write_them(seconds: float, written: str) -> None:
    assert stamp(seconds) == written


@given(st.integers(0, 200_000), st.sampled_from([15, 24, 25, 30, 60]))
def test_a_link_to_a_moment_never_lands_on_the_frame_before(frame: int, rate: int) -> None:
    linked = float(moment(frame / rate))
    assert frame / rate - 1e-9 <= linked < (frame + 1) / rate - 1e-9
