"""Arithmetic on batches of polylines: samples (N, ...) of all lines, and the offset of each line's first sample."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Indices = NDArray[np.int64]
Mixture = tuple[Indices, Indices, Array, Indices]


def between(starts: Indices, sizes: Indices, a: float, b: float, closed: bool = False) -> Mixture:
    """Return what shows the share [a, b] of each line's samples: (before, after, share, starts).

    New sample i lies between old samples before[i] and after[i], at share[i] in [0, 1]. A closed line is taken as
    open, ending at its first sample.
    """
    spans = np.maximum(sizes - 1 + closed, 0)
    line = np.repeat(np.arange(len(starts)), spans + 1)
    inner = np.arange(len(line)) - np.repeat(np.cumsum(spans + 1) - (spans + 1), spans + 1)
    kept = (inner > a * spans[line]) & (inner < b * spans[line])
    place = np.concatenate([a * spans, inner[kept], b * spans])
    owner = np.concatenate([np.arange(len(starts)), line[kept], np.arange(len(starts))])
    order = np.lexsort((place, owner))
    return _mixture(place[order], owner[order], starts, sizes)


def resampled(starts: Indices, sizes: Indices, wanted: Indices) -> Mixture:
    """Return what gives each line its wanted number of samples, evenly between its own: as `between` does."""
    owner = np.repeat(np.arange(len(starts)), wanted)
    inner = np.arange(len(owner)) - np.repeat(np.cumsum(wanted) - wanted, wanted)
    step = np.maximum(sizes - 1, 0) / np.maximum(wanted - 1, 1)
    return _mixture(inner * step[owner], owner, starts, sizes)


def without_gaps(samples: Array, starts: Indices, rgbas: Array) -> tuple[Array, Indices, Array]:
    """Leave out samples that are not finite, and end the line before each of them; rgbas (1, 4), or (N, 4)."""
    finite = np.isfinite(samples[:, 0])
    if finite.all():
        return samples, starts, rgbas
    begins = np.zeros(len(samples) + 1, dtype=bool)
    begins[starts] = True
    begins[1:][~finite] = True
    owner = np.cumsum(begins[:-1])[finite]
    return samples[finite], np.flatnonzero(np.diff(owner, prepend=0)), rgbas[finite] if len(rgbas) > 1 else rgbas


def _mixture(place: Array, owner: Indices, starts: Indices, sizes: Indices) -> Mixture:
    """Turn places within lines, in samples, into pairs of old samples; the place behind a line's last is its first."""
    whole = np.floor(place + 1e-9).astype(np.int64)
    size = np.maximum(sizes[owner], 1)
    before, after = starts[owner] + whole % size, starts[owner] + (whole + 1) % size
    share = np.clip(place - whole, 0.0, 1.0)
    after = np.where(share > 0, after, before)
    new_sizes = np.bincount(owner, minlength=len(starts))
    return before, after, share, np.cumsum(new_sizes) - new_sizes
