"""Animated GIF from a finished video: one palette for all of its frames, found in a first pass over them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import av.filter
from av.filter.context import FilterContext

from manim_untangle.render.settings import Settings

ENDED = (av.error.EOFError, av.error.BlockingIOError)


def write_gif(video: Path, path: Path, settings: Settings) -> None:
    """Write the video's frames as a GIF that loops. Two passes, so that memory does not grow with the film."""
    palette = _palette(video)
    with av.open(str(video)) as source, av.open(str(path), "w") as output:
        stream = output.add_stream("gif", rate=settings.fps)
        stream.width, stream.height, stream.pix_fmt = settings.width, settings.height, "pal8"
        for shown, frame in enumerate(_mapped(source, palette)):
            frame.pts, frame.time_base = shown, 1 / settings.fps
            output.mux(stream.encode(frame))
        output.mux(stream.encode())


def _palette(video: Path) -> av.VideoFrame:
    """Return 256 colours (a 16 x 16 picture) chosen from what changes between the frames."""
    with av.open(str(video)) as source:
        graph = av.filter.Graph()
        entry = graph.add_buffer(template=source.streams.video[0])
        generate, sink = graph.add("palettegen", "stats_mode=diff"), graph.add("buffersink")
        entry.link_to(generate)
        generate.link_to(sink)
        graph.configure()
        for frame in source.decode(video=0):
            entry.push(frame)
        entry.push(None)
        return _pulled(sink)


def _mapped(source: av.container.InputContainer, palette: av.VideoFrame) -> Iterator[av.VideoFrame]:
    graph = av.filter.Graph()
    entry = graph.add_buffer(template=source.streams.video[0])
    colours = graph.add_buffer(width=palette.width, height=palette.height, format=palette.format, time_base=Fraction(1))
    use, sink = graph.add("paletteuse", "dither=bayer:bayer_scale=5:diff_mode=rectangle"), graph.add("buffersink")
    entry.link_to(use, 0, 0)
    colours.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    colours.push(palette)
    colours.push(None)
    for frame in source.decode(video=0):
        entry.push(frame)
        yield from _ready(sink)
    entry.push(None)
    yield from _ready(sink)


def _ready(sink: FilterContext) -> Iterator[av.VideoFrame]:
    while True:
        try:
            yield _pulled(sink)
        except ENDED:
            return


def _pulled(sink: FilterContext) -> av.VideoFrame:
    frame = sink.pull()
    assert isinstance(frame, av.VideoFrame)
    return frame
