"""The decision boundary: where a network's answer changes, as curves in the input plane."""

from __future__ import annotations

import numpy as np
from contourpy import LineType, contour_generator

from netlib.activations import Array
from netlib.network import Network

# The square of inputs in which the decision boundary is drawn, and the samples along its side.
BOUNDARY_HALF, BOUNDARY_SAMPLES = 3.0, 241
DECIMALS = 6


def decision_boundary(network: Network) -> list[list[list[float]]]:
    """Return the curves in the input plane on which the network's answer changes, each [[x, y], ...]; the moves carry
    them into straight lines. Contours on a grid: a detail smaller than its step is missed. Only for 2 inputs."""
    if network.inputs != 2:
        return []
    side = np.linspace(-BOUNDARY_HALF, BOUNDARY_HALF, BOUNDARY_SAMPLES)
    values = network(np.column_stack([a.ravel() for a in np.meshgrid(side, side)]))
    if values.shape[1] == 1:
        leads = values.T
    else:  # by how much each class leads the best of the others
        leads = np.array([v - np.delete(values, k, axis=1).max(axis=1) for k, v in enumerate(values.T)])
    curves = [curve for lead in leads for curve in _zero(side, lead.reshape(len(side), -1))]
    return [np.round(curve, DECIMALS).tolist() for curve in curves if len(curve) > 1]


def _zero(side: Array, values: Array) -> list[Array]:
    """Curves (M, 2) on which values over side x side are zero."""
    found = contour_generator(side, side, values, line_type=LineType.Separate).lines(0.0)
    return [np.asarray(curve, dtype=np.float64) for curve in found]
