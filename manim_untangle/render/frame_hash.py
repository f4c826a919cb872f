"""Frame hashes: the key of a segment is a hash of the data that the camera is about to draw.

A key made from the causes of a picture (code, weights, closures) misses some: Manim's own hash overlooks changed
weights in 9 of 14 ways to hold them. So the key is made from the effect: for each frame, all points, colours and widths
to draw, in order, and the settings of the camera. If the picture changes, so do these, whatever holds the weights; and
where they do not change, neither does the picture. What turns them into pixels and pixels into video (code, versions,
settings) is hashed as the toolchain's fingerprint.

The hash is XXH3 with 128 bits: the data of a frame takes up to a megabyte, and nobody tries to make hashes collide.
"""

from __future__ import annotations

from collections.abc import Collection
from enum import Enum
from struct import pack
from typing import Any

import numpy as np
import xxhash
from manim import Camera, Mobject, PMobject, ThreeDCamera, VMobject

from manim_untangle.draw._manim import camera_settings, clip_of, fade_opacity, place_in_space, usual_attributes
from manim_untangle.draw.camera import LayerCache

DEEPEST = 8  # levels of objects that hold objects
NOT_DRAWN = {"submobjects", "updaters", "target", "saved_state", "name"}  # attributes of every mobject
PLAIN = (bool, int, float, complex, str, bytes, slice, range, Enum, np.generic)  # types whose repr says everything


class FrameHash:
    """The hash of the frames of one play, which are added one after another.

    first: the hash after the first frame, None before it. frames: how many were added.
    """

    def __init__(self, fingerprint: bytes) -> None:
        self._hash = xxhash.xxh3_128(fingerprint)
        self.first: str | None = None
        self.frames = 0

    def add_still(self, camera: Camera, mobjects: list[Mobject], seconds: float) -> None:
        """Add what is drawn once, behind all frames, and the length that the play is meant to have."""
        self._hash.update(pack("d", seconds))
        background = np.ascontiguousarray(camera.background).view(np.uint32)
        # nearly every background has one colour, and comparing pixels is faster than hashing them
        self._hash.update((background[:1, :1] if (background == background[0, 0]).all() else background).tobytes())
        self._add_mobjects(camera, mobjects)

    def add_frame(self, camera: Camera, mobjects: list[Mobject], repeat: int) -> None:
        """Add what is drawn anew in a frame, in order, and for how many frames it is shown."""
        self._hash.update(pack("q", repeat))
        self._add_camera(camera)
        self._add_mobjects(camera, mobjects)
        self.frames += repeat
        if self.first is None:
            self.first = self._hash.hexdigest()

    @property
    def key(self) -> str:
        """The hash of all that was added."""
        return self._hash.hexdigest()

    def _add_camera(self, camera: Camera) -> None:
        for name, value in camera_settings(camera):
            if not isinstance(value, LayerCache):  # pictures of what is hashed already
                self._hash.update(name.encode())
                self._add(value.points if isinstance(value, Mobject) else value)

    def _add_mobjects(self, camera: Camera, mobjects: list[Mobject]) -> None:
        self._hash.update(pack("q", len(mobjects)))
        for mobject in mobjects:
            if isinstance(mobject, VMobject):
                self._add_vmobject(mobject)
            else:
                self._add_other(mobject)
            if isinstance(camera, ThreeDCamera):
                for value in place_in_space(camera, mobject):
                    self._add(value)

    def _add_vmobject(self, mobject: VMobject) -> None:
        """Add what a camera reads of a VMobject, through the same methods."""
        points, behind = mobject.points, mobject.get_stroke_width(True)
        fill, stroke = mobject.get_fill_rgbas(), mobject.get_stroke_rgbas()
        joint, cap = mobject.joint_type.value, mobject.cap_style.value
        numbers = (fade_opacity(mobject), mobject.get_stroke_width(), behind)
        self._hash.update(pack("qdddqqii", len(points), *numbers, len(fill), len(stroke), joint, cap))
        for array in (points, fill, stroke, *([mobject.get_stroke_rgbas(True)] if behind else [])):
            self._hash.update(_contiguous(array))
        if len(fill) > 1 or len(stroke) > 1:
            self._hash.update(np.array(mobject.get_gradient_start_and_end_points(), dtype=np.float64).tobytes())
        if mobject.background_image is not None:
            self._add(np.asarray(mobject.background_image))
        if (clip := clip_of(mobject)) is not None:
            self._hash.update(pack("4d", *clip))
        if not type(mobject).__module__.startswith("manim."):
            self._add_attributes(mobject, usual_attributes())

    def _add_other(self, mobject: Mobject) -> None:
        """Add all data of a point cloud, an image, or anything else that a camera may draw."""
        # the picture of another camera is drawn anew for each frame
        picture = {"pixel_array"} if hasattr(mobject, "camera") else set[str]()
        self._add_attributes(mobject, NOT_DRAWN | picture)
        if isinstance(mobject, PMobject):
            self._hash.update(pack("d", mobject.stroke_width))

    def _add_attributes(self, mobject: Mobject, without: Collection[str]) -> None:
        self._hash.update(type(mobject).__qualname__.encode())
        for name, value in vars(mobject).items():
            if name not in without:
                self._hash.update(name.encode())
                self._add(value)

    def _add(self, value: Any, depth: int = 0) -> None:
        """Add data of any type. Functions and other mobjects are left out: the frames show what they do."""
        update = self._hash.update
        if isinstance(value, np.ndarray) and value.dtype != object:
            update(f"{value.dtype.str}{value.shape}".encode())
            update(_contiguous(value))
        elif value is None or isinstance(value, PLAIN):
            update(repr(value).encode())
        elif isinstance(value, (list, tuple, np.ndarray)):
            update(f"{len(value)}[".encode())
            for each in value:
                self._add(each, depth + 1)
        elif isinstance(value, dict):
            for key in sorted(value, key=repr):
                if not isinstance(key, Mobject):
                    self._add(key, depth + 1)
                    self._add(value[key], depth + 1)
        elif isinstance(value, Camera):
            self._add_camera(value)
        elif not callable(value) and not isinstance(value, (Mobject, set)) and depth < DEEPEST:
            update(type(value).__qualname__.encode())
            self._add(getattr(value, "__dict__", {}), depth + 1)
            for name in getattr(type(value), "__slots__", ()):
                self._add(getattr(value, name, None), depth + 1)


def _contiguous(array: Any) -> Any:
    return array if array.flags.c_contiguous else array.tobytes()
