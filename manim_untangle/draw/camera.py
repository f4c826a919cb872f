"""The camera of a Film: it keeps pictures of what stands still, and lets fades show mobjects in part."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from typing import Any

import cairo
from manim import VMobject

from manim_untangle.draw._manim import RunCamera, SampledMobject
from manim_untangle.draw.layer_cache import LayerCache


class BatchCamera(RunCamera):
    """Manim's camera, which draws ordinary mobjects that stand still from their picture.

    A renderer that draws plays in any order calls `new_play` before each, for the same frames in every order.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.stills = LayerCache()
        super().__init__(*args, **kwargs)

    def new_play(self) -> None:
        """Say that another play begins."""
        self.stills.new_play()

    def draw_run(
        self, vmobjects: Iterable[VMobject], ctx: cairo.Context, draw: Callable[[VMobject, cairo.Context], object]
    ) -> None:
        for sampled, run in itertools.groupby(vmobjects, lambda vmobject: isinstance(vmobject, SampledMobject)):
            if sampled:
                for vmobject in run:
                    draw(vmobject, ctx)
            else:
                self.stills.draw(run, ctx, draw)
