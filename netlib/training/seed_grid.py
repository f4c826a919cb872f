"""Seed grid: networks of many seeds, depths and widths on one data set, trained side by side, in one small file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netlib.activations import Array
from netlib.command import command
from netlib.errors import MissingWeights
from netlib.motion.orientation import oriented
from netlib.network import Network
from netlib.training.recipe import WEIGHTS, Progress, Recipe, network_of, parameters_of
from netlib.training.weights_file import bad, read_tensors, write_tensors

SEEDS = 8
SHAPES = ((2, 1), (2, 2), (2, 3), (2, 4), (3, 1))  # width and number of the hidden layers
PATH = WEIGHTS / "strip-disk_in_ring.safetensors"


class Run(NamedTuple):
    """One trained network of the grid: width and number of its hidden layers, and the seed from which it started."""

    width: int
    depth: int
    seed: int
    network: Network


def seed_grid_recipes() -> tuple[Recipe, ...]:
    """Return one recipe for each width and depth. Each stands for the seeds 0 to SEEDS - 1, whatever their scores."""
    return tuple(
        Recipe(
            "disk_in_ring",
            (width,) * depth + (1,),
            weight_decay=1e-3,
            log_volume_penalty=5e-3,
            target=0.0,
            attempts=1,
        )
        for width, depth in SHAPES
    )


def load_seed_grid(path: Path | None = None) -> list[Run]:
    """Return every network of the committed grid, by width, depth and seed.

    Raises MissingWeights or BadWeights with the cure.
    """
    path = path or PATH
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
    return write_tensors(tensors, {"recipes": json.dumps(recipes)}, path or PATH)


def train_seed_grid(progress: Progress | None = None) -> dict[Recipe, Array]:
    """Train every recipe of the grid and return the oriented networks of each as parameters (seeds, P). Needs torch.

    progress is called as by `train`, with the number of the recipe in place of the attempt.
    """
    from netlib.training.loop import fit, reporter

    trained = {}
    for number, recipe in enumerate(seed_grid_recipes()):
        networks, _ = fit(recipe, range(SEEDS), reporter(recipe, recipe.dataset(), number, progress))
        trained[recipe] = np.stack([parameters_of(oriented(network_of(recipe, each))) for each in networks])
    return trained
