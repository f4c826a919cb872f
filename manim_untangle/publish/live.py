"""The film, live: a network as data that the page's own script evaluates.

The script decides nothing: every matrix of every move comes from netlib, so that the page and the film show the
same path through space, and the page's numbers are the network's.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np

from manim_untangle.publish.boundary import DECIMALS, decision_boundary
from manim_untangle.publish.film import RenderedFilm, ShownNetwork
from netlib.activations import Array
from netlib.datasets import Dataset
from netlib.errors import BadWeights, UntangleError
from netlib.motion.moves import Move
from netlib.motion.rotations import RotationPath
from netlib.motion.trajectory import Trajectory
from netlib.network import Layer, Network
from netlib.training.recipe import Recipe, read_weights

# Beyond this many inputs or points a page would be slow to load and nothing could be seen.
MOST_INPUTS, MOST_POINTS = 3, 2000
LOOP_POINTS = 100
# Of a space of more dimensions no numbers are told: they would fill the page.
MOST_TOLD = 4

Json = dict[str, Any]


def live_networks(film: RenderedFilm) -> list[Json]:
    """Return every network of a film that a page can show, as JSON data: those with up to MOST_INPUTS inputs.

    Raises BadWeights where a weights file is not the one that the film was rendered with.
    """
    return [live for shown in film.networks if (live := _live(shown)) is not None]


def _live(shown: ShownNetwork) -> Json | None:
    network, metadata = read_weights(shown.path)
    if network.sha256 != shown.sha256:
        raise BadWeights(f"{shown.path.name} is not the network that the film shows", "Render the film again")
    if network.inputs > MOST_INPUTS:
        return None
    live = live_network(network, _data(shown, metadata))
    return {"slug": shown.slug, "data": data_name(metadata), "together": shown.together, **live}


def data_name(metadata: dict[str, str]) -> str:
    """Return the specification of the data that a weights file was trained on, and the seed where the file says it: it
    tells apart networks of one shape. "" where it says neither."""
    try:
        seed = json.loads(metadata.get("record", "{}")).get("seed")
        return str(json.loads(metadata["recipe"])["data"]) + ("" if seed is None else f", seed {seed}")
    except (KeyError, TypeError, ValueError):
        return ""


def live_network(network: Network, data: Dataset | None) -> Json:
    """Return a network and its data as JSON: layers for the forward pass, moves for the way through space.

    A move holds steps, each evaluated at the same t: {"kind": "blend", "matrix"} is (1 - t) I + t M; "turn" is
    basis, angles (one a plane, radians) and the rotation at t = 1; "shift" adds t bias; "bend" mixes in the
    activation of the first `width` coordinates. Moves come one by one; the page joins those of W x + b where asked.
    """
    trajectory = Trajectory.through(network)
    return {
        "name": architecture(network),
        "inputs": network.inputs,
        "layers": [_layer(layer) for layer in network.layers],
        "moves": [
            {
                "title": move.title,
                "detail": _detail(move),
                "part": move.part,
                "layer": move.layer,
                "inputs": move.inputs,
                "ambient": move.ambient,
                "steps": [_step(move, network.hidden[move.layer])],
            }
            for move in trajectory.moves
        ],
        **_points(network, data),
        "boundary": [] if data is not None and data.regression else decision_boundary(network),
    }


def architecture(network: Network) -> str:
    """Return a network's shape and activations as people write them: "2-2-2-1 tanh"."""
    names = list(dict.fromkeys(layer.activation.name for layer in network.hidden))
    widths = "-".join(map(str, (network.inputs, *network.widths)))
    return f"{widths} {', '.join(names)}".strip()


def _detail(move: Move) -> str:
    """By how much: the factors of a stretch, the degrees of a turn in the plane, the arrow of a shift."""
    matrix = move.matrix(1.0)
    if matrix is None or len(matrix) > MOST_TOLD:
        return ""
    if move.part == "stretch":
        return "by " + ", ".join(f"{factor:.2f}" for factor in np.linalg.eigvalsh(matrix)[::-1])
    if move.part == "rotate" and len(matrix) == 2:
        return f"by {np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0])):.0f}°".replace("-", "−")
    if move.part == "translate":
        arrow = move.at(np.zeros((1, move.inputs)), 1.0)[0]
        return ("by (" + ", ".join(f"{v:.2f}" for v in arrow) + ")").replace("-", "−")
    return ""


def _layer(layer: Layer) -> Json:
    return {"weight": layer.weight.tolist(), "bias": layer.bias.tolist(), "activation": layer.activation.name}


def _step(move: Move, layer: Layer) -> Json:
    matrix = move.matrix(1.0)
    if matrix is None:
        return {"kind": "bend", "activation": layer.activation.name, "width": layer.outputs}
    if move.part == "translate":
        return {"kind": "shift", "bias": move.at(np.zeros((1, move.inputs)), 1.0)[0].tolist()}
    return _turn(matrix) if move.part in ("rotate", "mirror") else {"kind": "blend", "matrix": matrix.tolist()}


def _turn(rotation: Array) -> Json:
    path = RotationPath.to(rotation)
    return {
        "kind": "turn",
        "basis": path.basis.tolist(),
        "angles": path.angles.tolist(),
        "rotation": path.rotation.tolist(),
    }


def _data(shown: ShownNetwork, metadata: dict[str, str]) -> Dataset | None:
    """The points that the film shows: its own where film.json has them, else the recipe's."""
    if shown.points is not None and shown.labels is not None:
        labels = np.asarray(shown.labels, dtype=np.float64)
        real = bool((labels != labels.round()).any())
        return Dataset("", np.asarray(shown.points, dtype=np.float64), labels, regression=real)
    try:
        return Recipe.from_json(metadata["recipe"]).dataset()
    except (KeyError, TypeError, ValueError, UntangleError):
        return None  # weights without a recipe of ours: the network is shown without points


def _points(network: Network, data: Dataset | None) -> Json:
    if data is None or data.dimension != network.inputs:
        return {"points": [], "labels": [], "loops": [], "classes": 0, "regression": False, "right": None}
    step = max(1, -(-len(data.points) // MOST_POINTS))
    labels = data.labels[::step]
    return {
        "points": np.round(data.points[::step], DECIMALS).tolist(),
        "labels": [float(y) if data.regression else int(y) for y in labels],
        "loops": [np.round(_thinned(loop.points), DECIMALS).tolist() for loop in data.loops],
        "classes": data.classes,
        "regression": data.regression,
        "right": None if data.regression else round(network.accuracy(data.points, data.labels) * len(data.points)),
        "of": len(data.points),
        "majority": None if data.regression else data.majority,
    }


def _thinned(loop: Array) -> Array:
    """A closed curve with its first point again at its end, and no more points than can be seen."""
    return np.vstack([loop[:: max(1, len(loop) // LOOP_POINTS)], loop[:1]])
