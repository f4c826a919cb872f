"""Files made from encoded segments: the joined video, an animated GIF, and the poster."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.filter
from av.video.stream import VideoStream
from PIL import Image

from manim_untangle.render.settings import Settings
from netlib.command import command
from netlib.errors import UntangleError
from netlib.files import refusals_explained

# av decodes the first frame of a file to find its format. All segments have the same, so one is enough.
NO_PROBE: Any = [{"skip_frame": "all"}]
JPEG_QUALITY = 90


def join(segments: Iterable[Path], path: Path, fps: Fraction) -> int:
    """Write segments one after another into a file at `path`, without encoding again; return its number of frames.

    Packets keep their bytes. Every segment starts with a key frame and holds whole groups of pictures, so only times
    change: frame k of a segment that follows n frames is shown at (n + k) / fps. An mp4 file starts with its index.
    """
    options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with refusals_explained(path.parent), av.open(str(path), "w", options=options) as output:
        stream = None
        header: bytes | None = None
        start = 0
        for segment in segments:
            with av.open(str(segment), stream_options=NO_PROBE if stream else None) as source:
                video = source.streams.video[0]
                if stream is None:
                    stream = output.add_stream_from_template(video)
                    stream.time_base = 1 / fps
                    stream.metadata.update(video.metadata)  # of a WebM: that it has opacity
                    stream.codec_context.codec_tag = video.codec_context.codec_tag  # of ProRes: 4444
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
    """Yield the packets of a segment, with times in frames (1 / fps) from `start` on."""
    packets = [packet for packet in source.demux(video=0) if packet.size]
    shown = [round((packet.pts or 0) * packet.time_base * fps) for packet in packets]
    first = min(shown)
    # H.264 decodes a B-frame after the later frame that it refers to, so decoding runs two frames ahead of showing.
    ahead = 2 if source.streams.video[0].codec_context.name == "h264" else 0
    for order, (packet, at) in enumerate(zip(packets, shown, strict=True)):
        packet.time_base = 1 / fps
        packet.pts, packet.dts, packet.duration = start + at - first, start + order - ahead, 1
        yield packet


def write_gif(video: Path, path: Path, settings: Settings) -> None:
    """Write a video's frames as a GIF that loops, with one palette. Two passes, so that memory use is bounded."""
    palette = _palette(video)
    with av.open(str(video)) as source, av.open(str(path), "w") as output:
        stream = output.add_stream("gif", rate=settings.fps)
        stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "pal8"
        for shown, frame in enumerate(_in_palette(source, palette)):
            frame.pts, frame.time_base = shown, 1 / settings.fps
            output.mux(stream.encode(frame))
        output.mux(stream.encode())


def _palette(video: Path) -> av.VideoFrame:
    """Return 256 colours as a picture of 16 x 16, chosen from what changes between the frames."""
    with av.open(str(video)) as source:
        graph = av.filter.Graph()
        frames = graph.add_buffer(template=source.streams.video[0])
        graph.link_nodes(frames, graph.add("palettegen", "stats_mode=diff"), graph.add("buffersink")).configure()
        for frame in source.decode(video=0):
            frames.push(frame)
        frames.push(None)
        return graph.vpull()


def _in_palette(source: av.container.InputContainer, palette: av.VideoFrame) -> Iterator[av.VideoFrame]:
    """Yield the frames of a file in the colours of a palette."""
    graph = av.filter.Graph()
    frames = graph.add_buffer(template=source.streams.video[0])
    colours = graph.add_buffer(width=palette.width, height=palette.height, format=palette.format, time_base=Fraction(1))
    use = graph.add("paletteuse", "dither=bayer:bayer_scale=5:diff_mode=rectangle")
    colours.link_to(use, 0, 1)
    graph.link_nodes(frames, use, graph.add("buffersink")).configure()
    colours.push(palette)
    colours.push(None)
    for frame in itertools.chain(source.decode(video=0), [None]):
        frames.push(frame)
        with contextlib.suppress(av.error.EOFError, av.error.BlockingIOError):  # no further frame is ready
            while True:
                yield graph.vpull()


def poster_time(video: Path, chosen: float | None, sections: list[dict[str, Any]], seconds: float) -> float:
    """Return the time of the poster: the one that the film chose, within its length.

    Where it chose none, that is the middle of the section with the most bytes of video a second, since the most is
    going on there; without sections, two thirds of the film's length. All times are in seconds.
    """
    spans = [(each["start"], each["end"]) for each in sections if each["end"] - each["start"] > 0.5]
    if chosen is not None or not spans:
        return seconds * 2 / 3 if chosen is None else min(chosen, seconds)
    with av.open(str(video)) as container:
        packets = [(float((p.pts or 0) * p.time_base), p.size) for p in container.demux(video=0) if p.size]

    def bytes_a_second(span: tuple[float, float]) -> float:
        return sum(size for at, size in packets if span[0] <= at < span[1]) / (span[1] - span[0])

    start, end = max(spans, key=bytes_a_second)
    return float((start + end) / 2)


def write_poster(video: Path, seconds: float, path: Path) -> None:
    """Write the frame that is on screen at a time, or the last one for times beyond the end, as a JPEG."""
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
        rgb = found.to_ndarray(format="rgb24")
    Image.fromarray(rgb).save(path, "JPEG", quality=JPEG_QUALITY, optimize=True)
