"""What we need of Manim beyond what Manim promises: all of it is in this file, for drawing first, then for rendering.

Manim takes the points of a VMobject for Bézier handles: its cameras draw them so, its methods split, join and measure
them so, and other mobjects turn into them so. The points of a `SampledMobject` are no handles. This file lets every
camera of the Cairo renderer draw it, and stops every method that would take its points for handles.
tests/manim_untangle/draw/test_manim.py names what a new version of Manim has changed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache, wraps
from struct import pack
from typing import Any, NoReturn, Self, cast

import cairo
import numpy as np
from manim import Animation, Camera, FadeIn, FadeOut, Mobject, MultiCamera, Scene, ThreeDCamera, VMobject, config
from manim.constants import RendererType
from manim.renderer.cairo_renderer import CairoRenderer
from manim.typing import PixelArray
from numpy.typing import NDArray
from tqdm import tqdm

from netlib.errors import UntangleError

Array = NDArray[np.float64]
Pixels = NDArray[np.uint8]

# The methods of a VMobject that take its points for Bézier handles, or put handles in their place.
CURVE_METHODS = (
    "add_cubic_bezier_curve", "add_cubic_bezier_curve_to", "add_cubic_bezier_curves", "add_line_to",
    "add_points_as_corners", "add_quadratic_bezier_curve_to", "add_smooth_curve_to", "add_subpath", "append_points",
    "append_vectorized_mobject", "change_anchor_mode", "clear_points", "close_path", "force_direction",
    "gen_cubic_bezier_tuples_from_points", "gen_subpaths_from_points_2d", "get_anchors_and_handles", "get_arc_length",
    "get_cubic_bezier_tuples", "get_cubic_bezier_tuples_from_points", "get_curve_functions",
    "get_curve_functions_with_lengths", "get_direction", "get_end_anchors", "get_nth_curve_function",
    "get_nth_curve_function_with_length", "get_nth_curve_length", "get_nth_curve_length_pieces",
    "get_nth_curve_points", "get_pieces", "get_start_anchors", "get_subcurve", "get_subpath_split_indices_from_points",
    "get_subpaths", "get_subpaths_from_points", "has_new_path_started", "insert_n_curves",
    "insert_n_curves_to_point_list", "is_closed", "make_jagged", "make_smooth", "match_points",
    "point_from_proportion", "proportion_from_point", "repeat", "resize_points", "reverse_direction",
    "reverse_points", "set_anchors_and_handles", "set_cap_style", "set_points", "set_points_as_corners",
    "set_points_smoothly", "start_new_path",
)  # fmt: skip


class SampledMobject(VMobject):
    """A mobject whose points are no Bézier handles, and that draws itself.

    Making one raises UntangleError under the OpenGL renderer, whose shaders draw Bézier curves only.
    """

    def __init__(self, **kwargs: Any) -> None:
        if config.renderer == RendererType.OPENGL:
            name = type(self).__name__
            raise UntangleError(f"{name} are drawn by Manim's Cairo renderer only. Render with --renderer=cairo")
        _hook(Camera, "display_vectorized", _draw)  # every Cairo camera calls it for every VMobject that it draws
        _hook(VMobject, "align_points", _refuse_as_source)  # Transform, before it begins
        _hook(VMobject, "interpolate_color", _refuse_as_source)  # become and restore, which align no points
        _hook(VMobject, "append_vectorized_mobject", _refuse_as_source)
        _hook(Mobject, "match_points", _refuse_as_source)
        super().__init__(**kwargs)

    def draw(self, camera: Camera, ctx: cairo.Context[Any]) -> None:
        """Draw the mobject as a camera sees it, into the pixels behind a Cairo context."""
        raise NotImplementedError

    def get_num_curves(self) -> int:
        """Return 0: none of the points belongs to a Bézier curve."""
        return 0

    def scale_handle_to_anchor_distances(self, factor: float) -> Self:
        """Do nothing, since there are no handles: `apply_function` maps every point."""
        return self


def _refused(name: str) -> Callable[..., NoReturn]:
    def refuse(self: SampledMobject, *args: Any, **kwargs: Any) -> NoReturn:
        kind = type(self).__name__
        raise UntangleError(
            f"{kind} have no {name}(): their points are not those of Bézier curves. "
            "Take the ordinary mobjects that as_cubics() returns"
        )

    return refuse


for _name in CURVE_METHODS:
    setattr(SampledMobject, _name, _refused(_name))


_hooked = set[Callable[..., Any]]()


def _hook(owner: type, name: str, ours: Callable[..., Any]) -> None:
    """Replace a method of Manim's by `ours` where an argument is a SampledMobject. Further calls change nothing.

    Every subclass inherits the method, a user's own camera too. So no scene needs a camera of ours.
    """
    manims = getattr(owner, name)
    if manims in _hooked:
        return

    @wraps(manims)
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        sampled = not isinstance(self, SampledMobject) and any(isinstance(each, SampledMobject) for each in args)
        return (ours if sampled else manims)(self, *args, **kwargs)

    _hooked.add(method)
    setattr(owner, name, method)


def _draw(camera: Camera, mobject: SampledMobject, ctx: cairo.Context[Any]) -> Camera:
    with clipped(mobject, ctx):
        mobject.draw(camera, ctx)
    return camera


Clip = tuple[float, float, float, float]  # left, bottom, right, top, in scene units


def clip_of(mobject: Mobject) -> Clip | None:
    """Return the rectangle beyond which a mobject is not drawn, None where there is none."""
    # this runs for each letter in each frame, and getattr takes five times as long where the attribute is missing
    return cast("Clip | None", vars(mobject).get("clip"))


def set_clip(mobject: Mobject, clip: Clip | None) -> None:
    """Draw a mobject, with all its members, in a rectangle only: an attribute, so that copies have it."""
    for member in mobject.get_family():
        vars(member)["clip"] = clip


@contextmanager
def clipped(mobject: Mobject, ctx: cairo.Context[Any]) -> Iterator[None]:
    """Let nothing be drawn beyond a mobject's clip, whose edges are moved to those of pixels."""
    clip = clip_of(mobject)
    if clip is None:
        yield
        return
    (left, top), (right, bottom) = (ctx.user_to_device(*at) for at in ((clip[0], clip[3]), (clip[2], clip[1])))
    matrix = ctx.get_matrix()
    ctx.save()
    ctx.identity_matrix()
    ctx.new_path()
    ctx.rectangle(round(left), round(top), round(right) - round(left), round(bottom) - round(top))
    ctx.clip()
    ctx.set_matrix(matrix)
    try:
        yield
    finally:
        ctx.restore()


def _refuse_as_source(self: Mobject, *args: Any, **kwargs: Any) -> NoReturn:
    """Raise UntangleError where Manim would copy a SampledMobject's points into curves."""
    kind = next(type(each).__name__ for each in args if isinstance(each, SampledMobject))
    raise UntangleError(
        f"{type(self).__name__} cannot turn into {kind}, whose points are not those of Bézier curves. "
        "Fade between them, or take the ordinary mobjects that as_cubics() returns"
    )


def placed(camera: Camera, mobject: Mobject, ctx: cairo.Context[Any]) -> Array:
    """Return a mobject's points (N, 3) as a camera sees them: pixels and nearness; NaN where one is not finite."""
    finite = np.isfinite(mobject.points)
    whole = finite.all()
    # Manim's method moves all points to the origin where one is not finite
    points = camera.transform_points_pre_display(
        mobject, mobject.points if whole else np.where(finite, mobject.points, 0)
    )
    matrix = ctx.get_matrix()
    result = points * (matrix.xx, matrix.yy, 1.0)
    result += (matrix.x0, matrix.y0, 0.0)
    if not whole:
        result[~finite.all(axis=1)] = np.nan
    return np.asarray(result)


def in_pixels(camera: Camera, stroke_width: float, ctx: cairo.Context[Any]) -> float:
    """Return a stroke's width in pixels from Manim's unit."""
    return float(max(0, stroke_width) * camera.cairo_line_width_multiple * ctx.get_matrix().xx)


def sees_depth(camera: Camera) -> bool:
    """Return whether what is nearer lies on top in a camera's pictures."""
    return isinstance(camera, ThreeDCamera)


def without_svg_paths(mobject: VMobject) -> None:
    """Drop the SVG path that each letter keeps. Nothing reads it again, and it takes 9/10 of the time of a copy."""
    for letter in mobject.get_family():
        vars(letter)["path_obj"] = None


def fade_opacity(mobject: Mobject) -> float:
    """Return a mobject's opacity factor, from 0 to 1. A fade sets it, and leaves the mobject's colours as they are."""
    # this runs for each letter in each frame, and getattr takes five times as long where the attribute is missing
    return float(vars(mobject).get("fade_opacity", 1.0))


def set_fade_opacity(mobject: Mobject, factor: float) -> None:
    """Set a mobject's opacity factor: an attribute, so that copies have it and a frame's hash contains it."""
    vars(mobject)["fade_opacity"] = factor


Paint = Callable[[VMobject, "cairo.Context[Any]"], object]  # draws one mobject


class RunCamera(Camera):
    """A camera that gets mobjects to draw run by run, instead of one by one."""

    def draw_run(self, vmobjects: Iterable[VMobject], ctx: cairo.Context[Any], paint: Paint) -> None:
        """Draw mobjects in order, each with its opacity factor; `paint` is Manim's way to draw one of them."""
        raise NotImplementedError

    def display_vectorized(self, vmobject: VMobject, ctx: cairo.Context[Any]) -> Self:
        with clipped(vmobject, ctx):
            super().display_vectorized(vmobject, ctx)
        return self

    def display_multiple_non_background_colored_vmobjects(
        self, vmobjects: Iterable[VMobject], pixel_array: PixelArray
    ) -> None:
        self.draw_run(vmobjects, self.get_cairo_context(pixel_array), self.display_vectorized)


class OpacityFade(Animation):
    """A fade of Manim's with all its settings, drawn by opacity factors: the mobject itself changes, and no copies.

    Members of the mobject's family fade one after another where lag_ratio > 0. Playing it in a scene whose camera is
    not a RunCamera raises UntangleError.
    """

    def __init__(self, fade: FadeIn | FadeOut) -> None:
        self.arriving = isinstance(fade, FadeIn)
        super().__init__(
            fade.mobject,
            run_time=fade.run_time,
            rate_func=fade.rate_func,
            lag_ratio=fade.lag_ratio,
            reverse_rate_function=fade.reverse_rate_function,
            suspend_mobject_updating=fade.suspend_mobject_updating,
            introducer=fade.introducer,
            remover=fade.remover,
            name=str(fade),
            _on_finish=fade._on_finish,  # what a scene wants to be done at the end
        )

    def _setup_scene(self, scene: Scene) -> None:  # the first call with the scene, before anything is drawn
        if not isinstance(scene.camera, RunCamera):
            raise UntangleError("only the camera of a Film draws an OpacityFade. Play FadeIn or FadeOut instead")
        super()._setup_scene(scene)

    def create_starting_mobject(self) -> Mobject:
        self.before = [(each, fade_opacity(each)) for each in drawn_members(self)]  # some may be dimmed
        return cast(Mobject, self.mobject)  # Manim copies it here

    def interpolate_mobject(self, alpha: float) -> None:
        for k, (member, before) in enumerate(self.before):
            shown = self.get_sub_alpha(alpha, k, len(self.before))
            set_fade_opacity(member, shown if self.arriving else before * (1 - shown))

    def clean_up_from_scene(self, scene: Scene) -> None:
        super().clean_up_from_scene(scene)
        for member in drawn_members(self):
            set_fade_opacity(member, 1.0)


class Dim(Animation):
    """A change of the opacity factor of a mobject's members, but of some, in place: no copies are made.

    lit: the ids of members that get their whole opacity. factor: of the others. Playing it in a scene whose camera is
    not a RunCamera raises UntangleError.
    """

    def __init__(self, mobject: Mobject, lit: Container[int], factor: float, run_time: float = 0.5) -> None:
        self.lit, self.factor = lit, factor
        super().__init__(mobject, run_time=run_time)

    def _setup_scene(self, scene: Scene) -> None:
        if not isinstance(scene.camera, RunCamera):
            raise UntangleError("only the camera of a Film dims mobjects")
        super()._setup_scene(scene)

    def create_starting_mobject(self) -> Mobject:
        self.before = [(each, fade_opacity(each)) for each in drawn_members(self)]
        return cast(Mobject, self.mobject)

    def interpolate_mobject(self, alpha: float) -> None:
        share = self.rate_func(alpha)
        for member, before in self.before:
            after = 1.0 if id(member) in self.lit else self.factor
            set_fade_opacity(member, before + share * (after - before))


def drawn_members(animation: Animation) -> list[Mobject]:
    """Return the members with points of what an animation moves."""
    # Manim's annotation also allows mobjects of its OpenGL renderer
    return list(cast(Mobject, animation.mobject).family_members_with_points())


# ---- For rendering ----

# The attributes of cameras that they draw into, or derive from others.
CAMERA_SCRATCH = {
    "background", "background_colored_vmobject_displayer", "canvas", "display_funcs", "pixel_array",
    "pixel_array_to_cairo_context", "rotation_matrix",
}  # fmt: skip


class FrameRenderer(CairoRenderer):
    """Manim's Cairo renderer without its writer and its hashes. A subclass takes the frames.

    Its `play` has to make the calls of `CairoRenderer.play` in the same order: `begin_animations`, then
    `scene.play_internal` unless `scene.is_current_animation_frozen_frame()`. So a film looks the same under plain
    Manim. `skip_animations` makes `scene.play_internal` jump to the end of a play.
    """

    def __init__(self, scene: Scene, stop: Callable[[], None]) -> None:
        # Manim calls the class to make a camera: this one is the camera that the scene has
        super().__init__(camera_class=cast(type[Camera], lambda: scene.renderer.camera))
        scene.renderer = self
        self.file_writer = SilentFileWriter(stop)

    def begin_animations(self, scene: Scene, *args: Any, **kwargs: Any) -> tuple[list[Mobject], list[Mobject]]:
        """Begin the animations of `scene.play(*args, **kwargs)`; return what stands still in it and what moves.

        Manim lists members of families along with their parents; these are the parents alone.
        """
        scene.compile_animation_data(*args, **kwargs)
        scene.begin_animations()
        return _parents(scene.static_mobjects), _parents(scene.moving_mobjects)

    def render(self, scene: Scene, time: float, moving_mobjects: Iterable[Mobject] | None = None) -> None:
        """Take a frame. Manim calls this once a frame, when the animations have put everything in its place."""
        raise NotImplementedError

    def background(self) -> Pixels:
        """Return the camera's background (height, width, 4)."""
        assert self.camera.background is not None
        return self.camera.background.view(np.uint8)

    def paint(self, mobjects: list[Mobject], ground: Pixels, buffer: Pixels) -> None:
        """Copy `ground` into `buffer`, both (height, width, 4), and draw mobjects upon it in order.

        The camera draws into its pixel_array. It keeps a Cairo context for each array, which holds where the camera
        was when it made the context. So each picture gets a new context.
        """
        np.copyto(buffer, ground)
        self.camera.pixel_array_to_cairo_context.clear()
        self.camera.pixel_array = cast(PixelArray, buffer)
        if mobjects:
            self.camera.capture_mobjects(mobjects, include_submobjects=False)

    def fit_cameras(self) -> None:
        """Fit the cameras of a MultiCamera to their displays. Drawing does so too, but that is after the hash."""
        if isinstance(self.camera, MultiCamera):
            self.camera.update_sub_cameras()


class SilentFileWriter:
    """Stands in for Manim's file writer. It writes nothing, and notes whether a section is skipped."""

    def __init__(self, stop: Callable[[], None]) -> None:
        self.stop = stop
        self.skipping = False
        self.subcaptions: list[Any] = []

    def next_section(self, name: str, type_: str, skip_animations: bool) -> None:
        self.skipping = skip_animations

    def add_sound(self, sound_file: str, *_: Any, **__: Any) -> None:
        raise UntangleError(f"{sound_file}: our films are silent. Render with plain manim to keep the sound")

    def abort_encode_jobs(self, reraise_encoder_failures: bool = False) -> None:
        self.stop()


def _parents(mobjects: list[Mobject]) -> list[Mobject]:
    """Return the mobjects that are not children of others in the list."""
    children = {id(child) for mobject in mobjects for child in mobject.submobjects}
    return [mobject for mobject in mobjects if id(mobject) not in children]


def drawn_order(parents: list[Mobject]) -> list[Mobject]:
    """Return all members of the mobjects' families that have points, in the order in which a camera draws them.

    They are sorted by z_index. A mobject that appears several times counts where it appears last. Manim's
    `extract_mobject_family_members(parents, use_z_index=True, only_those_with_points=True)` returns the same, but walks
    a family again for each of its members.
    """
    found: list[Mobject] = []
    waiting = list(reversed(parents))
    while waiting:
        mobject = waiting.pop()
        if len(mobject.points):
            found.append(mobject)
        if mobject.submobjects:
            waiting.extend(reversed(mobject.submobjects))
    if len({id(mobject) for mobject in found}) < len(found):
        by_identity = {id(mobject): mobject for mobject in reversed(found)}
        found = list(reversed(by_identity.values()))
    found.sort(key=lambda mobject: mobject.z_index)
    return found


def camera_settings(camera: Camera) -> Iterator[tuple[str, Any]]:
    """Yield the attributes of a camera that decide what a picture looks like."""
    return ((name, value) for name, value in vars(camera).items() if name not in CAMERA_SCRATCH)


def place_in_space(camera: ThreeDCamera, mobject: Mobject) -> tuple[bytes, Any]:
    """Return how a camera in space places and shades a mobject: flags, and the centre that it turns about or None."""
    centre = camera.fixed_orientation_mobjects.get(mobject)
    in_frame = mobject in camera.fixed_in_frame_mobjects
    shaded = bool(getattr(mobject, "shade_in_3d", False))
    return pack("???", in_frame, centre is not None, shaded), None if centre is None else centre()


@lru_cache(maxsize=1)
def usual_attributes() -> frozenset[str]:
    """Return the names of the attributes that every VMobject has."""
    return frozenset(vars(VMobject())) | {"background_image"}


def silence_progress_bars() -> None:
    """Keep tqdm, which Manim uses even where it shows no bar, from making a lock of all processes and a thread."""
    tqdm.set_lock(threading.RLock())
    tqdm.monitor_interval = 0
