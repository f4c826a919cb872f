"""The recipes that the films use, by name. Their trained weights are committed beside this file in weights/."""

from __future__ import annotations

from netlib.recipes import Recipe

ONE_LAYER = Recipe("two_curves", (2, 1), weight_decay=1e-3, legibility=1e-1)
SPIRALS = Recipe("spirals:turns=0.75", (2, 2, 2, 2, 1), seed=8)
TOO_NARROW = Recipe("disk_in_ring", (2, 2, 2, 2, 1), seed=28, weight_decay=1e-3, legibility=5e-3, target=0.975)
ONE_MORE_NEURON = Recipe("disk_in_ring", (3, 1), weight_decay=1e-2, legibility=3e-2)
ON_A_LINE = Recipe("interval_in_interval", (2, 1), seed=2, steps=1500, weight_decay=1e-2)
ON_A_LINE_NARROW = Recipe("interval_in_interval", (1, 1), steps=1500, sharpness=2.0, legibility=1.0, target=0.66)
RELU_PARABOLA = Recipe("parabola", (3, 1), "relu", seed=10, legibility=0.0, target=-0.027)
RELU_BOWL = Recipe("disk_in_ring", (3, 1), "relu", seed=10, weight_decay=1e-2, legibility=0.0)


def catalogue() -> dict[str, Recipe]:
    """Return every recipe of this module by its name in small letters."""
    return {name.lower(): recipe for name, recipe in globals().items() if isinstance(recipe, Recipe)}
