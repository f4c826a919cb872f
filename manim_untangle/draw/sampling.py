"""Where to sample straight lines so that their images stay smooth: as few samples as a tolerance allows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

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
COARSEST, NARROWEST = 64, 2.0**-24  # a line's reference begins with so many intervals; none becomes narrower
MOST_PIECES = 8  # into which one of them is divided at once
RESOLVED = 0.06  # the reference's own chord error, as a share of the tolerance
SPARE = 1.08  # chords handed out per chord needed: with fewer, more are split again than are saved


def pixels(count: float) -> float:
    """Return the length of `count` pixels in scene units, at the resolution of the render under way."""
    return float(count * config.frame_height / config.pixel_height)


def sample_lines(lines: Array, maps: Sequence[Map], tolerance: float | None = None) -> tuple[Array, Indices]:
    """Return samples (N, d) of straight lines (L, 2, d), and the offset (L,) of each line's first sample.

    In every map (points (n, d) -> scene coordinates (n, d')) the polyline through a line's mapped samples stays
    within `tolerance`, in scene units, of the line's true image; by default 0.08 pixel of the render under way.
    Samples lie closest where an image bends most. Features narrower than 1/64 of a line can be missed.
    """
    lines = np.asarray(lines, dtype=np.float64)
    if not len(lines):
        return np.empty((0, lines.shape[-1])), np.empty(0, np.int64)
    tolerance = pixels(FINENESS) if tolerance is None else tolerance
    probes = np.round(_Reference.even(lines, maps, PROBED).images, ALIKE) + 0.0
    key = hash((lines.shape, lines.tobytes(), frozenset(each.tobytes() for each in probes), tolerance))
    if key not in _known:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        _known[key] = _sampled(lines, maps, tolerance)
    samples, starts = _known[key]
    return samples.copy(), starts.copy()


# A film is gone through twice, first to count its frames, and within it space goes to and fro: what was found is kept.
# Maps that send the same probes to the same places are the same map, in whatever order.
_known: dict[int, tuple[Array, Indices]] = {}


def _sampled(lines: Array, maps: Sequence[Map], tolerance: float) -> tuple[Array, Indices]:
    reference = _resolved(_Reference.even(lines, maps, COARSEST), RESOLVED * tolerance)
    reference, kept = _chosen(reference, (1 - RESOLVED) * tolerance)
    line, share = reference.line[kept], reference.share[kept, None]
    return (1 - share) * lines[line, 0] + share * lines[line, 1], np.flatnonzero(np.diff(line, prepend=-1))


@dataclass(frozen=True, eq=False)
class _Reference:
    """Points of all lines in order: which line (N,), its share (N,) of the way, and their images (maps, d', N)."""

    lines: Array
    maps: Sequence[Map]
    line: Indices
    share: Array
    images: Array

    @classmethod
    def at(cls, lines: Array, maps: Sequence[Map], line: Indices, share: Array) -> _Reference:
        points = (1 - share[:, None]) * lines[line, 0] + share[:, None] * lines[line, 1]
        images = [np.asarray(image(points), dtype=np.float64) for image in maps]
        stacked = np.zeros((len(images), max(image.shape[1] for image in images), len(points)))
        for k, image in enumerate(images):
            stacked[k, : image.shape[1]] = image.T
        return cls(lines, maps, line, share, stacked)

    @classmethod
    def even(cls, lines: Array, maps: Sequence[Map], intervals: int) -> _Reference:
        share = np.tile(np.linspace(0, 1, intervals + 1), len(lines))
        return cls.at(lines, maps, np.repeat(np.arange(len(lines)), intervals + 1), share)

    def joined_by(self, line: Indices, share: Array) -> tuple[_Reference, NDArray[np.bool_]]:
        """Return the reference with more points, and which of its points (N,) they are."""
        new = self.at(self.lines, self.maps, line, share)
        where = np.searchsorted(self.line + self.share / 2, line + share / 2)
        merged = _Reference(
            self.lines,
            self.maps,
            np.insert(self.line, where, line),
            np.insert(self.share, where, share),
            np.insert(self.images, where, new.images, axis=-1),
        )
        return merged, np.insert(np.zeros(len(self.line), bool), where, True)

    def only(self, points: NDArray[np.bool_]) -> _Reference:
        """Return the reference with some of its points (N,) only."""
        return _Reference(self.lines, self.maps, self.line[points], self.share[points], self.images[..., points])

    def apart(self, samples: Indices) -> Array:
        """Return how far each point (N,) is from the chord between the samples, by their numbers, around it; at most
        over all maps."""
        result, skipped = np.zeros(len(self.line)), np.diff(samples, append=len(self.line))
        for image in self.images:
            starts = image[:, samples]
            ends = np.append(starts[:, 1:], starts[:, -1:], axis=1)
            chords = (np.repeat(each, skipped, axis=1) for each in (starts, ends))
            np.maximum(result, _distance(image, *chords), out=result)
        return result

    @property
    def inner(self) -> NDArray[np.bool_]:
        """Whether a point lies between two others of its line."""
        alike = np.diff(self.line) == 0
        return np.concatenate([[False], alike[1:] & alike[:-1], [False]])

    def bends(self) -> Array:
        """Return how far each point (N,) is from the chord between its neighbours, at most over all maps; 0 at ends."""
        result = np.zeros(len(self.line))
        for image in self.images:  # one at a time: all at once would take hundreds of megabytes
            np.maximum(result[1:-1], _distance(image[:, 1:-1], image[:, :-2], image[:, 2:]), out=result[1:-1])
        return np.where(self.inner, result, 0.0)


def _resolved(reference: _Reference, error: float) -> _Reference:
    """Return points so close that the chords between them are off by at most `error`: divided until they are."""
    while True:
        bends = reference.bends()
        rough = np.maximum(bends[1:], bends[:-1]) / (4 * error)  # a chord half as long is off by a quarter
        step = np.diff(reference.share)
        divided = (rough > 1) & (np.diff(reference.line) == 0) & (step > NARROWEST)
        if not divided.any():
            return reference
        begins = np.flatnonzero(divided)
        pieces = np.minimum(2 ** np.ceil(np.log(rough[begins]) / np.log(4)), MOST_PIECES).astype(np.int64)
        begins = np.repeat(begins, pieces - 1)
        number = 1 + np.arange(len(begins)) - np.repeat(np.cumsum(pieces - 1) - (pieces - 1), pieces - 1)
        share = reference.share[begins] + step[begins] * number / np.repeat(pieces, pieces - 1)
        reference, _ = reference.joined_by(reference.line[begins], share)


def _chosen(reference: _Reference, tolerance: float) -> tuple[_Reference, NDArray[np.bool_]]:
    """Return the reference with the samples in it, and which of its points (N,) they are.

    A chord over a step h is off by (curvature) h^2 / 8, and bends give the curvature: so the chords needed for each
    step are known. Samples are put where their sum passes a whole number, and where a chord is still too far off.
    """
    needed, whole = _chords_needed(reference, tolerance)
    count = np.maximum(np.ceil(SPARE * whole - 1e-3), 1).astype(np.int64)
    line, before = reference.line, np.cumsum(count + 1) - (count + 1)
    passed = needed / np.maximum(whole, 1e-12)[line] * count[line] + before[line]
    owner = np.repeat(np.arange(len(count)), count - 1)
    number = np.arange(len(owner)) - np.repeat(np.cumsum(count - 1) - (count - 1), count - 1) + 1
    share = np.interp(before[owner] + number, passed, reference.share)
    reference, kept = reference.joined_by(owner, share)
    kept |= ~reference.inner
    rest, numbers = reference, np.arange(len(kept))
    while (worst := _too_far(rest, kept[numbers], tolerance)).any():
        samples = kept[numbers]
        chord = np.cumsum(samples)
        split = np.zeros(chord[-1] + 1, bool)
        split[chord[worst]] = True
        # only these chords have become two; a chord's end is the sample with which the next one begins
        changed = split[chord] | (samples & split[chord - 1])
        kept[numbers[worst]] = True
        rest, numbers = rest.only(changed), numbers[changed]
    return reference, kept


def _chords_needed(reference: _Reference, tolerance: float) -> tuple[Array, Array]:
    """Return how many chords a line needs up to each point (N,), and each line (L,) as a whole."""
    starts = np.flatnonzero(np.diff(reference.line, prepend=-1))
    ends = np.append(starts[1:], len(reference.line)) - 1
    step = np.diff(reference.share, prepend=0.0)
    step[starts] = 0.0
    around = np.where(reference.inner, step * np.append(step[1:], 0.0), 1.0)
    density = np.sqrt(reference.bends() / (4 * tolerance * around))
    density[starts], density[ends] = density[starts + 1], density[ends - 1]
    # a crease bends at one or two points only; its corner is found later, better than any density could place it
    density = minimum_filter1d(density, 3)
    needed = np.cumsum(step * (density + np.append(0.0, density[:-1])) / 2)
    return needed - needed[starts][reference.line], needed[ends] - needed[starts]


def _too_far(reference: _Reference, kept: NDArray[np.bool_], tolerance: float) -> NDArray[np.bool_]:
    """Return which points (N,) are the farthest from the chord that skips them, and farther than the tolerance."""
    samples = np.flatnonzero(kept)
    far = reference.apart(samples)
    far[kept] = 0.0
    farthest = np.maximum.reduceat(far, samples)[np.cumsum(kept) - 1]
    return np.asarray((far >= farthest) & (far > tolerance))


def _distance(points: Array, starts: Array, ends: Array) -> Array:
    """Return the distance (...) of points (d, ...) from the segments between starts and ends (d, ...)."""
    chord, offset = ends - starts, points - starts
    square = _product(chord, chord)
    along = np.clip(_product(offset, chord) / np.where(square > 0, square, 1.0), 0.0, 1.0)
    offset -= along * chord
    return np.asarray(np.sqrt(_product(offset, offset)))


def _product(a: Array, b: Array) -> Array:
    """Return the scalar products (...) of vectors (d, ...): faster than a reduction over so short an axis."""
    return np.asarray(sum((x * y for x, y in zip(a[1:], b[1:], strict=True)), a[0] * b[0]))
