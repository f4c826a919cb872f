"""Recorded trainings: one network at moments of its training, and the seed grid: many networks on one data set."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netlib.activations import Array
from netlib.command import command
from netlib.errors import MissingWeights
from netlib.motion.orientation import orientation, oriented, reordered
from netlib.network import Network
from netlib.training.recipe import (
    WEIGHTS,
    Progress,
    Recipe,
    asking_file,
    cured,
    found_weights,
    network_of,
    parameters_of,
    score,
)
from netlib.training.weights_file import bad, read_tensors, write_tensors

PREFIX = "learning-"
TENSORS = ("rows", "steps", "losses", "scores")  # names in the files; "rows" are the parameters
GRID = 13  # nodes a side of the grid whose movement decides which moments are kept
SEEDS = 8
SHAPES = ((2, 1), (2, 2), (2, 3), (2, 4), (3, 1))  # of the seed grid: width and number of the hidden layers
SEED_GRID = WEIGHTS / "strip-disk_in_ring.safetensors"


@dataclass(frozen=True, eq=False)
class RecordedTraining:
    """One network at moments of its training.

    recipe: what is learnt. parameters: (T, P), the weights and biases at each moment, all with the order and signs of
    the final network's neurons. steps, losses, scores: (T,), of the training at these moments.
    """

    recipe: Recipe
    parameters: Array
    steps: Array
    losses: Array
    scores: Array

    @property
    def moments(self) -> int:
        return len(self.parameters)

    def at(self, moment: float) -> Network:
        """Return the network at a moment in [0, moments - 1]. Between two moments its parameters are interpolated,
        which is our choice: training did not go through these networks."""
        k, share = place(moment, self.moments)
        return network_of(self.recipe, (1 - share) * self.parameters[k] + share * self.parameters[k + 1])

    def save(self, folder: Path = WEIGHTS) -> Path:
        """Write the moments to a folder, by default beside the committed weights, whole or not at all; return the
        path."""
        values = (self.parameters, self.steps, self.losses, self.scores)
        tensors = dict(zip(TENSORS, values, strict=True))
        return write_tensors(tensors, {"recipe": self.recipe.as_json()}, folder / _name(self.recipe))


def place(moment: float, moments: int) -> tuple[int, float]:
    """Return the index of the recorded moment before a moment in [0, moments - 1], and the share of the way to the
    next."""
    moment = min(max(moment, 0.0), moments - 1.0)
    k = min(int(moment), moments - 2)
    return k, moment - k


def _name(recipe: Recipe) -> str:
    return f"{PREFIX}{recipe.slug}.safetensors"


def load_recorded(recipe: Recipe, file: Path | None = None) -> RecordedTraining:
    """Return the moments of a recipe's training. file, errors: as in `Recipe.load`."""
    file = file or asking_file()
    with cured(recipe, file, PREFIX):
        path = found_weights(_name(recipe), file)
        tensors, metadata = read_tensors(path, "recipe")
        if not tensors.keys() >= {*TENSORS}:
            raise bad(path, "holds no moments of training")
    return RecordedTraining(Recipe.from_json(metadata["recipe"]), *(tensors[name] for name in TENSORS))


def record_training(
    recipe: Recipe, moments: int = 100, progress: Progress | None = None, parent: Network | None = None
) -> RecordedTraining:
    """Train the recipe and return its training as about `moments` networks, between which the grid moves equally far.

    All have the order and signs of neurons of the last one, oriented, so that nothing jumps. The seed is the one with
    which `train` ends; progress, parent: as there. Needs torch.
    """
    from netlib.training.loop import fit, train

    seed, data = train(recipe, progress, parent)[1]["seed"], recipe.dataset()
    parameters, losses = list[Array](), list[float]()

    def keep(step: int, weights: Array, now: Array) -> None:
        parameters.append(weights[0].copy())
        losses.append(float(now[0]))

    fit(recipe, [seed], keep, parent)
    orders = orientation(network_of(recipe, parameters[-1]))
    networks = [reordered(network_of(recipe, each), orders) for each in parameters]
    kept = evenly_moving(networks, moments)
    return RecordedTraining(
        recipe,
        np.stack([parameters_of(networks[k]) for k in kept]),
        np.array(kept, float),
        np.array(losses)[kept],
        np.array([score(networks[k], data) for k in kept]),
    )


def evenly_moving(networks: Sequence[Network], count: int) -> list[int]:
    """Return the indices of `count` of the networks, the first and the last among them. Between these, a grid on the
    input square moves about equally far in the last hidden layer (root mean square)."""
    axis = np.linspace(-1, 1, GRID if networks[0].inputs < 3 else 5)
    grid = np.stack(np.meshgrid(*[axis] * networks[0].inputs), axis=-1).reshape(-1, networks[0].inputs)
    return evenly_apart([network.represent(grid) for network in networks], count)


def evenly_apart(places: Sequence[Array], count: int) -> list[int]:
    """Return the indices of up to `count` places (N, d) of the same points, the first and the last among them, between
    which the points move about equally far (root mean square)."""
    moved = [np.sqrt(np.mean((after - before) ** 2)) for before, after in itertools.pairwise(places)]
    travelled = np.concatenate([[0.0], np.cumsum(moved)])
    wanted = np.linspace(0, travelled[-1], min(count, len(places)))
    return sorted({int(np.argmin(np.abs(travelled - distance))) for distance in wanted})


class Run(NamedTuple):
    """One network of the seed grid: width and number of its hidden layers, and the seed from which it started."""

    width: int
    depth: int
    seed: int
    network: Network


def seed_grid_recipes() -> tuple[Recipe, ...]:
    """Return one recipe for each width and depth. Each stands for the seeds 0 to SEEDS - 1, whatever their scores."""
    one = Recipe("disk_in_ring", (1,), weight_decay=1e-3, log_volume_penalty=5e-3, target=0.0, attempts=1)
    return tuple(replace(one, widths=(width,) * depth + (1,)) for width, depth in SHAPES)


def load_seed_grid(path: Path | None = None) -> list[Run]:
    """Return every network of the grid, by default of the committed one, by width, depth and seed.

    Raises MissingWeights or BadWeights with the cure.
    """
    path = path or SEED_GRID
    if not path.is_file():
        raise MissingWeights(f"{path.name} is not there", f"Run: {command('train', path.stem)}")
    tensors, metadata = read_tensors(path, "recipes")
    try:
        recipes = {slug: Recipe.from_json(text) for slug, text in json.loads(metadata["recipes"]).items()}
        runs = [
            Run(recipe.widths[0], len(recipe.widths) - 1, seed, network_of(recipe, parameters))
            for slug, recipe in recipes.items()
            for seed, parameters in enumerate(tensors[slug])
        ]
    except (KeyError, ValueError, TypeError) as problem:
        raise bad(path, f"holds no seed grid ({problem})") from None
    return sorted(runs, key=lambda run: run[:3])


def save_seed_grid(trained: Mapping[Recipe, Array], path: Path | None = None) -> Path:
    """Write the networks of each recipe, as parameters (seeds, P), to one file, whole or not at all; return its
    path."""
    recipes = {recipe.slug: recipe.as_json() for recipe in trained}
    tensors = {recipe.slug: np.asarray(parameters) for recipe, parameters in trained.items()}
    return write_tensors(tensors, {"recipes": json.dumps(recipes)}, path or SEED_GRID)


def train_seeds(recipe: Recipe, progress: Progress | None = None) -> Array:
    """Train a recipe of the grid and return the oriented networks of all seeds as parameters (seeds, P). Needs torch.

    progress: as in `train`.
    """
    from netlib.training.loop import fit, reporter

    networks, _ = fit(recipe, range(SEEDS), reporter(recipe, recipe.dataset(), 0, progress))
    return np.stack([parameters_of(oriented(network_of(recipe, each))) for each in networks])
