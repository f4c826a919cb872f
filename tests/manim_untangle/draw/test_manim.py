"""What Manim has to be like for manim_untangle/draw/_manim.py; a failure here names what a new version has changed."""

from __future__ import annotations

import inspect
import re

import numpy as np
import pytest
from manim import (
    Animation,
    Camera,
    Circle,
    FadeIn,
    MathTypst,
    Mobject,
    MultiCamera,
    Scene,
    Square,
    ThreeDCamera,
    VGroup,
    VMobject,
    config,
    tempconfig,
)
from manim.constants import RendererType

from manim_untangle.draw._manim import CURVE_METHODS, SampledMobject
from manim_untangle.draw.batch import Batch
from manim_untangle.draw.dots import Dots
from manim_untangle.draw.polylines import Polylines
from netlib.errors import UntangleError

SPEAKS_OF_CURVES = re.compile(r"n_points_per|anchor|bezier|subpath|handle|curve", re.IGNORECASE)
# They use others' answers only: of scale_handle_to_anchor_distances, of get_anchors; or are not for others to call.
HARMLESS = {"apply_function", "get_points_defining_boundary", "_gen_subpaths_from_points"}


def batches() -> list[Batch]:
    x = np.linspace(-3, 3, 32)
    return [Polylines(np.column_stack([x, np.sin(x), 0 * x]), [0, 16]), Dots(np.random.default_rng(0).random((32, 3)))]


def code_of(function: object) -> str:
    """The source of a function without its docstring and comments."""
    return re.sub(r'""".*?"""|#[^\n]*', "", inspect.getsource(function), flags=re.DOTALL)


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (Camera, "display_vectorized", ["self", "vmobject", "ctx"]),
        (Camera, "display_multiple_non_background_colored_vmobjects", ["self", "vmobjects", "pixel_array"]),
        (Camera, "get_cairo_context", ["self", "pixel_array"]),
        (Camera, "transform_points_pre_display", ["self", "mobject", "points"]),
        (MultiCamera, "update_sub_cameras", ["self"]),
        (VMobject, "align_points", ["self", "vmobject"]),
        (VMobject, "interpolate_color", ["self", "mobject1", "mobject2", "alpha"]),
        (VMobject, "append_vectorized_mobject", ["self", "vectorized_mobject"]),
        (VMobject, "scale_handle_to_anchor_distances", ["self", "factor"]),
        (VMobject, "update_rgbas_array", ["self", "array_name", "color", "opacity"]),
        (Mobject, "match_points", ["self", "mobject", "copy_submobjects"]),
        (Animation, "_setup_scene", ["self", "scene"]),
        (Animation, "create_starting_mobject", ["self"]),
        (Animation, "clean_up_from_scene", ["self", "scene"]),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value),
)
def test_the_methods_that_the_drawing_room_hooks_or_calls_are_as_they_were(owner, name, parameters):
    assert list(inspect.signature(vars(owner)[name]).parameters) == parameters


def test_the_attributes_that_the_drawing_room_reads_are_there():
    assert isinstance(Camera().cairo_line_width_multiple, float)
    assert issubclass(ThreeDCamera, Camera)
    assert {member.name for member in RendererType} == {"CAIRO", "OPENGL"}
    assert isinstance(config.renderer, RendererType)
    assert {"rotation_matrix", "fixed_in_frame_mobjects"} <= set(vars(ThreeDCamera()))
    assert {"_on_finish", "starting_mobject", "scale_factor", "shift_vector"} <= set(vars(FadeIn(Square())))
    assert {"background_stroke_width", "background_stroke_rgbas", "stroke_rgbas", "fill_rgbas"} <= set(vars(Square()))


def test_a_letter_keeps_the_svg_path_that_it_was_made_from():
    assert all(letter.path_obj is not None for letter in MathTypst("x + y").family_members_with_points())


def test_every_method_of_manims_that_takes_points_for_handles_is_known():
    named = {
        name
        for kind in (VMobject, Mobject)
        for name, function in vars(kind).items()
        if inspect.isfunction(function) and SPEAKS_OF_CURVES.search(code_of(inspect.unwrap(function)))
    }
    ours = {name for kind in (SampledMobject, Batch) for name in vars(kind)} | set(vars(Polylines)) & set(vars(Dots))
    assert named - ours == HARMLESS
    assert not [name for name in CURVE_METHODS if not hasattr(VMobject, name)]


@pytest.mark.parametrize("name", CURVE_METHODS)
def test_a_method_for_curves_works_on_samples_or_says_what_to_write(name):
    for batch in batches():
        if getattr(type(batch), name) is getattr(SampledMobject, name):
            before = batch.points.copy()
            with pytest.raises(UntangleError, match=rf"^{type(batch).__name__} have no {name}\(\).*as_cubics\(\)"):
                getattr(batch, name)()
            np.testing.assert_array_equal(batch.points, before)


def test_a_camera_that_asks_for_curves_draws_nothing_instead_of_garbage(studio):
    camera = Camera(pixel_height=studio.height, pixel_width=studio.width)
    manims = inspect.unwrap(Camera.display_vectorized)
    for batch in batches():
        with pytest.raises(UntangleError, match="as_cubics"):
            manims(camera, batch, camera.get_cairo_context(camera.pixel_array))


def test_hooks_are_laid_once_and_leave_other_mobjects_to_manim(studio):
    batches()
    hooked = Camera.display_vectorized, VMobject.align_points, Mobject.match_points
    batches()
    assert hooked == (Camera.display_vectorized, VMobject.align_points, Mobject.match_points)
    camera = Camera(pixel_height=studio.height, pixel_width=studio.width)
    inspect.unwrap(Camera.display_vectorized)(camera, Square(3), camera.get_cairo_context(camera.pixel_array))
    assert (studio.picture(Square(3), camera=Camera) == camera.pixel_array).all()
    assert len(Circle().match_points(Square()).points) == 16


@pytest.mark.slow
def test_a_camera_of_ones_own_that_draws_its_own_way_draws_batches_too(studio):
    class Doubled(Camera):
        def display_vectorized(self, vmobject, ctx):
            super().display_vectorized(vmobject, ctx)
            return super().display_vectorized(vmobject.copy().shift((0, 2, 0)), ctx)

    drawn = Polylines([(-3, -1, 0), (3, -1, 0)], [0], stroke_width=20)
    expected = studio.picture(drawn, drawn.copy().shift((0, 2, 0)), camera=Camera)
    assert (studio.picture(drawn, camera=Doubled) == expected).all()
    assert expected[..., :3].max() == 255


@pytest.mark.parametrize("batch", range(2), ids=["Polylines", "Dots"])
@pytest.mark.parametrize(
    "turn",
    [
        lambda shape, batch: shape.align_data(batch),
        lambda shape, batch: shape.become(batch),
        lambda shape, batch: shape.match_points(batch),
        lambda shape, batch: shape.append_vectorized_mobject(batch),
    ],
    ids=["Transform", "become", "match_points", "append"],
)
def test_an_ordinary_mobject_does_not_take_samples_for_its_curves(batch, turn):
    batch = batches()[batch]
    for shape in (Circle(), Square(), VGroup(Circle())[0]):  # a circle has 32 points as well
        with pytest.raises(UntangleError, match=f"cannot turn into {type(batch).__name__}.*as_cubics"):
            turn(shape, batch)


def test_under_the_opengl_renderer_making_a_batch_says_which_renderer_to_ask_for():
    with tempconfig({"renderer": "opengl"}):
        for make in (lambda: Polylines(np.zeros((2, 3)), [0]), lambda: Dots(np.zeros((2, 3)))):
            with pytest.raises(UntangleError, match=r"^(Polylines|Dots) are drawn .* --renderer=cairo$"):
                make()
    assert batches()[0].width == 6


def test_a_plain_scene_asks_for_no_camera_of_ours():
    with tempconfig({"dry_run": True}):
        assert type(Scene().camera) is Camera
