"""Units: the inputs of a network counted from the middle of its data, in round steps that can be drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from netlib.activations import Array
from netlib.datasets import Dataset, Loop
from netlib.layers import Dense, Layer, Normalize, Residual, dense
from netlib.network import Network

USUAL = (0.4, 1.6)  # largest coordinates with which data are shown in their own units
MOST_UNEQUAL = 8.0  # the longest side of data, as a multiple of another: beyond, each input has a unit of its own
MOST_INPUTS = 3  # more inputs are drawn in a projection, which has units of its own


@dataclass(frozen=True, eq=False)
class Units:
    """New coordinates (x - middle) / step for inputs x. middle, step: (d,)."""

    middle: Array
    step: Array

    @property
    def are_equal(self) -> bool:
        """Whether all inputs are counted in the same steps, so that the picture keeps the shape of the data."""
        return bool((self.step == self.step[0]).all())

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
        """Return the network for inputs in these units; outputs change by rounding only.

        Its first layer takes up the change. Where that cannot, a layer before it does.
        """
        first, rest = self._taken_up(network.layers[0]), network.layers[1:]
        if first is None:
            first, rest = Normalize(self.step, self.middle), network.layers
        *hidden, readout = first, *rest
        return Network(tuple(hidden), dense(readout))

    def _taken_up(self, layer: Layer) -> Layer | None:
        """The layer for inputs in these units; None where it cannot take up the change."""
        if isinstance(layer, Dense):
            return replace(layer, weight=self.step * layer.weight, bias=layer.bias + layer.weight @ self.middle)
        if isinstance(layer, Normalize):
            return replace(layer, factor=self.step * layer.factor, shift=layer.shift + layer.factor * self.middle)
        if isinstance(layer, Residual) and layer.shortcut:
            branch, shortcut = (self._taken_up(chain[0]) for chain in (layer.branch, layer.shortcut))
            if branch is not None and shortcut is not None:
                chains = (branch, *layer.branch[1:]), (shortcut, *layer.shortcut[1:])
                return replace(layer, branch=chains[0], shortcut=chains[1])
        return None


def drawable_units(data: Dataset) -> Units | None:
    """Return units in which the data lie around the origin at a size of about 1; None where they do so already, or have
    more inputs than are drawn as they are.

    Inputs of very different size (a length and an area) have a unit each: in one unit, the picture would be a line.
    """
    low, high = data.points.min(axis=0), data.points.max(axis=0)
    reach = (high - low) / 2
    reach = np.where(reach > 0, reach, reach.max() or 1.0)
    is_equal = reach.max() <= MOST_UNEQUAL * reach.min()
    usual = USUAL[0] <= max(np.abs(low).max(), np.abs(high).max()) <= USUAL[1] and (high - low).max() > USUAL[0]
    if data.dimension > MOST_INPUTS or (usual and is_equal):
        return None
    return Units((low + high) / 2, np.array([_round_step(reach.max() if is_equal else each) for each in reach]))


def _round_step(reach: float) -> float:
    """1, 2 or 5 times a power of ten that is near."""
    power = 10.0 ** np.floor(np.log10(reach))
    return float(min((k * power for k in (1, 2, 5, 10)), key=lambda step: abs(np.log(step / reach))))
