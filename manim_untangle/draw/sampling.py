"""Where to sample straight lines so that their images look smooth, with as few samples as a tolerance allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from manim import config
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Map = Callable[[Array], Array]

FINENESS = 0.08  # pixels: the picture is then within half a level in 255 of the true one, at 480p too
MOST_KNOWN = 256  # results kept
PROBED, ALIKE = 5, 9  # intervals of a line that tell one map from another; decimals to which its images must agree
COARSEST, NARROWEST = 64, 2.0**-24  # intervals of a line at first; the narrowest interval that is divided, as a share
MOST_PIECES = 8  # into which an interval is divided at once
RESOLVED = 0.06  # chord error of the dense points, as a share of the tolerance
SPARE = 1.08  # chords handed out per chord needed: with fewer, more are split again than are saved


def pixels(count: float) -> float:
    """Return the length of `count` pixels in scene units, at the resolution of the current render."""
    return float(count * config.frame_height / config.pixel_height)


def sample_lines(lines: Array, maps: Sequence[Map], tolerance: float | None = None) -> tuple[Array, Indices]:
    """Return samples (N, d) of straight lines (L, 2, d), and the offset (L,) of each line's first sample.

    In every map (points (n, d) -> scene coordinates (n, d')) the polyline through a line's mapped samples stays
    within `tolerance`, in scene units, of the line's true image; by default 0.08 pixel of the current render.
    Samples lie closest where an image bends most. Features narrower than 1/64 of a line can be missed.
    """
    lines = np.asarray(lines, dtype=np.float64)
    if not len(lines):
        return np.empty((0, lines.shape[-1])), np.empty(0, np.int64)
    tolerance = pixels(FINENESS) if tolerance is None else tolerance
    probes = np.round(_Points.even(lines, maps, PROBED).images, ALIKE) + 0.0
    key = hash((lines.shape, lines.tobytes(), frozenset(each.tobytes() for each in probes), tolerance))
    if key not in _known:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = _sampled(lines, maps, tolerance)
    samples, starts = _known[key]
    return samples.copy(), starts.copy()


# Results are kept: a film may be played twice, and within it space goes to and fro. Maps that send the same probes to
# the same places count as the same, in any order.
_known: dict[int, tuple[Array, Indices]] = {}


def _sampled(lines: Array, maps: Sequence[Map], tolerance: float) -> tuple[Array, Indices]:
    points = _resolved(_Points.even(lines, maps, COARSEST), RESOLVED * tolerance)
    points, kept = _chosen(points, (1 - RESOLVED) * tolerance)
    line, share = points.line[kept], points.share[kept, None]
    return (1 - share) * lines[line, 0] + share * lines[line, 1], np.flatnonzero(np.diff(line, prepend=-1))


@dataclass(frozen=True, eq=False)
class _Points:
    """Dense points of all lines in order: the line (N,), share of the way (N,) and images (maps, d', N) of each."""

    lines: Array
    maps: Sequence[Map]
    line: Indices
    share: Array
    images: Array

    @classmethod
    def at(cls, lines: Array, maps: Sequence[Map], line: Indices, share: Array) -> _Points:
        points = (1 - share[:, None]) * lines[line, 0] + share[:, None] * lines[line, 1]
        images = [np.asarray(image(points), dtype=np.float64) for image in maps]
        stacked = np.zeros((len(images), max(image.shape[1] for image in images), len(points)))
        for k, image in enumerate(images):
            stacked[k, : image.shape[1]] = image.T
        return cls(lines, maps, line, share, stacked)

    @classmethod
    def even(cls, lines: Array, maps: Sequence[Map], intervals: int) -> _Points:
        share = np.tile(np.linspace(0, 1, intervals + 1), len(lines))
        return cls.at(lines, maps, np.repeat(np.arange(len(lines)), intervals + 1), share)

    def with_more(self, line: Indices, share: Array) -> tuple[_Points, NDArray[np.bool_]]:
        """Return these points and more, and which of them (N,) are the new ones."""
        new = self.at(self.lines, self.maps, line, share)
        where = np.searchsorted(self.line + self.share / 2, line + share / 2)
        merged = replace(
            self,
            line=np.insert(self.line, where, line),
            share=np.insert(self.share, where, share),
            images=np.insert(self.images, where, new.images, axis=-1),
        )
        return merged, np.insert(np.zeros(len(self.line), bool), where, True)

    def only(self, wanted: NDArray[np.bool_]) -> _Points:
        """Return some of the points (N,) only."""
        return replace(self, line=self.line[wanted], share=self.share[wanted], images=self.images[..., wanted])

    @property
    def inner(self) -> NDArray[np.bool_]:
        """Whether a point (N,) lies between two others of its line."""
        alike = np.diff(self.line) == 0
        return np.concatenate([[False], alike[1:] & alike[:-1], [False]])

    def bends(self) -> Array:
        """Return how far each point (N,) is from the chord between its neighbours, at most over all maps; 0 at ends."""
        result = np.zeros(len(self.line))
        for image in self.images:  # one at a time: all at once would take hundreds of megabytes
            np.maximum(result[1:-1], _distance(image[:, 1:-1], image[:, :-2], image[:, 2:]), out=result[1:-1])
        return np.where(self.inner, result, 0.0)

    def too_far(self, kept: NDArray[np.bool_], tolerance: float) -> NDArray[np.bool_]:
        """Return the points (N,) that are farthest from the chord between the `kept` points around them, where that is
        farther than the tolerance in any map."""
        samples = np.flatnonzero(kept)
        far, skipped = np.zeros(len(kept)), np.diff(samples, append=len(kept))
        for image in self.images:
            starts = image[:, samples]
            ends = np.append(starts[:, 1:], starts[:, -1:], axis=1)
            chords = (np.repeat(each, skipped, axis=1) for each in (starts, ends))
            np.maximum(far, _distance(image, *chords), out=far)
        far[kept] = 0.0
        farthest = np.maximum.reduceat(far, samples)[np.cumsum(kept) - 1]
        return np.asarray((far >= farthest) & (far > tolerance))


def _resolved(points: _Points, error: float) -> _Points:
    """Return more points, so close that the chords between them are off by at most `error`."""
    while True:
        bends = points.bends()
        rough = np.maximum(bends[1:], bends[:-1]) / (4 * error)  # a chord half as long is off by a quarter
        step = np.diff(points.share)
        begins = np.flatnonzero((rough > 1) & (np.diff(points.line) == 0) & (step > NARROWEST))
        if not len(begins):
            return points
        pieces = np.minimum(2 ** np.ceil(np.log(rough[begins]) / np.log(4)), MOST_PIECES).astype(np.int64)
        begins = np.repeat(begins, pieces - 1)
        share = points.share[begins] + step[begins] * (1 + _counted(pieces - 1)) / np.repeat(pieces, pieces - 1)
        points, _ = points.with_more(points.line[begins], share)


def _chosen(points: _Points, tolerance: float) -> tuple[_Points, NDArray[np.bool_]]:
    """Return the points with the samples among them, and which of them (N,) are samples.

    A chord over a step h is off by (curvature) h^2 / 8, and bends give the curvature. So the number of chords that each
    step needs is known. Samples are put where the sum of these passes a whole number, and where a chord is still off by
    more than the tolerance.
    """
    needed, whole = _chords_needed(points, tolerance)
    count = np.maximum(np.ceil(SPARE * whole - 1e-3), 1).astype(np.int64)
    line, before = points.line, np.cumsum(count + 1) - (count + 1)
    passed = needed / np.maximum(whole, 1e-12)[line] * count[line] + before[line]
    owner = np.repeat(np.arange(len(count)), count - 1)
    share = np.interp(before[owner] + _counted(count - 1) + 1, passed, points.share)
    points, kept = points.with_more(owner, share)
    kept |= ~points.inner
    rest, numbers = points, np.arange(len(kept))
    while (worst := rest.too_far(kept[numbers], tolerance)).any():
        samples = kept[numbers]
        chord = np.cumsum(samples)
        split = np.zeros(chord[-1] + 1, bool)
        split[chord[worst]] = True
        # only these chords have become two; a chord ends at the sample with which the next one begins
        changed = split[chord] | (samples & split[chord - 1])
        kept[numbers[worst]] = True
        rest, numbers = rest.only(changed), numbers[changed]
    return points, kept


def _counted(sizes: Indices) -> Indices:
    """Return 0, 1, 2, … for each of the sizes in turn, each time up to one less than the size."""
    return np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)


def _chords_needed(points: _Points, tolerance: float) -> tuple[Array, Array]:
    """Return how many chords a line needs up to each point (N,), and each line (L,) as a whole."""
    starts = np.flatnonzero(np.diff(points.line, prepend=-1))
    ends = np.append(starts[1:], len(points.line)) - 1
    step = np.diff(points.share, prepend=0.0)
    step[starts] = 0.0
    around = np.where(points.inner, step * np.append(step[1:], 0.0), 1.0)
    density = np.sqrt(points.bends() / (4 * tolerance * around))
    density[starts], density[ends] = density[starts + 1], density[ends - 1]
    # a crease bends at one or two points only; `_chosen` finds its corner better than a density could place it
    density = minimum_filter1d(density, 3)
    needed = np.cumsum(step * (density + np.append(0.0, density[:-1])) / 2)
    return needed - needed[starts][points.line], needed[ends] - needed[starts]


def _distance(points: Array, starts: Array, ends: Array) -> Array:
    """Return the distance (...) of points (d, ...) from the segments between starts and ends (d, ...)."""
    chord, offset = ends - starts, points - starts
    square = _product(chord, chord)
    along = np.clip(_product(offset, chord) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    offset -= along * chord
    return np.asarray(np.sqrt(_product(offset, offset)))


def _product(a: Array, b: Array) -> Array:
    """Return the scalar products (...) of vectors (d, ...). It is faster than a reduction over so short an axis."""
    return np.asarray(sum((x * y for x, y in zip(a[1:], b[1:], strict=True)), a[0] * b[0]))
