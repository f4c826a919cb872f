"""Units: the inputs of a network counted from the middle of its data, in round steps that can be drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from netlib.activations import Array
from netlib.datasets import Dataset, Loop
from netlib.network import Network

USUAL = (0.4, 1.6)  # largest coordinates with which data are shown in their own units
MOST_INPUTS = 3  # more inputs are drawn in a projection, which has units of its own


@dataclass(frozen=True, eq=False)
class Units:
    """New coordinates (x - middle) / step for inputs x. middle: (d,)."""

    middle: Array
    step: float

    def of_points(self, points: Array) -> Array:
        """Return points (N, d) in these units."""
        return np.asarray((points - self.middle) / self.step)

    def of_data(self, data: Dataset) -> Dataset:
        """Return the data, with its loops, in these units."""
        loops = tuple(
            Loop(each.name, self.of_points(each.points), None if each.around is None else self.of_points(each.around))
            for each in data.loops
        )
        return replace(data, points=self.of_points(data.points), loops=loops)

    def of_network(self, network: Network) -> Network:
        """Return the network for inputs in these units: its first layer takes up the change, outputs change by
        rounding only. The first layer must be dense."""
        first = network.dense[0]
        changed = replace(first, weight=self.step * first.weight, bias=first.bias + first.weight @ self.middle)
        if not network.hidden:
            return Network((), changed)
        return Network((changed, *network.hidden[1:]), network.readout)


def drawable_units(data: Dataset) -> Units | None:
    """Return units in which the data lie around the origin at a size of about 1; None where they do so already, or have
    more inputs than are drawn as they are."""
    low, high = data.points.min(axis=0), data.points.max(axis=0)
    usual = USUAL[0] <= max(np.abs(low).max(), np.abs(high).max()) <= USUAL[1] and (high - low).max() > USUAL[0]
    if data.dimension > MOST_INPUTS or usual:
        return None
    reach = float((high - low).max() / 2) or 1.0
    power = 10.0 ** np.floor(np.log10(reach))
    step = min((k * power for k in (1, 2, 5, 10)), key=lambda step: abs(np.log(step / reach)))
    return Units((low + high) / 2, float(step))
