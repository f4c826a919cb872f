"""Training in torch, for networks that are small enough to be shown: full-batch Adam in float64 on one thread.

It starts near the identity, so that space begins unbent, or from a network that was trained on easier data.

This is the only module of the library that imports torch; it returns numpy networks. The same recipe gives the same
weights bit by bit on the same machine and torch. On another processor or version they differ by rounding: about 1e-15
for shallow networks, up to 1e-4 for deep ones.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from netlib.activations import FAMILY, Array
from netlib.command import install
from netlib.datasets import Dataset, dataset, parsed
from netlib.errors import MissingTorch, TargetNotReached, UntangleError
from netlib.motion.orientation import oriented
from netlib.network import Network
from netlib.training.recipe import Progress, Recipe, asking_file, network_of, save_weights, score, weights_folder

try:
    import torch
    from torch.nn import functional
except ModuleNotFoundError:
    raise MissingTorch(f"training needs torch, which is not installed. Run: {install('train')}") from None

WARM_UP = 50  # steps
GRID_SAMPLES = {1: 33, 2: 10, 3: 5}  # nodes a side of the grid for the log-volume penalty, by input dimension
REPORT_EVERY = 25
SPREAD = 0.25  # standard deviation of each weight around the identity, at the first step
SHRINK = 0.4  # an added layer is this multiple of the identity: tanh is nearly straight there

Watch = Callable[[int, Array, Array], None]
Bend = Callable[[torch.Tensor], torch.Tensor]
Layers = list[tuple[torch.Tensor, torch.Tensor]]


def train(
    recipe: Recipe, progress: Progress | None = None, parent: Network | None = None
) -> tuple[Network, dict[str, Any]]:
    """Train the recipe; return its network, oriented, and the record of its training.

    Seeds are tried in turn, from recipe.seed on, until one reaches recipe.target. progress is called every REPORT_EVERY
    steps as progress(step, steps, attempt, score). parent: the network that the recipe grows from, by default that of
    the weights which the calling file finds. Raises TargetNotReached where no seed of recipe.attempts reaches the
    target.
    """
    records = []
    for number in range(recipe.attempts):
        network, record = attempt(recipe, number, parent, progress)
        records.append(record)
        if record["score"] >= recipe.target:
            return network, record
    raise not_reached(recipe, records)


def attempt(
    recipe: Recipe, number: int, parent: Network | None = None, progress: Progress | None = None
) -> tuple[Network, dict[str, Any]]:
    """Train the recipe by one of its seeds, which are counted from 0; return the network, oriented, whatever its score,
    and the record. It depends on no other attempt. progress, parent: as in `train`."""
    data, seed = recipe.dataset(), recipe.seed + number
    weights, losses = fit(recipe, [seed], reporter(recipe, data, number, progress), parent)
    network = oriented(network_of(recipe, weights[0]))
    made = {"seed": seed, "attempts": number + 1, "score": score(network, data), "loss": float(losses[0])}
    return network, {**made, "steps": recipe.steps, "torch": torch.__version__.split("+")[0]}


def not_reached(recipe: Recipe, records: Sequence[dict[str, Any]]) -> TargetNotReached:
    """Return the error for a recipe of which no attempt reached the target, with the best score of their records."""
    best = max((record["score"] for record in records), default=-math.inf)
    return TargetNotReached(
        f"{recipe.slug} reached {best:.4g} of {recipe.target:.4g} in {recipe.attempts} attempts. "
        "Give it more steps or attempts, wider layers, or a lower target"
    )


def train_and_save(recipe: Recipe, progress: Progress | None = None) -> Path:
    """Train a recipe and save its weights where the calling file, prompt or notebook finds them; return their path.

    Errors, progress: as in `train`.
    """
    file = asking_file()
    network, record = train(recipe, progress, recipe.parent(file))
    return save_weights(network, recipe, record, weights_folder(file) / recipe.path.name)


def reporter(recipe: Recipe, data: Dataset, attempt: int, progress: Progress | None) -> Watch:
    """Return a function for `fit` to call at each step, which calls `progress` as `train` describes."""

    def report(step: int, weights: Array, losses: Array) -> None:
        if progress and (step % REPORT_EVERY == 0 or step == recipe.steps):
            best = max(score(network_of(recipe, parameters), data) for parameters in weights)
            progress(step, recipe.steps, attempt, best)

    return report


def fit(
    recipe: Recipe, seeds: Sequence[int], watch: Watch | None = None, parent: Network | None = None
) -> tuple[Array, Array]:
    """Train one network for each seed, side by side; return their parameters (seeds, P) and losses (seeds,).

    watch(step, parameters, losses) is called before each step and at the end, with arrays that the next step changes.
    parent: as in `train`. The networks do not depend on each other: each is the same as if trained alone, up to
    rounding. Raises UntangleError where the recipe's output does not fit its data.
    """
    data, grid, steps, shapes = recipe.dataset(), _grid(recipe), recipe.steps, recipe.shapes()
    bend = bend_of(recipe.activation)
    outputs = 1 if data.regression or data.classes == 2 else data.classes
    if recipe.widths[-1] != outputs:
        raise UntangleError(f"{recipe.data} needs {outputs} outputs, the recipe's widths end in {recipe.widths[-1]}")
    with _one_thread():
        weights = torch.tensor(np.stack([init(recipe, seed, parent) for seed in seeds]), requires_grad=True)
        optimiser = torch.optim.Adam([weights])
        for step in range(steps + 1):
            layers = _layers(weights, shapes)
            if recipe.grown_from:
                data = curriculum(recipe, step / steps)
            losses = _misfit(recipe, layers, bend, data)
            if watch:
                watch(step, weights.detach().numpy(), losses.detach().numpy())
            if step == steps:
                break
            cost = losses + 0.5 * recipe.weight_decay * sum(weight.square().sum((1, 2)) for weight, _ in layers[:-1])
            if recipe.log_volume_penalty:
                cost = cost + recipe.log_volume_penalty * _log_volume_penalty(layers[:-1], bend, grid)
            optimiser.param_groups[0]["lr"] = recipe.rate * _pace(step, steps)
            (weights.grad,) = torch.autograd.grad(cost.sum(), weights)
            optimiser.step()
        return weights.detach().numpy().copy(), losses.detach().numpy()


def bend_of(name: str) -> Bend:
    """Return the activation of that name, as one of `netlib.activation`, for tensors."""
    if name == "identity":
        return torch.clone
    if name == "hardsigmoid":  # torch's own has no second derivative, which the log-volume penalty needs
        return lambda z: (z / 6 + 0.5).clamp(0, 1)
    if name == "gelu_tanh":
        return partial(functional.gelu, approximate="tanh")
    if match := FAMILY.fullmatch(name):
        setting = {"leaky_relu": "negative_slope", "elu": "alpha"}[match[1]]
        return partial(getattr(functional, match[1]), **{setting: float(match[2])})
    bend: Bend = getattr(functional, name)
    return bend


def init(recipe: Recipe, seed: int, parent: Network | None = None) -> Array:
    """Return the weights and biases at the first step as one array (P,), layer by layer.

    parent: as in `train`. Raises UntangleError where the recipe cannot grow from it.
    """
    rng = np.random.default_rng(seed)
    if parent := parent or recipe.parent():
        return _grown(recipe, parent, rng)
    *hidden, readout = recipe.shapes()
    parts = list[Array]()
    for shape in hidden:
        parts += [_axes(*shape) + SPREAD * rng.normal(size=shape), 0.1 * rng.normal(size=shape[0])]
    parts += [rng.normal(size=readout), 0.1 * rng.normal(size=readout[0])]
    return np.concatenate([part.ravel() for part in parts])


def curriculum(recipe: Recipe, time: float) -> Dataset:
    """Return the data at `time` in [0, 1] of training.

    For a grown recipe the parameters of the data set change linearly, during the first half of training, from those of
    the recipe before to its own.
    """
    if not recipe.grown_from or recipe.grown_from.data == recipe.data or time >= 0.5:
        return recipe.dataset()
    name, after = parsed(recipe.data)
    _, before = parsed(recipe.grown_from.data)
    share = 2 * time
    mixed = {k: (1 - share) * before[k] + share * v if isinstance(v, float) else v for k, v in after.items()}
    return dataset(f"{name}:" + ",".join(f"{k}={v!r}" for k, v in mixed.items()))


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


def _layers(weights: torch.Tensor, shapes: list[tuple[int, int]]) -> Layers:
    """Views of the parameters (S, P) as W (S, out, in) and b (S, 1, out) of every layer."""
    pieces = torch.split(weights, [size for wide, narrow in shapes for size in (wide * narrow, wide)], dim=1)
    matrices = [piece.reshape(-1, *shape) for piece, shape in zip(pieces[::2], shapes, strict=True)]
    return list(zip(matrices, (piece.unsqueeze(1) for piece in pieces[1::2]), strict=True))


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
        points = bend(inner)
        (slope,) = torch.autograd.grad(points, inner, torch.ones_like(inner), create_graph=True)
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


def _grid(recipe: Recipe) -> torch.Tensor:
    d = recipe.dataset().dimension
    axis = torch.linspace(-1, 1, GRID_SAMPLES.get(d, 3), dtype=torch.float64)
    return torch.cartesian_prod(*[axis] * d).reshape(-1, d)


def _axes(wide: int, narrow: int) -> Array:
    """The identity (wide, narrow). Further neurons take the axes again with the other sign, so that units that are flat
    on one side (ReLU) cover all directions."""
    whole = np.concatenate([sign * np.eye(narrow) for sign in (1, -1)])
    return np.asarray(np.tile(whole, (-(-wide // (2 * narrow)), 1))[:wide])


def _grown(recipe: Recipe, network: Network, rng: np.random.Generator) -> Array:
    """The parameters of a trained network, with near-identity layers before it up to the depth of the recipe."""
    layers = [(layer.weight, layer.bias) for layer in network.dense]
    for _ in range(len(recipe.widths) - len(layers)):
        d = layers[0][0].shape[1]
        first, bias = layers[0]
        layers[0] = (first / SHRINK, bias)
        layers.insert(0, (SHRINK * np.eye(d) + 0.02 * rng.normal(size=(d, d)), 0.02 * rng.normal(size=(d,))))
    if [weight.shape for weight, _ in layers] != recipe.shapes():
        raise UntangleError(
            f"{recipe.slug} cannot grow from widths {network.widths}: only whole layers as wide as the "
            "input can be added. Change its widths"
        )
    return np.concatenate([part.ravel() for layer in layers for part in layer])
