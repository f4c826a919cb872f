"""Segments joined to one file without encoding again, and films made from the joined video."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.video.stream import VideoStream

from manim_untangle.render.output import refusals_explained
from netlib.command import command
from netlib.errors import UntangleError

# A file's first frame is decoded to learn what it is; the first segment tells that for all of them.
LOOKED_AT: Any = [{"skip_frame": "all"}]


def join(segments: Iterable[Path], path: Path, fps: Fraction) -> int:
    """Write the segments one after another into a file at `path`; return its number of frames.

    Packets keep their bytes. Every segment starts with a key frame and holds whole groups of pictures, so only times
    change: frame k of a segment that follows n frames is shown at (n + k) / fps. mp4 files begin with their index.
    """
    options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with refusals_explained(path.parent), av.open(str(path), "w", options=options) as output:
        stream = None
        header: bytes | None = None
        start = 0
        for segment in segments:
            with av.open(str(segment), stream_options=LOOKED_AT if stream else None) as source:
                video = source.streams.video[0]
                if stream is None:
                    stream = output.add_stream_from_template(video)
                    stream.time_base = 1 / fps
                    header = video.codec_context.extradata
                elif video.codec_context.extradata != header:
                    cure = f"Run: {command('cache', '--clear')}"
                    raise UntangleError(f"{segment} was encoded with other settings. {cure}")
                count = 0
                for packet in _packets(source, fps, start):
                    packet.stream = stream
                    output.mux(packet)
                    count += 1
            start += count
    return start


def _packets(source: av.container.InputContainer, fps: Fraction, start: int) -> Iterator[av.Packet[VideoStream]]:
    """Yield a segment's packets in frames: times in 1 / fps, decoding times evenly spaced behind them."""
    packets = [packet for packet in source.demux(video=0) if packet.size]
    shown = [round((packet.pts or 0) * packet.time_base * fps) for packet in packets]
    first = min(shown)
    # H.264: B frames are decoded after the frames that they lean on, so decoding runs two frames ahead of showing
    ahead = 2 if source.streams.video[0].codec_context.name == "h264" else 0
    for order, (packet, at) in enumerate(zip(packets, shown, strict=True)):
        packet.time_base = 1 / fps
        packet.pts, packet.dts, packet.duration = start + at - first, start + order - ahead, 1
        yield packet
