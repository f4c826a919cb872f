"""Route: the way of any network's points from picture to picture, whatever its widths and however deep it is.

Up to three numbers wide a representation is drawn as it is, and a layer between two such is shown by its true moves.
Wider ones are drawn in a projection (netlib.motion.projection), and the way from one to the next is a straight blend of the
two pictures: the film says so.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from manim_untangle.stage.space import Space
from netlib.activations import Array
from netlib.errors import UntangleError
from netlib.motion.moves import Move
from netlib.motion.projection import Projection, projections
from netlib.motion.trajectory import affine_then_bend
from netlib.network import Layer, Network

MOST_SHOWN = 6  # layers, or groups of layers
MOST_NUMBERS = 4_000_000  # of a representation at a time: 32 MB


@dataclass(frozen=True, eq=False)
class Step:
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


@dataclass(frozen=True, eq=False)
class Transition:
    """A part of the way, of which `at` maps inputs (N, inputs) and t in [0, 1] to where they are drawn (N, k).

    title, part, layer and ambient are as a Move's; the part of a blend is 'blend'. to: number of the picture it leads
    to. whole: it ends there, not on the way.
    """

    title: str
    part: str
    layer: int
    ambient: int
    to: int
    whole: bool
    at: Callable[[Array, float], Array] = field(repr=False)

    def matrix(self, t: float) -> None:
        """No leg as such is linear in the inputs."""
        return None


@dataclass(frozen=True, eq=False)
class _Stepped:
    """What `projections` takes for a network: its steps in place of its layers."""

    hidden: tuple[Step, ...]
    readout: Layer


class Route:
    """The pictures of a network: of its inputs, then after each step; and the legs between them.

    steps: at most MOST_SHOWN. pictures: the projection of each. dead: for each step how many neurons of its last layer
    are 0 at all points.
    """

    def __init__(self, network: Network, points: Array) -> None:
        """points: (N, inputs), to which the projections are fitted. Raises UntangleError where the network carries
        them beyond what a number can hold."""
        self.network, self.steps = network, _steps(network)
        self._kept: dict[int, tuple[Array, list[Array]]] = {}
        self.dead = [int((values == 0).all(axis=0).sum()) for values in _finite(self.steps, points)]
        self.pictures: tuple[Projection, ...] = projections(_Stepped(self.steps, network.readout), points)  # type: ignore[arg-type]

    def width(self, picture: int) -> int:
        """Return how many numbers the representation of a picture has."""
        return int(self.pictures[picture].basis.shape[1])

    def drawn(self, inputs: Array, picture: int) -> Array:
        """Return where inputs (N, inputs) are drawn in a picture, (N, up to 3). The same array is computed once."""
        if id(inputs) not in self._kept:
            self._kept[id(inputs)] = (inputs, self._drawn(inputs))  # the array is held, so its id stays its own
        return self._kept[id(inputs)][1][picture]

    def everywhere(self, inputs: Array, units: list[float]) -> Array:
        """Return where inputs (N, inputs) are drawn in all pictures, side by side (N, sum of k), each times a unit."""
        return np.hstack([unit * drawn for unit, drawn in zip(units, self._drawn(inputs), strict=True)])

    def is_true(self, step: int) -> bool:
        """Whether a step is shown by the moves of its layer, and not by a blend of two pictures."""
        both = self.pictures[step], self.pictures[step + 1]
        return len(self.steps[step].layers) == 1 and not any(picture.name for picture in both)

    def legs(self, step: int) -> Iterator[Transition]:
        """Return the legs from a picture to the next: W x + b and the bend, or one blend."""
        if not self.is_true(step):
            yield self._blend(step)
            return
        moves = affine_then_bend(self.steps[step].layers[0], self.steps[step].first)
        for k, move in enumerate(moves):
            whole = k == len(moves) - 1
            yield Transition(
                move.title, move.part, move.layer, move.ambient, step + 1, whole, self._after(step, moves, k)
            )

    def _after(self, step: int, moves: tuple[Move, ...], k: int) -> Callable[[Array, float], Array]:
        def at(inputs: Array, t: float) -> Array:
            points = self.drawn(inputs, step)
            for move in moves[:k]:
                points = move.at(points, 1.0)
            return moves[k].at(points, t)

        return at

    def _blend(self, step: int) -> Transition:
        def at(inputs: Array, t: float) -> Array:
            before, after = self.drawn(inputs, step), self.drawn(inputs, step + 1)
            wide = max(before.shape[1], after.shape[1])
            return (1 - t) * _widened(before, wide) + t * _widened(after, wide)

        ambient = max(len(self.pictures[k].basis) for k in (step, step + 1))
        return Transition(self.steps[step].name, "blend", self.steps[step].last, ambient, step + 1, True, at)

    def _drawn(self, inputs: Array) -> list[Array]:
        widest = max(self.network.inputs, *self.network.widths)
        pieces = np.array_split(inputs, max(1, -(-len(inputs) * widest // MOST_NUMBERS)))
        found: list[list[Array]] = [[] for _ in self.pictures]
        for values in pieces:
            for k, picture in enumerate(self.pictures):
                values = self.steps[k - 1](values) if k else values
                found[k].append(picture(values))
        return [np.vstack(parts) for parts in found]


class RouteSpace(Space):
    """Space that is carried along a route: path holds its legs."""

    def __init__(self, route: Route, **kwargs: object) -> None:
        super().__init__(grid=False, dimension=route.network.inputs, **kwargs)  # type: ignore[arg-type]
        self.route = route
        self.path: list[Transition] = []  # type: ignore[assignment]

    def at(self, inputs: Array, time: float) -> Array:
        """Return where inputs (N, inputs) are drawn at a time along the path, (N, up to 4)."""
        if not self.path:
            return self.route.drawn(inputs, 0)
        whole = min(int(time), len(self.path) - 1)
        return self.path[whole].at(inputs, time - whole)

    @property
    def leg(self) -> Transition:
        """The leg under way, or the one that has just ended."""
        return self.path[max(int(np.ceil(self.time)) - 1, 0)]

    @property
    def picture(self) -> int | None:
        """The number of the picture that is shown or being blended to; None within a layer shown by its moves."""
        if self.time == 0:
            return 0
        leg = self.leg
        return leg.to if leg.whole and (leg.part == "blend" or self.time == int(self.time)) else None


def _steps(network: Network) -> tuple[Step, ...]:
    """The hidden layers one by one, or evenly grouped where there are more than MOST_SHOWN."""
    depth = len(network.hidden)
    ends = np.unique(np.linspace(0, depth, min(depth, MOST_SHOWN) + 1).round().astype(int))
    return tuple(Step(int(a), network.hidden[a:b]) for a, b in itertools.pairwise(ends))


def _finite(steps: tuple[Step, ...], points: Array) -> Iterator[Array]:
    """The representation after each step; raises UntangleError, naming the layer, as soon as one is not finite."""
    for step in steps:
        for k, layer in enumerate(step.layers, step.first + 1):
            with np.errstate(all="ignore"):
                points = layer(points)
                # squares of what is drawn must not overflow either
                if not np.isfinite(points).all() or np.abs(points).max() > 1e150:
                    raise UntangleError(
                        f"hidden layer {k} carries points beyond what a number can hold, so there is no picture of it. "
                        "Check the weights and the scale of the data: was it scaled for training?"
                    )
        yield points


def _widened(points: Array, width: int) -> Array:
    return np.pad(points, ((0, 0), (0, width - points.shape[1])))
