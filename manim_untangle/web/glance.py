"""A glance at a film: its timeline around one moment, in a fraction of the time that the whole of it takes.

Plays before the moment are not gone through: the film jumps to the end of each. Those from the moment on are, as far as
the time allows. So what is shown there is what the whole timeline shows; elsewhere nothing is shown.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise
from time import monotonic
from typing import Any

from manim import Scene

from manim_untangle.render.engine import Engine, play_film
from manim_untangle.web.timeline import told
from manim_untangle.web.walk import Play, Walk, camera_numbers

Json = dict[str, Any]

AHEAD = 0.3  # seconds of work that the plays after that of the moment may take


class _SeenEnough(Exception):
    """The moment is told, and the time for what follows is over."""


class Glance(Walk):
    """A walk of the plays from a moment on. moment: a frame. most: the frames that the film is taken to have. ahead:
    the seconds of work that plays after that of the moment may take. scene: the one that is played.
    """

    def __init__(self, moment: int, most: int, ahead: float) -> None:
        super().__init__()
        self.moment, self.most, self.ahead = moment, most, ahead
        self.scene: Scene | None = None
        self._arrived: float | None = None

    def before(self, engine: Engine) -> None:
        self.scene = engine.scene
        end = engine.frames + math.ceil(engine.seconds * engine.camera.frame_rate - 1e-6)
        engine.dry_run = end <= self.moment
        if not engine.dry_run:
            if self._arrived is None:
                self._arrived = monotonic()
            elif self.plays and monotonic() - self._arrived > self.ahead:
                raise _SeenEnough

    def begin(self, engine: Engine) -> None:
        super().begin(engine)
        self.cameras.extend([camera_numbers(engine.camera)] * (engine.frames - len(self.cameras)))

    def complete(self) -> None:
        """Let the film last as long as it is taken to, with nothing to see after the last play."""
        self.orders.append((self.frames, ()))
        self.frames, ended = max(self.most, self.frames), self.frames
        self.cameras.extend(self.cameras[-1:] * (self.frames - ended))
        ends = [Play(0, 0, True, ""), *self.plays, Play(self.frames, self.frames, True, "")]
        gaps = [Play(one.end, other.begin, True, "") for one, other in pairwise(ends) if one.end < other.begin]
        self.plays = sorted([*self.plays, *gaps], key=lambda play: play.begin)


def glance(
    scene_class: type[Scene], rate: float, moment: float, before: Json, record: Callable[[Scene], Json]
) -> bytes | None:
    """Return the timeline of a film around a moment in seconds; None where the film ends before that.

    before: the header of its whole timeline as it was, from which come its length and later words. Call it within
    `manim_config`, as the film is to be configured while it is played.
    """
    walk = Glance(min(int(moment * rate + 1e-6), before["frames"] - 1), before["frames"], AHEAD)
    try:
        with walk.watching():
            play_film(scene_class, walk)
    except _SeenEnough:
        pass
    if not walk.plays or walk.scene is None:
        return None
    now = walk.frames / rate
    walk.complete()
    said = record(walk.scene)
    later = [
        {**each, "words": [word for word in before["captions"] if each["start"] <= word["start"] < each["end"]]}
        for each in before["chapters"]
        if each["start"] >= now
    ]
    return told(walk.scene, walk, rate, {**said, "sections": [*said.get("sections", []), *later]})
