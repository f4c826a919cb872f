"""Compiled kernels for lines and markers: analytic coverage, blended in place. Imported by raster.py where numba is.

A pixel is four bytes, red, green, blue, opacity, premultiplied, seen here as one little-endian uint32, so that two
channels are blended by one multiplication. Colours come packed with full opacity, and their opacity apart, 0 to 256.
"""

from __future__ import annotations

import math

from numba import njit, uint32

PAIR = uint32(0x00FF00FF)
HALVES = uint32(0x00800080)


@njit(cache=True, nogil=True, inline="always")
def _blended(below, above, opacity):  # type: ignore[no-untyped-def]
    """Return the packed colour `above` over the pixel `below`; opacity 0 to 256."""
    a, b = uint32(opacity), uint32(256 - opacity)
    even = (((above & PAIR) * a + (below & PAIR) * b + HALVES) >> uint32(8)) & PAIR
    odd = (((above >> uint32(8)) & PAIR) * a + ((below >> uint32(8)) & PAIR) * b + HALVES) & uint32(0xFF00FF00)
    return even | odd


@njit(cache=True, nogil=True, inline="always")
def _share_below(s, flat, ramp, slope, level):  # type: ignore[no-untyped-def]
    """Share of a unit pixel on one side of an edge at signed distance s from its centre.

    Across the edge, the pixel's extent is a trapezoid of half width `ramp`, level within `flat`; see `stroke`.
    """
    if abs(s) <= flat:
        return 0.5 + s * level
    if s >= ramp:
        return 1.0
    if s <= -ramp:
        return 0.0
    rest = ramp - abs(s)
    return 1.0 - rest * rest * slope if s > 0.0 else rest * rest * slope


@njit(cache=True, nogil=True, fastmath=True)
def stroke(pixels, stamps, stamp, xy, starts, half_width, colours, opacities, closed):  # type: ignore[no-untyped-def]
    """Stroke every line on its own, with round joins and butt caps, into pixels (H, W) uint32.

    stamps (H, W) uint32 remember, for each pixel, the line that last touched it (upper 24 bits, from `stamp` on) and
    its coverage (lower 8): a line covers a pixel as much as its best segment does, however often it comes back.
    colours, opacities: (1,), or one for each sample, for the segment that begins there.
    """
    count, many = len(xy), len(colours) > 1
    for line in range(len(starts)):
        first = starts[line]
        size = (starts[line + 1] if line + 1 < len(starts) else count) - first
        tag = uint32((stamp + line) << 8)
        segments = size if closed else size - 1
        if segments < 1:
            continue
        i, j = first, first + 1 % size
        ux, uy, length = _direction(xy, i, j)
        overhang = CAP
        if closed:
            px, py, _ = _direction(xy, first + size - 1, i)
            overhang = _overhang(px, py, ux, uy, half_width)
        for k in range(segments):
            last = k == segments - 1
            before, capped0, capped1 = overhang, k == 0 and not closed, last and not closed
            after = first + (k + 2) % size
            nx, ny, next_length = _direction(xy, j, after)
            overhang = CAP if capped1 else _overhang(ux, uy, nx, ny, half_width)
            if length > 0.0:
                at = i if many else 0
                _segment(
                    pixels, stamps, tag, xy[i, 0], xy[i, 1], ux, uy, length, before, overhang, capped0, capped1,
                    half_width, colours[at], opacities[at],
                )  # fmt: skip
            i, j, ux, uy, length = j, after, nx, ny, next_length


CAP = 0.75  # pixels beyond a butt cap that it still partly covers, at most


@njit(cache=True, nogil=True, inline="always")
def _direction(xy, i, j):  # type: ignore[no-untyped-def]
    dx, dy = xy[j, 0] - xy[i, 0], xy[j, 1] - xy[i, 1]
    length = math.sqrt(dx * dx + dy * dy)
    if length < 1e-6:
        return 0.0, 0.0, 0.0
    return dx / length, dy / length, length


@njit(cache=True, nogil=True, inline="always")
def _overhang(ux, uy, vx, vy, half_width):  # type: ignore[no-untyped-def]
    """How far beyond their common end two segments with directions u and v must look to fill the join."""
    if ux * vx + uy * vy <= 0.0:
        return half_width + CAP
    return (half_width + CAP) * abs(vx * uy - vy * ux)


@njit(cache=True, nogil=True, fastmath=True)
def _segment(  # type: ignore[no-untyped-def]
    pixels, stamps, tag, x0, y0, ux, uy, length, before, after, capped0, capped1, half_width, colour, opacity
):
    """Blend one segment of a line: the band |d| <= half width, -before <= t <= length + after, in (d, t) along it.

    The band is walked in its longer direction a, and across it in b. Coverage is that of a straight edge through a
    square pixel, exactly: the pixel's extent across an edge with normal (p, q) is a trapezoid.
    """
    steep = abs(uy) > abs(ux)
    u, v = (uy, ux) if steep else (ux, uy)
    a0, b0 = (y0, x0) if steep else (x0, y0)
    height, width = pixels.shape
    limit_a, limit_b = (height, width) if steep else (width, height)
    p, q = abs(u), max(abs(v), 1e-6)
    ramp, flat, slope, level = 0.5 * (p + q), 0.5 * (p - q), 0.5 / (p * q), 1.0 / p
    band, beyond = half_width + ramp, length + after
    thin, core = half_width < ramp, half_width - ramp
    spread = band * q
    if u > 0.0:
        a_low, a_high = a0 - before * u - spread, a0 + beyond * u + spread
    else:
        a_low, a_high = a0 + beyond * u - spread, a0 - before * u + spread
    a_first, a_last = max(int(math.floor(a_low)), 0), min(int(math.floor(a_high)), limit_a - 1)
    tilt, half, sharp = v / u, band / p, q > 1e-5
    cut = 1.0 / v if sharp else 0.0
    unit = opacity * 0.00392156862745098
    for a in range(a_first, a_last + 1):
        along = a + 0.5 - a0
        middle = along * tilt
        low, high = middle - half, middle + half
        if sharp:
            cut0, cut1 = (-before - along * u) * cut, (beyond - along * u) * cut
            low, high = max(low, min(cut0, cut1)), min(high, max(cut0, cut1))
        b_first, b_last = max(int(math.ceil(low + b0 - 0.5)), 0), min(int(math.floor(high + b0 - 0.5)), limit_b - 1)
        for b in range(b_first, b_last + 1):
            across = b + 0.5 - b0
            t = along * u + across * v
            d = abs(across * u - along * v)
            if t < 0.0 and not capped0:
                d = math.sqrt(d * d + t * t)
            elif t > length and not capped1:
                d = math.sqrt(d * d + (t - length) * (t - length))
            cover = 1.0 if d <= core else _share_below(half_width - d, flat, ramp, slope, level)
            if thin:
                cover -= _share_below(-half_width - d, flat, ramp, slope, level)
            if capped0:
                cover *= _share_below(t, flat, ramp, slope, level)
            if capped1:
                cover *= _share_below(length - t, flat, ramp, slope, level)
            covered = int(cover * 255.0 + 0.5)
            if covered <= 0:
                continue
            y, x = (a, b) if steep else (b, a)
            seen = stamps[y, x]
            share = covered * unit
            if (seen ^ tag) < uint32(256):
                had = int(seen & uint32(255))
                if covered <= had:
                    continue
                there = had * unit
                share = 256.0 * (share - there) / (256.0 - there)
            stamps[y, x] = tag | uint32(covered)
            pixels[y, x] = _blended(pixels[y, x], colour, int(share + 0.5))


@njit(cache=True, nogil=True)
def stamp_markers(pixels, centres, sprites, colours, opacities, edge, edge_opacity):  # type: ignore[no-untyped-def]
    """Blend a marker's sprite at every centre (N, 2), in pixels, later ones on top, into pixels (H, W) uint32.

    sprites (S, S, h, w, 2) uint8: coverage of fill and edge, for S x S positions within a pixel.
    """
    height, width = pixels.shape
    steps, h, w = sprites.shape[0], sprites.shape[2], sprites.shape[3]
    many = len(colours) > 1
    for n in range(len(centres)):
        sx, sy = int(math.floor(centres[n, 0] * steps + 0.5)), int(math.floor(centres[n, 1] * steps + 0.5))
        left, top = sx // steps - w // 2, sy // steps - h // 2
        if left >= width or top >= height or left + w <= 0 or top + h <= 0:
            continue
        sprite = sprites[sy % steps, sx % steps]
        colour = colours[n] if many else colours[0]
        opacity = opacities[n] if many else opacities[0]
        for y in range(max(top, 0), min(top + h, height)):
            for x in range(max(left, 0), min(left + w, width)):
                fill, rim = sprite[y - top, x - left, 0], sprite[y - top, x - left, 1]
                if fill == 255 and opacity == 256 and rim == 0:
                    pixels[y, x] = colour
                    continue
                if fill == 0 and rim == 0:
                    continue
                pixel = _blended(pixels[y, x], colour, (int(fill) * opacity + 127) // 255)
                pixels[y, x] = _blended(pixel, edge, (int(rim) * edge_opacity + 127) // 255)
