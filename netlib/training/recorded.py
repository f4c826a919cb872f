"""Learning: one network at moments of its training, and how well it did at each."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from netlib.activations import Array
from netlib.datasets import Dataset
from netlib.network import Network
from netlib.training.parameters import network_of
from netlib.training.recipe import WEIGHTS, Recipe, asking_file, cured, found_weights
from netlib.training.weights_file import bad, read_tensors, write_tensors

PREFIX = "learning-"
GRID = 13  # a side of the grid whose movement spaces the moments


@dataclass(frozen=True, eq=False)
class Learning:
    """recipe: what is learnt. rows (T, parameters): the weights at each moment, all with the final network's order and
    signs of neurons. steps (T,), losses (T,), scores (T,): of the training, at the same moments; a score is the
    accuracy, or minus the root mean square error of a regression."""

    recipe: Recipe
    rows: Array
    steps: Array
    losses: Array
    scores: Array

    @property
    def moments(self) -> int:
        return len(self.rows)

    def at(self, moment: float) -> Network:
        """Return the network at a moment in [0, moments - 1]; between two moments its weights are mixed, which is
        our choice and not what training passed through."""
        moment = min(max(moment, 0.0), self.moments - 1.0)
        k = min(int(moment), self.moments - 2)
        share = moment - k
        return network_of(self.recipe, (1 - share) * self.rows[k] + share * self.rows[k + 1])

    def save(self, folder: Path = WEIGHTS) -> Path:
        """Write the moments to a folder, by default that of the committed weights; complete or not at all."""
        tensors = {"rows": self.rows, "steps": self.steps, "losses": self.losses, "scores": self.scores}
        return write_tensors(tensors, {"recipe": self.recipe.as_json()}, folder / _name(self.recipe))


def _name(recipe: Recipe) -> str:
    return f"{PREFIX}{recipe.slug}.safetensors"


def load_recorded(recipe: Recipe, file: Path | None = None) -> Learning:
    """Return the moments of a recipe's training. file, errors: as in `Recipe.load`."""
    file = file or asking_file()
    with cured(recipe, file, PREFIX):
        path = found_weights(_name(recipe), file)
        tensors, metadata = read_tensors(path, "recipe")
        if not tensors.keys() >= {"rows", "steps", "losses", "scores"}:
            raise bad(path, "holds no moments of training")
    return Learning(Recipe.from_json(metadata["recipe"]), *(tensors[k] for k in ("rows", "steps", "losses", "scores")))


def resampled(networks: Sequence[Network], count: int) -> list[int]:
    """Return the indices of `count` of the networks, first and last among them, between which a grid on the input
    square moves about equally far in the last hidden layer (root mean square)."""
    axis = np.linspace(-1, 1, GRID if networks[0].inputs < 3 else 5)
    grid = np.stack(np.meshgrid(*[axis] * networks[0].inputs), axis=-1).reshape(-1, networks[0].inputs)
    places = [network.represent(grid) for network in networks]
    moved = [np.sqrt(np.mean((after - before) ** 2)) for before, after in itertools.pairwise(places)]
    travelled = np.concatenate([[0.0], np.cumsum(moved)])
    wanted = np.linspace(0, travelled[-1], min(count, len(networks)))
    return sorted({int(np.argmin(np.abs(travelled - distance))) for distance in wanted})


def score(network: Network, data: Dataset) -> float:
    """Return the accuracy on the data, or minus the root mean square error of a regression."""
    if data.regression:
        return -float(np.sqrt(np.mean((network(data.points)[:, 0] - data.labels) ** 2)))
    return network.accuracy(data.points, data.labels)
