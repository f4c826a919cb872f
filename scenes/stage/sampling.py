"""Where to sample straight lines so that their images stay smooth: as few samples as a tolerance allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from manim import config
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Map = Callable[[Array], Array]

FINENESS = 0.1  # pixels: at 480p, too, the picture is then within half a level in 255 of the true one
COARSEST, NARROWEST = 128, 2.0**-24  # a line's reference begins with so many intervals; none becomes narrower
RESOLVED = 0.06  # the reference's own chord error, as a share of the tolerance
SPARE = 1.08  # chords handed out per chord needed: with fewer, more are split again than are saved


def pixels(count: float) -> float:
    """Return the length of `count` pixels in scene units, at the resolution of the render under way."""
    return float(count * config.frame_height / config.pixel_height)


def sample_lines(lines: Array, maps: Sequence[Map], tolerance: float | None = None) -> tuple[Array, Indices]:
    """Return samples (N, d) of straight lines (L, 2, d), and the offset (L,) of each line's first sample.

    In every map (points (n, d) -> scene coordinates (n, d')) the polyline through a line's mapped samples stays
    within `tolerance`, in scene units, of the line's true image; by default 0.1 pixel of the render under way.
    Samples lie closest where an image bends most. Features narrower than 1/128 of a line can be missed.
    """
    lines = np.asarray(lines, dtype=np.float64)
    if not len(lines):
        return np.empty((0, lines.shape[-1])), np.empty(0, np.int64)
    tolerance = pixels(FINENESS) if tolerance is None else tolerance
    reference = _resolved(lines, maps, RESOLVED * tolerance)
    kept = _kept(reference, (1 - RESOLVED) * tolerance)
    line, share = reference.line[kept], reference.share[kept, None]
    return (1 - share) * lines[line, 0] + share * lines[line, 1], np.flatnonzero(np.diff(line, prepend=-1))


@dataclass(frozen=True, eq=False)
class _Reference:
    """Points of all lines in order: which line (N,), its share (N,) of the way, and their images (maps, N, d')."""

    line: Indices
    share: Array
    images: Array

    @property
    def inner(self) -> NDArray[np.bool_]:
        """Whether a point lies between two others of its line."""
        alike = np.diff(self.line) == 0
        return np.concatenate([[False], alike[1:] & alike[:-1], [False]])

    def bends(self) -> Array:
        """Return how far each point (N,) is from the chord between its neighbours, at most over all maps; 0 at ends."""
        inner = np.flatnonzero(self.inner)
        result = np.zeros(len(self.line))
        result[inner] = _distance(*(self.images[:, inner + k] for k in (0, -1, 1))).max(axis=0)
        return result


def _resolved(lines: Array, maps: Sequence[Map], error: float) -> _Reference:
    """Return points so close that the chords between them are off by at most `error`: halved until they are."""

    def placed(line: Indices, share: Array) -> _Reference:
        points = (1 - share[:, None]) * lines[line, 0] + share[:, None] * lines[line, 1]
        images = [np.asarray(image(points), dtype=np.float64) for image in maps]
        widest = max(image.shape[1] for image in images)
        padded = [np.pad(image, ((0, 0), (0, widest - image.shape[1]))) for image in images]
        return _Reference(line, share, np.stack(padded))

    coarse = np.tile(np.linspace(0, 1, COARSEST + 1), len(lines))
    now = placed(np.repeat(np.arange(len(lines)), COARSEST + 1), coarse)
    while True:
        rough = now.bends() > 4 * error  # a chord half as long is off by a quarter
        step = np.diff(now.share)
        halved = np.flatnonzero((rough[1:] | rough[:-1]) & (np.diff(now.line) == 0) & (step > NARROWEST))
        if not len(halved):
            return now
        new = placed(now.line[halved], now.share[halved] + step[halved] / 2)
        merged = (np.insert(a, halved + 1, b, axis=-1) for a, b in ((now.line, new.line), (now.share, new.share)))
        now = _Reference(*merged, np.insert(now.images, halved + 1, new.images, axis=1))


def _kept(reference: _Reference, tolerance: float) -> NDArray[np.bool_]:
    """Return which points (N,) of the reference to keep as samples.

    A chord over a step h is off by (curvature) h^2 / 8, and bends give the curvature: so the chords needed for each
    step are known. Samples are put where their sum passes a whole number, and where a chord is still too far off.
    """
    first = np.diff(reference.line, prepend=-1) > 0
    starts = np.flatnonzero(first)
    sizes = np.diff(np.append(starts, len(first)))
    step = np.where(first, 0.0, np.diff(reference.share, prepend=0.0))
    around = np.where(reference.inner, step * np.append(step[1:], 0.0), 1.0)
    density = np.sqrt(reference.bends() / (4 * tolerance * around))
    density[starts], density[starts + sizes - 1] = density[starts + 1], density[starts + sizes - 2]
    needed = step * (density + np.append(0.0, density[:-1])) / 2
    whole = np.add.reduceat(needed, starts)
    share = (np.cumsum(needed) - np.repeat(np.cumsum(whole) - whole, sizes)) / np.repeat(
        np.maximum(whole, 1e-12), sizes
    )
    passed = np.floor(share * np.repeat(np.ceil(SPARE * whole - 1e-3), sizes) + 1e-9)
    kept = first | np.append(first[1:], True) | (np.diff(passed, prepend=0.0) > 0)
    while (worst := _too_far(reference, kept, tolerance)).any():
        kept |= worst
    return kept


def _too_far(reference: _Reference, kept: NDArray[np.bool_], tolerance: float) -> NDArray[np.bool_]:
    """Return which points (N,) are the farthest from the chord that skips them, and farther than the tolerance."""
    samples = np.flatnonzero(kept)
    chord = np.cumsum(kept) - 1
    ends = samples[chord], samples[np.minimum(chord + 1, len(samples) - 1)]
    far = _distance(reference.images, *(reference.images[:, index] for index in ends)).max(axis=0)
    far[kept] = 0.0
    farthest = np.maximum.reduceat(far, samples)[chord]
    return (far >= farthest) & (far > tolerance)


def _distance(points: Array, starts: Array, ends: Array) -> Array:
    """Return the distance of points (..., d) from the segments between starts and ends (..., d)."""
    chord, offset = ends - starts, points - starts
    square = np.einsum("...i,...i", chord, chord)
    along = np.clip(np.einsum("...i,...i", offset, chord) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    offset -= along[..., None] * chord
    return np.asarray(np.sqrt(np.einsum("...i,...i", offset, offset)))
