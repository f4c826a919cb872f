"""Residual blocks x -> x + scale f(x): whether they ever put two points in one place.

A branch that brings all points nearer to each other makes the block injective (J. Behrmann et al., "Invertible Residual
Networks", 2019). An injective continuous map of all of space keeps the orientation everywhere, or turns it over
everywhere (invariance of domain; L. E. J. Brouwer, 1912): where det J has both signs, two points meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netlib.activations import Activation, Array, identity
from netlib.certificates.boxes import UNIT, BentAffine, box_image, slope_range
from netlib.certificates.certificate import Certificate
from netlib.errors import UntangleError

MARGIN = 1 + 1e-9  # for the rounding of a singular value and of a slope
FAR = 1e9  # where every activation has the slope that it has at infinity
WIDEST, REACHES, DIRECTIONS = 64, (0.1, 1.0, 10.0, 100.0), 100
CAVEAT = "True of the exact function; float64 still rounds points together where the activation saturates."


def steepest(activation: Activation) -> float:
    """Return a bound on the slope of an activation, in size; inf where its slope is not known."""
    try:
        least, most = slope_range(activation, np.array([-FAR]), np.array([FAR]))
    except UntangleError:
        return np.inf
    return MARGIN * float(np.maximum(np.abs(least), np.abs(most))[0])


def norm_bound(weight: Array) -> float:
    """Return a bound on the factor by which W (out, in) stretches: its largest singular value."""
    return MARGIN * float(np.linalg.norm(weight, 2))


def residual_certificate(
    branch: Sequence[BentAffine] | None, growth: float, scale: float, activation: Activation
) -> Certificate:
    """Return whether x -> activation(x + scale f(x)) never maps two points to the same one.

    branch: the layers of f; None where they are of other kinds. growth: a bound on the factor by which scale f
    stretches distances.
    """
    measured: dict[str, float | str] = {"bound on the growth of distances in f": growth, "activation": activation.name}
    if growth < 1:
        # then x + scale f(x) reaches all of space, so a bend that is not injective puts two points together
        how = "f brings all points nearer to each other, by the norms of its matrices"
        return Certificate(activation.injective, measured, how, CAVEAT, "proved")
    found = orientations(branch, scale) if branch else None
    if found and found.turned and found.kept:
        measured |= {"det J at one point": found.kept, "det J at another": found.turned}
        how = "orientation is kept at one point and turned over at another, by intervals"
        return Certificate(False, measured, how, "The two points that meet were not computed.", "proved")
    return Certificate(None, measured, "not decided: f may stretch distances", CAVEAT)


@dataclass(frozen=True)
class Orientations:
    """The determinant of the derivative of a residual block at a point where it is surely positive, and at one where it
    is surely negative; None where no such point was found."""

    kept: float | None
    turned: float | None


def orientations(branch: Sequence[BentAffine], scale: float) -> Orientations | None:
    """Return whether x + scale f(x) keeps the orientation, and turns it over, at some of many points; every rounding is
    bounded. None for blocks wider than WIDEST."""
    size = branch[0].weight.shape[1]
    if max(size, *(len(layer.bias) for layer in branch)) > WIDEST:
        return None
    rng = np.random.default_rng(0)
    directions = np.vstack([np.zeros((1, size)), rng.normal(size=(DIRECTIONS, size))])
    middle = np.vstack([reach * directions for reach in REACHES])
    reach, jacobian = np.zeros_like(middle), np.broadcast_to(np.eye(size), (len(middle), size, size))
    doubt = np.zeros_like(jacobian)
    for layer in branch:
        low_high = box_image(_Affine(layer.weight, layer.bias), middle, reach)
        least, most = slope_range(layer.activation, low_high[0] - low_high[1], low_high[0] + low_high[1])
        slope, off = ((most + least) / 2)[:, :, None], ((most - least) / 2 + UNIT * np.abs(most))[:, :, None]
        sizes, unit = np.abs(layer.weight), (size + len(layer.bias) + 4) * UNIT
        turned, spread = layer.weight @ jacobian, sizes @ (doubt + unit * np.abs(jacobian))
        doubt = (np.abs(slope) + off) * spread + off * np.abs(turned)
        jacobian = slope * turned
        middle, reach = box_image(layer, middle, reach)
    whole = np.eye(size) + scale * jacobian
    error = abs(scale) * doubt + 4 * UNIT * (1 + np.abs(whole) + abs(scale) * np.abs(jacobian))
    with np.errstate(all="ignore"):
        singular = np.linalg.svd(np.where(np.isfinite(whole), whole, 0.0), compute_uv=False)
        # a matrix this near to one of full rank has the sign of its determinant
        sure = np.linalg.norm(error, axis=(1, 2)) + size**2 * 8 * UNIT * singular[:, 0] < singular[:, -1]
        values = np.linalg.det(np.where(sure[:, None, None], whole, np.eye(size)))
    values = values[sure]
    kept, over = values[values > 0], values[values < 0]
    return Orientations(float(kept.max()) if len(kept) else None, float(over.min()) if len(over) else None)


@dataclass(frozen=True, eq=False)
class _Affine:
    """A layer before its bend."""

    weight: Array
    bias: Array
    activation: Activation = identity
