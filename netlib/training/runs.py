"""More than one network of a recipe: strips of many seeds, and one training as it went. Needs torch."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from netlib.activations import Array
from netlib.network import orientation, oriented, reordered
from netlib.training.loop import Progress, fit, reporter, train
from netlib.training.parameters import network_of, parameters_of
from netlib.training.recipe import Recipe
from netlib.training.recorded import Learning, resampled, score
from netlib.training.seed_grid import SEEDS, seed_grid_recipes


def train_seed_grid(progress: Progress | None = None) -> dict[Recipe, Array]:
    """Return the oriented networks of every recipe of the strip as rows (seeds, parameters); see strip.py."""
    trained = {}
    for number, recipe in enumerate(seed_grid_recipes()):
        rows, _ = fit(recipe, range(SEEDS), reporter(recipe, recipe.dataset(), number, progress))
        trained[recipe] = np.stack([parameters_of(oriented(network_of(recipe, row))) for row in rows])
    return trained


def learn(recipe: Recipe, moments: int = 100, progress: Progress | None = None, file: Path | None = None) -> Learning:
    """Return the recipe's training as about `moments` networks, between which the grid moves equally far.

    All have the order and signs of neurons of the last one, oriented, so that nothing jumps on the way. The seed is
    the one that `train` ends with. file: as in `Recipe.load`.
    """
    seed, data = train(recipe, progress, file)[1]["seed"], recipe.dataset()
    rows, losses = list[Array](), list[float]()

    def keep(step: int, weights: Array, now: Array) -> None:
        rows.append(weights[0].copy())
        losses.append(float(now[0]))

    fit(recipe, [seed], keep, file)
    orders = orientation(network_of(recipe, rows[-1]))
    networks = [reordered(network_of(recipe, row), orders) for row in rows]
    kept = resampled(networks, moments)
    scores = np.array([score(networks[k], data) for k in kept])
    return Learning(
        recipe,
        np.stack([parameters_of(networks[k]) for k in kept]),
        np.array(kept, float),
        np.array(losses)[kept],
        scores,
    )
