"""What the stage needs of Manim's cameras and curves beyond what Manim promises: all of it is in this file.

Manim takes the points of a VMobject for Bézier handles, in many places: each of its cameras draws them so, its methods
split, join and measure them so, and other mobjects turn into them so. A `SampledMobject` holds other points. This file
lets every camera of the Cairo renderer draw it, and stops everything that would take its points for handles.
tests/scenes/stage/test_manim.py names what a new version of Manim has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, NoReturn, Self

import cairo
import numpy as np
from manim import Camera, Mobject, ThreeDCamera, VMobject, config
from manim.constants import RendererType
from manim.typing import PixelArray
from numpy.typing import NDArray

from netlib.errors import UntangleError

Array = NDArray[np.float64]

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

    Making one raises UntangleError under the OpenGL renderer, which draws Bézier curves on its own, by shaders.
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

    def draw(self, camera: Camera, ctx: cairo.Context) -> None:
        """Draw the mobject as a camera sees it, into the pixels behind a Cairo context."""
        raise NotImplementedError

    def get_num_curves(self) -> int:
        """Return 0, for none of the points belongs to a Bézier curve."""
        return 0

    def scale_handle_to_anchor_distances(self, factor: float) -> Self:
        """Do nothing, for there are no handles: `apply_function` maps every point."""
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
    """Let `ours` answer a method of Manim's where an argument is a SampledMobject; once, however often asked.

    A subclass of Manim's cameras, also one that is not written yet, inherits the method. So no scene has to ask for a
    camera of ours.
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


def _draw(camera: Camera, mobject: SampledMobject, ctx: cairo.Context) -> Camera:
    mobject.draw(camera, ctx)
    return camera


def _refuse_as_source(self: Mobject, *args: Any, **kwargs: Any) -> NoReturn:
    """Manim would copy points between the two, or take them for equal where their numbers are."""
    kind = next(type(each).__name__ for each in args if isinstance(each, SampledMobject))
    raise UntangleError(
        f"{type(self).__name__} cannot turn into {kind}, whose points are not those of Bézier curves. "
        "Fade between them, or take the ordinary mobjects that as_cubics() returns"
    )


def placed(camera: Camera, mobject: Mobject, ctx: cairo.Context) -> Array:
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


def in_pixels(camera: Camera, stroke_width: float, ctx: cairo.Context) -> float:
    """Return a stroke's width in pixels from Manim's unit."""
    return float(max(0, stroke_width) * camera.cairo_line_width_multiple * ctx.get_matrix().xx)


def sees_depth(camera: Camera) -> bool:
    """Whether what is nearer lies on top, in what a camera draws."""
    return isinstance(camera, ThreeDCamera)


class RunCamera(Camera):
    """A camera that gets mobjects to draw run by run, instead of one by one."""

    def draw_run(
        self, vmobjects: Iterable[VMobject], ctx: cairo.Context, draw: Callable[[VMobject, cairo.Context], object]
    ) -> None:
        """Draw mobjects in order; `draw` is Manim's way to draw one of them."""
        raise NotImplementedError

    def display_multiple_non_background_colored_vmobjects(
        self, vmobjects: Iterable[VMobject], pixel_array: PixelArray
    ) -> None:
        self.draw_run(vmobjects, self.get_cairo_context(pixel_array), self.display_vectorized)
