"""Recipes: what to train and how; and the weights that they made, where they are kept and how they are found.

The weights of our own films are committed beside this file. Those of anyone else's film lie in the folder `weights`
beside the film's file, or in the folder that the variable UNTANGLE_WEIGHTS names.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from netlib.activations import Array, activation
from netlib.command import command, shown_path
from netlib.datasets import Dataset, dataset
from netlib.errors import BadWeights, MissingWeights, UntangleError, WeightsError
from netlib.layer_tensors import dense_words, only_dense, packed, unpacked
from netlib.layers import Dense, dense
from netlib.network import Network
from netlib.training.weights_file import bad, read_tensors, write_tensors

# progress(step, steps, attempt, score) reports on training
Progress = Callable[[int, int, int, float], None]

WEIGHTS = Path(__file__).parents[1] / "weights"
PROMPT = Path("<prompt>")  # stands for the source file of what is typed at a prompt or in a notebook
CHOSEN = "UNTANGLE_WEIGHTS"  # the variable that names another folder, which comes before all others
# Fields that have another name in files: slugs are hashes of these names, and committed files have them.
SERIALISED = {"log_volume_penalty": "legibility"}
FIELDS = {name: field for field, name in SERIALISED.items()}


@dataclass(frozen=True)
class Recipe:
    """What to train and how: everything on which the weights depend.

    data: specification of a data set ("spirals:turns=0.75"). widths: of every hidden layer, then of the output.
    activation: its name. seed: of the first attempt; each later attempt adds one. steps: of Adam. rate: its greatest
    learning rate. sharpness: beta of the logistic loss on the geometric margin. weight_decay: of the hidden weights.
    log_volume_penalty: weight of the penalty on crushed areas of the input square (see loop.py). target: score at which
    training is done (see `score`). attempts: number of seeds that are tried. grown_from: a trained recipe from whose
    weights this one starts, with near-identity layers before them; its data change gradually to this one's (see
    curriculum.py).
    """

    data: str
    widths: tuple[int, ...]
    activation: str = "tanh"
    seed: int = 0
    steps: int = 3000
    rate: float = 0.03
    sharpness: float = 6.0
    weight_decay: float = 1e-4
    log_volume_penalty: float = 1e-2
    target: float = 1.0
    attempts: int = 24
    grown_from: Recipe | None = None

    def __post_init__(self) -> None:
        if not self.widths or min(self.widths) < 1:
            raise UntangleError(f"{self.data}: widths must be positive and end in the output's, got {self.widths}")
        activation(self.activation)

    @property
    def slug(self) -> str:
        """A readable name with a short hash of every field: only equal recipes have the same slug."""
        data = self.data.replace(":", "-").replace("=", "").replace(",", "-")
        widths = "x".join(map(str, self.widths[:-1])) or "none"
        activation = self.activation.replace("(", "").replace(")", "")
        digest = hashlib.sha256(self.as_json().encode()).hexdigest()
        return f"{data}-{widths}-{activation}-s{self.seed}-{digest[:6]}"

    @property
    def path(self) -> Path:
        """Where its weights are committed, if they are."""
        return WEIGHTS / f"{self.slug}.safetensors"

    def shapes(self) -> list[tuple[int, int]]:
        """Return the shape (out, in) of every layer's weight, the readout's last."""
        return list(zip(self.widths, (_dimension(self.data), *self.widths[:-1]), strict=True))

    def dataset(self) -> Dataset:
        """Return the data on which the network is trained."""
        return dataset(self.data)

    def load(self, file: Path | None = None) -> Network:
        """Return the trained network; raise MissingWeights or BadWeights with the command that makes its weights.

        file: the source file that shows it, beside which its weights may lie; by default the one that calls.
        """
        file = file or asking_file()
        with cured(self, file):
            path = found_weights(self.path.name, file)
            network, metadata = read_weights(path)
            if json.loads(metadata["recipe"]) != json.loads(self.as_json()):
                raise bad(path, "holds the weights of another recipe")
        return network

    def parent(self, file: Path | None = None) -> Network | None:
        """Return the network that this recipe grows from, None where it grows from none. file, errors: as in `load`."""
        return self.grown_from.load(file or asking_file()) if self.grown_from else None

    def record(self, file: Path | None = None) -> dict[str, Any]:
        """Return the training record that was saved with the weights. file, errors: as in `load`."""
        file = file or asking_file()
        with cured(self, file):
            return dict(json.loads(read_weights(found_weights(self.path.name, file))[1]["record"]))

    def as_dict(self) -> dict[str, Any]:
        """Return the fields by their names in files."""
        return asdict(self, dict_factory=lambda items: {SERIALISED.get(field, field): value for field, value in items})

    def as_json(self) -> str:
        return json.dumps(self.as_dict(), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        return cls._from_fields(json.loads(text))

    @classmethod
    def _from_fields(cls, serialised: dict[str, Any]) -> Recipe:
        fields = {FIELDS.get(name, name): value for name, value in serialised.items()}
        before = fields.get("grown_from")
        grown_from = cls._from_fields(before) if before else None
        return cls(**{**fields, "widths": tuple(fields["widths"]), "grown_from": grown_from})


def weights_folder(file: Path) -> Path:
    """Return where the weights of a user's film go: $UNTANGLE_WEIGHTS, or the folder `weights` beside its file."""
    return chosen_folder() or file.parent / "weights"


def chosen_folder() -> Path | None:
    """Return the folder that the user chose for all weights; None where there is none."""
    return Path(os.environ[CHOSEN]) if os.environ.get(CHOSEN) else None


def found_weights(name: str, file: Path) -> Path:
    """Return the weights file of that name. It is looked for in $UNTANGLE_WEIGHTS, then in `weights` beside the source
    file, then among the committed ones. Raises MissingWeights."""
    for folder in (weights_folder(file), file.parent / "weights", WEIGHTS):
        if (folder / name).is_file():
            return folder / name
    raise MissingWeights(f"{name} is not there")


@contextmanager
def cured(recipe: Recipe, file: Path, prefix: str = "") -> Iterator[None]:
    """Add the cure to errors about a recipe's weights: the command that trains all recipes of the source file, or this
    recipe where `file` is no file. prefix: of the name of the weights file, before the slug."""
    try:
        yield
    except WeightsError as problem:
        problem.recipe, problem.recorded = recipe, bool(prefix)
        folder = chosen_folder()
        chosen = ("--weights", shown_path(folder)) if folder else ()
        wanted = shown_path(file) if file.is_file() else f"{prefix}{recipe.slug}"
        problem.cure = f"Run: {command('train', wanted, *chosen)}"
        if file.name == PROMPT.name and not prefix:
            problem.cure = "Run: from netlib.training.loop import train_and_save; train_and_save(recipe)"
        raise


def asking_file() -> Path:
    """Return the source file of the code that called netlib; PROMPT, in the current folder, where it has none."""
    frame = sys._getframe(1)
    while frame.f_back and Path(frame.f_code.co_filename).is_relative_to(Path(__file__).parents[1]):
        frame = frame.f_back
    file = Path(frame.f_code.co_filename)
    return (file if file.is_file() else PROMPT).absolute()


def trained_recipes() -> dict[str, Recipe]:
    """Return the recipe of every committed weights file, by slug."""
    found = (read_tensors(path)[1] for path in sorted(WEIGHTS.glob("*.safetensors")))
    recipes = [Recipe.from_json(metadata["recipe"]) for metadata in found if "record" in metadata]
    return {recipe.slug: recipe for recipe in recipes}


def score(network: Network, data: Dataset) -> float:
    """Return the accuracy on the data, or minus the root mean square error of a regression."""
    if data.regression:
        return -float(np.sqrt(np.mean((network(data.points)[:, 0] - data.labels) ** 2)))
    return network.accuracy(data.points, data.labels)


@cache
def _dimension(data: str) -> int:
    """Return the number of inputs of a data set: a film asks for it in every frame of a training."""
    return dataset(data).dimension


def network_of(recipe: Recipe, parameters: Array) -> Network:
    """Return the network of the recipe's shape with the given weights and biases (P,), layer by layer in one array."""
    bend, layers, used = activation(recipe.activation), list[Dense](), 0
    for wide, narrow in recipe.shapes():
        weight, bias, used = used, used + wide * narrow, used + wide * (narrow + 1)
        layers.append(Dense(parameters[weight:bias].reshape(wide, narrow), parameters[bias:used], bend))
    return Network(tuple(layers[:-1]), Dense(layers[-1].weight, layers[-1].bias))


def parameters_of(network: Network) -> Array:
    """Return the network's weights and biases as one array (P,), the inverse of `network_of`."""
    return np.concatenate([part.ravel() for layer in network.dense for part in (layer.weight, layer.bias)])


def recipe_in(path: Path) -> Recipe | None:
    """Return the recipe in a file of weights that was trained here; None for any other file."""
    with suppress(BadWeights, KeyError):
        if path.suffix == ".safetensors":
            return Recipe.from_json(read_weights(path)[1]["recipe"])
    return None


def save_weights(network: Network, recipe: Recipe | None, record: dict[str, Any], path: Path | None = None) -> Path:
    """Write the weights, with recipe and record as metadata, and return the path: whole or not at all.

    recipe: what made the weights; None where that is not known, and then a path must be given. path: the recipe's own
    where None. Raises Unwritable where the folder or disk takes no file.
    """
    if path is None:
        assert recipe, "weights without a recipe need a path"
        path = recipe.path
    words, tensors = packed(network.layers)
    metadata = {
        "recipe": recipe.as_json() if recipe else "{}",
        "record": json.dumps(record),
        "activations": json.dumps([layer.activation.name for layer in network.layers]),
    }
    if not only_dense(network.layers):
        metadata["layers"] = json.dumps(words)
    return write_tensors(tensors, metadata, path)


def read_weights(path: Path) -> tuple[Network, dict[str, str]]:
    """Return the network in a weights file that `save_weights` wrote, and its metadata.

    Raises BadWeights where the file is truncated, altered since it was written, or holds NaN or infinity.
    """
    tensors, metadata = read_tensors(path, "recipe", "record", "activations")
    try:
        names = json.loads(metadata["activations"])
        words = json.loads(metadata["layers"]) if "layers" in metadata else dense_words(names)
        *hidden, readout = unpacked(words, tensors)
        network = Network(tuple(hidden), dense(readout))
    except (KeyError, ValueError, TypeError, IndexError, UntangleError) as problem:
        raise bad(path, f"holds no network ({problem})") from None
    return network, metadata
