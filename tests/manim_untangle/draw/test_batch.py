"""Batches stay ordinary mobjects: what Manim does to a mobject is done to all their lines or markers at once."""

from __future__ import annotations

import copy

import numpy as np
import pytest
from manim import (
    RED,
    YELLOW,
    ApplyPointwiseFunction,
    Camera,
    Circle,
    Create,
    FadeIn,
    FadeOut,
    Group,
    MoveAlongPath,
    Rotate,
    Transform,
    Uncreate,
    VGroup,
)

from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from netlib.errors import UnknownName, UntangleError


def zigzag(lines: int = 3, size: int = 9, **style: object) -> Polylines:
    x = np.linspace(-3, 3, size)
    samples = [np.column_stack([x, k + 0.3 * np.sin(3 * x + k), 0 * x]) for k in range(lines)]
    return Polylines(np.concatenate(samples), size * np.arange(lines), **style)


def cloud(count: int = 20, **style: object) -> Dots:
    return Dots(np.random.default_rng(1).uniform(-3, 3, (count, 3)) * (1, 1, 0), **style)


def played(animation, *alphas: float):
    """Run an animation to each of the given shares in turn; return its mobject."""
    animation.begin()
    for alpha in alphas:
        animation.interpolate(alpha)
    return animation.mobject


@pytest.mark.parametrize("make", [zigzag, cloud])
def test_points_are_moved_by_manims_own_methods(make):
    batch, before = make(), make().points
    batch.shift((1, 2, 0))
    np.testing.assert_allclose(batch.points, before + np.array([1, 2, 0]))
    batch.shift((-1, -2, 0)).scale(2, about_point=np.zeros(3))
    np.testing.assert_allclose(batch.points, 2 * before)
    batch.rotate(np.pi / 2, about_point=np.zeros(3))
    np.testing.assert_allclose(batch.points, 2 * before[:, [1, 0, 2]] * (-1, 1, 1), atol=1e-12)
    batch.move_to((0, 0, 0))
    np.testing.assert_allclose(batch.get_center(), 0, atol=1e-12)


def test_extent_is_that_of_the_points():
    line = Polylines([(-1, 0, 0), (3, 2, 0)], [0])
    assert (line.width, line.height) == (4, 2)
    np.testing.assert_allclose(line.get_corner((1, 1, 0)), (3, 2, 0))
    np.testing.assert_allclose(VGroup(line, Dots([(9, 9, 0)])).get_corner((1, 1, 0)), (9, 9, 0))


@pytest.mark.parametrize("make", [zigzag, cloud])
def test_a_copy_is_independent(make):
    batch = make()
    for other in (batch.copy(), copy.deepcopy(batch)):
        other.shift((5, 0, 0)).set_color(RED)
        np.testing.assert_allclose(batch.points, make().points)
        np.testing.assert_allclose(batch.colour(), make().colour())


@pytest.mark.parametrize("make", [zigzag, cloud])
def test_fading_in_and_out_changes_opacity_only(make):
    batch = played(FadeIn(make()), 0.0)
    assert batch.colour()[3] == 0
    played(FadeOut(batch.set_opacity(1.0)), 0.5)
    assert batch.colour()[3] == pytest.approx(0.5)
    np.testing.assert_allclose(batch.points, make().points)


@pytest.mark.parametrize("make", [zigzag, cloud])
def test_own_colours_fade_with_the_mobject_and_give_way_to_a_new_colour(make):
    batch = make()
    rgbas = np.random.default_rng(0).random((len(batch.points), 4))
    batch.set_rgbas(rgbas).set_opacity(0.5)
    np.testing.assert_allclose(batch.point_rgbas(), rgbas * (1, 1, 1, 0.5))
    batch.set_color(YELLOW)
    np.testing.assert_allclose(batch.point_rgbas(), [[*YELLOW.to_rgb(), 0.5]])


@pytest.mark.parametrize("make", [zigzag, cloud])
def test_transform_goes_straight_between_equals_in_place_and_colour(make):
    target = make(color=RED).shift((2, 0, 0))
    batch = played(Transform(make(color=YELLOW), target), 0.0, 0.5)
    np.testing.assert_allclose(batch.points, make().points + np.array([1, 0, 0]))
    np.testing.assert_allclose(batch.colour()[:3], (RED.to_rgb() + YELLOW.to_rgb()) / 2)
    batch = played(Transform(make(), target.set_rgbas(np.ones((len(target.points), 4)))), 1.0)
    np.testing.assert_allclose(batch.point_rgbas(), 1.0)


def test_lines_of_different_sampling_turn_into_each_other():
    coarse, fine = zigzag(size=5), zigzag(size=12).shift((0, 1, 0))
    batch = played(Transform(coarse, fine), 0.0, 1.0)
    np.testing.assert_allclose(batch.points, fine.points)
    assert list(batch.starts) == [0, 12, 24]
    start = played(Transform(zigzag(size=5), fine), 0.0)
    np.testing.assert_allclose(start.points[start.starts], zigzag(size=5).points[[0, 5, 10]])


def test_dots_shrink_into_smaller_dots():
    assert played(Transform(cloud(radius=0.1), cloud(radius=0.3)), 0.5).radius == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("first", "second"), [(zigzag(3), zigzag(2)), (zigzag(), Circle()), (cloud(3), cloud(4)), (cloud(), zigzag())]
)
def test_what_cannot_turn_into_each_other_says_so(first, second):
    with pytest.raises(UntangleError, match="cannot turn into"):
        played(Transform(first, second))


def test_create_grows_every_line_from_its_start_by_its_own_samples():
    half = played(Create(zigzag(2, 5), rate_func=lambda t: t), 0.0, 0.375)
    whole = zigzag(2, 5).points
    assert list(half.starts) == [0, 3]
    np.testing.assert_allclose(half.points[:2], whole[:2])
    np.testing.assert_allclose(half.points[2], (whole[1] + whole[2]) / 2)
    assert len(played(Create(zigzag(2, 5)), 1.0).points) == 10
    assert np.ptp(played(Uncreate(zigzag(1, 5)), 1.0).points, axis=0).max() == 0


def test_create_closes_a_closed_line_at_the_end_only():
    ring = Polylines([(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 1, 0)], [0], closed=True)
    growing = played(Create(ring.copy(), rate_func=lambda t: t), 0.875)
    assert not growing.closed
    np.testing.assert_allclose(growing.points[-1], (0, 0.5, 0))
    assert played(Create(ring), 1.0).closed


@pytest.mark.slow
def test_create_shows_markers_one_after_another(studio):
    growing = played(Create(cloud(20), rate_func=lambda t: t), 0.0, 0.25)
    assert len(growing.as_cubics()) == 5
    assert (studio.picture(growing) == studio.picture(Dots(growing.points[:5]))).all()
    assert len(played(Create(cloud(20)), 1.0).as_cubics()) == 20


def test_rotation_and_groups_treat_batches_like_other_mobjects():
    group = Group(zigzag(), cloud(), Circle())
    before = [member.points.copy() for member in group]
    played(Rotate(group, np.pi, about_point=np.zeros(3)), 1.0)
    for member, points in zip(group, before, strict=True):
        np.testing.assert_allclose(member.points, points * (-1, -1, 1), atol=1e-9)


def test_z_index_decides_what_lies_on_top(raster, studio):
    below = Dots([(0, 0, 0)], radius=1, color="#FF0000")
    above = Polylines([(-2, 0, 0), (2, 0, 0)], [0], color="#00FF00", stroke_width=40)
    middle = (studio.height // 2, studio.width // 2)
    assert tuple(studio.picture(below, above)[middle][:3]) == (0, 255, 0)
    above.set_z_index(-1)
    assert tuple(studio.picture(below, above)[middle][:3]) == (255, 0, 0)


def test_ordinary_mobjects_are_the_fallback_for_other_renderers(studio, likeness):
    for batch in (zigzag(closed=True, stroke_width=3), cloud(marker="ring"), cloud(marker="cross")):
        plain = studio.picture(batch.as_cubics(), camera=Camera)
        assert likeness(studio.picture(batch), plain)[0] > 0.99


@pytest.mark.parametrize("size", [9, 10, 11, 12])
def test_a_function_is_applied_to_every_point(size):
    def wave(point: np.ndarray) -> np.ndarray:
        return point + np.array([np.sin(3 * point[1]), 0.1 * point[0] ** 2, 0])

    for batch in (zigzag(size=size), cloud(size)):
        expected = np.array([wave(point) for point in batch.points])
        np.testing.assert_allclose(batch.copy().apply_function(wave).points, expected)
        np.testing.assert_allclose(played(ApplyPointwiseFunction(wave, batch), 1.0).points, expected)


def test_lines_are_a_path_as_long_as_manims(studio):
    one = zigzag(1, 30)
    (cubic,) = one.as_cubics()
    assert one.get_arc_length() == pytest.approx(cubic.get_arc_length())
    for share in (0, 0.31, 0.5, 0.97, 1):
        np.testing.assert_allclose(one.point_from_proportion(share), cubic.point_from_proportion(share), atol=1e-6)
    dot = played(MoveAlongPath(Circle(0.1), one, rate_func=lambda t: t), 0.0, 0.5)
    np.testing.assert_allclose(dot.get_center(), cubic.point_from_proportion(0.5), atol=1e-6)
    np.testing.assert_allclose((*one.get_start(), *one.get_end()), (*cubic.get_start(), *cubic.get_end()))


def test_the_way_along_several_lines_skips_what_lies_between_them():
    pair = Polylines([(0, 0, 0), (1, 0, 0), (5, 1, 0), (5, 2, 0), (4, 2, 0)], [0, 2])
    assert pair.get_arc_length() == 3
    np.testing.assert_allclose(pair.point_from_proportion(0.5), (5, 1.5, 0))
    pair.closed = True
    assert pair.get_arc_length() == pytest.approx(2 + 2 + np.sqrt(2))
    np.testing.assert_allclose(pair.get_end(), (5, 1, 0))


@pytest.mark.parametrize("make", [zigzag, cloud])
def test_a_batch_becomes_another_of_its_kind_and_no_other(make):
    other = make(7).set_color(RED).shift((1, 0, 0))
    batch = make().become(other)
    np.testing.assert_allclose(batch.points, other.points)
    np.testing.assert_allclose(batch.point_rgbas(), other.point_rgbas())
    for wrong in (Circle(), cloud() if make is zigzag else zigzag()):
        with pytest.raises(UntangleError, match="cannot turn into"):
            make().become(wrong)


def test_a_saved_state_comes_back():
    lines = zigzag(3, 8).set_rgbas(np.random.default_rng(0).random((24, 4)))
    lines.save_state()
    before = lines.copy()
    lines.shift((1, 0, 0)).set_samples(np.zeros((4, 3)), [0, 2]).set_color(RED).restore()
    np.testing.assert_allclose(lines.points, before.points)
    np.testing.assert_allclose(lines.point_rgbas(), before.point_rgbas())
    assert list(lines.starts) == [0, 8, 16]


def test_a_background_stroke_lies_behind(raster, studio, likeness):
    for batch in (zigzag(stroke_width=6), cloud(radius=0.3)):
        batch.set_stroke("#FF0000", 24, opacity=0.7, background=True)
        plain = studio.picture(batch.as_cubics(), camera=Camera)
        assert likeness(studio.picture(batch), plain)[0] > 0.98
        assert (plain[..., 0] > 150).sum() > 1000


@pytest.mark.parametrize("make", [zigzag, cloud])
def test_a_gradient_and_a_sheen_are_refused_in_one_line(make):
    for wrong in (
        lambda: make().set_color([RED, YELLOW]),
        lambda: make(color=[RED, YELLOW]),
        lambda: make().set_sheen(0.5),
        lambda: make().set_stroke([RED, YELLOW], 3, background=True),
    ):
        with pytest.raises(UntangleError, match="give them one colour, or each point its rgbas"):
            wrong()


def test_replaced_samples_may_differ_in_number_together_with_their_lines():
    lines = zigzag()
    with pytest.raises(ValueError, match="starts"):
        lines.set_samples(np.zeros((4, 3)))
    assert list(lines.set_samples(np.zeros((4, 3)), [0, 2]).sizes) == [2, 2]
    dots = cloud(3).set_rgbas(np.ones((3, 4)))
    assert dots.set_centres(np.zeros((5, 3))).rgbas is None


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Polylines(np.zeros((4, 2)), [0]),
        lambda: Polylines(np.zeros((4, 3)), [1]),
        lambda: Polylines(np.zeros((4, 3)), [0, 5]),
        lambda: Polylines(np.zeros((4, 3)), [0, 3, 2]),
        lambda: Polylines(np.zeros((4, 3)), [0], rgbas=np.ones((3, 4))),
        lambda: Dots(np.zeros(3)),
        lambda: Dots(np.zeros((2, 3)), rgbas=np.ones((2, 3))),
    ],
)
def test_arrays_of_the_wrong_shape_are_refused(wrong):
    with pytest.raises(ValueError, match=r"shape|starts must rise"):
        wrong()


def test_an_unknown_marker_names_the_nearest():
    with pytest.raises(UnknownName, match="square"):
        Dots(np.zeros((1, 3)), marker="sqare")


def test_batches_without_points_are_fine(studio):
    nothing = Polylines(np.empty((0, 3)), []), Dots(np.empty((0, 3)))
    assert studio.picture(*nothing)[..., :3].max() == 0
    assert len(nothing[0].as_cubics()) == 0
