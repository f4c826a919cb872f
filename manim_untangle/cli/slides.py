"""`untangle slides`: a rendered film for manim-slides, which plays clips backwards, too."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from manim_untangle.publish.film import read_film
from manim_untangle.publish.slides import Stops, write_slides
from manim_untangle.publish.video import read_clip
from manim_untangle.render.progress import render_bar
from netlib.command import install
from netlib.errors import MissingExtra


def slides(name: str, renders: Path, folder: Path, captions: bool) -> tuple[Path, int]:
    """Write the slides of a film; return the file that manim-slides reads, and the number of slides.

    Raises MissingExtra where manim-slides is not installed.
    """
    try:
        from manim_slides.utils import reverse_video_file
    except ImportError:
        cure = f"Run: {install('slides')}"
        raise MissingExtra(f"slides are shown by manim-slides, which is not installed. {cure}") from None
    film = read_film(name, renders)
    with render_bar(name) as counter:
        if counter.is_shown:
            counter.expect(read_clip(film.video).frames)

        def reverse(clip: Path, target: Path) -> None:
            with _ended_quietly():
                reverse_video_file(clip, target, num_processes=1, disable=True)
            counter.advance(read_clip(clip).frames)

        path = write_slides(film, folder, Stops.captions if captions else Stops.chapters, reverse)
    return path, len(json.loads(path.read_text(encoding="utf-8"))["slides"])


@contextmanager
def _ended_quietly() -> Iterator[None]:
    """Let SIGTERM end processes as usual: manim-slides ends its own by it, and ours would print a traceback."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
