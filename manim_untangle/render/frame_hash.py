"""What a segment's picture depends on, as one digest: the very data that the camera is about to draw.

A key made from the causes of a picture (code, weights, closures) misses the ones it cannot see: manim's own hash
overlooks changed weights in 9 of 14 ways of holding them. So the key here is made from the effect: of every frame, all
points, colours and widths that would be drawn, in order, and where the camera stands. Whatever holds the weights, if
the picture changes, these change; and where they do not change, neither does the picture. What turns them into pixels
and pixels into video (code, versions, settings) is the salt.

XXH3 with 128 bits: the data of a frame is up to a megabyte, and there is no adversary, only chance.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import lru_cache
from struct import pack
from typing import Any

import numpy as np
import xxhash
from manim import Mobject, PMobject, VMobject
from manim.camera.camera import Camera

# Of a camera: what it draws into, or derives from the rest.
NOT_SEEN = {
    "pixel_array", "background", "pixel_array_to_cairo_context", "display_funcs", "stills", "canvas",
    "rotation_matrix", "background_colored_vmobject_displayer",
}  # fmt: skip
DEEPEST = 8  # levels into objects that hold objects


class FrameHash:
    """Takes in the frames of one play, one after another.

    first: the digest after the first frame, None before.
    """

    def __init__(self, salt: bytes) -> None:
        self._hash = xxhash.xxh3_128(salt)
        self.first: str | None = None
        self.frames = 0

    def still(self, camera: Camera, mobjects: list[Mobject], seconds: float) -> None:
        """Take in what is painted once, behind all frames; and how long the play is meant to be."""
        self._hash.update(pack("d", seconds))
        self._background(camera)
        self._drawn(camera, mobjects)

    def frame(self, camera: Camera, mobjects: list[Mobject], repeat: int) -> None:
        """Take in what is painted anew in a frame, in order, shown `repeat` times."""
        self._hash.update(pack("q", repeat))
        self._camera(camera)
        self._drawn(camera, mobjects)
        self.frames += repeat
        if self.first is None:
            self.first = self._hash.hexdigest()

    @property
    def key(self) -> str:
        return self._hash.hexdigest()

    def _background(self, camera: Camera) -> None:
        background = np.ascontiguousarray(camera.background)
        plain = background.view(np.uint32)
        # a plain colour is nearly always what it is: telling so is faster than hashing a frame
        self._hash.update((plain[:1, :1] if (plain == plain[0, 0]).all() else plain).tobytes())

    def _camera(self, camera: Camera) -> None:
        for name, value in vars(camera).items():
            if name not in NOT_SEEN:
                self._hash.update(name.encode())
                self._value(value.points if isinstance(value, Mobject) else value)

    def _drawn(self, camera: Camera, mobjects: list[Mobject]) -> None:
        self._hash.update(pack("q", len(mobjects)))
        in_space = hasattr(camera, "fixed_in_frame_mobjects")
        for mobject in mobjects:
            if isinstance(mobject, VMobject):
                self._vmobject(mobject)
            else:
                self._other(mobject)
            if in_space:
                self._place_in_space(camera, mobject)

    def _vmobject(self, mobject: VMobject) -> None:
        """Take in what a camera reads of a vectorised mobject, through the same methods."""
        points, behind = mobject.points, mobject.get_stroke_width(True)
        fill, stroke = mobject.get_fill_rgbas(), mobject.get_stroke_rgbas()
        update = self._hash.update
        update(
            pack(
                "qdddqqii",
                len(points),
                vars(mobject).get("veil", 1.0),  # how far a fade lets it show: manim_untangle/draw/opacity_fade.py
                mobject.get_stroke_width(),
                behind,
                len(fill),
                len(stroke),
                mobject.joint_type.value,
                mobject.cap_style.value,
            )
        )
        update(_whole(points))
        update(_whole(fill))
        update(_whole(stroke))
        if behind:
            update(_whole(mobject.get_stroke_rgbas(True)))
        if len(fill) > 1 or len(stroke) > 1:
            update(np.array(mobject.get_gradient_start_and_end_points(), dtype=np.float64).tobytes())
        if mobject.background_image is not None:
            self._value(np.asarray(mobject.background_image))
        if not type(mobject).__module__.startswith("manim."):
            self._extras(mobject, _usual())

    def _other(self, mobject: Mobject) -> None:
        """Take in a point cloud, an image, or whatever else a camera may learn to draw: all of its data."""
        picture = {"pixel_array"} if hasattr(mobject, "camera") else set[str]()  # of another camera: it is drawn anew
        self._extras(mobject, {"submobjects", "updaters", "target", "saved_state", "name"} | picture)
        if isinstance(mobject, PMobject):
            self._hash.update(pack("d", mobject.stroke_width))

    def _extras(self, mobject: Mobject, usual: Iterable[str]) -> None:
        self._hash.update(type(mobject).__qualname__.encode())
        for name, value in vars(mobject).items():
            if name not in usual:
                self._hash.update(name.encode())
                self._value(value)

    def _place_in_space(self, camera: Any, mobject: Mobject) -> None:
        flags = mobject in camera.fixed_in_frame_mobjects, mobject in camera.fixed_orientation_mobjects
        self._hash.update(pack("???", *flags, bool(getattr(mobject, "shade_in_3d", False))))
        if flags[1]:
            self._value(camera.fixed_orientation_mobjects[mobject]())

    def _value(self, value: Any, depth: int = 0) -> None:
        """Take in data of any shape. Functions and other mobjects are no data: what they do shows in the frames."""
        update = self._hash.update
        if isinstance(value, np.ndarray) and value.dtype != object:
            update(f"{value.dtype.str}{value.shape}".encode())
            update(_whole(value))
        elif value is None or isinstance(value, (bool, int, float, complex, str, bytes, Enum, np.generic)):
            update(repr(value).encode())
        elif isinstance(value, (list, tuple, np.ndarray)):
            update(f"{len(value)}[".encode())
            for each in value:
                self._value(each, depth + 1)
        elif isinstance(value, dict):
            for key in sorted(value, key=repr):
                if not isinstance(key, Mobject):
                    self._value(key, depth + 1)
                    self._value(value[key], depth + 1)
        elif isinstance(value, Camera):
            self._camera(value)
        elif not callable(value) and not isinstance(value, (Mobject, set)) and depth < DEEPEST:
            update(type(value).__qualname__.encode())
            self._value(getattr(value, "__dict__", {}), depth + 1)
            for name in getattr(type(value), "__slots__", ()):
                self._value(getattr(value, name, None), depth + 1)


def _whole(array: Any) -> Any:
    return array if array.flags.c_contiguous else array.tobytes()


@lru_cache(maxsize=1)
def _usual() -> frozenset[str]:
    """Names of the attributes that every VMobject has; the ones that a camera reads are taken in by name."""
    return frozenset(vars(VMobject())) | {"background_image"}
