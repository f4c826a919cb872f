"""A film is encoded in hardware where that is asked for and really works, and by x264 everywhere else.

MPEG-4 Part 2 stands for the hardware: another encoder, whose video is told apart.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from manim import Camera

from manim_untangle.render import encoder
from manim_untangle.render.encoder import HARDWARE, Frames, SegmentEncoder, encodes, with_encoder
from manim_untangle.render.settings import SOFTWARE, Encoder, Format, Quality, settings
from manim_untangle.render.toolchain import toolchain_fingerprint
from netlib.errors import UntangleError

SMALL = settings(Quality.l, fps=10, resolution="96,54")
SIMULATED = {
    "h264_vaapi": HARDWARE["h264_vaapi"],
    "mpeg4": ("yuv420p", {"flags": "+qscale", "global_quality": str(2 * 118)}),
}


@pytest.fixture
def simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "HARDWARE", SIMULATED)


@pytest.fixture
def absent(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hardware of which FFmpeg knows the name, or not even that."""
    monkeypatch.setattr(encoder, "HARDWARE", {"h264_of_nobody": HARDWARE["h264_nvenc"]})


def codec_of(path: Path) -> str:
    with av.open(str(path)) as container:
        return container.streams.video[0].codec_context.name


def greys(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)]).astype(float)


def test_the_first_encoder_that_really_encodes_is_taken(simulated: None) -> None:
    for wanted in (Encoder.hardware, Encoder.auto):
        assert with_encoder(SMALL, wanted) == (replace(SMALL, encoder="mpeg4"), "encoded by mpeg4")


def test_x264_is_taken_where_it_is_asked_for(simulated: None) -> None:
    assert with_encoder(SMALL, Encoder.x264) == (SMALL, "")


def test_without_hardware_one_line_says_so_and_x264_encodes(absent: None) -> None:
    chosen, note = with_encoder(SMALL, Encoder.hardware)
    assert chosen == SMALL
    assert chosen.encoder == SOFTWARE
    assert note == "no encoder in hardware works here (tried: h264_of_nobody). x264 encodes instead"
    assert with_encoder(SMALL, Encoder.auto) == (SMALL, "")


@pytest.mark.parametrize("name", HARDWARE)
def test_hardware_that_is_not_here_is_found_to_be_missing_without_a_word(
    name: str, capfd: pytest.CaptureFixture[str]
) -> None:
    # true on any machine: either it encodes, or it says no
    assert encodes(replace(SMALL, encoder=name)) in (True, False)
    assert capfd.readouterr() == ("", "")


def test_an_encoder_that_opens_and_gives_nothing_does_not_work(monkeypatch: pytest.MonkeyPatch) -> None:
    class Silent:
        def encode(self, frame: Any = None) -> list[Any]:
            return []

    assert encodes(SMALL)
    monkeypatch.setattr(encoder, "add_stream", lambda container, how: Silent())
    assert not encodes(SMALL)


def test_hardware_that_takes_chroma_in_pairs_gets_it_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoder, "HARDWARE", {SOFTWARE: ("nv12", {"crf": "1", "bf": "0"})})
    picture = np.zeros((54, 96, 4), np.uint8)
    picture[:] = (200, 60, 30, 255)
    segment = SegmentEncoder(tmp_path / "part.mp4", SMALL, Frames(SMALL))
    segment.write(picture)
    segment.finish(lambda size: tmp_path / "whole.mp4")
    segment.run()
    with av.open(str(tmp_path / "whole.mp4")) as container:
        (shown,) = (frame.to_ndarray(format="rgb24") for frame in container.decode(video=0))
    assert abs(shown.astype(int) - picture[..., :3]).max() <= 4


def test_hardware_that_fails_while_a_film_is_encoded_is_named_with_the_cure(tmp_path: Path, absent: None) -> None:
    how = replace(SMALL, encoder="h264_of_nobody")
    segment = SegmentEncoder(tmp_path / "part.mp4", how, Frames(how))
    segment.write(np.zeros((54, 96, 4), np.uint8))
    segment.finish(lambda size: tmp_path / "whole.mp4")
    with pytest.raises(UntangleError, match=r"^h264_of_nobody does not work \(.*\)\. Render with --encoder x264$"):
        segment.run()
    assert not list(tmp_path.iterdir())


def test_other_formats_are_encoded_as_always(simulated: None) -> None:
    webm = replace(SMALL, format=Format.webm)
    assert with_encoder(webm, Encoder.hardware) == (webm, "--encoder hardware is for MP4: webm is encoded as always")
    assert with_encoder(webm, Encoder.auto) == (webm, "")


def test_the_command_of_a_film_names_the_hardware() -> None:
    assert "--encoder" not in SMALL.command("spirals")
    assert "--encoder hardware" in replace(SMALL, encoder="h264_nvenc").command("spirals")


def test_segments_of_one_encoder_are_none_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    def fingerprint(name: str) -> bytes:
        return toolchain_fingerprint(Camera(), replace(SMALL, encoder=name))

    before = [fingerprint(name) for name in (SOFTWARE, *HARDWARE)]
    assert len(set(before)) == 1 + len(HARDWARE)
    kind, options = HARDWARE["h264_nvenc"]
    monkeypatch.setitem(HARDWARE, "h264_nvenc", (kind, {**options, "qp": "30"}))
    assert fingerprint("h264_nvenc") not in before


@pytest.mark.slow
def test_a_film_by_hardware_looks_the_same_and_shares_no_segment_with_that_by_x264(
    untangle: Callable[..., Any], tiny: Path, simulated: None
) -> None:
    video, seen = Path("renders/tiny_film/film.mp4"), []
    for wanted, codec, segments in (("x264", "h264", 4), ("hardware", "mpeg4", 8), ("x264", "h264", 8)):
        said = untangle("render", tiny, "-q", "l", "--resolution", "96,54", "--encoder", wanted)
        assert (said.code, "mpeg4" in said.error) == (0, wanted == "hardware")
        assert codec_of(video) == codec
        assert f"{segments} segments" in untangle("cache").out
        seen.append(greys(video))
    assert seen[0].shape == seen[1].shape
    assert abs(seen[0] - seen[1]).mean() < 2
    np.testing.assert_array_equal(seen[0], seen[2])


@pytest.mark.slow
def test_render_goes_on_without_hardware(untangle: Callable[..., Any], tiny: Path, absent: None) -> None:
    said = untangle("render", tiny, "-q", "l", "--resolution", "96,54", "--encoder", "hardware")
    assert said.code == 0
    assert said.error.count("\n") == 1
    assert codec_of(Path("renders/tiny_film/film.mp4")) == "h264"
