"""Escape: follow, from a point inside, the way along which the last representation moves straight away from the line.

Where every layer is an invertible map of the plane this way cannot end: the margin grows all along it, and only
infinity stops it. It finds tunnels of any thinness, which no grid does.
"""

from __future__ import annotations

import numpy as np

from netlib.activations import Array
from netlib.certificates.region import Region

# A layer that is flat or singular is nudged by this much, as in the proof that width 2 leaves a tunnel; whether the
# way then stays inside the region is checked on the network itself.
NUDGE = 1e-6
STEPS = 4000


def escapes(region: Region, starts: Array, centre: Array, half: float) -> tuple[Array, ...]:
    """Return ways out of the square of that centre and half side, each (M, 2), from starts (N, 2) in the region.

    Empty where the layers are not all 2 -> 2, where a slope is unknown, or where no way was found.
    """
    network = region.network
    plane = all(layer.inputs == layer.outputs == 2 and layer.activation.slope for layer in network.hidden)
    if not plane or len(region.rivals.weight) != 1 or not len(starts):
        return ()
    points, margin = starts.copy(), region.margin(starts)
    step, track = np.full(len(starts), half / 300), [starts]
    going = margin > 0
    for _ in range(STEPS):
        ahead = points + step[:, None] * _direction(region, points)
        ahead = points + step[:, None] * _direction(region, (points + ahead) / 2)
        gained = region.margin(ahead)
        better = going & (gained > 0) & (gained >= margin * (1 - 1e-12))
        points, margin = np.where(better[:, None], ahead, points), np.where(better, gained, margin)
        track.append(points)
        step = np.where(better, np.minimum(step * 1.5, half / 300), step / 2)
        going &= (np.abs(points - centre).max(axis=1) <= half) & (step > half * 1e-9)
        if not going.any():
            break
    out = np.abs(points - centre).max(axis=1) > half
    ways = np.stack(track, axis=1)[out & (margin > 0)]
    return tuple(way[np.r_[True, np.any(np.diff(way, axis=0) != 0, axis=1)]] for way in ways)


def _direction(region: Region, points: Array) -> Array:
    """Unit vectors (N, 2) along which the last representation moves at right angles to the line: J^-1 w."""
    jacobian = np.broadcast_to(np.eye(2), (len(points), 2, 2))
    for layer in region.network.hidden:
        assert layer.activation.slope is not None
        before = points @ layer.weight.T + layer.bias
        slope = np.maximum(layer.activation.slope(before), NUDGE)
        jacobian = slope[:, :, None] * (layer.weight @ jacobian)
        # only the direction matters: keep the numbers in range however deep the network is
        jacobian = jacobian / np.maximum(np.abs(jacobian).max(axis=(1, 2), keepdims=True), 1e-300)
        points = layer.activation(before)
    weight = region.rivals.weight[0]
    a, b, c, d = (jacobian[:, i, j] for i in (0, 1) for j in (0, 1))
    # the adjugate is the inverse but for the factor 1 / det: its sign keeps the margin growing
    raw = np.column_stack([d * weight[0] - b * weight[1], a * weight[1] - c * weight[0]])
    raw *= np.where(a * d - b * c < 0, -1, 1)[:, None]
    return np.asarray(raw / np.maximum(np.linalg.norm(raw, axis=1, keepdims=True), 1e-300))
