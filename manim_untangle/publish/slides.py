"""A rendered film as slides for manim-slides: a clip for each, where it stops, and notes for who presents it.

manim-slides (https://github.com/jeertmans/manim-slides, MIT) reads slides/NAME.json, which names the clips in
slides/files/NAME. So its presenter, and its conversion to HTML, PPTX and PDF, work as for any film of Manim.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from pathlib import Path
from typing import Any

import av

from manim_untangle.publish.film import BadFilm, RenderedFilm
from manim_untangle.publish.video import Clip, read_clip
from netlib.command import command
from netlib.files import made_folder, replaced_whole, written_whole

Reverse = Callable[[Path, Path], None]  # writes a clip backwards


class Stops(StrEnum):
    """Where a slide ends."""

    chapters = "chapters"
    captions = "captions"


@dataclass(frozen=True)
class Slide:
    """A part of a film, from a frame to the one after its last, and what its presenter may say."""

    begin: int
    end: int
    notes: str


def slides_of(film: RenderedFilm, clip: Clip, stops: Stops) -> list[Slide]:
    """Return the slides of a film: they follow one another without a gap, from its first frame to its last."""
    said = [
        (min(round(caption.end * clip.rate), clip.frames), section.name, caption.text)
        for section in film.sections
        for caption in section.words
    ]
    if stops is Stops.captions:
        ends = [end for end, _, _ in said]
    else:
        ends = [round(section.end * clip.rate) for section in film.sections]
    inner = sorted({end for end in ends[:-1] if 0 < end < clip.frames})  # the last slide lasts to the end of the film
    found = []
    for begin, end in pairwise([0, *inner, clip.frames]):
        words = [(name, text) for at, name, text in said if begin < at <= end]
        names = list(dict.fromkeys(name for name, _ in words))
        found.append(Slide(begin, end, "\n".join([*names, *(text for _, text in words)])))
    return found


def write_slides(film: RenderedFilm, folder: Path, stops: Stops, reverse: Reverse) -> Path:
    """Write a film's slides into a folder as manim-slides reads them; return its JSON file.

    Clips are cut without encoding: a stop is where a play begins, and each play begins with a key frame. Raises BadFilm
    where that is not so, or where the film is no MP4.
    """
    clip = read_clip(film.video)
    if film.video.suffix != ".mp4":
        raise BadFilm(f"slides are cut from an mp4, not from {film.video.name}. Run: {command('render', film.name)}")
    slides = slides_of(film, clip, stops)
    shown = made_folder(folder.absolute())
    with replaced_whole(made_folder(shown / "files") / film.name) as made:
        files = [made / f"{number:03d}.mp4" for number in range(1, len(slides) + 1)]
        _cut(film, clip, [slide.begin for slide in slides], files)
        for file in files:
            reverse(file, _reversed(file))
    inside = f"{shown.name}/files/{film.name}"  # manim-slides looks from the folder that holds the slides
    record: dict[str, Any] = {
        "slides": [
            {"file": f"{inside}/{file.name}", "rev_file": f"{inside}/{_reversed(file).name}", "notes": slide.notes}
            for slide, file in zip(slides, files, strict=True)
        ],
        "resolution": [clip.width, clip.height],
        "background_color": "black",
    }
    with written_whole(folder / f"{film.name}.json") as path:
        path.write_text(json.dumps(record, indent=2, ensure_ascii=False), encoding="utf-8")
    return folder / f"{film.name}.json"


def _reversed(file: Path) -> Path:
    return file.with_stem(f"{file.stem}_reversed")


def _cut(film: RenderedFilm, clip: Clip, begins: list[int], files: list[Path]) -> None:
    """Cut the film before these frames, the first of which is 0, into files."""
    waiting = list(zip(begins, files, strict=True))
    with av.open(str(clip.path)) as source, ExitStack() as outputs:
        video, shift = source.streams.video[0], 0
        for packet in source.demux(video):
            if not packet.size or packet.pts is None or packet.dts is None or packet.time_base is None:
                continue
            frame = round(packet.pts * packet.time_base * clip.rate)
            if waiting and packet.is_keyframe and frame == waiting[0][0]:
                _, path = waiting.pop(0)
                output = outputs.enter_context(av.open(str(path), "w", options={"movflags": "+faststart"}))
                stream, shift = output.add_stream_from_template(video), packet.pts
            packet.pts, packet.dts, packet.stream = packet.pts - shift, packet.dts - shift, stream
            output.mux(packet)
    if waiting:
        seconds = float(waiting[0][0] / clip.rate)
        raise BadFilm(f"{film.name} cannot be cut at {seconds:.2f} s. Render it again: {film.command}")
