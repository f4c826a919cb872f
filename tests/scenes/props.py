"""A film's file as a module, with what the film alone uses; and an animation played to its end without a scene."""

from __future__ import annotations

import sys
from types import ModuleType

from manim import Animation

from manim_untangle.render.films import film


def props(name: str) -> ModuleType:
    """Return the file of a film as a module."""
    return sys.modules[film(name).load().__module__]


def played(animation: Animation) -> None:
    """Begin an animation and finish it."""
    animation.begin()
    animation.finish()
