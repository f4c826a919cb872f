"""Themes: a film is drawn on black, and a light one is the same picture with its lightness turned over."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from manim_untangle.draw.raster_numba import njit

Pixels = NDArray[np.uint8]


def lighten(picture: Pixels) -> None:
    """Turn the lightness of a picture (height, width, 4) over, in place; hues stay, black and white change places.

    Colours are premultiplied. All three channels are shifted by one amount: between that which turns the middle of the
    largest and the smallest channel over (HSL) and that which turns luma over (BT.709), so that yellow becomes dark
    enough for a white page. What is blended with black becomes the same blend with white.
    """
    _lighten(picture.view(np.uint32).reshape(-1))


@njit(cache=True, nogil=True)
def _lighten(packed):  # type: ignore[no-untyped-def]  # pragma: no cover
    for k in range(len(packed)):
        p = packed[k]
        r, g, b, a = int(p) & 255, int(p) >> 8 & 255, int(p) >> 16 & 255, int(p) >> 24
        luma = 54 * r + 183 * g + 19 * b  # of 256
        shift = a - (128 * (max(r, g, b) + min(r, g, b)) + luma + 128) // 256
        r, g, b = min(max(r + shift, 0), a), min(max(g + shift, 0), a), min(max(b + shift, 0), a)
        colour = np.uint32(r) | np.uint32(g) << np.uint32(8) | np.uint32(b) << np.uint32(16)
        packed[k] = colour | p & np.uint32(0xFF000000)


def straight(picture: Pixels) -> Pixels:
    """Return a picture (height, width, 4) whose colours are premultiplied with colours that are not."""
    result = picture.copy()
    alpha = picture[..., 3:].astype(np.uint16)
    partly = (alpha > 0) & (alpha < 255)
    colours = (picture[..., :3].astype(np.uint16) * 255 + alpha // 2) // np.maximum(alpha, 1)
    np.copyto(result[..., :3], np.minimum(colours, 255).astype(np.uint8), where=partly)
    return result
