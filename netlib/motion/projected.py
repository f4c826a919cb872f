"""ProjectedTrajectory: the way of any network's points from picture to picture, whatever its widths and depth.

A representation of up to three numbers is drawn as it is, and a layer between two such representations is shown by its
own moves. A wider one is drawn in a projection (projection.py), and the way from one picture to the next is a straight
blend of the two: only its ends are computed by the network.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np

from netlib.activations import Array
from netlib.errors import UntangleError
from netlib.layers import Layer
from netlib.motion.moves import Move, padded
from netlib.motion.projection import Projection, projections
from netlib.motion.trajectory import StatesCache, Trajectory, affine_then_bend
from netlib.network import Network

MOST_SHOWN = 6  # layers, or groups of layers
MOST_NUMBERS = 4_000_000  # of a representation at a time: 32 MB
LARGEST = 1e150  # a coordinate; squares of what is drawn must not overflow


@dataclass(frozen=True, eq=False)
class LayerGroup:
    """Consecutive hidden layers that are shown as one. first: index of the first of them, from 0."""

    first: int
    layers: tuple[Layer, ...]

    def __call__(self, points: Array) -> Array:
        """Map points (N, inputs of the first layer) to (N, outputs of the last)."""
        for layer in self.layers:
            points = layer(points)
        return points

    @property
    def last(self) -> int:
        return self.first + len(self.layers) - 1

    @property
    def name(self) -> str:
        """For the screen: 'Layer 3', 'Layers 3 to 12'."""
        single = self.first == self.last
        return f"Layer {self.first + 1}" if single else f"Layers {self.first + 1} to {self.last + 1}"


def layer_groups(network: Network, most: int = MOST_SHOWN) -> tuple[LayerGroup, ...]:
    """Return the hidden layers one by one, or evenly grouped where there are more than `most`."""
    depth = len(network.hidden)
    ends = np.unique(np.linspace(0, depth, min(depth, most) + 1).round().astype(int))
    return tuple(LayerGroup(int(a), network.hidden[a:b]) for a, b in itertools.pairwise(ends))


@dataclass(frozen=True, eq=False)
class Transition(Move):
    """A move between two pictures, whose function takes the network's inputs, not where they are drawn before it.

    picture: the number of the one it ends in; None where it ends on the way there.
    """

    picture: int | None = None

    def at(self, points: Array, t: float) -> Array:
        """Map inputs (N, inputs) to where they are drawn (N, up to 3) at t in [0, 1]."""
        return self.function(points, float(t))


@dataclass(frozen=True, eq=False)
class Pictures:
    """The pictures of a network: of its inputs, then one after each group of layers.

    groups: at most MOST_SHOWN. projections: of each picture. dead: for each group how many neurons of its last layer
    are 0 at all points.
    """

    network: Network
    groups: tuple[LayerGroup, ...]
    projections: tuple[Projection, ...]
    dead: tuple[int, ...]
    _kept: StatesCache = field(default_factory=StatesCache, repr=False, compare=False)

    @classmethod
    def of(cls, network: Network, points: Array) -> Self:
        """Return the pictures that fit points (N, inputs) best. Raises UntangleError where the network carries the
        points beyond what a number can hold."""
        groups = layer_groups(network)
        dead = tuple(int((values == 0).all(axis=0).sum()) for values in _finite(groups, points))
        return cls(network, groups, projections(groups, network.readout, points), dead)

    def width(self, picture: int) -> int:
        """Return how many numbers the representation of a picture has."""
        return int(self.projections[picture].basis.shape[1])

    def drawn(self, inputs: Array, picture: int) -> Array:
        """Return where inputs (N, inputs) are drawn in a picture, (N, up to 3). The same array is computed once."""
        known = self._kept.of(inputs)
        if not known:
            known.extend(self._drawn(inputs))
        return known[picture]

    def everywhere(self, inputs: Array, units: list[float]) -> Array:
        """Return where inputs (N, inputs) are drawn in all pictures, side by side (N, sum of k), each times a unit."""
        return np.hstack([unit * drawn for unit, drawn in zip(units, self._drawn(inputs), strict=True)])

    def transitions(self, group: int) -> tuple[Transition, ...]:
        """Return the way from the picture before a group to the one after it: W x + b and the bend, or one blend."""
        layers = self.groups[group].layers
        if len(layers) > 1 or self.projections[group].name or self.projections[group + 1].name:
            return (self._blend(group),)
        moves = affine_then_bend(layers[0], self.groups[group].first)
        return tuple(self._of_move(group, moves, k) for k in range(len(moves)))

    def _of_move(self, group: int, moves: tuple[Move, ...], k: int) -> Transition:
        def at(inputs: Array, t: float) -> Array:
            return moves[k].at(Trajectory(moves).after(self.drawn(inputs, group), k), t)

        move, picture = moves[k], group + 1 if k == len(moves) - 1 else None
        how = (move.title, move.part, self.network.inputs, move.ambient, at, None, move.layer)
        return Transition(*how, move.steps, picture)

    def _blend(self, group: int) -> Transition:
        wide = max(len(self.projections[k].basis) for k in (group, group + 1))

        def at(inputs: Array, t: float) -> Array:
            before, after = (padded(self.drawn(inputs, k), wide, wide) for k in (group, group + 1))
            return (1 - t) * before + t * after

        name, layer = self.groups[group].name, self.groups[group].last
        how = (name, "blend", self.network.inputs, wide, at, None, layer)
        return Transition(*how, ({"kind": "to"},), group + 1)

    def _drawn(self, inputs: Array) -> list[Array]:
        widest = max(self.network.inputs, *self.network.widths)
        pieces = np.array_split(inputs, max(1, -(-len(inputs) * widest // MOST_NUMBERS)))
        found: list[list[Array]] = [[] for _ in self.projections]
        for values in pieces:
            for k, projection in enumerate(self.projections):
                values = self.groups[k - 1](values) if k else values
                found[k].append(projection(values))
        return [np.vstack(parts) for parts in found]


@dataclass(frozen=True, eq=False)
class ProjectedTrajectory:
    """Transitions between the pictures of a network, in order; t runs from 0 to their number."""

    pictures: Pictures
    moves: tuple[Transition, ...] = ()

    def then(self, move: Move) -> ProjectedTrajectory:
        """Return the trajectory with one more transition at its end; raise UntangleError for any other move."""
        if not isinstance(move, Transition):
            raise UntangleError(f"'{move.title}' is a move of points; between pictures take Pictures.transitions")
        return replace(self, moves=(*self.moves, move))

    def at(self, points: Array, t: float) -> Array:
        """Return where inputs (N, inputs) are drawn at time t in [0, len(moves)], as (N, up to 4)."""
        t = min(max(float(t), 0.0), float(len(self.moves)))
        if not self.moves:
            return self.pictures.drawn(points, 0)
        whole = min(int(t), len(self.moves) - 1)
        return self.moves[whole].at(points, t - whole)

    def picture(self, t: float) -> int | None:
        """Return the number of the picture that is shown, or blended to, at time t; None within a layer's moves."""
        if t <= 0:
            return 0
        move = self.moves[max(int(np.ceil(t)) - 1, 0)]
        return move.picture if move.part == "blend" or t == int(t) else None


def _finite(groups: tuple[LayerGroup, ...], points: Array) -> Iterator[Array]:
    """The representation after each group; raises UntangleError, naming the layer, as soon as one is not finite."""
    for group in groups:
        for k, layer in enumerate(group.layers, group.first + 1):
            with np.errstate(all="ignore"):
                points = layer(points)
                if not np.isfinite(points).all() or np.abs(points).max() > LARGEST:
                    raise UntangleError(
                        f"hidden layer {k} carries points beyond what a number can hold, so there is no picture of it. "
                        "Check the weights and the scale of the data: was it scaled for training?"
                    )
        yield points
