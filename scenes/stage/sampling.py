"""Where to sample straight lines so that their images stay smooth: as few samples as a tolerance allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from manim import config
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Map = Callable[[Array], Array]

COARSEST, FINEST = 64, 4096  # intervals of the dense reference along one line
RESOLVED = 0.125  # the reference's own chord error, as a share of the tolerance


def pixels(count: float) -> float:
    """Return the length of `count` pixels in scene units, at the resolution of the render under way."""
    return float(count * config.frame_height / config.pixel_height)


def sample_lines(lines: Array, maps: Sequence[Map], tolerance: float) -> tuple[Array, Indices]:
    """Return samples (N, d) of straight lines (L, 2, d), and the offset (L,) of each line's first sample.

    In every map (points (n, d) -> scene coordinates (n, d')) the polyline through a line's mapped samples stays
    within `tolerance`, in scene units, of the line's true image; samples lie closest where an image bends most.
    Features narrower than 1/4096 of a line can be missed.
    """
    lines = np.asarray(lines, dtype=np.float64)
    shares: list[Array] = [np.empty(0)] * len(lines)
    pending, intervals = np.arange(len(lines)), COARSEST
    while len(pending):
        images = _images(lines[pending], maps, intervals)
        unresolved = _reference_error(images) > RESOLVED * tolerance
        if intervals >= FINEST:
            unresolved[:] = False
        for k in np.flatnonzero(~unresolved):
            shares[pending[k]] = _chosen(images[:, k], tolerance) / intervals
        pending, intervals = pending[unresolved], 2 * intervals
    sizes = np.array([len(share) for share in shares], dtype=np.int64)
    line, share = np.repeat(np.arange(len(lines)), sizes), np.concatenate([*shares, np.empty(0)])[:, None]
    return (1 - share) * lines[line, 0] + share * lines[line, 1], np.cumsum(sizes) - sizes


def _images(lines: Array, maps: Sequence[Map], intervals: int) -> Array:
    """Return the images (maps, L, intervals + 1, d') of evenly spaced points on each line."""
    share = np.linspace(0, 1, intervals + 1)[:, None]
    points = (1 - share) * lines[:, None, 0] + share * lines[:, None, 1]
    flat = points.reshape(-1, lines.shape[2])
    images = [np.asarray(image(flat), dtype=np.float64) for image in maps]
    widest = max(image.shape[1] for image in images)
    padded = [np.pad(image, ((0, 0), (0, widest - image.shape[1]))) for image in images]
    return np.stack(padded).reshape(len(maps), len(lines), intervals + 1, widest)


def _reference_error(images: Array) -> Array:
    """Return for each line how far the finest chords may be from the true image, at most over all maps."""
    middle = images[:, :, 1:-1]
    off = np.linalg.norm(middle - (images[:, :, :-2] + images[:, :, 2:]) / 2, axis=-1)
    return np.asarray(off.max(axis=(0, 2)) / 4)  # halving the step of a smooth curve divides its error by four


def _chosen(images: Array, tolerance: float) -> Indices:
    """Return the samples of one line to keep, as indices into its reference (maps, n, d'): the fewest, from the left.

    A chord is lengthened while every reference point that it skips stays within the tolerance in every map.
    """
    last = images.shape[1] - 1
    kept, reach = [0], 8
    while kept[-1] < last:
        reach = _farthest(images, kept[-1], reach, tolerance * (1 - RESOLVED))
        kept.append(kept[-1] + reach)
    return np.array(kept)


def _farthest(images: Array, start: int, guess: int, tolerance: float) -> int:
    """Return the most intervals that one chord from `start` may span, searched from a guess by doubling and halving."""
    room = images.shape[1] - 1 - start
    low, high = 1, room + 1  # `low` is allowed, `high` is not
    step = min(max(guess, 1), room)
    while high - low > 1:
        step = min(max(step, low + 1), high - 1)
        if _chord_error(images[:, start : start + step + 1]) <= tolerance:
            low, step = step, 2 * step if high > room else (step + high) // 2
        else:
            high, step = step, (low + step) // 2
    return low


def _chord_error(arcs: Array) -> float:
    """Return the largest distance of points of arcs (maps, n, d') from the chords that join the arcs' ends."""
    chord = arcs[:, -1:] - arcs[:, :1]
    inner = arcs[:, 1:-1] - arcs[:, :1]
    square = (chord**2).sum(axis=-1, keepdims=True)
    along = np.clip((inner * chord).sum(axis=-1, keepdims=True) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    return float(np.linalg.norm(inner - along * chord, axis=-1).max(initial=0.0))
