"""The timeline that is written beside a film's video, from the play that the video is drawn from."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from manim_untangle.render.engine import Engine
from manim_untangle.render.play import Teller
from manim_untangle.render.record import TIMELINE
from manim_untangle.render.settings import Settings, Theme
from manim_untangle.web.timeline import told
from manim_untangle.web.walk import Walk
from netlib.errors import UntangleError


class DocumentTeller(Teller):
    """Tells a film as a timeline while it is rendered with the given settings.

    The render goes on where a timeline cannot tell the film, and then `problem` says why.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.walk = Walk(alone=False)
        if settings.theme is not Theme.dark or settings.transparent:
            self._give_up("a timeline is opaque, and bright on black. The page plays the video")

    def watching(self) -> AbstractContextManager[None]:
        return self.walk.watching()

    def begin(self, engine: Engine) -> None:
        self._try(lambda: self.walk.begin(engine))

    def frame(self, engine: Engine, repeat: int) -> None:
        self._try(lambda: self.walk.frame(engine, repeat))

    def end(self, engine: Engine) -> None:
        self._try(lambda: self.walk.end(engine))

    def told(self, scene: Any, record: dict[str, Any]) -> bytes | None:
        found = list[bytes]()
        self._try(lambda: found.append(told(scene, self.walk, float(self.settings.fps), record)))
        return found[0] if found else None

    def _try(self, step: Callable[[], object]) -> None:
        if self.problem:
            return
        try:
            step()
        except UntangleError as problem:
            self._give_up(str(problem))
        except Exception as problem:  # a mobject that nobody knows: no reason to lose the video
            self._give_up(f"{type(problem).__name__}: {problem}")

    def _give_up(self, why: str) -> None:
        self.problem = f"{TIMELINE} is not written: {why}"
        self.walk = Walk(alone=False)  # what was noted is not needed any more
