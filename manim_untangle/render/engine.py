"""Engine: manim's Cairo renderer with our own way out for its frames.

What is drawn, and when, stays manim's: the same calls in the same order as `CairoRenderer.play`, so that a film is
the same film under plain manim. What is ours: frames go to a `Sink`, which may ask for a picture or do without one;
pictures are handed over without a copy; and manim hashes and writes nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Protocol

import numpy as np
from manim import Mobject, MultiCamera, Scene
from manim.renderer.cairo_renderer import CairoRenderer

from manim_untangle.render.colour import Pixels
from manim_untangle.render.draw_order import displayed, roots
from manim_untangle.render.memory import return_the_rest
from netlib.errors import UntangleError


class Sink(Protocol):
    """Where an engine's frames go, play by play."""

    def begin(self, engine: Engine) -> None:
        """A play begins: its animations have begun, no frame has been shown."""

    def frame(self, engine: Engine, repeat: int) -> None:
        """The scene stands as it is to be seen for `repeat` frames; `engine.draw()` gives its picture."""

    def end(self, engine: Engine) -> None:
        """The play is over."""

    def abandon(self) -> None:
        """The film stopped in the middle."""


class Engine(CairoRenderer):
    """Plays the animations of one scene into a sink.

    still, moving: the roots of what manim paints once a play, and of what it paints each frame.
    seconds: how long the play at hand is meant to be. frames: shown since the film began.
    leap: jump to the end of every play and show nothing; only `frames` goes on counting.
    """

    def __init__(self, scene: Scene, sink: Sink, *, leap: bool = False) -> None:
        super().__init__(camera_class=lambda: scene.renderer.camera, skip_animations=leap)  # type: ignore[arg-type]
        scene.renderer = self
        self.sink = sink
        self.leap = leap
        self.file_writer = _Chapters(sink)
        self.frames = 0
        self.still: list[Mobject] = []
        self.moving: list[Mobject] = []
        self.seconds = 0.0
        self._shown: list[Mobject] | None = None
        self._backdrop: Pixels | None = None
        self._free_buffers: list[Pixels] = []

    def play(self, scene: Scene, *args: Any, **kwargs: Any) -> None:
        scene.compile_animation_data(*args, **kwargs)
        self.skip_animations = self.leap or self.file_writer.skipping
        scene.begin_animations()
        self.still, self.moving = roots(scene.static_mobjects), roots(scene.moving_mobjects)
        self.seconds = scene.duration
        return_the_rest()  # of what it took to begin, before the encoder takes its share
        if not self.skip_animations:
            # a camera that keeps pictures starts every play alike, whichever plays were drawn before
            getattr(self.camera, "new_play", lambda: None)()
            self._fit_cameras()
            self.sink.begin(self)
        leaping, frozen = self.leap, scene.is_current_animation_frozen_frame()
        frames = int(scene.duration * self.camera.frame_rate + 1e-6)
        if not frozen:
            scene.play_internal()
        elif not self.skip_animations:
            self._show(frames)
        if leaping:
            self._count(frames if frozen else math.ceil(scene.duration * self.camera.frame_rate - 1e-6))
        if not self.skip_animations:
            self.sink.end(self)
        self._forget_backdrop()
        self.num_plays += 1

    def render(self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        """Called by manim once a frame, when the animations have moved everything to its place."""
        if not self.skip_animations:
            self._show(1)

    def draw(self) -> Pixels:
        """Return the picture of the scene as it stands, (height, width, 4); give it back with `release`."""
        if self._backdrop is None:
            assert self.camera.background is not None
            self._backdrop = self._painted(displayed(self.still), self.camera.background.view(np.uint8))
        return self._painted(self.shown, self._backdrop)

    @property
    def shown(self) -> list[Mobject]:
        """What is to be painted anew in the frame at hand, in order."""
        if self._shown is None:
            self._shown = displayed(self.moving)
        return self._shown

    def release(self, picture: Pixels) -> None:
        """Take a picture back, to paint over it."""
        self._free_buffers.append(picture)

    def last_picture(self, scene: Scene) -> Pixels:
        """Return the picture with which the film ends."""
        self._forget_backdrop()
        self._shown = None
        self.still, self.moving = [], list(scene.mobjects)
        return self.draw()

    def scene_finished(self, scene: Scene) -> None:
        if not self.num_plays:
            raise UntangleError(f"{scene} plays no animation, so there is nothing to render")

    def _show(self, repeat: int) -> None:
        if repeat > 0:
            self._shown = None
            self._fit_cameras()
            self.sink.frame(self, repeat)
            self._count(repeat)

    def _fit_cameras(self) -> None:
        """Fit a MultiCamera's other cameras to their displays, which changes what they see; drawing would do so too."""
        if isinstance(self.camera, MultiCamera):
            self.camera.update_sub_cameras()

    def _count(self, frames: int) -> None:
        self.frames += frames
        self.time = self.frames / self.camera.frame_rate

    def _painted(self, mobjects: list[Mobject], ground: Pixels) -> Pixels:
        buffer = self._free_buffers.pop() if self._free_buffers else np.empty_like(ground, order="C")
        np.copyto(buffer, ground)
        # The camera paints into whatever its pixel_array is. It keeps a Cairo context for each, which knows where the
        # camera stood when it was made: a new one for each picture makes pictures depend on nothing before them.
        self.camera.pixel_array_to_cairo_context.clear()
        self.camera.pixel_array = buffer  # type: ignore[assignment]
        if mobjects:
            self.camera.capture_mobjects(mobjects, include_submobjects=False)
        return buffer

    def _forget_backdrop(self) -> None:
        if self._backdrop is not None:
            self.release(self._backdrop)
            self._backdrop = None


class _Chapters:
    """Stands where manim expects its file writer: keeps no files, only whether a section is to be skipped."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.skipping = False
        self.subcaptions: list[Any] = []

    def next_section(self, name: str, type_: str, skip_animations: bool) -> None:
        self.skipping = skip_animations

    def add_sound(self, sound_file: str, *_: Any, **__: Any) -> None:
        raise UntangleError(f"{sound_file}: films are silent here. Render with plain manim to keep the sound")

    def abort_encode_jobs(self, reraise_encoder_failures: bool = False) -> None:
        self.sink.abandon()
