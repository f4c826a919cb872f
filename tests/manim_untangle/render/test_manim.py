"""What Manim has to be like for the renderer (draw/_manim.py); a failure here names what a new version has changed."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
from manim import Camera, Dot, MultiCamera, Scene, Square, ThreeDCamera, VGroup, VMobject, tempconfig
from manim.renderer.cairo_renderer import CairoRenderer
from manim.scene.scene_file_writer import SceneFileWriter
from manim.utils.family import extract_mobject_family_members

from manim_untangle.draw._manim import CAMERA_SCRATCH, SilentFileWriter, _parents, drawn_order, usual_attributes


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (CairoRenderer, "__init__", ["self", "file_writer_class", "camera_class", "skip_animations", "kwargs"]),
        (CairoRenderer, "play", ["self", "scene", "args", "kwargs"]),
        (CairoRenderer, "render", ["self", "scene", "time", "moving_mobjects"]),
        (CairoRenderer, "scene_finished", ["self", "scene"]),
        (Scene, "compile_animation_data", ["self", "animations", "play_kwargs"]),
        (Scene, "begin_animations", ["self"]),
        (Scene, "is_current_animation_frozen_frame", ["self"]),
        (Scene, "play_internal", ["self", "skip_rendering"]),
        (Camera, "capture_mobjects", ["self", "mobjects", "kwargs"]),
        (MultiCamera, "update_sub_cameras", ["self"]),
        (SceneFileWriter, "next_section", ["self", "name", "type_", "skip_animations"]),
        (SceneFileWriter, "add_sound", ["self", "sound_file", "time", "gain", "kwargs"]),
        (SceneFileWriter, "abort_encode_jobs", ["self", "reraise_encoder_failures"]),
    ],
    ids=lambda value: getattr(value, "__name__", None) or str(value),
)
def test_the_methods_that_the_renderer_calls_or_replaces_are_as_they_were(
    owner: type, name: str, parameters: list[str]
) -> None:
    assert list(inspect.signature(vars(owner)[name]).parameters) == parameters


def test_the_renderer_calls_what_manims_own_calls_in_its_order() -> None:
    source = inspect.getsource(CairoRenderer.play)
    calls = ("compile_animation_data", "begin_animations", "is_current_animation_frozen_frame", "play_internal")
    places = [source.index(f"scene.{call}(") for call in calls]
    assert places == sorted(places)
    assert "self.renderer.render(self, t, self.moving_mobjects)" in inspect.getsource(Scene.play_internal)


def test_the_attributes_that_the_renderer_reads_or_leaves_out_are_there() -> None:
    cameras = Camera(), ThreeDCamera()
    for camera in cameras:
        camera.capture_mobjects([Square()])
        camera.__deepcopy__({})  # sets canvas
    plain, space = map(vars, cameras)
    assert plain.keys() | space.keys() >= CAMERA_SCRATCH
    assert {"background", "frame_rate", "pixel_array", "pixel_array_to_cairo_context"} <= plain.keys()
    assert {"fixed_in_frame_mobjects", "fixed_orientation_mobjects"} <= space.keys()
    assert {"points", "fill_rgbas", "stroke_rgbas", "joint_type", "cap_style", "z_index"} <= usual_attributes()
    with tempconfig({"dry_run": True}):
        scene = vars(Scene())
    assert {"renderer", "duration", "static_mobjects", "moving_mobjects", "mobjects"} <= scene.keys()
    assert {"num_plays", "time", "skip_animations", "camera"} <= vars(CairoRenderer()).keys()


def test_every_method_that_manim_calls_on_a_file_writer_while_a_film_plays_is_there() -> None:
    for name in ("next_section", "add_sound", "abort_encode_jobs"):
        ours = list(inspect.signature(getattr(SilentFileWriter, name)).parameters)
        manims = list(inspect.signature(getattr(SceneFileWriter, name)).parameters)
        assert ours[:2] == manims[:2]


def family() -> list[Any]:
    inner = VGroup(Dot(), Square().set_z_index(-1), VGroup(Dot(), VMobject()))
    shared = Square()
    return [Square(), inner, VGroup(shared, Dot().set_z_index(2)), shared, inner]


def test_the_order_of_drawing_is_manims() -> None:
    mobjects = family()
    manims = extract_mobject_family_members(mobjects, use_z_index=True, only_those_with_points=True)
    assert [id(each) for each in drawn_order(mobjects)] == [id(each) for each in manims]
    members = [member for mobject in mobjects for member in mobject.get_family()]
    again = extract_mobject_family_members(_parents(members), use_z_index=True, only_those_with_points=True)
    assert {id(each) for each in again} == {id(each) for each in manims}
