"""Residual blocks x -> P x + scale f(x): whether they ever put two points in one place. P = I, or a projection.

P keeps at least its least singular value of each distance. A branch that stretches by less makes the block injective
(for P = I: J. Behrmann et al., "Invertible Residual Networks", 2019). No continuous map into fewer dimensions is
injective, and an injective continuous map of all of space keeps the orientation everywhere, or turns it over
everywhere (invariance of domain; L. E. J. Brouwer, 1912): where det J has both signs, two points meet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from netlib.activations import Activation, Array, identity
from netlib.certificates.boxes import FUNCTION, UNIT, BentAffine, box_image, slope_range
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


def least_stretch(weight: Array) -> float:
    """Return a number that is no more than the factor by which W (out, in) stretches at least: its least singular value
    without the rounding of it; 0 for a matrix that is singular as far as float64 can tell."""
    singular = np.linalg.svd(weight, compute_uv=False)
    return max(0.0, float(singular[-1] / MARGIN - 8 * max(weight.shape) * UNIT * singular[0]))


def residual_certificate(
    branch: Sequence[BentAffine] | None,
    growth: float,
    scale: float,
    activation: Activation,
    projection: Array | None,
    sizes: tuple[int, int],
) -> Certificate:
    """Return whether x -> activation(P x + b + scale f(x)) never maps two points to the same one.

    branch: the layers of f; None where they are of other kinds. growth: a bound on the factor by which scale f
    stretches distances. projection: P (out, in); None where something else than P x + b stands there. sizes: in, out.
    """
    measured: dict[str, float | str] = {"bound on the growth of distances in f": growth, "activation": activation.name}
    inputs, outputs = sizes
    if outputs < inputs:
        measured |= {"numbers before": inputs, "numbers after": outputs}
        how = "exact: a continuous map into fewer dimensions puts two points together"
        return Certificate(False, measured, how, "The two points that meet were not computed.", "proved")
    kept, is_identity = 0.0, projection is not None and np.array_equal(projection, np.eye(inputs))
    if projection is not None:
        kept = 1.0 if is_identity else least_stretch(projection)
    if not is_identity:
        measured["least stretch of the shortcut"] = kept
    if growth < kept and (activation.injective or inputs == outputs):
        # where the width stays, all of space is reached, so a bend that is not injective puts two points together
        how = "f brings all points nearer to each other, by the norms of its matrices"
        if not is_identity:
            how = "f stretches distances by less than the shortcut keeps of them, by singular values"
        return Certificate(activation.injective, measured, how, CAVEAT, "proved")
    found = None
    if branch and projection is not None and inputs == outputs:
        found = orientations(branch, scale, projection)
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


def orientations(branch: Sequence[BentAffine], scale: float, projection: Array) -> Orientations | None:
    """Return whether P x + scale f(x), P square, keeps the orientation, and turns it over, at some of many points;
    every rounding is bounded. None for blocks wider than WIDEST."""
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
        steep = np.maximum(np.abs(least), np.abs(most))
        slope, off = ((most + least) / 2)[:, :, None], ((most - least) / 2 + FUNCTION * steep)[:, :, None]
        sizes, unit = np.abs(layer.weight), (size + len(layer.bias) + 4) * UNIT
        turned, spread = layer.weight @ jacobian, sizes @ (doubt + unit * np.abs(jacobian))
        doubt = (np.abs(slope) + off) * spread + off * np.abs(turned)
        jacobian = slope * turned
        middle, reach = box_image(layer, middle, reach)
    whole = projection + scale * jacobian
    error = abs(scale) * doubt + 4 * UNIT * (np.abs(projection) + np.abs(whole) + abs(scale) * np.abs(jacobian))
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
