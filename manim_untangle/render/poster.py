"""The poster: one frame of the finished film as a JPEG."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
from PIL import Image

from netlib.errors import UntangleError

JPEG_QUALITY = 90


def poster_time(video: Path, sections: list[dict[str, Any]], seconds: float) -> float:
    """Return the middle of the section with most going on: most bytes of video a second.

    A film without sections gives two thirds of its length.
    """
    spans = [(each["start"], each["end"]) for each in sections if each["end"] - each["start"] > 0.5]
    if not spans:
        return seconds * 2 / 3
    with av.open(str(video)) as container:
        packets = [(float((p.pts or 0) * p.time_base), p.size) for p in container.demux(video=0) if p.size]

    def busy(span: tuple[float, float]) -> float:
        return sum(size for at, size in packets if span[0] <= at < span[1]) / (span[1] - span[0])

    start, end = max(spans, key=busy)
    return float((start + end) / 2)


def frame_at(video: Path, seconds: float) -> Image.Image:
    """Return the frame that is on screen at a time, as an RGB image; the last one for times beyond the end."""
    with av.open(str(video)) as container:
        stream = container.streams.video[0]
        container.seek(round(max(seconds, 0) * av.time_base))
        found: av.VideoFrame | None = None
        for frame in container.decode(stream):
            if found is not None and frame.time > seconds + 1e-6:
                break
            found = frame
        if found is None:
            raise UntangleError(f"{video.name} holds no frame at {seconds:g} s")
        image: Image.Image = found.to_image()  # type: ignore[no-untyped-call]
        return image


def write_poster(video: Path, seconds: float, path: Path) -> None:
    """Write the frame at a time to `path` as a JPEG."""
    frame_at(video, seconds).save(path, "JPEG", quality=JPEG_QUALITY, optimize=True)
