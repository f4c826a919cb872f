"""The networks of a film for its page: those that the player can show as a live picture, and what they are called."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from manim_untangle.publish.film import RenderedFilm, ShownNetwork
from manim_untangle.web.network import Explored
from netlib.datasets import Dataset
from netlib.errors import BadWeights, UntangleError
from netlib.layers import Dense, Normalize
from netlib.network import Network
from netlib.training.recipe import Recipe, read_weights

MOST_INPUTS = 3  # with more the picture would be unreadable


@dataclass(frozen=True, eq=False)
class PageNetwork:
    """A network of a film. origin: the name of the data that it was trained on, and their seed. explored: it with its
    data for the live picture; None where it has more than MOST_INPUTS inputs, or layers that are not dense."""

    shown: ShownNetwork
    name: str
    origin: str
    explored: Explored | None

    @property
    def score(self) -> tuple[int, int, float] | None:
        """How many points are right, of how many, and the share that the same answer everywhere would get right."""
        if self.explored is None or self.explored.data is None or self.explored.data.regression:
            return None
        network, data = self.explored.network, self.explored.data
        return round(network.accuracy(data.points, data.labels) * len(data.points)), len(data.points), data.majority


def page_networks(film: RenderedFilm) -> list[PageNetwork]:
    """Return every network of a film.

    Raises BadWeights if a weights file is not the one that the film was rendered with.
    """
    found = []
    for shown in film.networks:
        network, metadata = read_weights(shown.path)
        if network.sha256 != shown.sha256:
            raise BadWeights(f"{shown.path.name} is not the network that the film shows", "Render the film again")
        name, origin, explored = architecture(network), data_name(metadata), None
        if network.inputs <= MOST_INPUTS and all(isinstance(layer, Dense | Normalize) for layer in network.layers):
            data = _data(shown, metadata)
            fits = data is not None and data.dimension == network.inputs
            title = ", ".join(filter(None, (name, origin)))
            explored = Explored(network, data if fits else None, title, shown.together)
        found.append(PageNetwork(shown, name, origin, explored))
    return found


def data_name(metadata: dict[str, str]) -> str:
    """Return the name of the data that a network was trained on, and its seed; each only if the file has it."""
    try:
        seed = json.loads(metadata.get("record", "{}")).get("seed")
        return str(json.loads(metadata["recipe"])["data"]) + ("" if seed is None else f", seed {seed}")
    except (KeyError, TypeError, ValueError):
        return ""


def architecture(network: Network) -> str:
    """Return a network's shape and activations as people write them: "2-2-2-1 tanh"."""
    names = list(dict.fromkeys(layer.activation.name for layer in network.hidden))
    widths = "-".join(map(str, (network.inputs, *network.widths)))
    return f"{widths} {', '.join(names)}".strip()


def _data(shown: ShownNetwork, metadata: dict[str, str]) -> Dataset | None:
    """Return the points that the film shows: those in film.json, else those of the recipe."""
    if shown.points is not None and shown.labels is not None:
        labels = np.asarray(shown.labels, dtype=np.float64)
        real = bool((labels != labels.round()).any())
        return Dataset("", np.asarray(shown.points, dtype=np.float64), labels, regression=real)
    try:
        return Recipe.from_json(metadata["recipe"]).dataset()
    except (KeyError, TypeError, ValueError, UntangleError):
        return None  # no usable recipe
