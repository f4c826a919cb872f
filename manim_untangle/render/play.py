"""Going through a film: the plays of its scene, into a sink."""

from __future__ import annotations

from typing import Any

from manim import Scene

from manim_untangle.render.engine import Engine, Sink
from netlib.errors import UntangleError


class NullSink:
    """A sink that takes no frames."""

    def begin(self, engine: Engine) -> None:
        pass

    def frame(self, engine: Engine, repeat: int) -> None:
        pass

    def end(self, engine: Engine) -> None:
        pass

    def abandon(self) -> None:
        pass


def played(scene_class: type[Any], sink: Sink, *, leap: bool = False) -> tuple[Scene, Engine]:
    """Play a film into a sink from beginning to end; return the scene as it ends, and its engine."""
    if not issubclass(scene_class, Scene):
        raise UntangleError(f"{scene_class.__name__} is no manim Scene. Derive it from manim_untangle.stage.film.Film")
    scene = scene_class()
    engine = Engine(scene, sink, leap=leap)
    try:
        scene.render()
    except BaseException:
        sink.abandon()
        raise
    return scene, engine
