"""The engine: it plays a film and hands each frame to a sink.

Manim decides what is drawn and when, so a film looks the same under plain Manim. A sink may ask for the picture of a
frame or do without it, and it gets the picture without a copy.
"""

from __future__ import annotations

import logging
import math
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.metadata import version
from typing import Any

import numpy as np
from manim import BLACK, Mobject, Scene, tempconfig

from manim_untangle.draw._manim import FrameRenderer, Pixels, drawn_order, silence_progress_bars
from manim_untangle.render.cache import cache_folder
from manim_untangle.render.encoder import return_free_memory, return_large_blocks
from manim_untangle.render.settings import FRAMES, Settings, Theme
from manim_untangle.render.theme import lighten
from netlib.errors import UntangleError

_theme = ContextVar("theme", default=Theme.dark)


class Sink:
    """Takes an engine's frames, play by play. This one ignores them."""

    def before(self, engine: Engine) -> None:
        """A play is about to begin, and `engine.seconds` is its length. A sink may set `engine.dry_run` here."""

    def begin(self, engine: Engine) -> None:
        """A play begins: its animations have begun, and no frame was shown yet."""

    def frame(self, engine: Engine, repeat: int) -> None:
        """The scene is as it is to be seen for `repeat` frames; `engine.draw()` returns its picture."""

    def end(self, engine: Engine) -> None:
        """The play is over."""

    def abandon(self) -> None:
        """The film stopped before its end."""


class Sinks(Sink):
    """Hands everything to several sinks, one after another."""

    def __init__(self, *sinks: Sink) -> None:
        self.sinks = sinks

    def before(self, engine: Engine) -> None:
        for sink in self.sinks:
            sink.before(engine)

    def begin(self, engine: Engine) -> None:
        for sink in self.sinks:
            sink.begin(engine)

    def frame(self, engine: Engine, repeat: int) -> None:
        for sink in self.sinks:
            sink.frame(engine, repeat)

    def end(self, engine: Engine) -> None:
        for sink in self.sinks:
            sink.end(engine)

    def abandon(self) -> None:
        for sink in self.sinks:
            sink.abandon()


class Engine(FrameRenderer):
    """Plays the animations of one scene into a sink.

    scene: the one that is played. still, moving: the mobjects that are drawn once in a play, and in each frame of it.
    seconds: the length that the current play is meant to have. frames: the number of frames since the film began.
    dry_run: whether to jump to the end of each play and only count its frames. A sink may set it during a play.
    """

    def __init__(self, scene: Scene, sink: Sink, *, dry_run: bool = False) -> None:
        super().__init__(scene, stop=sink.abandon)
        self.scene, self.sink = scene, sink
        self.dry_run = dry_run
        self.theme = _theme.get()
        self.frames = 0
        self.still: list[Mobject] = []
        self.moving: list[Mobject] = []
        self.seconds = 0.0
        self._drawn_now: list[Mobject] | None = None
        self._backdrop, self._picture = (np.empty_like(self.background(), order="C") for _ in range(2))
        self._backdrop_is_drawn = False

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        self.still, self.moving = self.begin_animations(scene, *args, **kwargs)
        self.seconds = scene.duration
        self.sink.before(self)
        self.skip_animations = self.dry_run or self.file_writer.skipping
        return_free_memory()  # that beginning took, before the encoder takes its share
        if not self.skip_animations:
            # A camera that keeps pictures begins every play alike, whichever plays were drawn before.
            getattr(self.camera, "new_play", lambda: None)()
            self.fit_cameras()
            self.sink.begin(self)
        dry_run, pause = self.dry_run, scene.is_current_animation_frozen_frame()
        frames = int(scene.duration * self.camera.frame_rate + 1e-6)
        if not pause:
            scene.play_internal()
        elif not self.skip_animations:
            self._show(frames)
        if dry_run:
            self._count(frames if pause else math.ceil(scene.duration * self.camera.frame_rate - 1e-6))
        if not self.skip_animations:
            self.sink.end(self)
        self._backdrop_is_drawn = False
        self.num_plays += 1

    def render(self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        if not self.skip_animations:
            self._show(1)

    def draw(self) -> Pixels:
        """Return the picture of the scene as it is now, (height, width, 4). The next call overwrites it."""
        if not self._backdrop_is_drawn:
            self.paint(drawn_order(self.still), self.background(), self._backdrop)
            self._backdrop_is_drawn = True
        self.paint(self.drawn_now, self._backdrop, self._picture)
        if self.theme is Theme.light:
            lighten(self._picture)
        return self._picture

    @property
    def drawn_now(self) -> list[Mobject]:
        """The mobjects that are drawn anew in the current frame, in order."""
        if self._drawn_now is None:
            self._drawn_now = drawn_order(self.moving)
        return self._drawn_now

    def last_picture(self, scene: Scene) -> Pixels:
        """Return the picture of the scene between two plays or at its end, (height, width, 4)."""
        self._backdrop_is_drawn, self._drawn_now = False, None
        self.still, self.moving = [], list(scene.mobjects)
        picture = self.draw()
        self._backdrop_is_drawn = False  # the next play has another
        return picture

    def scene_finished(self, scene: Scene) -> None:
        if not self.num_plays:
            raise UntangleError(f"{scene} plays no animation, so there is nothing to render")

    def _show(self, repeat: int) -> None:
        if repeat > 0:
            self._drawn_now = None
            self.fit_cameras()
            self.sink.frame(self, repeat)
            self._count(repeat)

    def _count(self, frames: int) -> None:
        self.frames += frames
        self.time = self.frames / self.camera.frame_rate


def play_film(scene_class: type[Any], sink: Sink, *, dry_run: bool = False) -> tuple[Scene, Engine]:
    """Play a film into a sink from beginning to end; return the scene as it ends, and its engine."""
    if not issubclass(scene_class, Scene):
        raise UntangleError(f"{scene_class.__name__} is no Manim Scene. Derive it from manim_untangle.Film")
    scene = scene_class()
    engine = Engine(scene, sink, dry_run=dry_run)
    try:
        scene.render()
    except BaseException:
        sink.abandon()
        raise
    return scene, engine


@contextmanager
def manim_config(settings: Settings) -> Iterator[None]:
    """Configure Manim for a render: its size and rate, a folder for the SVGs of Typst, no files and no messages.

    What a user's manim.cfg could change about the picture is set back to Manim's defaults.
    """
    chosen: dict[str, Any] = {
        "renderer": "cairo",
        "pixel_width": settings.width,
        "pixel_height": settings.height,
        "frame_rate": float(settings.fps),
        "frame_width": FRAMES[settings.aspect][0],
        "frame_height": FRAMES[settings.aspect][1],
        "background_color": BLACK,
        "background_opacity": 0.0 if settings.transparent else 1.0,
        "dry_run": True,
        "progress_bar": "none",
        "preview": False,
        "seed": 0,
        "from_animation_number": 0,
        "upto_animation_number": -1,
        "media_dir": str(cache_folder()),
        "tex_dir": str(cache_folder() / f"typst-{version('typst')}"),
        "log_to_file": False,
    }
    return_large_blocks()
    silence_progress_bars()
    log = logging.getLogger("manim")
    level = log.level
    with warnings.catch_warnings(), tempconfig(chosen):
        warnings.simplefilter("ignore")
        log.setLevel(logging.CRITICAL)
        before = _theme.set(settings.theme)
        try:
            yield
        finally:
            _theme.reset(before)
            log.setLevel(level)
