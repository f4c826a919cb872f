"""A strip of networks: many seeds, depths and widths on one data set, trained side by side, in one small file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from netlib.activations import Array
from netlib.command import command
from netlib.errors import MissingWeights
from netlib.network import Network
from netlib.training.parameters import network_of
from netlib.training.recipe import WEIGHTS, Recipe
from netlib.training.weights_file import bad, read_tensors, write_tensors

SEEDS = 8
SHAPES = ((2, 1), (2, 2), (2, 3), (2, 4), (3, 1))
PATH = WEIGHTS / "strip-disk_in_ring.safetensors"


class Run(NamedTuple):
    """One trained network of a strip: width of its hidden layers, their number, the seed that it started from."""

    width: int
    depth: int
    seed: int
    network: Network


def seed_grid_recipes() -> tuple[Recipe, ...]:
    """Return one recipe for each width and depth of the strip; each stands for SEEDS seeds from 0 on, good or bad."""
    return tuple(
        Recipe("disk_in_ring", (width,) * depth + (1,), weight_decay=1e-3, legibility=5e-3, target=0.0, attempts=1)
        for width, depth in SHAPES
    )


def load_seed_grid(path: Path | None = None) -> list[Run]:
    """Return every network of the committed strip, by width, depth and seed."""
    path = path or PATH
    if not path.is_file():
        raise MissingWeights(f"{path.name} is not there", f"Run: {command('train', path.stem)}")
    tensors, metadata = read_tensors(path, "recipes")
    try:
        recipes = {slug: Recipe.from_json(text) for slug, text in json.loads(metadata["recipes"]).items()}
        rows = [(recipes[slug], seed, row) for slug in recipes for seed, row in enumerate(tensors[slug])]
    except (KeyError, ValueError, TypeError) as problem:
        raise bad(path, f"holds no strip ({problem})") from None
    runs = [Run(recipe.widths[0], len(recipe.widths) - 1, seed, network_of(recipe, row)) for recipe, seed, row in rows]
    return sorted(runs, key=lambda run: run[:3])


def save_seed_grid(trained: Mapping[Recipe, Array], path: Path | None = None) -> Path:
    """Write the networks of each recipe, one a row (seeds, parameters), as one file; complete or not at all."""
    recipes = {recipe.slug: recipe.as_json() for recipe in trained}
    rows = {recipe.slug: np.asarray(rows) for recipe, rows in trained.items()}
    return write_tensors(rows, {"recipes": json.dumps(recipes)}, path or PATH)
