"""Recipes: what to train and how; and the committed weights that they made."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from netlib.activations import activation
from netlib.datasets import Dataset, dataset
from netlib.errors import MissingWeights, UntangleError
from netlib.network import Layer, Network
from netlib.training.weights_file import bad, read_tensors, write_tensors

WEIGHTS = Path(__file__).parent / "weights"


@dataclass(frozen=True)
class Recipe:
    """What to train and how: everything that the weights depend on.

    data: specification of a data set ("spirals:turns=0.75"). widths: of every hidden layer, then of the output.
    activation: its name. seed: of the first attempt; later attempts count up from it.
    legibility: weight of the penalty on crushed areas of the input square (see training.py).
    sharpness: beta of the logistic loss on the geometric margin. target: accuracy at which training is done; for
    a regression minus the root mean square error. grown_from: a trained recipe whose weights this one starts from;
    near-identity layers are put before them, and its data slides to this one's (see starts.py).
    """

    data: str
    widths: tuple[int, ...]
    activation: str = "tanh"
    seed: int = 0
    steps: int = 3000
    rate: float = 0.03
    sharpness: float = 6.0
    weight_decay: float = 1e-4
    legibility: float = 1e-2
    target: float = 1.0
    attempts: int = 24
    grown_from: Recipe | None = None

    def __post_init__(self) -> None:
        if not self.widths or min(self.widths) < 1:
            raise UntangleError(f"{self.data}: widths must be positive and end in the output's, got {self.widths}")
        activation(self.activation)

    @property
    def slug(self) -> str:
        """Readable name, plus a short hash of every field: two recipes share it only if they are equal."""
        data = self.data.replace(":", "-").replace("=", "").replace(",", "-")
        widths = "x".join(map(str, self.widths[:-1])) or "none"
        digest = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()
        return f"{data}-{widths}-{self.activation}-s{self.seed}-{digest[:6]}"

    @property
    def path(self) -> Path:
        return WEIGHTS / f"{self.slug}.safetensors"

    def shapes(self) -> list[tuple[int, int]]:
        """Return the shape (out, in) of every layer's weight, the readout's last."""
        return list(zip(self.widths, (self.dataset().dimension, *self.widths[:-1]), strict=True))

    def dataset(self) -> Dataset:
        """Return the data that the network is trained on."""
        return dataset(self.data)

    def load(self) -> Network:
        """Return the committed network; raise MissingWeights or BadWeights with the cure."""
        if not self.path.is_file():
            raise MissingWeights(f"{self.path.name} is not there. Run: ./untangle train {self.slug}")
        network, metadata = read_weights(self.path)
        if json.loads(metadata["recipe"]) != json.loads(self.as_json()):
            raise bad(self.path, "holds the weights of another recipe")
        return network

    def record(self) -> dict[str, Any]:
        """Return the training record that was saved with the weights."""
        return dict(json.loads(read_weights(self.path)[1]["record"]))

    def as_json(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Recipe:
        return cls._from_fields(json.loads(text))

    @classmethod
    def _from_fields(cls, fields: dict[str, Any]) -> Recipe:
        before = fields.get("grown_from")
        grown_from = cls._from_fields(before) if before else None
        return cls(**{**fields, "widths": tuple(fields["widths"]), "grown_from": grown_from})


def trained_recipes() -> dict[str, Recipe]:
    """Return the recipe of every committed weights file, by slug."""
    found = (read_tensors(path)[1] for path in sorted(WEIGHTS.glob("*.safetensors")))
    recipes = [Recipe.from_json(metadata["recipe"]) for metadata in found if "record" in metadata]
    return {recipe.slug: recipe for recipe in recipes}


def save_weights(network: Network, recipe: Recipe, record: dict[str, Any], path: Path | None = None) -> Path:
    """Write the weights with their recipe, record and digest as metadata; complete or not at all."""
    tensors = {
        f"{k}.{part}": value
        for k, layer in enumerate(network.layers)
        for part, value in (("weight", layer.weight), ("bias", layer.bias))
    }
    metadata = {
        "recipe": recipe.as_json(),
        "record": json.dumps(record),
        "activations": json.dumps([layer.activation.name for layer in network.layers]),
    }
    return write_tensors(tensors, metadata, path or recipe.path)


def read_weights(path: Path) -> tuple[Network, dict[str, str]]:
    """Return the network in a weights file that `save_weights` wrote, and its metadata.

    Raises BadWeights where the file is truncated, altered since it was written, or holds NaN or infinity.
    """
    tensors, metadata = read_tensors(path, "recipe", "record", "activations")
    try:
        names = json.loads(metadata["activations"])
        layers = [Layer(tensors[f"{k}.weight"], tensors[f"{k}.bias"], activation(name)) for k, name in enumerate(names)]
        network = Network(tuple(layers[:-1]), layers[-1])
    except (KeyError, ValueError, TypeError, IndexError, UntangleError) as problem:
        raise bad(path, f"holds no network ({problem})") from None
    return network, metadata
