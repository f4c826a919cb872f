"""Drawing batches into the pixels behind a Cairo context: with compiled kernels where numba is, with Cairo where not.

Coordinates (N, 2 or more) and widths are in pixels, y downwards; colours (4,) or (N, 4) are in [0, 1], and not
premultiplied.
"""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cairo
import numpy as np
from numpy.typing import NDArray

from manim_untangle.draw import raster_cairo
from manim_untangle.draw.markers import PLACES, marker_sprites

Array = NDArray[np.float64]


def compiled() -> bool:
    """Whether the compiled kernels are used: numba is there, and UNTANGLE_RASTER does not say "cairo"."""
    return os.environ.get("UNTANGLE_RASTER") != "cairo" and _numba_is_there()


@lru_cache(maxsize=1)
def _numba_is_there() -> bool:
    return importlib.util.find_spec("numba") is not None


def stroke_lines(
    ctx: cairo.Context[cairo.ImageSurface],
    xy: Array,
    starts: NDArray[np.int64],
    width: float,
    rgbas: Array,
    closed: bool = False,
) -> None:
    """Stroke each line through xy on its own, with round joins; rgbas (1, 4), or (N, 4): one a sample."""
    if not compiled():
        raster_cairo.stroke_lines(ctx, xy, starts, width, rgbas, closed)
        return
    from manim_untangle.draw import raster_numba as kernels

    pixels = _pixels(ctx)
    stamps = _stamps(pixels.shape)
    profiles = _profiles(round(width / 2, 4))
    if len(rgbas) > 1:
        rgbas = _of_segments(rgbas, starts)
    colours, opacities = _packed(rgbas)
    stamps.next = kernels.stroke(
        pixels, stamps.seen, stamps.next, xy, starts, width / 2, profiles, colours, opacities, closed
    )
    ctx.get_target().mark_dirty()


def fill_markers(
    ctx: cairo.Context[cairo.ImageSurface],
    centres: Array,
    radius: float,
    marker: str,
    rgbas: Array,
    outline: Array,
    outline_width: float,
) -> None:
    """Draw a marker at each of the centres, later ones on top; outline: its edge's colour (4,)."""
    if not compiled() or radius > raster_cairo.LARGEST_SPRITE:
        raster_cairo.fill_markers(ctx, centres, radius, marker, rgbas, outline, outline_width)
        return
    from manim_untangle.draw import raster_numba as kernels

    sprites = marker_sprites(marker, round(radius, 3), round(outline_width, 3) if outline[3] > 0 else 0.0)
    colours, opacities = _packed(rgbas)
    edge, edge_opacity = _packed(outline[None])
    kernels.stamp_markers(
        *(_pixels(ctx), centres, sprites.coverage(int(edge_opacity[0])), sprites.spans, PLACES),
        *(colours, opacities, edge[0]),
    )
    ctx.get_target().mark_dirty()


@dataclass
class _Stamps:
    """For each pixel, the line that last touched it and how far it was covered; the number of the next line."""

    seen: NDArray[np.uint16]
    next: int = 1


@lru_cache(maxsize=2)
def _stamps(shape: tuple[int, int]) -> _Stamps:
    return _Stamps(np.zeros(shape, np.uint16))


@lru_cache(maxsize=32)
def _profiles(half_width: float) -> Any:
    from manim_untangle.draw import raster_numba as kernels

    return kernels.stroke_profiles(half_width)


def _pixels(ctx: cairo.Context[cairo.ImageSurface]) -> NDArray[np.uint32]:
    """Return the context's pixels (H, W), four bytes each, as they are in memory."""
    surface = ctx.get_target()
    surface.flush()
    return np.frombuffer(surface.get_data(), np.uint32).reshape(surface.get_height(), surface.get_stride() // 4)


def _packed(rgbas: Array) -> tuple[NDArray[np.uint32], NDArray[np.int64]]:
    """Return colours as opaque RGBA bytes in one uint32 each, and opacities from 0 to 256."""
    levels = np.rint(np.clip(rgbas, 0.0, 1.0) * (255, 255, 255, 256))
    parts = levels.astype(np.uint32)
    packed = parts[:, 0] | parts[:, 1] << np.uint32(8) | parts[:, 2] << np.uint32(16) | np.uint32(0xFF000000)
    return packed, levels[:, 3].astype(np.int64)


def _of_segments(rgbas: Array, starts: NDArray[np.int64]) -> Array:
    """Return the colours (N, 4) of the segments that begin at each sample: the mean of their ends."""
    following = np.arange(1, len(rgbas) + 1)
    ends = np.append(starts[1:], len(rgbas)) - 1
    following[ends] = starts
    return (rgbas + rgbas[following]) / 2
