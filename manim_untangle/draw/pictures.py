"""Many small grey pictures as one mobject: points that are images, such as handwritten digits."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cairo
import numpy as np
from manim import Camera, ManimColor, Square, VGroup
from numpy.typing import NDArray

from manim_untangle.draw._manim import fade_opacity, sees_depth
from manim_untangle.draw.dots import Dots

Array = NDArray[np.float64]
PLATE = 0.7  # opacity of a picture where it is dark


class Pictures(Dots):
    """Pictures (N, height, width) with grey levels in [0, 1] at centres (N, 3): bright pixels have the picture's colour
    (rgbas (N, 4), or one for all), dark ones are a dark plate.

    radius: half of the longer side, in scene units, which stays the same when the mobject is scaled. Else as Dots.
    """

    def __init__(self, centres: Array, images: Array, *, radius: float = 0.2, **kwargs: Any) -> None:
        if np.ndim(images) != 3 or len(images) != len(centres):
            raise ValueError(f"images must have shape ({len(centres)}, height, width), not {np.shape(images)}")
        self.levels = np.rint(255 * np.clip(images, 0.0, 1.0)).astype(np.uint8)
        super().__init__(centres, radius=radius, marker="square", **kwargs)

    def draw_at(self, placed: Array, camera: Camera, ctx: cairo.Context[Any]) -> None:
        chosen = np.arange(len(placed))[self.shown]
        shown = chosen[np.isfinite(placed[chosen, 0])]
        if sees_depth(camera):  # the farthest first; else later pictures lie on top
            shown = shown[np.argsort(placed[shown, 2], kind="stable")]
        rgbas = np.ascontiguousarray(np.broadcast_to(self.point_rgbas(), (len(placed), 4)))
        surfaces = _surfaces(self.levels.tobytes(), self.levels.shape, rgbas[:, :3].tobytes())
        height, width = self.levels.shape[1:]
        scale = 2 * self.radius * ctx.get_matrix().xx / max(height, width)
        ctx.save()
        for k in shown:
            x, y = placed[k, :2]
            # whole pixels, so that the sharp edges of a picture do not flicker while it moves
            ctx.set_matrix(
                cairo.Matrix(scale, 0, 0, scale, round(x - scale * width / 2), round(y - scale * height / 2))
            )
            ctx.set_source_surface(surfaces[k])
            ctx.get_source().set_filter(cairo.Filter.NEAREST)
            ctx.rectangle(0, 0, width, height)
            ctx.save()
            ctx.clip()
            ctx.paint_with_alpha(rgbas[k, 3] * fade_opacity(self))
            ctx.restore()
        ctx.restore()

    @property
    def sheet(self) -> NDArray[np.uint8]:
        """All pictures one below the other, (N height, width, 4): straight colours, without the mobject's opacity."""
        rgbas = np.array([*self.colour()[:3], 1.0]) if self.rgbas is None else self.rgbas
        rgbas = np.broadcast_to(rgbas, (len(self.levels), 4))
        light = self.levels[..., None] / 255
        opacity = PLATE + (1 - PLATE) * light
        pixels = np.concatenate(
            [light * rgbas[:, None, None, :3] / opacity, opacity * rgbas[:, None, None, 3:]], axis=-1
        )
        return np.asarray(np.rint(255 * pixels), dtype=np.uint8).reshape(-1, self.levels.shape[2], 4)

    def as_cubics(self) -> VGroup:
        """Return the same pictures as ordinary squares, one a pixel that is not dark, for any renderer."""
        height, width = self.levels.shape[1:]
        side = 2 * self.radius / max(height, width)
        rgbas = np.broadcast_to(self.point_rgbas(), (len(self.points), 4))
        pictures = VGroup()
        for k in np.arange(len(self.points))[self.shown]:
            picture = VGroup()
            for row, column in np.argwhere(self.levels[k]):
                level = self.levels[k, row, column] / 255
                at = side * np.array([column - (width - 1) / 2, (height - 1) / 2 - row, 0])
                pixel = Square(side, stroke_width=0, fill_opacity=rgbas[k, 3] * (PLATE + (1 - PLATE) * level))
                picture.add(pixel.set_fill(ManimColor(rgbas[k, :3] * level)).move_to(self.points[k] + at))
            pictures.add(picture)
        return pictures.set_z_index(self.z_index)


@lru_cache(maxsize=4)
def _surfaces(levels: bytes, shape: tuple[int, int, int], colours: bytes) -> list[cairo.ImageSurface]:
    """Return the pictures in their colours. A mobject cannot hold them, for Manim copies mobjects."""
    light = np.frombuffer(levels, np.uint8).reshape(shape)[..., None] / 255
    tints = np.frombuffer(colours).reshape(len(light), 1, 1, 3)
    # premultiplied; Manim keeps RGBA in the bytes that Cairo takes for BGRA
    pixels = np.concatenate([light * tints, PLATE + (1 - PLATE) * light], axis=-1)
    result = []
    for picture in np.rint(255 * pixels).astype(np.uint8):
        stride = cairo.ImageSurface.format_stride_for_width(cairo.FORMAT_ARGB32, shape[2])
        rows = np.zeros((shape[1], stride), np.uint8)
        rows[:, : 4 * shape[2]] = picture.reshape(shape[1], -1)
        result.append(
            cairo.ImageSurface.create_for_data(bytearray(rows), cairo.FORMAT_ARGB32, shape[2], shape[1], stride)
        )
    return result
