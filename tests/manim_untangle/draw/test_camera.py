"""Cameras: what they draw beside batches, in space, and of mobjects that stand still."""

from __future__ import annotations

import av
import numpy as np
import pytest
from manim import (
    DEGREES,
    Camera,
    Circle,
    Dot,
    Rectangle,
    Scene,
    Square,
    ThreeDCamera,
    VGroup,
    VMobject,
    linear,
    tempconfig,
)

from manim_untangle.draw.camera import BatchCamera
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from manim_untangle.draw.shapes import FlatArrow


def letters(count: int = 12) -> VGroup:
    """Something like text: filled, with holes, a hair of stroke, translucent."""
    rng = np.random.default_rng(2)
    shapes = (Circle(rng.uniform(0.05, 0.4)), Square(rng.uniform(0.05, 0.4)))
    return VGroup(
        *(
            shapes[k % 2].copy().shift(rng.uniform(-3, 3, 3) * (1, 1, 0)).set_fill("#FFFFFF", 0.3 + 0.7 * (k % 3 > 0))
            for k in range(count)
        )
    ).set_stroke("#FFCC00", width=0.5, opacity=0.8)


def frames(camera: Camera, *pictures: tuple[VMobject, ...]) -> list[np.ndarray]:
    taken = []
    for mobjects in pictures:
        camera.reset()
        camera.capture_mobjects(mobjects)
        taken.append(camera.pixel_array.astype(int))
    return taken


@pytest.fixture
def camera(studio) -> BatchCamera:
    return BatchCamera(pixel_height=studio.height, pixel_width=studio.width)


def test_still_mobjects_look_as_manim_draws_them(camera, studio):
    ground, text = Rectangle(width=20, height=20, fill_color="#224466", fill_opacity=1), letters()
    expected = studio.picture(ground, text, camera=Camera)
    for picture in frames(camera, *[(ground, text)] * 4):
        assert abs(picture - expected).max() <= 2
    assert len(camera.layer_cache.pictures) == 13 + 1  # each on its own, and all together


def test_a_still_mobject_that_changes_is_drawn_as_it_is_now(camera, studio):
    text = letters()
    frames(camera, *[(text,)] * 3)
    changes = [
        lambda: text.shift((0.3, 0, 0)),
        lambda: text[0].set_fill("#FF0000"),
        lambda: text.set_stroke(width=4),
        lambda: text.set_opacity(0.2),
        lambda: text[3].set_points_as_corners([(0, 0, 0), (1, 0, 0), (0, 1, 0)]),
        lambda: text[1].set_sheen(0.5, (1, 0, 0)),
        lambda: text[1].set_sheen(0.5, (0, 1, 0)),
        lambda: text[2].set_stroke("#00FF00", width=3, opacity=1, background=True),
    ]
    for change in changes:
        change()
        expected = studio.picture(text, camera=Camera)
        for picture in frames(camera, *[(text,)] * 3):
            assert abs(picture - expected).max() <= 2


def test_frames_of_a_play_do_not_depend_on_the_plays_before(camera, studio):
    text = letters()
    alone = BatchCamera(pixel_height=studio.height, pixel_width=studio.width)
    expected = frames(alone, *[(text,)] * 4)
    frames(camera, *[(text,)] * 3)
    camera.new_play()
    for picture, same in zip(frames(camera, *[(text,)] * 4), expected, strict=True):
        assert (picture == same).all()


def test_pictures_of_still_mobjects_are_bounded(camera, monkeypatch):
    monkeypatch.setattr("manim_untangle.draw.camera.LARGEST_TOTAL", 100_000)
    for k in range(40):
        frames(camera, *[(Square(1 + k / 50, fill_opacity=1),)] * 2)
    pictures = [picture for kept in camera.layer_cache.pictures.values() for picture in kept]
    assert camera.layer_cache.total == sum(4 * each.get_width() * each.get_height() for each in pictures)
    assert camera.layer_cache.total <= 100_000 + 200_000


def test_a_mobject_outside_the_frame_leaves_no_picture(camera):
    far = Square(fill_opacity=1).shift((40, 0, 0))
    assert frames(camera, (far,), (far,), (far,))[2][..., :3].max() == 0


def test_a_space_camera_projects_batches_as_manim_projects_its_own(likeness, studio):
    made = []
    for convert in (lambda b: b, lambda b: b.as_cubics()):
        camera = ThreeDCamera(pixel_height=studio.height, pixel_width=studio.width)
        camera.set_phi(60 * DEGREES)
        camera.set_theta(30 * DEGREES)
        t = np.linspace(0, 12, 400)
        helix = Polylines(np.column_stack([np.cos(t), np.sin(t), t / 5 - 1]), [0], color="#FFFFFF", stroke_width=4)
        made.append(frames(camera, (convert(helix),))[0])
    assert likeness(*made)[0] > 0.995


def test_in_space_the_nearer_of_two_markers_lies_on_top(studio):
    rgbas = np.array([(1, 0, 0, 1), (0, 0, 1, 1)], dtype=float)
    for centres, shown in (([(0, 0, 1), (0, 0, -1)], 0), ([(0, 0, -1), (0, 0, 1)], 2)):
        picture = studio.picture(Dots(centres, radius=0.5, rgbas=rgbas), camera=ThreeDCamera)
        assert picture[studio.height // 2, studio.width // 2, shown] == 255


def test_what_is_fixed_in_the_frame_is_not_turned(studio):
    camera = ThreeDCamera(pixel_height=studio.height, pixel_width=studio.width)
    camera.set_phi(60 * DEGREES)
    dots = Dots([(2, 1, 0)], radius=0.3)
    camera.add_fixed_in_frame_mobjects(dots)
    assert (frames(camera, (dots,))[0] == studio.picture(dots)).all()


def test_an_arrow_reaches_from_its_start_to_its_end(studio):
    arrow = FlatArrow(np.zeros(3), np.array([2.0, 0, 0]), "#FFFFFF")
    assert arrow.get_left()[0] == pytest.approx(0)
    assert arrow.get_right()[0] == pytest.approx(2)
    assert arrow.height == pytest.approx(0.22)
    arrow.reach(np.array([1.0, 1, 0]), np.array([1.0, 1.2, 0]))
    assert arrow.height == pytest.approx(0.2)
    assert arrow.width == pytest.approx(0.08)
    assert studio.picture(arrow.reach(np.ones(3), np.ones(3)))[..., :3].max() == 0


class Plain(Scene):
    """A scene as a user writes it, with Manim's own renderer and writer."""

    def construct(self) -> None:
        dots = Dots([(-3, 0, 0)], radius=0.5, color="#FF0000")
        self.add(dots, Dot((5, 3, 0)))
        self.play(dots.animate.shift((6, 0, 0)), run_time=1, rate_func=linear)


def test_a_scene_renders_under_plain_manim(tmp_path):
    quiet = {"progress_bar": "none", "verbosity": "ERROR", "disable_caching": True}
    size = {"pixel_width": 320, "pixel_height": 180, "frame_rate": 10}
    with tempconfig({"media_dir": str(tmp_path), **quiet, **size}):
        scene = Plain()
        scene.render()
        path = scene.renderer.file_writer.movie_file_path
    with av.open(str(path)) as video:
        decoded = [frame.to_ndarray(format="rgb24").astype(int) for frame in video.decode(video=0)]
    assert len(decoded) == 10
    for k in (0, 5, 9):
        red = np.clip(decoded[k][..., 0] - decoded[k][..., 1], 60, None) - 60
        middle = (red.sum(axis=0) @ np.arange(320)) / red.sum()
        assert middle == pytest.approx(160 + (0.6 * k - 3) * 22.5, abs=1.5)


def test_manims_own_cache_does_not_see_the_pictures(camera):
    from manim.utils.hashing import get_json

    frames(camera, (Square(),))
    before = get_json(camera)
    frames(camera, *[(letters(),)] * 3)
    assert get_json(camera) == before
