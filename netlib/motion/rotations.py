"""Polar decomposition and paths of rotations, in any dimension."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.linalg import schur, svd

from netlib.activations import Array


def polar_rotation(weight: Array) -> Array:
    """Return the orthogonal factor Q (m, n) of W = Q P, P symmetric positive semidefinite: the map nearest to W
    that keeps lengths. For m < n the rows of Q are orthonormal, for m >= n its columns."""
    u, _, vt = svd(weight, full_matrices=False)
    return np.asarray(u @ vt)


def completed(factor: Array) -> Array:
    """Return an orthogonal square matrix that has `factor` (orthonormal rows or columns) as its first rows or
    columns. Where there is a choice, det = +1 and the added directions turn as little as possible."""
    m, n = factor.shape
    if m == n:
        return factor
    if m < n:
        return completed(factor.T).T
    u, _, _ = svd(factor, full_matrices=True)
    complement = u[:, n:]
    a, _, bt = svd(complement[n:])
    whole = np.hstack([factor, complement @ (a @ bt).T])
    if np.linalg.det(whole) < 0:
        # the last singular direction is the one for which turning the other way costs least
        a[:, -1] = -a[:, -1]
        whole = np.hstack([factor, complement @ (a @ bt).T])
    return np.asarray(whole)


@dataclass(frozen=True, eq=False)
class RotationPath:
    """The constant-speed turn from the identity (t = 0) to a rotation (t = 1), each plane along its shorter arc."""

    basis: Array
    angles: Array
    rotation: Array

    @classmethod
    def to(cls, rotation: Array) -> RotationPath:
        """Return the path to a rotation (n, n) with det +1, from its real Schur form: planes and their angles."""
        blocks, basis = schur(rotation, output="real")
        n = len(blocks)
        planes, angles, half_turned, fixed = list[int](), list[float](), list[int](), list[int]()
        i = 0
        while i < n:
            if i + 1 < n and abs(blocks[i + 1, i]) > 1e-12:
                planes += [i, i + 1]
                angles.append(float(np.arctan2(blocks[i + 1, i], blocks[i, i])))
                i += 2
            else:
                (fixed if blocks[i, i] > 0 else half_turned).append(i)
                i += 1
        # det = +1 leaves an even number of reversed axes: each pair of them is a half turn
        angles += [np.pi] * (len(half_turned) // 2) + [0.0] * (len(fixed) // 2)
        return cls(basis[:, planes + half_turned + fixed], np.array(angles), rotation)

    def at(self, t: float) -> Array:
        """Return the rotation (n, n) at t in [0, 1]."""
        if t >= 1:
            return self.rotation
        n = len(self.basis)
        middle = np.eye(n)
        for k, angle in enumerate(self.angles):
            c, s = np.cos(t * angle), np.sin(t * angle)
            middle[2 * k : 2 * k + 2, 2 * k : 2 * k + 2] = [[c, -s], [s, c]]
        return np.asarray(self.basis @ middle @ self.basis.T)
