"""Fades by an opacity factor look like Manim's, and leave the mobject as it was."""

from __future__ import annotations

import numpy as np
import pytest
from manim import UP, FadeIn, FadeOut, Group, ImageMobject, Scene, Square, VGroup, tempconfig

from manim_untangle.draw._manim import fade_opacity
from manim_untangle.draw.camera import BatchCamera, OpacityFade, as_opacity_fade
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines


def mobjects() -> dict[str, object]:
    return {
        "ordinary": Square(2, color="#FF0000", fill_opacity=0.5),
        "lines": Polylines([(-3, 0, 0), (3, 1, 0)], [0], color="#00FF00", stroke_width=8),
        "dots": Dots([(0, 1, 0)], radius=0.5, color="#0000FF", outline_width=0),
    }


@pytest.mark.parametrize("name", sorted(mobjects()))
@pytest.mark.parametrize("kind", [FadeIn, FadeOut])
def test_an_opacity_fade_shows_what_manims_fade_shows(studio, name, kind):
    for alpha in (0.0, 0.3, 0.8):
        pictures = []
        for convert in (lambda animation: animation, as_opacity_fade):
            animation = convert(kind(mobjects()[name], rate_func=lambda t: t))
            animation.begin()
            animation.interpolate(alpha)
            pictures.append(studio.picture(animation.mobject))
        # Manim fades a stroke and its fill one by one, so that they shine through each other where they overlap
        assert abs(pictures[0] - pictures[1]).mean() < 0.35
        assert (pictures[1][..., :3].max() == 0) == (kind is FadeIn and alpha == 0)


def test_fades_that_move_or_scale_and_fades_of_pictures_stay_manims():
    picture = ImageMobject(np.zeros((2, 2, 3), np.uint8))
    for animation in (FadeIn(Square(), shift=UP), FadeOut(Square(), scale=2), FadeIn(Group(Square(), picture))):
        assert as_opacity_fade(animation) is animation
    assert isinstance(as_opacity_fade(FadeIn(Square())), OpacityFade)


def test_members_fade_one_after_another_where_they_lag():
    group = VGroup(Square(), Square(), Square())
    animation = as_opacity_fade(FadeIn(group, lag_ratio=1.0, rate_func=lambda t: min(max(t, 0), 1)))
    animation.begin()
    animation.interpolate(0.5)
    assert [fade_opacity(member) for member in group] == [1.0, 0.5, 0.0]


class Fades(Scene):
    def __init__(self, **kwargs: object) -> None:
        super().__init__(camera_class=BatchCamera, **kwargs)

    def construct(self) -> None:
        self.square = Square()
        self.play(as_opacity_fade(FadeIn(self.square)))
        self.came = self.square in self.mobjects
        self.play(as_opacity_fade(FadeOut(self.square)))


def test_a_fade_adds_and_removes_its_mobject_and_leaves_it_bare(tmp_path):
    quiet = {"progress_bar": "none", "verbosity": "ERROR", "dry_run": True, "frame_rate": 5}
    with tempconfig({"media_dir": str(tmp_path), "pixel_width": 64, "pixel_height": 36, **quiet}):
        scene = Fades()
        scene.render()
    assert scene.came
    assert scene.square not in scene.mobjects
    assert fade_opacity(scene.square) == 1


def test_the_opacity_factor_counts_in_the_hash_of_a_frame():
    from manim_untangle.render.frame_hash import FrameHash

    keys = set()
    for factor in (0.2, 0.7, 1.0):
        square, frame_hash = Square(), FrameHash(b"")
        square.fade_opacity = factor
        frame_hash.add_frame(BatchCamera(pixel_width=32, pixel_height=18), [square], 1)
        keys.add(frame_hash.key)
    assert len(keys) == 3
