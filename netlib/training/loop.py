"""Training in torch, for networks that are small enough to be shown: full-batch Adam in float64 on one thread.

This is the only module of the library that imports torch; it returns numpy networks. The same recipe gives the same
weights bit by bit on the same machine and torch. On another processor or version they differ by rounding: about 1e-15
for shallow networks, up to 1e-4 for deep ones.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from netlib.activations import Array, activation
from netlib.command import install
from netlib.datasets import Dataset
from netlib.errors import MissingTorch, TargetNotReached, UntangleError
from netlib.motion.orientation import oriented
from netlib.network import Network
from netlib.training.curriculum import curriculum, init
from netlib.training.recipe import Progress, Recipe, asking_file, network_of, save_weights, score, weights_folder

try:
    import torch
    from torch.nn import functional
except ModuleNotFoundError:
    raise MissingTorch(f"training needs torch, which is not installed. Run: {install('train')}") from None

WARM_UP = 50
GRID_SAMPLES = {1: 33, 2: 10, 3: 5}  # nodes a side of the grid for the log-volume penalty, by input dimension
REPORT_EVERY = 25

Watch = Callable[[int, Array, Array], None]
Bend = Callable[[torch.Tensor], torch.Tensor]
Layers = list[tuple[torch.Tensor, torch.Tensor]]


def train(recipe: Recipe, progress: Progress | None = None, file: Path | None = None) -> tuple[Network, dict[str, Any]]:
    """Train the recipe; return its network, oriented, and the record of its training.

    Seeds are tried in turn, from recipe.seed on, until one reaches recipe.target. progress is called every REPORT_EVERY
    steps as progress(step, steps, attempt, score). file: as in `Recipe.load`, for the weights that a recipe grows from.
    Raises TargetNotReached with the best score where no seed of recipe.attempts reaches the target.
    """
    data, best = recipe.dataset(), -math.inf
    for attempt in range(recipe.attempts):
        seed = recipe.seed + attempt
        weights, losses = fit(recipe, [seed], reporter(recipe, data, attempt, progress), file)
        network = oriented(network_of(recipe, weights[0]))
        reached = score(network, data)
        if reached >= recipe.target:
            made = {"seed": seed, "attempts": attempt + 1, "score": reached, "loss": float(losses[0])}
            return network, {**made, "steps": recipe.steps, "torch": torch.__version__.split("+")[0]}
        best = max(best, reached)
    raise TargetNotReached(
        f"{recipe.slug} reached {best:.4g} of {recipe.target:.4g} in {recipe.attempts} attempts. "
        "Give it more steps or attempts, wider layers, or a lower target"
    )


def train_and_save(recipe: Recipe, progress: Progress | None = None) -> Path:
    """Train a recipe and save its weights where the calling file, prompt or notebook finds them; return their path.

    Errors, progress: as in `train`.
    """
    file = asking_file()
    network, record = train(recipe, progress, file)
    return save_weights(network, recipe, record, weights_folder(file) / recipe.path.name)


def reporter(recipe: Recipe, data: Dataset, attempt: int, progress: Progress | None) -> Watch:
    """Return a function for `fit` to call at each step, which calls `progress` as `train` describes."""

    def report(step: int, weights: Array, losses: Array) -> None:
        if progress and (step % REPORT_EVERY == 0 or step == recipe.steps):
            best = max(score(network_of(recipe, parameters), data) for parameters in weights)
            progress(step, recipe.steps, attempt, best)

    return report


def fit(
    recipe: Recipe, seeds: Sequence[int], watch: Watch | None = None, file: Path | None = None
) -> tuple[Array, Array]:
    """Train one network for each seed, side by side; return their parameters (seeds, P) and losses (seeds,).

    watch(step, parameters, losses) is called before each step and at the end, with arrays that the next step changes.
    file: as in `Recipe.load`. The networks do not depend on each other: each is the same as if trained alone, up to
    rounding. Raises UntangleError where the recipe's output does not fit its data.
    """
    _check(recipe)
    bend, steps, shapes = _torch_activation(recipe.activation), recipe.steps, recipe.shapes()
    with _one_thread():
        weights = torch.tensor(np.stack([init(recipe, seed, file) for seed in seeds]), requires_grad=True)
        optimiser = torch.optim.Adam([weights])
        data, grid = recipe.dataset(), _grid(recipe)
        for step in range(steps + 1):
            layers = _layers(weights, shapes)
            if recipe.grown_from:
                data = curriculum(recipe, step / steps)
            losses = _misfit(recipe, layers, bend, data)
            if watch:
                watch(step, weights.detach().numpy(), losses.detach().numpy())
            if step == steps:
                break
            cost = losses + 0.5 * recipe.weight_decay * _size(layers[:-1])
            if recipe.log_volume_penalty:
                cost = cost + recipe.log_volume_penalty * _log_volume_penalty(layers[:-1], bend, grid)
            optimiser.param_groups[0]["lr"] = recipe.rate * _pace(step, steps)
            (weights.grad,) = torch.autograd.grad(cost.sum(), weights)
            optimiser.step()
        return weights.detach().numpy().copy(), losses.detach().numpy()


def _check(recipe: Recipe) -> None:
    data = recipe.dataset()
    outputs = 1 if data.regression or data.classes == 2 else data.classes
    if recipe.widths[-1] != outputs:
        raise UntangleError(f"{recipe.data} needs {outputs} outputs, the recipe's widths end in {recipe.widths[-1]}")


@contextlib.contextmanager
def _one_thread() -> Iterator[None]:
    """Sums have a fixed order on one thread, and networks this small gain nothing from more."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _pace(step: int, steps: int) -> float:
    """The learning rate as a share of the recipe's: a linear warm-up, then half a cosine down to zero."""
    return min(1.0, (step + 1) / WARM_UP) * 0.5 * (1 + math.cos(math.pi * step / steps))


def _torch_activation(name: str) -> Bend:
    if name == "identity":
        return lambda z: z
    function: Bend = getattr(functional, activation(name).name)
    return function


def _layers(weights: torch.Tensor, shapes: list[tuple[int, int]]) -> Layers:
    """Views of the parameters (S, P) as W (S, out, in) and b (S, 1, out) of every layer."""
    pieces = torch.split(weights, [size for wide, narrow in shapes for size in (wide * narrow, wide)], dim=1)
    matrices = [piece.reshape(-1, *shape) for piece, shape in zip(pieces[::2], shapes, strict=True)]
    return list(zip(matrices, (piece.unsqueeze(1) for piece in pieces[1::2]), strict=True))


def _size(hidden: Layers) -> torch.Tensor:
    return sum((weight.square().sum((1, 2)) for weight, _ in hidden), torch.zeros(1, dtype=torch.float64))


def _misfit(recipe: Recipe, layers: Layers, bend: Bend, data: Dataset) -> torch.Tensor:
    """Mean loss of each network (S,): squared error, or the logistic loss on the geometric margin.

    The geometric margin is the distance to the separating line (to the line between two classes where there are more),
    so that a wide gap lowers the loss, and large logits alone do not.
    """
    values = torch.from_numpy(data.points).expand(len(layers[0][0]), -1, -1)
    for weight, bias in layers[:-1]:
        values = bend(torch.baddbmm(bias, values, weight.mT))
    readout, offset = layers[-1]
    values = torch.baddbmm(offset, values, readout.mT)
    if data.regression:
        return (values[..., 0] - torch.from_numpy(data.labels)).square().mean(1)
    labels = torch.from_numpy(data.labels)
    if readout.shape[1] == 1:
        margins = (2 * labels - 1) * values[..., 0] / readout.norm(dim=(1, 2)).unsqueeze(1)
        return functional.softplus(-recipe.sharpness * margins).mean(1)
    between = (readout.unsqueeze(2) - readout.unsqueeze(1) + torch.eye(readout.shape[1]).unsqueeze(-1)).norm(dim=-1)
    ahead = (values.gather(2, labels.expand(len(values), -1).unsqueeze(2)) - values) / between[:, labels]
    own = functional.one_hot(labels, readout.shape[1]).bool()
    # the class itself has margin 0 and contributes exp(0) = 1, as in softmax
    return torch.logsumexp(-recipe.sharpness * ahead.masked_fill(own, 0.0), dim=2).mean(1)


def _log_volume_penalty(hidden: Layers, bend: Bend, grid: torch.Tensor) -> torch.Tensor:
    """The mean of relu(-2 - log volume)^2 over grid and layers (S,): it penalises areas crushed below e^-2 of their
    size.

    The volume is that of the unit cube under the Jacobian from the input to the layer. Layers narrower than the input
    have none and are left out.
    """
    seeds, count, d = len(hidden[0][0]), len(grid), grid.shape[1]
    points, total = grid.expand(seeds, -1, -1), torch.zeros(seeds, dtype=torch.float64)
    edges = torch.eye(d, dtype=torch.float64).expand(seeds, count, d, d)
    for weight, bias in hidden:
        inner = torch.baddbmm(bias, points, weight.mT)
        points, slope = _with_slope(bend, inner)
        edges = torch.bmm(edges.flatten(1, 2), weight.mT).reshape(seeds, count, d, -1) * slope.unsqueeze(2)
        if weight.shape[1] >= d:
            total = total + functional.relu(-2 - _log_volume(edges)).square().mean(1)
    return total / len(hidden)


def _log_volume(edges: torch.Tensor) -> torch.Tensor:
    """Logarithm of the volume (S, N) spanned by the rows of edges (S, N, d, width)."""
    if edges.shape[2:] == (2, 2):
        volume = (edges[..., 0, 0] * edges[..., 1, 1] - edges[..., 0, 1] * edges[..., 1, 0]).abs()
        return torch.log(volume.clamp_min(1e-12))
    return 0.5 * torch.log(torch.linalg.det(edges @ edges.mT).clamp_min(1e-24))


def _with_slope(bend: Bend, z: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The activation at z and its derivative there, which can be differentiated again."""
    value = bend(z)
    (slope,) = torch.autograd.grad(value, z, torch.ones_like(z), create_graph=True)
    return value, slope


def _grid(recipe: Recipe) -> torch.Tensor:
    d = recipe.dataset().dimension
    axis = torch.linspace(-1, 1, GRID_SAMPLES.get(d, 3), dtype=torch.float64)
    return torch.cartesian_prod(*[axis] * d).reshape(-1, d)
