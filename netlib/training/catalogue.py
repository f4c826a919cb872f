"""The recipes that the films use, by name. Their trained weights are committed in netlib/weights/."""

from __future__ import annotations

from dataclasses import replace

from netlib.training.recipe import Recipe

# its W turns the plane by 45 degrees: no real eigenvalues
ONE_LAYER = Recipe("two_curves", (2, 1), weight_decay=1e-3, log_volume_penalty=1e-1)
# the same data and training under four activations
FOUR_ACTIVATIONS = tuple(
    Recipe("two_curves", (2, 1), name, sharpness=12.0, log_volume_penalty=1e-3)
    for name in ("sigmoid", "tanh", "relu", "leaky_relu(0.2)")
)
SPIRALS = Recipe("spirals:turns=0.75", (2, 2, 2, 2, 1), seed=8)
TOO_NARROW = Recipe("disk_in_ring", (2, 2, 2, 2, 1), seed=28, weight_decay=1e-3, log_volume_penalty=5e-3, target=0.975)
ONE_MORE_NEURON = Recipe("disk_in_ring", (3, 1), weight_decay=1e-2, log_volume_penalty=3e-2)
ON_A_LINE = Recipe("interval_in_interval", (2, 1), seed=2, steps=1500, weight_decay=1e-2)
ON_A_LINE_NARROW = Recipe(
    "interval_in_interval", (1, 1), steps=1500, sharpness=2.0, log_volume_penalty=1.0, target=0.66
)
RELU_PARABOLA = Recipe("parabola", (3, 1), "relu", seed=10, log_volume_penalty=0.0, target=-0.027)
RELU_BOWL = Recipe("disk_in_ring", (3, 1), "relu", seed=10, weight_decay=1e-2, log_volume_penalty=0.0)
XOR = Recipe("xor", (2, 1), seed=3, weight_decay=1e-3)
XOR_WIDE = Recipe("xor", (4, 1), seed=5, weight_decay=1e-3)
# both of its W have real eigenvalues
MOONS = Recipe("moons", (2, 2, 1), seed=3, weight_decay=1e-3)
# layers of three neurons keep the rings linked; in a layer of four they can pass through each other
LINKED_RINGS_NARROW = Recipe(
    "linked_rings", (3, 3, 1), seed=3, rate=0.02, sharpness=8.0, weight_decay=1e-3, log_volume_penalty=3e-2, target=0.9
)  # other seeds get up to 96 % right, but crush the rings to a sheet in which no link can be seen
LINKED_RINGS = Recipe("linked_rings", (4, 3, 1), seed=7, rate=0.02, sharpness=8.0, steps=4000)
LINKED_RINGS_IN_FOUR = Recipe("linked_rings", (4, 4, 1), seed=6, rate=0.02, sharpness=8.0, steps=4000)
RELU_PARABOLA_OF_FOUR = Recipe("parabola", (4, 1), "relu", seed=0, log_volume_penalty=0.0, target=-0.02)
# found by search: that these are hard to train does not mean that no solution exists
HARD_SPIRALS = Recipe(
    "spirals:turns=1.125", (2, 2, 2, 2, 2, 2, 1), steps=4000, sharpness=12.0, log_volume_penalty=1e-3
)  # fmt: skip
# the first seeds of that search, with the scores at which they ended
HARD_SPIRALS_STUCK = tuple(replace(HARD_SPIRALS, seed=seed, target=0.7, attempts=1) for seed in range(8))
# slow enough to follow the grid while they learn; their trainings are recorded too (recorded.py)
LEARNING_SPIRALS = Recipe("spirals:turns=0.75", (2, 2, 2, 2, 1), steps=4000, rate=0.002)
LEARNING_CURVES = Recipe("two_curves", (2, 1), steps=1500, rate=0.01, weight_decay=1e-3, log_volume_penalty=1e-1)
# stopped early: its first W is far from singular and has two real eigenvalues
XOR_EARLY = Recipe("xor", (2, 2, 1), seed=21, steps=200, weight_decay=1e-3)


def catalogue() -> dict[str, Recipe]:
    """Return every recipe of this module by its name in lower case; tuples of recipes are numbered from 1."""
    found = {name.lower(): value for name, value in globals().items() if not name.startswith("_")}
    single = {name: value for name, value in found.items() if isinstance(value, Recipe)}
    several = {name: value for name, value in found.items() if isinstance(value, tuple)}
    return single | {f"{name}_{k}": recipe for name, value in several.items() for k, recipe in enumerate(value, 1)}
