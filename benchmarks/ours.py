"""The picture as our films stage it: batched lines and dots, moved by ApplyMove. A film file like any other."""

from __future__ import annotations

from manim import DOWN, LEFT, UP, Scene, linear

from benchmarks.picture import (
    CAPTION,
    CLASS_COLOURS,
    FORMULA,
    GRID_COLOUR,
    GRID_WIDTH,
    UNIT,
    Picture,
)
from manim_untangle.draw.camera import BatchCamera
from manim_untangle.draw.text import formula, words
from manim_untangle.stage.animations import ApplyMove
from manim_untangle.stage.marks import basis_vectors
from manim_untangle.stage.space import Space
from manim_untangle.stage.view import View


class Ours(Scene):
    """One ApplyMove for each move."""

    def __init__(self, **kwargs: object) -> None:
        kwargs.setdefault("camera_class", BatchCamera)
        super().__init__(**kwargs)

    def construct(self) -> None:
        picture = Picture.from_environment()
        space = Space(View(unit=UNIT, centre=(0.0, 0.0)), grid=False)
        space.add_straight(picture.line_ends(), GRID_COLOUR, GRID_WIDTH)
        for points, colour in zip(picture.classes(), CLASS_COLOURS, strict=True):
            space.add_dots(points, colour, radius=picture.radius)
        basis_vectors(space)
        caption, law = words(CAPTION).to_edge(DOWN), formula(FORMULA).to_corner(UP + LEFT)
        self.add(space, caption, law)
        for move in picture.moves():
            self.play(ApplyMove(space, move, run_time=picture.seconds, rate_func=linear))
