"""Projections: how a representation with more dimensions than can be drawn is drawn, and how much of it that shows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.linalg import eigh, svd

from netlib.activations import Array
from netlib.errors import UntangleError
from netlib.layers import Dense

DRAWN = 3


@dataclass(frozen=True, eq=False)
class Projection:
    """Where points of a representation (N, d) are drawn: (points - centre) @ basis.T, (N, k).

    basis: orthonormal rows (k, d). centre: (d,). share: of the points' variance that is shown, in [0, 1]. name: of
    the way of projecting, for the screen; '' where nothing is left out.
    """

    name: str
    basis: Array
    centre: Array
    share: float

    def __post_init__(self) -> None:
        self.basis.setflags(write=False)
        self.centre.setflags(write=False)

    def __call__(self, points: Array) -> Array:
        """Return where points (N, d) are drawn, (N, k)."""
        return np.asarray((points - self.centre) @ self.basis.T)

    def lifted(self, drawn: Array) -> Array:
        """Return the points (N, d) that are drawn at (N, k) and lie nearest to the centre: a grid's, say."""
        return np.asarray(self.centre + drawn @ self.basis)

    def seen(self, layer: Dense) -> Dense:
        """Return the layer as a function of what is drawn, at the centre in the directions that are not.

        This is exact where each row of its weight lies in the span of the basis. The readout's do in the last
        representation, so its line or plane is the true one.
        """
        return replace(layer, weight=layer.weight @ self.basis.T, bias=layer.bias + layer.weight @ self.centre)

    def shows(self, readout: Dense) -> bool:
        """Whether nothing is left out that the readout's answer depends on: the differences between its outputs."""
        rows = readout.weight - readout.weight.mean(axis=0) if readout.outputs > 1 else readout.weight
        left = rows - rows @ self.basis.T @ self.basis
        return bool(np.abs(left).max() <= 1e-9 * max(np.abs(rows).max(), 1e-300))

    @property
    def caption(self) -> str:
        """What the screen has to say: '3 of 64 dimensions: principal components, 45 % of the variance'."""
        if not self.name:
            return ""
        k, d = self.basis.shape
        return f"{k} of {d} dimensions: {self.name}, {100 * self.share:.0f} % of the variance"


def projections(
    hidden: Sequence[Callable[[Array], Array]], readout: Dense, points: Array, dimensions: int = DRAWN
) -> tuple[Projection, ...]:
    """Return how each representation of points (N, inputs) is drawn: the input, then after every hidden layer.

    hidden: layers, or groups of them, in order. A representation with at most `dimensions` numbers is drawn as it is.
    A wider one is drawn in its first principal components. The last one is drawn along the readout's direction (with
    several outputs: along the directions in which they differ most), then in the principal components of the rest. The
    axes are turned (by orthogonal Procrustes, which may mirror them) so that the points lie as near as possible to
    where they were drawn before. What is left out may hold any structure: `share` says how much. Raises UntangleError
    where a representation is not finite.
    Source: P. H. Schoenemann, "A generalized solution of the orthogonal Procrustes problem", 1966.
    """
    found, before = list[Projection](), np.zeros((len(points), 0))
    values = np.asarray(points, dtype=np.float64)
    for depth in range(len(hidden) + 1):
        if depth:
            with np.errstate(all="ignore"):
                values = hidden[depth - 1](values)
        if not np.isfinite(values).all():
            place = f"after hidden layer {depth}" if depth else "before the first layer"
            raise UntangleError(
                f"the representation {place} is not finite. Check the weights and the scale of the data"
            )
        width = values.shape[1]
        if width <= dimensions:
            found.append(Projection("", np.eye(width), np.zeros(width), 1.0))
        else:
            centre = values.mean(axis=0)
            name, basis = _basis(values - centre, dimensions, readout if depth == len(hidden) else None)
            basis = _turned(basis, values - centre, before)
            found.append(Projection(name, basis, centre, _share(values - centre, basis)))
        before = found[-1](values)
    return tuple(found)


def principal_components(values: Array, count: int) -> Array:
    """Return the orthonormal directions (count, d) of the largest variance of values (N, d), largest first.

    The entry of largest size in each is positive, so that the result does not depend on the solver's signs.
    """
    centred = _scaled(values - values.mean(axis=0))
    d = values.shape[1]
    _, vectors = eigh(centred.T @ centred, subset_by_index=(d - count, d - 1))
    rows = vectors.T[::-1]
    largest = np.take_along_axis(rows, np.abs(rows).argmax(axis=1)[:, None], axis=1)
    return np.asarray(rows * np.sign(largest))


def _basis(centred: Array, k: int, readout: Dense | None) -> tuple[str, Array]:
    """What k directions of a wide representation are drawn, in words and as orthonormal rows (k, d)."""
    along = _readout_directions(centred, readout.weight, k) if readout else centred[:0]
    if not len(along):
        return "principal components", principal_components(centred, k)
    if len(along) == k:
        return "the readout's directions", along
    rest = principal_components(centred - centred @ along.T @ along, k - len(along))
    direction = "direction" if len(along) == 1 else "directions"
    # where the rest has too few directions of its own, QR still completes the basis
    return f"the readout's {direction}, then principal components", _orthonormal(np.vstack([along, rest]))


def _readout_directions(centred: Array, weight: Array, k: int) -> Array:
    """Orthonormal directions (up to k, d) of the representation along which the outputs' differences vary most."""
    rows = weight if len(weight) == 1 else weight - weight.mean(axis=0)
    size = np.abs(rows).max()
    if size == 0:
        return np.zeros((0, weight.shape[1]))
    rows = rows / size
    outputs = _scaled(_scaled(centred) @ rows.T)
    _, _, mixes = svd(outputs.T @ outputs)
    kept = min(k, int(np.linalg.matrix_rank(rows)))
    return _orthonormal(mixes[:kept] @ rows)


def _orthonormal(rows: Array) -> Array:
    q, r = np.linalg.qr(rows.T)
    return np.asarray((q * np.where(np.diag(r) < 0, -1.0, 1.0)).T)


def _turned(basis: Array, centred: Array, before: Array) -> Array:
    """The same basis, turned so that the points are drawn as near as possible to where they were before."""
    drawn = centred @ basis.T
    target = np.pad(before, ((0, 0), (0, len(basis) - before.shape[1])))
    target = target - target.mean(axis=0)
    if not target.any() or not drawn.any():
        return basis
    u, _, vt = svd(_scaled(drawn).T @ _scaled(target))
    return np.asarray((u @ vt).T @ basis)


def _share(centred: Array, basis: Array) -> float:
    whole = np.square(_scaled(centred)).sum()
    return float(min(np.square(_scaled(centred) @ basis.T).sum() / whole, 1.0)) if whole else 1.0


def _scaled(values: Array) -> Array:
    """Divided by the largest size, so that squares of huge values do not overflow."""
    size = np.abs(values).max(initial=0.0)
    return values / size if size > 0 else values
