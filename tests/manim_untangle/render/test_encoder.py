"""Frames on their way to the encoder: few, whole, and in order."""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path

import av
import numpy as np
import pytest

from manim_untangle.render import encoder
from manim_untangle.render.encoder import Frames, SegmentEncoder
from manim_untangle.render.settings import Quality, Settings, settings

SMALL = settings(Quality.l, fps=10, resolution="64,48")
LARGE = settings(Quality.k)


def grey(level: int, how: Settings = SMALL) -> np.ndarray:
    return np.full((how.height, how.width, 4), (level, level, level, 255), np.uint8)


def in_flight(how: Settings) -> int:
    """Return how many frames can be taken before one has to come back."""
    frames, taken = Frames(how), 0
    while not frames._free.empty():
        frames.take()
        taken += 1
    return taken


@pytest.mark.slow
def test_drawing_waits_for_the_encoder_rather_than_fill_the_memory() -> None:
    assert in_flight(LARGE) * 3840 * 2160 * 3 / 2 < 60e6
    assert in_flight(SMALL) >= 2
    encoder.to_yuv(grey(0), Frames(SMALL).take())  # compiles the kernel, which may take longer than the test waits
    segment = SegmentEncoder(Path("never.mp4"), SMALL, Frames(SMALL))
    written: list[int] = []

    def write() -> None:
        for level in range(60):
            segment.write(grey(level))
            written.append(level)

    drawing = threading.Thread(target=write, daemon=True)
    drawing.start()
    drawing.join(timeout=0.5)
    assert drawing.is_alive()
    assert len(written) == in_flight(SMALL)


def test_frames_that_are_filled_again_show_every_picture_once(tmp_path: Path) -> None:
    segment = SegmentEncoder(tmp_path / "part.mp4", SMALL, Frames(SMALL))
    encoding = threading.Thread(target=segment.run)
    encoding.start()
    levels = [*range(0, 250, 5), *range(250, 0, -7)]
    for level in levels:
        segment.write(grey(level))
    segment.finish(lambda size: tmp_path / "whole.mp4")
    encoding.join()
    with av.open(str(tmp_path / "whole.mp4")) as container:
        shown = [frame.to_ndarray(format="gray").mean() for frame in container.decode(video=0)]
    np.testing.assert_allclose(shown, levels, atol=2.5)
    assert [path.name for path in tmp_path.iterdir()] == ["whole.mp4"]


def test_a_segment_that_is_dropped_leaves_no_file(tmp_path: Path) -> None:
    segment = SegmentEncoder(tmp_path / "part.mp4", SMALL, Frames(SMALL))
    segment.write(grey(100))
    segment.finish(None)
    segment.run()
    assert not list(tmp_path.iterdir())


def test_where_the_c_library_cannot_be_opened_memory_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(name: object) -> None:
        raise TypeError("LoadLibrary() argument 1 must be str, not None")

    monkeypatch.setattr(ctypes, "CDLL", refused)
    encoder._c_function.cache_clear()
    try:
        encoder.return_large_blocks()
        encoder.return_free_memory()
        assert encoder._c_function("malloc_trim") is None
    finally:
        encoder._c_function.cache_clear()
